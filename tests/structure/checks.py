"""The checks: each takes a Tree and returns problems, one line of text each."""

import re

import rules
from tree import is_test, matching

_COMMENT = re.compile(r'//.*')


def includes_follow_the_design(tree):
    problems = []
    for path in tree.files:
        for include in tree.includes(path):
            fault = _include_fault(path, include)
            if fault:
                problems.append(f'{path}:{include.line}: {fault}')
    return problems


def _include_fault(path, include):
    name = include.name
    target = matching(name, set(rules.EDGES) | rules.NEVER_INCLUDED) if '/' in name else None
    if target:
        return _edge_fault(path, target, f'"{name}"')
    if include.quoted and not name.endswith('.inc') and not _families(name):
        return f'"{name}" is not written from the top of the tree'
    return _third_party_fault(path, name) or _system_header_fault(path, name)


def _edge_fault(path, target, what):
    folder = matching(path, rules.EDGES)
    if folder is None:
        return f'{path} is in no folder that tests/structure/rules.py knows'
    allowed = rules.EDGES[folder] | {folder}
    if '*' in allowed:
        return None
    if is_test(path):
        allowed = _below(folder) | rules.TEST_EDGES
    if target in allowed:
        return None
    return f'{folder} may not include {what} ({target})'


def _below(folder):
    """The folder and everything that its edges reach."""
    reached, waiting = set(), [folder]
    while waiting:
        current = waiting.pop()
        if current not in reached:
            reached.add(current)
            waiting += rules.EDGES.get(current, ())
    return reached


def _third_party_fault(path, name):
    families = _families(name)
    if not families:
        return None if _is_standard(name) else f'<{name}> is of no family in tests/structure/rules.py'
    return _family_fault(path, max(families, key=len), f'<{name}>')


def _families(name):
    return [family for family in rules.THIRD_PARTY if name.startswith(family)]


def _family_fault(path, family, what):
    allowed = rules.THIRD_PARTY[family]
    if '*' in allowed or matching(path, allowed) or ('tests' in allowed and is_test(path)):
        return None
    return f'{what} may only be included in: {", ".join(sorted(allowed))}'


def _is_standard(name):
    return '/' not in name or name.startswith(rules.SYSTEM_HEADER_PREFIXES)


def _system_header_fault(path, name):
    if is_test(path) or matching(path, rules.EDGES_OF_THE_SYSTEM):
        return None
    if name in rules.SYSTEM_HEADERS or name.startswith(rules.SYSTEM_HEADER_PREFIXES):
        return f'<{name}> belongs behind base'
    return None


def nothing_undetermined(tree):
    """No clock, randomness, thread or thread-local state but at the edges of the system."""
    problems = []
    for path in tree.files:
        if is_test(path):
            continue
        at_the_edge = matching(path, rules.EDGES_OF_THE_SYSTEM)
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            code = _COMMENT.sub('', line)
            for pattern, what, everywhere in rules.SYSTEM_CALLS:
                if (everywhere or not at_the_edge) and re.search(pattern, code):
                    problems.append(f'{path}:{number}: {what} belongs behind base')
    return problems


def cmake_deps_follow_the_design(tree):
    """DEPS name only folders that the folder may include."""
    folders = {target.name: target.folder for target in tree.targets
               if target.kind == 'skerry_library'}
    problems = []
    for target in tree.targets:
        suffix = '' if target.kind == 'skerry_library' else '_test.cc'
        place = f'{target.folder}/{target.name}{suffix}'
        for dep in target.deps:
            fault = None
            if dep in folders:
                known = matching(folders[dep], rules.EDGES)
                fault = known and _edge_fault(place, known, dep)
            else:
                family = next((family for pattern, family in rules.THIRD_PARTY_TARGETS.items()
                               if re.search(pattern, dep)), None)
                fault = family and _family_fault(place, family, dep)
            if fault:
                problems.append(f'{target.folder}/CMakeLists.txt: {target.name}: {fault}')
    return problems


def includes_are_spelled_out_in_cmake(tree):
    """A folder whose headers a library's sources or headers include stands in its DEPS."""
    names, deps = {}, {}  # a folder may have several libraries: any of them will do
    for target in tree.targets:
        if target.kind == 'skerry_library':
            names.setdefault(target.folder, []).append(target.name)
            deps.setdefault(target.folder, set()).update(target.deps)
    problems = []
    for path in tree.files:
        folder = path.rpartition('/')[0]
        if folder not in names or is_test(path):
            continue
        for include in tree.includes(path):
            other = include.name.rpartition('/')[0]
            if other not in names or other == folder or _include_fault(path, include):
                continue
            if not deps[folder].intersection(names[other]):
                problems.append(f'{folder}/CMakeLists.txt: {path.rpartition("/")[2]} includes '
                                f'"{include.name}", but DEPS lack '
                                f'{" or ".join(names[other])}')
    return problems


def folders_have_readmes(tree):
    folders = {path.rpartition('/')[0] for path in tree.files if path.endswith('.cc')}
    missing = [f'tests/{folder.name}: no README.md' for folder in (tree.root / 'tests').glob('[a-z]*/')
               if any(folder.iterdir()) and not (folder / 'README.md').exists()]
    missing += [f'{folder}: no README.md' for folder in sorted(folders)
                if folder in rules.EDGES and not (tree.root / folder / 'README.md').exists()]
    return missing


def files_are_short(tree):
    problems = []
    for path in tree.files:
        lines = tree.text(path).count('\n')
        if not is_test(path) and lines > rules.SOURCE_LINES_MAX:
            problems.append(f'{path}: {lines} lines, more than {rules.SOURCE_LINES_MAX}: '
                            'it probably holds two ideas')
    return problems


def nothing_unfinished(tree):
    return [f'{path}:{number}: finish it, or open an issue'
            for path in tree.files
            for number, line in enumerate(tree.text(path).splitlines(), 1)
            if re.search(r'\b(?:TODO|FIXME|XXX)\b', line)]


def headers_have_pragma_once(tree):
    return [f'{path}: no #pragma once' for path in tree.files
            if path.endswith('.h') and '#pragma once' not in tree.text(path)]


def links_lead_somewhere(tree):
    """Relative links of the Markdown files that people start from: README.md, docs/, the folders'."""
    problems = []
    pages = [page for pattern in ('*.md', 'docs/**/*.md') for page in tree.root.glob(pattern)]
    pages += [tree.root / folder / 'README.md' for folder in rules.EDGES]
    for page in pages:
        if not page.exists():
            continue
        for link in re.findall(r'\]\(([^)#:\s]+)(?:#[^)]*)?\)', page.read_text()):
            if not (page.parent / link).exists():
                problems.append(f'{page.relative_to(tree.root)}: leads to {link}, which is not there')
    return problems


CHECKS = (includes_follow_the_design, nothing_undetermined, cmake_deps_follow_the_design,
          includes_are_spelled_out_in_cmake, folders_have_readmes, files_are_short,
          nothing_unfinished, headers_have_pragma_once, links_lead_somewhere)
