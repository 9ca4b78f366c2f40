"""What a kept data directory holds: tables of every kind, and writes in three lives of the node.

Binary values are written as bytes here and numbers as is short; `encoded` gives them the form in which
a node shows them, so that they can be compared as they are.
"""

import base64
import decimal

HASH, RANGE = "HASH", "RANGE"
# Key values at the edges of what each type takes.
KEYS = {
    "S": [{"S": "a"}, {"S": "a\x00b"}, {"S": "ä€😀"}, {"S": "z" * 300}],
    "N": [
        {"N": "-9.9999999999999999999999999999999999999E+125"},
        {"N": "-1"},
        {"N": "0"},
        {"N": "0.5"},
        {"N": "12345678901234567890123456789012345678"},
        {"N": "1E-130"},
    ],
    "B": [{"B": b"\x00"}, {"B": b"\x00\xff\x00"}, {"B": b"\xff" * 40}],
}


def encoded(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: written_out(name, encoded(member)) for name, member in value.items()}
    return [encoded(member) for member in value] if isinstance(value, list) else value


def written_out(name, content):
    """Of a number or a set of numbers: all digits, no exponent."""
    if name == "N" and isinstance(content, str):
        return f"{decimal.Decimal(content):f}"
    return [written_out("N", number) for number in content] if name == "NS" else content


def table(name, keys, indexes=(), **more):
    """A CreateTable; `keys` are (attribute, type) pairs, `indexes` (name, attribute, type, projection)."""
    types = dict(keys) | {attribute: kind for _, attribute, kind, _ in indexes}
    request = {
        "TableName": name,
        "AttributeDefinitions": [
            {"AttributeName": attribute, "AttributeType": kind} for attribute, kind in types.items()
        ],
        "KeySchema": schema([attribute for attribute, _ in keys]),
    }
    if indexes:
        request["LocalSecondaryIndexes"] = [
            {
                "IndexName": index,
                "KeySchema": schema([keys[0][0], attribute]),
                "Projection": projection,
            }
            for index, attribute, _, projection in indexes
        ]
    if "ProvisionedThroughput" not in more:
        request["BillingMode"] = "PAY_PER_REQUEST"
    return request | more


def schema(attributes):
    kinds = (HASH, RANGE)
    return [{"AttributeName": a, "KeyType": kinds[i]} for i, a in enumerate(attributes)]


def key_tables():
    """One for each pair of key types, with every pair of edge values in it."""
    for hash_type in KEYS:
        for range_type in (None, *KEYS):
            name = f"keys.{hash_type}" + (f"-{range_type}" if range_type else "")
            keys = [("h", hash_type)] + ([("r", range_type)] if range_type else [])
            items = [{"h": value} for value in KEYS[hash_type]]
            if range_type:
                items = [item | {"r": value} for item in items for value in KEYS[range_type]]
            yield table(name, keys), [
                item | {"v": {"S": f"{name} {number}"}} for number, item in enumerate(items)
            ]


def every_type(number):
    """An item with every attribute type, nested too."""
    return {
        "p": {"S": "types"},
        "s": {"N": str(number)},
        "string": {"S": "line\nline é 😀"},
        "empty": {"S": ""},
        "number": {"N": "-0.000123"},
        "largest": {"N": "9.9999999999999999999999999999999999999E+125"},
        "precise": {"N": "1.2345678901234567890123456789012345678"},
        "binary": {"B": bytes(range(256))},
        "no bytes": {"B": b""},
        "true": {"BOOL": True},
        "false": {"BOOL": False},
        "null": {"NULL": True},
        "strings": {"SS": ["", "a", "ß"]},
        "numbers": {"NS": ["-1.5", "0", "1E+30"]},
        "binaries": {"BS": [b"", b"\x00", b"\xff\xfe"]},
        "list": {"L": [{"S": "a"}, {"N": "1"}, {"L": []}, {"M": {"x": {"NULL": True}}}]},
        "map": {"M": {"a.b c": {"S": "dotted"}, "deep": {"M": {"er": {"L": [{"BOOL": False}]}}}}},
    }


