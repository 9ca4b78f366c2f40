"""Which of several faults is told."""

from accepted.difference import GUIDE, REFERENCE, SILENT, Difference
from accepted.matchers import order
from accepted.table.requests import (
    CREATE,
    CREATE_INDEXED,
    CREATE_PAIR,
    FALSE_NUMBER,
    INDEXED_TABLE,
    PAIR_KEY,
    put,
)

EMPTY_AND_TYPE = {
    "TableName": "Pair",
    "KeyConditionExpression": "pk = :a AND sk = :b",
    "ExpressionAttributeValues": {":a": {"S": ""}, ":b": {"N": "1"}},
}
INDEX = INDEXED_TABLE["LocalSecondaryIndexes"][0]
TWICE_INDEXED = {
    **INDEXED_TABLE,
    "AttributeDefinitions": [
        *INDEXED_TABLE["AttributeDefinitions"],
        {"AttributeName": "s2", "AttributeType": "S"},
    ],
    "LocalSecondaryIndexes": [
        INDEX,
        {
            **INDEX,
            "IndexName": "third",
            "KeySchema": [INDEX["KeySchema"][0], {"AttributeName": "s2", "KeyType": "RANGE"}],
        },
    ],
}
EMPTY_INDEX_KEYS = {"sk": {"S": "b"}, "s1": {"S": ""}, "s2": {"S": ""}}
# Local begins with the table that comes last here.
WRONG_KEYS = {"Pair": {"Keys": [{"pk": {"S": "a"}}]}, "Accepted": {"Keys": [{"pk": {"S": ""}}]}}
WRONG_UPDATES = {
    "s1": {"Value": {"N": "2"}},
    "n1": {"Action": "ADD", "Value": {"N": "50"}},
}

DIFFERENCES = [
    Difference(
        "own-faults-first",
        "Of several faults in one request, those that it has by itself are told first; Local "
        "looks at the table, the keys or the condition before some of them. No page decides the "
        "order; a request's own faults need no table, and the answer then is the same whether "
        "the table exists or not.",
        GUIDE + "Programming.Errors.html#Programming.Errors.MessagesAndCodes",
        SILENT,
        order.own_faults_first,
        [{"op": "GetItem", "body": FALSE_NUMBER}],
    ),
    Difference(
        "key-condition-order",
        "A query's values are of their keys' types before any of them is looked at for being empty "
        "or too long; Local looks at all of it for one key after the other.",
        REFERENCE + "API_Query.html",
        SILENT,
        order.key_condition_order,
        [CREATE_PAIR, {"op": "Query", "body": EMPTY_AND_TYPE}],
    ),
    Difference(
        "empty-index-keys",
        "Of two index keys of one item that are empty, either may be told of.",
        GUIDE + "LSI.html",
        SILENT,
        order.empty_index_keys,
        [{"op": "CreateTable", "body": TWICE_INDEXED}, put(EMPTY_INDEX_KEYS)],
    ),
    Difference(
        "order-of-faults-in-a-batch",
        "RequestItems is a map, and has no order in which its tables' faults would be told.",
        REFERENCE + "API_BatchGetItem.html",
        SILENT,
        order.batch_order,
        [CREATE, CREATE_PAIR, {"op": "BatchGetItem", "body": {"RequestItems": WRONG_KEYS}}],
    ),
    Difference(
        "order-of-faults-in-a-legacy-update",
        "What an update makes of an item is known before it is looked at as an index's key; Local "
        "does so too of an UpdateExpression, not of AttributeUpdates.",
        REFERENCE + "API_UpdateItem.html",
        SILENT,
        order.legacy_update_order,
        [
            CREATE_INDEXED,
            put({"sk": {"S": "b"}, "n1": {"N": "1e125"}}),
            {"op": "UpdateItem", "body": {**PAIR_KEY, "AttributeUpdates": WRONG_UPDATES}},
        ],
    ),
]
