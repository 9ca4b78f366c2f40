"""Where the service says the same thing as DynamoDB Local in other words.

Each entry: our text, Local's text (both regular expressions, matched in full), and the page that
the fault itself is documented on. Only the text may differ: type and status are still compared.

What AWS documents is the rule. The texts of the service stand on no page, but for the entries that
are made by `_documented`: there the page has the text too. Of the others we hold that the text is
the classic one of the service; the page decides only that the request is refused.
"""

import dataclasses
import re

GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
REFERENCE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/"
ERRORS = GUIDE + "Programming.Errors.html#Programming.Errors.MessagesAndCodes"
KEYS = GUIDE + "WorkingWithItems.html"
TABLES = GUIDE + "WorkingWithTables.Basics.html"
INVALID = "One or more parameter values were invalid: "


@dataclasses.dataclass
class Wording:
    ours: re.Pattern
    theirs: re.Pattern
    page: str
    text_is_documented: bool


def _wording(ours, theirs, page, text_is_documented=False):
    """The page has the rule, and not the text."""
    compiled = [re.compile(text, re.DOTALL) for text in (ours, theirs)]
    return Wording(*compiled, page, text_is_documented)


def _documented(ours, theirs, page):
    """The page has the rule and the text."""
    return _wording(ours, theirs, page, text_is_documented=True)


