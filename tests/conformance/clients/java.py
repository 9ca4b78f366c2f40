"""The AWS SDK for Java v2, under Maven's Surefire."""

import re
import shutil
import xml.etree.ElementTree

from clients.outcome import BUILD, SUITE, Outcome, environment, run, settle

SOURCE = SUITE / "java"
JAVA_VERSION = 17


def _toolchain_problem():
    if not shutil.which("mvn") or not shutil.which("javac"):
        return "no mvn, or no javac"
    _, output = run(["javac", "-version"], 30)
    version = re.search(r"javac (\d+)", output)
    if not version or int(version[1]) < JAVA_VERSION:
        return f"{output.strip()}: the tests want {JAVA_VERSION}"
    return None


def suite(endpoint):
    problem = _toolchain_problem()
    if problem:
        return Outcome.missing(problem)
    reports = BUILD / "java" / "surefire-reports"
    shutil.rmtree(reports, ignore_errors=True)
    command = ["mvn", "-B", "-q", "-ntp", f"-Doutput={BUILD / 'java'}", "test"]
    code, output = run(command, 300, cwd=SOURCE, env=environment(endpoint))
    outcome = Outcome(output=output)
    for report in reports.glob("TEST-*.xml"):
        found = xml.etree.ElementTree.parse(report).getroot().attrib
        failed = int(found["failures"]) + int(found["errors"])
        skipped = int(found["skipped"])
        outcome.passed += int(found["tests"]) - failed - skipped
        outcome.failed += failed
        outcome.skipped += skipped
    return settle(outcome, code)
