"""Requests of the table operations."""

from generate import schema, values

BAD_NAMES = ["", "a", "ab", "a b", "x" * 256, "Ha$h", "é" * 3, "no-such-table"]


def create_table(rng, name):
    """A CreateTable, valid or with a fault; not the ones that a sequence begins with."""
    table = schema.table(rng, name)
    body = table.create()
    if rng.random() < 0.75:
        _spoil(rng, body)
    if rng.random() < 0.1:
        _spoil(rng, body)
    return body


def _spoil(rng, body):
    rng.choice([_spoil_schema, _spoil_definitions, _spoil_billing, _spoil_indexes, _global, _name])(
        rng, body
    )


def _name(rng, body):
    body["TableName"] = rng.choice(BAD_NAMES[:-1])


def _spoil_schema(rng, body):
    keys = body.get("KeySchema") or [{}]
    draw = rng.randrange(9)
    if draw == 0:
        keys.reverse()
    elif draw == 1:
        keys[0]["KeyType"] = rng.choice(["RANGE", "X", ""])
    elif draw == 2:
        keys.append({"AttributeName": "pk", "KeyType": rng.choice(["HASH", "RANGE"])})
    elif draw == 3:
        keys[-1]["AttributeName"] = rng.choice(["pk", "other", "", "n" * 256])
    elif draw == 4:
        keys[-1].pop(rng.choice(["AttributeName", "KeyType"]), None)
    elif draw == 5:
        keys += [{"AttributeName": "s1", "KeyType": "RANGE"}] * 2
    elif draw == 6:
        del keys[:1]
    elif draw == 7:
        body.pop("KeySchema", None)
    else:
        keys[-1]["KeyType"] = "HASH"


def _spoil_definitions(rng, body):
    definitions = body.get("AttributeDefinitions") or [{}]
    draw = rng.randrange(7)
    if draw == 0:
        definitions.append({"AttributeName": "spare", "AttributeType": "S"})
    elif draw == 1:
        definitions.append(dict(definitions[0]))
    elif draw == 2:
        definitions[-1]["AttributeType"] = rng.choice(["BOOL", "SS", "s", "X", ""])
    elif draw == 3:
        definitions.pop()
    elif draw == 4:
        definitions[-1].pop(rng.choice(["AttributeName", "AttributeType"]), None)
    elif draw == 5:
        definitions[-1]["AttributeName"] = rng.choice(["", "n" * 256, "other"])
    else:
        body.pop("AttributeDefinitions", None)


def _spoil_billing(rng, body):
    body.pop("BillingMode", None)
    body.pop("ProvisionedThroughput", None)
    draw = rng.randrange(5)
    if draw == 0:
        body["BillingMode"] = "PROVISIONED"
    elif draw == 1:
        body["ProvisionedThroughput"] = throughput(rng)
        body["BillingMode"] = "PAY_PER_REQUEST"
    elif draw == 2:
        body["ProvisionedThroughput"] = throughput(rng)
        body["ProvisionedThroughput"].pop(rng.choice(["ReadCapacityUnits", "WriteCapacityUnits"]))
    elif draw == 3:
        body["ProvisionedThroughput"] = throughput(rng, [0, -1, 0, 1])


def throughput(rng, pool=(1, 2, 5, 40000)):
    return {"ReadCapacityUnits": rng.choice(pool), "WriteCapacityUnits": rng.choice(pool)}


