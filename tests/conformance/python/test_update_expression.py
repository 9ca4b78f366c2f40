"""Update expressions: SET, REMOVE, ADD, DELETE, their functions and their faults."""

import pytest

from harness.errors import expect_invalid
from harness.values import B, BS, L, M, N, NS, NULL, S, SS


@pytest.fixture
def change(client, hash_table, pk):
    """change(item, expression, values, names) -> the item after the update, without its key."""

    def run(item, expression, values=None, names=None):
        client.put_item(TableName=hash_table, Item={"pk": S(pk), **item})
        request = dict(TableName=hash_table, Key={"pk": S(pk)}, UpdateExpression=expression,
                       ReturnValues="ALL_NEW")
        if values is not None:
            request["ExpressionAttributeValues"] = values
        if names is not None:
            request["ExpressionAttributeNames"] = names
        after = client.update_item(**request)["Attributes"]
        del after["pk"]
        return after

    return run


@pytest.mark.parametrize("item, expression, values, expected", [
    ({}, "SET a = :v", {":v": S("x")}, {"a": S("x")}),
    ({"a": N(1)}, "set a = :v", {":v": NULL}, {"a": NULL}),
    ({"a": N(1)}, "SET b = a", None, {"a": N(1), "b": N(1)}),
    ({"a": N(1), "b": N(2)}, "SET a = b, b = a", None, {"a": N(2), "b": N(1)}),
    ({"a": N(1)}, "SET a = a + :v", {":v": N(5)}, {"a": N(6)}),
    ({"a": N(1)}, "SET a = a - :v", {":v": N(5)}, {"a": N(-4)}),
    ({"a": N(1)}, "SET a = :v - a", {":v": N(5)}, {"a": N(4)}),
    ({}, "SET a = :v + :v", {":v": N(5)}, {"a": N(10)}),
    ({}, "SET a = (:v)", {":v": N(5)}, {"a": N(5)}),
    ({"a": N(1)}, "SET a = if_not_exists(a, :v)", {":v": N(5)}, {"a": N(1)}),
    ({}, "SET a = if_not_exists(a, :v)", {":v": N(5)}, {"a": N(5)}),
    ({}, "SET a = if_not_exists(a, :z) + :v", {":z": N(0), ":v": N(5)}, {"a": N(5)}),
    ({"b": N(7)}, "SET a = if_not_exists(a, b)", None, {"a": N(7), "b": N(7)}),
    ({"l": L(N(1))}, "SET l = list_append(l, :v)", {":v": L(N(2))}, {"l": L(N(1), N(2))}),
    ({"l": L(N(1))}, "SET l = list_append(:v, l)", {":v": L(N(2))}, {"l": L(N(2), N(1))}),
    ({}, "SET l = list_append(if_not_exists(l, :e), :v)", {":e": L(), ":v": L(N(2))},
     {"l": L(N(2))}),
    ({"m": M()}, "SET m.x = :v", {":v": N(1)}, {"m": M(x=N(1))}),
    ({"m": M(l=L(M(y=N(1))))}, "SET m.l[0].y = :v", {":v": N(2)}, {"m": M(l=L(M(y=N(2))))}),
    ({"l": L(N(1), N(2))}, "SET l[0] = :v", {":v": N(9)}, {"l": L(N(9), N(2))}),
    ({"l": L(N(1))}, "SET l[50] = :v", {":v": N(9)}, {"l": L(N(1), N(9))}),
    ({"l": L(N(1))}, "SET l[9] = :v, l[5] = :w", {":v": N(9), ":w": N(5)},
     {"l": L(N(1), N(5), N(9))}),
])
def test_set(change, item, expression, values, expected):
    assert change(item, expression, values) == expected


@pytest.mark.parametrize("item, expression, expected", [
    ({"a": N(1), "b": N(2)}, "REMOVE a", {"b": N(2)}),
    ({"a": N(1), "b": N(2)}, "REMOVE a, b", {}),
    ({"a": N(1)}, "REMOVE nope", {"a": N(1)}),
    ({"m": M(x=N(1), y=N(2))}, "REMOVE m.x", {"m": M(y=N(2))}),
    ({"l": L(N(1), N(2), N(3))}, "REMOVE l[1]", {"l": L(N(1), N(3))}),
    ({"l": L(N(1), N(2), N(3))}, "REMOVE l[0], l[2]", {"l": L(N(2))}),
    ({"l": L(N(1))}, "REMOVE l[9]", {"l": L(N(1))}),
])
def test_remove(change, item, expression, expected):
    assert change(item, expression) == expected


