"""Puts and strong gets of 1 KiB on clusters of three nodes, in turns, by one cheap driver."""

import contextlib
import dataclasses
import json
import random
import statistics
import subprocess

from .clusters import NODES, VALUE_BYTES, EtcdCluster, SkerryCluster, value
from .systems import ROOT, StartFailed, scratch_folder
from .workloads import ITEMS

DRIVER = ROOT / 'build/release/bin/bench/bench_driver'
KINDS = {'skerry': SkerryCluster, 'etcd': EtcdCluster}
BASELINE = 'etcd'
TITLES = {'put': 'put of 1 KiB', 'get': 'strong get of 1 KiB'}
PLACES = {'leaders': 'clients at the leaders', 'spread': 'clients spread evenly over the nodes'}


@dataclasses.dataclass
class Measured:
    """One round of one load on one cluster."""
    operations: int
    seconds: float
    p50_ms: float
    p99_ms: float
    servers_cpu: float  # seconds, all nodes
    driver_cpu: float
    failed: int


class Loaded:
    """A cluster with its requests laid out in files, one for each node and load."""

    def __init__(self, cluster, connections, streams):
        self.cluster = cluster
        self._connections = connections
        self._streams = streams
        self._files = {}

    def prepare(self):
        """Writes every key once and lays out the loads; the leaders are those of now."""
        self.cluster.make_table()
        leader = self.cluster.routes()
        keys = [f'k{number:08}' for number in range(ITEMS)]
        random.Random('cluster').shuffle(keys)
        for node in NODES:
            # Each node's clients begin somewhere else.
            start = node * ITEMS // len(NODES)
            for place, asked in (('leaders', [key for key in keys if leader(key) == node]),
                                 ('spread', keys[start:] + keys[:start])):
                self._lay_out('get', place, node, [self.cluster.get(key) for key in asked])
                # Every put changes something: of the two values of a key, and those of other nodes'
                # clients, none follows itself.
                self._lay_out('put', place, node, [self.cluster.put(key, value(node, turn, key))
                                                   for turn in range(2) for key in asked])
        self.drive('put', 'leaders', 0, '--once')

    def _lay_out(self, operation, place, node, requests):
        if requests:
            path = scratch_folder() / f'{self.cluster.name}-{operation}-{place}-{node}.requests'
            path.write_bytes(b''.join(len(r).to_bytes(4, 'little') + r for r in requests))
            self._files.setdefault((operation, place), {})[node] = path

    def drive(self, operation, place, seconds, *more):
        files = self._files[operation, place]
        # As many connections to each node, the rest to the first ones.
        share, rest = divmod(self._connections // self._streams, len(files))
        targets = [f'127.0.0.1:{self.cluster.port(node)},{share + (at < rest)},{self._streams},{path}'
                   for at, (node, path) in enumerate(files.items())]
        least = ('--least-bytes', str(VALUE_BYTES)) if operation == 'get' else ()
        before = self.cluster.cpu_seconds()
        ran = subprocess.run([str(DRIVER), *self.cluster.protocol, *self.cluster.methods()[operation],
                              '--seconds', str(seconds), *least, *more, *targets],
                             capture_output=True, text=True, timeout=seconds + 60)
        if ran.returncode != 0:
            raise StartFailed(f'{self.cluster.name}: {ran.stderr}')
        found = json.loads(ran.stdout)
        return Measured(operations=found['requests'], seconds=found['seconds'],
                        p50_ms=found['p50_us'] / 1e3, p99_ms=found['p99_us'] / 1e3,
                        servers_cpu=self.cluster.cpu_seconds() - before,
                        driver_cpu=found['cpu_seconds'], failed=found['bad_answers'] + found['lost'])


def measure(options, note):
    """Returns (operation, place) -> cluster -> row."""
    if not DRIVER.exists():
        raise StartFailed(f'{DRIVER} is missing: cmake --build --preset release --target bench_driver')
    rounds = {}
    with contextlib.ExitStack() as stack:
        loaded = []
        for at, name in enumerate(options.clusters.split(',')):
            cluster = KINDS[name](name, options.port + 100 * (at + 1))
            stack.callback(cluster.close)
            cluster.start()
            streams = options.streams if name == 'etcd' else 1
            loaded.append(Loaded(cluster, options.connections, streams))
            loaded[-1].prepare()
        for operation in TITLES:
            for place in PLACES:
                for one in loaded:
                    one.drive(operation, place, options.warm_up)
                for number in range(options.rounds):
                    for one in loaded:
                        measured = one.drive(operation, place, options.seconds)
                        rounds.setdefault((operation, place), {}).setdefault(
                            one.cluster.name, []).append(measured)
                        note(f'{operation}, {place}: round {number + 1}, {one.cluster.name}: '
                             f'{measured.operations / measured.seconds:,.0f}/s, '
                             f'p99 {measured.p99_ms:.1f} ms')
    return {load: {name: _summarise(measured) for name, measured in rows.items()}
            for load, rows in rounds.items()}


def _summarise(rounds):
    operations = max(sum(m.operations for m in rounds), 1)
    return {
        'ops_per_second': statistics.median(m.operations / m.seconds for m in rounds),
        'p50_ms': statistics.median(m.p50_ms for m in rounds),
        'p99_ms': statistics.median(m.p99_ms for m in rounds),
        'servers_cpu_us': sum(m.servers_cpu for m in rounds) / operations * 1e6,
        'driver_cpu_us': sum(m.driver_cpu for m in rounds) / operations * 1e6,
        'failed': sum(m.failed for m in rounds),
    }


def table(found):
    """Markdown of what `measure` returned."""
    lines = ['### Three nodes', '',
             '| load | system | operations/s | p50 ms | p99 ms | CPU µs/operation, nodes | driver '
             f'| × {BASELINE} |', '|---|---|--:|--:|--:|--:|--:|--:|']
    for (operation, place), rows in found.items():
        for name, row in rows.items():
            load = f'{TITLES[operation]}, {PLACES[place]}'
            if row['failed']:
                lines.append(f'| {load} | {name} | failed: {row["failed"]} bad or lost answers | | | | | |')
                continue
            base = rows.get(BASELINE)
            ratio = (f'{row["ops_per_second"] / base["ops_per_second"]:.2f}'
                     if base and not base['failed'] else '')
            lines.append(f'| {load} | {name} | {row["ops_per_second"]:,.0f} | {row["p50_ms"]:.2f} '
                         f'| {row["p99_ms"]:.2f} | {row["servers_cpu_us"]:.1f} '
                         f'| {row["driver_cpu_us"]:.1f} | {ratio} |')
    return '\n'.join(lines)
