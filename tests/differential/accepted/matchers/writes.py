"""What a write does."""

import outcome
from accepted.answers import VALIDATION, agreed, body_of, client_error
from accepted.matchers.numbers import number
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


def _legacy_updates(request):
    """The entries of AttributeUpdates."""
    updates = body_of(request).get("AttributeUpdates")
    entries = updates.values() if isinstance(updates, dict) else ()
    return [entry for entry in entries if isinstance(entry, dict)]


def _changes_number_set(request, action):
    """Whether a legacy update does that to a set of numbers, not all written as they are kept."""
    for entry in _legacy_updates(request):
        value = entry.get("Value")
        members = value.get("NS") if isinstance(value, dict) else None
        if entry.get("Action") == action and members:
            if any(number(text) != text for text in members if isinstance(text, str)):
                return True
    return False


def legacy_number_sets(request, ours, theirs):
    """An ADD that Local refuses, a DELETE whose result it answers with."""
    if request["op"] != "UpdateItem" or not outcome.succeeded(ours):
        return None
    if outcome.message(theirs) == UNION_HAS_DUPLICATES:
        return agreed(ours, theirs) if _changes_number_set(request, "ADD") else None
    shown = "Attributes" in outcome.body(ours) or "Attributes" in outcome.body(theirs)
    if not shown or not outcome.succeeded(theirs):
        return None
    return agreed(ours, theirs) if _changes_number_set(request, "DELETE") else None


def leaves_other_data(request):
    """Whether an accepted difference shows in what is stored, though not always in the answer."""
    if request["op"] != "UpdateItem":
        return False
    entries = _legacy_updates(request)
    nothing_but_delete = entries and all(entry.get("Action") == "DELETE" for entry in entries)
    return bool(nothing_but_delete) or _changes_number_set(request, "DELETE")


UPDATED_TOO_LARGE = "Item size to update has exceeded the maximum allowed size"


def entries_of_an_update(request, ours, theirs):
    """Only an update; of puts Local knows the limit."""
    if request["op"] != "UpdateItem" or not outcome.succeeded(theirs):
        return None
    return agreed(ours, theirs) if outcome.message(ours) == UPDATED_TOO_LARGE else None
