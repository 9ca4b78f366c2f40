"""Legacy AttributeUpdates: PUT, ADD, DELETE."""

import pytest

from harness.errors import expect_invalid
from harness.values import L, N, NS, S, SS


@pytest.fixture
def change(client, hash_table, pk):
    """change(item, AttributeUpdates) -> the item after the update, without its key."""

    def run(item, updates):
        client.put_item(TableName=hash_table, Item={"pk": S(pk), **item})
        after = client.update_item(TableName=hash_table, Key={"pk": S(pk)},
                                   AttributeUpdates=updates, ReturnValues="ALL_NEW")["Attributes"]
        del after["pk"]
        return after

    return run


@pytest.mark.parametrize("item, updates, expected", [
    ({}, {"a": {"Value": N(1)}}, {"a": N(1)}),
    ({"a": N(1)}, {"a": {"Value": S("x"), "Action": "PUT"}}, {"a": S("x")}),
    ({"a": N(1), "b": N(2)}, {"a": {"Action": "DELETE"}}, {"b": N(2)}),
    ({"b": N(2)}, {"a": {"Action": "DELETE"}}, {"b": N(2)}),
    ({"s": SS("a", "b")}, {"s": {"Action": "DELETE", "Value": SS("a")}}, {"s": SS("b")}),
    ({"s": SS("a")}, {"s": {"Action": "DELETE", "Value": SS("a")}}, {}),
    ({"n": N(1)}, {"n": {"Action": "ADD", "Value": N(2)}}, {"n": N(3)}),
    ({}, {"n": {"Action": "ADD", "Value": N(2)}}, {"n": N(2)}),
    ({"s": NS(1)}, {"s": {"Action": "ADD", "Value": NS(1)}}, {"s": NS(1)}),
    ({}, {"s": {"Action": "ADD", "Value": SS("a")}}, {"s": SS("a")}),
    ({"l": L(N(1))}, {"l": {"Action": "ADD", "Value": L(N(2))}}, {"l": L(N(1), N(2))}),
    ({"a": N(1)}, {"a": {"Action": "ADD", "Value": N(1)}, "b": {"Value": S("y")}},
     {"a": N(2), "b": S("y")}),
])
def test_actions(change, item, updates, expected):
    assert change(item, updates) == expected


@pytest.mark.parametrize("item, updates, message", [
    ({}, {"a": {"Action": "PUT"}}, "One or more parameter values were invalid: Only DELETE action "
     "is allowed when no attribute value is specified"),
    ({}, {"a": {"Action": "ADD", "Value": S("x")}}, "One or more parameter values were invalid: "
     "ADD action is not supported for the type"),
    ({}, {"a": {"Action": "DELETE", "Value": S("x")}}, "One or more parameter values were invalid: "
     "DELETE action with value is not supported for the type"),
    ({"a": S("x")}, {"a": {"Action": "ADD", "Value": N(1)}}, "Type mismatch for attribute to "
     "update"),
    ({}, {"pk": {"Value": S("x")}}, "One or more parameter values were invalid: Cannot update "
     "attribute pk. This attribute is part of the key"),
])
def test_faults(change, item, updates, message):
    with expect_invalid(message):
        change(item, updates)


@pytest.mark.local_differs("creates the bare item")
def test_delete_of_nothing_creates_no_item(client, hash_table, pk):
    """Documentation of DELETE: causes nothing to happen; there is no attribute to delete."""
    client.update_item(TableName=hash_table, Key={"pk": S(pk)},
                       AttributeUpdates={"a": {"Action": "DELETE"}})
    assert "Item" not in client.get_item(TableName=hash_table, Key={"pk": S(pk)})


def test_not_with_expressions(client, hash_table, pk):
    with expect_invalid("Can not use both expression and non-expression parameters in the same "
                        "request: Non-expression parameters: {AttributeUpdates} Expression "
                        "parameters: {UpdateExpression}"):
        client.update_item(TableName=hash_table, Key={"pk": S(pk)},
                           AttributeUpdates={"a": {"Value": N(1)}}, UpdateExpression="SET b = a")
