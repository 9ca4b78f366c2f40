"""Faults that are found before an operation begins, and the words of faults."""

import copy
import re

import api_model
import outcome
import wordings
from accepted.answers import SERIALIZATION, VALIDATION, agreed, client_error

FRONT = "com.amazon.coral.service#"
TABLES = "com.amazonaws.dynamodb.v20120810#"
VIOLATIONS = re.compile(r"\d+ validation errors? detected: ")
VIOLATED_MEMBER = re.compile(r" at '([^']*)' failed to satisfy constraint")


def message_member(request, ours, theirs):
    if "message" not in ours.get("error", {}) or "Message" not in theirs.get("error", {}):
        return None
    theirs = copy.deepcopy(theirs)
    theirs["error"]["message"] = theirs["error"].pop("Message")
    return ours, theirs


def unreadable(request, ours, theirs):
    if not client_error(ours, SERIALIZATION):
        return None
    if "text" in request or api_model.has_type_fault(request):
        return agreed(ours, theirs)
    return None


def model_constraints(request, ours, theirs):
    """Only where the model is violated by every member that our message names."""
    text = outcome.message(ours) or ""
    if not client_error(ours, VALIDATION) or not VIOLATIONS.match(text):
        return None
    named = set(VIOLATED_MEMBER.findall(text))
    if named and named <= api_model.violations(request):
        return agreed(ours, theirs)
    return None


FRONT_TYPES = {
    "UnknownOperationException": "UnknownOperationException",
    "InvalidAction": "UnknownOperationException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
}


def front_types(request, ours, theirs):
    """Types of the layer before the operations; the text too where the type's name differs."""
    kind, other = outcome.error_type(ours) or "", outcome.error_type(theirs) or ""
    if not kind.startswith(FRONT) or not other.startswith(TABLES) or ours["status"] != 400:
        return None
    name, other = kind[len(FRONT) :], other[len(TABLES) :]
    if FRONT_TYPES.get(other) == name:
        if other != name:
            return agreed(ours, theirs)
        theirs = copy.deepcopy(theirs)
        theirs["error"]["__type"] = kind
        return ours, theirs
    target = "X-Amz-Target" in request.get("headers", {})
    if target and theirs["status"] == 500 and name == "UnknownOperationException":
        return agreed(ours, theirs)
    return None


def wording(request, ours, theirs):
    mine, other = outcome.message(ours), outcome.message(theirs)
    kind = outcome.error_type(ours)
    if not mine or not other or kind != outcome.error_type(theirs):
        return None
    if ours["status"] != theirs["status"] or not wordings.same_meaning(mine, other):
        return None
    theirs = copy.deepcopy(theirs)
    for member in ("message", "Message"):
        if member in theirs["error"]:
            theirs["error"][member] = mine
    return ours, theirs
