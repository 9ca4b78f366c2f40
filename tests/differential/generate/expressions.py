"""Expressions of all kinds, and their breaking."""

import re

from generate import values

COMPARATORS = ["=", "=", "=", "<>", "<", "<=", ">", ">="]
RESERVED = ["name", "status", "Size", "COUNT", "set", "and", "count", "year", "abs", "value",
"data", "list"]
JUNK = [
    "(", ")", ",", "=", "<>", "AND", "OR", "NOT", "BETWEEN", "IN", ".", "[", "]", "[0]", "[-1]",
    "#", ":", "+",
    "-", "*", "5", "'x'", '"x"', ";", "@", "SET", "REMOVE", "ADD", "DELETE", "foo", "size",
    "size(s1)", "é",
    ":zz", "#zz", "name", "s1", "and", "==", "!", "$", "1a", "_a", "a-b", "99999999999",
    "[99999999999]",
    "contains", "begins_with(s1,:zz)", "attribute_exists(s1)", "if_not_exists", "list_append",
    "\t", "NOT NOT",
]
TOKEN = re.compile(r"[#:]?[A-Za-z0-9_]+|<>|<=|>=|\s+|.")
SEGMENTS = ["[0]", "[1]", "[2]", "[7]", ".a", ".b", ".c", ".name", ".zz"]
FUNCTIONS = ["attribute_exists", "attribute_not_exists", "attribute_type", "begins_with",
"contains"]


