"""The differences from DynamoDB Local that stand, each with its reason and the page that decides
it.

An entry's `settle(request, ours, theirs)` returns both outcomes without its own difference, or
None where it has nothing to say. Outcomes that are equal after every entry has had its turn
differ in accepted ways only. `witness` is a sequence whose last request shows the difference;
when it no longer does, the run says so and fails, so that no entry outlives its reason.
"""

import copy
import dataclasses
import decimal
import re
from collections.abc import Callable

import api_model
import outcome

GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
REFERENCE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/"

VALIDATION = "com.amazon.coral.validate#ValidationException"
SERIALIZATION = "com.amazon.coral.service#SerializationException"
FRONT = "com.amazon.coral.service#"
TABLES = "com.amazonaws.dynamodb.v20120810#"
VIOLATIONS = re.compile(r"\d+ validation errors? detected: ")
VIOLATED_MEMBER = re.compile(r" at '([^']*)' failed to satisfy constraint")


@dataclasses.dataclass
class Difference:
    id: str
    reason: str
    page: str
    settle: Callable
    witness: list


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
    conditions = (request.get("body") or {}).get("KeyConditions")
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


def _number(text):
    """The number as the service prints it: trimmed, without an exponent."""
    try:
        trimmed = decimal.Decimal(text).normalize()
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
PATHS = re.compile(
    r"(Two document paths (?:overlap|conflict) .*path one: \[)(.*)(\], path two: \[)(.*)\]"
)
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


def _overlap(first, second):
    shorter = min(len(first), len(second))
    return first[:shorter] == second[:shorter]


def _overlapping_paths(request, ours, theirs):
    """Only where our second path overlaps the first and Local's does not."""
    mine, other = (PATHS.search(text) for text in _both_messages(ours, theirs))
    if not mine or not other:
        return None
    first, second, wrong = (
        match.group(at).split(", ") for match, at in ((mine, 2), (mine, 4), (other, 4))
    )
    told = _overlap(first, second) or "conflict" in mine.group(1)
    return _agreed(ours, theirs) if told and second != wrong else None


def _size_is_reserved(request, ours, theirs):
    if _client_error(ours, VALIDATION) and RESERVED_SIZE.search(outcome.message(ours) or ""):
        return _agreed(ours, theirs)
    return None


def _value_in_path(request, ours, theirs):
    texts = [text for name, text in (request.get("body") or {}).items() if "Expression" in name]
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
]
RECORDED.append("WarmThroughput")


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


def _scan_of_index_capacity(request, ours, theirs):
    """Local charges a scan of an index by the size of the table's items."""
    if request["op"] != "Scan" or "IndexName" not in request["body"]:
        return None
    if not ours.get("capacity") or not theirs.get("capacity"):
        return None
    if ours["capacity"] == theirs["capacity"]:
        return None
    if set(ours["capacity"]) != set(theirs["capacity"]):
        return None
    return {**ours, "capacity": "(units)"}, {**theirs, "capacity": "(units)"}


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
CREATE = {"op": "CreateTable", "body": HASH_TABLE}
CREATE_INDEXED = {"op": "CreateTable", "body": INDEXED_TABLE}
KEY = {"TableName": "Accepted", "Key": {"pk": {"S": "a"}}}
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


DIFFERENCES = [
    Difference(
        "message-member",
        "The text of the service's errors stands in a member called message; Local always says "
        "Message.",
        GUIDE + "Programming.Errors.html#Programming.Errors.Components",
        _message_member,
        [{"op": "DescribeTable", "body": {"TableName": "Accepted"}}],
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
        "overlapping-paths-named",
        "The message names two paths that overlap; Local sometimes names one that does not.",
        GUIDE + "Expressions.UpdateExpressions.html",
        _overlapping_paths,
        [CREATE, {"op": "GetItem", "body": {**KEY, "ProjectionExpression": "n1,n2,n1[0],n3"}}],
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
        "DescribeTable and its like show what was set for protection, table class, encryption "
        "and throughput; Local forgets some of it.",
        REFERENCE + "API_TableDescription.html",
        _recorded_members,
        [CREATE, {"op": "DescribeTable", "body": {"TableName": "Accepted"}}],
    ),
    Difference(
        "capacity-of-index-scan",
        "A scan of an index reads the index's own entries, and is charged by their size; Local "
        "charges the size of the table's items.",
        GUIDE + "LSI.html",
        _scan_of_index_capacity,
        [
            CREATE_INDEXED,
            _put({"sk": {"S": "b"}, "s1": {"S": "c"}, "s2": {"S": "x" * 20000}}),
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


def judge(pair):
    """(equal, ids): whether the outcomes are equal but for the accepted differences of these
    ids.
    """
    ours, theirs = outcome.reconcile(pair.ours, pair.theirs), pair.theirs
    used = []
    for difference in DIFFERENCES:
        if ours == theirs:
            break
        settled = difference.settle(pair.request, ours, theirs)
        if settled is not None:
            ours, theirs = settled
            used.append(difference.id)
    return ours == theirs, used
