"""Bodies that no SDK sends: a clear error each, never a crash, a hang or a 500."""

import time

import pytest

from harness.values import N, S

LOCAL = "answers 500, or accepts it"


@pytest.fixture
def alive(client, hash_table, pk):
    """After the test the server must still work."""
    yield
    client.put_item(TableName=hash_table, Item={"pk": S(pk)})
    assert client.get_item(TableName=hash_table, Key={"pk": S(pk)})["Item"] == {"pk": S(pk)}


def get_body(hash_table, key):
    return b'{"TableName":"' + hash_table.encode() + b'","Key":' + key + b"}"


@pytest.mark.local_differs(LOCAL)
@pytest.mark.parametrize("body", [
    b"", b"{", b"}", b"nope", b'"text"', b"[]", b"1", b"null", b"{}{}", b'{"a":1,}', b"{'a':1}",
    b'{"TableName":', b'{"TableName":"abc"', b'{"TableName" "abc"}', b"\x00", b"\xef\xbb\xbf{",
    b'{"TableName":"a\nb"}', b'{"TableName":"\\x"}', b'{"TableName":"\\ud800"}', b'{"n":01}',
    b'{"n":1e}', b'{"n":NaN}',
])
def test_not_json(raw, alive, body):
    answer = raw.call("GetItem", body)
    assert answer.status == 400, answer.body
    assert answer.error in ("SerializationException", "ValidationException")


@pytest.mark.local_differs(LOCAL)
@pytest.mark.parametrize("key", [
    b"[]", b'"pk"', b"1", b"true", b'{"pk":"x"}', b'{"pk":["x"]}', b'{"pk":{"S":1}}',
    b'{"pk":{"S":{}}}', b'{"pk":{"S":true}}', b'{"pk":{"N":1}}', b'{"pk":{"SS":"x"}}',
    b'{"pk":{"BOOL":"yes"}}', b'{"pk":{"M":[]}}', b'{"pk":{"L":{}}}',
])
def test_wrong_types(raw, alive, hash_table, key):
    answer = raw.call("GetItem", get_body(hash_table, key))
    assert answer.status == 400, answer.body
    assert answer.error in ("SerializationException", "ValidationException")


@pytest.mark.local_differs(LOCAL)
@pytest.mark.parametrize("member", [
    b'"ConsistentRead":"yes"', b'"ConsistentRead":1', b'"ProjectionExpression":1',
    b'"ExpressionAttributeNames":[]', b'"AttributesToGet":"a"', b'"AttributesToGet":[1]',
])
def test_wrong_types_of_members(raw, alive, hash_table, member):
    body = get_body(hash_table, b'{"pk":{"S":"x"}}')[:-1] + b"," + member + b"}"
    answer = raw.call("GetItem", body)
    assert answer.status == 400, answer.body
    assert answer.error in ("SerializationException", "ValidationException")


@pytest.mark.local_differs(LOCAL)
@pytest.mark.parametrize("text", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc0\x80"])
def test_invalid_utf8(raw, alive, hash_table, text):
    answer = raw.call("GetItem", get_body(hash_table, b'{"pk":{"S":"' + text + b'"}}'))
    assert answer.status == 400, answer.body
    assert answer.error in ("SerializationException", "ValidationException")


@pytest.mark.local_differs(LOCAL)
@pytest.mark.parametrize("text", [b"!!", b"YQ", b"YQ=", b"Y", b"YQ==YQ==", b"Y Q=", b"-_-_"])
def test_bad_base64(raw, alive, hash_table, text):
    body = (b'{"TableName":"' + hash_table.encode()
            + b'","Item":{"pk":{"S":"x"},"v":{"B":"' + text + b'"}}}')
    answer = raw.call("PutItem", body)
    assert answer.status == 400, answer.body
    assert answer.error in ("SerializationException", "ValidationException")


@pytest.mark.parametrize("target", ["Nope", "getitem", "GetItemX"])
def test_unknown_operations(raw, alive, target):
    answer = raw.call(target, {})
    assert answer.status == 400
    assert answer.error == "UnknownOperationException"


@pytest.mark.local_differs(LOCAL)
@pytest.mark.parametrize("target", [None, "", "GetItem", "DynamoDB_20111205.GetItem", "Other.GetItem"])
def test_unknown_targets(raw, alive, target):
    answer = raw.call("", b"{}", {"X-Amz-Target": target})
    assert answer.status in (400, 404)
    assert answer.error in ("UnknownOperationException", "MissingAuthenticationTokenException")


def test_unknown_members_are_ignored(raw, alive, hash_table):
    body = get_body(hash_table, b'{"pk":{"S":"nobody"}}')[:-1] + b',"Nope":{"x":[1,{"y":null}]}}'
    assert raw.call("GetItem", body).json == {}


def test_null_members_are_absent(raw, alive, hash_table):
    body = get_body(hash_table, b'{"pk":{"S":"nobody"}}')[:-1] + b',"ProjectionExpression":null}'
    assert raw.call("GetItem", body).json == {}


def test_white_space_and_escapes(raw, client, hash_table, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "é/\"🎈": N(1)})
    escaped = "".join(f"\\u{ord(c):04x}" for c in pk).encode()
    body = (b' \r\n\t{ "Key" :\n{"pk":{"S":"' + escaped + b'"}} , "T\\u0061bleName" : "'
            + hash_table.encode() + b'" } \n')
    answer = raw.call("GetItem", body)
    assert answer.status == 200, answer.body
    assert answer.json["Item"] == {"pk": S(pk), "é/\"🎈": N(1)}


