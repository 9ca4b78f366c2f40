"""Sizes: items of 400 KB to the byte, keys, names, 1 MB pages, 32 levels."""

import pytest

from harness import messages
from harness.errors import expect_invalid
from harness.tables import write_all
from harness.values import (B, FALSE, L, M, N, NS, NULL, S, SS, TRUE, nested_list, table_of)

ITEM_BYTES = 400 * 1024


def put_of_size(client, table, pk, total, **attributes):
    """Puts an item whose last attribute fills it up to `total` bytes; the rest is sized by hand."""
    used = sum(size for _, size in attributes.values()) + sum(len(n) for n in attributes)
    filler = total - used - len("pk") - len(pk) - len("fill")
    item = {"pk": S(pk), "fill": S("x" * filler)}
    item.update({name: value for name, (value, _) in attributes.items()})
    client.put_item(TableName=table, Item=item)


# Each value with its size by AWS's documentation of item sizes.
SIZED = [
    ("string", S("é" * 10), 20),
    ("binary", B(b"\x00" * 10), 10),
    ("null", NULL, 1),
    ("true", TRUE, 1),
    ("false", FALSE, 1),
    ("string set", SS("ab", "cde"), 5),
    ("empty list", L(), 3),
    ("list", L(S("ab"), S("c")), 3 + 2 + 3),
    ("empty map", M(), 3),
    ("map", M(name=S("value")), 3 + 1 + 4 + 5),
    ("nested", M(a=L(M(b=S("c")))), 3 + (1 + 1) + (3 + 1 + (3 + 1 + 2))),
]


@pytest.mark.parametrize("value, size", [case[1:] for case in SIZED],
                         ids=[case[0] for case in SIZED])
def test_400_kb_to_the_byte(client, hash_table, pk, value, size):
    put_of_size(client, hash_table, pk, ITEM_BYTES, v=(value, size))
    with expect_invalid("Item size has exceeded the maximum allowed size"):
        put_of_size(client, hash_table, pk, ITEM_BYTES + 1, v=(value, size))


@pytest.mark.parametrize("value, digits", [
    ("0", 0), ("1", 1), ("12", 2), ("123", 3), ("1234567890", 9), ("0.001", 1), ("1E100", 1),
    ("12345678901234567890123456789012345678", 38),
])
def test_numbers_take_about_half_a_byte_a_digit(client, hash_table, pk, value, digits):
    """Documentation: "approximately" 1 byte for 2 significant digits, and 1 byte."""
    about = (digits + 1) // 2 + 1
    put_of_size(client, hash_table, pk, ITEM_BYTES - 2, v=(N(value), about))
    with expect_invalid("Item size has exceeded the maximum allowed size"):
        put_of_size(client, hash_table, pk, ITEM_BYTES + 3, v=(N(value), about))


def test_update_cannot_outgrow_400_kb(client, hash_table, pk):
    put_of_size(client, hash_table, pk, ITEM_BYTES)
    with expect_invalid("Item size to update has exceeded the maximum allowed size"):
        client.update_item(TableName=hash_table, Key={"pk": S(pk)}, UpdateExpression="SET a = :v",
                           ExpressionAttributeValues={":v": S("")})
    item = client.get_item(TableName=hash_table, Key={"pk": S(pk)})["Item"]
    assert item.keys() == {"pk", "fill"}


@pytest.mark.parametrize("kind", [S, B])
def test_partition_keys_of_2048_bytes(client, make_table, kind):
    table = make_table(**table_of("S" if kind is S else "B"))
    longest = "k" * 2048 if kind is S else b"k" * 2048
    client.put_item(TableName=table, Item={"pk": kind(longest)})
    assert "Item" in client.get_item(TableName=table, Key={"pk": kind(longest)})
    for operation in (lambda key: client.put_item(TableName=table, Item=key),
                      lambda key: client.get_item(TableName=table, Key=key),
                      lambda key: client.delete_item(TableName=table, Key=key)):
        with expect_invalid(messages.HASH_KEY_SIZE):
            operation({"pk": kind(longest + longest[:1])})


