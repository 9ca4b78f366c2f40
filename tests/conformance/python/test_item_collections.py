"""ReturnItemCollectionMetrics: only tables with local indexes have collections."""

import pytest

from harness.errors import expect_invalid
from harness.values import N, S

NEVER = "returns no item collection metrics"


@pytest.mark.local_differs(NEVER)
def test_put_update_delete(client, lsi_table, pk):
    key = {"pk": S(pk), "sk": S("1")}
    for answer in (
        client.put_item(TableName=lsi_table, Item={**key, "a": S("x")},
                        ReturnItemCollectionMetrics="SIZE"),
        client.update_item(TableName=lsi_table, Key=key, UpdateExpression="SET b = :v",
                           ExpressionAttributeValues={":v": N(1)},
                           ReturnItemCollectionMetrics="SIZE"),
        client.delete_item(TableName=lsi_table, Key=key, ReturnItemCollectionMetrics="SIZE"),
    ):
        metrics = answer["ItemCollectionMetrics"]
        assert metrics["ItemCollectionKey"] == {"pk": S(pk)}
        low, high = metrics["SizeEstimateRangeGB"]
        assert 0 <= low <= high <= low + 1


@pytest.mark.local_differs(NEVER)
def test_batch_write(client, lsi_table, hash_table, pk):
    answer = client.batch_write_item(RequestItems={
        lsi_table: [{"PutRequest": {"Item": {"pk": S(pk), "sk": S("1")}}},
                    {"DeleteRequest": {"Key": {"pk": S(pk + "2"), "sk": S("1")}}}],
        hash_table: [{"PutRequest": {"Item": {"pk": S(pk)}}}],
    }, ReturnItemCollectionMetrics="SIZE")
    metrics = answer["ItemCollectionMetrics"]
    assert metrics.keys() == {lsi_table}
    assert {m["ItemCollectionKey"]["pk"]["S"] for m in metrics[lsi_table]} == {pk, pk + "2"}


def test_none_returns_nothing(client, lsi_table, pk):
    item = {"pk": S(pk), "sk": S("1")}
    for more in ({}, {"ReturnItemCollectionMetrics": "NONE"}):
        answer = client.put_item(TableName=lsi_table, Item=item, **more)
        assert "ItemCollectionMetrics" not in answer


def test_tables_without_local_indexes_have_none(client, range_table, pk):
    answer = client.put_item(TableName=range_table, Item={"pk": S(pk), "sk": S("1")},
                             ReturnItemCollectionMetrics="SIZE")
    assert "ItemCollectionMetrics" not in answer


@pytest.mark.local_differs("ignores the member")
def test_unknown_value(lax, lsi_table, pk):
    with expect_invalid("'returnItemCollectionMetrics'"):
        lax.put_item(TableName=lsi_table, Item={"pk": S(pk), "sk": S("1")},
                     ReturnItemCollectionMetrics="ALL")
