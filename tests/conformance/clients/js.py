"""The AWS SDK for JavaScript v3, under node's own test runner."""

import re
import shutil

from clients.outcome import BUILD, SUITE, Outcome, environment, run, settle

SOURCE = SUITE / "js"
NODE_VERSION = 20


def _toolchain_problem():
    if not shutil.which("node") or not shutil.which("npm"):
        return "no node, or no npm"
    _, output = run(["node", "--version"], 30)
    version = re.match(r"v(\d+)", output)
    if not version or int(version[1]) < NODE_VERSION:
        return f"node {output.strip()}: the SDK wants {NODE_VERSION}"
    return None


def _prepare(folder):
    """Copies the sources below build/ and installs there, unless nothing has changed."""
    lock = (SOURCE / "package-lock.json").read_text()
    stamp = folder / "installed"
    for old in ("test", "harness.js"):
        shutil.rmtree(folder / old, ignore_errors=True)
    shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
    if stamp.exists() and stamp.read_text() == lock:
        return 0, ""
    code, output = run(["npm", "ci", "--silent"], 180, cwd=folder)
    if code == 0:
        stamp.write_text(lock)
    return code, output


def suite(endpoint):
    problem = _toolchain_problem()
    if problem:
        return Outcome.missing(problem)
    folder = BUILD / "js"
    code, output = _prepare(folder)
    if code != 0:
        return Outcome.missing("npm ci failed: " + output.strip()[-2000:])
    code, output = run(["node", "--no-warnings", "--test", "--test-reporter=tap"], 120, cwd=folder,
                       env=environment(endpoint))
    counts = {name: int(n) for name, n in
              re.findall(r"^# (pass|fail|cancelled|skipped) (\d+)$", output, re.MULTILINE)}
    failed = counts.get("fail", 0) + counts.get("cancelled", 0)
    return settle(Outcome(counts.get("pass", 0), failed, counts.get("skipped", 0), output=output),
                  code)
