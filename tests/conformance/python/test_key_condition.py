"""Key condition expressions: every operator on every key type, and what is refused."""

import pytest

from harness.errors import expect_invalid
from harness.tables import write_all
from harness.values import B, N, S


@pytest.fixture(scope="module")
def strings(client, range_table):
    write_all(client, range_table, [
        {"pk": S("kc"), "sk": S(sk)} for sk in ("a", "ab", "abc", "b", "ba", "c", "é")])
    return range_table


@pytest.fixture(scope="module")
def numbers(client, number_table):
    values = ("-100", "-1.5", "0", "1E-130", "1", "2", "10", "9.9E125")
    write_all(client, number_table, [{"pk": S("kc"), "sk": N(sk)} for sk in values])
    return number_table


@pytest.fixture(scope="module")
def binaries(client, binary_table):
    write_all(client, binary_table, [
        {"pk": S("kc"), "sk": B(sk)} for sk in (b"\x00", b"\x00\x01", b"\x7f", b"\x80", b"\xff")])
    return binary_table


def query(client, table, condition, values, names=None, **more):
    request = dict(TableName=table, KeyConditionExpression=condition,
                   ExpressionAttributeValues={":k": S("kc"), **values}, **more)
    if names:
        request["ExpressionAttributeNames"] = names
    return [next(iter(item["sk"].values())) for item in client.query(**request)["Items"]]


@pytest.mark.parametrize("condition, values, expected", [
    ("pk = :k", {}, ["a", "ab", "abc", "b", "ba", "c", "é"]),
    ("pk = :k AND sk = :v", {":v": S("ab")}, ["ab"]),
    ("pk = :k AND sk < :v", {":v": S("b")}, ["a", "ab", "abc"]),
    ("pk = :k AND sk <= :v", {":v": S("b")}, ["a", "ab", "abc", "b"]),
    ("pk = :k AND sk > :v", {":v": S("b")}, ["ba", "c", "é"]),
    ("pk = :k AND sk >= :v", {":v": S("b")}, ["b", "ba", "c", "é"]),
    ("pk = :k AND sk BETWEEN :v AND :w", {":v": S("ab"), ":w": S("b")}, ["ab", "abc", "b"]),
    ("pk = :k AND begins_with(sk, :v)", {":v": S("ab")}, ["ab", "abc"]),
    ("sk = :v AND pk = :k", {":v": S("ab")}, ["ab"]),
    ("(pk = :k) AND (sk = :v)", {":v": S("ab")}, ["ab"]),
    ("(pk = :k AND sk = :v)", {":v": S("ab")}, ["ab"]),
    (":k = pk AND :v < sk", {":v": S("b")}, ["ba", "c", "é"]),
    ("pk = :k AND sk > :v", {":v": S("z")}, ["é"]),
])
def test_string_sort_keys(client, strings, condition, values, expected):
    assert query(client, strings, condition, values) == expected


@pytest.mark.parametrize("condition, values, expected", [
    ("pk = :k", {}, [-100, -1.5, 0, 1e-130, 1, 2, 10, 9.9e125]),
    ("pk = :k AND sk < :v", {":v": N(0)}, [-100, -1.5]),
    ("pk = :k AND sk = :v", {":v": N("1.00")}, [1]),
    ("pk = :k AND sk BETWEEN :v AND :w", {":v": N(0), ":w": N("1.5")}, [0, 1e-130, 1]),
    ("pk = :k AND sk > :v", {":v": N(2)}, [10, 9.9e125]),
])
def test_number_sort_keys(client, numbers, condition, values, expected):
    assert [float(n) for n in query(client, numbers, condition, values)] == expected


@pytest.mark.parametrize("condition, values, expected", [
    ("pk = :k", {}, [b"\x00", b"\x00\x01", b"\x7f", b"\x80", b"\xff"]),
    ("pk = :k AND sk > :v", {":v": B(b"\x7f")}, [b"\x80", b"\xff"]),
    ("pk = :k AND begins_with(sk, :v)", {":v": B(b"\x00")}, [b"\x00", b"\x00\x01"]),
])
def test_binary_sort_keys_are_unsigned(client, binaries, condition, values, expected):
    assert query(client, binaries, condition, values) == expected


