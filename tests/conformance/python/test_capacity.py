"""ReturnConsumedCapacity: exact units, for the table and each index."""

import pytest

from harness.errors import expect_invalid
from harness.tables import write_all
from harness.values import N, S, definitions, local_index, table_of, unique


@pytest.fixture(scope="module")
def table(client, shared_table):
    return shared_table(table_of("S", "S"))


@pytest.fixture(scope="module")
def indexed(client, shared_table):
    return shared_table(table_of(
        "S", "S", AttributeDefinitions=definitions(pk="S", sk="S", a="S", b="S"),
        LocalSecondaryIndexes=[
            local_index("by-a", "a"), local_index("by-b", "b", "KEYS_ONLY")]))


def item_of(pk, size, sk="1", **more):
    """An item of exactly `size` bytes, with keys of its own."""
    item = {"pk": S(pk), "sk": S(sk), **more}
    used = sum(len(name) + len(value["S"]) for name, value in item.items())
    return {**item, "v": S("x" * (size - used - 1))}


def units(answer):
    return answer["ConsumedCapacity"]["CapacityUnits"]


@pytest.mark.parametrize("size, expected", [
    (100, 1), (1024, 1), (1025, 2), (10 * 1024, 10), (10 * 1024 + 1, 11)])
def test_put_takes_a_unit_a_kilobyte(client, table, pk, size, expected):
    answer = client.put_item(TableName=table, Item=item_of(pk, size),
                             ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": expected}


@pytest.mark.parametrize("before, after", [(5000, 100), (100, 5000)])
def test_put_takes_the_larger_of_old_and_new(client, table, pk, before, after):
    client.put_item(TableName=table, Item=item_of(pk, before))
    answer = client.put_item(TableName=table, Item=item_of(pk, after),
                             ReturnConsumedCapacity="TOTAL")
    assert units(answer) == 5


@pytest.mark.parametrize("size, consistent, expected", [
    (100, False, 0.5), (100, True, 1), (4096, False, 0.5), (4096, True, 1), (4097, False, 1),
    (4097, True, 2), (40_000, False, 5), (40_000, True, 10), (None, False, 0.5), (None, True, 1)])
def test_get_takes_half_or_one_for_4_kb(client, table, pk, size, consistent, expected):
    if size:
        client.put_item(TableName=table, Item=item_of(pk, size))
    answer = client.get_item(TableName=table, Key={"pk": S(pk), "sk": S("1")},
                             ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": expected}


def test_projection_does_not_lower_the_cost(client, table, pk):
    client.put_item(TableName=table, Item=item_of(pk, 9000))
    answer = client.get_item(TableName=table, Key={"pk": S(pk), "sk": S("1")},
                             ProjectionExpression="sk", ReturnConsumedCapacity="TOTAL")
    assert units(answer) == 1.5


@pytest.mark.parametrize("size, expected", [(None, 1), (100, 1), (3000, 3)])
def test_delete_takes_the_size_of_what_goes(client, table, pk, size, expected):
    if size:
        client.put_item(TableName=table, Item=item_of(pk, size))
    answer = client.delete_item(TableName=table, Key={"pk": S(pk), "sk": S("1")},
                                ReturnConsumedCapacity="TOTAL")
    assert units(answer) == expected


@pytest.mark.parametrize("expression, expected", [("SET a = :v", 3), ("REMOVE v", 3)])
def test_update_takes_the_larger_of_before_and_after(client, table, pk, expression, expected):
    client.put_item(TableName=table, Item=item_of(pk, 3000))
    request = dict(TableName=table, Key={"pk": S(pk), "sk": S("1")}, UpdateExpression=expression,
                   ReturnConsumedCapacity="TOTAL")
    if ":v" in expression:
        request["ExpressionAttributeValues"] = {":v": S("y")}
    assert units(client.update_item(**request)) == expected


@pytest.mark.parametrize("consistent, expected", [(False, 1.5), (True, 3)])
def test_query_rounds_the_sum_of_sizes(client, table, pk, consistent, expected):
    write_all(client, table, [item_of(pk, 1000, sk=str(i)) for i in range(9)])
    answer = client.query(TableName=table, KeyConditionExpression="pk = :k",
                          ExpressionAttributeValues={":k": S(pk)}, ConsistentRead=consistent,
                          ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": expected}


def test_filter_does_not_lower_the_cost_of_a_query(client, table, pk):
    write_all(client, table, [item_of(pk, 1000, sk=str(i)) for i in range(9)])
    answer = client.query(TableName=table, KeyConditionExpression="pk = :k", Select="COUNT",
                          FilterExpression="attribute_not_exists(v)", ConsistentRead=True,
                          ExpressionAttributeValues={":k": S(pk)}, ReturnConsumedCapacity="TOTAL")
    assert (answer["Count"], units(answer)) == (0, 3)


@pytest.mark.local_differs("charges nothing for an empty result")
def test_an_empty_query_takes_the_minimum(client, table, pk):
    answer = client.query(TableName=table, KeyConditionExpression="pk = :k",
                          ExpressionAttributeValues={":k": S(pk)}, ReturnConsumedCapacity="TOTAL")
    assert units(answer) == 0.5


@pytest.mark.parametrize("consistent, expected", [(False, 1.5), (True, 3)])
def test_scan_rounds_the_sum_of_sizes(client, make_table, consistent, expected):
    table = make_table(**table_of("S", "S"))
    write_all(client, table, [item_of(str(i), 1000) for i in range(9)])
    answer = client.scan(TableName=table, ConsistentRead=consistent,
                         ReturnConsumedCapacity="TOTAL")
    assert units(answer) == expected


def by_table(answer):
    return {entry["TableName"]: entry["CapacityUnits"] for entry in answer["ConsumedCapacity"]}


def test_batch_get_rounds_each_item(client, table, hash_table, pk):
    write_all(client, table, [item_of(pk, 1000, sk=str(i)) for i in range(3)])
    client.put_item(TableName=hash_table, Item={"pk": S(pk)})
    answer = client.batch_get_item(
        RequestItems={
            table: {"Keys": [{"pk": S(pk), "sk": S(str(i))} for i in range(3)]},
            hash_table: {"Keys": [{"pk": S(pk)}], "ConsistentRead": True},
        }, ReturnConsumedCapacity="TOTAL")
    assert by_table(answer) == {table: 1.5, hash_table: 1}


@pytest.mark.local_differs("charges nothing for an item that is not there")
def test_batch_get_charges_missing_items(client, table, pk):
    """Documentation: a read of an item that does not exist takes the minimum."""
    keys = [{"pk": S(pk), "sk": S(str(i))} for i in range(3)]
    answer = client.batch_get_item(RequestItems={table: {"Keys": keys}},
                                   ReturnConsumedCapacity="TOTAL")
    assert by_table(answer) == {table: 1.5}


def test_batch_write_sums_its_requests(client, table, hash_table, pk):
    puts = [{"PutRequest": {"Item": item_of(pk, 1500, sk=str(i))}} for i in range(3)]
    answer = client.batch_write_item(
        RequestItems={table: puts, hash_table: [{"PutRequest": {"Item": {"pk": S(pk)}}}]},
        ReturnConsumedCapacity="TOTAL")
    assert by_table(answer) == {table: 6, hash_table: 1}


@pytest.mark.local_differs("charges two units for a small item's removal")
def test_batch_write_charges_deletes(client, hash_table, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk)})
    deletes = [{"DeleteRequest": {"Key": {"pk": S(k)}}} for k in (pk, pk + "missing")]
    answer = client.batch_write_item(RequestItems={hash_table: deletes},
                                     ReturnConsumedCapacity="TOTAL")
    assert by_table(answer) == {hash_table: 2}


def test_none_returns_nothing(client, table, pk):
    for more in ({}, {"ReturnConsumedCapacity": "NONE"}):
        answer = client.put_item(TableName=table, Item=item_of(pk, 100), **more)
        assert "ConsumedCapacity" not in answer


@pytest.mark.local_differs("complains of another member")
def test_unknown_value(lax, table, pk):
    with expect_invalid("1 validation error detected", "'ALWAYS'", "returnConsumedCapacity"):
        lax.put_item(TableName=table, Item=item_of(pk, 100), ReturnConsumedCapacity="ALWAYS")


def test_indexes_lists_table_and_indexes(client, indexed, pk):
    answer = client.put_item(TableName=indexed, Item=item_of(pk, 2500, a=S("x")),
                             ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == {
        "TableName": indexed, "CapacityUnits": 6, "Table": {"CapacityUnits": 3},
        "LocalSecondaryIndexes": {"by-a": {"CapacityUnits": 3}}}


def test_keys_only_index_costs_its_own_entry(client, indexed, pk):
    answer = client.put_item(TableName=indexed, Item=item_of(pk, 2500, b=S("x")),
                             ReturnConsumedCapacity="INDEXES")
    capacity = answer["ConsumedCapacity"]
    assert capacity["LocalSecondaryIndexes"] == {"by-b": {"CapacityUnits": 1}}
    assert capacity["CapacityUnits"] == 4


def test_changing_an_index_key_costs_a_delete_and_a_put(client, indexed, pk):
    client.put_item(TableName=indexed, Item=item_of(pk, 100, b=S("x")))
    answer = client.put_item(TableName=indexed, Item=item_of(pk, 100, b=S("y")),
                             ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"]["LocalSecondaryIndexes"] == {"by-b": {"CapacityUnits": 2}}


def test_unchanged_index_entry_costs_nothing(client, indexed, pk):
    client.put_item(TableName=indexed, Item=item_of(pk, 100, b=S("x")))
    answer = client.update_item(
        TableName=indexed, Key={"pk": S(pk), "sk": S("1")}, UpdateExpression="SET other1 = :v",
        ExpressionAttributeValues={":v": N(1)}, ReturnConsumedCapacity="INDEXES")
    assert "by-b" not in answer["ConsumedCapacity"].get("LocalSecondaryIndexes", {})


def test_query_of_an_index_charges_the_index(client, indexed, pk):
    write_all(client, indexed, [item_of(pk, 1000, sk=str(i), a=S("x")) for i in range(9)])
    answer = client.query(TableName=indexed, IndexName="by-a", KeyConditionExpression="pk = :k",
                          ExpressionAttributeValues={":k": S(pk)}, ConsistentRead=True,
                          ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == {
        "TableName": indexed, "CapacityUnits": 3, "Table": {"CapacityUnits": 0},
        "LocalSecondaryIndexes": {"by-a": {"CapacityUnits": 3}}}


def test_fetching_unprojected_attributes_charges_the_table(client, indexed, pk):
    """Documentation: each item that is fetched from the table is a read of its own."""
    write_all(client, indexed, [item_of(pk, 1000, sk=str(i), b=S("x")) for i in range(3)])
    answer = client.query(TableName=indexed, IndexName="by-b", KeyConditionExpression="pk = :k",
                          ExpressionAttributeValues={":k": S(pk)}, ConsistentRead=True,
                          Select="ALL_ATTRIBUTES", ReturnConsumedCapacity="INDEXES")
    capacity = answer["ConsumedCapacity"]
    assert capacity["Table"] == {"CapacityUnits": 3}
    assert capacity["LocalSecondaryIndexes"] == {"by-b": {"CapacityUnits": 1}}
    assert capacity["CapacityUnits"] == 4


def test_get_of_an_indexed_table_lists_the_table(client, indexed, pk):
    answer = client.get_item(TableName=indexed, Key={"pk": S(pk), "sk": S("1")},
                             ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == {
        "TableName": indexed, "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.5}}


@pytest.mark.parametrize("size, expected", [(924, 1), (925, 2), (1948, 2), (1949, 3)])
def test_an_index_entry_weighs_100_bytes_more(client, indexed, pk, size, expected):
    answer = client.put_item(TableName=indexed, Item=item_of(pk, size, a=S("x")),
                             ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"]["LocalSecondaryIndexes"] == {
        "by-a": {"CapacityUnits": expected}}
