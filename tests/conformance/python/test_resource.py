"""boto3's resource interface: Python values, condition builders, batch writer."""

from decimal import Decimal

import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary

from harness.values import table_of, unique


@pytest.fixture(scope="module")
def table(resource, shared_table):
    return resource.Table(shared_table(table_of("S", "N")))


def test_python_values_come_back(table, pk):
    item = {"pk": pk, "sk": 1, "text": "é", "number": Decimal("1.5"), "bytes": Binary(b"\x00\xff"),
            "none": None, "flag": True, "strings": {"a", "b"}, "numbers": {1, 2},
            "list": [1, "two", [3]], "map": {"x": {"y": ""}}}
    table.put_item(Item=item)
    assert table.get_item(Key={"pk": pk, "sk": 1})["Item"] == item


def test_38_digits(table, pk):
    number = Decimal("-0.12345678901234567890123456789012345678")
    table.put_item(Item={"pk": pk, "sk": number})
    assert table.get_item(Key={"pk": pk, "sk": number})["Item"]["sk"] == number


def test_builders(table, pk):
    with table.batch_writer() as batch:
        for i in range(30):
            batch.put_item(Item={"pk": pk, "sk": i, "v": i * i, "tags": ["even"] if i % 2 == 0 else []})
    answer = table.query(
        KeyConditionExpression=Key("pk").eq(pk) & Key("sk").between(5, 20),
        FilterExpression=Attr("tags").contains("even") & ~Attr("v").lt(100) | Attr("v").eq(49))
    assert [int(item["sk"]) for item in answer["Items"]] == [7, 10, 12, 14, 16, 18, 20]
    answer = table.scan(FilterExpression=Attr("pk").eq(pk) & Attr("sk").is_in([1, 2])
                        & Attr("tags").attribute_type("L") & Attr("tags").size().gte(0))
    assert sorted(int(item["sk"]) for item in answer["Items"]) == [1, 2]


def test_update_and_condition(table, pk):
    table.put_item(Item={"pk": pk, "sk": 0, "n": 1})
    answer = table.update_item(
        Key={"pk": pk, "sk": 0}, UpdateExpression="SET n = n + :one, l = :l",
        ExpressionAttributeValues={":one": 1, ":l": [1]},
        ConditionExpression=Attr("n").eq(1) & Attr("l").not_exists(), ReturnValues="ALL_NEW")
    assert answer["Attributes"] == {"pk": pk, "sk": 0, "n": 2, "l": [1]}
    with pytest.raises(table.meta.client.exceptions.ConditionalCheckFailedException):
        table.delete_item(Key={"pk": pk, "sk": 0}, ConditionExpression=Attr("n").begins_with("x"))


def test_batch_writer_deletes_and_removes_duplicates(table, pk):
    with table.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
        for i in range(60):
            batch.put_item(Item={"pk": pk, "sk": i % 30, "v": i})
    assert table.query(KeyConditionExpression=Key("pk").eq(pk))["Count"] == 30
    with table.batch_writer() as batch:
        for i in range(30):
            batch.delete_item(Key={"pk": pk, "sk": i})
    assert table.query(KeyConditionExpression=Key("pk").eq(pk))["Count"] == 0


def test_batch_get(resource, table, pk):
    table.put_item(Item={"pk": pk, "sk": 1, "v": "x"})
    answer = resource.batch_get_item(RequestItems={table.name: {"Keys": [{"pk": pk, "sk": 1}]}})
    assert answer["Responses"][table.name] == [{"pk": pk, "sk": 1, "v": "x"}]


def test_table_attributes(table):
    table.load()
    assert table.table_status == "ACTIVE"
    assert table.key_schema[0] == {"AttributeName": "pk", "KeyType": "HASH"}
    assert table.table_arn.endswith(table.name)


def test_life_of_a_table(resource):
    name = unique()
    table = resource.create_table(**{**table_of("S"), "TableName": name})
    table.wait_until_exists()
    assert name in [found.name for found in resource.tables.filter(
        ExclusiveStartTableName=name[:-1], Limit=10)]
    table.delete()
    table.wait_until_not_exists()
