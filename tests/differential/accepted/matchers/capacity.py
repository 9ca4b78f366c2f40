"""Consumed capacity, and the names of tables in answers."""

import copy
import re

import outcome
from accepted.answers import agreed, body_of, both_messages
from accepted.matchers.tables import CHANGING

CAPACITY = "ConsumedCapacity"


def capacity_not_asked_for(request, ours, theirs):
    asked = body_of(request).get("ReturnConsumedCapacity", "NONE")
    if request["op"] != "DeleteItem" or asked != "NONE" or CAPACITY in outcome.body(ours):
        return None
    if CAPACITY not in outcome.body(theirs):
        return None
    theirs = copy.deepcopy(theirs)
    del theirs["body"][CAPACITY]
    return ours, theirs


def capacity_of_nothing(request, ours, theirs):
    """Batches, and reads that find nothing: only the units differ."""
    scanned = (ours.get("scanned"), theirs.get("scanned"))
    if request["op"] in ("Query", "Scan") and scanned == (0, 0):
        if ours.get("capacity") and theirs.get("capacity"):
            return ours, {**theirs, "capacity": ours["capacity"]}
    mine, other = outcome.body(ours).get(CAPACITY), outcome.body(theirs).get(CAPACITY)
    batch = request["op"] in ("BatchGetItem", "BatchWriteItem")
    empty = request["op"] == "Query" and outcome.body(ours).get("ScannedCount") == 0
    if mine is None or other is None or mine == other or not (batch or empty):
        return None
    theirs = copy.deepcopy(theirs)
    theirs["body"][CAPACITY] = mine
    return ours, theirs


def scan_of_index_capacity(request, ours, theirs):
    """Local charges a scan of an index by the size of the table's items."""
    if request["op"] != "Scan" or "IndexName" not in body_of(request):
        return None
    if not ours.get("capacity") or not theirs.get("capacity"):
        return None
    if ours["capacity"] == theirs["capacity"]:
        return None
    if set(ours["capacity"]) != set(theirs["capacity"]):
        return None
    return {**ours, "capacity": "(units)"}, {**theirs, "capacity": "(units)"}


TABLE_ARN = re.compile(r"arn:aws:dynamodb:[^:]*:[^:]*:table/")
TABLE_ARN_PREFIX = "arn:aws:dynamodb:(region):(account):table/"


def named_by_arn(request, ours, theirs):
    """Our ARNs of tables, where the request used one, are Local's names."""
    if "arn:aws:dynamodb:" not in outcome.canonical(body_of(request)):
        return None
    if request["op"] in CHANGING or request["op"] == "DescribeTable":
        return None

    def named(value):
        if isinstance(value, dict):
            return {named(name): named(member) for name, member in value.items()}
        if isinstance(value, list):
            return [named(member) for member in value]
        return value.removeprefix(TABLE_ARN_PREFIX) if isinstance(value, str) else value

    members = {member: named(ours[member]) for member in ("body", "capacity") if member in ours}
    plain = {**ours, **members}
    return None if plain == ours else (plain, theirs)


def name_in_message(request, ours, theirs):
    """Our text names the table that Local's names by the ARN of the request."""
    mine, other = both_messages(ours, theirs)
    if mine and mine != other and mine == TABLE_ARN.sub("", other):
        return agreed(ours, theirs)
    return None


def _asked_for(body):
    """The names at the beginning of the paths that a read asks for; None: for everything."""
    if isinstance(body.get("AttributesToGet"), list):
        return set(body["AttributesToGet"])
    if not isinstance(body.get("ProjectionExpression"), str):
        return None
    names = body.get("ExpressionAttributeNames") or {}
    paths = body["ProjectionExpression"].split(",")
    firsts = [re.split(r"[.\[]", path)[0].strip() for path in paths]
    return {names.get(first, first) for first in firsts}


def projected_is_not_fetched(request, ours, theirs):
    """Only where the index, as DescribeTable tells of it, has all that is asked for by name."""
    asked, mine, other = _asked_for(body_of(request)), ours.get("capacity"), theirs.get("capacity")
    if request["op"] != "Query" or asked is None or not mine or not other:
        return None
    if not asked <= request.get("projected", set()) or set(mine) != set(other):
        return None
    if mine["CapacityUnits"] >= other["CapacityUnits"]:
        return None
    both = [
        {**own, "CapacityUnits": "(units)", **({"Table": "(units)"} if "Table" in own else {})}
        for own in (mine, other)
    ]
    return {**ours, "capacity": both[0]}, {**theirs, "capacity": both[1]}
