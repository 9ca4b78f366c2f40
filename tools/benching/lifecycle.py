"""What is no load: starting, memory at rest, tables that come and go, a start on much data."""

import signal
import statistics
import time

from .client import Client
from .workloads import item

REST_SECONDS = 5
SINGLE_TABLES = 50
MANY_TABLES = 1000
BIG_ITEM_BYTES = 40_000


def first_answer(system):
    """Milliseconds to the first answer on a fresh folder, and MB resident after a rest."""
    seconds = system.start()
    time.sleep(REST_SECONDS)
    return {'first answer, ms': seconds * 1e3, f'resident {REST_SECONDS} s after start, MB':
            system.resident_mb()}


def table_life(system):
    """Milliseconds from CreateTable to ACTIVE, and seconds for 1,000 tables made and dropped."""
    client = Client(system.port)
    single = []
    for number in range(SINGLE_TABLES):
        started = time.monotonic()
        client.create_table(f'single{number}')
        single.append(time.monotonic() - started)
        client.call('DeleteTable', TableName=f'single{number}')
    started = time.monotonic()
    for number in range(MANY_TABLES):
        client.create_table(f'many{number}')
    for number in range(MANY_TABLES):
        client.call('DeleteTable', TableName=f'many{number}')
    while any(name.startswith('many') for name in client.call('ListTables')['TableNames']):
        time.sleep(0.001)
    seconds = time.monotonic() - started
    client.close()
    return {'CreateTable to ACTIVE, ms': statistics.median(single) * 1e3,
            f'{MANY_TABLES} tables made and dropped, s': seconds}


def start_on_data(system, megabytes):
    """Milliseconds to the first answer on existing data, after SIGTERM and after SIGKILL."""
    system.start()
    client = Client(system.port)
    client.create_table('big')
    client.write_all('big', _big_items(megabytes))
    client.close()
    found = {}
    for how in (signal.SIGTERM, signal.SIGKILL):
        system.stop(how)
        found[f'first answer on {megabytes} MB after {how.name}, ms'] = system.start() * 1e3
    return found


def _big_items(megabytes):
    for number in range(megabytes * 1_000_000 // BIG_ITEM_BYTES):
        yield item(number, size=BIG_ITEM_BYTES)
