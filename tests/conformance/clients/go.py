"""The AWS SDK for Go v2, under go test."""

import json
import re
import shutil

from clients.outcome import SUITE, Outcome, environment, run, settle

SOURCE = SUITE / "go"
GO_VERSION = (1, 24)


def _toolchain_problem():
    if not shutil.which("go"):
        return "no go"
    _, output = run(["go", "version"], 30)
    version = re.search(r"go(\d+)\.(\d+)", output)
    if not version or tuple(map(int, version.groups())) < GO_VERSION:
        return f"{output.strip()}: the SDK wants {GO_VERSION[0]}.{GO_VERSION[1]}"
    return None


def suite(endpoint):
    problem = _toolchain_problem()
    if problem:
        return Outcome.missing(problem)
    code, output = run(["go", "mod", "download"], 180, cwd=SOURCE)
    if code != 0:
        return Outcome.missing("go mod download failed: " + output.strip()[-2000:])
    code, output = run(["go", "test", "-json", "-count=1", "-vet=off", "-timeout=100s", "./..."],
                       300, cwd=SOURCE, env=environment(endpoint))
    outcome, text = Outcome(), []
    for line in output.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            text.append(line + "\n")  # A compiler's complaint.
            continue
        text.append(event.get("Output", ""))
        if "Test" in event and event["Action"] in ("pass", "fail", "skip"):
            attribute = {"pass": "passed", "fail": "failed", "skip": "skipped"}[event["Action"]]
            setattr(outcome, attribute, getattr(outcome, attribute) + 1)
    outcome.output = "".join(text)
    return settle(outcome, code)
