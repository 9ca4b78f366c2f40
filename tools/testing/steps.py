"""The kinds of step that a stage is made of. Each is a factory: it returns a function without
arguments that does the work and returns an Outcome."""

import concurrent.futures
import json
import pathlib
import re
import shutil
import subprocess

from .runner import JOBS, LOGS, ROOT, Outcome, run

CLOSING_LINE = re.compile(r'^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$', re.MULTILINE)


def build(preset, targets=(), folders=(), timeout=2400):
    """Builds targets of a preset, `folders` adding the unit-test programs of these parts of the
    tree. Counts nothing unless it fails; a warning is a failure."""
    def step():
        ran = configure(preset)
        if not ran.ok():
            return Outcome.failure(f'configuring {preset}: {ran.tail()}')
        wanted = list(targets)
        if folders:
            wanted += [program['name'] for program in test_programs(preset, folders)]
        existing = known_targets(preset)
        wanted = [target for target in wanted if target in existing]
        if not wanted:
            return Outcome()
        ran = run(['cmake', '--build', '--preset', preset, '--parallel', JOBS, '--target', *wanted],
                  f'{preset}-build', timeout)
        if not ran.ok():
            return Outcome.failure(f'building {preset}: {ran.tail()}')
        warnings = sorted({line for line in ran.text().splitlines() if ': warning: ' in line})
        return Outcome(failed=len(warnings), problems=warnings)
    return step


def configure(preset):
    """Runs CMake where it has not run yet or where a CMakeLists.txt has changed since."""
    again = (ROOT / 'build' / preset / 'build.ninja').exists()
    command = (['ninja', '-C', f'build/{preset}', 'build.ninja'] if again
               else ['cmake', '--preset', preset])
    return run(command, f'{preset}-configure', 300)


def known_targets(preset):
    listed = subprocess.run(['ninja', '-C', f'build/{preset}', '-t', 'targets', 'all'], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout
    return {line.split(':')[0] for line in listed.splitlines()}


def test_programs(preset, folders=()):
    """The unit-test programs that ctest knows, those in or below `folders` when given."""
    listed = subprocess.run(['ctest', '--test-dir', f'build/{preset}', '--show-only=json-v1'],
                            cwd=ROOT, capture_output=True, text=True, check=True).stdout
    programs = []
    for test in json.loads(listed)['tests']:
        labels = next((p['value'] for p in test.get('properties', []) if p['name'] == 'LABELS'), [])
        if 'unit' not in labels:
            continue
        places = [label for label in labels if label != 'unit']
        if not folders or any(f'{place}/'.startswith(f'{folder}/')
                              for place in places for folder in folders):
            programs.append({'name': test['name'], 'command': test.get('command')})
    return programs


def unit_tests(preset, folders=(), name_filter=None, timeout=300):
    """Runs unit-test programs side by side and counts their cases."""
    def step():
        programs = test_programs(preset, folders)
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            outcomes = pool.map(
                lambda program: run_gtest(preset, program, name_filter, timeout), programs)
        total = Outcome()
        for outcome in outcomes:
            total.add(outcome)
        return total
    return step


def run_gtest(preset, program, name_filter, timeout):
    name = f'{preset}-{program["name"]}'
    if not program['command']:
        return Outcome.failure(f'{program["name"]}: listed by ctest, but not built')
    LOGS.mkdir(parents=True, exist_ok=True)
    report = LOGS / f'{name}.json'
    report.unlink(missing_ok=True)
    command = program['command'] + [f'--gtest_output=json:{report}', '--gtest_brief=1']
    if preset == 'asan':
        # Simulated crashes abandon what was under way, as a killed process does: no leak of the program's.
        command = ['env', 'ASAN_OPTIONS=detect_leaks=0', *command]
    if name_filter:
        command.append(f'--gtest_filter={as_gtest_filter(name_filter)}')
    ran = run(command, name, timeout)
    if not report.exists():  # Crashed or ran out of time: no report is written then.
        return Outcome.failure(f'{program["name"]}: {ran.tail()}')
    found = json.loads(report.read_text())
    outcome = Outcome(passed=found['tests'] - found['failures'] - found.get('disabled', 0),
                      failed=found['failures'])
    for suite in found.get('testsuites', []):
        for case in suite.get('testsuite', []):
            if case.get('result') == 'SKIPPED':
                outcome.passed -= 1
                outcome.skipped += 1
            for failure in case.get('failures', []):
                outcome.problems.append(f'{suite["name"]}.{case["name"]}: {failure["failure"]}')
    if not ran.ok() and not outcome.failed:
        outcome.add(Outcome.failure(f'{program["name"]}: {ran.tail()}'))
    return outcome


def as_gtest_filter(text):
    return text if '*' in text or ':' in text else f'*{text}*'


def script(*command, name=None, timeout=900):
    """Runs a test script that ends with the line `N passed, N failed`."""
    def step():
        log_name = name or pathlib.Path(command[0]).parent.name
        ran = run(command, log_name, timeout)
        closing = CLOSING_LINE.findall(ran.text())
        passed, failed, skipped = (int(n or 0) for n in closing[-1]) if closing else (0, 0, 0)
        outcome = Outcome(passed, failed, skipped)
        if failed or not ran.ok() or not closing:
            outcome.failed = max(failed, 1)
            outcome.problems.append(f'{" ".join(map(str, command))}: {ran.tail()}')
        return outcome
    return step


def fuzzers(seconds):
    """Runs every built fuzzer for a while on its kept corpus; each counts as one test."""
    def step():
        known = known_targets('fuzz')  # An old program may still lie beside the present ones.
        programs = sorted(program for program in (ROOT / 'build/fuzz/bin/fuzz').glob('*')
                          if program.name in known)
        if not programs:
            return Outcome.failure('no fuzzer was built')
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            outcomes = pool.map(lambda program: run_fuzzer(program, seconds), programs)
        total = Outcome()
        for outcome in outcomes:
            total.add(outcome)
        return total
    return step


def run_fuzzer(program, seconds):
    # New inputs go to a scratch folder (the first that libFuzzer is given); the kept corpus is read.
    scratch = ROOT / 'build/fuzz/found' / program.name
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    corpora = [folder for name in (program.name, program.name.removesuffix('_fuzz'))
               if (folder := ROOT / 'tests/fuzz/corpus' / name).is_dir()]
    if not corpora:
        return Outcome.failure(f'{program.name}: no corpus in tests/fuzz/corpus/{program.name}')
    ran = run([program, f'-max_total_time={seconds}', '-timeout=10', '-rss_limit_mb=1024',
               '-print_final_stats=1', f'-artifact_prefix={scratch}/', scratch, *corpora],
              f'fuzz-{program.name}', seconds + 120)
    if ran.ok():
        return Outcome(passed=1)
    return Outcome.failure(f'{program.name}: {ran.tail()}')
