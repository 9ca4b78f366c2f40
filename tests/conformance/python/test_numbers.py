"""Numbers: exact decimals of 38 digits, their bounds, order, arithmetic and printing."""

from decimal import Decimal

import pytest

from harness import messages
from harness.errors import expect_invalid
from harness.tables import write_all
from harness.values import N, NS, S, table_of


@pytest.fixture
def echo(client, hash_table, pk):
    """echo(text) -> the number as it comes back."""

    def run(text):
        client.put_item(TableName=hash_table, Item={"pk": S(pk), "n": N(text)})
        item = client.get_item(TableName=hash_table, Key={"pk": S(pk)}, ConsistentRead=True)
        return item["Item"]["n"]["N"]

    return run


DIGITS = "12345678901234567890123456789012345678"


@pytest.mark.parametrize("text, expected", [
    ("0", "0"), ("-0", "0"), ("0.0", "0"), ("1", "1"), ("+1", "1"), ("-1", "-1"), ("007", "7"),
    ("1.50", "1.5"), (".5", "0.5"), ("5.", "5"), ("1e3", "1000"), ("1E+3", "1000"),
    ("12E-1", "1.2"), ("100", "100"), ("0.001", "0.001"), ("-0.001", "-0.001"),
    (DIGITS, DIGITS), ("-" + DIGITS, "-" + DIGITS), ("0." + DIGITS, "0." + DIGITS),
    (DIGITS[:19] + "." + DIGITS[19:], DIGITS[:19] + "." + DIGITS[19:]),
    ("000000000" + DIGITS + ".000", DIGITS),
])
def test_printed_plainly(echo, text, expected):
    assert echo(text) == expected


@pytest.mark.parametrize("text", [
    "1E-130", "-1E-130", "1E125", "9.9999999999999999999999999999999999999E+125",
    "-9.9999999999999999999999999999999999999E+125", "1.5E-129", "123E100", "1e-5",
])
def test_the_whole_range_is_exact(echo, text):
    assert Decimal(echo(text)) == Decimal(text)


@pytest.mark.parametrize("text, message", [
    ("1E126", "Number overflow. Attempting to store a number with magnitude larger than supported "
     "range"),
    ("-1E126", "Number overflow."),
    ("1E999999999", "Number overflow"),
    ("1E-131", "Number underflow. Attempting to store a number with magnitude smaller than "
     "supported range"),
    ("-1E-131", "Number underflow."),
    (DIGITS + "9", messages.TOO_MANY_DIGITS),
    ("1." + DIGITS, messages.TOO_MANY_DIGITS),
    ("", messages.NOT_A_NUMBER),
    ("abc", messages.NOT_A_NUMBER),
    ("1,5", messages.NOT_A_NUMBER),
    ("0x10", messages.NOT_A_NUMBER),
    ("1e", messages.NOT_A_NUMBER),
    ("NaN", messages.NOT_A_NUMBER),
    ("Infinity", messages.NOT_A_NUMBER),
    ("--1", messages.NOT_A_NUMBER),
    ("1 2", messages.NOT_A_NUMBER),
    (".", messages.NOT_A_NUMBER),
])
def test_refused(echo, text, message):
    with expect_invalid(message):
        echo(text)


def test_ten_thousand_digits_are_refused(echo):
    with expect_invalid(messages.TOO_MANY_DIGITS):
        echo("1" * 10_000)


def test_ten_thousand_zeros_are_one_digit(client, echo):
    with expect_invalid("Number overflow"):
        echo("1" + "0" * 10_000)
    with expect_invalid("Number underflow"):
        echo("0." + "0" * 10_000 + "1")
    assert echo("0" * 10_000 + "1") == "1"


@pytest.mark.parametrize("start, change, expected", [
    ("0.1", "0.2", "0.3"),
    ("1", "-1", "0"),
    ("99999999999999999999999999999999999999", "-1", "99999999999999999999999999999999999998"),
    ("1E-130", "1E-130", "2E-130"),
    ("12.25", "0.75", "13"),
    ("1E10", "1E-10", "10000000000.0000000001"),
])
@pytest.mark.parametrize("action", ["SET n = n + :v", "ADD n :v"])
def test_exact_addition(client, hash_table, pk, start, change, expected, action):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "n": N(start)})
    answer = client.update_item(
        TableName=hash_table, Key={"pk": S(pk)}, UpdateExpression=action,
        ExpressionAttributeValues={":v": N(change)}, ReturnValues="UPDATED_NEW")
    assert Decimal(answer["Attributes"]["n"]["N"]) == Decimal(expected)


@pytest.mark.parametrize("start, change", [
    ("9.9E125", "9.9E125"),
    ("-9.9E125", "-9.9E125"),
])
def test_sums_out_of_range(client, hash_table, pk, start, change):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "n": N(start)})
    with expect_invalid("Number overflow"):
        client.update_item(TableName=hash_table, Key={"pk": S(pk)}, UpdateExpression="ADD n :v",
                           ExpressionAttributeValues={":v": N(change)})


def test_sort_order(client, number_table, pk):
    texts = ["-9.9E125", "-1E20", "-100", "-99.5", "-1", "-1E-130", "0", "1E-130", "0.1", "0.11",
             "1", "9", "10", "99.999", "100", "1E20", DIGITS, "9.9E125"]
    write_all(client, number_table, [{"pk": S(pk), "sk": N(text)} for text in texts[::-1]])
    answer = client.query(TableName=number_table, KeyConditionExpression="pk = :k",
                          ExpressionAttributeValues={":k": S(pk)})
    assert [Decimal(item["sk"]["N"]) for item in answer["Items"]] == [Decimal(t) for t in texts]


def test_equal_numbers_are_one_key(client, number_table, pk):
    for text in ("1", "1.0", "10E-1", "0.1e1", "+1"):
        client.put_item(TableName=number_table, Item={"pk": S(pk), "sk": N(text), "last": S(text)})
    answer = client.query(TableName=number_table, KeyConditionExpression="pk = :k",
                          ExpressionAttributeValues={":k": S(pk)})
    assert [item["last"]["S"] for item in answer["Items"]] == ["+1"]


def test_equal_numbers_are_one_set_member(client, hash_table, pk):
    with expect_invalid("Input collection", "contains duplicates"):
        client.put_item(TableName=hash_table, Item={"pk": S(pk), "s": NS("1", "1.0")})


def test_number_partition_keys(client, make_table):
    table = make_table(**table_of("N"))
    client.put_item(TableName=table, Item={"pk": N("1.10"), "v": S("x")})
    item = client.get_item(TableName=table, Key={"pk": N("11E-1")})["Item"]
    assert item == {"pk": N("1.1"), "v": S("x")}
