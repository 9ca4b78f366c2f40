"""Legacy conditions: Expected and ConditionalOperator on PutItem, UpdateItem and DeleteItem."""

import pytest

from harness.errors import expect_error, expect_invalid
from harness.values import B, L, N, NULL, S, SS


def compare(operator, *values):
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


@pytest.fixture
def holds(client, hash_table, pk):
    """holds(Expected, operator) -> whether a put under that condition passes."""
    item = {"pk": S(pk), "s": S("hello"), "n": N(5), "b": B(b"abc"), "ss": SS("a", "b"),
            "l": L(N(1)), "null": NULL}

    def run(expected, operator=None):
        client.put_item(TableName=hash_table, Item=item)
        request = dict(TableName=hash_table, Item=item, Expected=expected)
        if operator:
            request["ConditionalOperator"] = operator
        try:
            client.put_item(**request)
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    return run


@pytest.mark.parametrize("expected, result", [
    ({"s": {"Value": S("hello")}}, True),
    ({"s": {"Value": S("hello"), "Exists": True}}, True),
    ({"s": {"Value": S("other")}}, False),
    ({"s": {"Exists": False}}, False),
    ({"absent": {"Exists": False}}, True),
    ({"n": compare("EQ", N("5.0"))}, True),
    ({"n": {"ComparisonOperator": "EQ", "Value": N(5)}}, True),
    ({"n": compare("NE", N(5))}, False),
    ({"absent": compare("NE", N(5))}, True),
    ({"n": compare("LT", N(6))}, True),
    ({"n": compare("LE", N(4))}, False),
    ({"n": compare("GT", N(4))}, True),
    ({"n": compare("GE", N(6))}, False),
    ({"n": compare("BETWEEN", N(4), N(6))}, True),
    ({"n": compare("IN", N(1), N(5))}, True),
    ({"s": compare("BEGINS_WITH", S("he"))}, True),
    ({"s": compare("CONTAINS", S("ell"))}, True),
    ({"ss": compare("CONTAINS", S("a"))}, True),
    ({"ss": compare("CONTAINS", S("z"))}, False),
    ({"s": compare("NOT_CONTAINS", S("zzz"))}, True),
    ({"absent": {"ComparisonOperator": "NULL"}}, True),
    ({"null": {"ComparisonOperator": "NULL"}}, False),
    ({"s": {"ComparisonOperator": "NOT_NULL"}}, True),
    ({"absent": {"ComparisonOperator": "NOT_NULL"}}, False),
    ({"l": compare("EQ", L(N(1)))}, True),
    ({"b": compare("GT", B(b"abb"))}, True),
])
def test_comparisons(holds, expected, result):
    assert holds(expected) is result


@pytest.mark.parametrize("operator, result", [(None, False), ("AND", False), ("OR", True)])
def test_conditional_operator(holds, operator, result):
    conditions = {"n": compare("EQ", N(5)), "s": compare("EQ", S("other"))}
    assert holds(conditions, operator) is result


def test_update_and_delete(client, hash_table, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "n": N(1)})
    key = dict(TableName=hash_table, Key={"pk": S(pk)})
    wrong = {"n": {"Value": N(9)}, "m": {"Exists": False}, "x": compare("GT", N(1))}
    change = {"n": {"Value": N(2), "Action": "PUT"}}
    with expect_error("ConditionalCheckFailedException"):
        client.update_item(AttributeUpdates=change, Expected=wrong, **key)
    client.update_item(AttributeUpdates=change, Expected=wrong, ConditionalOperator="OR", **key)
    with expect_error("ConditionalCheckFailedException") as caught:
        client.delete_item(Expected=wrong, ConditionalOperator="AND",
                           ReturnValuesOnConditionCheckFailure="ALL_OLD", **key)
    assert caught.response["Item"]["n"] == N(2)
    client.delete_item(Expected={"n": {"Value": N(2)}}, **key)


@pytest.mark.parametrize("expected, message", [
    ({"a": {"Exists": True}}, "One or more parameter values were invalid: Value must be provided "
     "when Exists is true for Attribute: a"),
    ({"a": {}}, "One or more parameter values were invalid: Value must be provided when Exists is "
     "null for Attribute: a"),
    ({"a": {"Exists": False, "Value": N(1)}}, "One or more parameter values were invalid: Value "
     "cannot be used when Exists is false for Attribute: a"),
    ({"a": {"ComparisonOperator": "EQ", "Exists": True}}, "Exists and ComparisonOperator cannot be "
     "used together for Attribute: a"),
    ({"a": {"AttributeValueList": [N(1)]}}, "AttributeValueList can only be used with a "
     "ComparisonOperator for Attribute: a"),
    ({"a": {"ComparisonOperator": "EQ", "Value": N(1), "AttributeValueList": [N(1)]}},
     "Value and AttributeValueList cannot be used together for Attribute: a"),
    ({"a": compare("EQ")}, "One or more parameter values were invalid: Invalid number of "
     "argument(s) for the EQ ComparisonOperator"),
    ({"a": compare("BETWEEN", N(1))}, "Invalid number of argument(s) for the BETWEEN "
     "ComparisonOperator"),
    ({"a": compare("NULL", N(1))}, "Invalid number of argument(s) for the NULL "
     "ComparisonOperator"),
    ({"a": compare("LT", SS("a"))}, "One or more parameter values were invalid: "
     "ComparisonOperator LT is not valid for SS AttributeValue type"),
    ({"a": compare("BETWEEN", N(2), N(1))}, "The BETWEEN condition was provided a range where the "
     "lower bound is greater than the upper bound"),
    ({"a": compare("BETWEEN", N(2), S("x"))}, "AttributeValues inside AttributeValueList must be of "
     "same type"),
])
def test_faults(holds, expected, message):
    with expect_invalid(message):
        holds(expected)


def test_operator_needs_expected(client, hash_table, pk):
    with expect_invalid("ConditionalOperator cannot be used without Filter or Expected"):
        client.put_item(TableName=hash_table, Item={"pk": S(pk)}, ConditionalOperator="AND")


def test_not_with_expressions(client, hash_table, pk):
    with expect_invalid("Can not use both expression and non-expression parameters in the same "
                        "request: Non-expression parameters: {Expected} Expression parameters: "
                        "{ConditionExpression}"):
        client.put_item(TableName=hash_table, Item={"pk": S(pk)},
                        Expected={"a": {"Exists": False}},
                        ConditionExpression="attribute_not_exists(a)")
