"""Message texts that DynamoDB and DynamoDB Local word differently: the service's first.

A test that expects one of these accepts either wording; which one a server speaks is decided where
its message texts stand, and the differential test compares them word for word.
"""

NO_TABLE = ("Requested resource not found", "Cannot do operations on a non-existent table")

KEY_MISMATCH = (
    "The provided key element does not match the schema",
    "The number of conditions on the keys is invalid",
    "One of the required keys was not given a value",
    "Type mismatch for key",
)

MISSING_KEY = ("Missing the key", "One of the required keys was not given a value")

KEY_TYPE = ("Type mismatch for key",)

OLD_ONLY = ("ReturnValues can only be ALL_OLD or NONE", "Return values set to invalid value")

SEGMENT_ALONE = (
    "The TotalSegments parameter is required but was not present in the request when Segment "
    "parameter is present",
    "If segment is specified, total segment must also be specified",
)

SEGMENT_MISSING = (
    "The Segment parameter is required but was not present in the request when parameter "
    "TotalSegments is present",
    "If total segments is specified, a particular segment must also be specified",
)

SEGMENT_TOO_BIG = (
    "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
    "Segment: 2 is not less than TotalSegments: 2",
    "Value '2' at 'segment' failed to satisfy constraint",
)

OTHER_SEGMENT = (
    "The provided starting key is invalid: Invalid ExclusiveStartKey",
    "Exclusive start key must lie within the segment",
)

TOO_MANY_DIGITS = (
    "Attempting to store more than 38 significant digits in a Number",
    "DynamoDB only supports precision up to 38 digits",
)

NOT_A_NUMBER = (
    "The parameter cannot be converted to a numeric value",
    "A value provided cannot be converted into a number",
)

HASH_KEY_SIZE = (
    "Size of hashkey has exceeded the maximum size limit of2048 bytes",
    "Hash primary key values must be under 2048 bytes",
)

RANGE_KEY_SIZE = (
    "Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
    "range primary key values must be under 1024 bytes",
)
