"""Everything at once on one node: writers, readers, tables that come and go, metrics, and its end."""

import http.client
import shutil
import threading
import time

import client as dynamodb
import ledger
import writers
from support import process, skerryd

ITEM_WRITERS = 4
READERS = 2
START_SECONDS = 60
# Flushes and segments that are let go of come often.
FLAGS = ("--memory", "16MB", "--log-size", "4MB", "--reactors", "4")


class Reader(writers.Writer):
    """Scans, queries and gets what the writers write, each time on a connection of its own."""

    def step(self):
        self.client.close()
        self.client = dynamodb.Client(self.port)
        self.client.pages("Scan", TableName="items", ConsistentRead=self.random.random() < 0.5)
        self.client.pages("Scan", TableName="items", IndexName="by_l")
        self.client.call("DescribeTable", TableName="items")
        for name in self.client.tables():
            try:
                key = dynamodb.key("p", self.random.randrange(20))
                self.client.call("GetItem", TableName=name, Key=key)
            except dynamodb.Refused as refused:
                if refused.kind not in ("ResourceNotFoundException", "ServiceUnavailableException"):
                    raise


class Operator(writers.Writer):
    """Reads metrics and health."""

    def step(self):
        for path in ("/metrics", "/readyz"):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                connection.request("GET", path)
                status = connection.getresponse().status
            except (OSError, http.client.HTTPException) as error:
                raise dynamodb.Unanswered(repr(error)) from error
            finally:
                connection.close()
            if status not in ((200, 503) if path == "/readyz" else (200,)):
                raise AssertionError(f"{path}: {status}")


def run(binary, work, seconds):
    """The faults. The node is asked to stop while all still write."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    words = skerryd.command(binary, work / "data", process.free_port(), FLAGS)
    port, admin_port = (int(words[words.index(flag) + 1]) for flag in ("--port", "--admin-port"))
    server = process.Server("skerryd", words, port, work / "skerryd.log", START_SECONDS)
    try:
        setup = dynamodb.Client(server.port)
        for name, index in (("items", True), ("shared", False)):
            setup.call("CreateTable", **dynamodb.table(name, index))
            writers.await_settled(setup, name)
        setup.close()
        stop = threading.Event()
        threads = all_threads(server.port, admin_port, stop)
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        stopping = server.stop() if server.alive() else "ended by itself"
        stop.set()
        for thread in threads:
            thread.join()
    finally:
        server.kill()
    faults = [thread.fault for thread in threads if thread.fault]
    faults += [f"{thread.name} did nothing" for thread in threads if not thread.steps]
    if stopping != 0:
        faults.append(f"exit code {stopping} after SIGTERM: {server.log()}")
    return faults


def all_threads(port, admin_port, stop):
    shared, seed = ledger.Shared(), "races"
    shared.begin(1)
    threads = [
        writers.ItemWriter(f"w{i}", seed, port, stop, ledger.Items(), ledger.Items(), shared)
        for i in range(ITEM_WRITERS)
    ]
    threads.append(writers.TableWriter("tables", seed, port, stop, writers.Tables()))
    for thread in [Reader(f"r{i}", seed, port, stop) for i in range(READERS)]:
        thread.port = port
        threads.append(thread)
    operator = Operator("operator", seed, admin_port, stop)
    operator.port = admin_port
    return [*threads, operator]
