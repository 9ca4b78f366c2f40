"""The lists of operations and members, and what the Python suite recorded against this endpoint."""

import json
import pathlib

import pytest

from harness import recorder as recordings
from harness.rawhttp import RawClient

FOLDER = pathlib.Path(__file__).parent


@pytest.fixture(scope="session")
def raw(endpoint):
    return RawClient(endpoint)


@pytest.fixture(scope="session")
def calls(endpoint):
    """Every call that the Python suite made; it must have run against this endpoint."""
    path = recordings.default_path()
    if not path.exists():
        pytest.skip("no recording: run the Python suite first")
    header, calls = recordings.read(path)
    if header["endpoint"] != endpoint:
        pytest.skip(f"the recording is of {header['endpoint']}: run the Python suite first")
    return calls


@pytest.fixture(scope="session")
def members():
    return json.loads((FOLDER / "members.json").read_text())
