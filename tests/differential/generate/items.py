"""Requests of the item operations: PutItem, GetItem, UpdateItem, DeleteItem, Query, Scan and
the batches.
"""

from generate import legacy, schema, values
from generate.expressions import Expression, maybe_broken

CAPACITY = ["TOTAL", "TOTAL", "INDEXES", "INDEXES", "NONE"]
RETURN_VALUES = {
    "PutItem": ["NONE", "ALL_OLD", "ALL_OLD"],
    "DeleteItem": ["NONE", "ALL_OLD", "ALL_OLD"],
    "UpdateItem": ["NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW", "ALL_NEW"],
}
ALL_RETURN_VALUES = RETURN_VALUES["UpdateItem"] + ["all_new", "X", ""]
SELECTS = ["ALL_ATTRIBUTES", "COUNT", "SPECIFIC_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"]
LEGACY_CHANCE = 0.15
MIXED_CHANCE = 0.01


def item(rng, table):
    """A valid item; a third of its values would not fit its attribute's usual type."""
    drawn = dict(table.key(rng))
    for name in rng.sample(list(values.ATTRIBUTES), rng.choice([0, 2, 5, 8, 12, 16])):
        drawn[name] = values.value_for(rng, name)
    for index in table.indexes:
        if rng.random() < 0.7:
            drawn[index.attribute] = dict(rng.choice(schema.RANGES[index.kind]))
        elif index.attribute in drawn and rng.random() < 0.9:
            del drawn[index.attribute]
    return drawn


def _bad_key_value(rng):
    longest = {"S": "k" * rng.choice([1024, 1025, 2048, 2049])}
    return rng.choice(
        [
            {"S": ""},
            {"B": ""},
            {"N": "1"},
            {"S": "a"},
            {"B": "YQ=="},
            {"BOOL": True},
            {"SS": ["a"]},
            longest,
        ]
        + [values.invalid(rng), {"L": []}, {"NULL": True}]
    )


def spoil_key(rng, key, table):
    """One fault in a key."""
    draw = rng.random()
    name = rng.choice(table.key_attributes())
    if draw < 0.25:
        key.pop(name, None)
    elif draw < 0.4:
        key["other"] = {"S": "x"}
    elif draw < 0.5:
        key["other"] = key.pop(name, {"S": "x"})
    else:
        key[name] = _bad_key_value(rng)


def spoil_item(rng, drawn, table):
    """One fault in an item."""
    draw = rng.random()
    if draw < 0.35:
        spoil_key(rng, drawn, table)
    elif draw < 0.9:
        drawn[rng.choice(list(values.ATTRIBUTES))] = values.invalid(rng)
    elif draw < 0.94:
        drawn[""] = {"S": "x"}
    elif draw < 0.97:
        drawn["s1"] = {"S": "x" * rng.choice([409500, 409600, 410000])}
    elif table.indexes:
        drawn[rng.choice(table.indexes).attribute] = _bad_key_value(rng)


def _capacity(rng, body, metrics=True):
    if rng.random() < 0.25:
        body["ReturnConsumedCapacity"] = rng.choice(CAPACITY)
    if metrics and rng.random() < 0.04:
        body["ReturnItemCollectionMetrics"] = rng.choice(["SIZE", "NONE"])


def _return_values(rng, operation, body):
    if rng.random() < 0.4:
        body["ReturnValues"] = rng.choice(RETURN_VALUES[operation])
    elif rng.random() < 0.03:
        body["ReturnValues"] = rng.choice(ALL_RETURN_VALUES)
    if rng.random() < 0.12:
        body["ReturnValuesOnConditionCheckFailure"] = rng.choice(["ALL_OLD", "ALL_OLD", "NONE"])


def _condition(rng, expression, body, chance):
    """ConditionExpression or its legacy form; returns whether the request speaks legacy."""
    if rng.random() < LEGACY_CHANCE:
        if rng.random() < chance:
            legacy.expected(rng, body)
        if rng.random() < MIXED_CHANCE:
            body["ConditionExpression"] = expression.condition()
        return True
    if rng.random() < chance:
        body["ConditionExpression"] = maybe_broken(rng, expression.condition(), 0.12)
    return False


