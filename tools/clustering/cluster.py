"""A cluster: its directory, its nodes, and what may be done with them."""

import concurrent.futures
import contextlib
import fcntl
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from . import networks, processes

START_SECONDS = 30
# skerryd itself gives up requests under way after ten seconds (--drain-seconds).
STOP_SECONDS = 20
ASK_SECONDS = 1
POLL_SECONDS = 0.01
PORTS_PER_NODE = 10
LOG_TAIL = 2000


class ClusterError(Exception):
    pass


class Cluster:
    """What stands in `directory`. Hold `locked()` around every method: commands must not overlap."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory).resolve()
        self._state_path = self.directory / 'cluster.json'
        self._state = None
        self._network = None

    @contextlib.contextmanager
    def locked(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        with open(self.directory / 'lock', 'w', encoding='ascii') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._load()
            yield

    # What there is.

    def nodes(self):
        return range(1, self._state['nodes'] + 1) if self._state else range(0)

    def ports(self, node):
        first = self._state['port'] + (node - 1) * PORTS_PER_NODE
        return {'data': first, 'admin': first + 1, 'peer': first + 2,
                'relay': first + networks.RELAY_PORT_OFFSET}

    def data_directory(self, node):
        return self.directory / f'node-{node}' / 'data'

    def log_path(self, node):
        return self.directory / f'node-{node}.log'

    def status(self):
        """A dictionary for each node."""
        running = processes.find(self.directory)
        with concurrent.futures.ThreadPoolExecutor(max(1, len(self.nodes()))) as pool:
            return list(pool.map(lambda node: self._describe(node, running.get(str(node))),
                                 self.nodes()))

    def _describe(self, node, process):
        ports, address = self.ports(node), self._network.address(node)
        if process is None:
            state = 'down'
        elif process.paused():
            state = 'paused'
        else:
            state = 'ready' if self._ready(node) else 'running'
        return {'node': node, 'pid': process.pid if process else None, 'state': state,
                'endpoint': f'http://{address}:{ports["data"]}',
                'admin': f'http://{address}:{ports["admin"]}',
                'data_directory': str(self.data_directory(node)), 'log': str(self.log_path(node))}

    # The whole cluster.

    def up(self, nodes, port, skerryd, flags=(), network=None, disk=None):
        if processes.find(self.directory):
            raise ClusterError(f'a cluster runs in {self.directory} already; `down` ends it')
        self._release()
        if self._state and (self._state['nodes'], self._state['port']) != (nodes, port):
            raise ClusterError(
                f'{self.directory} holds a cluster of {self._state["nodes"]} nodes at port '
                f'{self._state["port"]}; `down --erase` removes it')
        self._choose_network(network)
        self._state = {'nodes': nodes, 'port': port, 'skerryd': str(skerryd), 'flags': list(flags),
                       'disk': disk, 'up': True}
        self._save()  # Before anything is made, so that `down` knows what may have been.
        try:
            self._network.make(self.nodes(), self.ports, self.directory / 'relay.log')
            self._save()
            for node in self.nodes():
                self._make_disk(node)
            # The first is the cluster that the others join; in turn, so that each gets the id that it has here.
            for node in self.nodes():
                self._await_ready(node, self._start(node))
            self._await_members()
        except BaseException:
            self.down()
            raise

    def down(self, erase=False):
        """Ends what runs, whatever state it is in, and gives back what the machine lent."""
        running = processes.find(self.directory)
        for process in running.values():
            process.signal(signal.SIGTERM)
            process.signal(signal.SIGCONT)  # A paused one could not end.
        deadline = time.monotonic() + STOP_SECONDS
        for process in running.values():
            if not process.wait(max(0, deadline - time.monotonic())):
                process.signal(signal.SIGKILL)
                process.wait(ASK_SECONDS)
        self._release()
        if self._state:
            self._state['up'] = False
            self._save()
        if erase:
            for path in self.directory.iterdir():
                if path.name == 'cluster.json' or path.name == 'relay.log' or path.name.startswith('node-'):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            self._state = None

    # One node.

    def kill(self, node):
        process = self._running(node)
        process.signal(signal.SIGKILL)
        if not process.wait(STOP_SECONDS):
            raise ClusterError(f'node {node} is still there after SIGKILL')

    def stop(self, node):
        process = self._running(node)
        process.signal(signal.SIGTERM)
        process.signal(signal.SIGCONT)
        if not process.wait(STOP_SECONDS):
            raise ClusterError(f'node {node} is still there {STOP_SECONDS} s after SIGTERM')

    def pause(self, node):
        self._running(node).signal(signal.SIGSTOP)

    def resume(self, node):
        self._running(node).signal(signal.SIGCONT)

    def restart(self, node, wait=True):
        """Starts a node that is down; one that runs is stopped first."""
        self._check(node)
        if str(node) in processes.find(self.directory):
            self.stop(node)
        child = self._start(node)
        if wait:
            self._await_ready(node, child)

    # The network.

    def partition(self, groups, one_way=False):
        """Cuts every pair of nodes that no group has both of. Nodes that are named nowhere form one more
        group. One way: what the first of two groups sends does not reach the second."""
        for node in {node for group in groups for node in group}:
            self._check(node)
        self._network.cut(cut_pairs(self.nodes(), groups, one_way))

    def heal(self):
        self._check_up()
        self._network.cut([])

    # Below here: how.

    def _load(self):
        try:
            state = json.loads(self._state_path.read_text())
        except FileNotFoundError:
            return
        self._network = networks.restored(self.directory, state.pop('network'))
        self._state = state

    def _save(self):
        text = json.dumps({**self._state, 'network': self._network.state()}, indent=2)
        temporary = self._state_path.with_suffix('.new')
        temporary.write_text(text + '\n')
        os.replace(temporary, self._state_path)

    def _choose_network(self, kind):
        if self._network and kind in (None, self._network.kind):
            return  # Nodes that have run before know each other by the addresses they had.
        if self._network:
            raise ClusterError(f'{self.directory} has a network of the kind {self._network.kind}')
        problem = '' if kind == networks.Relayed.kind else networks.namespaces_problem()
        if problem and kind == networks.Namespaces.kind:
            raise ClusterError(f'no namespaces on this machine: {problem}')
        if kind == networks.Relayed.kind or problem:
            self._network = networks.Relayed(self.directory)
        else:
            self._network = networks.Namespaces(self.directory)

    def _release(self):
        networks.remove(self.directory)
        mounts = pathlib.Path('/proc/self/mounts').read_text().splitlines()
        for mount in (line.split()[1] for line in mounts):
            if mount.startswith(f'{self.directory}/node-'):
                subprocess.run(['umount', mount], check=True)

    def _make_disk(self, node):
        directory = self.data_directory(node).parent
        directory.mkdir(exist_ok=True)
        if self._state['disk']:
            subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={self._state["disk"]}', 'tmpfs',
                            str(directory)], check=True)

    def _check_up(self):
        if not self._state or not self._state['up']:
            raise ClusterError(f'no cluster runs in {self.directory}')

    def _check(self, node):
        self._check_up()
        if node not in self.nodes():
            raise ClusterError(f'there is no node {node}; there are 1 to {len(self.nodes())}')

    def _running(self, node):
        process = processes.find(self.directory).get(str(node))
        if process is None:
            self._check(node)
            raise ClusterError(f'node {node} is down')
        return process

    def _peer(self, node):
        return f'{self._network.address(node)}:{self._network.peer_port(self.ports(node))}'

    def command(self, node):
        """What starts the node; the same at its first start and at every later one."""
        ports, address = self.ports(node), self._network.address(node)
        words = [self._state['skerryd'], '--data-dir', self.data_directory(node),
                 '--address', address, '--port', ports['data'],
                 '--admin-address', address, '--admin-port', ports['admin']]
        if len(self.nodes()) > 1:
            words += ['--peer-address', address, '--peer-port', ports['peer'],
                      '--advertise', self._peer(node)]
        if node > 1:
            words += ['--join', ','.join(self._peer(other) for other in self.nodes() if other != node)]
        return [str(word) for word in self._network.words(node, [*words, *self._state['flags']])]

    def _start(self, node):
        return processes.start(self.directory, node, self.command(node), self.log_path(node))

    def _await_ready(self, node, child):
        deadline = time.monotonic() + START_SECONDS
        while not self._ready(node):
            if child.poll() is not None:
                raise ClusterError(f'node {node} ended by itself: {self._log_tail(node)}')
            if time.monotonic() > deadline:
                raise ClusterError(
                    f'node {node} is not ready after {START_SECONDS} s: {self._log_tail(node)}')
            time.sleep(POLL_SECONDS)

    def _await_members(self):
        deadline = time.monotonic() + START_SECONDS
        while len(self.nodes()) > 1 and self._member_count() != len(self.nodes()):
            if time.monotonic() > deadline:
                raise ClusterError(f'the cluster has {self._member_count()} nodes after '
                                   f'{START_SECONDS} s: {self._log_tail(1)}')
            time.sleep(POLL_SECONDS)

    def _member_count(self):
        """How many nodes the cluster itself says that it has."""
        status, body = self._ask(1, '/cluster')
        if status == 404:
            return len(self.nodes())  # One that cannot be asked; that all are ready must do.
        return len(json.loads(body)['nodes']) if status == 200 else 0

    def _ready(self, node):
        return self._ask(node, '/readyz')[0] == 200

    def _ask(self, node, path):
        """Status (0: no answer) and body."""
        connection = http.client.HTTPConnection(self._network.address(node),
                                                self.ports(node)['admin'], timeout=ASK_SECONDS)
        try:
            connection.request('GET', path)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            return 0, b''
        finally:
            connection.close()

    def _log_tail(self, node):
        return self.log_path(node).read_text(errors='replace')[-LOG_TAIL:]


def cut_pairs(nodes, groups, one_way=False):
    """The directed pairs of nodes that a partition into `groups` keeps apart."""
    named = {node for group in groups for node in group}
    rest = {node for node in nodes if node not in named}
    groups = [set(group) for group in groups] + ([rest] if rest else [])
    if one_way:
        if len(groups) != 2 or groups[0] & groups[1]:
            raise ClusterError('one way needs two groups of different nodes')
        return [(one, two) for one in groups[0] for two in groups[1]]
    return [(one, two) for one in nodes for two in nodes
            if one != two and not any({one, two} <= group for group in groups)]
