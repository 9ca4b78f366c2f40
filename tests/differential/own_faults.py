"""Whether a fault that our message tells of is really one of the request's own.

A request may have several faults. Those that it has by itself (its values, sets, numbers, which
members stand together) need no table to be seen, and we tell of them first. Each entry: the
message, and what must be true of the request for the message to be true. Nothing here looks at the
other side's answer.
"""

import decimal
import re

TYPES = {"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"}
EXPRESSIONS = {
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
}
SETS = ("SS", "NS", "BS")
VALUE_MEMBERS = ("Item", "Key", "ExpressionAttributeValues", "ExclusiveStartKey", "M")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
PLACEHOLDER = re.compile(r"[#:][A-Za-z0-9_]{1,254}")
INVALID = r"One or more parameter values were invalid: "
MAX_DEPTH = 32


def _body(request):
    body = request.get("body")
    return body if isinstance(body, dict) else {}


def _values(node):
    """Every attribute value of a request, nested ones too; what is no value finds no predicate."""
    if isinstance(node, list):
        for member in node:
            yield from _values(member)
    if not isinstance(node, dict):
        return
    for name, member in node.items():
        if name in VALUE_MEMBERS and isinstance(member, dict):
            yield from member.values()
        elif name == "Keys" and isinstance(member, list):
            for key in member:
                yield from key.values() if isinstance(key, dict) else ()
        elif name in ("AttributeValueList", "L") and isinstance(member, list):
            yield from member
        elif name == "Value":
            yield member
        yield from _values(member)


def _any_value(predicate):
    def holds(request, found):
        values = [value for value in _values(_body(request)) if isinstance(value, dict)]
        return any(predicate(value) for value in values)

    return holds


def _numbers(value):
    texts = [value["N"]] if "N" in value else []
    texts += value["NS"] if isinstance(value.get("NS"), list) else []
    return ["" if text is None else text for text in texts if text is None or isinstance(text, str)]


def _number_fault(text):
    """What is wrong with a number, in a word."""
    if not NUMBER.fullmatch(text):
        return "cannot be converted"
    _, digits, exponent = decimal.Decimal(text).as_tuple()
    shown = "".join(map(str, digits)).strip("0")
    if not shown:
        return None
    if len(shown) > 38:
        return "precision"
    # Leading zeroes are none of a decimal's digits.
    adjusted = len(digits) + exponent - 1
    return "overflow" if adjusted > 125 else "underflow" if adjusted < -130 else None


def _has_number_fault(word):
    return _any_value(lambda value: word in [_number_fault(text) for text in _numbers(value)])


def _duplicates(value):
    for name in SETS:
        members = value.get(name)
        if isinstance(members, list):
            plain = [str(member) for member in members]
            if name == "NS":
                good = [text for text in plain if NUMBER.fullmatch(text)]
                plain = [decimal.Decimal(text).normalize() for text in good]
            if len(set(plain)) < len(plain):
                return True
    return False


def _depth(node):
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return 1 + max(map(_depth, inner), default=0)


def _members(request):
    """The request's members, and those of each table in a batch."""
    yield _body(request)
    items = _body(request).get("RequestItems")
    for part in items.values() if isinstance(items, dict) else ():
        if isinstance(part, dict):
            yield part


def _mixed(request, found):
    """Every member that the message names was sent."""
    sent = {name for members in _members(request) for name in members}
    named = re.findall(r"\w+", " ".join(found.groups()))
    return bool(named) and set(named) <= sent


def _unusable(request, found):
    """Names or values, and none of the expressions that could use them."""
    member = found.group(1)
    able = re.findall(r"\w+Expression", found.group(2) or "")
    for members in _members(request):
        sent = {name for name, value in members.items() if value is not None}
        if member in sent and not sent & (set(able) or EXPRESSIONS):
            return True
    return False


def _bad_placeholder(request, found):
    maps = [members.get(found.group(1)) for members in _members(request)]
    names = [name for one in maps if isinstance(one, dict) for name in one]
    return any(not PLACEHOLDER.fullmatch(name) for name in names)


def _empty_map(request, found):
    return any(members.get(found.group(1)) == {} for members in _members(request))


def _empty_name(request, found):
    def empty(node):
        if isinstance(node, list):
            return any(map(empty, node))
        if not isinstance(node, dict):
            return False
        names = (node.get("ExpressionAttributeNames") or {}).values()
        if "" in node or "" in names or "" in (node.get("AttributesToGet") or ()):
            return True
        return any(map(empty, node.values()))

    return empty(_body(request))


LEGACY_MAPS = ("Expected", "KeyConditions", "QueryFilter", "ScanFilter")


def _legacy(request):
    for name in LEGACY_MAPS:
        conditions = _body(request).get(name)
        for attribute, entry in conditions.items() if isinstance(conditions, dict) else ():
            if isinstance(entry, dict):
                yield attribute, entry


