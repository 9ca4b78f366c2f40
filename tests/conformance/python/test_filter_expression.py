"""Filter expressions in Query and Scan: the same language, on every item."""

import pytest

from harness.errors import expect_invalid
from harness.tables import write_all
from harness.values import L, M, N, S, SS, table_of


@pytest.fixture(scope="module")
def people(client, shared_table):
    table = shared_table(table_of("S", "S"))
    write_all(client, table, [
        {"pk": S("p"), "sk": S("ann"), "age": N(30), "tags": SS("x", "y"), "m": M(city=S("Oslo"))},
        {"pk": S("p"), "sk": S("bob"), "age": N(25), "tags": SS("y"), "l": L(N(1), N(2))},
        {"pk": S("p"), "sk": S("cid"), "age": S("old"), "status": S("away")},
        {"pk": S("p"), "sk": S("dan")},
    ])
    return table


def names(answer):
    return sorted(item["sk"]["S"] for item in answer["Items"])


CASES = [
    ("age > :v", {":v": N(26)}, ["ann"]),
    ("age <> :v", {":v": N(30)}, ["bob", "cid", "dan"]),
    ("attribute_not_exists(age)", {}, ["dan"]),
    ("attribute_type(age, :v)", {":v": S("S")}, ["cid"]),
    ("contains(tags, :v)", {":v": S("x")}, ["ann"]),
    ("m.city = :v", {":v": S("Oslo")}, ["ann"]),
    ("l[1] = :v", {":v": N(2)}, ["bob"]),
    ("size(tags) >= :v", {":v": N(1)}, ["ann", "bob"]),
    ("age BETWEEN :v AND :w", {":v": N(20), ":w": N(30)}, ["ann", "bob"]),
    ("age IN (:v, :w)", {":v": N(25), ":w": S("old")}, ["bob", "cid"]),
    ("NOT attribute_exists(tags) AND attribute_exists(age)", {}, ["cid"]),
    ("begins_with(m.city, :v) OR age = :w", {":v": S("Os"), ":w": S("old")}, ["ann", "cid"]),
]


@pytest.mark.parametrize("expression, values, expected", CASES)
def test_scan(client, people, expression, values, expected):
    request = dict(TableName=people, FilterExpression=expression)
    if values:
        request["ExpressionAttributeValues"] = values
    answer = client.scan(**request)
    assert names(answer) == expected
    assert (answer["Count"], answer["ScannedCount"]) == (len(expected), 4)


@pytest.mark.parametrize("expression, values, expected", CASES)
def test_query(client, people, expression, values, expected):
    answer = client.query(TableName=people, KeyConditionExpression="pk = :k",
                          FilterExpression=expression,
                          ExpressionAttributeValues={":k": S("p"), **values})
    assert names(answer) == expected


def test_scan_may_filter_on_keys(client, people):
    answer = client.scan(TableName=people, FilterExpression="sk >= :v",
                         ExpressionAttributeValues={":v": S("c")})
    assert names(answer) == ["cid", "dan"]


def test_names_are_shared_between_expressions(client, people):
    answer = client.scan(TableName=people, FilterExpression="attribute_exists(#s)",
                         ProjectionExpression="#s, sk",
                         ExpressionAttributeNames={"#s": "status"})
    assert answer["Items"] == [{"sk": S("cid"), "status": S("away")}]


def test_faults_name_the_filter(client, people):
    with expect_invalid("Invalid FilterExpression: Syntax error"):
        client.scan(TableName=people, FilterExpression="age >")
    with expect_invalid("Invalid FilterExpression: Attribute name is a reserved keyword; reserved "
                        "keyword: status"):
        client.scan(TableName=people, FilterExpression="attribute_exists(status)")
    with expect_invalid("unused in expressions: keys: {:w}"):
        client.scan(TableName=people, FilterExpression="age > :v",
                    ExpressionAttributeValues={":v": N(1), ":w": N(1)})


def test_filter_of_an_empty_table(client, make_table):
    table = make_table(**table_of())
    answer = client.scan(TableName=table, FilterExpression="attribute_exists(x)")
    assert (answer["Items"], answer["Count"], answer["ScannedCount"]) == ([], 0, 0)
