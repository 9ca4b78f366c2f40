"""Kills nodes while writers run, starts them again, and compares what they show and what they said."""

import collections
import random
import shutil
import threading
import time

import client as dynamodb
import ledger
import nodes
import writers

ITEM_WRITERS = 4
RUN_SECONDS = (0.02, 0.9)
START_SECONDS = 0.12
STOP_SECONDS = 0.06
# How much of the log a restart reads and how often the engine flushes differ from life to life. The
# bounds of the log stay near each other: below one that is much larger, writes wait for a flush.
FLAGS = (
    ("--memory", "16MB", "--log-size", "16MB"),
    ("--memory", "16MB", "--log-size", "32MB"),
    ("--memory", "64MB", "--log-size", "24MB"),
)


class World:
    """The nodes, and what is known of what they hold."""

    def __init__(self, binary, work, seed, count):
        self.seed = seed
        self.random = random.Random(seed)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        self.round = 0
        self.names = [f"w{i}" for i in range(ITEM_WRITERS)]
        self.items = {name: ledger.Items() for name in self.names}
        self.chains = {name: ledger.Items() for name in self.names}
        self.shared = ledger.Shared()
        self.tables = writers.Tables()
        self.kinds = collections.Counter()
        self.writes = 0
        self.slowest_start = 0.0
        if count == 1:
            self.nodes = nodes.One(binary, work, self.random, FLAGS)
        else:
            self.nodes = nodes.Cluster(binary, work, self.random, FLAGS, count)
        self.of_many = count > 1

    def begin(self):
        self.start()
        client = self.client()
        for name, index in (("items", True), ("shared", False)):
            client.call("CreateTable", **dynamodb.table(name, index))
            writers.await_settled(client, name)
        client.close()

    def start(self):
        began = time.monotonic()
        self.nodes.start(self.round)
        self.slowest_start = max(self.slowest_start, time.monotonic() - began)

    def client(self):
        return dynamodb.Client(self.nodes.port, self.of_many)

    def run_round(self):
        """Writers, a kill, a restart (which may be killed as well); returns the faults."""
        self.round += 1
        self.shared.begin(self.round)
        self.nodes.begin_round()
        faults = self.write_until_killed()
        kills = 1
        while self.random.random() < 0.25:
            self.kill_while_starting()
            kills += 1
        self.start()
        faults += Verifier(self).run()
        return kills, faults

    def write_until_killed(self):
        stop = threading.Event()
        seed = f"{self.seed}/{self.round}"
        threads = [
            writers.ItemWriter(
                name, seed, self.client(), stop, self.items[name], self.chains[name], self.shared
            )
            for name in self.names
        ]
        threads.append(writers.TableWriter("tables", seed, self.client(), stop, self.tables))
        for thread in threads:
            thread.start()
        time.sleep(self.random.uniform(*RUN_SECONDS))
        faults = []
        if (ended := self.nodes.ended()) is not None:
            faults.append(f"a node ended by itself: {ended}")
        if self.random.random() < 0.15:
            self.kinds["while stopping"] += 1
            self.nodes.terminate()
            time.sleep(self.random.uniform(0, STOP_SECONDS))
        else:
            self.kinds["while writing"] += 1
        self.nodes.kill()
        stop.set()
        for thread in threads:
            thread.join()
        self.writes += sum(thread.steps for thread in threads)
        return faults + [thread.fault for thread in threads if thread.fault]

    def kill_while_starting(self):
        self.kinds["while starting"] += 1
        self.nodes.kill_while_starting(self.round, self.random.uniform(0, START_SECONDS))


