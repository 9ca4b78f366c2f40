"""The differences from DynamoDB Local that stand, each with its reason and the page that decides
it.

An entry's `settle(request, ours, theirs)` returns both outcomes without its own difference, or
None where it has nothing to say. Outcomes that are equal after every entry has had its turn
differ in accepted ways only. `witness` is a sequence whose last request shows the difference;
when it no longer does, the run says so and fails, so that no entry outlives its reason. None:
no sequence shows it for certain.
"""

import copy
import dataclasses
import decimal
import json
import re
from collections.abc import Callable

import api_model
import outcome
import own_faults
import wordings

GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
REFERENCE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/"

VALIDATION = "com.amazon.coral.validate#ValidationException"
SERIALIZATION = "com.amazon.coral.service#SerializationException"
FRONT = "com.amazon.coral.service#"
TABLES = "com.amazonaws.dynamodb.v20120810#"
INVALID = wordings.INVALID
VIOLATIONS = re.compile(r"\d+ validation errors? detected: ")
VIOLATED_MEMBER = re.compile(r" at '([^']*)' failed to satisfy constraint")


@dataclasses.dataclass
class Difference:
    id: str
    reason: str
    page: str
    settle: Callable
    witness: list | None


def _body(request):
    """The request's body; empty where it is a text of its own."""
    body = request.get("body")
    return body if isinstance(body, dict) else {}


def _agreed(ours, theirs):
    """The other answer is taken for ours: nothing else of the pair is compared."""
    return ours, ours


def _client_error(result, kind):
    return result["status"] == 400 and outcome.error_type(result) == kind


# Faults that are found before an operation begins


def _message_member(request, ours, theirs):
    if "message" not in ours.get("error", {}) or "Message" not in theirs.get("error", {}):
        return None
    theirs = copy.deepcopy(theirs)
    theirs["error"]["message"] = theirs["error"].pop("Message")
    return ours, theirs


def _unreadable(request, ours, theirs):
    if not _client_error(ours, SERIALIZATION):
        return None
    if "text" in request or api_model.has_type_fault(request):
        return _agreed(ours, theirs)
    return None


def _model_constraints(request, ours, theirs):
    """Only where the model is violated by every member that our message names."""
    text = outcome.message(ours) or ""
    if not _client_error(ours, VALIDATION) or not VIOLATIONS.match(text):
        return None
    named = set(VIOLATED_MEMBER.findall(text))
    if named and named <= api_model.violations(request):
        return _agreed(ours, theirs)
    return None


FRONT_TYPES = {
    "UnknownOperationException": "UnknownOperationException",
    "InvalidAction": "UnknownOperationException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
}


def _front_types(request, ours, theirs):
    """Types of the layer before the operations; the text too where the type's name differs."""
    kind, other = outcome.error_type(ours) or "", outcome.error_type(theirs) or ""
    if not kind.startswith(FRONT) or not other.startswith(TABLES) or ours["status"] != 400:
        return None
    name, other = kind[len(FRONT) :], other[len(TABLES) :]
    if FRONT_TYPES.get(other) == name:
        if other != name:
            return _agreed(ours, theirs)
        theirs = copy.deepcopy(theirs)
        theirs["error"]["__type"] = kind
        return ours, theirs
    target = "X-Amz-Target" in request.get("headers", {})
    if target and theirs["status"] == 500 and name == "UnknownOperationException":
        return _agreed(ours, theirs)
    return None


def _unusable_condition(request, ours, theirs):
    conditions = _body(request).get("KeyConditions")
    if theirs["status"] != 500 or not isinstance(conditions, dict):
        return None
    entries = [entry for entry in conditions.values() if isinstance(entry, dict)]
    operators = [entry.get("ComparisonOperator") for entry in entries]
    if "NE" in operators and _client_error(ours, VALIDATION):
        return _agreed(ours, theirs)
    return None


# What Local does not have

MISSING_OPERATIONS = {
    "DescribeContinuousBackups",
    "DescribeEndpoints",
    "ListTagsOfResource",
    "TagResource",
    "UntagResource",
}