WORDINGS = [
    # Tables that are there or not
    _documented(
        r"Requested resource not found(: Table: .* not found)?",
        r"Cannot do operations on a non-existent table",
        GUIDE + "Programming.Errors.html#Programming.Errors.Components",
    ),
    _wording(
        r"Table already exists: .*",
        r"Cannot create preexisting table",
        REFERENCE + "API_CreateTable.html",
    ),
    _wording(
        rf"{INVALID}Number of LocalSecondaryIndexes exceeds per-table limit of 5",
        r"Cannot have more than 5 local secondary indexes per table",
        GUIDE + "ServiceQuotas.html",
    ),
    _wording(
        rf"{INVALID}Index KeySchema does not have the same leading hash key as table KeySchema .*",
        r"Local Secondary indices must have the same hash key as the main table",
        GUIDE + "LSI.html",
    ),
    _wording(
        rf"{INVALID}Aggregated size of all range keys has exceeded .*",
        rf"{INVALID}Size limit exceeded",
        GUIDE + "ServiceQuotas.html",
    ),
    _wording(
        r"One or more parameter values are not valid\. The update expression attempted to update a "
        r"secondary index key to a value that is not supported\. (.*)",
        r"One or more parameter values are not valid\. A value specified for a secondary index key "
        r"is not supported\. .*",
        GUIDE + "LSI.html",
    ),
    _wording(
        rf"{INVALID}ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
        r"If Projection type INCLUDE is specified, some non-key attributes to include in the "
        r"projection must be specified as well",
        REFERENCE + "API_Projection.html",
    ),
    _wording(
        rf"{INVALID}ProjectionType is \w+, but NonKeyAttributes is specified",
        r"No attributes should be specified to be projected unless projection type is INCLUDE",
        REFERENCE + "API_Projection.html",
    ),
    _wording(
        rf"{INVALID}Duplicate attribute name in NonKeyAttributes: .*",
        r"Cannot have two attributes with the same name",
        REFERENCE + "API_Projection.html",
    ),
    _wording(
        rf"{INVALID}Index KeySchema does not have a range key for index: .*",
        r"Local secondary indices must have a range key",
        GUIDE + "LSI.html",
    ),
    # Keys
    _wording(
        r"The provided key element does not match the schema",
        r"The number of conditions on the keys is invalid"
        r"|One of the required keys was not given a value"
        r"|Invalid attribute value type"
        rf"|{INVALID}Type mismatch for key",
        KEYS,
    ),
    _wording(
        rf"{INVALID}Missing the key .* in the item",
        r"One of the required keys was not given a value",
        REFERENCE + "API_PutItem.html",
    ),
    _wording(
        rf"{INVALID}Type mismatch for key .* expected: \w+ actual: \w+",
        rf"{INVALID}Type mismatch for key|Invalid attribute value type",
        REFERENCE + "API_PutItem.html",
    ),
    _wording(
        rf"{INVALID}Type mismatch for Index Key .* Expected: \w+ Actual: \w+ IndexName: .*",
        rf"{INVALID}Type mismatch for Index Key|Invalid attribute value type",
        GUIDE + "LSI.html",
    ),
    _wording(
        r"The update expression attempted to update the secondary index key to unsupported type",
        r"Invalid attribute value type"
        r"|Updates on index keys must be of the same data type as the key attribute",
        GUIDE + "LSI.html",
    ),
    _wording(
        r"The provided starting key is (invalid|outside query boundaries).*",
        r"Type mismatch for attribute to update"
        r"|The provided starting key does not match the range key predicate"
        r"|Exclusive Start Key must have same size as table's key schema"
        r"|The provided starting key is invalid",
        REFERENCE + "API_Query.html",
    ),
    _wording(
        rf"({INVALID})?(Size of hashkey|Aggregated size of all range keys) has exceeded .*",
        r"Hash primary key values must be under 2048 bytes, .*"
        rf"|{INVALID}Aggregated size of all range keys has exceeded .*",
        REFERENCE + "API_PutItem.html",
    ),
    # What a request may ask for
    _wording(
        r"ReturnValues can only be ALL_OLD or NONE",
        r"Return values set to invalid value",
        REFERENCE + "API_PutItem.html",
    ),
    _wording(
        r"The Segment parameter is zero-based and must be less than parameter TotalSegments: .*",
        r"1 validation error detected: Value '.*' at 'segment' failed .*",
        REFERENCE + "API_Scan.html",
    ),
    _wording(
        r"The TotalSegments parameter is required but was not present .*",
        r"If segment is specified, total segment must also be specified",
        REFERENCE + "API_Scan.html",
    ),
    _wording(
        r"The Segment parameter is required but was not present .*",
        r"If total segments is specified, a particular segment must also be specified .*",
        REFERENCE + "API_Scan.html",
    ),
    _wording(
        rf"{INVALID}Duplicate value in attribute name: .*",
        r"Cannot have two attributes with the same name",
        GUIDE + "LegacyConditionalParameters.AttributesToGet.html",
    ),
    # Creating and changing tables
    _wording(
        rf"{INVALID}ReadCapacityUnits and WriteCapacityUnits must both be specified .*",
        r"No provisioned throughput specified for the table",
        TABLES,
    ),
    _wording(
        rf"{INVALID}Some (index )?key attributes are not defined in AttributeDefinitions\. .*"
        r"|Invalid KeySchema: Some index key attribute have no definition",
        r".* [Kk]ey not specified in Attribute Definitions\. *Type unknown\.",
        REFERENCE + "API_CreateTable.html",
    ),
    _wording(
        rf"{INVALID}Table KeySchema does not have a range key, .*",
        r"Local Secondary indices are not allowed on hash tables, .*",
        GUIDE + "LSI.html",
    ),
    _wording(
        rf"{INVALID}(Number of attributes in KeySchema does not exactly match"
        r"|Some AttributeDefinitions are not used\.) .*",
        r"The number of attributes in key schema must match the number of attributes defined .*",
        REFERENCE + "API_CreateTable.html",
    ),
    _wording(
        rf"{INVALID}Duplicate index name: .*",
        r"Two (local|global) secondary indices have the same name"
        r"|Local Secondary Indices AND Global Secondary Indices must have different names",
        REFERENCE + "API_CreateTable.html",
    ),
    _wording(
        r"1 validation error detected: Value at 'keySchema' failed .* less than or equal to 2",
        r"Key Schema too big\. .*",
        REFERENCE + "API_KeySchemaElement.html",
    ),
    _wording(
        rf"{INVALID}Unknown ProjectionType: .*",
        r"Indexes must have a projection specified",
        REFERENCE + "API_Projection.html",
    ),
    _wording(
        r"Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        r"Invalid key order\. .*|No Hash Key specified in schema\. .*",
        REFERENCE + "API_KeySchemaElement.html",
    ),
    _wording(
        r"Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"
        r"|Both the Hash Key and the Range Key element in the KeySchema have the same name",
        r"Too many hash keys specified\. .*|Two keys can not have the same name",
        REFERENCE + "API_KeySchemaElement.html",
    ),
    _wording(
        rf"{INVALID}List of GlobalSecondaryIndexes is empty",
        r"GSI list is empty/invalid",
        REFERENCE + "API_CreateTable.html",
    ),
    _wording(
        r"The provisioned throughput for the table will not change\. .*",
        r"The requested throughput value equals the current value",
        REFERENCE + "API_UpdateTable.html",
    ),
    _wording(
        r"At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, .* is required",
        r"Nothing to update",
        REFERENCE + "API_UpdateTable.html",
    ),
]


def same_meaning(ours, theirs):
    """Whether the two texts are known to say the same."""
    return any(
        wording.ours.fullmatch(ours) and wording.theirs.fullmatch(theirs) for wording in WORDINGS
    )
