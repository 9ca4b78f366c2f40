"""An ARN is accepted wherever a table name is."""

import pytest

from harness.errors import expect_error
from harness.values import N, S


@pytest.fixture(scope="module")
def arn(client, range_table):
    return client.describe_table(TableName=range_table)["Table"]["TableArn"]


def test_item_operations(client, arn, range_table, pk):
    key = {"pk": S(pk), "sk": S("1")}
    client.put_item(TableName=arn, Item={**key, "v": N(1)})
    client.update_item(TableName=arn, Key=key, UpdateExpression="ADD v :one",
                       ExpressionAttributeValues={":one": N(1)})
    assert client.get_item(TableName=arn, Key=key)["Item"]["v"] == N(2)
    answer = client.query(TableName=arn, KeyConditionExpression="pk = :k",
                          ExpressionAttributeValues={":k": S(pk)})
    assert answer["Count"] == 1
    assert client.scan(TableName=arn, Select="COUNT")["Count"] >= 1
    client.delete_item(TableName=arn, Key=key)
    assert "Item" not in client.get_item(TableName=range_table, Key=key)


def test_capacity_names_the_table(client, arn, range_table, pk):
    answer = client.put_item(TableName=arn, Item={"pk": S(pk), "sk": S("1")},
                             ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"]["TableName"] in (arn, range_table)


def test_batches(client, arn, range_table, pk):
    """The model says "a map of table name or table ARN"."""
    key = {"pk": S(pk), "sk": S("1")}
    client.batch_write_item(RequestItems={arn: [{"PutRequest": {"Item": key}}]})
    answer = client.batch_get_item(RequestItems={arn: {"Keys": [key]}})
    (name, items), = answer["Responses"].items()
    assert name in (arn, range_table) and items == [key]


def test_table_operations(client, arn, range_table):
    assert client.describe_table(TableName=arn)["Table"]["TableName"] == range_table
    assert client.describe_time_to_live(TableName=arn)
    client.update_table(TableName=arn, DeletionProtectionEnabled=True)
    client.update_table(TableName=arn, DeletionProtectionEnabled=False)


def test_unknown_table(client, arn):
    with expect_error("ResourceNotFoundException"):
        client.get_item(TableName=arn + "-missing", Key={"pk": S("x"), "sk": S("1")})


@pytest.mark.parametrize("text", [
    "arn:aws:s3:us-east-1:000000000000:table/abc",
    "arn:aws:dynamodb:us-east-1:000000000000:abc",
    "arn:aws:dynamodb",
])
def test_not_an_arn_of_a_table(client, text):
    with expect_error("ValidationException"):
        client.get_item(TableName=text, Key={"pk": S("x"), "sk": S("1")})
