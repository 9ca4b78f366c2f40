"""Scan: pages, segments, projections, Select, limits."""

import pytest

from harness import messages
from harness.errors import expect_error, expect_invalid
from harness.tables import write_all
from harness.values import N, S, table_of, unique

SIZE = 60


@pytest.fixture(scope="module")
def filled(client, shared_table):
    table = shared_table(table_of("S", "N"))
    write_all(client, table, [
        {"pk": S(f"p{i % 20}"), "sk": N(i), "v": N(i), "name": S("x")} for i in range(SIZE)])
    return table


def numbers(answer):
    return [int(item["sk"]["N"]) for item in answer["Items"]]


def scan_all(client, table, **more):
    found, start = [], {}
    while True:
        answer = client.scan(TableName=table, **more, **start)
        found += numbers(answer)
        if "LastEvaluatedKey" not in answer:
            return found
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


@pytest.mark.parametrize("consistent", [True, False])
def test_finds_every_item(client, filled, consistent):
    answer = client.scan(TableName=filled, ConsistentRead=consistent)
    assert sorted(numbers(answer)) == list(range(SIZE))
    assert answer["Count"] == answer["ScannedCount"] == SIZE
    assert "LastEvaluatedKey" not in answer


@pytest.mark.parametrize("limit", [1, 7, 59, 60, 61])
def test_pages_by_limit(client, filled, limit):
    found = scan_all(client, filled, Limit=limit)
    assert sorted(found) == list(range(SIZE))
    assert found == numbers(client.scan(TableName=filled)), "the order of pages is the table's"


def test_items_of_a_partition_are_together_and_in_order(client, filled):
    found = numbers(client.scan(TableName=filled))
    for start in range(0, SIZE, 3):
        partition = found[start:start + 3]
        assert partition == sorted(partition)
        assert len({n % 20 for n in partition}) == 1


@pytest.mark.parametrize("segments", [1, 2, 3, 7, 100])
def test_segments_cover_the_table_once(client, filled, segments):
    found = []
    for segment in range(segments):
        found += scan_all(client, filled, TotalSegments=segments, Segment=segment)
    assert sorted(found) == list(range(SIZE))


def test_segments_with_pages(client, filled):
    found = []
    for segment in range(3):
        found += scan_all(client, filled, TotalSegments=3, Segment=segment, Limit=2)
    assert sorted(found) == list(range(SIZE))


@pytest.mark.parametrize("more, message", [
    ({"Segment": 0}, messages.SEGMENT_ALONE),
    ({"TotalSegments": 2}, messages.SEGMENT_MISSING),
    ({"Segment": 2, "TotalSegments": 2}, messages.SEGMENT_TOO_BIG),
    ({"Segment": 0, "TotalSegments": 1000001}, "less than or equal to 1000000"),
    ({"Segment": -1, "TotalSegments": 2}, "'segment'"),
    ({"Segment": 0, "TotalSegments": 0}, "failed to satisfy constraint"),
    ({"Limit": 0}, "greater than or equal to 1"),
])
def test_faults(lax, filled, more, message):
    with expect_invalid(message):
        lax.scan(TableName=filled, **more)


def test_start_key_of_another_segment(client, filled):
    per_segment = [client.scan(TableName=filled, TotalSegments=4, Segment=s)["Items"]
                   for s in range(4)]
    full = [s for s in range(4) if per_segment[s]]
    item = per_segment[full[0]][0]
    with expect_invalid(messages.OTHER_SEGMENT):
        client.scan(TableName=filled, TotalSegments=4, Segment=full[1],
                    ExclusiveStartKey={"pk": item["pk"], "sk": item["sk"]})


def test_projection_and_select(client, filled):
    answer = client.scan(TableName=filled, ProjectionExpression="v, #n", Limit=1,
                         ExpressionAttributeNames={"#n": "name"})
    assert answer["Items"][0].keys() == {"v", "name"}
    answer = client.scan(TableName=filled, Select="COUNT")
    assert (answer["Count"], answer["ScannedCount"]) == (SIZE, SIZE)
    assert "Items" not in answer
    answer = client.scan(TableName=filled, Select="SPECIFIC_ATTRIBUTES", ProjectionExpression="v")
    assert all(item.keys() == {"v"} for item in answer["Items"])
    answer = client.scan(TableName=filled, Select="ALL_ATTRIBUTES", Limit=1)
    assert answer["Items"][0].keys() == {"pk", "sk", "v", "name"}


def test_count_with_a_filter(client, filled):
    answer = client.scan(TableName=filled, Select="COUNT", FilterExpression="v < :v",
                         ExpressionAttributeValues={":v": N(10)})
    assert (answer["Count"], answer["ScannedCount"]) == (10, SIZE)


def test_start_key_must_be_a_key(client, filled):
    with expect_invalid(("The provided starting key is invalid",
                         "Exclusive Start Key must have same size as table's key schema",
                         "The provided key element does not match the schema")):
        client.scan(TableName=filled, ExclusiveStartKey={"pk": S("x")})


def test_unknown_table_and_index(client, filled):
    with expect_error("ResourceNotFoundException", messages.NO_TABLE):
        client.scan(TableName=unique("missing"))
    with expect_invalid("The table does not have the specified index: nope"):
        client.scan(TableName=filled, IndexName="nope")


def test_empty_table(client, make_table):
    answer = client.scan(TableName=make_table(**table_of()))
    assert (answer["Items"], answer["Count"], answer["ScannedCount"]) == ([], 0, 0)


def test_start_key_may_not_be_empty(client, range_table):
    empty = ("The provided starting key is invalid: One or more parameter values are not valid. "
             "The AttributeValue for a key attribute cannot contain an empty string value. Key: ")
    for key in ({"pk": S(""), "sk": S("a")}, {"pk": S("a"), "sk": S("")}):
        name = next(name for name, value in key.items() if value == S(""))
        with expect_invalid(empty + name):
            client.scan(TableName=range_table, ExclusiveStartKey=key)


def test_select_is_looked_at_before_the_segments(client, range_table):
    with expect_invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an "
                        "IndexName"):
        client.scan(TableName=range_table, Segment=2, Select="ALL_PROJECTED_ATTRIBUTES")
