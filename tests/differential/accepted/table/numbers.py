"""Numbers are trimmed."""

from accepted.difference import ANSWER, GUIDE, RULE, Difference
from accepted.matchers import numbers
from accepted.table.requests import BETWEEN, CREATE, KEY, put

DIFFERENCES = [
    Difference(
        "numbers-trimmed",
        "Leading and trailing zeroes of numbers are trimmed wherever a number stands; Local keeps "
        "the given text inside lists and maps and in what update expressions write.",
        GUIDE + "HowItWorks.NamingRulesDataTypes.html",
        ANSWER,
        numbers.numbers,
        [CREATE, put({"l1": {"L": [{"N": "1.50"}]}}), {"op": "GetItem", "body": KEY}],
    ),
    Difference(
        "numbers-in-messages",
        "A message that shows a number operand shows it trimmed, as numbers are everywhere; Local "
        "repeats the request's text.",
        GUIDE + "HowItWorks.NamingRulesDataTypes.html",
        RULE,
        numbers.number_operands,
        [CREATE, put({}, **BETWEEN)],
    ),
]