class Verifier:
    def __init__(self, world):
        self.world = world
        self.random = world.random
        world.nodes.begin_round()
        self.client = world.client()

    def run(self):
        try:
            faults = self.tables() + self.items() + self.shared()
        finally:
            self.client.close()
        if (ended := self.world.nodes.ended()) is not None:
            faults.append(f"a node ended by itself: {ended}")
        return faults

    def scan(self, table, **more):
        limit = {"Limit": self.random.randrange(5, 80)} if self.random.random() < 0.3 else {}
        return self.client.pages("Scan", TableName=table, ConsistentRead=True, **limit, **more)

    def content(self, table, index, faults):
        """All items by key, after looking at them from every side."""
        scanned = self.scan(table)
        items = {dynamodb.key_of(item): item for item in scanned}
        if len(items) != len(scanned):
            faults.append(f"{table}: a scan shows an item twice")
        described = self.client.call("DescribeTable", TableName=table)["Table"]
        if described["ItemCount"] != len(items):
            faults.append(f"{table}: ItemCount {described['ItemCount']}, a scan has {len(items)}")
        if index:
            self.compare_index(table, items, described["LocalSecondaryIndexes"][0], faults)
        for at in self.random.sample(sorted(items), min(5, len(items))):
            got = self.client.call(
                "GetItem", TableName=table, Key=dynamodb.key(*at), ConsistentRead=True
            )
            if got.get("Item") != items[at]:
                faults.append(f"{table} {at}: GetItem {got}, Scan {items[at]}")
        return items

    def compare_index(self, table, items, described, faults):
        """The local index's rows are those of the items that have an l: by Scan and by Query."""
        expected = {at: item for at, item in items.items() if "l" in item}
        rows = self.scan(table, IndexName="by_l")
        if len(rows) != len(expected) or any(
            expected.get(dynamodb.key_of(row)) != row for row in rows
        ):
            shown = {dynamodb.key_of(row): row for row in rows}
            different = sorted(
                at
                for at in shown.keys() | expected.keys()
                if shown.get(at) != expected.get(at)
            )
            faults.append(f"{table}: the index and the items differ at {different[:10]}")
        if described["ItemCount"] != len(expected):
            faults.append(f"{table}: the index has ItemCount {described['ItemCount']}")
        for partition in sorted({at[0] for at in items}):
            queried = self.client.pages(
                "Query",
                TableName=table,
                IndexName="by_l",
                KeyConditionExpression="p = :p",
                ExpressionAttributeValues={":p": {"S": partition}},
                ConsistentRead=True,
            )
            wanted = sorted(
                (item for at, item in expected.items() if at[0] == partition),
                key=lambda item: (int(item["l"]["N"]), int(item["s"]["N"])),
            )
            if queried != wanted:
                faults.append(f"{table}: Query by_l of {partition} is not its items in order")

    def items(self):
        faults = []
        seen = self.content("items", True, faults)
        for name, known in self.world.items.items():
            mine = {at: item for at, item in seen.items() if at[0].startswith(f"{name}-")}
            faults += known.settle(mine, "items")
            for at in mine:
                del seen[at]
        return faults + [f"items {at}: nobody wrote that" for at in seen]

    def shared(self):
        faults = []
        seen = self.content("shared", False, faults)
        for name, chain in self.world.chains.items():
            mine = {at: seen.pop(at) for at in list(seen) if at[0] == f"{name}-chain"}
            faults += chain.settle(mine, "chain")
            if sorted(at[1] for at in mine) != list(range(1, len(mine) + 1)):
                faults.append(f"{name}-chain has a gap: {sorted(mine)}")
        shared = self.world.shared
        tokens = seen.get((shared.list_key, 0), {"t": {"L": []}})["t"]["L"]
        faults += shared.settle(
            int(seen.get(("counter", 0), {"n": {"N": "0"}})["n"]["N"]),
            [token["S"] for token in tokens],
            int(seen.get(("number", 0), {"n": {"N": "0"}})["n"]["N"]),
        )
        return faults

    def tables(self):
        world = self.world
        faults = []
        there = set()
        for name in self.client.tables():
            if writers.await_settled(self.client, name) is not None:
                there.add(name)
        faults += [f"table {name} is lost" for name in {"items", "shared"} - there]
        there -= {"items", "shared"}
        tables = world.tables
        if tables.creating in there:
            tables.known[tables.creating] = ledger.Items()
        if tables.deleting in tables.known and tables.deleting not in there:
            del tables.known[tables.deleting]
        tables.creating = tables.deleting = None
        faults += [f"table {name} is lost" for name in tables.known.keys() - there]
        faults += [f"table {name} is not to be there" for name in there - tables.known.keys()]
        for name in sorted(there & tables.known.keys()):
            seen = self.content(name, tables.indexed[name], faults)
            faults += tables.known[name].settle(seen, name)
        return faults


def run(binary, work, seed, kills, count, verbose):
    """At least this many kills; the world, how many kills there were, and the faults."""
    world = World(binary, work, seed, count)
    done, faults = 0, []
    try:
        world.begin()
        while done < kills and not faults:
            more, faults = world.run_round()
            done += more
            if verbose:
                print(f"  {done} kills, {world.writes} requests", flush=True)
        if not faults:
            faults = world.nodes.stop()
    finally:
        world.nodes.kill_all()
    return world, done, faults