def quick(raw, operation, body):
    """An answer in the 400s within a few seconds."""
    start = time.monotonic()
    answer = raw.call(operation, body)
    assert answer.status in (400, 413), answer.body[:200]
    assert answer.error and answer.message
    assert time.monotonic() - start < 5
    return answer


@pytest.mark.local_differs("runs out of stack")
@pytest.mark.parametrize("levels", [1000, 100_000])
@pytest.mark.parametrize("opened, closed", [
    (b'{"L":[', b"]}"), (b'{"M":{"m":', b"}}")], ids=["lists", "maps"])
def test_deep_documents(raw, alive, hash_table, levels, opened, closed):
    value = opened * levels + b'{"S":"x"}' + closed * levels
    quick(raw, "PutItem", b'{"TableName":"' + hash_table.encode()
          + b'","Item":{"pk":{"S":"deep"},"v":' + value + b"}}")


@pytest.mark.local_differs("runs out of stack")
@pytest.mark.parametrize("body", [
    b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000,
    b'{"Nope":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
], ids=["open lists", "lists", "open maps", "in an unknown member"])
def test_deep_json(raw, alive, body):
    quick(raw, "GetItem", body)


@pytest.mark.parametrize("expression", [
    "(" * 100_000 + "a = :v" + ")" * 100_000,
    "(" * 2000 + "a = :v" + ")" * 2000,
    "NOT " * 1000 + "a = :v",
    "NOT (" * 600 + "a = :v" + ")" * 600,
    "a" + "[0]" * 1300 + " = :v",
    "a" + ".a" * 2000 + " = :v",
    "size(" * 600 + "a" + ")" * 600 + " = :v",
], ids=["100,000 parentheses", "parentheses", "not", "not in parentheses", "indexes", "dots",
        "functions"])
@pytest.mark.parametrize("member", ["ConditionExpression", "FilterExpression"])
def test_deep_expressions(raw, alive, hash_table, expression, member):
    body = {"TableName": hash_table, member: expression,
            "ExpressionAttributeValues": {":v": S("x")}}
    if member == "ConditionExpression":
        quick(raw, "PutItem", {**body, "Item": {"pk": S("deep")}})
    else:
        quick(raw, "Scan", body)


@pytest.mark.parametrize("expression", [
    "SET a = " + "(" * 2000 + ":v" + ")" * 2000,
    "SET a" + ".a" * 2000 + " = :v",
    "REMOVE " + ", ".join(f"a[{i}]" for i in range(100)) + ", a" + "[0]" * 1000,
], ids=["parentheses", "dots", "indexes"])
def test_deep_update_expressions(raw, alive, hash_table, expression):
    body = {"TableName": hash_table, "Key": {"pk": S("deep")}, "UpdateExpression": expression}
    if ":v" in expression:
        body["ExpressionAttributeValues"] = {":v": S("x")}
    quick(raw, "UpdateItem", body)


@pytest.mark.parametrize("digits", [
    "9" * 10_000, "1e" + "9" * 10_000, "-0." + "0" * 10_000 + "1",
    pytest.param("9" * 1_000_000, marks=pytest.mark.local_differs("takes 18 seconds")),
], ids=["digits", "exponent", "zeros", "a million digits"])
def test_endless_numbers(raw, alive, hash_table, digits):
    quick(raw, "PutItem", {"TableName": hash_table,
                           "Item": {"pk": S("deep"), "n": {"N": digits}}})


def test_nested_functions_are_evaluated(raw, alive, hash_table, pk):
    answer = raw.call("UpdateItem", {
        "TableName": hash_table, "Key": {"pk": S(pk)}, "ReturnValues": "UPDATED_NEW",
        "UpdateExpression": "SET a = " + "if_not_exists(a, " * 200 + ":v" + ")" * 200,
        "ExpressionAttributeValues": {":v": S("x")}})
    assert answer.json["Attributes"] == {"a": S("x")}


def test_many_small_values(raw, alive, hash_table):
    """A hundred thousand elements are within the size of an item."""
    items = [{"NULL": True}] * 100_000
    answer = raw.call("PutItem", {"TableName": hash_table,
                                  "Item": {"pk": S("wide"), "v": {"L": items}}})
    assert answer.status == 200, answer.body
    raw.call("DeleteItem", {"TableName": hash_table, "Key": {"pk": S("wide")}})