def _missing_operation(request, ours, theirs):
    absent = (outcome.error_type(theirs) or "").endswith("#UnknownOperationException")
    ours_absent = (outcome.error_type(ours) or "").endswith("#UnknownOperationException")
    if absent and not ours_absent and request["op"] in MISSING_OPERATIONS:
        return _agreed(ours, theirs) if ours["status"] in (200, 400) else None
    return None


METRICS = "ItemCollectionMetrics"


def _collection_metrics(request, ours, theirs):
    """Only the member itself goes; the rest of both answers is still compared."""
    if METRICS not in outcome.body(ours) or METRICS in outcome.body(theirs):
        return None
    ours = copy.deepcopy(ours)
    del ours["body"][METRICS]
    return ours, theirs


# Numbers


EXACT = decimal.Context(prec=400)


def _number(text):
    """The number as the service prints it: trimmed, without an exponent."""
    try:
        trimmed = EXACT.normalize(decimal.Decimal(text))
    except decimal.InvalidOperation:
        return text
    return format(trimmed, "f") if trimmed else "0"


def _trimmed(value):
    """`value` with every number of an attribute value trimmed."""
    if isinstance(value, list):
        return [_trimmed(member) for member in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"N"} and isinstance(value["N"], str):
        return {"N": _number(value["N"])}
    if set(value) == {"NS"} and isinstance(value["NS"], list):
        return {"NS": sorted(_number(member) for member in value["NS"])}
    return {name: _trimmed(member) for name, member in value.items()}


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


def _numbers(request, ours, theirs):
    """Only where all of our numbers are printed as the service does."""
    plain = [_resorted(request, _trimmed(result)) for result in (ours, theirs)]
    if plain[0] != _resorted(request, ours) or plain[1] == theirs:
        return None
    return plain[0], plain[1]


# Expressions

NUMBER_OPERAND = re.compile(r"\{N:([^{}]*)\}")
RESERVED_SIZE = re.compile(r"reserved keyword; reserved keyword: size$", re.IGNORECASE)
VALUE_IN_PATH = re.compile(r"\.\s*:")


def _both_messages(ours, theirs):
    """Both texts, when both are faults of validation; else empty."""
    kinds = {outcome.error_type(ours), outcome.error_type(theirs)}
    if kinds != {VALIDATION}:
        return "", ""
    return outcome.message(ours) or "", outcome.message(theirs) or ""


def _number_operands(request, ours, theirs):
    mine, other = _both_messages(ours, theirs)
    if not NUMBER_OPERAND.search(mine):
        return None
    plain = [NUMBER_OPERAND.sub(lambda m: _number(m.group(1)), text) for text in (mine, other)]
    return _agreed(ours, theirs) if plain[0] == plain[1] else None


def _size_is_reserved(request, ours, theirs):
    if _client_error(ours, VALIDATION) and RESERVED_SIZE.search(outcome.message(ours) or ""):
        return _agreed(ours, theirs)
    return None


def _value_in_path(request, ours, theirs):
    texts = [text for name, text in _body(request).items() if "Expression" in name]
    if _client_error(ours, VALIDATION) and _client_error(theirs, VALIDATION):
        if any(isinstance(text, str) and VALUE_IN_PATH.search(text) for text in texts):
            return _agreed(ours, theirs)
    return None


# Table descriptions

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


def _recorded_members(request, ours, theirs):
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


def _throughput_history(request, ours, theirs):
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


def _protection_kept(request, ours, theirs):
    """What UpdateTable does not name stays; so does the refusal to delete."""
    text = outcome.message(ours) or ""
    if request["op"] == "DeleteTable" and outcome.succeeded(theirs):
        return _agreed(ours, theirs) if text.startswith(PROTECTED) else None
    mine, other = _description(ours), _description(theirs)
    member = "DeletionProtectionEnabled"
    if not mine or not other or member in _body(request) or not mine.get(member):
        return None
    theirs = copy.deepcopy(theirs)
    _description(theirs)[member] = True
    return ours, theirs


def _changing(request, ours, theirs):
    """The answer that begins a change tells of the change; Local has made it already."""
    mine, other = _description(ours), _description(theirs)
    if not mine or not other or mine.get("TableStatus") != CHANGING.get(request["op"]):
        return None
    theirs = copy.deepcopy(theirs)
    _description(theirs)["TableStatus"] = mine["TableStatus"]
    return ours, theirs


