"""Clusters of three nodes: how each is started, asked where its leaders are, and driven."""

import ctypes
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from . import process
from .client import HEADERS, Client, target
from .systems import ROOT, START_SECONDS_MAX, Skerry, StartFailed, scratch_folder

NODES = (1, 2, 3)
LEADER_SECONDS_MAX = 30
VALUE_BYTES = 1024


class Cluster:
    """Three processes on loopback ports from `port` on, each with a folder of its own. Subclasses say
    how a node is started (`command`), and `requests` and `routes` what it is asked, and where."""

    def __init__(self, name, port):
        self.name = name
        self.first_port = port
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f'bench-{name}-', dir=scratch_folder()))
        self._processes = {}

    def command(self, node):
        raise NotImplementedError

    def ready(self, node):
        raise NotImplementedError

    def port(self, node):
        """Of clients."""
        return self.first_port + (node - 1) * 10

    def start(self, one_by_one):
        for node in NODES:
            with open(self.folder / f'node-{node}.log', 'ab') as log:
                self._processes[node] = subprocess.Popen(
                    self.command(node), cwd=self.folder, stdout=log, stderr=log,
                    stdin=subprocess.DEVNULL)
            if one_by_one:
                self._await_ready(node)
        for node in NODES:
            self._await_ready(node)

    def _await_ready(self, node):
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self.ready(node):
            if self._processes[node].poll() is not None or time.monotonic() > deadline:
                log = (self.folder / f'node-{node}.log').read_text(errors='replace')[-2000:]
                raise StartFailed(f'{self.name}: node {node} does not start\n{log}')
            time.sleep(0.01)

    def close(self):
        for child in self._processes.values():
            child.send_signal(signal.SIGTERM)
        for child in self._processes.values():
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def cpu_seconds(self):
        return sum(process.cpu_seconds(child.pid) for child in self._processes.values())

    def resident_mb(self):
        return sum(process.resident_mb(child.pid) for child in self._processes.values())


class SkerryCluster(Cluster):
    """Three nodes of skerryd, durable; one table, with as many partitions as it gets by itself."""

    protocol = ('--protocol', 'http')
    flags = ()
    table = 'plain'

    def start(self):
        super().start(one_by_one=True)
        deadline = time.monotonic() + START_SECONDS_MAX
        while len(self._page(1)['nodes']) < len(NODES):
            if time.monotonic() > deadline:
                raise StartFailed(f'{self.name}: not all nodes have joined')
            time.sleep(0.01)

    def command(self, node):
        if not Skerry.binary.exists():
            raise StartFailed(f'{self.name}: {Skerry.binary} is missing; run tools/build')
        port = self.port(node)
        words = [Skerry.binary, '--port', port, '--admin-port', port + 1, '--peer-port', port + 2,
                 '--data-dir', self.folder / f'node-{node}', *self.flags]
        if node > 1:
            words += ['--join', f'127.0.0.1:{self.port(1) + 2}']
        return [str(word) for word in words]

    def ready(self, node):
        return _ask(self.port(node) + 1, 'GET', '/readyz') is not None

    def _page(self, node):
        return json.loads(_ask(self.port(node) + 1, 'GET', '/cluster'))

    def make_table(self):
        client = Client(self.port(1))
        client.create_table(self.table)
        client.close()

    def partitions(self):
        """Of the table, when each has three voters, and leaders that stay: the cluster hands leaderships
        over until every node has as many."""
        deadline = time.monotonic() + LEADER_SECONDS_MAX
        while True:
            found = [p for p in self._page(1)['partitions'] if p['table'] == self.table]
            led = [sum(p['leader'] == node for p in found) for node in NODES]
            if found and sum(led) == len(found) and max(led) - min(led) <= 1 and all(
                    len(p['replicas']) == len(NODES) and all(r['voter'] for r in p['replicas'])
                    for p in found):
                return found
            if time.monotonic() > deadline:
                raise StartFailed(f'{self.name}: partitions without leader or replicas: {found}')
            time.sleep(0.05)

    def put(self, key, value):
        return self._request('PutItem', {'TableName': self.table, 'Item': {
            'pk': {'S': key}, 'data': {'S': value}}})

    def get(self, key):
        return self._request('GetItem', {'TableName': self.table, 'Key': {'pk': {'S': key}},
                                         'ConsistentRead': True})

    def _request(self, operation, members):
        body = json.dumps(members, separators=(',', ':'))
        headers = {'Host': '127.0.0.1', **HEADERS, 'X-Amz-Target': target(operation),
                   'Content-Length': len(body)}
        lines = ''.join(f'{name}: {value}\r\n' for name, value in headers.items())
        return f'POST / HTTP/1.1\r\n{lines}\r\n{body}'.encode()

    def routes(self):
        """A function from a key to the node that leads it."""
        partitions = [(int(p['first_hash'], 16), int(p['last_hash'], 16), p['leader'])
                      for p in self.partitions()]
        library = ctypes.CDLL('libxxhash.so.0')
        library.XXH3_64bits.restype = ctypes.c_uint64
        library.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]

        def leader(key):
            encoded = key.encode() + b'\0\x01'  # storage/document/key_encoding.h
            place = library.XXH3_64bits(encoded, len(encoded))
            return next(node for first, last, node in partitions if first <= place <= last)
        return leader

    def methods(self):
        return {'put': (), 'get': ()}


class EtcdCluster(Cluster):
    """Three nodes of etcd with its default settings, asked over gRPC as its own clients do."""

    protocol = ('--protocol', 'grpc')
    binary = shutil.which('etcd') or '/usr/bin/etcd'

    def start(self):
        super().start(one_by_one=False)

    def command(self, node):
        port = self.port(node)
        peers = ','.join(f'n{n}=http://127.0.0.1:{self.port(n) + 1}' for n in NODES)
        return [self.binary, '--name', f'n{node}', '--data-dir', str(self.folder / f'node-{node}'),
                '--listen-client-urls', f'http://127.0.0.1:{port}',
                '--advertise-client-urls', f'http://127.0.0.1:{port}',
                '--listen-peer-urls', f'http://127.0.0.1:{port + 1}',
                '--initial-advertise-peer-urls', f'http://127.0.0.1:{port + 1}',
                '--initial-cluster', peers, '--initial-cluster-token', str(os.getpid()),
                '--log-level', 'warn']

    def ready(self, node):
        return _ask(self.port(node), 'GET', '/health') is not None

    def make_table(self):
        pass

    def put(self, key, value):
        return _field(1, key.encode()) + _field(2, value.encode())  # PutRequest: key, value

    def get(self, key):
        return _field(1, key.encode())  # RangeRequest: key; linearizable unless told otherwise

    def routes(self):
        for node in NODES:
            status = json.loads(_ask(self.port(node), 'POST', '/v3/maintenance/status', '{}'))
            if status['leader'] == status['header']['member_id']:
                return lambda key: node
        raise StartFailed(f'{self.name}: no node leads')

    def methods(self):
        return {'put': ('--path', '/etcdserverpb.KV/Put'), 'get': ('--path', '/etcdserverpb.KV/Range')}


def value(*parts):
    """1 KiB that differ with `parts`."""
    text = '-'.join(str(part) for part in parts) + '-'
    return (text + 'abcdefgh' * (VALUE_BYTES // 8))[:VALUE_BYTES]


def _field(number, value):
    """A length-delimited field of protobuf."""
    size, length = len(value), bytearray()
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    length.append(size)
    return bytes([number << 3 | 2]) + bytes(length) + value


def _ask(port, method, path, body=None):
    """The body of a 200; None: anything else."""
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=2)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        content = answer.read()
        return content if answer.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
