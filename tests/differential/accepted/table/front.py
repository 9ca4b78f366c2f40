"""Faults that are found before an operation begins, and the words of faults."""

from accepted.difference import ANSWER, GUIDE, REFERENCE, RULE, Difference
from accepted.matchers import front
from accepted.table.requests import CREATE, KEY, TABLE

DIFFERENCES = [
    Difference(
        "message-member",
        "The text of the service's errors stands in a member called message; Local always says "
        "Message.",
        GUIDE + "Programming.Errors.html#Programming.Errors.Components",
        ANSWER,
        front.message_member,
        [{"op": "DescribeTable", "body": TABLE}],
    ),
    Difference(
        "serialization-exception",
        "A body that is no JSON, or a member of another JSON type than the API's, is the "
        "client's fault: SerializationException, status 400. Local reads some such members "
        "leniently and answers 500 InternalFailure to the rest. The page tells the client's faults "
        "from the server's; it does not have the type.",
        REFERENCE + "CommonErrors.html",
        RULE,
        front.unreadable,
        [CREATE, {"op": "GetItem", "body": {**KEY, "ConsistentRead": "perhaps"}}],
    ),
    Difference(
        "model-constraints",
        "Members that the API reference requires, bounds or enumerates are checked before "
        "anything else, in the service's own words. Local checks some of them late, with other "
        "words, by 500, or not at all.",
        REFERENCE + "API_Operations_Amazon_DynamoDB.html",
        RULE,
        front.model_constraints,
        [CREATE, {"op": "GetItem", "body": {**KEY, "ReturnConsumedCapacity": "SOME"}}],
    ),
    Difference(
        "types-of-common-errors",
        "What fails before an operation is known bears the service's common types; a missing or "
        "malformed X-Amz-Target names no operation. Local uses types of its own, or 500. The page "
        "has MissingAuthenticationTokenException; UnknownOperationException stands on none.",
        GUIDE + "Programming.Errors.html#Programming.Errors.MessagesAndCodes",
        RULE,
        front.front_types,
        [{"op": "ListTables", "text": "{}", "headers": {"X-Amz-Target": "Foo.ListTables"}}],
    ),
    Difference(
        "wording",
        "The service's own words for the same fault, of the same type and status; wordings.py "
        "lists them, each with its page, and says which texts a page has.",
        REFERENCE + "CommonErrors.html",
        RULE,
        front.wording,
        [{"op": "DescribeTable", "body": TABLE}],
    ),
]
