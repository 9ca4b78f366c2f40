"""What a suite came to, and running its commands."""

import dataclasses
import os
import pathlib
import subprocess
import sys

SUITE = pathlib.Path(__file__).resolve().parents[1]
BUILD = SUITE.parents[1] / "build" / "conformance"
sys.path.insert(0, str(SUITE))


@dataclasses.dataclass
class Outcome:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reason: str = ""  # Why the whole suite was skipped.
    output: str = ""  # Printed when something failed.

    @classmethod
    def missing(cls, reason):
        """A toolchain that is not there: a skip with its reason, in CI a failure."""
        if os.environ.get("CI") == "true":
            return cls(failed=1, output=f"in CI this is a failure: {reason}")
        return cls(skipped=1, reason=reason)

    @classmethod
    def broken(cls, output):
        return cls(failed=1, output=output)


def environment(endpoint):
    """What every client needs to reach the endpoint, and nothing of the user's own settings."""
    return {
        **os.environ,
        "SKERRY_ENDPOINT": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def run(command, timeout, cwd=SUITE, env=None):
    """(exit code, output); a command that hangs is ended and has failed."""
    try:
        ran = subprocess.run(
            [str(word) for word in command], cwd=cwd, env=env, timeout=timeout, text=True,
            errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired as expired:
        output = expired.stdout or b""
        text = output.decode(errors="replace") if isinstance(output, bytes) else output
        return -1, f"{text}\n{' '.join(map(str, command))}: ended after {timeout} s"
    return ran.returncode, ran.stdout


def settle(outcome, code):
    """A runner that failed without a failed test has failed all the same; so has an empty run."""
    if (code != 0 or outcome.passed == 0) and outcome.failed == 0:
        outcome.failed = 1
    return outcome
