"""Reserved words: refused bare, whatever their case; welcome behind a placeholder or in a path."""

import pytest

from harness.errors import expect_invalid
from harness.values import N, S

# From the documentation's list: the first and last of it, and names that programs like to use.
WORDS = [
    "ABORT", "ABSOLUTE", "ACTION", "ADD", "BETWEEN", "BUCKET", "COMMENT", "COUNT", "COUNTER",
    "DATA", "DATE", "DELETE", "DOMAIN", "END", "GROUP", "HASH", "INDEX", "ITEMS", "KEY", "LANGUAGE",
    "LEVEL", "LOCATION", "NAME", "NOT", "NUMBER", "OWNER", "PATH", "POSITION", "RANGE", "REMOVE",
    "ROLE", "SET", "SOURCE", "STATE", "STATUS", "TIME", "TIMESTAMP", "TOKEN", "TTL", "TYPE",
    "URL", "USER", "USERS", "UUID", "VALUE", "VALUES", "VIEWS", "YEAR", "ZONE",
]
FREE = ["id", "email", "title", "price", "version", "pk", "sk", "surname", "statuses", "expiry"]


@pytest.mark.parametrize("word", WORDS)
def test_reserved(client, hash_table, word):
    for spelling in (word, word.lower(), word.capitalize()):
        with expect_invalid("Invalid ProjectionExpression:"):
            client.get_item(TableName=hash_table, Key={"pk": S("x")},
                            ProjectionExpression=spelling)


def test_reserved_inside_a_path(client, hash_table):
    with expect_invalid("Attribute name is a reserved keyword; reserved keyword: name"):
        client.get_item(TableName=hash_table, Key={"pk": S("x")}, ProjectionExpression="a.name")


def test_placeholders_stand_for_them(client, hash_table, pk):
    names = {f"#w{i}": word for i, word in enumerate(WORDS)}
    client.update_item(
        TableName=hash_table, Key={"pk": S(pk)}, ExpressionAttributeNames=names,
        UpdateExpression="SET " + ", ".join(f"{name} = :v" for name in names),
        ExpressionAttributeValues={":v": N(1)})
    item = client.get_item(TableName=hash_table, Key={"pk": S(pk)})["Item"]
    assert item.keys() == {"pk", *WORDS}


def test_other_names_are_free(client, hash_table):
    client.get_item(TableName=hash_table, Key={"pk": S("x")}, ProjectionExpression=",".join(FREE))