def sets_sorted(item):
    return {name: {kind: sorted(value) if kind in ("SS", "NS", "BS") else value}
            for name, typed in item.items() for kind, value in typed.items()}


@pytest.mark.parametrize("item, expression, values, expected", [
    ({}, "ADD n :v", {":v": N(3)}, {"n": N(3)}),
    ({"n": N(1)}, "ADD n :v", {":v": N(-3)}, {"n": N(-2)}),
    ({}, "ADD s :v", {":v": SS("a")}, {"s": SS("a")}),
    ({"s": SS("a")}, "ADD s :v", {":v": SS("a", "b")}, {"s": SS("a", "b")}),
    ({"s": NS(1)}, "ADD s :v", {":v": NS("1.0", 2)}, {"s": NS(1, 2)}),
    ({"s": BS(b"a")}, "ADD s :v", {":v": BS(b"b")}, {"s": BS(b"a", b"b")}),
    ({"m": M(n=N(1))}, "ADD m.n :v", {":v": N(1)}, {"m": M(n=N(2))}),
    ({"s": SS("a", "b")}, "DELETE s :v", {":v": SS("b", "c")}, {"s": SS("a")}),
    ({"s": SS("a", "b")}, "DELETE s :v", {":v": SS("a", "b")}, {}),
    ({}, "DELETE s :v", {":v": SS("a")}, {}),
    ({"n": N(1), "s": SS("a"), "x": N(1)}, "ADD n :one DELETE s :s REMOVE x SET y = :one",
     {":one": N(1), ":s": SS("a")}, {"n": N(2), "y": N(1)}),
])
def test_add_and_delete(change, item, expression, values, expected):
    assert sets_sorted(change(item, expression, values)) == expected


def test_names_stand_for_reserved_and_dotted_attributes(change):
    after = change({"m": M()}, "SET #s = :v, m.#d = :v", {":v": N(1)},
                   {"#s": "status", "#d": "a.b"})
    assert after == {"status": N(1), "m": {"M": {"a.b": N(1)}}}


@pytest.mark.parametrize("item, expression, values, message", [
    ({}, "SET a = b", None, "The provided expression refers to an attribute that does not exist "
     "in the item"),
    ({}, "SET a = a + :v", {":v": N(1)}, "The provided expression refers to an attribute that does "
     "not exist in the item"),
    ({"a": S("x")}, "SET a = a + :v", {":v": N(1)}, "An operand in the update expression has an "
     "incorrect data type"),
    ({"a": S("x")}, "SET a = list_append(a, :v)", {":v": L()}, "An operand in the update "
     "expression has an incorrect data type"),
    ({"a": S("x")}, "ADD a :v", {":v": N(1)}, "An operand in the update expression has an "
     "incorrect data type"),
    ({"a": SS("x")}, "ADD a :v", {":v": NS(1)}, "An operand in the update expression has an "
     "incorrect data type"),
    ({"a": N(1)}, "DELETE a :v", {":v": SS("x")}, "An operand in the update expression has an "
     "incorrect data type"),
    ({}, "SET m.x = :v", {":v": N(1)}, "The document path provided in the update expression is "
     "invalid for update"),
    ({"m": L()}, "SET m.x = :v", {":v": N(1)}, "The document path provided in the update "
     "expression is invalid for update"),
    ({"m": M()}, "SET m[0] = :v", {":v": N(1)}, "The document path provided in the update "
     "expression is invalid for update"),
])
def test_faults_found_in_the_item(change, item, expression, values, message):
    with expect_invalid(message):
        change(item, expression, values)


