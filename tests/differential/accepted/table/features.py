"""What one of the two does not have."""

from accepted.difference import ANSWER, GUIDE, REFERENCE, Difference
from accepted.matchers import features
from accepted.table.requests import CREATE, CREATE_INDEXED, TABLE, TABLE_ARN, put

DIFFERENCES = [
    Difference(
        "operation-missing-in-local",
        "Local has no tags, no DescribeEndpoints and no backups' descriptions.",
        GUIDE + "DynamoDBLocal.UsageNotes.html",
        ANSWER,
        features.missing_operation,
        [CREATE, {"op": "ListTagsOfResource", "body": {"ResourceArn": TABLE_ARN}}],
    ),
    Difference(
        "item-collection-metrics",
        "ReturnItemCollectionMetrics=SIZE returns metrics for a table with local indexes; Local "
        "never does.",
        GUIDE + "DynamoDBLocal.UsageNotes.html",
        ANSWER,
        features.collection_metrics,
        [CREATE_INDEXED, put({"sk": {"S": "b"}}, ReturnItemCollectionMetrics="SIZE")],
    ),
    Difference(
        "global-indexes",
        "Global secondary indexes are a named gap until they are there (docs/compatibility.md).",
        REFERENCE + "API_UpdateTable.html",
        ANSWER,
        features.global_indexes,
        [
            CREATE,
            {"op": "UpdateTable", "body": {**TABLE, "GlobalSecondaryIndexUpdates": [{}]}},
        ],
    ),
]
