"""Condition expressions: comparators, functions, logic, and their faults."""

import pytest

from harness.errors import expect_error, expect_invalid
from harness.values import B, BS, FALSE, L, M, N, NS, NULL, S, SS, TRUE

ITEM = {
    "s": S("hello"), "n": N(5), "b": B(b"abc"), "t": TRUE, "nul": NULL, "ss": SS("a", "b"),
    "ns": NS(1, 2), "bs": BS(b"x"), "l": L(N(1), S("two"), L(N(3))), "m": M(x=N(1), y=M(z=S("q"))),
    "status": S("open"), "blank": S(""),
}


@pytest.fixture(scope="module")
def holds(client, hash_table):
    """holds(condition, values, names) -> whether a put under that condition passes."""
    key = {"pk": S("condition-subject")}
    client.put_item(TableName=hash_table, Item={**key, **ITEM})

    def run(condition, values=None, names=None):
        request = dict(TableName=hash_table, Item={**key, **ITEM}, ConditionExpression=condition)
        if values:
            request["ExpressionAttributeValues"] = {":" + k: v for k, v in values.items()}
        if names:
            request["ExpressionAttributeNames"] = names
        try:
            client.put_item(**request)
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    return run


@pytest.mark.parametrize("condition, values, expected", [
    ("n = :v", {"v": N("5.0")}, True),
    ("n <> :v", {"v": N(5)}, False),
    ("n < :v", {"v": N(6)}, True),
    ("n <= :v", {"v": N(5)}, True),
    ("n > :v", {"v": N(5)}, False),
    ("n >= :v", {"v": N(5)}, True),
    ("n = :v", {"v": S("5")}, False),
    ("n <> :v", {"v": S("5")}, True),
    ("n < :v", {"v": S("6")}, False),
    ("s < :v", {"v": S("hellp")}, True),
    ("b > :v", {"v": B(b"abb")}, True),
    ("t = :v", {"v": TRUE}, True),
    ("t = :v", {"v": FALSE}, False),
    ("nul = :v", {"v": NULL}, True),
    ("ss = :v", {"v": SS("b", "a")}, True),
    ("ns = :v", {"v": NS("2", "1.0")}, True),
    ("l = :v", {"v": L(N(1), S("two"), L(N(3)))}, True),
    ("m = :v", {"v": M(x=N(1), y=M(z=S("q")))}, True),
    ("absent = :v", {"v": N(1)}, False),
    ("absent <> :v", {"v": N(1)}, True),
    (":v = n", {"v": N(5)}, True),
    ("m.x < n", None, True),
    ("m.y.z = :v", {"v": S("q")}, True),
    ("l[1] = :v", {"v": S("two")}, True),
    ("l[2][0] = :v", {"v": N(3)}, True),
    ("blank = :v", {"v": S("")}, True),
])
def test_comparators(holds, condition, values, expected):
    assert holds(condition, values) is expected


@pytest.mark.parametrize("condition, values, expected", [
    ("n BETWEEN :a AND :b", {"a": N(5), "b": N(6)}, True),
    ("n BETWEEN :a AND :b", {"a": N(6), "b": N(7)}, False),
    ("s between :a and :b", {"a": S("a"), "b": S("z")}, True),
    ("n IN (:a)", {"a": N(5)}, True),
    ("n IN (:a, :b)", {"a": N(4), "b": S("5")}, False),
    ("m.x in (n, :a)", {"a": N(1)}, True),
    ("NOT n IN (:a)", {"a": N(5)}, False),
])
def test_between_and_in(holds, condition, values, expected):
    assert holds(condition, values) is expected


