"""Each input member of a done operation has a test that sends it."""

import ast
import collections
import json
import pathlib

import pytest

from harness import shapes

SUITE = pathlib.Path(__file__).parents[1]
DONE = json.loads(pathlib.Path(__file__).with_name("operations.json").read_text())["dynamodb"]["done"]


def paths_of(operation):
    shape = shapes.service().operation_model(operation).input_shape
    return shapes.member_paths(shape) if shape else []


@pytest.fixture(scope="module")
def tests():
    """Every test function of the Python suite, as `python/file.py::name`."""
    found = set()
    for file in (SUITE / "python").glob("test_*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found.add(f"python/{file.name}::{node.name}")
    return found


@pytest.fixture(scope="module")
def sent(calls):
    """test -> operation -> the members that it sent; tests that did not run are not in it."""
    found = collections.defaultdict(lambda: collections.defaultdict(set))
    for call in calls:
        shape = shapes.service().operation_model(call["operation"]).input_shape
        if shape and call["phase"] == "call":
            found[call["test"]][call["operation"]] |= shapes.used_paths(
                shape, json.loads(call["request"]))
    return found


@pytest.mark.parametrize("operation", DONE)
def test_each_member_has_a_test(operation, members, tests):
    listed = members.get(operation, {})
    assert sorted(listed) == sorted(paths_of(operation)), "run --assign lists them anew"
    missing = {path: test for path, test in listed.items() if test not in tests}
    assert not missing, "these tests do not exist"


@pytest.mark.parametrize("operation", DONE)
def test_each_of_these_tests_sends_the_member(operation, members, sent):
    wrong = [f"{test} does not send {path}" for path, test in members[operation].items()
             if test in sent and path not in sent[test][operation]]
    assert not wrong
