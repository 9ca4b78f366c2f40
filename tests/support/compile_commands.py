"""How the build compiles the tree's files, from a preset's compile_commands.json."""

import json
import pathlib
import re
import shlex

TREE = pathlib.Path(__file__).resolve().parents[2]
_COMPILER = re.compile(r'(?:^|/)(?:c|g|clang)\+\+(?:-\d+)?$')


def load(preset):
    """The entries of the tree's own files, generated ones left out, by path from the top."""
    path = TREE / 'build' / preset / 'compile_commands.json'
    entries = {}
    for entry in json.loads(path.read_text()):
        file = pathlib.Path(entry['directory'], entry['file']).resolve()
        if file.is_relative_to(TREE) and not file.is_relative_to(TREE / 'build'):
            entries[file.relative_to(TREE).as_posix()] = entry
    return entries


def precompiled(entry):
    """Whether a precompiled header comes before the file's own text, and may hide what it lacks."""
    return 'cmake_pch' in entry['command']


def flags(entry):
    """The compiler and its flags alone: no launcher, no output, no source, no precompiled header."""
    words = shlex.split(entry['command'])
    first = next(i for i, word in enumerate(words) if _COMPILER.search(word))
    kept, skip = [], False
    for word, after in zip(words[first:], [*words[first + 1:], '']):
        if skip:
            skip = False
        elif word == '-o' or (word == '-include' and 'cmake_pch' in after):
            skip = True
        elif word not in ('-c', '-Winvalid-pch', entry['file']):
            kept.append(word)
    return kept
