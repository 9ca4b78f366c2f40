"""Each operation of the service models is done, or a gap that says so itself."""

import json
import pathlib

import pytest

from harness import shapes

LISTED = json.loads(pathlib.Path(__file__).with_name("operations.json").read_text())
PREFIXES = {"dynamodb": "DynamoDB_20120810.", "dynamodbstreams": "DynamoDBStreams_20120810."}
ISSUES = {"Cluster", "Data plane", "Functions", "Triggers", "Later"}
DONE = [(name, op) for name, lists in LISTED.items() for op in lists["done"]]
GAPS = [(name, op) for name, lists in LISTED.items() for op in lists["gaps"]]


def call(raw, service, operation):
    return raw.call(operation, {}, {"X-Amz-Target": PREFIXES[service] + operation})


@pytest.mark.parametrize("service", LISTED)
def test_every_operation_is_listed_once(service):
    listed = LISTED[service]["done"] + list(LISTED[service]["gaps"])
    assert sorted(listed) == sorted(shapes.service(service).operation_names)
    assert set(LISTED[service]["gaps"].values()) <= ISSUES


@pytest.mark.local_differs("knows other operations")
@pytest.mark.parametrize("service, operation", DONE)
def test_done_operations_are_known(raw, service, operation):
    """With an empty body: an answer, or a complaint about what is missing."""
    answer = call(raw, service, operation)
    assert answer.status in (200, 400), answer.body
    if answer.status == 400:
        assert answer.error != "UnknownOperationException", answer.body


@pytest.mark.local_differs("knows other operations")
@pytest.mark.parametrize("service, operation", GAPS)
def test_gaps_name_themselves(raw, service, operation):
    answer = call(raw, service, operation)
    assert answer.status == 400, answer.body
    assert answer.error
    assert operation in answer.message, answer.body
