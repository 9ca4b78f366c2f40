"""Tables and what describes them."""

from accepted.difference import ANSWER, GUIDE, REFERENCE, RULE, Difference
from accepted.matchers import tables
from accepted.table.requests import (
    CREATE,
    CREATE_INDEXED,
    HASH_TABLE,
    INDEXED_ITEM,
    PROVISIONED,
    TABLE,
)

LARGE = {
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 128, "WriteCapacityUnits": 128},
}
MOST = {
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 40000, "WriteCapacityUnits": 40000},
}

DIFFERENCES = [
    Difference(
        "described-members",
        "A table's description has its id and what was set for protection, class, encryption and "
        "throughput; Local forgets some of it.",
        REFERENCE + "API_TableDescription.html",
        ANSWER,
        tables.recorded_members,
        [CREATE, {"op": "DescribeTable", "body": TABLE}],
    ),
    Difference(
        "throughput-history",
        "The times of the last increase and decrease are there once there was one, and decreases "
        "are counted; Local keeps no history and tells the year 1970.",
        REFERENCE + "API_ProvisionedThroughputDescription.html",
        ANSWER,
        tables.throughput_history,
        [CREATE, {"op": "DescribeTable", "body": TABLE}],
    ),
    Difference(
        "table-status-while-changing",
        "CreateTable, UpdateTable and DeleteTable answer with CREATING, UPDATING and DELETING; "
        "Local does at once what they ask for and says so.",
        REFERENCE + "API_CreateTable.html",
        ANSWER,
        tables.changing,
        [CREATE],
    ),
    Difference(
        "protection-kept",
        "UpdateTable leaves protection as it is unless it names it; Local takes it away.",
        REFERENCE + "API_UpdateTable.html",
        RULE,
        tables.protection_kept,
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
        ANSWER,
        tables.index_size,
        [CREATE_INDEXED, INDEXED_ITEM, {"op": "DescribeTable", "body": TABLE}],
    ),
    Difference(
        "empty-index-list",
        "A list of indexes that is given names at least one; Local takes an empty one for none.",
        REFERENCE + "API_CreateTable.html",
        RULE,
        tables.empty_index_list,
        [{"op": "CreateTable", "body": {**HASH_TABLE, "LocalSecondaryIndexes": []}}],
    ),
    Difference(
        "throughput-on-demand",
        "A table that is paid for by request takes no provisioned throughput; Local sets it.",
        REFERENCE + "API_UpdateTable.html",
        RULE,
        tables.throughput_on_demand,
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
        "throughput-unchanged",
        "Asking for the throughput that a table has is refused. Local refuses it too, up to 127 "
        "units; greater numbers it compares as objects, and finds none equal.",
        REFERENCE + "API_UpdateTable.html",
        RULE,
        tables.unchanged_throughput,
        [
            {"op": "CreateTable", "body": {**HASH_TABLE, **LARGE}},
            {"op": "UpdateTable", "body": {**TABLE, **LARGE}},
        ],
    ),
    Difference(
        "units-of-an-account",
        "The quota of provisioned units is an account's, which its owner has raised on demand; there "
        "is no account here (docs/compatibility.md). Local has the quota that accounts begin with.",
        GUIDE + "ServiceQuotas.html",
        RULE,
        tables.account_quota,
        [
            {"op": "CreateTable", "body": {**HASH_TABLE, **MOST, "TableName": name}}
            for name in ("First", "Second", "Third")
        ],
    ),
]