@pytest.mark.parametrize("character, count", [("k", 1024), ("é", 512)])
def test_sort_keys_of_1024_bytes(client, range_table, pk, character, count):
    longest = character * count
    client.put_item(TableName=range_table, Item={"pk": S(pk), "sk": S(longest)})
    with expect_invalid(messages.RANGE_KEY_SIZE):
        client.put_item(TableName=range_table, Item={"pk": S(pk), "sk": S(longest + "x")})


@pytest.mark.parametrize("wrap", ["list", "map"])
def test_32_levels(client, hash_table, pk, wrap):
    def value(levels):
        deep = S("x")
        for _ in range(levels):
            deep = L(deep) if wrap == "list" else M(m=deep)
        return deep

    client.put_item(TableName=hash_table, Item={"pk": S(pk), "v": value(31)})
    assert client.get_item(TableName=hash_table, Key={"pk": S(pk)})["Item"]["v"] == value(31)
    with expect_invalid("Nesting Levels have exceeded supported limits"):
        client.put_item(TableName=hash_table, Item={"pk": S(pk), "v": value(33)})


def test_update_cannot_nest_deeper(client, hash_table, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "v": nested_list(31)})
    path = "v" + "[0]" * 31
    with expect_invalid("Nesting Levels have exceeded supported limits"):
        client.update_item(TableName=hash_table, Key={"pk": S(pk)},
                           UpdateExpression=f"SET {path} = :v",
                           ExpressionAttributeValues={":v": nested_list(5)})


@pytest.fixture(scope="module")
def three_megabytes(client, shared_table):
    """30 items of 100 KB in one partition, and the size of each by the documentation."""
    table = shared_table(table_of("S", "N"))
    items = [{"pk": S("p"), "sk": N(i), "v": S("x" * 102_400)} for i in range(1, 31)]
    write_all(client, table, items)
    return table


@pytest.mark.parametrize("forward", [True, False])
def test_query_pages_of_1_mb(client, three_megabytes, forward):
    request = dict(TableName=three_megabytes, KeyConditionExpression="pk = :k",
                   ExpressionAttributeValues={":k": S("p")}, ScanIndexForward=forward)
    found, pages = [], []
    while True:
        answer = client.query(**request)
        pages.append(answer["Count"])
        found += [int(item["sk"]["N"]) for item in answer["Items"]]
        if "LastEvaluatedKey" not in answer:
            break
        assert answer["LastEvaluatedKey"]["sk"] == N(found[-1])
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    assert found == (list(range(1, 31)) if forward else list(range(30, 0, -1)))
    assert pages[0] == pages[1] and pages[0] in (10, 11)


def test_scan_pages_of_1_mb(client, three_megabytes):
    request, pages = dict(TableName=three_megabytes, Select="COUNT"), []
    while True:
        answer = client.scan(**request)
        pages.append(answer["Count"])
        if "LastEvaluatedKey" not in answer:
            break
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    assert sum(pages) == 30 and pages[0] in (10, 11)


@pytest.mark.local_differs("ends a page by the size of what the projection leaves")
def test_pages_count_what_is_read_not_what_is_returned(client, three_megabytes):
    answer = client.query(TableName=three_megabytes, KeyConditionExpression="pk = :k",
                          FilterExpression="attribute_not_exists(v)", ProjectionExpression="sk",
                          ExpressionAttributeValues={":k": S("p")})
    assert answer["Count"] == 0 and answer["ScannedCount"] in (10, 11)
    assert "LastEvaluatedKey" in answer


def test_large_set(client, hash_table, pk):
    values = [str(n) for n in range(20_000)]
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "v": NS(*values)})
    item = client.get_item(TableName=hash_table, Key={"pk": S(pk)})["Item"]
    assert len(item["v"]["NS"]) == len(values)
