"""Brings an answer to the form in which two endpoints are compared.

Removed is only what must differ: times, table ids, regions and account numbers in ARNs, the
order of sets and of lists that the API documents as unordered, the order of names in a message
that lists several.
"""

import json
import re

TIMES = {
    "CreationDateTime",
    "LastDecreaseDateTime",
    "LastIncreaseDateTime",
    "LastUpdateDateTime",
    "LastUpdateToPayPerRequestDateTime",
}
IDS = {"TableId"}
SETS = {"SS", "NS", "BS"}
SORTED_BY = {
    "AttributeDefinitions": "AttributeName",
    "ConsumedCapacity": "TableName",
    "GlobalSecondaryIndexes": "IndexName",
    "LocalSecondaryIndexes": "IndexName",
    "Tags": "Key",
}
ARN = re.compile(r"arn:aws:dynamodb:[^:]*:[^:]*:")
NAMES_IN_MESSAGE = re.compile(r"([{\[])([^{}\[\]]*,[^{}\[\]]*)([}\]])")


def canonical(value):
    """A text that is equal for equal JSON values, whatever the order of members."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _clean_member(name, value):
    if name in TIMES and isinstance(value, (int, float)):
        return "(time)"
    if name in IDS and isinstance(value, str):
        return "(id)"
    value = clean(value)
    if not isinstance(value, list):
        return value
    if name in SETS or name == "NonKeyAttributes":
        return sorted(value, key=canonical)
    if name in SORTED_BY:
        key = SORTED_BY[name]
        return sorted(value, key=lambda entry: canonical(entry.get(key)))
    return value


def _clean_arn(text):
    return ARN.sub("arn:aws:dynamodb:(region):(account):", text)


def clean(value):
    """`value` without what must differ between two endpoints."""
    if isinstance(value, dict):
        return {_clean_arn(name): _clean_member(name, member) for name, member in value.items()}
    if isinstance(value, list):
        return [clean(member) for member in value]
    if isinstance(value, str):
        return _clean_arn(value)
    return value


def _sort_names(match):
    names = sorted(match.group(2).replace(", ", ",").split(","))
    return match.group(1) + ", ".join(names) + match.group(3)


LISTING = (
    "unused in expressions: keys: ",
    "Non-expression parameters: ",
    "filter attributes: ",
    "valid types: ",
    "attribute_type, operand type: ",
)


def clean_message(text):
    """A message whose lists of names, which stand in no documented order, are sorted."""
    if any(part in text for part in LISTING):
        return NAMES_IN_MESSAGE.sub(_sort_names, text)
    return text


def _clean_success(operation, body):
    body = clean(body)
    if operation == "BatchGetItem":
        responses = body.get("Responses", {})
        for table, items in responses.items():
            responses[table] = sorted(items, key=canonical)
    return body


def of(request, answer):
    """The comparable form: a dict of plain data."""
    parsed = answer.json()
    result = {
        "status": answer.status,
        "content-type": answer.headers.get("content-type"),
        "request-id": "x-amzn-requestid" in answer.headers,
        "crc32": answer.crc32(),
    }
    if not isinstance(parsed, dict):
        result["body"] = answer.body.decode("utf-8", "replace")
    elif "__type" in parsed:
        result["error"] = {
            name: clean_message(member) if isinstance(member, str) else clean(member)
            for name, member in parsed.items()
        }
    else:
        result["body"] = _clean_success(request["op"], parsed)
    return result


def succeeded(outcome):
    return outcome["status"] == 200


def body(outcome):
    """The body of a success; empty for anything else."""
    found = outcome.get("body")
    return found if isinstance(found, dict) else {}


def error_type(outcome):
    """The full error type, or None of a success."""
    return outcome.get("error", {}).get("__type")


def message(outcome):
    error = outcome.get("error", {})
    return error.get("Message", error.get("message"))


def short(outcome):
    """A few words for reports: the status or the exception's name."""
    kind = error_type(outcome)
    return kind.rpartition("#")[2] if kind else str(outcome["status"])


def reconcile(ours, theirs):
    """Drops from `ours` what the other endpoint leaves out and may: a right checksum."""
    if theirs.get("crc32") == "absent" and ours.get("crc32") == "ok":
        ours = {**ours, "crc32": "absent"}
    return ours


def equal(ours, theirs):
    return reconcile(ours, theirs) == theirs
