"""Clients that put and read strongly through all nodes, and check what they are told."""

import random
import threading
import time

import client as dynamodb

TABLE = "items"
WRITERS = 3
READERS = 2
KEYS = 8  # of each writer
# A request is sent again, to another node, until it is answered or this has passed.
PATIENCE_SECONDS = 15
PAUSE_SECONDS = 0.05


def key_name(writer, number):
    return f"{writer}-{number}"


class Load:
    """`ports`: of the nodes that may be asked, which changes while one is restarted."""

    def __init__(self, ports, seed):
        self.ports = ports
        self.faults = []
        self.requests = 0
        self.repeated = 0
        self.slowest = 0.0
        self.acknowledged = {}  # key -> the last value that was
        self._running = True
        self._lock = threading.Lock()
        bodies = [(self._write, n) for n in range(WRITERS)] + [(self._read, n) for n in range(READERS)]
        self._threads = [
            threading.Thread(target=self._guarded, args=(body, n, random.Random(f"{seed} {i}")))
            for i, (body, n) in enumerate(bodies)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._running = False
        for thread in self._threads:
            thread.join()

    def _guarded(self, body, number, chance):
        try:
            body(number, chance)
        except Exception as error:  # noqa: BLE001: whatever ends a client is a fault of the run
            self.faults.append(f"{body.__name__} {number}: {error!r}")

    def ask(self, chance, operation, **body):
        """Some node's answer."""
        began = time.monotonic()
        tries = 0
        while True:
            client = dynamodb.Client(chance.choice(self.ports))
            try:
                answer = client.call(operation, TableName=TABLE, **body)
                break
            except (dynamodb.Unanswered, dynamodb.Refused) as error:
                if isinstance(error, dynamodb.Refused) and error.status < 500:
                    raise
                if time.monotonic() - began > PATIENCE_SECONDS:
                    raise
                tries += 1
            finally:
                client.close()
            time.sleep(PAUSE_SECONDS)
        with self._lock:
            self.requests += 1
            self.repeated += 1 if tries else 0
            self.slowest = max(self.slowest, time.monotonic() - began)
        return answer

    def value(self, chance, key):
        item = self.ask(chance, "GetItem", Key=dynamodb.key(key, 0), ConsistentRead=True).get("Item")
        return int(item["v"]["N"]) if item else 0

    # One writer has a key, and sends the same put again until it is answered.
    def _write(self, writer, chance):
        value = 0
        while self._running:
            value += 1
            key = key_name(writer, chance.randrange(KEYS))
            item = {**dynamodb.key(key, 0), "v": {"N": str(value)}}
            self.ask(chance, "PutItem", Item=item)
            self.acknowledged[key] = value
            if chance.random() < 0.3:
                self._expect(key, self.value(chance, key), value, exactly=True)

    def _read(self, _, chance):
        while self._running:
            key = key_name(chance.randrange(WRITERS), chance.randrange(KEYS))
            least = self.acknowledged.get(key, 0)
            self._expect(key, self.value(chance, key), least, exactly=False)

    def _expect(self, key, found, value, exactly):
        if found < value or (exactly and found != value):
            self.faults.append(f"{key}: a strong read shows {found}, though {value} was acknowledged")
            self._running = False

    def check_all(self, port):
        """Through one node, when the clients have ended."""
        client = dynamodb.Client(port)
        for key, value in self.acknowledged.items():
            answer = client.call(
                "GetItem", TableName=TABLE, Key=dynamodb.key(key, 0), ConsistentRead=True
            )
            self._expect(key, int(answer.get("Item", {}).get("v", {"N": "0"})["N"]), value, exactly=True)
        client.close()
