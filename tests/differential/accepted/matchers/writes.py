"""What a write does."""

import outcome
from accepted.answers import VALIDATION, agreed, body_of, client_error
from wordings import INVALID


def updated_by_nothing(request, ours, theirs):
    """UPDATED_OLD or UPDATED_NEW of an update that says nothing."""
    body = body_of(request)
    nothing = not body.get("UpdateExpression") and not body.get("AttributeUpdates")
    if request["op"] == "UpdateItem" and nothing and theirs["status"] == 500:
        updated = str(body.get("ReturnValues")).startswith("UPDATED")
        return agreed(ours, theirs) if updated and outcome.succeeded(ours) else None
    return None


def nothing_to_delete(request, ours, theirs):
    """An item of the key alone, which Local has made."""
    made = outcome.body(theirs).get("Item")
    if request["op"] == "GetItem" and "Item" not in outcome.body(ours) and made is not None:
        return agreed(ours, theirs) if made == body_of(request).get("Key") else None
    return None


INDEX_KEY_TYPE = (
    "The update expression attempted to update the secondary index key to unsupported type"
)
INDEX_KEY_SIZE = INVALID + "Aggregated size of all range keys has exceeded the size limit"


def index_key_kept(request, ours, theirs):
    """Local stores an index key of a wrong type or size."""
    text = outcome.message(ours) or ""
    if request["op"] != "UpdateItem" or not client_error(ours, VALIDATION):
        return None
    if not outcome.succeeded(theirs):
        return None
    told = text == INDEX_KEY_TYPE or text.startswith(INDEX_KEY_SIZE)
    return agreed(ours, theirs) if told else None


UNION_HAS_DUPLICATES = "Input collection contains duplicates"


def _number_sets(node):
    """Every NS of a JSON value."""
    if isinstance(node, list):
        for member in node:
            yield from _number_sets(member)
    elif isinstance(node, dict):
        for name, member in node.items():
            if name == "NS":
                yield member
            yield from _number_sets(member)


def union_of_number_sets(request, ours, theirs):
    """An ADD of numbers that are one by one different."""
    if request["op"] != "UpdateItem" or not outcome.succeeded(ours):
        return None
    if outcome.message(theirs) != UNION_HAS_DUPLICATES:
        return None
    values = list(_number_sets(body_of(request)))
    return agreed(ours, theirs) if values else None


UPDATED_TOO_LARGE = "Item size to update has exceeded the maximum allowed size"


def entries_of_an_update(request, ours, theirs):
    """Only an update; of puts Local knows the limit."""
    if request["op"] != "UpdateItem" or not outcome.succeeded(theirs):
        return None
    return agreed(ours, theirs) if outcome.message(ours) == UPDATED_TOO_LARGE else None
