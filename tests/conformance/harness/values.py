"""Short names for attribute values, and tables in their common shapes."""

import uuid


def S(value):
    return {"S": value}


def N(value):
    return {"N": str(value)}


def B(value):
    return {"B": value}


def L(*values):
    return {"L": list(values)}


def M(**members):
    return {"M": members}


def SS(*values):
    return {"SS": list(values)}


def NS(*values):
    return {"NS": [str(value) for value in values]}


def BS(*values):
    return {"BS": list(values)}


NULL = {"NULL": True}
TRUE = {"BOOL": True}
FALSE = {"BOOL": False}


def unique(prefix="t"):
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def key_schema(hash_name, range_name=None):
    schema = [{"AttributeName": hash_name, "KeyType": "HASH"}]
    if range_name:
        schema.append({"AttributeName": range_name, "KeyType": "RANGE"})
    return schema


def definitions(**types):
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


def table_of(hash_type="S", range_type=None, **more):
    """CreateTable's input for keys `pk` and, with a range type, `sk`; on demand unless told."""
    types = {"pk": hash_type, **({"sk": range_type} if range_type else {})}
    shape = {
        "TableName": unique(),
        "KeySchema": key_schema("pk", "sk" if range_type else None),
        "AttributeDefinitions": definitions(**types),
    }
    if "ProvisionedThroughput" not in more:
        shape["BillingMode"] = "PAY_PER_REQUEST"
    return {**shape, **more}


def local_index(name, range_name, projection="ALL", include=None):
    shape = {"ProjectionType": projection}
    if include:
        shape["NonKeyAttributes"] = include
    return {
        "IndexName": name,
        "KeySchema": key_schema("pk", range_name),
        "Projection": shape,
    }


def nested_list(levels, core=None):
    """A value inside `levels` lists."""
    value = core or S("x")
    for _ in range(levels):
        value = L(value)
    return value
