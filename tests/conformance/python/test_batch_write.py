"""BatchWriteItem: puts and deletes, limits, all-or-nothing validation."""

import pytest

from harness import messages
from harness.errors import expect_error, expect_invalid
from harness.values import N, S, unique


def put(**item):
    return {"PutRequest": {"Item": item}}


def delete(**key):
    return {"DeleteRequest": {"Key": key}}


def stored(client, table, pk):
    answer = client.query(TableName=table, KeyConditionExpression="pk = :k", ConsistentRead=True,
                          ExpressionAttributeValues={":k": S(pk)})
    return [item["sk"]["S"] for item in answer["Items"]]


def test_puts_and_deletes(client, range_table, pk):
    client.put_item(TableName=range_table, Item={"pk": S(pk), "sk": S("old")})
    answer = client.batch_write_item(RequestItems={range_table: [
        put(pk=S(pk), sk=S("a"), v=N(1)), put(pk=S(pk), sk=S("b")),
        delete(pk=S(pk), sk=S("old")), delete(pk=S(pk), sk=S("never")),
    ]})
    assert answer["UnprocessedItems"] == {}
    assert stored(client, range_table, pk) == ["a", "b"]


def test_put_replaces(client, range_table, pk):
    client.put_item(TableName=range_table, Item={"pk": S(pk), "sk": S("a"), "old": N(1)})
    client.batch_write_item(RequestItems={range_table: [put(pk=S(pk), sk=S("a"), new=N(2))]})
    item = client.get_item(TableName=range_table, Key={"pk": S(pk), "sk": S("a")})["Item"]
    assert item == {"pk": S(pk), "sk": S("a"), "new": N(2)}


def test_several_tables(client, range_table, hash_table, pk):
    client.batch_write_item(RequestItems={
        range_table: [put(pk=S(pk), sk=S("a"))], hash_table: [put(pk=S(pk))]})
    assert stored(client, range_table, pk) == ["a"]
    assert "Item" in client.get_item(TableName=hash_table, Key={"pk": S(pk)})


def test_25_requests_are_the_most(client, range_table, pk):
    requests = [put(pk=S(pk), sk=S(f"{i:02}")) for i in range(26)]
    client.batch_write_item(RequestItems={range_table: requests[:25]})
    assert len(stored(client, range_table, pk)) == 25
    with expect_invalid(("less than or equal to 25", "Too many items requested for the "
                         "BatchWriteItem call")):
        client.batch_write_item(RequestItems={range_table: requests})


def test_25_requests_over_all_tables(client, range_table, hash_table, pk):
    with expect_invalid("Too many items requested for the BatchWriteItem call"):
        client.batch_write_item(RequestItems={
            range_table: [put(pk=S(pk), sk=S(str(i))) for i in range(13)],
            hash_table: [put(pk=S(f"{pk}{i}")) for i in range(13)]})


@pytest.mark.parametrize("second", ["put", "delete"])
def test_one_request_for_a_key(client, range_table, pk, second):
    key = {"pk": S(pk), "sk": S("a")}
    again = put(**key) if second == "put" else delete(**key)
    with expect_invalid("Provided list of item keys contains duplicates"):
        client.batch_write_item(RequestItems={range_table: [put(**key), again]})


def test_one_bad_request_refuses_the_batch(client, range_table, pk):
    with expect_invalid(messages.MISSING_KEY):
        client.batch_write_item(RequestItems={range_table: [
            put(pk=S(pk), sk=S("good")), put(pk=S(pk))]})
    assert stored(client, range_table, pk) == []


def test_too_big_an_item_refuses_the_batch(client, range_table, pk):
    with expect_invalid("Item size has exceeded the maximum allowed size"):
        client.batch_write_item(RequestItems={range_table: [
            put(pk=S(pk), sk=S("good")), put(pk=S(pk), sk=S("big"), v=S("x" * 409_600))]})
    assert stored(client, range_table, pk) == []


def test_wrong_key_of_a_delete(client, range_table, pk):
    with expect_invalid(messages.KEY_MISMATCH):
        client.batch_write_item(RequestItems={range_table: [delete(pk=S(pk))]})


def test_empty_requests(lax, range_table, pk):
    with expect_error("ValidationException"):
        lax.batch_write_item(RequestItems={})
    with expect_error("ValidationException"):
        lax.batch_write_item(RequestItems={range_table: []})


def test_a_request_is_either_put_or_delete(lax, range_table, pk):
    key = {"pk": S(pk), "sk": S("a")}
    both = {**put(**key), **delete(**key)}
    with expect_error("ValidationException"):
        lax.batch_write_item(RequestItems={range_table: [both]})
    with expect_error("ValidationException"):
        lax.batch_write_item(RequestItems={range_table: [{}]})


def test_unknown_table(client, range_table, pk):
    with expect_error("ResourceNotFoundException", messages.NO_TABLE):
        client.batch_write_item(RequestItems={
            range_table: [put(pk=S(pk), sk=S("a"))], unique("missing"): [put(pk=S(pk))]})
    assert stored(client, range_table, pk) == []


def test_16_mb_of_items_in_one_request(client, range_table, pk):
    """Documentation: at most 16 MB a request; 25 items of 400 KB stay below."""
    requests = [put(pk=S(pk), sk=S(f"{i:02}"), v=S("x" * 409_000)) for i in range(25)]
    while requests:
        answer = client.batch_write_item(RequestItems={range_table: requests})
        requests = answer["UnprocessedItems"].get(range_table)
    for i in range(25):
        client.delete_item(TableName=range_table, Key={"pk": S(pk), "sk": S(f"{i:02}")})
