"""What an expression may say."""

from accepted.difference import GUIDE, RULE, Difference
from accepted.matchers import expressions
from accepted.table.requests import CREATE, KEY, VALUE_PATH, put

DIFFERENCES = [
    Difference(
        "size-is-reserved",
        "SIZE stands in the list of reserved words; Local takes it as an attribute's name.",
        GUIDE + "ReservedWords.html",
        RULE,
        expressions.size_is_reserved,
        [CREATE, {"op": "GetItem", "body": {**KEY, "ProjectionExpression": "size"}}],
    ),
    Difference(
        "value-in-path",
        "A document path consists of names and indexes; Local reads a value's placeholder after a "
        "dot, and stumbles over it.",
        GUIDE + "Expressions.Attributes.html",
        RULE,
        expressions.value_in_path,
        [CREATE, put({}, **VALUE_PATH)],
    ),
]
