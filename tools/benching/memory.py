"""Resident memory while data comes in that is many times larger than --memory."""

import base64
import os
import random
import threading
import time

from .client import ApiError, Client
from .workloads import item

ITEM_BYTES_MIN, ITEM_BYTES_MAX = 1_000, 100_000
WRITERS = 24  # some of them with batches
BATCH_WRITERS = 4
BATCH_ITEMS = 25
READERS = 8
REST_SECONDS = 5
THROTTLED_PAUSE_SECONDS = 0.05


def _noise(one):
    """The item with data of the same length that cannot be compressed."""
    length = len(one['data']['S'])
    one['data']['S'] = base64.b64encode(os.urandom(length)).decode()[:length]
    return one


class _Load:
    """What the threads share. Items are numbered in the order in which they were asked for."""

    def __init__(self, port, megabytes):
        self.port = port
        self._bytes_left = megabytes * 1_000_000
        self._lock = threading.Lock()
        self._random = random.Random(1)
        self.items = 0
        self.throttled = 0
        self.failures = []

    def take(self, count):
        """So many new items, or none when all were taken."""
        with self._lock:
            if self._bytes_left <= 0:
                return []
            sizes = [self._random.randint(ITEM_BYTES_MIN, ITEM_BYTES_MAX) for _ in range(count)]
            self._bytes_left -= sum(sizes)
            first, self.items = self.items, self.items + count
        return [_noise(item(first + n, size=size)) for n, size in enumerate(sizes)]

    def patiently(self, client, operation, **members):
        while True:
            try:
                return client.call(operation, **members)
            except ApiError as error:
                if 'ThrottlingException' not in str(error):
                    raise
                self.throttled += 1
                time.sleep(THROTTLED_PAUSE_SECONDS)

    def write(self, in_batches):
        client = Client(self.port)
        while some := self.take(BATCH_ITEMS if in_batches else 1):
            if not in_batches:
                self.patiently(client, 'PutItem', TableName='loaded', Item=some[0])
                continue
            waiting = {'loaded': [{'PutRequest': {'Item': one}} for one in some]}
            while waiting:
                waiting = self.patiently(client, 'BatchWriteItem', RequestItems=waiting)
                waiting = waiting['UnprocessedItems']
                if waiting:
                    self.throttled += 1
                    time.sleep(THROTTLED_PAUSE_SECONDS)
        client.close()

    def read(self, stop, seed):
        client, rng = Client(self.port), random.Random(seed)
        while not stop.is_set():
            key = {'pk': {'S': f'k{rng.randrange(max(self.items, 1)):08}'}}
            client.call('GetItem', TableName='loaded', Key=key)
            if rng.random() < 0.02:
                client.call('Scan', TableName='loaded', ExclusiveStartKey=key)
        client.close()

    def run(self, work, *arguments):
        try:
            work(*arguments)
        except Exception as error:
            self.failures.append(error)


def under_load(system, megabytes):
    """Figures of one load, on a system that was just started."""
    client = Client(system.port)
    client.create_table('loaded')
    load, stop = _Load(system.port, megabytes), threading.Event()

    def thread(*words):
        started = threading.Thread(target=load.run, args=words, daemon=True)
        started.start()
        return started

    began = time.monotonic()
    writers = [thread(load.write, n < BATCH_WRITERS) for n in range(WRITERS)]
    readers = [thread(load.read, stop, n) for n in range(READERS)]
    for writer in writers:
        writer.join()
    seconds = time.monotonic() - began
    stop.set()
    for reader in readers:
        reader.join()
    if load.failures:
        raise load.failures[0]
    peak = system.peak_mb()
    time.sleep(REST_SECONDS)
    client.close()
    return {f'{megabytes} MB written, s': seconds, 'throttled': load.throttled,
            'peak resident, MB': peak,
            f'resident {REST_SECONDS} s later, MB': system.resident_mb()}
