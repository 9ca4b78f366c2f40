"""GetItem: keys, projections, what a missing item looks like."""

import pytest

from harness import messages
from harness.errors import expect_error, expect_invalid
from harness.values import L, M, N, S, unique


@pytest.fixture
def item(client, range_table, pk):
    item = {"pk": S(pk), "sk": S("1"), "a": N(1), "m": M(x=S("y"), z=L(N(1), N(2), N(3))),
            "name": S("reserved word"), "a.b": S("dotted")}
    client.put_item(TableName=range_table, Item=item)
    return item


def get(client, table, item, **more):
    key = {"pk": item["pk"], "sk": item["sk"]}
    return client.get_item(TableName=table, Key=key, **more).get("Item")


@pytest.mark.parametrize("consistent", [True, False])
def test_reads_the_item(client, range_table, item, consistent):
    assert get(client, range_table, item, ConsistentRead=consistent) == item


def test_missing_item_has_no_item_member(client, range_table, pk):
    answer = client.get_item(TableName=range_table, Key={"pk": S(pk), "sk": S("none")})
    assert "Item" not in answer


def test_projection_of_nested_paths(client, range_table, item):
    got = get(client, range_table, item, ProjectionExpression="a, m.x, m.z[1]")
    assert got == {"a": N(1), "m": M(x=S("y"), z=L(N(2)))}


def test_projected_list_elements_keep_their_order(client, range_table, item):
    got = get(client, range_table, item, ProjectionExpression="m.z[2], m.z[0]")
    assert got == {"m": M(z=L(N(1), N(3)))}


def test_projection_by_name_placeholders(client, range_table, item):
    got = get(client, range_table, item, ProjectionExpression="#n, #d",
              ExpressionAttributeNames={"#n": "name", "#d": "a.b"})
    assert got == {"name": S("reserved word"), "a.b": S("dotted")}


def test_numeric_placeholders(client, range_table, item):
    got = get(client, range_table, item, ProjectionExpression="#0,#1",
              ExpressionAttributeNames={"#0": "a", "#1": "name"})
    assert got == {"a": N(1), "name": S("reserved word")}


def test_projection_of_absent_paths_is_an_empty_item(client, range_table, item):
    assert get(client, range_table, item, ProjectionExpression="nope, m.nope, a.b, m.z[9]") == {}


def test_reserved_word_is_named(client, range_table, item):
    with expect_invalid("Invalid ProjectionExpression: Attribute name is a reserved keyword; "
                        "reserved keyword: name"):
        get(client, range_table, item, ProjectionExpression="name")


@pytest.mark.parametrize("expression", ["a, a", "m, m.x", "m.z[0], m.z", "m.z, m.z[0]"])
def test_overlapping_paths(client, range_table, item, expression):
    with expect_invalid("Invalid ProjectionExpression: Two document paths overlap with each other"):
        get(client, range_table, item, ProjectionExpression=expression)


def test_conflicting_paths(client, range_table, item):
    with expect_invalid("Invalid ProjectionExpression: Two document paths conflict with each other"):
        get(client, range_table, item, ProjectionExpression="m[0], m.x")


@pytest.mark.parametrize("expression", ["", "a,", ",a", "a b", "m.", "m[", "m[-1]", "m[x]", "a = b"])
def test_malformed_projection(client, range_table, item, expression):
    with expect_invalid("Invalid ProjectionExpression:"):
        get(client, range_table, item, ProjectionExpression=expression)


def test_undefined_name(client, range_table, item):
    with expect_invalid("An expression attribute name used in the document path is not defined; "
                        "attribute name: #x"):
        get(client, range_table, item, ProjectionExpression="#x")


def test_unused_name(client, range_table, item):
    with expect_invalid("unused in expressions: keys: {#x}"):
        get(client, range_table, item, ProjectionExpression="a",
            ExpressionAttributeNames={"#x": "b"})


def test_names_need_an_expression(client, range_table, item):
    with expect_invalid("ExpressionAttributeNames can only be specified when using expressions"):
        get(client, range_table, item, ExpressionAttributeNames={"#x": "b"})


@pytest.mark.parametrize("key", [
    {"pk": S("x")},
    {"sk": S("x")},
    {"pk": S("x"), "sk": S("y"), "more": S("z")},
    {"pk": S("x"), "other": S("y")},
])
def test_keys_that_are_not_the_tables(client, range_table, key):
    with expect_invalid(messages.KEY_MISMATCH):
        client.get_item(TableName=range_table, Key=key)


def test_key_of_another_type(client, hash_table):
    with expect_invalid(messages.KEY_MISMATCH):
        client.get_item(TableName=hash_table, Key={"pk": N(1)})


def test_empty_key_value(client, hash_table):
    with expect_invalid("One or more parameter values are not valid", "empty string value"):
        client.get_item(TableName=hash_table, Key={"pk": S("")})


def test_unknown_table(client):
    with expect_error("ResourceNotFoundException", messages.NO_TABLE):
        client.get_item(TableName=unique("missing"), Key={"pk": S("x")})


@pytest.mark.parametrize("name", ["", "ab", "a" * 256, "no spaces", "no/slash", "ünicode"])
def test_impossible_table_names(lax, name):
    with expect_error("ValidationException"):
        lax.get_item(TableName=name, Key={"pk": S("x")})


def test_required_members(lax, hash_table):
    with expect_invalid(("Value null at 'key' failed to satisfy constraint: Member must not be null",
                         "Cannot have null key")):
        lax.get_item(TableName=hash_table)
    with expect_invalid():
        lax.get_item(Key={"pk": S("x")})
