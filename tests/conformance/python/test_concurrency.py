"""What many clients at once may rely on: single-item operations are atomic."""

import concurrent.futures

import pytest

from harness.tables import write_all
from harness.values import N, S

THREADS = 8


def at_once(work, count):
    """Results of work(0) .. work(count - 1), run by several threads."""
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, range(count)))


def test_no_increment_is_lost(client, hash_table, pk):
    def increment(_):
        return client.update_item(
            TableName=hash_table, Key={"pk": S(pk)}, UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": N(1)}, ReturnValues="UPDATED_NEW")

    answers = at_once(increment, 200)
    seen = sorted(int(answer["Attributes"]["n"]["N"]) for answer in answers)
    assert seen == list(range(1, 201))


def test_one_creator_wins(client, hash_table, pk):
    def create(i):
        try:
            client.put_item(TableName=hash_table, Item={"pk": S(pk), "by": N(i)},
                            ConditionExpression="attribute_not_exists(pk)")
        except client.exceptions.ConditionalCheckFailedException:
            return None
        return i

    winners = [i for i in at_once(create, 40) if i is not None]
    assert len(winners) == 1
    item = client.get_item(TableName=hash_table, Key={"pk": S(pk)}, ConsistentRead=True)["Item"]
    assert item["by"] == N(winners[0])


@pytest.mark.local_differs("returns a deleted item to more than one client")
def test_one_delete_returns_the_item(client, hash_table, pk):
    for _ in range(10):
        client.put_item(TableName=hash_table, Item={"pk": S(pk)})
        answers = at_once(lambda _: client.delete_item(
            TableName=hash_table, Key={"pk": S(pk)}, ReturnValues="ALL_OLD"), THREADS)
        assert sum("Attributes" in answer for answer in answers) == 1


def test_index_and_table_change_together(client, lsi_table, pk):
    """A consistent query of a local index never misses or doubles an item that moves in it."""
    write_all(client, lsi_table, [
        {"pk": S(pk), "sk": S(str(i)), "a": S("start")} for i in range(10)])

    def work(i):
        if i % 2:
            client.update_item(
                TableName=lsi_table, Key={"pk": S(pk), "sk": S(str(i % 10))},
                UpdateExpression="SET a = :v", ExpressionAttributeValues={":v": S(f"{i:04}")})
            return None
        return client.query(
            TableName=lsi_table, IndexName="by-a", KeyConditionExpression="pk = :k",
            ExpressionAttributeValues={":k": S(pk)}, ConsistentRead=True)

    for answer in filter(None, at_once(work, 200)):
        assert sorted(item["sk"]["S"] for item in answer["Items"]) == [str(i) for i in range(10)]
