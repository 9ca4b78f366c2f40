"""A sequence: some tables made, then requests of every operation on them.

Sequence `number` of `seed` is always the same, whatever came before it.
"""

import random

from generate import faults, items, schema, tables

TABLE_NAMES = ["Music", "thread.log", "a_b-c", "Forum2"]
SPOIL_JSON_CHANCE = 0.04
HTTP_CHANCE = 0.008
READ_BACK_CHANCE = 0.3


def _single(operation, draw):
    def request(rng, known):
        table = rng.choice(known)
        body = draw(rng, table)
        if rng.random() < 0.03:
            body["TableName"] = tables.name_of(rng, known)
        return {"op": operation, "body": body}

    return request


def _scan(rng, known):
    body, segments = items.scan(rng, rng.choice(known))
    request = {"op": "Scan", "body": body}
    return {**request, "segments": segments} if segments else request


def _batch(operation, draw):
    def request(rng, known):
        body = draw(rng, known)
        entries = body["RequestItems"]
        if rng.random() < 0.03:
            entries[tables.name_of(rng, known)] = entries.pop(rng.choice(list(entries)))
        if rng.random() < 0.01:
            body["RequestItems"] = {}
        return {"op": operation, "body": body}

    return request


def _create(rng, known):
    name = rng.choice(TABLE_NAMES + ["another", "yet.another"])
    return {"op": "CreateTable", "body": tables.create_table(rng, name)}


def _named(operation):
    return lambda rng, known: {"op": operation, "body": {"TableName": tables.name_of(rng, known)}}


def _pair(draw):
    def request(rng, known):
        operation, body = draw(rng, known)
        return {"op": operation, "body": body}

    return request


KINDS = [
    (20, _single("PutItem", items.put_item)),
    (24, _single("UpdateItem", items.update_item)),
    (9, _single("DeleteItem", items.delete_item)),
    (9, _single("GetItem", items.get_item)),
    (16, _single("Query", items.query)),
    (9, _scan),
    (4, _batch("BatchGetItem", items.batch_get_item)),
    (4, _batch("BatchWriteItem", items.batch_write_item)),
    (3, _create),
    (1.5, _named("DescribeTable")),
    (0.4, _named("DeleteTable")),
    (1.5, lambda rng, known: {"op": "UpdateTable", "body": tables.update_table(rng, known)}),
    (1, lambda rng, known: {"op": "ListTables", "body": tables.list_tables(rng, known)}),
    (0.3, _pair(tables.tagging)),
    (0.3, _pair(tables.other)),
]
WEIGHTS = [weight for weight, _ in KINDS]


def _request(rng, known):
    request = rng.choices(KINDS, WEIGHTS)[0][1](rng, known)
    draw = rng.random()
    if draw < HTTP_CHANCE:
        return faults.http(rng, request["op"], request["body"])
    if draw < HTTP_CHANCE + SPOIL_JSON_CHANCE:
        return {**request, "body": faults.spoil_json(rng, request["body"])}
    return request


def _seed_items(rng, table):
    """Some items to begin with, so that reads find something."""
    return [
        {"op": "PutItem", "body": {"TableName": table.name, "Item": items.item(rng, table)}}
        for _ in range(rng.randint(3, 10))
    ]


def _read_back(request, known):
    """A GetItem of what a request has written, or nothing."""
    body = request.get("body")
    if request["op"] not in ("PutItem", "UpdateItem", "DeleteItem") or not isinstance(body, dict):
        return []
    table = next((table for table in known if table.name == body.get("TableName")), None)
    written = body.get("Item") or body.get("Key")
    if table is None or not isinstance(written, dict):
        return []
    key = {name: written[name] for name in table.key_attributes() if name in written}
    return [{"op": "GetItem", "body": {"TableName": table.name, "Key": key}}]


def draw(seed, number, length=60):
    """The requests of one sequence; it ends with a look at all that is there."""
    rng = random.Random(f"{seed}/{number}")
    known = [schema.table(rng, name) for name in TABLE_NAMES[: rng.choice([1, 2, 2, 3])]]
    requests = [{"op": "CreateTable", "body": table.create()} for table in known]
    for table in known:
        requests += _seed_items(rng, table)
    for _ in range(length):
        requests.append(_request(rng, known))
        if rng.random() < READ_BACK_CHANCE:
            requests += _read_back(requests[-1], known)
    requests += [{"op": "Scan", "body": {"TableName": table.name}} for table in known]
    requests.append({"op": "ListTables", "body": {}})
    return requests