def _index_size(request, ours, theirs):
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


# Words and units


def _wording(request, ours, theirs):
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


CAPACITY = "ConsumedCapacity"


def _capacity_not_asked_for(request, ours, theirs):
    asked = _body(request).get("ReturnConsumedCapacity", "NONE")
    if request["op"] != "DeleteItem" or asked != "NONE" or CAPACITY in outcome.body(ours):
        return None
    if CAPACITY not in outcome.body(theirs):
        return None
    theirs = copy.deepcopy(theirs)
    del theirs["body"][CAPACITY]
    return ours, theirs


def _capacity_of_nothing(request, ours, theirs):
    """Batches, and queries that return nothing: only the units differ."""
    if request["op"] == "Query" and ours.get("scanned") == 0 and theirs.get("scanned") == 0:
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


TABLE_ARN_PREFIX = "arn:aws:dynamodb:(region):(account):table/"


def _named_by_arn(request, ours, theirs):
    """Our ARNs of tables, where the request used one, are Local's names."""
    if "arn:aws:dynamodb:" not in outcome.canonical(_body(request)):
        return None
    if "body" not in ours or request["op"] in CHANGING or request["op"] == "DescribeTable":
        return None

    def named(value):
        if isinstance(value, dict):
            return {named(name): named(member) for name, member in value.items()}
        if isinstance(value, list):
            return [named(member) for member in value]
        return value.removeprefix(TABLE_ARN_PREFIX) if isinstance(value, str) else value

    plain = {**ours, "body": named(ours["body"])}
    return None if plain == ours else (plain, theirs)


# Requests that one of the two takes and the other does not


EMPTY_LIST = INVALID + "List of LocalSecondaryIndexes is empty"
ON_DEMAND = INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when"


def _empty_index_list(request, ours, theirs):
    if _client_error(ours, VALIDATION) and outcome.message(ours) == EMPTY_LIST:
        if _body(request).get("LocalSecondaryIndexes") == []:
            return _agreed(ours, theirs)
    return None


def _throughput_on_demand(request, ours, theirs):
    if not _client_error(ours, VALIDATION) or not outcome.succeeded(theirs):
        return None
    told = (outcome.message(ours) or "").startswith(ON_DEMAND)
    return _agreed(ours, theirs) if told and "ProvisionedThroughput" in _body(request) else None


def _updated_by_nothing(request, ours, theirs):
    """UPDATED_OLD or UPDATED_NEW of an update that says nothing."""
    body = _body(request)
    nothing = not body.get("UpdateExpression") and not body.get("AttributeUpdates")
    if request["op"] == "UpdateItem" and nothing and theirs["status"] == 500:
        updated = str(body.get("ReturnValues")).startswith("UPDATED")
        return _agreed(ours, theirs) if updated and outcome.succeeded(ours) else None
    return None


def _nothing_to_delete(request, ours, theirs):
    """An item of the key alone, which Local has made."""
    made = outcome.body(theirs).get("Item")
    if request["op"] == "GetItem" and "Item" not in outcome.body(ours) and made is not None:
        return _agreed(ours, theirs) if made == _body(request).get("Key") else None
    return None


LAST = "LastEvaluatedKey"


def _last_key_at_limit(request, ours, theirs):
    """Our key where the limit is reached, and the empty page that it leads to."""
    body, limit = outcome.body(ours), _body(request).get("Limit")
    if request["op"] != "Query" or not isinstance(limit, int):
        return None
    if theirs["status"] == "no such page":
        return _agreed(ours, theirs) if body.get("ScannedCount") == 0 else None
    if body.get("ScannedCount") != limit or LAST not in body or LAST in outcome.body(theirs):
        return None
    return {**ours, "body": {name: body[name] for name in body if name != LAST}}, theirs


def _scan_of_index_capacity(request, ours, theirs):
    """Local charges a scan of an index by the size of the table's items."""
    if request["op"] != "Scan" or "IndexName" not in _body(request):
        return None
    if not ours.get("capacity") or not theirs.get("capacity"):
        return None
    if ours["capacity"] == theirs["capacity"]:
        return None
    if set(ours["capacity"]) != set(theirs["capacity"]):
        return None
    return {**ours, "capacity": "(units)"}, {**theirs, "capacity": "(units)"}