def _legacy_operator(request, found):
    return any(entry.get("ComparisonOperator") == found.group(1) for _, entry in _legacy(request))


def _types(entry):
    """The types in an entry's list."""
    values = entry.get("AttributeValueList")
    members = values if isinstance(values, list) else []
    return {name for value in members if isinstance(value, dict) for name in value}


def _expected_form(request, found):
    """The entry has or lacks what the message says; it names the attribute."""
    expected = _body(request).get("Expected")
    return isinstance(expected, dict) and found.group(1) in expected


def _update_action(request, found):
    """An entry of AttributeUpdates with the message's action and a value."""
    updates = _body(request).get("AttributeUpdates")
    entries = updates.values() if isinstance(updates, dict) else ()
    return any(
        entry.get("Action", "PUT") == found.group(1) and "Value" in entry
        for entry in entries if isinstance(entry, dict)
    )


def _update_without_value(request, found):
    updates = _body(request).get("AttributeUpdates")
    entries = updates.values() if isinstance(updates, dict) else ()
    return any(isinstance(entry, dict) and "Value" not in entry for entry in entries)


def _updates_attribute(request, found):
    """The update names the attribute of the message."""
    body, name = _body(request), found.group(1)
    names = body.get("ExpressionAttributeNames")
    resolved = names.values() if isinstance(names, dict) else ()
    text = body.get("UpdateExpression")
    return (
        name in (body.get("AttributeUpdates") or {})
        or isinstance(text, str) and (name in re.findall(r"[#\w]+", text) or name in resolved)
    )


def _path_into(request, found):
    """Some expression goes on after the name, or after a placeholder of it."""
    name = found.group(1)
    texts = [text for member, text in _body(request).items() if member.endswith("Expression")]
    names = _body(request).get("ExpressionAttributeNames")
    spelled = [name]
    if isinstance(names, dict):
        spelled += [key for key, value in names.items() if value == name]
    going_on = "|".join(re.escape(one) + r"\s*[.\[]" for one in spelled)
    return any(re.search(going_on, text) for text in texts if isinstance(text, str))


def _return_values(request, found):
    return _body(request).get("ReturnValues") not in (None, "NONE", "ALL_OLD")


def _operator_of_few(request, found):
    filled = [_body(request).get(name) for name in LEGACY_MAPS if name != "KeyConditions"]
    return "ConditionalOperator" in _body(request) and all(
        not isinstance(one, dict) or len(one) < 2 for one in filled
    )


def _batch_duplicates(request, found):
    """Of a BatchGetItem. What is the key of a write only the table knows."""
    return any(
        key in keys[:at]
        for keys in (part.get("Keys") for part in _members(request))
        if isinstance(keys, list)
        for at, key in enumerate(keys)
    )


def _writes(request):
    """The writes of a BatchWriteItem."""
    tables = _body(request).get("RequestItems")
    for part in tables.values() if isinstance(tables, dict) else ():
        yield from part if isinstance(part, list) else ()


def _write_of_two_kinds(request):
    """A write of a batch that puts and deletes, or does neither."""
    kinds = ("PutRequest", "DeleteRequest")
    return request["op"] == "BatchWriteItem" and any(
        isinstance(one, dict) and sum(one.get(kind) is not None for kind in kinds) != 1
        for one in _writes(request)
    )


_has_two_types = _any_value(lambda value: len(TYPES & set(value)) > 1)


def _more_than_one_type(request, found):
    return _has_two_types(request, found) or _write_of_two_kinds(request)


TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}|arn:.*")


def _bad_table_name(request, found):
    tables = _body(request).get("RequestItems")
    return isinstance(tables, dict) and not all(map(TABLE_NAME.fullmatch, tables))


def _nulls(node):
    """The name of every member that is null; None for one of a list."""
    members = node.items() if isinstance(node, dict) else ()
    if isinstance(node, list):
        members = [(None, member) for member in node]
    for name, member in members:
        if member is None:
            yield name
        yield from _nulls(member)


def _null_value(request, found):
    return found.group(1) in set(_nulls(_body(request)))


def _on_demand_with_throughput(request, found):
    body = _body(request)
    return body.get("BillingMode") == "PAY_PER_REQUEST" and "ProvisionedThroughput" in body


def _provisioned_without_throughput(request, found):
    body = _body(request)
    provisioned = body.get("BillingMode") in (None, "PROVISIONED")
    return provisioned and "ProvisionedThroughput" not in body


def _index_names(request):
    body = _body(request)
    lists = [body.get("LocalSecondaryIndexes"), body.get("GlobalSecondaryIndexes")]
    return [index.get("IndexName") for one in lists for index in one or () if index]


