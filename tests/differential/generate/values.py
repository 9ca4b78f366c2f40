"""Attribute values: valid ones from small pools, so that requests meet, and every kind of
invalid one.
"""

NINES = "9" * 38

STRINGS = ["", "a", "ab", "abc", "b", "B", "é", "😀", "x y", "0", "10", "zz", "\x00", "Ab"]
NUMBERS = [
    "0", "1", "2", "3", "5", "7", "10", "-1", "-2", "100", "1.5", "-0", "1.0", "1e2", "0.001",
    "12.50",
    "1E-7", "1e20", "1e21", NINES, "-" + NINES, "1E-130", "1e125", f"9.{'9' * 37}E+125", "00012",
    "0.1",
]
BINARIES = ["", "YQ==", "YWI=", "YWJj", "Yg==", "AA==", "/w==", "gIA="]

SCALARS = ["S", "N", "B"]
TYPES = SCALARS + ["BOOL", "NULL", "SS", "NS", "BS", "L", "M"]

# The names that items use, and the type that each mostly has.
ATTRIBUTES = {
    "s1": "S", "s2": "S", "n1": "N", "n2": "N", "b1": "B", "t1": "BOOL", "z1": "NULL", "ss": "SS",
    "ns": "NS", "bs": "BS", "l1": "L", "m1": "M", "m2": "M", "name": "S", "count": "N", "x.y": "S",
    "a b": "N", "é": "S", "l[0]": "L",
}
PLAIN_NAME_MAX = 13  # the first so many can be written in an expression without a placeholder
MEMBERS = ["a", "b", "c", "name", "k k"]


def nested(depth, innermost=None):
    value = innermost or {"S": "x"}
    for level in range(depth):
        value = {"L": [value]} if level % 2 else {"M": {"a": value}}
    return value


def invalid_values():
    return [
        {"N": "abc"}, {"N": ""}, {"N": "1" * 39}, {"N": "1e126"}, {"N": "1e-131"}, {"N": " 1"},
        {"N": "0x1"},
        {"N": "1e"}, {"N": "--1"}, {"N": "NaN"}, {"N": "Infinity"}, {"N": "-1e126"},
        {"N": "12" * 2000},
        {"SS": []}, {"NS": []}, {"BS": []}, {"SS": ["a", "a"]}, {"NS": ["1", "1.0"]}, {"NS": ["x"]},
        {"BS": ["YQ==", "YQ=="]}, {"NS": ["1", "1" * 39]}, {"NULL": False}, {}, {"S": "a",
        "N": "1"},
        {"L": [{}]}, {"L": [{"N": "x"}]}, {"M": {"a": {"N": "x"}}}, {"M": {"": {"S": "x"}}},
        {"M": {"a": {"SS": []}}}, {"BOOL": True, "NULL": True}, {"L": [{"S": "a", "B": "YQ=="}]},
        nested(32), nested(33), nested(40), {"SS": ["a", "b", "a"]}, {"X": "a"}, {"s": "a"},
    ]


def _distinct(rng, pool, key=None):
    drawn = rng.sample(pool, rng.randint(1, 3))
    if key is None:
        return drawn
    return list({key(member): member for member in drawn}.values())


def value(rng, kind=None, depth=0):
    """A valid attribute value of the kind, or of a kind drawn."""
    kind = kind or rng.choice(TYPES if depth < 3 else SCALARS)
    if kind == "S":
        long = rng.random() < 0.03
        return {"S": "long" * rng.randint(100, 1500) if long else rng.choice(STRINGS)}
    if kind == "N":
        return {"N": rng.choice(NUMBERS)}
    if kind == "B":
        return {"B": rng.choice(BINARIES)}
    if kind == "BOOL":
        return {"BOOL": rng.random() < 0.5}
    if kind == "NULL":
        return {"NULL": True}
    if kind == "SS":
        return {"SS": _distinct(rng, STRINGS)}
    if kind == "NS":
        return {"NS": _distinct(rng, NUMBERS, float)}
    if kind == "BS":
        return {"BS": _distinct(rng, BINARIES)}
    if kind == "L":
        if depth == 0 and rng.random() < 0.02:
            return nested(rng.choice([20, 30, 31]))
        return {"L": [value(rng, None, depth + 1) for _ in range(rng.randint(0, 3))]}
    names = rng.sample(MEMBERS, rng.randint(0, 3))
    return {"M": {name: value(rng, None, depth + 1) for name in names}}


def value_for(rng, name):
    """A value for the attribute: mostly of the type that the attribute mostly has."""
    kind = ATTRIBUTES.get(name) if rng.random() < 0.8 else None
    return value(rng, kind)


def invalid(rng):
    return rng.choice(invalid_values())
