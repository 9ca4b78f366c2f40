"""The suites that pytest runs: python, cli, model."""

import importlib.metadata
import re
import sys
import xml.etree.ElementTree

from clients.outcome import BUILD, SUITE, Outcome, environment, run, settle

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
    """A Python with the requirements: this one, or that of a venv below build/."""
    if _installed_here():
        return sys.executable, ""
    venv = BUILD / "venv"
    python, stamp = venv / "bin" / "python", venv / "requirements.txt"
    if stamp.exists() and stamp.read_text() == REQUIREMENTS.read_text():
        return python, ""
    code, output = run([sys.executable, "-m", "venv", "--clear", venv], 120)
    if code == 0:
        code, output = run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                            "--requirement", REQUIREMENTS], 300)
    if code != 0:
        return None, output
    stamp.write_text(REQUIREMENTS.read_text())
    return python, ""


def suite(name):
    def run_suite(endpoint):
        python, problem = interpreter()
        if python is None:
            return Outcome.missing("no Python packages: " + problem.strip()[-2000:])
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