def indexed(sort, **attributes):
    return {"p": {"S": "indexed"}, "s": {"N": str(sort)}, "o": {"S": "other"}, **attributes}


INDEXES = (
    ("by-a", "a", "S", {"ProjectionType": "ALL"}),
    ("by-b", "b", "N", {"ProjectionType": "KEYS_ONLY"}),
    ("by-c", "c", "B", {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["o", "list"]}),
)
LARGE = {"p": {"S": "large"}, "s": {"N": "1"}, "text": {"S": "0123456789abcdef" * 1500}}
# The local index's keys of these are in another order than their own.
INDEXED = [
    indexed(1, a={"S": "z"}, b={"N": "-3"}, c={"B": b"\x01"}),
    indexed(2, a={"S": "y"}, b={"N": "1E+20"}, c={"B": b"\x00\xff"}),
    indexed(3, a={"S": "y"}, c={"B": b"\x00"}),
    indexed(4, b={"N": "2.5"}),
    indexed(5),
]


def first_tables():
    """(CreateTable, items) of the first life."""
    yield from key_tables()
    yield (
        table("documents", [("p", "S"), ("s", "N")], INDEXES),
        [every_type(1), every_type(2), LARGE, *INDEXED],
    )
    yield (
        table(
            "settings",
            [("h", "S")],
            ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 5},
            SSESpecification={"Enabled": True, "SSEType": "KMS"},
            TableClass="STANDARD_INFREQUENT_ACCESS",
            DeletionProtectionEnabled=True,
            Tags=[{"Key": "owner", "Value": "ä"}, {"Key": "empty", "Value": ""}],
        ),
        [],
    )
    yield (
        table("demand", [("h", "S")],
              OnDemandThroughput={"MaxReadRequestUnits": 40, "MaxWriteRequestUnits": 30}),
        [{"h": {"S": "x"}}],
    )
    yield table("again", [("h", "S")]), [{"h": {"S": "of the first"}}]
    yield table("leaving", [("h", "S")]), [{"h": {"S": "gone"}}]


def second_writes():
    """(operation, body, items after it, keys removed by it) of the second life, on `documents`."""
    one = {"p": {"S": "indexed"}, "s": {"N": "1"}}
    changed = indexed(1, a={"S": "x"}, c={"B": b"\x01"}, n={"N": "1"}, t={"SS": ["1", "2"]})
    yield (
        "UpdateItem",
        {
            "Key": one,
            "UpdateExpression": "SET a = :a REMOVE b ADD n :n, t :t",
            "ExpressionAttributeValues": {
                ":a": {"S": "x"}, ":n": {"N": "1"}, ":t": {"SS": ["2", "1"]}
            },
        },
        [changed],
        [],
    )
    replaced = {**every_type(2), "string": {"S": "anew"}}
    yield "PutItem", {"Item": replaced}, [replaced], []
    yield "DeleteItem", {"Key": {"p": {"S": "indexed"}, "s": {"N": "5"}}}, [], [
        {"p": {"S": "indexed"}, "s": {"N": "5"}}
    ]
    more = [indexed(n, b={"N": str(-n)}) for n in range(20, 40)]
    yield "BatchWriteItem", {"Puts": more}, more, []


# Of the second life, too: a table deleted and made anew under its name, settings changed.
AGAIN = table("again", [("n", "N")], Tags=[{"Key": "time", "Value": "second"}])
AGAIN_ITEMS = [{"n": {"N": "2"}}]
SETTINGS_CHANGED = {"ProvisionedThroughput": {"ReadCapacityUnits": 9, "WriteCapacityUnits": 5}}
# Of the third, which ends while these are under way.
ARRIVING = table("arriving", [("p", "S"), ("s", "N")], INDEXES[:1])
LEAVING = "leaving"