ORDERED_FAULTS = (
    "ValidationException",
    "ResourceNotFoundException",
    "ResourceInUseException",
    "ConditionalCheckFailedException",
)


def _own_faults_first(request, ours, theirs):
    """Two faults of one request: ours must be true of the request, and both must refuse it."""
    kind = (outcome.error_type(theirs) or "").rpartition("#")[2]
    if not _client_error(ours, VALIDATION) or kind not in ORDERED_FAULTS:
        return None
    if theirs["status"] != 400 or outcome.message(ours) == outcome.message(theirs):
        return None
    true = own_faults.is_true_of(request, outcome.message(ours) or "")
    return _agreed(ours, theirs) if true else None


def _subset(some, all_of):
    rest = [outcome.canonical(item) for item in all_of]
    for item in some:
        if outcome.canonical(item) not in rest:
            return False
        rest.remove(outcome.canonical(item))
    return True


def _filter_of_index_scan(request, ours, theirs):
    """One's items are some of the other's: what an entry lacks is NULL to a filter."""
    body = _body(request)
    if request["op"] != "Scan" or "IndexName" not in body:
        return None
    if "FilterExpression" not in body and "ScanFilter" not in body:
        return None
    mine, other = ours.get("items"), theirs.get("items")
    if not isinstance(mine, list) or not isinstance(other, list):
        return None
    some, all_of = sorted((mine, other), key=len)
    return _agreed(ours, theirs) if _subset(some, all_of) else None


OUTSIDE_SEGMENT = "Exclusive start key must lie within the segment"


def _segments_slices(request, ours, theirs):
    """A start key in one of the segments here and in another one there."""
    body = _body(request)
    if request["op"] != "Scan" or not {"Segment", "ExclusiveStartKey"} <= set(body):
        return None
    told = [outcome.message(one) == OUTSIDE_SEGMENT for one in (ours, theirs)]
    fine = [outcome.succeeded(one) for one in (ours, theirs)]
    return _agreed(ours, theirs) if any(told) and any(fine) else None


# What a query's key condition and its start key are refused for.
KEY_CONDITION_FAULTS = re.compile(
    rf"{INVALID}(Condition parameter type does not match schema type"
    r"|(Aggregated size of all range keys|Size of hashkey) has exceeded .*)"
    r"|Exclusive Start Key must have same size as table's key schema"
    r"|The BETWEEN condition was provided a range where the lower bound is greater than .*"
    r"|(The query can return at most one row and cannot be restarted\. )?"
    r"The provided starting key (is invalid|is outside|does not match).*"
    r"|One or more parameter values are not valid\. .*empty (string|binary) value.*",
    re.DOTALL,
)


def _key_condition_order(request, ours, theirs):
    """Both refuse the key condition or the start key, for two different faults."""
    mine, other = _both_messages(ours, theirs)
    if request["op"] != "Query" or not KEY_CONDITION_FAULTS.fullmatch(mine):
        return None
    return _agreed(ours, theirs) if KEY_CONDITION_FAULTS.fullmatch(other) else None


OUTSIDE_PREDICATE = "The provided starting key does not match the range key predicate"


def _start_at_bound(request, ours, theirs):
    """The start key is the bound itself of `<=`, `>=` or BETWEEN; nothing may follow it."""
    body = _body(request)
    if request["op"] != "Query" or not outcome.succeeded(ours):
        return None
    start, given = body.get("ExclusiveStartKey"), body.get("ExpressionAttributeValues")
    if outcome.message(theirs) != OUTSIDE_PREDICATE or not start or not given:
        return None
    bounds = [_trimmed(value) for value in given.values()]
    at_bound = [_trimmed(value) in bounds for value in start.values()]
    return _agreed(ours, theirs) if sum(at_bound) > 1 else None


ITEM_TOO_LARGE = "Item size has exceeded the maximum allowed size"


