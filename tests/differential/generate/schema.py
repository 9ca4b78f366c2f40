"""The tables of a sequence: their CreateTable requests and the keys that their items have."""

import dataclasses

from generate import values

HASHES = {
    "S": [{"S": text} for text in ("a", "b", "é")],
    "N": [{"N": text} for text in ("1", "2", "1.0", "-5e2")],
    "B": [{"B": text} for text in ("YQ==", "Yg==", "/wA=")],
}
RANGES = {
    "S": [{"S": text} for text in ("a", "ab", "abc", "b", "B", "é", "😀", "k1", "k2", "k10")],
    "N": [{"N": text} for text in ("0", "1", "1.0", "2", "-1", "10", "1e2", "-0.5", "1e-5", "99")],
    "B": [{"B": text} for text in ("YQ==", "YWI=", "YWJj", "Yg==", "AA==", "/w==", "gIA=")],
}
INDEX_NAMES = ["ix-all", "ix.keys", "ix_some"]


@dataclasses.dataclass
class Index:
    name: str
    attribute: str
    kind: str
    projection: dict


@dataclasses.dataclass
class Table:
    """A table as the generator knows it; `range_kind` of None: a partition key alone."""

    name: str
    hash_kind: str
    range_kind: str | None
    indexes: list
    billing: dict

    def key_attributes(self):
        return ["pk"] if self.range_kind is None else ["pk", "sk"]

    def key(self, rng):
        """A valid key, from a pool small enough that keys are met again."""
        key = {"pk": dict(rng.choice(HASHES[self.hash_kind]))}
        if self.range_kind:
            key["sk"] = dict(rng.choice(RANGES[self.range_kind]))
        return key

    def create(self):
        """The body of its CreateTable."""
        definitions = [("pk", self.hash_kind)]
        if self.range_kind:
            definitions.append(("sk", self.range_kind))
        definitions += {(index.attribute, index.kind): None for index in self.indexes}
        body = {
            "TableName": self.name,
            "KeySchema": key_schema(*self.key_attributes()),
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind} for name, kind in definitions
            ],
            **self.billing,
        }
        if self.indexes:
            body["LocalSecondaryIndexes"] = [
                {
                    "IndexName": index.name,
                    "KeySchema": key_schema("pk", index.attribute),
                    "Projection": index.projection,
                }
                for index in self.indexes
            ]
        return body


def key_schema(hash_name, range_name=None):
    schema = [{"AttributeName": hash_name, "KeyType": "HASH"}]
    if range_name:
        schema.append({"AttributeName": range_name, "KeyType": "RANGE"})
    return schema


def projection(rng):
    kind = rng.choice(["ALL", "KEYS_ONLY", "INCLUDE"])
    if kind != "INCLUDE":
        return {"ProjectionType": kind}
    names = rng.sample(list(values.ATTRIBUTES), rng.randint(1, 4))
    return {"ProjectionType": kind, "NonKeyAttributes": names}


def billing(rng):
    if rng.random() < 0.7:
        return {"BillingMode": "PAY_PER_REQUEST"}
    units = {"ReadCapacityUnits": rng.randint(1, 20), "WriteCapacityUnits": rng.randint(1, 20)}
    mode = {"BillingMode": "PROVISIONED"} if rng.random() < 0.5 else {}
    return {**mode, "ProvisionedThroughput": units}


def indexes(rng):
    drawn = []
    for name in INDEX_NAMES[: rng.randint(1, 3)]:
        attribute, kind = rng.choice([("s1", "S"), ("n1", "N"), ("b1", "B"), ("s2", "S")])
        drawn.append(Index(name, attribute, kind, projection(rng)))
    return drawn


def table(rng, name):
    hash_kind = rng.choice(["S", "S", "S", "N", "B"])
    range_kind = rng.choice([None, "S", "S", "N", "N", "B"])
    own = indexes(rng) if range_kind and rng.random() < 0.4 else []
    return Table(name, hash_kind, range_kind, own, billing(rng))
