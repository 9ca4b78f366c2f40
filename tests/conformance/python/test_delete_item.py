"""DeleteItem: idempotence, conditions, return values."""

import pytest

from harness import messages
from harness.errors import expect_error, expect_invalid
from harness.values import N, S, unique


def test_delete_removes_the_item(client, hash_table, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk)})
    assert "Attributes" not in client.delete_item(TableName=hash_table, Key={"pk": S(pk)})
    assert "Item" not in client.get_item(
        TableName=hash_table, Key={"pk": S(pk)}, ConsistentRead=True)


def test_deleting_nothing_succeeds(client, hash_table, pk):
    answer = client.delete_item(TableName=hash_table, Key={"pk": S(pk)}, ReturnValues="ALL_OLD")
    assert "Attributes" not in answer


def test_all_old_returns_the_deleted_item(client, hash_table, pk):
    item = {"pk": S(pk), "a": N(1)}
    client.put_item(TableName=hash_table, Item=item)
    answer = client.delete_item(TableName=hash_table, Key={"pk": S(pk)}, ReturnValues="ALL_OLD")
    assert answer["Attributes"] == item


def test_condition_guards_the_delete(client, hash_table, pk):
    item = {"pk": S(pk), "state": S("open")}
    client.put_item(TableName=hash_table, Item=item)
    request = dict(
        TableName=hash_table, Key={"pk": S(pk)}, ConditionExpression="#s = :closed",
        ExpressionAttributeNames={"#s": "state"}, ExpressionAttributeValues={":closed": S("closed")},
        ReturnValuesOnConditionCheckFailure="ALL_OLD")
    with expect_error("ConditionalCheckFailedException") as caught:
        client.delete_item(**request)
    assert caught.response["Item"] == item
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "state": S("closed")})
    client.delete_item(**request)


def test_condition_on_a_missing_item(client, hash_table, pk):
    request = dict(TableName=hash_table, Key={"pk": S(pk)})
    with expect_error("ConditionalCheckFailedException"):
        client.delete_item(ConditionExpression="attribute_exists(pk)", **request)
    client.delete_item(ConditionExpression="attribute_not_exists(pk)", **request)


@pytest.mark.parametrize("value", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_return_values_of_updates_are_refused(client, hash_table, pk, value):
    with expect_invalid(messages.OLD_ONLY):
        client.delete_item(TableName=hash_table, Key={"pk": S(pk)}, ReturnValues=value)


def test_key_must_be_the_tables(client, range_table, pk):
    with expect_invalid(messages.KEY_MISMATCH):
        client.delete_item(TableName=range_table, Key={"pk": S(pk)})


def test_unknown_table(client):
    with expect_error("ResourceNotFoundException"):
        client.delete_item(TableName=unique("missing"), Key={"pk": S("x")})