@pytest.mark.parametrize("expression, values, message", [
    ("", None, "Invalid UpdateExpression: The expression can not be empty;"),
    ("SET a = :v, a = :v", {":v": N(1)}, "Two document paths overlap with each other"),
    ("SET m.x = :v REMOVE m", {":v": N(1)}, "Two document paths overlap with each other"),
    ("SET m.x = :v, m[0] = :v", {":v": N(1)}, "Two document paths conflict with each other"),
    ("SET a = :v SET b = :v", {":v": N(1)}, 'The "SET" section can only be used once in an update '
     "expression;"),
    ("SET a = :v", None, "An expression attribute value used in expression is not defined; "
     "attribute value: :v"),
    ("SET #a = :v", {":v": N(1)}, "An expression attribute name used in the document path is not "
     "defined; attribute name: #a"),
    ("SET status = :v", {":v": N(1)}, "Attribute name is a reserved keyword; reserved keyword: "
     "status"),
    ("SET a = nope(:v)", {":v": N(1)}, "Invalid function name; function: nope"),
    ("SET a = size(b)", None, "The function is not allowed in an update expression; function: "
     "size"),
    ("SET a = if_not_exists(a)", None, "Incorrect number of operands for operator or function; "
     "operator or function: if_not_exists, number of operands: 1"),
    ("SET a = if_not_exists(:v, :v)", {":v": N(1)}, "Operator or function requires a document path;"
     " operator or function: if_not_exists"),
    ("SET a = list_append(:v, :v)", {":v": N(1)}, "Incorrect operand type for operator or function"
     "; operator or function: list_append, operand type: N"),
    ("SET a = :v + :w", {":v": N(1), ":w": S("x")}, "Incorrect operand type for operator or "
     "function; operator or function: +, operand type: S"),
    ("ADD a :v", {":v": S("x")}, "Incorrect operand type for operator or function; operator: ADD, "
     "operand type: STRING"),
    ("DELETE a :v", {":v": N(1)}, "Incorrect operand type for operator or function; operator: "
     "DELETE, operand type: NUMBER"),
    ("SET a :v", {":v": N(1)}, "Syntax error; token:"),
    ("SET a = ", None, "Syntax error; token: \"<EOF>\""),
    ("SET a = :v + :v + :v", {":v": N(1)}, "Syntax error; token: \"+\""),
    ("HELLO a = :v", {":v": N(1)}, "Syntax error; token: \"HELLO\""),
])
def test_faults_of_the_expression(change, expression, values, message):
    with expect_invalid("Invalid UpdateExpression:", message):
        change({"m": M()}, expression, values)


def test_unused_value_and_name(change):
    with expect_invalid("Value provided in ExpressionAttributeValues unused in expressions: "
                        "keys: {:w}"):
        change({}, "SET a = :v", {":v": N(1), ":w": N(1)})
    with expect_invalid("Value provided in ExpressionAttributeNames unused in expressions: "
                        "keys: {#b}"):
        change({}, "SET a = :v", {":v": N(1)}, {"#b": "b"})


def test_empty_placeholder_maps(change):
    with expect_invalid("ExpressionAttributeValues must not be empty"):
        change({}, "REMOVE a", {})
    with expect_invalid("ExpressionAttributeNames must not be empty"):
        change({}, "REMOVE a", None, {})


@pytest.mark.parametrize("names, values, message", [
    ({"a": "a"}, {":v": N(1)}, 'ExpressionAttributeNames contains invalid key: Syntax error; '
     'key: "a"'),
    ({"#a": "a"}, {"v": N(1)}, 'ExpressionAttributeValues contains invalid key: Syntax error; '
     'key: "v"'),
])
def test_malformed_placeholders(change, names, values, message):
    with expect_invalid(message):
        change({}, "SET #a = :v", values, names)


def test_binary_operand(change):
    with expect_invalid("operator: ADD, operand type: BINARY"):
        change({}, "ADD a :v", {":v": B(b"x")})


def test_expression_of_4_kb_is_the_longest(change):
    names = ["a" * 30 + str(i) for i in range(200)]
    expression = "REMOVE " + ",".join(names)
    longest = expression[:4096].rpartition(",")[0]
    longest += " " * (4096 - len(longest))
    assert change({"x": N(1)}, longest) == {"x": N(1)}
    with expect_invalid("Invalid UpdateExpression: Expression size has exceeded the maximum "
                        "allowed size;"):
        change({}, longest + " ")