class Expression:
    """Collects the placeholders of one request while its expressions are drawn."""

    def __init__(self, rng, table=None):
        self.rng = rng
        self.names = {}
        self.values = {}
        self.key_attributes = table.key_attributes() if table else ["pk"]

    # Operands

    def name(self, attribute):
        """The attribute as written: itself where that is allowed, or a placeholder."""
        plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", attribute) and attribute.upper() not in (
            "NAME",
            "COUNT",
        )
        if plain and self.rng.random() < 0.75:
            return attribute
        for placeholder, known in self.names.items():
            if known == attribute:
                return placeholder
        placeholder = f"#n{len(self.names)}"
        self.names[placeholder] = attribute
        return placeholder

    def value(self, value):
        for placeholder, known in self.values.items():
            if known == value and self.rng.random() < 0.5:
                return placeholder
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder

    def attribute(self):
        names = list(values.ATTRIBUTES) + ["zz"]
        return self.rng.choice(names)

    def path(self, attribute=None):
        attribute = attribute or self.attribute()
        text = self.name(attribute)
        kind = values.ATTRIBUTES.get(attribute)
        if self.rng.random() < (0.5 if kind in ("L", "M") else 0.04):
            for _ in range(self.rng.randint(1, 2)):
                text += self._segment(kind)
        return text

    def _segment(self, kind):
        rng = self.rng
        if kind == "L" and rng.random() < 0.7:
            return rng.choice(SEGMENTS[:4])
        if kind == "M" and rng.random() < 0.7:
            member = rng.choice(values.MEMBERS)
            return "." + self.name(member)
        segment = rng.choice(SEGMENTS)
        return "." + self.name("name") if segment == ".name" and rng.random() < 0.8 else segment

    def operand(self, kind=None):
        """A value, a path or size()."""
        draw = self.rng.random()
        if draw < 0.75:
            return self.value(values.value(self.rng, kind))
        if draw < 0.95:
            return self.path()
        return f"size({self.path()})"

    # Conditions

    def condition(self, depth=0):
        rng = self.rng
        draw = rng.random()
        if depth < 3 and draw < 0.2:
            joint = rng.choice([" AND ", " OR ", " and ", " Or "])
            return self._nested(depth) + joint + self._nested(depth)
        if depth < 3 and draw < 0.28:
            return "NOT " + self._nested(depth)
        if draw < 0.6:
            return self._comparison()
        if draw < 0.68:
            return self._between()
        if draw < 0.76:
            return self._membership()
        return self._function()

    def _nested(self, depth):
        inner = self.condition(depth + 1)
        return f"({inner})" if self.rng.random() < 0.6 else inner

    def _typed(self):
        attribute = self.attribute()
        kind = values.ATTRIBUTES.get(attribute) if self.rng.random() < 0.85 else None
        return attribute, kind

    def _comparison(self):
        attribute, kind = self._typed()
        left = self.path(attribute)
        if self.rng.random() < 0.08:
            left, kind = f"size({left})", "N"
        comparator = self.rng.choice(COMPARATORS)
        space = self.rng.choice(["", " "])
        sides = [left, self.operand(kind)]
        if self.rng.random() < 0.1:
            sides.reverse()
        return sides[0] + space + comparator + space + sides[1]

    def _between(self):
        attribute, kind = self._typed()
        kind = kind if kind in values.SCALARS or self.rng.random() < 0.2 else "N"
        bounds = [self.operand(kind), self.operand(kind)]
        return f"{self.path(attribute)} BETWEEN {bounds[0]} AND {bounds[1]}"

    def _membership(self):
        attribute, kind = self._typed()
        members = [self.operand(kind) for _ in range(self.rng.randint(1, 4))]
        return f"{self.path(attribute)} IN ({self.rng.choice([',', ', ']).join(members)})"

    def _function(self):
        rng = self.rng
        function = rng.choice(FUNCTIONS)
        path = self.path()
        if function in ("attribute_exists", "attribute_not_exists"):
            return f"{function}({path})"
        if function == "attribute_type":
            kind = rng.choice(values.TYPES) if rng.random() < 0.9 else rng.choice(["X", "s", ""])
            return f"{function}({path}, {self.value({'S': kind})})"
        if function == "begins_with":
            path = self.path(rng.choice(["s1", "s2", "b1", "name"])) if rng.random() < 0.8 else path
            return f"{function}({path},{self.operand(rng.choice(['S', 'S', 'B']))})"
        return f"{function}({path}, {self.operand(rng.choice(values.SCALARS))})"

    # Projections

    def projection(self):
        rng = self.rng
        count = rng.choice([1, 1, 2, 2, 3, 4])
        names = rng.sample(list(values.ATTRIBUTES) + ["pk", "sk", "zz"], count)
        paths = [self.path(name) for name in names]
        if rng.random() < 0.06:
            paths.append(rng.choice(paths) + rng.choice(["", ".a", "[0]"]))
        return rng.choice([",", ", "]).join(paths)

    # Updates

    def update(self):
        rng = self.rng
        count = rng.choice([1, 1, 1, 2, 3])
        drawn = rng.choices(["SET", "REMOVE", "ADD", "DELETE"], [8, 3, 3, 2], k=count)
        clauses = list(dict.fromkeys(drawn)) if rng.random() < 0.97 else drawn
        attributes = list(values.ATTRIBUTES)
        rng.shuffle(attributes)
        if rng.random() < 0.02:
            attributes[-1] = rng.choice(self.key_attributes)
        return " ".join(self._clause(clause, attributes) for clause in clauses)

    def _clause(self, clause, attributes):
        draw = {"SET": self._set, "REMOVE": self._remove, "ADD": self._add, "DELETE": self._delete}
        count = self.rng.choice([1, 1, 2, 3])
        word = clause if self.rng.random() < 0.9 else clause.lower()
        return word + " " + ", ".join(draw[clause](self._target(attributes)) for _ in range(count))

    def _target(self, attributes):
        """An attribute not yet written by this update, mostly."""
        if self.rng.random() < 0.03 or not attributes:
            return self.attribute()
        return attributes.pop()

    def _set(self, attribute):
        rng = self.rng
        kind = values.ATTRIBUTES.get(attribute)
        left = self.path(attribute)
        draw = rng.random()
        if draw < 0.45:
            return f"{left} = {self.value(values.value_for(rng, attribute))}"
        if draw < 0.55:
            return f"{left}={self.path()}"
        if draw < 0.7:
            fallback = self.operand_plain(kind)
            return f"{left} = if_not_exists({self.path(attribute)}, {fallback})"
        if draw < 0.85:
            number = rng.random() < 0.8
            operand = self.name(rng.choice(["n1", "n2", "count"])) if number else self.path()
            sides = [operand, self.operand_plain("N")]
            if rng.random() < 0.3:
                sides.reverse()
            if rng.random() < 0.2:
                sides[0] = f"if_not_exists({self.path('n1')}, {self.value({'N': '0'})})"
            return f"{left} = {sides[0]}{rng.choice([' + ', ' - ', '+', '-'])}{sides[1]}"
        sides = [self.name("l1"), self.value(values.value(rng, "L"))]
        if rng.random() < 0.2:
            sides[0] = f"if_not_exists({self.name('l1')}, {self.value({'L': []})})"
        if rng.random() < 0.4:
            sides.reverse()
        if rng.random() < 0.1:
            sides[0] = self.operand_plain()
        return f"{left} = list_append({sides[0]}, {sides[1]})"

    def operand_plain(self, kind=None):
        """A value or a path, as SET allows."""
        if self.rng.random() < 0.8:
            return self.value(values.value(self.rng, kind))
        return self.path()

    def _remove(self, attribute):
        return self.path(attribute)

    def _add(self, attribute):
        kind = values.ATTRIBUTES.get(attribute)
        if kind not in ("N", "SS", "NS", "BS") or self.rng.random() < 0.1:
            targets = [("n1", "N"), ("zz", "N"), (attribute, "N"), ("zz", "SS")]
            attribute, kind = self.rng.choice(targets)
        return f"{self.path(attribute)} {self.value(values.value(self.rng, kind))}"

    def _delete(self, attribute):
        if self.rng.random() < 0.8:
            attribute = self.rng.choice(["ss", "ns", "bs", "zz"])
        kind = values.ATTRIBUTES.get(attribute, "SS")
        if self.rng.random() < 0.1:
            kind = self.rng.choice(values.TYPES)
        return f"{self.path(attribute)} {self.value(values.value(self.rng, kind))}"

    # Key conditions

    def key_condition(self, hash_value, range_name, range_values):
        rng = self.rng
        first = f"{self.name('pk')} = {self.value(hash_value)}"
        if range_name is None or rng.random() < 0.35:
            return first
        name = self.name(range_name)
        bound = lambda: self.value(dict(rng.choice(range_values)))
        draw = rng.random()
        if draw < 0.65:
            second = f"{name} {rng.choice(['=', '<', '<=', '>', '>='])} {bound()}"
        elif draw < 0.85:
            second = f"{name} BETWEEN {bound()} AND {bound()}"
        else:
            second = f"begins_with({name}, {bound()})"
        if rng.random() < 0.2:
            first, second = f"({first})", f"({second})"
        parts = [first, second]
        if rng.random() < 0.15:
            parts.reverse()
        return rng.choice([" AND ", " and "]).join(parts)

    # Putting into a request

    def into(self, body):
        """Adds the placeholders' definitions to the request, with a fault now and then."""
        rng = self.rng
        names, own_values = dict(self.names), dict(self.values)
        draw = rng.random() if names or own_values else rng.random() * 2
        if draw < 0.012:
            names["#unused"] = "x"
        elif draw < 0.024:
            own_values[":unused"] = {"S": "x"}
        elif draw < 0.036 and names:
            del names[rng.choice(list(names))]
        elif draw < 0.048 and own_values:
            del own_values[rng.choice(list(own_values))]
        elif draw < 0.060 and own_values:
            own_values[rng.choice(list(own_values))] = values.invalid(rng)
        elif draw < 0.066 and names:
            names[rng.choice(list(names))] = rng.choice(["", "x" * 65536, "pk"])
        elif draw < 0.072:
            names[rng.choice(["n", "#", "#a-b", "#é", "#" + "n" * 255])] = "x"
        elif draw < 0.078:
            own_values[rng.choice(["v", ":", ":a-b", ":é", ":" + "v" * 255])] = {"S": "x"}
        if names or rng.random() < 0.005:
            body["ExpressionAttributeNames"] = names
        if own_values or rng.random() < 0.005:
            body["ExpressionAttributeValues"] = own_values


