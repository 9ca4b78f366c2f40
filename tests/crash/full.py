"""Fills nodes that are given little memory, and watches that they refuse, serve and live on."""

import client as dynamodb
from support import skerryd

SMALL = ("--memory", "16MB")
TABLE = "Full"
ITEM_BYTES = 100_000
BATCH = 25


def run(binary, work):
    """Pairs of a case's name and what is wrong, or None."""
    work.mkdir(parents=True, exist_ok=True)
    for case in (in_memory, in_memory_batches, on_disk_batches):
        node = None
        try:
            directory = work / "data" if case is on_disk_batches else None
            node = skerryd.start(binary, work / f"{case.__name__}.log", directory, flags=SMALL)
            client = dynamodb.Client(node.port)
            client.call("CreateTable", **dynamodb.table(TABLE, index=False))
            wait_for(client)
            fault = case(client)
            if not fault and not node.alive():
                fault = f"the node died: {node.log()}"
        except (dynamodb.Refused, dynamodb.Unanswered, RuntimeError) as error:
            fault = f"{error!r}; the node's log: {node.log() if node else ''}"
        finally:
            code = node.stop() if node else 0
        yield case.__name__, fault or (f"exit code {code} after SIGTERM" if code else None)


def wait_for(client):
    while client.call("DescribeTable", TableName=TABLE)["Table"]["TableStatus"] != "ACTIVE":
        pass


def put(client, n, letter="x"):
    item = {**dynamodb.key("a", n), "v": {"S": letter * ITEM_BYTES}}
    client.call("PutItem", TableName=TABLE, Item=item)


def fill(client, first):
    """Puts items from that number on until one is refused; how many, and the refusal."""
    for n in range(first, first + 10_000):
        try:
            put(client, n)
        except dynamodb.Refused as refused:
            return n - first, refused
    raise RuntimeError("the node never fills up")


def in_memory(client):
    """Everything but growing goes on in a full node, and growing after something was deleted."""
    count, refusal = fill(client, 0)
    if refusal.kind != "ValidationException" or "--memory" not in str(refusal):
        return f"refused by {refusal}"
    if not 60 <= count <= 160:
        return f"full after {count} items of {ITEM_BYTES} bytes"
    for n in (0, count - 1):
        if "Item" not in client.call("GetItem", TableName=TABLE, Key=dynamodb.key("a", n)):
            return f"item {n} is gone"
    if "Item" in client.call("GetItem", TableName=TABLE, Key=dynamodb.key("a", count)):
        return "the refused item is there"
    for _ in range(200):
        put(client, 1, "y")  # gets no larger
    for n in range(10):
        client.call("DeleteItem", TableName=TABLE, Key=dynamodb.key("a", n))
    again, refusal = fill(client, 1000)
    if not 8 <= again <= 12:
        return f"{again} items fit after 10 were deleted; {refusal}"
    client.call("DeleteTable", TableName=TABLE)
    while client.tables():
        pass
    client.call("CreateTable", **dynamodb.table(TABLE, index=False))
    wait_for(client)
    count_after, _ = fill(client, 0)
    if abs(count - count_after) > 2:
        return f"{count} items fit in the first table, {count_after} in one after it"
    return None


def write_batches(client, batches, item_bytes):
    """Batches, each sent again until nothing of it is unprocessed; how often something was."""
    again = 0
    for batch in range(batches):
        keys = [dynamodb.key("b", batch * BATCH + n) for n in range(BATCH)]
        rest = [{"PutRequest": {"Item": {**key, "v": {"S": "z" * item_bytes}}}} for key in keys]
        while rest:
            answer = client.call("BatchWriteItem", RequestItems={TABLE: rest})
            rest = answer["UnprocessedItems"].get(TABLE, [])
            again += bool(rest)
    return again


def in_memory_batches(client):
    """A full node refuses a batch as it does a put, and does not ask to try it again for ever."""
    try:
        write_batches(client, 20, ITEM_BYTES)
    except dynamodb.Refused as refused:
        return None if "--memory" in str(refused) else f"refused by {refused}"
    return "twenty batches of 2.5 MB fit into 16 MB"


def on_disk_batches(client):
    """More at once than the memory allows comes back as unprocessed, and is written in the end."""
    again = write_batches(client, 6, 390_000)
    if again == 0:
        return "10 MB were taken at once into a memory of 16 MB"
    items = client.call("DescribeTable", TableName=TABLE)["Table"]["ItemCount"]
    if items != 6 * BATCH:
        return f"{items} items of {6 * BATCH}"
    return None
