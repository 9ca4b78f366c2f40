"""Runs commands with logs and time limits, and keeps the count of what passed and failed."""

import dataclasses
import os
import pathlib
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / 'build' / 'test-logs'
JOBS = os.cpu_count() or 2
# What a failed command's log shows on the terminal; the rest is in the file.
LOG_LINES_SHOWN_MAX = 80


@dataclasses.dataclass
class Outcome:
    """What a step found. `problems` are texts for the terminal, one per failure where possible."""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    problems: list = dataclasses.field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.problems += other.problems
        return self

    @classmethod
    def failure(cls, problem):
        return cls(failed=1, problems=[problem])


@dataclasses.dataclass
class Ran:
    """A finished command: exit status (None when it was ended by its time limit) and its log."""
    status: int | None
    log: pathlib.Path

    def ok(self):
        return self.status == 0

    def text(self):
        return self.log.read_text(errors='replace')

    def tail(self):
        ending = 'ran out of time' if self.status is None else f'exit status {self.status}'
        lines = self.text().splitlines()[-LOG_LINES_SHOWN_MAX:]
        return '\n'.join([f'{ending}; log: {self.log.relative_to(ROOT)}'] +
                         [f'  | {line}' for line in lines])


def run(command, log_name, timeout, env=None):
    """Runs `command` (a list) from the top of the tree in a process group of its own, which a
    time-out ends whole."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f'{log_name}.log'
    with open(log, 'wb') as output:
        process = subprocess.Popen(
            [str(word) for word in command], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}, start_new_session=True)
        try:
            return Ran(process.wait(timeout), log)
        except subprocess.TimeoutExpired:
            return Ran(None, log)
        finally:
            _end_group(process)


def _end_group(process):
    """Ends what is left of the process group: a test must not leave a server behind."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def say(text):
    print(text, flush=True)


class Report:
    """Runs stages in order, printing one line each, and prints the times and the closing line."""

    def __init__(self):
        self.total = Outcome()
        self.times = []

    def run_stage(self, name, steps):
        started = time.monotonic()
        outcome = Outcome()
        for step in steps:
            result = step()
            outcome.add(result)
            if result.failed and not result.passed:
                break  # A build or an installation that failed: what follows stands on it.
        seconds = time.monotonic() - started
        self.times.append((name, seconds))
        self.total.add(outcome)
        skipped = f'  ({outcome.skipped} skipped)' if outcome.skipped else ''
        say(f'{name:<28} {outcome.passed:>6} passed {outcome.failed:>4} failed  {seconds:7.1f} s{skipped}')
        for problem in outcome.problems:
            say(problem)

    def close(self):
        """Prints the closing lines; returns the exit status."""
        say('\nseconds per stage: ' +
            ', '.join(f'{name} {seconds:.0f}' for name, seconds in self.times) +
            f'; together {sum(seconds for _, seconds in self.times):.0f}')
        for problem in self.total.problems:
            say('failed: ' + problem.splitlines()[0])
        if self.total.passed + self.total.failed == 0:
            say('no test ran')
        say(f'{self.total.passed} passed, {self.total.failed} failed')
        return 0 if self.total.passed and not self.total.failed else 1