def _spoil_indexes(rng, body):
    indexes = body.get("LocalSecondaryIndexes")
    if not indexes:
        body["LocalSecondaryIndexes"] = rng.choice(
            [
                [],
                [
                    {
                        "IndexName": "ix1",
                        "KeySchema": schema.key_schema("pk", "sk"),
                        "Projection": {},
                    }
                ],
            ]
        )
        return
    index = rng.choice(indexes)
    draw = rng.randrange(9)
    if draw == 0:
        index["IndexName"] = rng.choice(["", "ab", "a b", "x" * 256])
    elif draw == 1:
        indexes.append(dict(index))
    elif draw == 2:
        index.pop(rng.choice(["IndexName", "KeySchema", "Projection"]), None)
    elif draw == 3:
        index["Projection"] = rng.choice(
            [
                {},
                {"ProjectionType": "X"},
                {"ProjectionType": "INCLUDE"},
                {"ProjectionType": "ALL", "NonKeyAttributes": ["x"]},
                {"ProjectionType": "INCLUDE", "NonKeyAttributes": []},
                {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x", "x"]},
                {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x" * 256]},
                {"NonKeyAttributes": ["x"]},
            ]
        )
    elif draw == 4:
        index["KeySchema"] = schema.key_schema(
            *rng.choice([("pk",), ("s1", "pk"), ("pk", "pk"), ("pk", "q")])
        )
    elif draw == 5:
        index["KeySchema"].reverse()
    elif draw == 6:
        indexes += [{**index, "IndexName": f"more{n}"} for n in range(rng.choice([2, 5]))]
    elif draw == 7:
        index["KeySchema"] = []
    else:
        body["KeySchema"] = body.get("KeySchema", [{}])[:1]


def _global(rng, body):
    """A global index that fails validation: a valid one is refused until indexes are there."""
    index = {
        "IndexName": "gx",
        "KeySchema": schema.key_schema("pk"),
        "Projection": {"ProjectionType": "ALL"},
    }
    draw = rng.randrange(5)
    if draw == 0:
        index["IndexName"] = rng.choice(["", "a", "a b"])
    elif draw == 1:
        index["KeySchema"] = schema.key_schema("undefined")
    elif draw == 2:
        index.pop(rng.choice(["IndexName", "KeySchema", "Projection"]))
    elif draw == 3:
        index["Projection"] = {"ProjectionType": "INCLUDE"}
    else:
        body["GlobalSecondaryIndexes"] = []
        return
    body["GlobalSecondaryIndexes"] = [index]


def name_of(rng, tables):
    """A table's name, its ARN, or a name that no table has."""
    draw = rng.random()
    name = rng.choice(tables).name
    if draw < 0.85:
        return name
    if draw < 0.93:
        return "arn:aws:dynamodb:us-east-1:000000000000:table/" + name
    return rng.choice(BAD_NAMES)


def update_table(rng, tables):
    body = {"TableName": name_of(rng, tables)}
    draw = rng.random()
    if draw < 0.3:
        body["BillingMode"] = "PAY_PER_REQUEST"
    elif draw < 0.5:
        body["BillingMode"] = "PROVISIONED"
        body["ProvisionedThroughput"] = throughput(rng)
    elif draw < 0.65:
        body["ProvisionedThroughput"] = throughput(rng, [0, 1, 2, 5, 7])
    elif draw < 0.75:
        body["BillingMode"] = "PROVISIONED"
    elif draw < 0.9:
        body["DeletionProtectionEnabled"] = rng.random() < 0.4
    elif draw < 0.93:
        body["AttributeDefinitions"] = [{"AttributeName": "pk", "AttributeType": "S"}]
    elif draw < 0.95:
        body["GlobalSecondaryIndexUpdates"] = rng.choice(
            [[], [{}], [{"Delete": {"IndexName": "none"}}]]
        )
    return body


def list_tables(rng, tables):
    body = {}
    if rng.random() < 0.5:
        body["Limit"] = rng.choice([1, 2, 3, 100, 100, 0, -1, 101])
    if rng.random() < 0.4:
        body["ExclusiveStartTableName"] = rng.choice([table.name for table in tables] + BAD_NAMES)
    return body


def tagging(rng, tables):
    """TagResource, UntagResource or ListTagsOfResource as (operation, body)."""
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/" + rng.choice(tables).name
    operation = rng.choice(["TagResource", "UntagResource", "ListTagsOfResource"])
    if operation == "TagResource":
        return operation, {"ResourceArn": arn, "Tags": [{"Key": rng.choice("abc"), "Value": "v"}]}
    if operation == "UntagResource":
        return operation, {"ResourceArn": arn, "TagKeys": [rng.choice("abc")]}
    return operation, {"ResourceArn": arn}


def other(rng, tables):
    """Reads of features that are off, and limits, as (operation, body)."""
    name = name_of(rng, tables)
    return rng.choice(
        [
            ("DescribeLimits", {}),
            ("DescribeTimeToLive", {"TableName": name}),
            ("DescribeContinuousBackups", {"TableName": name}),
            ("DescribeEndpoints", {}),
        ]
    )


def value_names():
    return list(values.ATTRIBUTES)
