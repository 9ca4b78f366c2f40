"""The threads that write until the node dies."""

import random
import string
import threading
import time
import traceback

import client as dynamodb
import ledger

PARTITIONS = 3
SORT_KEYS = 16
LETTERS = string.ascii_letters + string.digits
ACTIVE_SECONDS = 10


class Writer(threading.Thread):
    """Runs `step` until told to stop or until the node does not answer."""

    def __init__(self, name, seed, client, stop):
        super().__init__(name=name, daemon=True)
        self.random = random.Random(f"{seed}/{name}")
        self.client = client
        self.steps = 0
        self.fault = None
        self._stop_event = stop

    def run(self):
        try:
            while not self._stop_event.is_set():
                self.step()
                self.steps += 1
        except dynamodb.Unanswered:
            pass
        except Exception:
            self.fault = f"{self.name}: {traceback.format_exc()}"
        self.client.close()


class ItemWriter(Writer):
    """Every kind of write on items of its own, and its share in those that all write."""

    def __init__(self, name, seed, client, stop, items, chain, shared):
        super().__init__(name, seed, client, stop)
        self.items, self.chain, self.shared = items, chain, shared
        self.tokens = 0

    def step(self):
        kinds = [self.put, self.update, self.delete, self.batch, self.refused_condition]
        kinds += [self.extend_chain, self.count, self.append_token, self.compare_and_set]
        self.random.choices(kinds, (5, 6, 2, 1, 1, 3, 2, 1, 2))[0]()

    def any_key(self):
        partition = f"{self.name}-{self.random.randrange(PARTITIONS)}"
        return partition, self.random.randrange(SORT_KEYS)

    def any_item(self, at):
        size = self.random.choice((5, 100, 1000, 9000))
        item = {
            **dynamodb.key(*at),
            "v": {"N": str(self.random.randrange(10**9))},
            "d": {"S": "".join(self.random.choices(LETTERS, k=8)) * (size // 8)},
        }
        if self.random.random() < 0.7:
            item["l"] = {"N": str(self.random.randrange(100))}
        return item

    def write(self, operation, changes, **body):
        """Sends what makes these changes; they are acknowledged when it is answered."""
        self.items.pending = changes
        answer = self.client.call(operation, **body)
        self.items.acknowledge()
        return answer

    def put(self):
        at = self.any_key()
        old, item = self.items.known.get(at), self.any_item(at)
        body = {"TableName": "items", "Item": item, "ReturnValues": "ALL_OLD"}
        if self.random.random() < 0.5:
            body |= self.condition_that_holds(old)
        answer = self.write("PutItem", {at: item}, **body)
        self.expect(at, answer.get("Attributes"), old)

    def condition_that_holds(self, old):
        if old is None:
            return {"ConditionExpression": "attribute_not_exists(p)"}
        return {
            "ConditionExpression": "v = :old",
            "ExpressionAttributeValues": {":old": old["v"]},
        }

    def expect(self, at, shown, known):
        if shown != known:
            raise AssertionError(f"{at} was {known}, the answer says {shown}")

    def update(self):
        at = self.any_key()
        new = dict(self.items.known.get(at) or dynamodb.key(*at))
        # Grown too far, the list begins anew: an item must stay small.
        grown = new.get("g", {"L": []})["L"] if len(str(new.get("g"))) < 5000 else []
        element = {"S": "".join(self.random.choices(LETTERS, k=self.random.choice((3, 300))))}
        new["v"] = {"N": str(int(new.get("v", {"N": "0"})["N"]) + 7)}
        new["g"] = {"L": [*grown, element]}
        values = {":add": {"N": "7"}, ":one": {"L": [element]}}
        if grown or "g" not in self.items.known.get(at, {}):
            values[":none"] = {"L": []}
            expression = "SET g = list_append(if_not_exists(g, :none), :one)"
        else:
            expression = "SET g = :one"
        if self.random.random() < 0.5:
            new["l"] = values[":l"] = {"N": str(self.random.randrange(100))}
            expression += ", l = :l ADD v :add"
        else:
            new.pop("l", None)
            expression += " ADD v :add REMOVE l"
        answer = self.write(
            "UpdateItem",
            {at: new},
            TableName="items",
            Key=dynamodb.key(*at),
            UpdateExpression=expression,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
        )
        self.expect(at, answer["Attributes"], new)

    def delete(self):
        at = self.any_key()
        old = self.items.known.get(at)
        body = {"TableName": "items", "Key": dynamodb.key(*at), "ReturnValues": "ALL_OLD"}
        answer = self.write("DeleteItem", {at: None}, **body)
        self.expect(at, answer.get("Attributes"), old)

    def batch(self):
        requests, changes = [], {}
        for at in {self.any_key() for _ in range(self.random.randrange(2, 26))}:
            if self.random.random() < 0.3:
                changes[at] = None
                requests.append({"DeleteRequest": {"Key": dynamodb.key(*at)}})
            else:
                changes[at] = self.any_item(at)
                requests.append({"PutRequest": {"Item": changes[at]}})
        answer = self.write("BatchWriteItem", changes, RequestItems={"items": requests})
        if answer["UnprocessedItems"]:
            raise AssertionError("a batch was not processed in full")

    def refused_condition(self):
        """Changes nothing, whether the node dies over it or not."""
        at = self.any_key()
        known = at in self.items.known
        condition = "attribute_not_exists(p)" if known else "attribute_exists(p)"
        try:
            self.client.call(
                "PutItem", TableName="items", Item=self.any_item(at), ConditionExpression=condition
            )
        except dynamodb.Refused as refused:
            if refused.kind == "ConditionalCheckFailedException":
                return
            raise
        raise AssertionError(f"{condition} held for {at}, which is {known}")

    def extend_chain(self):
        """The next number, only after the one before was acknowledged: so no gap ever shows."""
        at = (f"{self.name}-chain", len(self.chain.known) + 1)
        item = dynamodb.key(*at)
        self.chain.pending = {at: item}
        self.client.call(
            "PutItem",
            TableName="shared",
            Item=item,
            ConditionExpression="attribute_not_exists(p)",
        )
        self.chain.acknowledge()

    def count(self):
        self.shared.starts_counting()
        self.client.call(
            "UpdateItem",
            TableName="shared",
            Key=dynamodb.key("counter", 0),
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        self.shared.has_counted()

    def append_token(self):
        self.tokens += 1
        token = f"{self.name}-{self.tokens}"
        self.shared.starts_token(token)
        self.client.call(
            "UpdateItem",
            TableName="shared",
            Key=dynamodb.key(self.shared.list_key, 0),
            UpdateExpression="SET t = list_append(if_not_exists(t, :none), :one)",
            ExpressionAttributeValues={":none": {"L": []}, ":one": {"L": [{"S": token}]}},
        )
        self.shared.has_token(token)

    def compare_and_set(self):
        key = dynamodb.key("number", 0)
        answer = self.client.call("GetItem", TableName="shared", Key=key, ConsistentRead=True)
        now = int(answer["Item"]["n"]["N"]) if "Item" in answer else 0
        self.shared.starts_win(now + 1, self.name)
        won = True
        try:
            self.client.call(
                "UpdateItem",
                TableName="shared",
                Key=key,
                UpdateExpression="SET n = :new",
                ConditionExpression="n = :now OR (attribute_not_exists(n) AND :now = :zero)",
                ExpressionAttributeValues={
                    ":now": {"N": str(now)},
                    ":new": {"N": str(now + 1)},
                    ":zero": {"N": "0"},
                },
            )
        except dynamodb.Refused as refused:
            if refused.kind != "ConditionalCheckFailedException":
                raise
            won = False
        self.shared.ends_win(now + 1, self.name, won)


class Tables:
    """Which of the tables that come and go are there, and with what in them."""

    NAMES = [f"churn-{i}" for i in range(4)]

    def __init__(self):
        self.known = {}  # name -> ledger.Items
        self.indexed = {}
        self.creating = None
        self.deleting = None


class TableWriter(Writer):
    """Creates tables, puts a few items, deletes them, and uses their names again."""

    def __init__(self, name, seed, client, stop, tables):
        super().__init__(name, seed, client, stop)
        self.tables = tables

    def step(self):
        name = self.random.choice(Tables.NAMES)
        if name not in self.tables.known:
            self.create(name)
        elif self.random.random() < 0.5:
            self.delete(name)
        for _ in range(self.random.randrange(4)):
            self.put(name)

    def create(self, name):
        tables = self.tables
        tables.creating = name
        tables.indexed[name] = self.random.random() < 0.5
        self.client.call("CreateTable", **dynamodb.table(name, tables.indexed[name]))
        tables.known[name] = ledger.Items()
        tables.creating = None
        await_settled(self.client, name)

    def delete(self, name):
        self.tables.deleting = name
        self.client.call("DeleteTable", TableName=name)
        del self.tables.known[name]
        self.tables.deleting = None
        await_settled(self.client, name)

    def put(self, name):
        items = self.tables.known.get(name)
        if items is None:
            return
        at = ("p", self.random.randrange(20))
        item = {**dynamodb.key(*at), "l": {"N": str(self.random.randrange(10))}}
        items.pending = {at: item}
        self.client.call("PutItem", TableName=name, Item=item)
        items.acknowledge()


def await_settled(client, name):
    """The table's description once it is ACTIVE, None once it is gone."""
    deadline = time.monotonic() + ACTIVE_SECONDS
    while True:
        try:
            description = client.call("DescribeTable", TableName=name)["Table"]
        except dynamodb.Refused as refused:
            if refused.kind == "ResourceNotFoundException":
                return None
            raise
        if description["TableStatus"] == "ACTIVE":
            return description
        if time.monotonic() > deadline:
            raise AssertionError(f"{name} stays {description['TableStatus']}")
        time.sleep(0.002)
