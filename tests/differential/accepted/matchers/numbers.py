"""Numbers are trimmed."""

import decimal
import re

import outcome
from accepted.answers import agreed, both_messages

EXACT = decimal.Context(prec=400)


def number(text):
    """The number as the service prints it: trimmed, without an exponent."""
    try:
        trimmed = EXACT.normalize(decimal.Decimal(text))
    except decimal.InvalidOperation:
        return text
    return format(trimmed, "f") if trimmed else "0"


def trimmed(value):
    """`value` with every number of an attribute value trimmed."""
    if isinstance(value, list):
        return [trimmed(member) for member in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"N"} and isinstance(value["N"], str):
        return {"N": number(value["N"])}
    if set(value) == {"NS"} and isinstance(value["NS"], list):
        return {"NS": sorted(number(member) for member in value["NS"])}
    return {name: trimmed(member) for name, member in value.items()}


def _resorted(request, result):
    """What is compared in the order of texts, which trimming changes, in that order again."""
    items = result.get("items")
    if items and isinstance(items[0], dict):
        return {**result, "items": sorted(items, key=outcome.canonical)}
    if items:
        return {**result, "items": [sorted(group, key=outcome.canonical) for group in items]}
    responses = outcome.body(result).get("Responses")
    if request["op"] == "BatchGetItem" and isinstance(responses, dict):
        again = {name: sorted(items, key=outcome.canonical) for name, items in responses.items()}
        return {**result, "body": {**result["body"], "Responses": again}}
    return result


def numbers(request, ours, theirs):
    """Only where all of our numbers are printed as the service does."""
    plain = [_resorted(request, trimmed(result)) for result in (ours, theirs)]
    if plain[0] != _resorted(request, ours) or plain[1] == theirs:
        return None
    return plain[0], plain[1]


NUMBER_OPERAND = re.compile(r"\{N:([^{}]*)\}")


def number_operands(request, ours, theirs):
    mine, other = both_messages(ours, theirs)
    if not NUMBER_OPERAND.search(mine):
        return None
    plain = [NUMBER_OPERAND.sub(lambda m: number(m.group(1)), text) for text in (mine, other)]
    return agreed(ours, theirs) if plain[0] == plain[1] else None
