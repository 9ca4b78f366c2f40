"""The checker itself: planted faults in an answer are found."""

import pytest

from harness import shapes


def operation(name):
    return shapes.service().operation_model(name)


GOOD = {
    "Items": [{"pk": {"S": "x"}, "b": {"B": "YQ=="}, "m": {"M": {"l": {"L": [{"N": "1"}]}}}}],
    "Count": 1, "ScannedCount": 1, "LastEvaluatedKey": {"pk": {"S": "x"}},
    "ConsumedCapacity": {"TableName": "abc", "CapacityUnits": 0.5},
}


def test_a_good_answer_has_no_problems():
    assert shapes.problems(operation("Query").output_shape, GOOD) == []


@pytest.mark.parametrize("fault", [
    {"Extra": 1},
    {"Count": "1"},
    {"Count": 1.5},
    {"Count": None},
    {"Count": True},
    {"Items": {}},
    {"Items": [{"pk": {"S": 1}}]},
    {"Items": [{"pk": {"N": 1}}]},
    {"Items": [{"pk": {"X": "x"}}]},
    {"Items": [{"pk": {}}]},
    {"Items": [{"pk": {"S": "x", "N": "1"}}]},
    {"Items": [{"pk": {"B": "!"}}]},
    {"Items": [{"pk": {"BOOL": "true"}}]},
    {"Items": [{"pk": {"M": {"x": {"L": [{"SS": "y"}]}}}}]},
    {"ConsumedCapacity": {"CapacityUnits": "1"}},
    {"ConsumedCapacity": None},
], ids=str)
def test_faults_are_found(fault):
    assert shapes.problems(operation("Query").output_shape, {**GOOD, **fault})


def test_unknown_enumeration_values_are_found():
    body = {"Table": {"TableStatus": "SLEEPING"}}
    assert shapes.problems(operation("DescribeTable").output_shape, body)


@pytest.mark.parametrize("body, good", [
    ({"__type": "ns#ConditionalCheckFailedException", "message": "x", "Item": {}}, True),
    ({"__type": "ns#ValidationException", "Message": "x"}, True),
    ({"__type": "ns#ValidationException"}, False),
    ({"__type": "ns#ValidationException", "message": "x", "Item": {}}, False),
    ({"__type": "ns#InventedException", "message": "x"}, False),
    ({"message": "x"}, False),
])
def test_errors(body, good):
    assert (shapes.error_problems(operation("PutItem"), body) == []) is good