FAULTS = [
    (r"A value provided cannot be converted into a number", _has_number_fault("cannot be converted")),
    (r"Number overflow\..*", _has_number_fault("overflow")),
    (r"Number underflow\..*", _has_number_fault("underflow")),
    (r"(DynamoDB only supports precision|Attempting to store more than 38).*",
     _has_number_fault("precision")),
    (r"Supplied AttributeValue is empty, .*",
     _any_value(lambda value: all(value.get(name) is None for name in TYPES))),
    (INVALID + r"Duplicate index name: (.*)",
     lambda request, found: _index_names(request).count(found.group(1)) > 1),
    (r"No Attribute Schema Defined",
     lambda request, found: not _body(request).get("AttributeDefinitions")),
    (r"Supplied AttributeValue has more than one datatypes set, .*", _more_than_one_type),
    (r"The supplied Item contains a null AttributeValue(?:: (\S+) is null)?", _null_value),
    (INVALID + r"An string set may not have a null string as a member",
     _any_value(lambda value: any(None in (value.get(name) or ()) for name in SETS))),
    (r"Invalid table/index name\..*", _bad_table_name),
    (INVALID + r"(An (string|number) set  may not be empty|Binary sets should not be empty)",
     _any_value(lambda value: any(value.get(name) == [] for name in SETS))),
    (INVALID + r"Null attribute value types must have the value of true",
     _any_value(lambda value: "NULL" in value and value["NULL"] is not True)),
    (INVALID + r"AttributeValues inside AttributeValueList must be of same type",
     lambda request, found: any(len(_types(entry)) > 1 for _, entry in _legacy(request))),
    (r"(?:" + INVALID + r")?Input collection .*contains duplicates\.?", _any_value(_duplicates)),
    (r"Nesting Levels have exceeded supported limits.*",
     _any_value(lambda value: _depth(value) > MAX_DEPTH)),
    (r"Can not use both expression and non-expression parameters in the same request: "
     r"Non-expression parameters: \{(.*)\} Expression parameters: \{(.*)\}", _mixed),
    (r"(ExpressionAttribute(?:Names|Values)) can only be specified when using expressions(: .*)?",
     _unusable),
    (r"(ExpressionAttribute(?:Names|Values)) contains invalid key: .*", _bad_placeholder),
    (r"(ExpressionAttribute(?:Names|Values)) must not be empty", _empty_map),
    (r"ExpressionAttributeNames contains invalid value: Empty attribute name for key .*",
     _empty_name),
    (INVALID + r"Duplicate value in attribute name: (.*)",
     lambda request, found: any(
         (members.get("AttributesToGet") or []).count(found.group(1)) > 1
         for members in _members(request))),
    (r"Empty attribute name", _empty_name),
    (INVALID + r"ComparisonOperator (\w+) is not valid for \w+ AttributeValue type",
     _legacy_operator),
    (INVALID + r"Invalid number of argument\(s\) for the (\w+) ComparisonOperator",
     _legacy_operator),
    (INVALID + r"[\w ]+(?: with ComparisonOperator: \w+)? for Attribute: (.*)", _expected_form),
    (INVALID + r"(DELETE|ADD) action (?:with value )?is not supported for the type \w+",
     _update_action),
    (INVALID + r"Only DELETE action is allowed when no attribute value is specified",
     _update_without_value),
    (INVALID + r"Cannot update attribute (.*)\. This attribute is part of the key",
     _updates_attribute),
    (r"Key attributes must be scalars; .*: (?:Index)?Key: (.*)", _path_into),
    (r"ReturnValues can only be ALL_OLD or NONE", _return_values),
    (r"The Segment parameter is zero-based and must be less than .*",
     lambda request, found: _body(request)["Segment"] >= _body(request)["TotalSegments"]),
    (r"ConditionalOperator cannot be used without Filter or Expected", _operator_of_few),
    (r"ConditionalOperator can only be used when Filter or Expected has two or more elements",
     _operator_of_few),
    (r"The BETWEEN condition was provided a range where the lower bound is greater than the "
     r"upper bound",
     lambda request, found: "BETWEEN" in [entry.get("ComparisonOperator")
                                          for _, entry in _legacy(request)]),
    (r"Provided list of item keys contains duplicates", _batch_duplicates),
    (INVALID + r"Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when .*",
     _on_demand_with_throughput),
    (INVALID + r"ReadCapacityUnits and WriteCapacityUnits must both be specified when .*",
     _provisioned_without_throughput),
]
COMPILED = [(re.compile(pattern, re.DOTALL), holds) for pattern, holds in FAULTS]
# A value's fault is told with its place.
OF_VALUES = re.compile(r"ExpressionAttributeValues contains invalid value: (.*) for key \S+",
                       re.DOTALL)


def is_true_of(request, message):
    """Whether `message` is known as a request's own fault, and this request has it."""
    placed = OF_VALUES.fullmatch(message)
    text = placed.group(1) if placed else message
    for pattern, holds in COMPILED:
        found = pattern.fullmatch(text)
        if found and holds(request, found):
            return True
    return False
