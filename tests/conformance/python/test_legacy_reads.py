"""Legacy reads: AttributesToGet, KeyConditions, QueryFilter, ScanFilter."""

import pytest

from harness.errors import expect_invalid
from harness.tables import write_all
from harness.values import N, S, table_of


def compare(operator, *values):
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


@pytest.fixture(scope="module")
def table(client, shared_table):
    table = shared_table(table_of("S", "S"))
    write_all(client, table, [
        {"pk": S("p"), "sk": S(sk), "v": N(i), "name": S(f"n{i}"), **({"odd": N(1)} if i % 2 else {})}
        for i, sk in enumerate(["a", "ab", "abc", "b", "c"])])
    return table


def query(client, table, conditions, **more):
    return client.query(TableName=table, KeyConditions={"pk": compare("EQ", S("p")), **conditions},
                        **more)


def sort_keys(answer):
    return [item["sk"]["S"] for item in answer["Items"]]


@pytest.mark.parametrize("condition, expected", [
    (None, ["a", "ab", "abc", "b", "c"]),
    (compare("EQ", S("ab")), ["ab"]),
    (compare("LT", S("b")), ["a", "ab", "abc"]),
    (compare("LE", S("b")), ["a", "ab", "abc", "b"]),
    (compare("GT", S("b")), ["c"]),
    (compare("GE", S("b")), ["b", "c"]),
    (compare("BETWEEN", S("ab"), S("b")), ["ab", "abc", "b"]),
    (compare("BEGINS_WITH", S("ab")), ["ab", "abc"]),
])
def test_key_conditions(client, table, condition, expected):
    assert sort_keys(query(client, table, {"sk": condition} if condition else {})) == expected


@pytest.mark.parametrize("filters, operator, expected", [
    ({"v": compare("GE", N(3))}, None, ["b", "c"]),
    ({"odd": {"ComparisonOperator": "NULL"}}, None, ["a", "abc", "c"]),
    ({"v": compare("IN", N(0), N(4))}, None, ["a", "c"]),
    ({"v": compare("EQ", N(1)), "name": compare("EQ", S("n3"))}, "AND", []),
    ({"v": compare("EQ", N(1)), "name": compare("EQ", S("n3"))}, "OR", ["ab", "b"]),
])
def test_filters(client, table, filters, operator, expected):
    more = {"ConditionalOperator": operator} if operator else {}
    answer = query(client, table, {}, QueryFilter=filters, **more)
    assert sort_keys(answer) == expected
    assert answer["ScannedCount"] == 5
    answer = client.scan(TableName=table, ScanFilter=filters, **more)
    assert sort_keys(answer) == expected


def test_attributes_to_get(client, table):
    key = {"pk": S("p"), "sk": S("a")}
    answer = client.get_item(TableName=table, Key=key, AttributesToGet=["v", "name", "none"])
    assert answer["Item"] == {"v": N(0), "name": S("n0")}
    answer = query(client, table, {}, AttributesToGet=["v"], Limit=1)
    assert answer["Items"] == [{"v": N(0)}]
    answer = client.scan(TableName=table, AttributesToGet=["v"], Limit=1)
    assert answer["Items"][0].keys() == {"v"}


def test_attributes_to_get_takes_no_duplicates(client, table):
    with expect_invalid(("Duplicate value in attribute name: v",
                         "Cannot have two attributes with the same name")):
        client.get_item(TableName=table, Key={"pk": S("p"), "sk": S("a")},
                        AttributesToGet=["v", "v"])


@pytest.mark.parametrize("conditions, message", [
    pytest.param(
        {"sk": compare("NE", S("a"))}, "Attempted conditional constraint is not an indexable "
        "operation", marks=pytest.mark.local_differs("fails with an internal error")),
    ({"sk": compare("EQ", N(1))}, "Condition parameter type does not match schema type"),
    ({"other": compare("EQ", S("a"))}, "Query condition missed key schema element"),
    ({"sk": compare("EQ")}, "Invalid number of argument(s) for the EQ ComparisonOperator"),
])
def test_key_condition_faults(client, table, conditions, message):
    with expect_invalid(message):
        query(client, table, conditions)


def test_query_filter_may_not_name_a_key(client, table):
    with expect_invalid("QueryFilter can only contain non-primary key attributes: Primary key "
                        "attribute: sk"):
        query(client, table, {}, QueryFilter={"sk": compare("EQ", S("a"))})


@pytest.mark.local_differs("takes both in a Scan")
@pytest.mark.parametrize("more, names", [
    ({"AttributesToGet": ["v"], "ProjectionExpression": "v"}, "{AttributesToGet}"),
    ({"ScanFilter": {"v": compare("EQ", N(1))}, "ProjectionExpression": "v"}, "{ScanFilter}"),
    ({"AttributesToGet": ["v"], "FilterExpression": "attribute_exists(v)"}, "{AttributesToGet}"),
])
def test_not_with_expressions(client, table, more, names):
    with expect_invalid("Can not use both expression and non-expression parameters in the same "
                        f"request: Non-expression parameters: {names} Expression parameters: "):
        client.scan(TableName=table, **more)


def test_key_conditions_go_with_other_expressions(client, table):
    answer = query(client, table, {}, ProjectionExpression="v")
    assert answer["Count"] > 0
    assert all(set(item) <= {"v"} for item in answer["Items"])


def test_key_conditions_not_with_key_condition_expression(client, table):
    with expect_invalid("Can not use both expression and non-expression parameters in the same "
                        "request: Non-expression parameters: {KeyConditions} Expression "
                        "parameters: {KeyConditionExpression}"):
        query(client, table, {}, KeyConditionExpression="pk = :p",
              ExpressionAttributeValues={":p": {"S": "p"}})


def test_attributes_to_get_name_none_twice(client, table):
    twice = ("One or more parameter values were invalid: Duplicate value in attribute name: v",
             "Cannot have two attributes with the same name")
    with expect_invalid(twice):
        client.scan(TableName=table, AttributesToGet=["v", "v"])
    with expect_invalid(twice):
        query(client, table, {}, AttributesToGet=["v", "v"])


@pytest.mark.parametrize("names, parts", [
    (["v", "v"], ("Duplicate value in attribute name: v",
                  "Cannot have two attributes with the same name")),
    ([""], "Empty attribute name"),
])
def test_names_of_single_reads_come_before_the_table(client, names, parts):
    with expect_invalid(parts):
        client.get_item(TableName="no-such-table", Key={"pk": S("p")}, AttributesToGet=names)
    with expect_invalid(parts):
        client.batch_get_item(RequestItems={
            "no-such-table": {"Keys": [{"pk": S("p")}], "AttributesToGet": names}})


def test_operator_needs_a_filter(client, table):
    with expect_invalid("ConditionalOperator cannot be used without Filter or Expected"):
        client.scan(TableName=table, ConditionalOperator="AND")
