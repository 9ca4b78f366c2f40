"""What the matchers ask of a request and of its two answers."""

import outcome

VALIDATION = "com.amazon.coral.validate#ValidationException"
SERIALIZATION = "com.amazon.coral.service#SerializationException"


def body_of(request):
    """The request's body; empty where it is a text of its own."""
    body = request.get("body")
    return body if isinstance(body, dict) else {}


def agreed(ours, theirs):
    """The other answer is taken for ours: nothing else of the pair is compared."""
    return ours, ours


def client_error(result, kind):
    return result["status"] == 400 and outcome.error_type(result) == kind


def both_messages(ours, theirs):
    """Both texts, when both are faults of validation; else empty."""
    kinds = {outcome.error_type(ours), outcome.error_type(theirs)}
    if kinds != {VALIDATION}:
        return "", ""
    return outcome.message(ours) or "", outcome.message(theirs) or ""


def compared_values(request):
    """The values that a query's conditions compare with, in either form."""
    body = body_of(request)
    given = body.get("ExpressionAttributeValues")
    yield from given.values() if isinstance(given, dict) else ()
    conditions = body.get("KeyConditions")
    for entry in conditions.values() if isinstance(conditions, dict) else ():
        yield from entry.get("AttributeValueList") or ()
