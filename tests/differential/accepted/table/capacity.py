"""Consumed capacity, and the names of tables in answers."""

from accepted.difference import ANSWER, GUIDE, REFERENCE, RULE, Difference
from accepted.matchers import capacity
from accepted.table.requests import (
    CREATE,
    CREATE_INDEXED,
    INDEXED_ITEM,
    INDEXED_TABLE,
    KEY,
    TABLE_ARN,
)

INDEX = INDEXED_TABLE["LocalSecondaryIndexes"][0]
INCLUDED = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["s2"]}
CREATE_INCLUDED = {
    "op": "CreateTable",
    "body": {**INDEXED_TABLE, "LocalSecondaryIndexes": [{**INDEX, "Projection": INCLUDED}]},
}
PROJECTED_QUERY = {
    "TableName": "Accepted",
    "IndexName": "keys",
    "KeyConditionExpression": "pk = :a",
    "ExpressionAttributeValues": {":a": {"S": "a"}},
    "ProjectionExpression": "s2",
    "ReturnConsumedCapacity": "TOTAL",
}

DIFFERENCES = [
    Difference(
        "named-by-arn",
        "What a request names by its ARN is named so in the answer; Local answers with the name.",
        REFERENCE + "API_ConsumedCapacity.html",
        RULE,
        capacity.named_by_arn,
        [
            CREATE,
            {
                "op": "GetItem",
                "body": {**KEY, "TableName": TABLE_ARN, "ReturnConsumedCapacity": "TOTAL"},
            },
        ],
    ),
    Difference(
        "capacity-not-asked-for",
        "ConsumedCapacity is returned when ReturnConsumedCapacity asks for it; Local returns it "
        "with every DeleteItem of no item.",
        REFERENCE + "API_DeleteItem.html",
        ANSWER,
        capacity.capacity_not_asked_for,
        [CREATE, {"op": "DeleteItem", "body": KEY}],
    ),
    Difference(
        "capacity-of-nothing",
        "A read that finds nothing consumes the least unit, and so does the delete of no item; "
        "Local counts neither in a batch get, nor in some queries and scans, and two for a batched "
        "delete.",
        GUIDE + "read-write-operations.html",
        ANSWER,
        capacity.capacity_of_nothing,
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
        "capacity-of-index-scan",
        "A scan of an index reads the index's own entries, and is charged by their size; Local "
        "charges the size of the table's items.",
        GUIDE + "LSI.html",
        ANSWER,
        capacity.scan_of_index_capacity,
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
    Difference(
        "name-in-message",
        "A text that names a table names it by its name; Local repeats the request's ARN.",
        REFERENCE + "API_BatchWriteItem.html",
        RULE,
        capacity.name_in_message,
        [CREATE, {"op": "BatchWriteItem", "body": {"RequestItems": {TABLE_ARN: []}}}],
    ),
    Difference(
        "projected-is-not-fetched",
        "A query of an index reads the table for attributes that the index lacks; Local charges "
        "the read too where the index has all that is asked for by name.",
        GUIDE + "LSI.html#LSI.ThroughputConsiderations.Reads",
        ANSWER,
        capacity.projected_is_not_fetched,
        [CREATE_INCLUDED, INDEXED_ITEM, {"op": "Query", "body": PROJECTED_QUERY}],
    ),
]
