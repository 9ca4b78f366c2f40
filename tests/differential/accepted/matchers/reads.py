"""Where a page begins and ends, and what is in it."""

import base64

import outcome
from accepted.answers import VALIDATION, agreed, body_of, client_error, compared_values
from accepted.matchers.numbers import trimmed


def unusable_condition(request, ours, theirs):
    conditions = body_of(request).get("KeyConditions")
    if theirs["status"] != 500 or not isinstance(conditions, dict):
        return None
    entries = [entry for entry in conditions.values() if isinstance(entry, dict)]
    operators = [entry.get("ComparisonOperator") for entry in entries]
    if "NE" in operators and client_error(ours, VALIDATION):
        return agreed(ours, theirs)
    return None


LAST = "LastEvaluatedKey"


def last_key_at_limit(request, ours, theirs):
    """Our key where the limit is reached, and the empty page that it leads to."""
    body, limit = outcome.body(ours), body_of(request).get("Limit")
    if request["op"] != "Query" or not isinstance(limit, int):
        return None
    if theirs["status"] == "no such page":
        return agreed(ours, theirs) if body.get("ScannedCount") == 0 else None
    if body.get("ScannedCount") != limit or LAST not in body or LAST in outcome.body(theirs):
        return None
    return {**ours, "body": {name: body[name] for name in body if name != LAST}}, theirs


def _subset(some, all_of):
    rest = [outcome.canonical(item) for item in all_of]
    for item in some:
        if outcome.canonical(item) not in rest:
            return False
        rest.remove(outcome.canonical(item))
    return True


def filter_of_index_scan(request, ours, theirs):
    """One's items are some of the other's: what an entry lacks is NULL to a filter."""
    body = body_of(request)
    if request["op"] != "Scan" or "IndexName" not in body:
        return None
    if "FilterExpression" not in body and "ScanFilter" not in body:
        return None
    mine, other = ours.get("items"), theirs.get("items")
    if not isinstance(mine, list) or not isinstance(other, list):
        return None
    some, all_of = sorted((mine, other), key=len)
    return agreed(ours, theirs) if _subset(some, all_of) else None


OUTSIDE_SEGMENT = "Exclusive start key must lie within the segment"


def segments_slices(request, ours, theirs):
    """A start key in one of the segments here and in another one there."""
    body = body_of(request)
    if request["op"] != "Scan" or not {"Segment", "ExclusiveStartKey"} <= set(body):
        return None
    told = [outcome.message(one) == OUTSIDE_SEGMENT for one in (ours, theirs)]
    fine = [outcome.succeeded(one) for one in (ours, theirs)]
    return agreed(ours, theirs) if any(told) and any(fine) else None


FAILED = "#ConditionalCheckFailedException"
OUTSIDE_PREDICATE = "The provided starting key does not match the range key predicate"


def start_at_bound(request, ours, theirs):
    """The start key is the bound itself of `<=`, `>=` or BETWEEN; nothing may follow it."""
    body = body_of(request)
    if request["op"] != "Query" or not outcome.succeeded(ours):
        return None
    start = body.get("ExclusiveStartKey")
    if outcome.message(theirs) != OUTSIDE_PREDICATE or not start:
        return None
    bounds = [trimmed(value) for value in compared_values(request)]
    at_bound = [trimmed(value) in bounds for value in start.values()]
    return agreed(ours, theirs) if sum(at_bound) > 1 else None


def _contains_high_byte(request):
    """A legacy condition that looks for a binary value with a byte that is no ASCII."""
    for member in ("ScanFilter", "QueryFilter", "Expected"):
        conditions = body_of(request).get(member)
        for entry in conditions.values() if isinstance(conditions, dict) else ():
            if entry.get("ComparisonOperator") in ("CONTAINS", "NOT_CONTAINS"):
                texts = [value.get("B") for value in entry.get("AttributeValueList") or ()]
                if any(max(base64.b64decode(text), default=0) > 127 for text in texts if text):
                    return True
    return False


def binary_contains(request, ours, theirs):
    """Of a read, more or fewer items; of a write, whether its condition holds."""
    if not _contains_high_byte(request):
        return None
    mine, other = ours.get("items"), theirs.get("items")
    if isinstance(mine, list) and isinstance(other, list):
        some, all_of = sorted((mine, other), key=len)
        return agreed(ours, theirs) if _subset(some, all_of) else None
    failed = [(outcome.error_type(one) or "").endswith(FAILED) for one in (ours, theirs)]
    fine = [outcome.succeeded(one) for one in (ours, theirs)]
    return agreed(ours, theirs) if any(failed) and any(fine) else None
