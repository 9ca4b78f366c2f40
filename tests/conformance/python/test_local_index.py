"""Local secondary indexes: kept, queried, scanned and projected."""

import pytest

from harness.errors import expect_invalid
from harness.tables import put_all, write_all
from harness.values import N, S, definitions, local_index, table_of


def query(client, table, index, pk, **more):
    values = {":k": S(pk), **more.pop("values", {})}
    condition = "pk = :k" + more.pop("condition", "")
    return client.query(TableName=table, IndexName=index, KeyConditionExpression=condition,
                        ExpressionAttributeValues=values, **more)


def sort_keys(answer):
    return [item["sk"]["S"] for item in answer["Items"]]


@pytest.fixture
def filled(client, lsi_table, pk):
    put_all(client, lsi_table, [
        {"pk": S(pk), "sk": S("1"), "a": S("z"), "b": N(3), "c": S("q"), "extra": S("e"), "v": S("v")},
        {"pk": S(pk), "sk": S("2"), "a": S("y"), "b": N(2), "v": S("v")},
        {"pk": S(pk), "sk": S("3"), "a": S("x"), "v": S("v")},
        {"pk": S(pk), "sk": S("4"), "v": S("v")},
    ])
    return pk


def test_order_is_the_indexs(client, lsi_table, filled):
    assert sort_keys(query(client, lsi_table, "by-a", filled)) == ["3", "2", "1"]
    assert sort_keys(query(client, lsi_table, "by-b", filled)) == ["2", "1"]
    assert sort_keys(query(client, lsi_table, "by-a", filled, ScanIndexForward=False)) == [
        "1", "2", "3"]


@pytest.mark.parametrize("consistent", [True, False])
def test_conditions_on_the_index_key(client, lsi_table, filled, consistent):
    answer = query(client, lsi_table, "by-a", filled, condition=" AND a > :v",
                   values={":v": S("x")}, ConsistentRead=consistent)
    assert sort_keys(answer) == ["2", "1"]
    answer = query(client, lsi_table, "by-b", filled, condition=" AND b BETWEEN :v AND :w",
                   values={":v": N("2.5"), ":w": N(9)})
    assert sort_keys(answer) == ["1"]


def test_projections(client, lsi_table, filled):
    (first, *_), = [query(client, lsi_table, "by-a", filled, ScanIndexForward=False)["Items"]]
    assert first.keys() == {"pk", "sk", "a", "b", "c", "extra", "v"}
    assert query(client, lsi_table, "by-b", filled)["Items"][0].keys() == {"pk", "sk", "b"}
    assert query(client, lsi_table, "by-c", filled)["Items"] == [
        {"pk": S(filled), "sk": S("1"), "c": S("q"), "extra": S("e")}]


def test_select(client, lsi_table, filled):
    answer = query(client, lsi_table, "by-b", filled, Select="ALL_PROJECTED_ATTRIBUTES")
    assert answer["Items"][0].keys() == {"pk", "sk", "b"}
    answer = query(client, lsi_table, "by-b", filled, Select="ALL_ATTRIBUTES")
    assert answer["Items"][0].keys() == {"pk", "sk", "a", "b", "v"}
    answer = query(client, lsi_table, "by-b", filled, Select="COUNT")
    assert answer["Count"] == 2


def test_unprojected_attributes_are_fetched(client, lsi_table, filled):
    answer = query(client, lsi_table, "by-b", filled, ProjectionExpression="v, a")
    assert answer["Items"] == [{"v": S("v"), "a": S("y")}, {"v": S("v"), "a": S("z")}]


def test_filter(client, lsi_table, filled):
    answer = query(client, lsi_table, "by-a", filled, FilterExpression="b = :v",
                   values={":v": N(2)})
    assert sort_keys(answer) == ["2"]
    assert answer["ScannedCount"] == 3


def test_pages(client, lsi_table, filled):
    found, start = [], {}
    while True:
        answer = query(client, lsi_table, "by-a", filled, Limit=1, **start)
        found += sort_keys(answer)
        if "LastEvaluatedKey" not in answer:
            break
        assert answer["LastEvaluatedKey"].keys() == {"pk", "sk", "a"}
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    assert found == ["3", "2", "1"]


