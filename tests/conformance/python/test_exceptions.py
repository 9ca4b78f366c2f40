"""Errors arrive as the client's typed exceptions."""

import pytest

from harness.values import S, table_of, unique


def test_resource_not_found(client):
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_item(TableName=unique("missing"), Key={"pk": S("x")})


def test_resource_in_use(client, make_table):
    shape = table_of("S")
    make_table(**shape)
    with pytest.raises(client.exceptions.ResourceInUseException):
        client.create_table(**shape)


def test_conditional_check_failed(client, hash_table, pk):
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as info:
        client.put_item(TableName=hash_table, Item={"pk": S(pk)},
                        ConditionExpression="attribute_exists(pk)")
    metadata = info.value.response["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] == 400
    assert metadata["RequestId"]


def test_validation(client, hash_table):
    with pytest.raises(client.exceptions.ClientError) as info:
        client.get_item(TableName=hash_table, Key={"nope": S("x")})
    assert info.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.local_differs("does not know the operation")
def test_table_not_found_and_policy_not_found(client, hash_table):
    with pytest.raises(client.exceptions.TableNotFoundException):
        client.describe_continuous_backups(TableName=unique("missing"))
    arn = client.describe_table(TableName=hash_table)["Table"]["TableArn"]
    with pytest.raises(client.exceptions.PolicyNotFoundException):
        client.get_resource_policy(ResourceArn=arn)