def put_item(rng, table):
    body = {"TableName": table.name, "Item": item(rng, table)}
    expression = Expression(rng, table)
    _condition(rng, expression, body, 0.35)
    expression.into(body)
    _return_values(rng, "PutItem", body)
    _capacity(rng, body)
    if rng.random() < 0.1:
        spoil_item(rng, body["Item"], table)
    return body


def delete_item(rng, table):
    body = {"TableName": table.name, "Key": table.key(rng)}
    expression = Expression(rng, table)
    _condition(rng, expression, body, 0.5)
    expression.into(body)
    _return_values(rng, "DeleteItem", body)
    _capacity(rng, body)
    if rng.random() < 0.07:
        spoil_key(rng, body["Key"], table)
    return body


def update_item(rng, table):
    body = {"TableName": table.name, "Key": table.key(rng)}
    expression = Expression(rng, table)
    if _condition(rng, expression, body, 0.25):
        legacy.attribute_updates(rng, body)
        if rng.random() < MIXED_CHANCE:
            body["UpdateExpression"] = expression.update()
    elif rng.random() < 0.96:
        body["UpdateExpression"] = maybe_broken(rng, expression.update(), 0.12)
    expression.into(body)
    _return_values(rng, "UpdateItem", body)
    _capacity(rng, body)
    if rng.random() < 0.06:
        spoil_key(rng, body["Key"], table)
    return body


def _projection(rng, expression, body, chance):
    draw = rng.random()
    if draw < chance * 0.75:
        body["ProjectionExpression"] = maybe_broken(rng, expression.projection(), 0.1)
    elif draw < chance:
        legacy.attributes_to_get(rng, body)


def get_item(rng, table):
    body = {"TableName": table.name, "Key": table.key(rng)}
    expression = Expression(rng, table)
    _projection(rng, expression, body, 0.5)
    expression.into(body)
    if rng.random() < 0.2:
        body["ConsistentRead"] = rng.random() < 0.8
    _capacity(rng, body, metrics=False)
    if rng.random() < 0.08:
        spoil_key(rng, body["Key"], table)
    return body


def _read_options(rng, body):
    if rng.random() < 0.15:
        body["ConsistentRead"] = rng.random() < 0.8
    if rng.random() < 0.25:
        body["Limit"] = rng.choice([1, 1, 2, 2, 3, 5, 100])
    elif rng.random() < 0.02:
        body["Limit"] = rng.choice([0, -1, -100])
    if rng.random() < 0.12:
        body["Select"] = rng.choice(SELECTS + ["COUNT", "X", ""])
    _capacity(rng, body, metrics=False)


def _index(rng, table, body):
    """Draws an index for a query or scan; returns it, or None for the table itself."""
    if table.indexes and rng.random() < 0.5:
        index = rng.choice(table.indexes)
        body["IndexName"] = index.name
        return index
    if rng.random() < 0.01:
        body["IndexName"] = rng.choice(["no-such-index", "x", ""])
    return None


def _start_key(rng, table, body, index):
    """A start key that need not be any item's, sometimes a wrong one."""
    key = table.key(rng)
    if index:
        key[index.attribute] = dict(rng.choice(schema.RANGES[index.kind]))
    if rng.random() < 0.35:
        spoil_key(rng, key, table)
    body["ExclusiveStartKey"] = key


def _filter(rng, expression, body):
    if rng.random() < 0.3:
        text = expression.condition()
        if rng.random() < 0.05:
            text = f"{rng.choice(expression.key_attributes)} = {expression.operand()} AND {text}"
        body["FilterExpression"] = maybe_broken(rng, text, 0.12)


def query(rng, table):
    body = {"TableName": table.name}
    index = _index(rng, table, body)
    range_name = index.attribute if index else ("sk" if table.range_kind else None)
    range_kind = index.kind if index else table.range_kind
    range_values = schema.RANGES[range_kind or "S"]
    hash_value = dict(rng.choice(schema.HASHES[table.hash_kind]))
    if rng.random() < 0.04:
        hash_value = values.value(rng) if rng.random() < 0.8 else _bad_key_value(rng)
    if rng.random() < 0.06:
        range_values = [values.value(rng), _bad_key_value(rng)]
    expression = Expression(rng, table)
    if rng.random() < LEGACY_CHANCE:
        legacy.query(rng, body, hash_value, range_name, range_values)
        if rng.random() < MIXED_CHANCE:
            body["FilterExpression"] = expression.condition()
    else:
        text = expression.key_condition(hash_value, range_name, range_values)
        if rng.random() < 0.04:
            text = expression.condition()
        body["KeyConditionExpression"] = maybe_broken(rng, text, 0.08)
        _filter(rng, expression, body)
    if "KeyConditions" not in body or rng.random() < 0.1:
        _projection(rng, expression, body, 0.25)
    expression.into(body)
    if rng.random() < 0.3:
        body["ScanIndexForward"] = rng.random() < 0.3
    _read_options(rng, body)
    if rng.random() < 0.08:
        _start_key(rng, table, body, index)
    return body


