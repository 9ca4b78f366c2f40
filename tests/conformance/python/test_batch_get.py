"""BatchGetItem: several tables, projections, limits, unprocessed keys."""

import pytest

from harness import messages
from harness.errors import expect_error, expect_invalid
from harness.tables import write_all
from harness.values import N, S, table_of, unique


def key(pk, sk):
    return {"pk": S(pk), "sk": S(sk)}


@pytest.fixture(scope="module")
def filled(client, range_table):
    pk = unique("bg")
    write_all(client, range_table, [
        {**key(pk, str(i)), "v": N(i), "name": S(f"n{i}")} for i in range(10)])
    return pk


def get(client, table, keys, **more):
    return client.batch_get_item(RequestItems={table: {"Keys": keys, **more}})


@pytest.mark.parametrize("consistent", [True, False])
def test_finds_what_is_there(client, range_table, filled, consistent):
    keys = [key(filled, str(i)) for i in (3, 7, 99)]
    answer = get(client, range_table, keys, ConsistentRead=consistent)
    assert sorted(item["v"]["N"] for item in answer["Responses"][range_table]) == ["3", "7"]
    assert answer["UnprocessedKeys"] == {}


def test_finds_nothing(client, range_table, filled):
    answer = get(client, range_table, [key(filled, "none")])
    assert answer["Responses"] == {range_table: []}


def test_several_tables(client, range_table, hash_table, filled, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "here": N(1)})
    answer = client.batch_get_item(RequestItems={
        range_table: {"Keys": [key(filled, "1")]},
        hash_table: {"Keys": [{"pk": S(pk)}]},
    })
    assert answer["Responses"][range_table][0]["v"] == N(1)
    assert answer["Responses"][hash_table] == [{"pk": S(pk), "here": N(1)}]


def test_projection(client, range_table, filled):
    answer = get(client, range_table, [key(filled, "1")], ProjectionExpression="v, #n",
                 ExpressionAttributeNames={"#n": "name"})
    assert answer["Responses"][range_table] == [{"v": N(1), "name": S("n1")}]


def test_attributes_to_get(client, range_table, filled):
    answer = get(client, range_table, [key(filled, "1")], AttributesToGet=["v"])
    assert answer["Responses"][range_table] == [{"v": N(1)}]


def test_hundred_keys_are_the_most(client, range_table, filled):
    keys = [key(filled, str(i)) for i in range(101)]
    answer = get(client, range_table, keys[:100])
    assert len(answer["Responses"][range_table]) == 10
    with expect_invalid(("less than or equal to 100", "Too many items requested for the "
                         "BatchGetItem call")):
        get(client, range_table, keys)


def test_hundred_keys_over_all_tables(client, range_table, hash_table):
    with expect_invalid("Too many items requested for the BatchGetItem call"):
        client.batch_get_item(RequestItems={
            range_table: {"Keys": [key("x", str(i)) for i in range(60)]},
            hash_table: {"Keys": [{"pk": S(str(i))} for i in range(41)]},
        })


def test_duplicate_keys(client, range_table, filled):
    with expect_invalid("Provided list of item keys contains duplicates"):
        get(client, range_table, [key(filled, "1"), key(filled, "1")])


def test_empty_requests(lax, range_table):
    with expect_error("ValidationException"):
        lax.batch_get_item(RequestItems={})
    with expect_error("ValidationException"):
        get(lax, range_table, [])


def test_wrong_keys(client, range_table, filled):
    with expect_invalid(messages.KEY_MISMATCH):
        get(client, range_table, [{"pk": S(filled)}])


def test_unknown_table(client, range_table, filled):
    with expect_error("ResourceNotFoundException", messages.NO_TABLE):
        client.batch_get_item(RequestItems={
            range_table: {"Keys": [key(filled, "1")]},
            unique("missing"): {"Keys": [key("x", "y")]},
        })


def test_16_mb_are_the_most_and_the_rest_is_unprocessed(client, make_table):
    table = make_table(**table_of())
    for i in range(42):
        client.put_item(TableName=table, Item={"pk": S(str(i)), "v": S("x" * 409_000)})
    wanted = {str(i) for i in range(42)}
    request = {table: {"Keys": [{"pk": S(i)} for i in wanted], "ConsistentRead": True}}
    first = client.batch_get_item(RequestItems=request)
    found = {item["pk"]["S"] for item in first["Responses"][table]}
    left = first["UnprocessedKeys"][table]
    assert left["ConsistentRead"] is True
    assert 38 <= len(found) < 42
    assert found | {key["pk"]["S"] for key in left["Keys"]} == wanted
    second = client.batch_get_item(RequestItems=first["UnprocessedKeys"])
    assert found | {item["pk"]["S"] for item in second["Responses"][table]} == wanted
    assert second["UnprocessedKeys"] == {}
