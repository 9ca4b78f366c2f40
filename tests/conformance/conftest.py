"""One server for the whole session, and the fixtures that every Python client suite uses."""

import os
import pathlib

import pytest

from harness import server as servers


def pytest_addoption(parser):
    group = parser.getgroup("skerry")
    group.addoption("--endpoint", default=os.environ.get("SKERRY_ENDPOINT"),
                    help="a running endpoint; default: start --skerryd")
    group.addoption("--skerryd", default=os.environ.get("SKERRYD", servers.DEFAULT_BINARY),
                    type=pathlib.Path, help="the binary to start when there is no --endpoint")
    group.addoption("--in-memory", action="store_true", help="start skerryd with --in-memory")


@pytest.fixture(scope="session")
def endpoint(request):
    """The URL under test. A server that we started must also end well."""
    url = request.config.getoption("--endpoint")
    if url:
        if not servers.answers_http(url):
            pytest.exit(f"nothing answers at {url}", returncode=2)
        yield url
        return
    binary = request.config.getoption("--skerryd")
    if not binary.exists():
        pytest.exit(f"{binary} is not built; give --endpoint or --skerryd", returncode=2)
    started = servers.Skerryd(binary, request.config.getoption("--in-memory"))
    yield started.url
    problem = started.stop()
    assert problem is None, problem


@pytest.fixture(scope="session")
def is_local(endpoint):
    """Whether the endpoint is DynamoDB Local."""
    return servers.is_dynamodb_local(endpoint)


@pytest.fixture(autouse=True)
def _skip_where_local_differs(request):
    marker = request.node.get_closest_marker("local_differs")
    if marker and os.environ.get("SKERRY_RUN_LOCAL_DIFFERS") != "1":
        if request.getfixturevalue("is_local"):
            pytest.skip("DynamoDB Local: " + marker.args[0])
