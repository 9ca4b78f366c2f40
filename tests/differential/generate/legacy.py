"""The parameters that expressions replaced."""

from generate import values

COMPARISONS = ["EQ", "NE", "LT", "LE", "GT", "GE", "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH"]
ARGUMENTS = {"NULL": 0, "NOT_NULL": 0, "BETWEEN": 2}


def _attribute(rng):
    return rng.choice(list(values.ATTRIBUTES) + ["zz"])


def _arguments(rng, operator, name):
    count = rng.randint(1, 3) if operator == "IN" else ARGUMENTS.get(operator, 1)
    if rng.random() < 0.03:
        count = rng.randint(0, 3)
    kind = values.ATTRIBUTES.get(name)
    if kind not in values.SCALARS and rng.random() < 0.7:
        kind = rng.choice(values.SCALARS)
    if rng.random() < 0.1:
        kind = None
    return [values.value(rng, kind) for _ in range(count)]


def condition(rng, name):
    """A Condition, as in filters and key conditions."""
    operator = rng.choice(COMPARISONS + ["EQ", "IN", "BETWEEN", "NULL", "NOT_NULL"])
    if rng.random() < 0.02:
        operator = rng.choice(["FOO", "eq", ""])
    drawn = {"ComparisonOperator": operator}
    arguments = _arguments(rng, operator, name)
    if arguments or rng.random() < 0.1:
        drawn["AttributeValueList"] = arguments
    if rng.random() < 0.02:
        drawn.pop("ComparisonOperator")
    return drawn


def _operator(rng, body, conditions):
    if len(conditions) > 1 and rng.random() < 0.5 or rng.random() < 0.03:
        body["ConditionalOperator"] = rng.choice(["AND", "OR", "OR"])


def expected(rng, body):
    conditions = {}
    for _ in range(rng.choice([1, 1, 2])):
        name = _attribute(rng)
        draw = rng.random()
        if draw < 0.3:
            conditions[name] = {"Value": values.value_for(rng, name)}
            if rng.random() < 0.2:
                conditions[name]["Exists"] = rng.random() < 0.7
        elif draw < 0.5:
            conditions[name] = {"Exists": False}
        elif draw < 0.53:
            conditions[name] = rng.choice([{}, {"Exists": True}])
        else:
            conditions[name] = condition(rng, name)
            if rng.random() < 0.05:
                conditions[name]["Exists"] = rng.random() < 0.5
            if rng.random() < 0.03:
                conditions[name]["Value"] = values.value_for(rng, name)
    body["Expected"] = conditions
    _operator(rng, body, conditions)


def attribute_updates(rng, body):
    updates = {}
    for _ in range(rng.choice([1, 1, 2, 3])):
        name = _attribute(rng)
        kind = values.ATTRIBUTES.get(name)
        action = rng.choice(["PUT", "PUT", "ADD", "DELETE"])
        update = {"Action": action, "Value": values.value_for(rng, name)}
        if action == "DELETE" and (rng.random() < 0.5 or kind not in ("SS", "NS", "BS")):
            if rng.random() < 0.9:
                del update["Value"]
        elif action == "ADD" and kind not in ("N", "SS", "NS", "BS", "L"):
            update["Value"] = values.value(rng, rng.choice(["N", "SS", "L"]))
        if action == "PUT" and rng.random() < 0.3:
            del update["Action"]
        if rng.random() < 0.02:
            update = rng.choice([{}, {"Action": "FOO", "Value": {"S": "x"}}, {"Action": "PUT"}])
        updates[name] = update
    if all(update.get("Action") == "DELETE" for update in updates.values()):
        # Where there is no item this would part the endpoints' data: see nothing-to-delete.
        updates["s2"] = {"Value": values.value_for(rng, "s2")}
    if rng.random() < 0.02:
        updates["pk"] = {"Value": {"S": "x"}}
    body["AttributeUpdates"] = updates


def attributes_to_get(rng, body):
    names = rng.sample(list(values.ATTRIBUTES) + ["pk", "sk", "zz"], rng.randint(1, 4))
    if rng.random() < 0.05:
        names = rng.choice([[], names + names[:1], [""]])
    body["AttributesToGet"] = names


def query(rng, body, hash_value, range_name, range_values):
    conditions = {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [hash_value]}}
    if range_name and rng.random() < 0.65:
        operator = rng.choice(["EQ", "LT", "LE", "GT", "GE", "BEGINS_WITH", "BETWEEN"])
        if rng.random() < 0.05:
            operator = rng.choice(["IN", "CONTAINS", "NULL", "FOO"])
        count = ARGUMENTS.get(operator, 1)
        arguments = [dict(rng.choice(range_values)) for _ in range(count)]
        conditions[range_name] = {"ComparisonOperator": operator, "AttributeValueList": arguments}
    draw = rng.random()
    if draw < 0.02:
        conditions["s2"] = condition(rng, "s2")
    elif draw < 0.04:
        conditions["pk"] = condition(rng, "s1")
    elif draw < 0.06:
        del conditions["pk"]
    body["KeyConditions"] = conditions
    if rng.random() < 0.3:
        names = [_attribute(rng) for _ in range(rng.choice([1, 2]))]
        body["QueryFilter"] = {name: condition(rng, name) for name in names}
        _operator(rng, body, body["QueryFilter"])


def scan_filter(rng, body):
    names = [_attribute(rng) for _ in range(rng.choice([1, 1, 2]))]
    body["ScanFilter"] = {name: condition(rng, name) for name in names}
    _operator(rng, body, body["ScanFilter"])
    if rng.random() < 0.3:
        attributes_to_get(rng, body)