def test_equal_index_keys_page_without_gaps(client, lsi_table, pk):
    put_all(client, lsi_table, [
        {"pk": S(pk), "sk": S(sk), "a": S("same")} for sk in ("c", "a", "b")])
    whole = sort_keys(query(client, lsi_table, "by-a", pk))
    assert sorted(whole) == ["a", "b", "c"]
    first = query(client, lsi_table, "by-a", pk, Limit=2)
    second = query(client, lsi_table, "by-a", pk, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert sort_keys(first) + sort_keys(second) == whole


def test_updates_move_entries(client, lsi_table, filled):
    key = {"pk": S(filled), "sk": S("3")}
    client.update_item(TableName=lsi_table, Key=key, UpdateExpression="SET a = :v",
                       ExpressionAttributeValues={":v": S("zz")})
    assert sort_keys(query(client, lsi_table, "by-a", filled)) == ["2", "1", "3"]
    client.update_item(TableName=lsi_table, Key=key, UpdateExpression="REMOVE a")
    assert sort_keys(query(client, lsi_table, "by-a", filled)) == ["2", "1"]
    client.delete_item(TableName=lsi_table, Key={"pk": S(filled), "sk": S("1")})
    assert sort_keys(query(client, lsi_table, "by-a", filled)) == ["2"]
    client.put_item(TableName=lsi_table, Item={**key, "a": S("a")})
    assert sort_keys(query(client, lsi_table, "by-a", filled)) == ["3", "2"]


def test_batch_writes_reach_the_index(client, lsi_table, pk):
    write_all(client, lsi_table, [
        {"pk": S(pk), "sk": S(str(i)), "a": S(str(9 - i))} for i in range(10)])
    assert sort_keys(query(client, lsi_table, "by-a", pk)) == [str(i) for i in range(9, -1, -1)]


def test_index_key_of_another_type_is_refused(client, lsi_table, pk):
    with expect_invalid("One or more parameter values were invalid: Type mismatch for Index Key"):
        client.put_item(TableName=lsi_table, Item={"pk": S(pk), "sk": S("1"), "b": S("text")})


@pytest.mark.local_differs("keeps the item and drops it from the index")
def test_update_of_an_index_key_to_another_type(client, lsi_table, pk):
    with expect_invalid(("The update expression attempted to update the secondary index key to "
                         "unsupported type", "Type mismatch for Index Key")):
        client.update_item(TableName=lsi_table, Key={"pk": S(pk), "sk": S("1")},
                           UpdateExpression="SET b = :v",
                           ExpressionAttributeValues={":v": S("text")})


def test_update_of_an_index_key_to_an_empty_value_of_another_type(client, lsi_table, pk):
    with expect_invalid("The update expression attempted to update a secondary index key to a "
                        "value that is not supported. The AttributeValue for a key attribute "
                        "cannot contain an empty string value."):
        client.update_item(TableName=lsi_table, Key={"pk": S(pk), "sk": S("1")},
                           UpdateExpression="SET b = :v", ExpressionAttributeValues={":v": S("")})


def test_scan_of_an_index(client, make_table):
    table = make_table(**table_of(
        "S", "S", AttributeDefinitions=definitions(pk="S", sk="S", a="N"),
        LocalSecondaryIndexes=[local_index("by-a", "a", "KEYS_ONLY")]))
    write_all(client, table, [
        {"pk": S(f"p{i % 3}"), "sk": S(str(i)), "v": S("x"), **({"a": N(-i)} if i % 2 else {})}
        for i in range(12)])
    items = client.scan(TableName=table, IndexName="by-a")["Items"]
    assert sorted(int(item["a"]["N"]) for item in items) == [-11, -9, -7, -5, -3, -1]
    assert all(item.keys() == {"pk", "sk", "a"} for item in items)
    answer = client.scan(TableName=table, IndexName="by-a", Limit=2, Select="COUNT")
    assert answer["Count"] == 2
    assert answer["LastEvaluatedKey"].keys() == {"pk", "sk", "a"}
    found = []
    for segment in range(2):
        found += client.scan(TableName=table, IndexName="by-a", Segment=segment,
                             TotalSegments=2)["Items"]
    assert len(found) == 6


def test_query_on_an_index_must_name_its_keys(client, lsi_table, filled):
    with expect_invalid("Query condition missed key schema element"):
        query(client, lsi_table, "by-a", filled, condition=" AND sk = :v", values={":v": S("1")})


def test_filter_may_not_name_the_indexs_key(client, lsi_table, filled):
    with expect_invalid("Filter Expression can only contain non-primary key attributes: "
                        "Primary key attribute: a"):
        query(client, lsi_table, "by-a", filled, FilterExpression="a = :v", values={":v": S("x")})


INTO_A = ("Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
          "allowed: IndexKey: a")


def test_paths_go_into_no_index_key(client, lsi_table, filled):
    key = {"pk": S(filled), "sk": S("1")}
    with expect_invalid(INTO_A):
        client.get_item(TableName=lsi_table, Key=key, ProjectionExpression="v, a.x")
    with expect_invalid(INTO_A):
        client.scan(TableName=lsi_table, ProjectionExpression="a[0]")
    with expect_invalid(INTO_A):
        query(client, lsi_table, "by-b", filled, FilterExpression="attribute_exists(a.x)")
    with expect_invalid(INTO_A):
        client.delete_item(TableName=lsi_table, Key=key, ConditionExpression="#a.x = :v",
                           ExpressionAttributeNames={"#a": "a"},
                           ExpressionAttributeValues={":v": S("x")})
    with expect_invalid(INTO_A):
        client.update_item(TableName=lsi_table, Key=key, UpdateExpression="SET a.x = :v",
                           ExpressionAttributeValues={":v": S("x")})
    with expect_invalid(INTO_A):
        query(client, lsi_table, "by-a", filled, condition=" AND a.x = :v", values={":v": S("x")})


@pytest.mark.parametrize("more", [{}, {"Select": "ALL_ATTRIBUTES"}, {"Select": "COUNT"}])
def test_filter_on_what_the_index_lacks(client, lsi_table, filled, more):
    with expect_invalid("One or more parameter values were invalid: Secondary index by-b does not "
                        "project one or more filter attributes: [v]"):
        query(client, lsi_table, "by-b", filled, FilterExpression="v = :v",
              values={":v": S("v")}, **more)


def test_start_key_with_an_empty_index_key(client, lsi_table, filled):
    start = {"pk": S(filled), "sk": S("1"), "a": S("")}
    message = ("The provided starting key is invalid: One or more parameter values are not valid. "
               "A value specified for a secondary index key is not supported. The AttributeValue "
               "for a key attribute cannot contain an empty string value. IndexName: by-a, "
               "IndexKey: a")
    with expect_invalid(message):
        client.scan(TableName=lsi_table, IndexName="by-a", ExclusiveStartKey=start)
    with expect_invalid(message):
        query(client, lsi_table, "by-a", filled, ExclusiveStartKey=start)


ITEM_BYTES = 400 * 1024


def item_of(pk, size, **more):
    """An item of exactly `size` bytes."""
    item = {"pk": S(pk), "sk": S("1"), **more}
    used = sum(len(name) + len(value["S"]) for name, value in item.items())
    return {**item, "fill": S("x" * (size - used - len("fill")))}


def test_item_and_its_entries_have_400_kb(client, lsi_table, pk):
    """In by-a stands the whole item, in by-c the keys and `extra`."""
    client.put_item(TableName=lsi_table, Item=item_of(pk, ITEM_BYTES))
    client.put_item(TableName=lsi_table, Item=item_of(pk, ITEM_BYTES // 2, a=S("x")))
    too_large = "Item size has exceeded the maximum allowed size"
    with expect_invalid(too_large):
        client.put_item(TableName=lsi_table, Item=item_of(pk, ITEM_BYTES // 2 + 1, a=S("x")))
    entry = len("pk") + len(pk) + len("c") + 1 + len("extra") + 100
    projected = {"c": S("x"), "extra": S("e" * 100)}
    client.put_item(TableName=lsi_table, Item=item_of(pk, ITEM_BYTES - entry, **projected))
    with expect_invalid(too_large):
        # The table's sort key is in the entry too; whether it counts no page says.
        client.put_item(TableName=lsi_table, Item=item_of(pk, ITEM_BYTES - entry + 4, **projected))


@pytest.mark.local_differs("counts the entries of puts alone")
def test_update_cannot_outgrow_400_kb_with_the_entries(client, lsi_table, pk):
    client.put_item(TableName=lsi_table, Item=item_of(pk, ITEM_BYTES // 2, a=S("x")))
    with expect_invalid("Item size to update has exceeded the maximum allowed size"):
        client.update_item(TableName=lsi_table, Key={"pk": S(pk), "sk": S("1")},
                           UpdateExpression="SET v = :v",
                           ExpressionAttributeValues={":v": S("v")})
