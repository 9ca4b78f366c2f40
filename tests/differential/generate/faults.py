"""Faults below the operations: JSON of the wrong type or shape, and HTTP requests that are no
API calls.
"""

import copy
import json

WRONG = [None, True, False, 0, 1, -1, 1.5, "x", "", "5", "true", [], ["x"], [None], {}, {"x": 1},
[{}]]


def _places(value, path=()):
    """Every place in the body, as a path of keys."""
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    else:
        return
    for key, member in inner:
        yield path + (key,)
        yield from _places(member, path + (key,))


def _parent(body, path):
    for key in path[:-1]:
        body = body[key]
    return body


def spoil_json(rng, body):
    """A copy of the body with one place removed, emptied, replaced or renamed."""
    spoiled = copy.deepcopy(body)
    places = list(_places(spoiled))
    if not places or rng.random() < 0.06:
        spoiled["NoSuchMember"] = rng.choice(WRONG)
        return spoiled
    if rng.random() < 0.5:
        places = [place for place in places if len(place) == 1]
    path = rng.choice(places)
    parent, key = _parent(spoiled, path), path[-1]
    draw = rng.random()
    if draw < 0.35:
        del parent[key]
    elif draw < 0.45 and isinstance(parent, dict):
        member = parent.pop(key)
        parent[key[:1].swapcase() + key[1:]] = member
    elif draw < 0.6 and isinstance(parent[key], (str, list, dict)):
        parent[key] = type(parent[key])()
    else:
        parent[key] = rng.choice(WRONG)
    return spoiled


TARGETS = [
    None, "", "GetItem", "DynamoDB_20120810.", "DynamoDB_20120810.NoSuchOperation",
    "DynamoDB_20120811.GetItem",
    "Foo.GetItem", "DynamoDB_20120810.getItem",
]


def _texts(rng, text):
    return [
        "", "{", "}", "[]", "null", '"x"', "1", text[:-1], "{'a':1}", '{"TableName":NaN}',
        '{"TableName":"\\x"}',
        text[: rng.randrange(len(text) + 1)], "[" * 100000, '{"TableName":"a\nb"}',
        '{"TableName":"\udcff"}',
        text.replace(":", "", 1), text.replace('"', "", 1), "{" + text, '{"Key":' * 20000,
    ]


def http(rng, operation, body):
    """A request that fails before its operation is reached, mostly."""
    text = json.dumps(body)
    draw = rng.random()
    if draw < 0.5:
        return {"op": operation, "text": rng.choice(_texts(rng, text))}
    if draw < 0.75:
        return {"op": operation, "text": text, "headers": {"X-Amz-Target": rng.choice(TARGETS)}}
    if draw < 0.85:
        return {"op": operation, "text": text, "headers": {"Authorization": None}}
    kind = rng.choice([None, "application/json", "text/plain", "application/x-amz-json-1.1"])
    return {"op": operation, "text": text, "headers": {"Content-Type": kind}}
