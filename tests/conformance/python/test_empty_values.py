"""Empty strings, binaries, lists and maps: welcome anywhere but in keys."""

import pytest

from harness.errors import expect_invalid
from harness.values import B, L, M, S, definitions, local_index, table_of


@pytest.mark.parametrize("value", [S(""), B(b""), L(), M(), L(S(""), M()), M(x=B(b""))])
def test_empty_values_are_kept(client, hash_table, pk, value):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "v": value})
    assert client.get_item(TableName=hash_table, Key={"pk": S(pk)})["Item"]["v"] == value


def test_set_to_empty(client, hash_table, pk):
    client.update_item(TableName=hash_table, Key={"pk": S(pk)}, UpdateExpression="SET v = :v",
                       ExpressionAttributeValues={":v": S("")})
    assert client.get_item(TableName=hash_table, Key={"pk": S(pk)})["Item"]["v"] == S("")


@pytest.mark.parametrize("item", [
    {"pk": S(""), "sk": S("x")}, {"pk": S("x"), "sk": S("")}])
def test_empty_string_keys(client, range_table, item):
    with expect_invalid("One or more parameter values are not valid. The AttributeValue for a key "
                        "attribute cannot contain an empty string value. Key: "):
        client.put_item(TableName=range_table, Item=item)


def test_empty_binary_keys(client, binary_table):
    with expect_invalid("One or more parameter values are not valid. The AttributeValue for a key "
                        "attribute cannot contain an empty binary value. Key: sk"):
        client.put_item(TableName=binary_table, Item={"pk": S("x"), "sk": B(b"")})


def test_empty_index_keys(client, make_table):
    table = make_table(**table_of(
        "S", "S", AttributeDefinitions=definitions(pk="S", sk="S", a="S"),
        LocalSecondaryIndexes=[local_index("by-a", "a")]))
    with expect_invalid("One or more parameter values are not valid.", "by-a", "empty string"):
        client.put_item(TableName=table, Item={"pk": S("x"), "sk": S("y"), "a": S("")})