def _batch_order(request, ours, theirs):
    """A table that is missing, and an item that is too large or a wrong key of another table."""
    if request["op"] not in ("BatchGetItem", "BatchWriteItem"):
        return None
    kinds = [(outcome.error_type(one) or "").rpartition("#")[2] for one in (ours, theirs)]
    several = len(_body(request).get("RequestItems") or {}) > 1
    several = several or outcome.message(theirs) == ITEM_TOO_LARGE
    expected = ["ResourceNotFoundException", "ValidationException"]
    return _agreed(ours, theirs) if several and sorted(kinds) == expected else None


INDEX_KEY_TYPE = (
    "The update expression attempted to update the secondary index key to unsupported type"
)
INDEX_KEY_SIZE = INVALID + "Aggregated size of all range keys has exceeded the size limit"


def _index_key_kept(request, ours, theirs):
    """Local stores an index key of a wrong type or size."""
    text = outcome.message(ours) or ""
    if request["op"] != "UpdateItem" or not _client_error(ours, VALIDATION):
        return None
    if not outcome.succeeded(theirs):
        return None
    told = text == INDEX_KEY_TYPE or text.startswith(INDEX_KEY_SIZE)
    return _agreed(ours, theirs) if told else None


NO_GLOBAL_INDEXES = "GlobalSecondaryIndexUpdates is not supported: "


def _global_indexes(request, ours, theirs):
    """Ours refuses them by name, Local has its own faults to tell of."""
    text = outcome.message(ours) or ""
    if request["op"] != "UpdateTable" or not text.startswith(NO_GLOBAL_INDEXES):
        return None
    return _agreed(ours, theirs) if "GlobalSecondaryIndexUpdates" in _body(request) else None