def test_backwards(client, strings):
    assert query(client, strings, "pk = :k AND sk < :v", {":v": S("b")},
                 ScanIndexForward=False) == ["abc", "ab", "a"]
    assert query(client, strings, "pk = :k AND sk < :v", {":v": S("b")},
                 ScanIndexForward=True) == ["a", "ab", "abc"]


def test_names(client, strings):
    assert query(client, strings, "#p = :k AND begins_with(#s, :v)", {":v": S("ab")},
                 {"#p": "pk", "#s": "sk"}) == ["ab", "abc"]


@pytest.mark.parametrize("condition, values, message", [
    ("pk = :k OR sk = :v", {":v": S("a")}, "Invalid operator used in KeyConditionExpression: OR"),
    ("NOT pk = :k", {}, "Invalid operator used in KeyConditionExpression: NOT"),
    ("pk = :k AND sk <> :v", {":v": S("a")}, "Invalid operator used in KeyConditionExpression: <>"),
    ("pk = :k AND sk IN (:v)", {":v": S("a")}, "Invalid operator used in KeyConditionExpression: "
     "IN"),
    ("pk = :k AND contains(sk, :v)", {":v": S("a")}, "Invalid operator used in "
     "KeyConditionExpression: contains"),
    ("pk = :k AND attribute_exists(sk)", {}, "Invalid operator used in KeyConditionExpression: "
     "attribute_exists"),
    ("pk = :k AND sk = :v AND sk > :v", {":v": S("a")}, "KeyConditionExpressions must only contain "
     "one condition per key"),
    ("pk < :k", {}, "Query key condition not supported"),
    ("sk = :k", {}, "Query condition missed key schema element"),
    ("pk = :k AND elsewhere = :v", {":v": S("a")}, "Query condition missed key schema element"),
    ("pk = :k AND sk = :v", {":v": N(1)}, "One or more parameter values were invalid: Condition "
     "parameter type does not match schema type"),
    ("begins_with(pk, :k)", {}, "Query key condition not supported"),
    ("pk = :k AND size(sk) = :v", {":v": N(1)}, "KeyConditionExpressions cannot contain nested "
     "operations"),
    ("pk.x = :k", {}, "Key attributes must be scalars; list random access '[]' and map "
     "lookup '.' are not allowed: Key: pk"),
    ("", {}, "Invalid KeyConditionExpression: The expression can not be empty;"),
    ("pk = :k AND sk BETWEEN :v AND :w", {":v": S("b"), ":w": S("a")}, "The BETWEEN operator "
     "requires upper bound to be greater than or equal to lower bound"),
])
def test_faults(client, strings, condition, values, message):
    with expect_invalid(message):
        query(client, strings, condition, values)


def test_empty_key_value(client, strings):
    with expect_invalid("One or more parameter values are not valid", "empty string value"):
        client.query(TableName=strings, KeyConditionExpression="pk = :k",
                     ExpressionAttributeValues={":k": S("")})


def test_a_condition_is_required(client, strings):
    with expect_invalid("Either the KeyConditions or KeyConditionExpression parameter must be "
                        "specified in the request"):
        client.query(TableName=strings)


@pytest.mark.parametrize("condition", [
    "sk = :v", "sk < :v", "sk >= :v", "begins_with(sk, :v)", "sk BETWEEN :v AND :w",
    "sk BETWEEN :a AND :v",
])
def test_operand_has_a_sort_keys_size(client, strings, condition):
    def ask(size):
        values = {":v": S("k" * size), ":a": S("a"), ":w": S("z")}
        used = {name: value for name, value in values.items() if name in condition}
        return query(client, strings, f"pk = :k AND {condition}", used)

    ask(1024)
    with expect_invalid("One or more parameter values were invalid: Aggregated size of all range "
                        "keys has exceeded the size limit of 1024 bytes"):
        ask(1025)


def test_paths_are_looked_at_before_the_keys(client, strings):
    with expect_invalid("Key attributes must be scalars; list random access '[]' and map lookup "
                        "'.' are not allowed: Key: sk"):
        query(client, strings, "elsewhere = :k", {}, ProjectionExpression="sk.x")
