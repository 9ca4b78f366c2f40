"""The suites that pytest runs: python, cli, model."""

import contextlib
import importlib.metadata
import re
import subprocess
import sys
import xml.etree.ElementTree

from clients.outcome import BUILD, SUITE, Outcome, environment, run, settle
from support import environment as environment_of

REQUIREMENTS = SUITE / "requirements.txt"
TIMEOUTS = {"python": 240, "cli": 180, "model": 60}


def _wanted():
    lines = (line.strip() for line in REQUIREMENTS.read_text().splitlines())
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def _installed_here():
    """Whether this very Python has what the suites need, in the wanted versions."""
    try:
        return all(importlib.metadata.version(name) == version
                   for name, version in _wanted().items())
    except importlib.metadata.PackageNotFoundError:
        return False


def interpreter():
    """A Python with the requirements: this one, or that of an environment below build/."""
    return sys.executable if _installed_here() else environment_of.python(REQUIREMENTS)


def prepare():
    """Makes the environment; a suite that needs it says what is wrong when that fails."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        interpreter()


def suite(name):
    def run_suite(endpoint):
        try:
            python = interpreter()
        except (OSError, subprocess.CalledProcessError) as problem:
            return Outcome.missing(f"no Python packages: {problem}")
        report = BUILD / f"{name}.xml"
        report.unlink(missing_ok=True)
        code, output = run(
            [python, "-m", "pytest", name, "-q", "--tb=short", f"--junit-xml={report}",
             "--endpoint", endpoint, "-o", "junit_logging=no"], TIMEOUTS[name],
            env=environment(endpoint))
        return settle(_count(report, output), code)

    return run_suite


def _count(report, output):
    if not report.exists():
        return Outcome.broken(output)
    found = xml.etree.ElementTree.parse(report).getroot().find("testsuite").attrib
    failed = int(found["failures"]) + int(found["errors"])
    skipped = int(found["skipped"])
    passed = max(int(found["tests"]) - failed - skipped, 0)
    return Outcome(passed, failed, skipped, output=re.sub(r"^[.sFEx]+ +\[ *\d+%\]\n", "", output,
                                                          flags=re.MULTILINE))
