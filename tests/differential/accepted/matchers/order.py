"""Which of several faults is told."""

import re

import outcome
import own_faults
from accepted.answers import (
    VALIDATION,
    agreed,
    body_of,
    both_messages,
    client_error,
    compared_values,
)
from wordings import INVALID

ORDERED_FAULTS = (
    "ValidationException",
    "ResourceNotFoundException",
    "ResourceInUseException",
    "ConditionalCheckFailedException",
)


def own_faults_first(request, ours, theirs):
    """Two faults of one request: ours must be true of the request, and both must refuse it."""
    kind = (outcome.error_type(theirs) or "").rpartition("#")[2]
    if not client_error(ours, VALIDATION) or kind not in ORDERED_FAULTS:
        return None
    if theirs["status"] != 400 or outcome.message(ours) == outcome.message(theirs):
        return None
    true = own_faults.is_true_of(request, outcome.message(ours) or "")
    return agreed(ours, theirs) if true else None


TYPE_OF_CONDITION = INVALID + "Condition parameter type does not match schema type"
BOUNDS_OF_KEY = re.compile(
    r"One or more parameter values are not valid\. .* empty (string|binary) value\..*"
    rf"|{INVALID}(Aggregated size of all range keys|Size of hashkey) has exceeded .*"
)
SORT_KEY_CHARACTERS = 1024  # a value that is written with less is not too long for a key


def _empty(value):
    return value in ({"S": ""}, {"B": ""})


def _out_of_bounds(value):
    return _empty(value) or len(outcome.canonical(value)) >= SORT_KEY_CHARACTERS


def key_condition_order(request, ours, theirs):
    """A value of a wrong type, and one that is empty or too long."""
    mine, other = both_messages(ours, theirs)
    if request["op"] != "Query" or mine != TYPE_OF_CONDITION or not BOUNDS_OF_KEY.fullmatch(other):
        return None
    return agreed(ours, theirs) if any(map(_out_of_bounds, compared_values(request))) else None


EMPTY_INDEX_KEY = re.compile(
    r"One or more parameter values are not valid\. A value specified for a secondary index key is "
    r"not supported\. .* cannot contain an empty \w+ value\. IndexName: (\S+), IndexKey: (\S+)"
)


def _items(request):
    """The items that a request puts."""
    body = body_of(request)
    yield body.get("Item") or {}
    tables = body.get("RequestItems")
    for writes in tables.values() if isinstance(tables, dict) else ():
        for write in writes if isinstance(writes, list) else ():
            yield (write.get("PutRequest") or {}).get("Item") or {}


def empty_index_keys(request, ours, theirs):
    """One item whose keys of both the indexes that are told of are empty."""
    found = [EMPTY_INDEX_KEY.fullmatch(text) for text in both_messages(ours, theirs)]
    if not all(found) or found[0].group(1) == found[1].group(1):
        return None
    keys = [one.group(2) for one in found]
    both = any(all(_empty(item.get(key)) for key in keys) for item in _items(request))
    return agreed(ours, theirs) if both else None


# What one table's part of a batch is refused for once the tables are looked up, step by step.
KEY_FAULTS = re.compile(
    r"The provided key element does not match the schema"
    r"|The number of conditions on the keys is invalid"
    r"|One of the required keys was not given a value"
    r"|Invalid attribute value type"
    rf"|{INVALID}(Type mismatch for (key|Index Key)|Missing the key |Size of hashkey ).*"
    rf"|{INVALID}(Aggregated size of all range keys |Size limit ).*"
    r"|Hash primary key values must be under 2048 bytes, .*"
    r"|One or more parameter values are not valid\. .* empty \w+ value\. .*"
    r"|Item size has exceeded the maximum allowed size"
    r"|Provided list of item keys contains duplicates"
)
PROJECTION_FAULTS = re.compile(
    r"Invalid ProjectionExpression: .*"
    r"|Value provided in ExpressionAttributeNames unused in expressions: .*"
    r"|ExpressionAttributeNames contains invalid (key|value): .*"
    r"|Key attributes must be scalars; .*"
)
STEPS = (KEY_FAULTS, PROJECTION_FAULTS)


def batch_order(request, ours, theirs):
    """Two tables of one batch with faults of the same step, or one that is missing and one with a
    wrong key.
    """
    body = body_of(request)
    if request["op"] not in ("BatchGetItem", "BatchWriteItem"):
        return None
    if len(body.get("RequestItems") or {}) < 2:
        return None
    texts = both_messages(ours, theirs)
    if any(all(step.fullmatch(text) for text in texts) for step in STEPS):
        return agreed(ours, theirs)
    kinds = {(outcome.error_type(one) or "").rpartition("#")[2]: one for one in (ours, theirs)}
    if set(kinds) != {"ResourceNotFoundException", "ValidationException"}:
        return None
    refused = outcome.message(kinds["ValidationException"]) or ""
    return agreed(ours, theirs) if KEY_FAULTS.fullmatch(refused) else None


RESULT_FAULTS = re.compile(
    r"DynamoDB only supports precision up to 38 digits"
    r"|Number (overflow|underflow)\..*"
    r"|Type mismatch for attribute to update"
)
INDEX_KEY_OF_LEGACY = "Updates on index keys must be of the same data type as the key attribute"


def legacy_update_order(request, ours, theirs):
    """AttributeUpdates that cannot be made, and give an index's key another type."""
    mine, other = both_messages(ours, theirs)
    if not body_of(request).get("AttributeUpdates") or other != INDEX_KEY_OF_LEGACY:
        return None
    return agreed(ours, theirs) if RESULT_FAULTS.fullmatch(mine) else None
