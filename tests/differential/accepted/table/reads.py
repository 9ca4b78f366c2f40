"""Where a page begins and ends, and what is in it."""

from accepted.difference import ANSWER, GUIDE, REFERENCE, RULE, Difference
from accepted.matchers import reads
from accepted.table.requests import (
    CREATE,
    CREATE_INDEXED,
    CREATE_PAIR,
    FILTERED_SCAN,
    INDEXED_ITEM,
    ONE_OF_ONE,
    put,
)

AT_THE_BOUND = {
    "TableName": "Pair",
    "KeyConditionExpression": "pk = :a AND sk BETWEEN :a AND :b",
    "ExpressionAttributeValues": {":a": {"S": "a"}, ":b": {"S": "b"}},
    "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"S": "b"}},
}
# By Local's hash the key is in the other half.
OTHER_SEGMENT = {
    "TableName": "Accepted",
    "Segment": 0,
    "TotalSegments": 2,
    "ExclusiveStartKey": {"pk": {"S": "a"}},
}
FILTERED_BY_BYTE = {
    "TableName": "Accepted",
    "ScanFilter": {
        "b1": {"ComparisonOperator": "CONTAINS", "AttributeValueList": [{"B": "/w=="}]}
    },
}

DIFFERENCES = [
    Difference(
        "key-conditions-ne",
        "KeyConditions may not use NE: the client's fault. Local answers 500.",
        GUIDE + "LegacyConditionalParameters.KeyConditions.html",
        RULE,
        reads.unusable_condition,
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
        "start-at-the-bound",
        "A LastEvaluatedKey may be the very bound of the sort key's range, and starts the next "
        "page; Local refuses it.",
        REFERENCE + "API_Query.html",
        RULE,
        reads.start_at_bound,
        [CREATE_PAIR, {"op": "Query", "body": AT_THE_BOUND}],
    ),
    Difference(
        "filter-of-index-scan",
        "A scan of an index filters the index's own entries, with what is projected into them; "
        "Local filters by the table's items.",
        GUIDE + "LSI.html#LSI.Projections",
        RULE,
        reads.filter_of_index_scan,
        [CREATE_INDEXED, INDEXED_ITEM, {"op": "Scan", "body": FILTERED_SCAN}],
    ),
    Difference(
        "slices-of-segments",
        "Which segment of a parallel scan an item belongs to is the server's to say, and differs "
        "between two of them.",
        GUIDE + "Scan.html#Scan.ParallelScan",
        RULE,
        reads.segments_slices,
        [CREATE, {"op": "Scan", "body": OTHER_SEGMENT}],
    ),
    Difference(
        "last-key-at-limit",
        "A query that reaches its limit stops and returns LastEvaluatedKey; Local knows that a "
        "partition key alone has one item.",
        REFERENCE + "API_Query.html",
        ANSWER,
        reads.last_key_at_limit,
        [CREATE, put({}), {"op": "Query", "body": ONE_OF_ONE}],
    ),
    Difference(
        "binary-contains",
        "CONTAINS looks for bytes in bytes; Local makes texts of both, in which all bytes above "
        "127 are the same.",
        REFERENCE + "API_Condition.html",
        ANSWER,
        reads.binary_contains,
        [CREATE, put({"b1": {"B": "gIA="}}), {"op": "Scan", "body": FILTERED_BY_BYTE}],
    ),
]
