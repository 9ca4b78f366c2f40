"""Query: order, limits, pages, filters, projections, Select, counts."""

import pytest

from harness import messages
from harness.errors import expect_error, expect_invalid
from harness.tables import write_all
from harness.values import N, S, unique

SIZE = 20


@pytest.fixture(scope="module")
def filled(client, number_table):
    """(table, partition key) with sort keys 0 to 19, `even` and `v`."""
    pk = unique("q")
    write_all(client, number_table, [
        {"pk": S(pk), "sk": N(i), "v": N(i * i), "even": {"BOOL": i % 2 == 0}, "name": S(f"n{i}")}
        for i in range(SIZE)])
    return number_table, pk


def query(client, filled, **more):
    table, pk = filled
    values = {":k": S(pk), **more.pop("values", {})}
    return client.query(TableName=table, KeyConditionExpression="pk = :k",
                        ExpressionAttributeValues=values, **more)


def sort_keys(answer):
    return [int(item["sk"]["N"]) for item in answer["Items"]]


@pytest.mark.parametrize("consistent", [True, False])
def test_items_come_in_key_order(client, filled, consistent):
    answer = query(client, filled, ConsistentRead=consistent)
    assert sort_keys(answer) == list(range(SIZE))
    assert answer["Count"] == answer["ScannedCount"] == SIZE
    assert "LastEvaluatedKey" not in answer


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 3, 7, 20, 21])
def test_pages_by_limit(client, filled, forward, limit):
    found, start = [], {}
    while True:
        answer = query(client, filled, Limit=limit, ScanIndexForward=forward, **start)
        assert answer["Count"] <= limit
        found += sort_keys(answer)
        if "LastEvaluatedKey" not in answer:
            break
        assert answer["LastEvaluatedKey"] == {"pk": S(filled[1]), "sk": N(found[-1])}
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    assert found == (list(range(SIZE)) if forward else list(range(SIZE))[::-1])


def test_full_last_page_still_has_a_last_evaluated_key(client, filled):
    assert "LastEvaluatedKey" in query(client, filled, Limit=SIZE)
    assert "LastEvaluatedKey" not in query(client, filled, Limit=SIZE + 1)


def test_start_key_need_not_exist(client, filled):
    start = {"pk": S(filled[1]), "sk": N("4.5")}
    assert sort_keys(query(client, filled, ExclusiveStartKey=start)) == list(range(5, SIZE))


def test_filter_applies_after_the_limit(client, filled):
    answer = query(client, filled, Limit=5, FilterExpression="even = :t",
                   values={":t": {"BOOL": True}})
    assert sort_keys(answer) == [0, 2, 4]
    assert (answer["Count"], answer["ScannedCount"]) == (3, 5)
    assert answer["LastEvaluatedKey"]["sk"] == N(4)


def test_filter_may_leave_an_empty_page(client, filled):
    answer = query(client, filled, Limit=2, FilterExpression="v > :v", values={":v": N(300)})
    assert (answer["Items"], answer["Count"], answer["ScannedCount"]) == ([], 0, 2)
    assert "LastEvaluatedKey" in answer


@pytest.mark.parametrize("key", ["pk", "sk"])
def test_filter_may_not_name_a_key(client, filled, key):
    with expect_invalid("Filter Expression can only contain non-primary key attributes: "
                        f"Primary key attribute: {key}"):
        query(client, filled, FilterExpression=f"{key} > :v", values={":v": N(1)})


def test_projection(client, filled):
    answer = query(client, filled, Limit=1, ProjectionExpression="v, #n",
                   ExpressionAttributeNames={"#n": "name"})
    assert answer["Items"] == [{"v": N(0), "name": S("n0")}]


def test_select_count(client, filled):
    answer = query(client, filled, Select="COUNT")
    assert "Items" not in answer
    assert (answer["Count"], answer["ScannedCount"]) == (SIZE, SIZE)


def test_select_all_attributes(client, filled):
    answer = query(client, filled, Select="ALL_ATTRIBUTES", Limit=1)
    assert answer["Items"][0].keys() == {"pk", "sk", "v", "even", "name"}


def test_select_specific_attributes(client, filled):
    answer = query(client, filled, Select="SPECIFIC_ATTRIBUTES", ProjectionExpression="v", Limit=1)
    assert answer["Items"] == [{"v": N(0)}]


@pytest.mark.parametrize("more, message", [
    ({"Select": "SPECIFIC_ATTRIBUTES"}, "SPECIFIC_ATTRIBUTES"),
    ({"Select": "ALL_PROJECTED_ATTRIBUTES"}, "ALL_PROJECTED_ATTRIBUTES can be used only when "
     "Querying using an IndexName"),
    ({"Select": "COUNT", "ProjectionExpression": "v"}, "Cannot specify the ProjectionExpression "
     "when choosing to get only the Count"),
    ({"Select": "ALL_ATTRIBUTES", "ProjectionExpression": "v"}, "Cannot specify the "
     "ProjectionExpression when choosing to get ALL_ATTRIBUTES"),
])
def test_select_faults(client, filled, more, message):
    with expect_invalid(message):
        query(client, filled, **more)


@pytest.mark.parametrize("limit", [0, -1])
def test_limit_is_at_least_one(lax, filled, limit):
    with expect_invalid(("Member must have value greater than or equal to 1",
                         "Limit must be greater than or equal to 1")):
        query(lax, filled, Limit=limit)


@pytest.mark.parametrize("start", [
    {"pk": S("x")},
    {"pk": S("x"), "sk": S("not a number")},
    {"pk": S("x"), "sk": N(1), "more": N(1)},
])
def test_start_key_must_be_a_key(client, filled, start):
    with expect_invalid(("The provided starting key is invalid",
                         "Exclusive Start Key must have same size as table's key schema",
                         "Type mismatch",
                         "The provided key element does not match the schema")):
        query(client, filled, ExclusiveStartKey=start)


def test_start_key_of_another_partition(client, filled):
    with expect_invalid("The provided starting key "):
        query(client, filled, ExclusiveStartKey={"pk": S("other"), "sk": N(1)})


def test_empty_partition(client, filled):
    answer = client.query(TableName=filled[0], KeyConditionExpression="pk = :k",
                          ExpressionAttributeValues={":k": S("nobody")})
    assert (answer["Items"], answer["Count"], answer["ScannedCount"]) == ([], 0, 0)
    assert "LastEvaluatedKey" not in answer


def test_unknown_table(client):
    with expect_error("ResourceNotFoundException", messages.NO_TABLE):
        client.query(TableName=unique("missing"), KeyConditionExpression="pk = :k",
                     ExpressionAttributeValues={":k": S("x")})


def test_unknown_index(client, filled):
    with expect_invalid("The table does not have the specified index: nope"):
        query(client, filled, IndexName="nope")


def test_hash_only_table(client, hash_table, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk)})
    answer = client.query(TableName=hash_table, KeyConditionExpression="pk = :k",
                          ExpressionAttributeValues={":k": S(pk)})
    assert answer["Items"] == [{"pk": S(pk)}]
