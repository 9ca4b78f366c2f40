"""Reads a source tree: its C++ files, their #include lines, and CMake's skerry_library calls."""

import dataclasses
import functools
import pathlib
import re

SOURCE_ROOTS = ('base', 'proto', 'storage', 'replication', 'server', 'functions', 'gateway', 'client',
                'console', 'tools', 'tests', 'examples')
SUFFIXES = ('.h', '.cc')
_INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
_CALL = re.compile(r'\b(skerry_(?:library|test|fuzzer))\s*\(\s*([^\s)]+)([^)]*)\)')
_TEST_NAME = re.compile(r'_(?:test|fuzz|bench|testing)(?:_\w+)?\.(?:cc|h)$')


@dataclasses.dataclass(frozen=True)
class Include:
    line: int
    name: str
    quoted: bool


@dataclasses.dataclass(frozen=True)
class Target:
    """One skerry_library, skerry_test or skerry_fuzzer call."""
    kind: str
    name: str
    folder: str
    deps: tuple[str, ...]


def is_test(path):
    """Test code: foo_test.cc beside foo.cc, and everything below tests/."""
    return path.startswith('tests/') or bool(_TEST_NAME.search(path))


def matching(path, names):
    """The longest of `names` that is `path` or a folder above it; None without one."""
    fitting = [name for name in names if path == name or path.startswith(name + '/')]
    return max(fitting, key=len, default=None)


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)

    @functools.cached_property
    def files(self):
        """Paths of the C++ files, from the top of the tree, sorted."""
        return sorted(
            path.relative_to(self.root).as_posix()
            for top in SOURCE_ROOTS for path in (self.root / top).rglob('*')
            if path.suffix in SUFFIXES and not {'node_modules', 'build'} & set(path.parts))

    def text(self, path):
        return (self.root / path).read_text(errors='replace')

    def includes(self, path):
        for number, line in enumerate(self.text(path).splitlines(), 1):
            if match := _INCLUDE.match(line):
                yield Include(number, match[2], match[1] == '"')

    @functools.cached_property
    def targets(self):
        found = []
        for top in SOURCE_ROOTS:
            for lists in sorted((self.root / top).rglob('CMakeLists.txt')):
                folder = lists.parent.relative_to(self.root).as_posix()
                text = re.sub(r'#.*', '', lists.read_text())
                for kind, name, rest in _CALL.findall(text):
                    found.append(Target(kind, name, folder, _deps(rest)))
        return found


def _deps(arguments):
    """The words after DEPS and PRIVATE_DEPS."""
    deps, inside = [], False
    for word in arguments.split():
        if word in ('SOURCES', 'DEPS', 'PRIVATE_DEPS', 'PRECOMPILE'):
            inside = word.endswith('DEPS')
        elif inside:
            deps.append(word)
    return tuple(deps)
