"""PutItem: replacement, return values, conditions, what is refused."""

import pytest

from harness import messages
from harness.errors import expect_error, expect_invalid
from harness.values import B, BS, FALSE, L, M, N, NS, NULL, S, SS, TRUE, unique


def stored(client, table, pk):
    return client.get_item(TableName=table, Key={"pk": S(pk)}, ConsistentRead=True).get("Item")


def test_every_type_comes_back_as_it_was_put(client, hash_table, pk):
    item = {
        "pk": S(pk), "s": S("é 🎈 \u0000 \"quoted\" \\ /"), "n": N("-12.5"), "b": B(b"\x00\xff"),
        "ss": SS("a", "b"), "ns": NS(1, 2), "bs": BS(b"1", b"2"), "null": NULL, "t": TRUE,
        "f": FALSE, "l": L(S("x"), N(1), L(), M()), "m": M(k=M(deep=S("y"))),
    }
    assert "Attributes" not in client.put_item(TableName=hash_table, Item=item)
    got = stored(client, hash_table, pk)
    for name in ("ss", "ns", "bs"):
        (kind, members), = got.pop(name).items()
        assert sorted(members) == sorted(item.pop(name)[kind])
    assert got == item


def test_put_replaces_the_whole_item(client, hash_table, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "a": N(1), "b": N(2)})
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "c": N(3)})
    assert stored(client, hash_table, pk) == {"pk": S(pk), "c": N(3)}


def test_all_old_returns_what_was_replaced(client, hash_table, pk):
    first = {"pk": S(pk), "a": N(1)}
    answer = client.put_item(TableName=hash_table, Item=first, ReturnValues="ALL_OLD")
    assert "Attributes" not in answer
    second = {"pk": S(pk), "a": N(2)}
    answer = client.put_item(TableName=hash_table, Item=second, ReturnValues="ALL_OLD")
    assert answer["Attributes"] == first
    answer = client.put_item(TableName=hash_table, Item=second, ReturnValues="NONE")
    assert "Attributes" not in answer


@pytest.mark.parametrize("value", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_return_values_of_updates_are_refused(client, hash_table, pk, value):
    with expect_invalid(messages.OLD_ONLY):
        client.put_item(TableName=hash_table, Item={"pk": S(pk)}, ReturnValues=value)


def test_condition_guards_the_put(client, hash_table, pk):
    item = {"pk": S(pk), "v": N(1)}
    guarded = dict(TableName=hash_table, ConditionExpression="attribute_not_exists(pk)")
    client.put_item(Item=item, **guarded)
    with expect_error("ConditionalCheckFailedException", "The conditional request failed"):
        client.put_item(Item={"pk": S(pk), "v": N(2)}, **guarded)
    assert stored(client, hash_table, pk) == item


def test_condition_with_names_and_values(client, hash_table, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "version": N(1)})
    change = dict(
        TableName=hash_table, ConditionExpression="#v = :expected",
        ExpressionAttributeNames={"#v": "version"}, ExpressionAttributeValues={":expected": N(1)})
    client.put_item(Item={"pk": S(pk), "version": N(2)}, **change)
    with expect_error("ConditionalCheckFailedException"):
        client.put_item(Item={"pk": S(pk), "version": N(3)}, **change)


def test_failed_condition_returns_the_old_item_when_asked(client, hash_table, pk):
    old = {"pk": S(pk), "a": N(1)}
    client.put_item(TableName=hash_table, Item=old)
    request = dict(TableName=hash_table, Item={"pk": S(pk)},
                   ConditionExpression="attribute_not_exists(pk)")
    with expect_error("ConditionalCheckFailedException") as caught:
        client.put_item(ReturnValuesOnConditionCheckFailure="ALL_OLD", **request)
    assert caught.response["Item"] == old
    with expect_error("ConditionalCheckFailedException") as caught:
        client.put_item(ReturnValuesOnConditionCheckFailure="NONE", **request)
    assert "Item" not in caught.response


def test_failed_condition_on_a_missing_item_returns_no_item(client, hash_table, pk):
    with expect_error("ConditionalCheckFailedException") as caught:
        client.put_item(TableName=hash_table, Item={"pk": S(pk)},
                        ConditionExpression="attribute_exists(pk)",
                        ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert "Item" not in caught.response


def test_missing_key_attribute(client, hash_table, range_table, pk):
    with expect_invalid(messages.MISSING_KEY):
        client.put_item(TableName=hash_table, Item={"a": S("x")})
    with expect_invalid(messages.MISSING_KEY):
        client.put_item(TableName=range_table, Item={"pk": S(pk)})


def test_key_of_another_type(client, hash_table):
    with expect_invalid(messages.KEY_TYPE):
        client.put_item(TableName=hash_table, Item={"pk": N(1)})


def test_empty_string_key(client, hash_table):
    with expect_invalid("not valid", "empty string value", "pk"):
        client.put_item(TableName=hash_table, Item={"pk": S("")})


def test_unknown_table(client):
    with expect_error("ResourceNotFoundException", messages.NO_TABLE):
        client.put_item(TableName=unique("missing"), Item={"pk": S("x")})


@pytest.mark.local_differs("answers without the list of permitted values")
def test_unknown_return_values_lists_the_permitted_ones(lax, hash_table, pk):
    with expect_invalid("1 validation error detected", "'LAST'", "returnValues", "ALL_OLD"):
        lax.put_item(TableName=hash_table, Item={"pk": S(pk)}, ReturnValues="LAST")


def test_value_with_two_types(lax, hash_table, pk):
    with expect_invalid("has more than one datatypes set"):
        lax.put_item(TableName=hash_table, Item={"pk": S(pk), "a": {"S": "x", "N": "1"}})


def test_value_without_type(lax, hash_table, pk):
    with expect_invalid("Supplied AttributeValue is empty"):
        lax.put_item(TableName=hash_table, Item={"pk": S(pk), "a": {}})


@pytest.mark.parametrize("length", [1, 255, 65535])
def test_attribute_names_up_to_64_kb(client, hash_table, pk, length):
    name = "n" * length
    client.put_item(TableName=hash_table, Item={"pk": S(pk), name: S("x")})
    assert stored(client, hash_table, pk)[name] == S("x")
