"""Tables and what describes them."""

import copy

import outcome
from accepted.answers import VALIDATION, agreed, body_of, client_error
from wordings import INVALID

RECORDED = [
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "SSEDescription",
    "TableClassSummary",
    "TableId",
    "WarmThroughput",
]
HISTORY = ["LastDecreaseDateTime", "LastIncreaseDateTime", "NumberOfDecreasesToday"]
CHANGING = {
    "CreateTable": "CREATING",
    "UpdateTable": "UPDATING",
    "DeleteTable": "DELETING",
}


def _description(result):
    body = outcome.body(result)
    return body.get("Table") or body.get("TableDescription")


def recorded_members(request, ours, theirs):
    """Members that the service describes and Local forgets."""
    mine, other = _description(ours), _description(theirs)
    if not mine or not other:
        return None
    extra = [name for name in RECORDED if name in mine and name not in other]
    if not extra:
        return None
    ours = copy.deepcopy(ours)
    for name in extra:
        del _description(ours)[name]
    return ours, theirs


def throughput_history(request, ours, theirs):
    """Only where Local tells the times of 1970 and no decrease."""
    mine, other = _description(ours), _description(theirs)
    if not mine or not other or "ProvisionedThroughput" not in mine:
        return None
    told = other.get("ProvisionedThroughput", {})
    if told.get("NumberOfDecreasesToday") != 0:
        return None
    own = mine["ProvisionedThroughput"]
    history = [name for name in HISTORY if own.get(name) != told.get(name)]
    if not history:
        return None
    theirs = copy.deepcopy(theirs)
    throughput = _description(theirs)["ProvisionedThroughput"]
    for name in history:
        throughput.pop(name, None)
        if name in own:
            throughput[name] = own[name]
    return ours, theirs


PROTECTED = "Resource cannot be deleted as it is currently protected against deletion."


def protection_kept(request, ours, theirs):
    """What UpdateTable does not name stays; so does the refusal to delete."""
    text = outcome.message(ours) or ""
    if request["op"] == "DeleteTable" and outcome.succeeded(theirs):
        return agreed(ours, theirs) if text.startswith(PROTECTED) else None
    mine, other = _description(ours), _description(theirs)
    member = "DeletionProtectionEnabled"
    if not mine or not other or member in body_of(request) or not mine.get(member):
        return None
    theirs = copy.deepcopy(theirs)
    _description(theirs)[member] = True
    return ours, theirs


def changing(request, ours, theirs):
    """The answer that begins a change tells of the change; Local has made it already."""
    mine, other = _description(ours), _description(theirs)
    if not mine or not other or mine.get("TableStatus") != CHANGING.get(request["op"]):
        return None
    theirs = copy.deepcopy(theirs)
    _description(theirs)["TableStatus"] = mine["TableStatus"]
    return ours, theirs


def index_size(request, ours, theirs):
    """Only where an index with items is no larger than Local's."""
    mine, other = _description(ours), _description(theirs)
    if not mine or not other:
        return None
    indexes = mine.get("LocalSecondaryIndexes", []), other.get("LocalSecondaryIndexes", [])
    sizes = [[index.get("IndexSizeBytes") for index in own] for own in indexes]
    if sizes[0] == sizes[1] or len(sizes[0]) != len(sizes[1]):
        return None
    if None in sizes[0] or any(size > local for size, local in zip(*sizes)):
        return None
    theirs = copy.deepcopy(theirs)
    for index, size in zip(_description(theirs)["LocalSecondaryIndexes"], sizes[0]):
        index["IndexSizeBytes"] = size
    return ours, theirs


EMPTY_LIST = INVALID + "List of LocalSecondaryIndexes is empty"
ON_DEMAND = INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when"


def empty_index_list(request, ours, theirs):
    if client_error(ours, VALIDATION) and outcome.message(ours) == EMPTY_LIST:
        if body_of(request).get("LocalSecondaryIndexes") == []:
            return agreed(ours, theirs)
    return None


def throughput_on_demand(request, ours, theirs):
    if not client_error(ours, VALIDATION) or not outcome.succeeded(theirs):
        return None
    told = (outcome.message(ours) or "").startswith(ON_DEMAND)
    return agreed(ours, theirs) if told and "ProvisionedThroughput" in body_of(request) else None


UNCHANGED = "The provisioned throughput for the table will not change."
COMPARED_BY_VALUE_MAX = 127  # Java keeps one object for each number up to it


def unchanged_throughput(request, ours, theirs):
    """Units above what Java compares by value with ==."""
    if not (outcome.message(ours) or "").startswith(UNCHANGED) or not outcome.succeeded(theirs):
        return None
    asked = body_of(request).get("ProvisionedThroughput") or {}
    large = any(units > COMPARED_BY_VALUE_MAX for units in asked.values())
    return agreed(ours, theirs) if large else None


ACCOUNT_QUOTA = "Cannot increase provisioned throughput to more than 80,000 units per account"


def account_quota(request, ours, theirs):
    """All tables together, so that one request says nothing of it."""
    if request["op"] not in ("CreateTable", "UpdateTable") or not outcome.succeeded(ours):
        return None
    return agreed(ours, theirs) if outcome.message(theirs) == ACCOUNT_QUOTA else None