def scan(rng, table):
    """A scan's body and, for a parallel scan, its number of segments."""
    body = {"TableName": table.name}
    index = _index(rng, table, body)
    expression = Expression(rng, table)
    if rng.random() < LEGACY_CHANCE:
        legacy.scan_filter(rng, body)
    else:
        _filter(rng, expression, body)
        _projection(rng, expression, body, 0.25)
    expression.into(body)
    _read_options(rng, body)
    if rng.random() < 0.06:
        _start_key(rng, table, body, index)
    if rng.random() < 0.04:
        for name, pool in (
            ("Segment", [0, 1, 2, -1, 5]),
            ("TotalSegments", [1, 2, 0, -1, 1000001]),
        ):
            if rng.random() < 0.8:
                body[name] = rng.choice(pool)
        # A segment's own items depend on the hash; only errors are comparable.
        body.setdefault("ExclusiveStartKey", table.key(rng))
    elif rng.random() < 0.1 and "ExclusiveStartKey" not in body:
        return body, rng.randint(2, 5)
    return body, None


def batch_get_item(rng, tables):
    requests = {}
    for table in rng.sample(tables, min(len(tables), rng.choice([1, 1, 2]))):
        keys = {}
        for _ in range(rng.randint(1, 6)):
            key = table.key(rng)
            keys[_identity(key)] = key
        entry = {"Keys": list(keys.values())}
        expression = Expression(rng, table)
        _projection(rng, expression, entry, 0.35)
        expression.into(entry)
        if rng.random() < 0.2:
            entry["ConsistentRead"] = True
        draw = rng.random()
        if draw < 0.04:
            entry["Keys"].append(dict(entry["Keys"][0]))
        elif draw < 0.1:
            spoil_key(rng, rng.choice(entry["Keys"]), table)
        elif draw < 0.12:
            entry["Keys"] = rng.choice([[], [{}], [table.key(rng) for _ in range(101)]])
        requests[table.name] = entry
    body = {"RequestItems": requests}
    _capacity(rng, body, metrics=False)
    return body


def _identity(key):
    """Equal for keys that DynamoDB takes for the same."""
    return tuple(
        (name, kind, float(text) if kind == "N" else text)
        for name, value in sorted(key.items())
        for kind, text in value.items()
    )


def batch_write_item(rng, tables):
    requests = {}
    for table in rng.sample(tables, min(len(tables), rng.choice([1, 1, 2]))):
        writes = {}
        for _ in range(rng.randint(1, 6)):
            key = table.key(rng)
            if rng.random() < 0.65:
                writes[_identity(key)] = {"PutRequest": {"Item": {**item(rng, table), **key}}}
            else:
                writes[_identity(key)] = {"DeleteRequest": {"Key": key}}
        drawn = list(writes.values())
        _spoil_writes(rng, drawn, table)
        requests[table.name] = drawn
    body = {"RequestItems": requests}
    _capacity(rng, body)
    return body


def _spoil_writes(rng, writes, table):
    draw = rng.random()
    one = rng.choice(writes)
    if draw < 0.03:
        writes.append({kind: dict(request) for kind, request in one.items()})
    elif draw < 0.1:
        if "PutRequest" in one:
            spoil_item(rng, one["PutRequest"]["Item"], table)
        else:
            spoil_key(rng, one["DeleteRequest"]["Key"], table)
    elif draw < 0.12:
        one["DeleteRequest"] = {"Key": table.key(rng)}
    elif draw < 0.14:
        writes[:] = rng.choice([[], [{}], [{"PutRequest": {"Item": table.key(rng)}}] * 26])
