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
