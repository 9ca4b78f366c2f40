"""Runs the AWS CLI against the endpoint."""

import json
import subprocess
import sys

import pytest

from harness import clients
from harness.values import unique


class Result:
    def __init__(self, process):
        self.code, self.text, self.error = process.returncode, process.stdout, process.stderr

    @property
    def json(self):
        return json.loads(self.text)


@pytest.fixture(scope="session")
def aws(endpoint):
    """aws(arguments..., fails=whether it must) -> Result; dicts and lists become JSON arguments."""
    environment = clients.credentials_environment(endpoint)

    def run(*arguments, fails=False):
        words = [json.dumps(a) if isinstance(a, (dict, list)) else str(a) for a in arguments]
        command = [sys.executable, "-m", "awscli", "dynamodb", *words]
        process = subprocess.run(command, env=environment, capture_output=True, text=True,
                                 timeout=120, stdin=subprocess.DEVNULL)
        assert (process.returncode != 0) is fails, process.stderr
        return Result(process)

    return run


@pytest.fixture(scope="module")
def table(aws):
    """A table with keys pk (S) and sk (N), made and dropped by the CLI."""
    name = unique("cli")
    aws("create-table", "--table-name", name, "--billing-mode", "PAY_PER_REQUEST",
        "--attribute-definitions", "AttributeName=pk,AttributeType=S",
        "AttributeName=sk,AttributeType=N",
        "--key-schema", "AttributeName=pk,KeyType=HASH", "AttributeName=sk,KeyType=RANGE")
    aws("wait", "table-exists", "--table-name", name)
    yield name
    aws("delete-table", "--table-name", name)
