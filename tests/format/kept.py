"""Compares what a node shows with what was written into a kept data directory (written.json)."""

import base64
import decimal

TABLE_IS_UP = "ACTIVE"


def faults(client, written):
    """Everything in which the node differs, a line of text each; nothing if it is all there."""
    found = []
    names = client.tables()
    if sorted(names) != sorted(written):
        found.append(f"tables {sorted(names)}, not {sorted(written)}")
    for name in sorted(set(names) & set(written)):
        found += [f"{name}: {fault}" for fault in _table_faults(client, name, written[name])]
    return found


def _table_faults(client, name, expected):
    shown = client.call("DescribeTable", TableName=name)["Table"]
    yield from _lacks(expected["description"], shown, "DescribeTable")
    tags = client.call("ListTagsOfResource", ResourceArn=shown["TableArn"])["Tags"]
    if _by_key(tags) != _by_key(expected["tags"]):
        yield f"tags {tags}"
    items = expected["items"]
    keys = [element["AttributeName"] for element in shown["KeySchema"]]
    yield from _same("Scan", client.pages("Scan", TableName=name, ConsistentRead=True), items)
    for item in items:
        key = {attribute: item[attribute] for attribute in keys}
        got = client.call("GetItem", TableName=name, Key=key, ConsistentRead=True)
        yield from _same(f"GetItem {key}", [got.get("Item")], [item])
    if len(keys) == 2:
        yield from _query_faults(client, name, {}, keys, keys[1:], items)
    for index in shown.get("LocalSecondaryIndexes", ()):
        yield from _index_faults(client, name, index, keys, items)


def _index_faults(client, name, index, keys, items):
    own = index["KeySchema"][1]["AttributeName"]
    rows = [_projected(item, index, keys, own) for item in items if own in item]
    where = {"IndexName": index["IndexName"]}
    scanned = client.pages("Scan", TableName=name, ConsistentRead=True, **where)
    yield from _same(f"Scan {where}", scanned, rows)
    yield from _query_faults(client, name, where, keys, [own, keys[1]], rows)


def _projected(item, index, keys, own):
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return item
    kept = {*keys, own, *projection.get("NonKeyAttributes", ())}
    return {attribute: value for attribute, value in item.items() if attribute in kept}


def _query_faults(client, name, where, keys, order, items):
    """Each partition key's items, in the order of their sort keys."""
    for value in {str(item[keys[0]]): item[keys[0]] for item in items}.values():
        shown = client.pages(
            "Query",
            TableName=name,
            ConsistentRead=True,
            KeyConditionExpression="#h = :h",
            ExpressionAttributeNames={"#h": keys[0]},
            ExpressionAttributeValues={":h": value},
            **where,
        )
        wanted = [item for item in items if item[keys[0]] == value]
        wanted.sort(key=lambda item: [sortable(item[attribute]) for attribute in order])
        if [_plain(item) for item in shown] != [_plain(item) for item in wanted]:
            yield f"Query {where} of {value}: {brief(shown)}, not {brief(wanted)}"


def sortable(value):
    ((kind, content),) = value.items()
    if kind == "N":
        return decimal.Decimal(content)
    return base64.b64decode(content) if kind == "B" else content.encode()


def _same(what, shown, wanted):
    shown = sorted((_plain(item) for item in shown), key=repr)
    wanted = sorted((_plain(item) for item in wanted), key=repr)
    if shown != wanted:
        yield f"{what}: shows {brief(shown)}, not {brief(wanted)}"


def _plain(value):
    """Independent of the order of members and of a set's elements."""
    if isinstance(value, dict):
        return sorted(
            (name, sorted(member) if name in ("SS", "NS", "BS") else _plain(member))
            for name, member in value.items()
        )
    return [_plain(member) for member in value] if isinstance(value, list) else value


def _lacks(expected, shown, where):
    """What was shown then must be shown now; a later version may show more."""
    if isinstance(expected, dict) and isinstance(shown, dict):
        for name, member in expected.items():
            if name not in shown:
                yield f"{where} lacks {name}"
            else:
                yield from _lacks(member, shown[name], f"{where}.{name}")
    elif isinstance(expected, list) and isinstance(shown, list) and len(expected) == len(shown):
        for at, member in enumerate(expected):
            yield from _lacks(member, shown[at], f"{where}[{at}]")
    elif expected != shown:
        yield f"{where} is {shown!r}, was {expected!r}"


def _by_key(tags):
    return {tag["Key"]: tag["Value"] for tag in tags}


def brief(value):
    text = repr(value)
    return text if len(text) < 600 else text[:600] + "..."