def broken(rng, text):
    """`text` with one token lost, doubled, swapped, added or replaced; or a limit passed."""
    tokens = TOKEN.findall(text)
    if not tokens or rng.random() < 0.04:
        limits = ["", " ", text + " " * 5000, "(" * 301 + text + ")" * 301, "NOT " * 400 + text]
        return rng.choice(limits + [" AND ".join(["s1 = s2"] * 160)])
    at = rng.randrange(len(tokens))
    draw = rng.random()
    if draw < 0.2:
        del tokens[at]
    elif draw < 0.3:
        tokens.insert(at, tokens[at])
    elif draw < 0.55:
        tokens.insert(at, rng.choice(["", " "]) + rng.choice(JUNK) + rng.choice(["", " "]))
    elif draw < 0.75:
        tokens[at] = rng.choice(JUNK)
    elif draw < 0.85:
        other = rng.randrange(len(tokens))
        tokens[at], tokens[other] = tokens[other], tokens[at]
    elif draw < 0.92:
        words = [i for i, token in enumerate(tokens) if re.fullmatch(r"[A-Za-z]\w*", token)]
        at = rng.choice(words) if words else at
        tokens[at] = rng.choice(RESERVED + [tokens[at].upper(), tokens[at].swapcase()])
    else:
        return f"({text})" if draw < 0.96 else f"(({text}))"
    return "".join(tokens)


def maybe_broken(rng, text, chance=0.1):
    return broken(rng, text) if rng.random() < chance else text