@pytest.mark.parametrize("condition, values, expected", [
    ("attribute_exists(s)", None, True),
    ("attribute_exists(absent)", None, False),
    ("attribute_exists(m.y.z)", None, True),
    ("attribute_exists(m.y.nope)", None, False),
    ("attribute_exists(l[2])", None, True),
    ("attribute_exists(l[3])", None, False),
    ("attribute_not_exists(absent)", None, True),
    ("attribute_not_exists(nul)", None, False),
    ("begins_with(s, :v)", {"v": S("hel")}, True),
    ("begins_with(s, :v)", {"v": S("")}, True),
    ("begins_with(s, :v)", {"v": S("lo")}, False),
    ("begins_with(b, :v)", {"v": B(b"ab")}, True),
    ("begins_with(n, :v)", {"v": S("5")}, False),
    ("contains(s, :v)", {"v": S("ell")}, True),
    ("contains(s, :v)", {"v": S("xyz")}, False),
    ("contains(b, :v)", {"v": B(b"bc")}, True),
    ("contains(ss, :v)", {"v": S("a")}, True),
    ("contains(ss, :v)", {"v": S("c")}, False),
    ("contains(ns, :v)", {"v": N("2.0")}, True),
    ("contains(bs, :v)", {"v": B(b"x")}, True),
    ("contains(l, :v)", {"v": S("two")}, True),
    ("contains(l, :v)", {"v": L(N(3))}, True),
    ("contains(l, :v)", {"v": N(3)}, False),
    ("contains(n, :v)", {"v": N(5)}, False),
    ("size(s) = :v", {"v": N(5)}, True),
    ("size(b) = :v", {"v": N(3)}, True),
    ("size(ss) = :v", {"v": N(2)}, True),
    ("size(l) = :v", {"v": N(3)}, True),
    ("size(m) = :v", {"v": N(2)}, True),
    ("size(blank) = :v", {"v": N(0)}, True),
    ("size(s) > size(b)", None, True),
    ("size(s) BETWEEN :a AND :b", {"a": N(1), "b": N(9)}, True),
    ("size(absent) = :v", {"v": N(0)}, False),
    ("size(n) = :v", {"v": N(1)}, False),
])
def test_functions(holds, condition, values, expected):
    assert holds(condition, values) is expected


@pytest.mark.parametrize("name, kind", [
    ("s", "S"), ("n", "N"), ("b", "B"), ("t", "BOOL"), ("nul", "NULL"), ("ss", "SS"), ("ns", "NS"),
    ("bs", "BS"), ("l", "L"), ("m", "M"),
])
def test_attribute_type(holds, name, kind):
    assert holds(f"attribute_type({name}, :t)", {"t": S(kind)})
    assert not holds(f"attribute_type({name}, :t)", {"t": S("S" if kind != "S" else "N")})


@pytest.mark.parametrize("condition, expected", [
    ("n = :five AND s = :hello", True),
    ("n = :one OR s = :hello", True),
    ("NOT n = :one AND s = :hello", True),
    ("NOT (n = :five AND s = :hello)", False),
    ("n = :one OR n = :five AND s = :hello", True),
    ("n = :five OR n = :one AND s = :one", True),
    ("(n = :five OR n = :one) AND s = :one", False),
    ("(n = :five) AND (s = (:hello))", True),
    ("not not n = :five AND s = :hello OR n = :one", True),
])
def test_logic_and_precedence(holds, condition, expected):
    values = {"five": N(5), "one": N(1), "hello": S("hello")}
    used = {k: v for k, v in values.items() if ":" + k in condition}
    assert holds(condition, used) is expected


def test_names(holds):
    assert holds("#s = :v AND #m.#y.#z = :q", {"v": S("open"), "q": S("q")},
                 {"#s": "status", "#m": "m", "#y": "y", "#z": "z"})