HASH_TABLE = {
    "TableName": "Accepted",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
INDEXED_TABLE = {
    "TableName": "Accepted",
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
        {"AttributeName": "s1", "AttributeType": "S"},
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "keys",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "s1", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
TABLE = {"TableName": "Accepted"}
PROVISIONED = {
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
}
CREATE = {"op": "CreateTable", "body": HASH_TABLE}
CREATE_INDEXED = {"op": "CreateTable", "body": INDEXED_TABLE}
KEY = {"TableName": "Accepted", "Key": {"pk": {"S": "a"}}}
ONE_OF_ONE = {
    "TableName": "Accepted",
    "KeyConditionExpression": "pk = :a",
    "ExpressionAttributeValues": {":a": {"S": "a"}},
    "Limit": 1,
}
BETWEEN = {
    "ConditionExpression": "n1 BETWEEN :a AND :b",
    "ExpressionAttributeValues": {":a": {"N": "1e1"}, ":b": {"N": "1"}},
}
VALUE_PATH = {
    "ConditionExpression": "attribute_type(s1, zz. :a)",
    "ExpressionAttributeValues": {":a": {"S": "S"}},
}
TABLE_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/Accepted"


def _put(item, **members):
    body = {"TableName": "Accepted", "Item": {"pk": {"S": "a"}, **item}, **members}
    return {"op": "PutItem", "body": body}


INDEXED_ITEM = _put({"sk": {"S": "b"}, "s1": {"S": "c"}, "s2": {"S": "x" * 20000}})

FALSE_NUMBER = {**KEY, "Key": {"pk": {"N": "one"}}}
LONG_KEY = {
    "TableName": "Accepted",
    "Key": {"pk": {"S": "a"}, "sk": {"S": "b"}},
    "UpdateExpression": "SET s1 = :a",
    "ExpressionAttributeValues": {":a": {"S": "x" * 1025}},
}
FILTERED_SCAN = {
    "TableName": "Accepted",
    "IndexName": "keys",
    "FilterExpression": "attribute_exists(s2)",
}

DIFFERENCES = [
    Difference(
        "message-member",
        "The text of the service's errors stands in a member called message; Local always says "
        "Message.",
        GUIDE + "Programming.Errors.html#Programming.Errors.Components",
        _message_member,
        [{"op": "DescribeTable", "body": TABLE}],
    ),
    Difference(
        "serialization-exception",
        "A body that is no JSON, or a member of another JSON type than the API's, is the "
        "client's fault: SerializationException, status 400. Local reads some such members "
        "leniently and answers 500 InternalFailure to the rest.",
        REFERENCE + "CommonErrors.html",
        _unreadable,
        [CREATE, {"op": "GetItem", "body": {**KEY, "ConsistentRead": "perhaps"}}],
    ),
    Difference(
        "model-constraints",
        "Members that the API reference requires, bounds or enumerates are checked before "
        "anything else, in the service's own words. Local checks some of them late, with other "
        "words, by 500, or not at all.",
        REFERENCE + "API_Operations_Amazon_DynamoDB.html",
        _model_constraints,
        [CREATE, {"op": "GetItem", "body": {**KEY, "ReturnConsumedCapacity": "SOME"}}],
    ),
    Difference(
        "types-of-common-errors",
        "What fails before an operation is known bears the service's common types; a missing or "
        "malformed X-Amz-Target names no operation. Local uses types of its own, or 500.",
        GUIDE + "Programming.Errors.html#Programming.Errors.MessagesAndCodes",
        _front_types,
        [{"op": "ListTables", "text": "{}", "headers": {"X-Amz-Target": "Foo.ListTables"}}],
    ),
    Difference(
        "key-conditions-ne",
        "KeyConditions may not use NE: the client's fault. Local answers 500.",
        GUIDE + "LegacyConditionalParameters.KeyConditions.html",
        _unusable_condition,
        [
            CREATE_INDEXED,
            {
                "op": "Query",
                "body": {
                    "TableName": "Accepted",
                    "KeyConditions": {
                        "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]},
                        "sk": {"ComparisonOperator": "NE", "AttributeValueList": [{"S": "a"}]},
                    },
                },
            },
        ],
    ),
    Difference(
        "operation-missing-in-local",
        "Local has no tags, no DescribeEndpoints and no backups' descriptions.",
        GUIDE + "DynamoDBLocal.UsageNotes.html",
        _missing_operation,
        [CREATE, {"op": "ListTagsOfResource", "body": {"ResourceArn": TABLE_ARN}}],
    ),
    Difference(
        "item-collection-metrics",
        "ReturnItemCollectionMetrics=SIZE returns metrics for a table with local indexes; Local "
        "never does.",
        GUIDE + "DynamoDBLocal.UsageNotes.html",
        _collection_metrics,
        [CREATE_INDEXED, _put({"sk": {"S": "b"}}, ReturnItemCollectionMetrics="SIZE")],
    ),
    Difference(
        "numbers-trimmed",
        "Leading and trailing zeroes of numbers are trimmed wherever a number stands; Local keeps "
        "the given text inside lists and maps and in what update expressions write.",
        GUIDE + "HowItWorks.NamingRulesDataTypes.html",
        _numbers,
        [CREATE, _put({"l1": {"L": [{"N": "1.50"}]}}), {"op": "GetItem", "body": KEY}],
    ),
    Difference(
        "numbers-in-messages",
        "A message that shows a number operand shows it trimmed, as numbers are everywhere; Local "
        "repeats the request's text.",
        GUIDE + "HowItWorks.NamingRulesDataTypes.html",
        _number_operands,
        [CREATE, _put({}, **BETWEEN)],
    ),
    Difference(
        "size-is-reserved",
        "SIZE stands in the list of reserved words; Local takes it as an attribute's name.",
        GUIDE + "ReservedWords.html",
        _size_is_reserved,
        [CREATE, {"op": "GetItem", "body": {**KEY, "ProjectionExpression": "size"}}],
    ),
    Difference(
        "value-in-path",
        "A document path consists of names and indexes; Local reads a value's placeholder after a "
        "dot, and stumbles over it.",
        GUIDE + "Expressions.Attributes.html",
        _value_in_path,
        [CREATE, _put({}, **VALUE_PATH)],
    ),
    Difference(
        "described-members",
        "A table's description has its id and what was set for protection, class, encryption and "
        "throughput; Local forgets some of it.",
        REFERENCE + "API_TableDescription.html",
        _recorded_members,
        [CREATE, {"op": "DescribeTable", "body": TABLE}],
    ),
    Difference(
        "throughput-history",
        "The times of the last increase and decrease are there once there was one, and decreases "
        "are counted; Local keeps no history and tells the year 1970.",
        REFERENCE + "API_ProvisionedThroughputDescription.html",
        _throughput_history,
        [CREATE, {"op": "DescribeTable", "body": TABLE}],
    ),
    Difference(
        "table-status-while-changing",
        "CreateTable, UpdateTable and DeleteTable answer with CREATING, UPDATING and DELETING; "
        "Local does at once what they ask for and says so.",
        REFERENCE + "API_CreateTable.html",
        _changing,
        [CREATE],
    ),
    Difference(
        "protection-kept",
        "UpdateTable leaves protection as it is unless it names it; Local takes it away.",
        REFERENCE + "API_UpdateTable.html",
        _protection_kept,
        [
            CREATE,
            {"op": "UpdateTable", "body": {**TABLE, "DeletionProtectionEnabled": True}},
            {"op": "UpdateTable", "body": {**TABLE, **PROVISIONED}},
        ],
    ),
    Difference(
        "size-of-index",
        "An index's size is that of the entries in it, with what is projected; Local counts whole "
        "items.",
        REFERENCE + "API_LocalSecondaryIndexDescription.html",
        _index_size,
        [CREATE_INDEXED, INDEXED_ITEM, {"op": "DescribeTable", "body": TABLE}],
    ),
    Difference(
        "wording",
        "The service's own words for the same fault, of the same type and status; wordings.py "
        "lists them, each with its page.",
        REFERENCE + "CommonErrors.html",
        _wording,
        [{"op": "DescribeTable", "body": TABLE}],
    ),
    Difference(
        "capacity-not-asked-for",
        "ConsumedCapacity is returned when ReturnConsumedCapacity asks for it; Local returns it "
        "with every DeleteItem of no item.",
        REFERENCE + "API_DeleteItem.html",
        _capacity_not_asked_for,
        [CREATE, {"op": "DeleteItem", "body": KEY}],
    ),
    Difference(
        "capacity-of-nothing",
        "A read that finds nothing consumes the least unit, and so does the delete of no item; "
        "Local counts neither in a batch get, nor in some queries, and two for a batched delete.",
        GUIDE + "read-write-operations.html",
        _capacity_of_nothing,
        [
            CREATE,
            {
                "op": "BatchGetItem",
                "body": {
                    "RequestItems": {"Accepted": {"Keys": [KEY["Key"]]}},
                    "ReturnConsumedCapacity": "TOTAL",
                },
            },
        ],
    ),
    Difference(
        "named-by-arn",
        "What a request names by its ARN is named so in the answer; Local answers with the name.",
        REFERENCE + "API_ConsumedCapacity.html",
        _named_by_arn,
        [
            CREATE,
            {
                "op": "GetItem",
                "body": {**KEY, "TableName": TABLE_ARN, "ReturnConsumedCapacity": "TOTAL"},
            },
        ],
    ),
    Difference(
        "empty-index-list",
        "A list of indexes that is given names at least one; Local takes an empty one for none.",
        REFERENCE + "API_CreateTable.html",
        _empty_index_list,
        [{"op": "CreateTable", "body": {**HASH_TABLE, "LocalSecondaryIndexes": []}}],
    ),
    Difference(
        "throughput-on-demand",
        "A table that is paid for by request takes no provisioned throughput; Local sets it.",
        REFERENCE + "API_UpdateTable.html",
        _throughput_on_demand,
        [
            CREATE,
            {
                "op": "UpdateTable",
                "body": {
                    **TABLE,
                    "ProvisionedThroughput": PROVISIONED["ProvisionedThroughput"],
                },
            },
        ],
    ),
    Difference(
        "updated-by-nothing",
        "An update that says nothing has updated nothing, whatever ReturnValues asks for; Local "
        "answers 500.",
        REFERENCE + "API_UpdateItem.html",
        _updated_by_nothing,
        [CREATE, {"op": "UpdateItem", "body": {**KEY, "ReturnValues": "UPDATED_NEW"}}],
    ),
    Difference(
        "own-faults-first",
        "Of several faults in one request, those that it has by itself are told first; Local "
        "looks at the table, the keys or the condition before some of them. No page decides the "
        "order; a request's own faults need no table, and the answer then is the same whether "
        "the table exists or not.",
        GUIDE + "Programming.Errors.html#Programming.Errors.MessagesAndCodes",
        _own_faults_first,
        [{"op": "GetItem", "body": FALSE_NUMBER}],
    ),
    Difference(
        "key-condition-order",
        "Of several faults of a query's key condition and start key, no page says which is told.",
        REFERENCE + "API_Query.html",
        _key_condition_order,
        None,
    ),
    Difference(
        "start-at-the-bound",
        "A LastEvaluatedKey may be the very bound of the sort key's range, and starts the next "
        "page; Local refuses it.",
        REFERENCE + "API_Query.html",
        _start_at_bound,
        None,
    ),
    Difference(
        "order-of-faults-in-a-batch",
        "RequestItems is a map, and has no order in which its tables' faults would be told; no page "
        "says whether an item's size comes before its table.",
        REFERENCE + "API_BatchGetItem.html",
        _batch_order,
        None,
    ),
    Difference(
        "filter-of-index-scan",
        "A scan of an index filters the index's own entries, with what is projected into them; "
        "Local filters by the table's items.",
        GUIDE + "LSI.html#LSI.Projections",
        _filter_of_index_scan,
        [CREATE_INDEXED, INDEXED_ITEM, {"op": "Scan", "body": FILTERED_SCAN}],
    ),
    Difference(
        "slices-of-segments",
        "Which segment of a parallel scan an item belongs to is the server's to say, and differs "
        "between two of them.",
        GUIDE + "Scan.html#Scan.ParallelScan",
        _segments_slices,
        None,
    ),
    Difference(
        "index-keys-kept",
        "An index's key attribute has the defined type and a key's size; Local stores an update's "
        "value of another type, or a longer one.",
        GUIDE + "LSI.html",
        _index_key_kept,
        [CREATE_INDEXED, _put({"sk": {"S": "b"}}), {"op": "UpdateItem", "body": LONG_KEY}],
    ),
    Difference(
        "global-indexes",
        "Global secondary indexes are a named gap until they are there (docs/compatibility.md).",
        REFERENCE + "API_UpdateTable.html",
        _global_indexes,
        [
            CREATE,
            {"op": "UpdateTable", "body": {**TABLE, "GlobalSecondaryIndexUpdates": [{}]}},
        ],
    ),
    Difference(
        "nothing-to-delete",
        "AttributeUpdates with nothing but DELETE does nothing where there is no item; Local makes "
        "an item of the key. The generator leaves it out, as it would part the data.",
        GUIDE + "LegacyConditionalParameters.AttributeUpdates.html",
        _nothing_to_delete,
        [
            CREATE,
            {"op": "UpdateItem", "body": {**KEY, "AttributeUpdates": {"a": {"Action": "DELETE"}}}},
            {"op": "GetItem", "body": KEY},
        ],
    ),
    Difference(
        "last-key-at-limit",
        "A query that reaches its limit stops and returns LastEvaluatedKey; Local knows that a "
        "partition key alone has one item.",
        REFERENCE + "API_Query.html",
        _last_key_at_limit,
        [CREATE, _put({}), {"op": "Query", "body": ONE_OF_ONE}],
    ),
    Difference(
        "capacity-of-index-scan",
        "A scan of an index reads the index's own entries, and is charged by their size; Local "
        "charges the size of the table's items.",
        GUIDE + "LSI.html",
        _scan_of_index_capacity,
        [
            CREATE_INDEXED,
            INDEXED_ITEM,
            {
                "op": "Scan",
                "body": {
                    "TableName": "Accepted",
                    "IndexName": "keys",
                    "ReturnConsumedCapacity": "TOTAL",
                },
            },
        ],
    ),
]


def _read(request):
    """A request that is sent as a text, with the body that the text is."""
    if "text" not in request:
        return request
    try:
        return {**request, "body": json.loads(request["text"])}
    except (ValueError, RecursionError):
        return request


def judge(pair):
    """(equal, ids): whether the outcomes are equal but for the accepted differences of these
    ids.
    """
    ours, theirs = outcome.reconcile(pair.ours, pair.theirs), pair.theirs
    request = _read(pair.request)
    used = []
    for difference in DIFFERENCES:
        if ours == theirs:
            break
        settled = difference.settle(request, ours, theirs)
        if settled is not None:
            ours, theirs = settled
            used.append(difference.id)
    return ours == theirs, used
