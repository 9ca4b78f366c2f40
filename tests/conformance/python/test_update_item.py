"""UpdateItem: creation, return values, conditions, key attributes."""

import pytest

from harness import messages
from harness.errors import expect_error, expect_invalid
from harness.values import L, M, N, S, unique


def update(client, table, pk, expression=None, values=None, names=None, **more):
    request = dict(TableName=table, Key={"pk": S(pk)}, **more)
    if expression is not None:
        request["UpdateExpression"] = expression
    if values:
        request["ExpressionAttributeValues"] = values
    if names:
        request["ExpressionAttributeNames"] = names
    return client.update_item(**request)


def stored(client, table, pk):
    return client.get_item(TableName=table, Key={"pk": S(pk)}, ConsistentRead=True).get("Item")


def test_update_creates_the_item(client, hash_table, pk):
    update(client, hash_table, pk, "SET a = :v", {":v": N(1)})
    assert stored(client, hash_table, pk) == {"pk": S(pk), "a": N(1)}


def test_update_without_expression_creates_the_bare_item(client, hash_table, pk):
    update(client, hash_table, pk)
    assert stored(client, hash_table, pk) == {"pk": S(pk)}


def test_removal_alone_creates_the_bare_item(client, hash_table, pk):
    update(client, hash_table, pk, "REMOVE a")
    assert stored(client, hash_table, pk) == {"pk": S(pk)}


@pytest.mark.parametrize("returned, expected", [
    ("NONE", None),
    ("ALL_OLD", {"a": N(1), "b": N(2), "m": M(x=N(1), y=N(2))}),
    ("ALL_NEW", {"a": N(10), "b": N(2), "c": N(3), "m": M(x=N(9), y=N(2))}),
])
def test_return_values(client, hash_table, pk, returned, expected):
    client.put_item(TableName=hash_table, Item={
        "pk": S(pk), "a": N(1), "b": N(2), "m": M(x=N(1), y=N(2))})
    answer = update(client, hash_table, pk, "SET a = :a, c = :c, m.x = :x",
                    {":a": N(10), ":c": N(3), ":x": N(9)}, ReturnValues=returned)
    if expected:
        expected["pk"] = S(pk)
    assert answer.get("Attributes") == expected


@pytest.mark.parametrize("returned, expected", [
    ("UPDATED_OLD", {"a": N(1)}),
    ("UPDATED_NEW", {"a": N(10), "c": N(3)}),
])
def test_return_values_of_what_was_updated(client, hash_table, pk, returned, expected):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "a": N(1), "b": N(2)})
    answer = update(client, hash_table, pk, "SET a = :a, c = :c", {":a": N(10), ":c": N(3)},
                    ReturnValues=returned)
    assert answer["Attributes"] == expected


@pytest.mark.parametrize("returned, expected", [("UPDATED_OLD", N(1)), ("UPDATED_NEW", N(9))])
def test_return_values_of_a_nested_path(client, hash_table, pk, returned, expected):
    """Documentation says "only the updated attributes", and not how much of a map that is."""
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "a": N(1), "m": M(x=N(1), y=N(2))})
    answer = update(client, hash_table, pk, "SET m.x = :x", {":x": N(9)}, ReturnValues=returned)
    assert answer["Attributes"].keys() == {"m"}
    assert answer["Attributes"]["m"]["M"]["x"] == expected


@pytest.mark.parametrize("returned", ["ALL_OLD", "UPDATED_OLD"])
def test_no_old_values_of_a_new_item(client, hash_table, pk, returned):
    answer = update(client, hash_table, pk, "SET a = :a", {":a": N(1)}, ReturnValues=returned)
    assert "Attributes" not in answer


def test_updated_new_of_a_removal_is_absent(client, hash_table, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "a": N(1)})
    answer = update(client, hash_table, pk, "REMOVE a", ReturnValues="UPDATED_NEW")
    assert "Attributes" not in answer


def test_updated_old_of_a_list_element(client, hash_table, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "l": L(N(1), N(2), N(3))})
    answer = update(client, hash_table, pk, "SET l[1] = :v", {":v": N(9)},
                    ReturnValues="UPDATED_OLD")
    assert answer["Attributes"].keys() == {"l"}
    assert N(2) in answer["Attributes"]["l"]["L"]


def test_condition_guards_the_update(client, hash_table, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "v": N(1)})
    request = dict(values={":one": N(1)}, ConditionExpression="v = :one")
    update(client, hash_table, pk, "SET v = v + :one", **request)
    with expect_error("ConditionalCheckFailedException", "The conditional request failed"):
        update(client, hash_table, pk, "SET v = v + :one", **request)
    assert stored(client, hash_table, pk)["v"] == N(2)


def test_failed_condition_returns_the_old_item_when_asked(client, hash_table, pk):
    item = {"pk": S(pk), "v": N(1)}
    client.put_item(TableName=hash_table, Item=item)
    with expect_error("ConditionalCheckFailedException") as caught:
        update(client, hash_table, pk, "SET v = :two", {":two": N(2)},
               ConditionExpression="v = :two", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert caught.response["Item"] == item


def test_condition_keeps_a_missing_item_missing(client, hash_table, pk):
    with expect_error("ConditionalCheckFailedException"):
        update(client, hash_table, pk, "SET a = :v", {":v": N(1)},
               ConditionExpression="attribute_exists(pk)")
    assert stored(client, hash_table, pk) is None


@pytest.mark.parametrize("expression, values", [
    ("SET pk = :v", {":v": S("other")}),
    ("REMOVE pk", None),
    ("ADD pk :v", {":v": N(1)}),
])
def test_key_attributes_cannot_change(client, hash_table, pk, expression, values):
    with expect_invalid("Cannot update attribute pk. This attribute is part of the key"):
        update(client, hash_table, pk, expression, values)


def test_unknown_table(client):
    with expect_error("ResourceNotFoundException"):
        update(client, unique("missing"), "x", "SET a = :v", {":v": N(1)})


def test_sort_key_is_required(client, range_table, pk):
    with expect_invalid(messages.KEY_MISMATCH):
        update(client, range_table, pk, "SET a = :v", {":v": N(1)})


def test_counter_under_many_updates(client, hash_table, pk):
    for _ in range(20):
        answer = update(client, hash_table, pk, "ADD hits :one", {":one": N(1)},
                        ReturnValues="UPDATED_NEW")
    assert answer["Attributes"] == {"hits": N(20)}
