"""What a write does."""

from accepted.difference import ANSWER, GUIDE, REFERENCE, RULE, Difference
from accepted.matchers import writes
from accepted.table.requests import (
    CREATE,
    CREATE_INDEXED,
    INDEXED_TABLE,
    KEY,
    LONG_KEY,
    PAIR_KEY,
    put,
)

ADD_NUMBER = {
    **KEY,
    "AttributeUpdates": {"ns": {"Action": "ADD", "Value": {"NS": ["1E-7"]}}},
}
ALL_INDEXED = {
    **INDEXED_TABLE,
    "LocalSecondaryIndexes": [
        {**INDEXED_TABLE["LocalSecondaryIndexes"][0], "Projection": {"ProjectionType": "ALL"}}
    ],
}
SHORT_ITEM = put({"sk": {"S": "b"}, "s1": {"S": "c"}})
LARGE = {
    **PAIR_KEY,
    "UpdateExpression": "SET s2 = :a",
    "ExpressionAttributeValues": {":a": {"S": "x" * 204800}},
}

DIFFERENCES = [
    Difference(
        "updated-by-nothing",
        "An update that says nothing has updated nothing, whatever ReturnValues asks for; Local "
        "answers 500.",
        REFERENCE + "API_UpdateItem.html",
        RULE,
        writes.updated_by_nothing,
        [CREATE, {"op": "UpdateItem", "body": {**KEY, "ReturnValues": "UPDATED_NEW"}}],
    ),
    Difference(
        "index-keys-kept",
        "An index's key attribute has the defined type and a key's size; Local stores an update's "
        "value of another type, or a longer one.",
        GUIDE + "LSI.html",
        RULE,
        writes.index_key_kept,
        [CREATE_INDEXED, put({"sk": {"S": "b"}}), {"op": "UpdateItem", "body": LONG_KEY}],
    ),
    Difference(
        "nothing-to-delete",
        "AttributeUpdates with nothing but DELETE does nothing where there is no item; Local makes "
        "an item of the key. The generator leaves it out, as it would part the data.",
        GUIDE + "LegacyConditionalParameters.AttributeUpdates.html",
        RULE,
        writes.nothing_to_delete,
        [
            CREATE,
            {"op": "UpdateItem", "body": {**KEY, "AttributeUpdates": {"a": {"Action": "DELETE"}}}},
            {"op": "GetItem", "body": KEY},
        ],
    ),
    Difference(
        "number-sets-of-legacy-updates",
        "ADD makes the union of two sets and DELETE their difference, whatever the way their numbers "
        "are written; Local's AttributeUpdates compares the texts.",
        REFERENCE + "API_UpdateItem.html",
        ANSWER,
        writes.legacy_number_sets,
        [CREATE, put({"ns": {"NS": ["0.0000001"]}}), {"op": "UpdateItem", "body": ADD_NUMBER}],
    ),
    Difference(
        "entries-of-an-update",
        "An item and its entries in the local indexes have 400 KB together, however they come to "
        "be; Local counts the entries of what is put, not of what is updated.",
        GUIDE + "ServiceQuotas.html",
        RULE,
        writes.entries_of_an_update,
        [
            {"op": "CreateTable", "body": ALL_INDEXED},
            SHORT_ITEM,
            {"op": "UpdateItem", "body": LARGE},
        ],
    ),
]