@pytest.mark.parametrize("condition, values, message", [
    ("", None, "Invalid ConditionExpression: The expression can not be empty;"),
    ("((n = :v))", {"v": N(1)}, "The expression has redundant parentheses;"),
    ("n = ", None, 'Invalid ConditionExpression: Syntax error; token: "<EOF>"'),
    ("n == :v", {"v": N(1)}, "Syntax error; token: \"=\", near: \"== :v\""),
    ("n = :v AND", {"v": N(1)}, "Syntax error; token: \"<EOF>\""),
    ("(n = :v", {"v": N(1)}, "Syntax error; token: \"<EOF>\""),
    ("n = :v)", {"v": N(1)}, "Syntax error; token: \")\""),
    ("n", None, "Syntax error;"),
    ("status = :v", {"v": N(1)}, "Attribute name is a reserved keyword; reserved keyword: status"),
    ("nope(n)", None, "Invalid function name; function: nope"),
    ("Size(n) = :v", {"v": N(1)}, "Invalid function name; function: Size"),
    ("attribute_exists(n, s)", None, "Incorrect number of operands for operator or function; "
     "operator or function: attribute_exists, number of operands: 2"),
    ("attribute_exists(:v)", {"v": S("n")}, "Operator or function requires a document path; "
     "operator or function: attribute_exists"),
    ("attribute_type(n, :v)", {"v": S("X")}, "Invalid attribute type name found; type: X"),
    ("attribute_type(n, :v)", {"v": N(1)}, "Incorrect operand type for operator or function; "
     "operator or function: attribute_type, operand type: N"),
    ("begins_with(s, :v)", {"v": N(1)}, "Incorrect operand type for operator or function; "
     "operator or function: begins_with, operand type: N"),
    ("size(n)", None, "The function is not allowed to be used this way in an expression; "
     "function: size"),
    ("contains(s, :v) = :v", {"v": S("x")}, "The function is not allowed to be used this way in an "
     "expression; function: contains"),
    ("if_not_exists(n, :v) = :v", {"v": N(1)}, "The function is not allowed in a condition "
     "expression; function: if_not_exists"),
    ("n BETWEEN :a AND :b", {"a": N(2), "b": N(1)}, "The BETWEEN operator requires upper bound to "
     "be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper "
     "bound operand: AttributeValue: {N:1}"),
    ("n BETWEEN :a AND :b", {"a": N(2), "b": S("x")}, "The BETWEEN operator requires same data "
     "type for lower and upper bounds;"),
    ("n = n", None, "The first operand must be distinct from the remaining operands for this "
     "operator or function; operator: =, first operand: [n]"),
    ("n < :v", {"v": TRUE}, "Incorrect operand type for operator or function; operator or function: <, "
     "operand type: BOOL"),
    ("n = :missing", None, "An expression attribute value used in expression is not defined; "
     "attribute value: :missing"),
    ("#m = :v", {"v": N(1)}, "An expression attribute name used in the document path is not "
     "defined; attribute name: #m"),
])
def test_faults(holds, condition, values, message):
    with expect_invalid("Invalid ConditionExpression:", message):
        holds(condition, values)


def test_in_takes_at_most_100_operands(holds):
    values = {f"v{i}": N(i) for i in range(101)}
    hundred = {name: values[name] for name in list(values)[:100]}
    assert holds(f"n IN ({', '.join(':' + name for name in hundred)})", hundred)
    with expect_invalid("Invalid ConditionExpression:", "IN"):
        holds(f"n IN ({', '.join(':' + name for name in values)})", values)


def test_at_most_300_operators(holds):
    assert holds(" OR ".join(["n = :v"] * 150), {"v": N(5)})
    with expect_invalid("The expression contains too many operators; operator count: "):
        holds(" OR ".join(["n = :v"] * 151), {"v": N(5)})


def test_unused_values(holds):
    with expect_invalid("unused in expressions: keys: {:w}"):
        holds("n = :v", {"v": N(5), "w": N(1)})


def test_values_without_expression(client, hash_table, pk):
    with expect_invalid("ExpressionAttributeValues can only be specified when using expressions"):
        client.put_item(TableName=hash_table, Item={"pk": S(pk)},
                        ExpressionAttributeValues={":v": N(1)})


def test_condition_may_look_at_the_key(client, hash_table, pk):
    request = dict(TableName=hash_table, Item={"pk": S(pk)}, ConditionExpression="pk <> :k",
                   ExpressionAttributeValues={":k": S(pk)})
    client.put_item(**request)
    with expect_error("ConditionalCheckFailedException"):
        client.put_item(**request)
