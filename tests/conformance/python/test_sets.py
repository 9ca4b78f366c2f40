"""Sets: no duplicates, no empty ones, no order."""

import pytest

from harness.errors import expect_invalid
from harness.values import B, BS, L, M, N, NS, S, SS


@pytest.mark.parametrize("value", [
    SS("a", "a"), NS(1, 1), NS("1", "1.0"), BS(b"a", b"a"), L(SS("a", "a")), M(x=NS(2, 2)),
])
def test_duplicates_are_refused(client, hash_table, pk, value):
    with expect_invalid("Input collection", "contains duplicates"):
        client.put_item(TableName=hash_table, Item={"pk": S(pk), "s": value})


@pytest.mark.parametrize("value, kind", [
    (SS(), "string"), (NS(), "number"), (BS(), "inary"), (L(SS()), "string"),
])
def test_empty_sets_are_refused(client, hash_table, pk, value, kind):
    with expect_invalid("One or more parameter values were invalid:", " set", "empty", kind):
        client.put_item(TableName=hash_table, Item={"pk": S(pk), "s": value})


def test_empty_members(client, hash_table, pk):
    """Documentation: empty string and binary values are allowed within sets."""
    item = {"pk": S(pk), "ss": SS(""), "bs": BS(b"")}
    client.put_item(TableName=hash_table, Item=item)
    assert client.get_item(TableName=hash_table, Key={"pk": S(pk)})["Item"] == item


def test_sets_are_unordered(client, hash_table, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "s": SS("c", "a", "b")})
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "s": SS("c", "a", "b")},
                    ConditionExpression="s = :v",
                    ExpressionAttributeValues={":v": SS("a", "b", "c")})


def test_set_of_numbers_in_strings_is_not_a_set_of_numbers(client, hash_table, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "s": SS("1", "2")})
    with expect_invalid("An operand in the update expression has an incorrect data type"):
        client.update_item(TableName=hash_table, Key={"pk": S(pk)}, UpdateExpression="ADD s :v",
                           ExpressionAttributeValues={":v": NS(3)})


def test_a_thousand_members(client, hash_table, pk):
    values = [f"m{i:04}" for i in range(1000)]
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "s": SS(*values)})
    client.update_item(TableName=hash_table, Key={"pk": S(pk)}, UpdateExpression="DELETE s :v",
                       ExpressionAttributeValues={":v": SS(*values[:990])})
    item = client.get_item(TableName=hash_table, Key={"pk": S(pk)})["Item"]
    assert sorted(item["s"]["SS"]) == values[990:]


@pytest.mark.parametrize("value", [SS("a"), NS(1), BS(b"a"), N(1), S("a"), B(b"a")])
def test_one_member_is_still_a_set(client, hash_table, pk, value):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "s": value})
    assert client.get_item(TableName=hash_table, Key={"pk": S(pk)})["Item"]["s"] == value
