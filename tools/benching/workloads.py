"""The loads, as data: what a table holds before, and which bodies are replayed."""

import dataclasses
import json
import random
from collections.abc import Callable

ITEMS = 10_000
QUERY_PARTITIONS = 500
QUERY_ITEMS = 20
BATCH_ITEMS = 25
BODIES = 10_000


def item(number, sort=None, size=1024, turn=0, **more):
    """An item of `size` bytes, counted as DynamoDB does: names and values. It differs with `turn`."""
    key = {'pk': {'S': f'k{number:08}'}}
    if sort is not None:
        key['sk'] = {'S': f's{sort:04}'}
    used = sum(len(name) + len(value['S']) for name, value in key.items()) + len('data')
    text = f'{turn}' + 'abcdefghij' * (size // 10 + 1)
    return {**key, 'data': {'S': text[:size - used]}, **more}


def _key(number):
    return {'pk': {'S': f'k{number:08}'}}


@dataclasses.dataclass(frozen=True)
class Workload:
    """`prepare` gets a Client; `bodies` a random.Random and returns the request bodies as members."""
    name: str
    title: str
    operation: str
    prepare: Callable
    bodies: Callable
    writes: bool = False


def _plain_table(client):
    client.create_table('plain')
    client.write_all('plain', [item(n, hits={'N': '0'}) for n in range(ITEMS)])


def _sorted_table(client):
    client.create_table('sorted', sort_key=True)
    client.write_all('sorted', [item(n, sort=s) for n in range(QUERY_PARTITIONS)
                                for s in range(QUERY_ITEMS)])


def _get(rng):
    return [{'TableName': 'plain', 'Key': _key(rng.randrange(ITEMS))} for _ in range(BODIES)]


def _turns(rng):
    """Every item twice, first one way and then the other: a put of what is stored already would
    change nothing, and a server may leave it at that."""
    numbers = rng.sample(range(ITEMS), ITEMS)
    return [item(number, turn=turn) for turn in (1, 2) for number in numbers]


def _put(rng):
    return [{'TableName': 'plain', 'Item': written} for written in _turns(rng)]


def _update(rng):
    return [{'TableName': 'plain', 'Key': _key(rng.randrange(ITEMS)),
             'UpdateExpression': 'SET hits = if_not_exists(hits, :zero) + :one',
             'ExpressionAttributeValues': {':one': {'N': '1'}, ':zero': {'N': '0'}}}
            for _ in range(BODIES)]


def _query(rng):
    return [{'TableName': 'sorted', 'KeyConditionExpression': 'pk = :pk',
             'ExpressionAttributeValues': {':pk': _key(rng.randrange(QUERY_PARTITIONS))['pk']}}
            for _ in range(BODIES)]


def _batch(rng):
    written = _turns(rng)
    return [{'RequestItems': {'plain': [{'PutRequest': {'Item': one}}
                                        for one in written[at:at + BATCH_ITEMS]]}}
            for at in range(0, len(written), BATCH_ITEMS)]


WORKLOADS = (
    Workload('get', 'GetItem 1 KiB', 'GetItem', _plain_table, _get),
    Workload('put', 'PutItem 1 KiB', 'PutItem', _plain_table, _put, writes=True),
    Workload('update', 'UpdateItem of 1 KiB', 'UpdateItem', _plain_table, _update, writes=True),
    Workload('query', 'Query of 20 items of 1 KiB', 'Query', _sorted_table, _query),
    Workload('batch', 'BatchWriteItem of 25 × 1 KiB', 'BatchWriteItem', _plain_table, _batch,
             writes=True),
)


def write_bodies(workload, path):
    """The bodies, one a line, the same ones for every system."""
    rng = random.Random(workload.name)
    with open(path, 'w', encoding='ascii') as file:
        for body in workload.bodies(rng):
            file.write(json.dumps(body, separators=(',', ':')) + '\n')
