"""How the nodes of a cluster reach each other, and how that is cut.

Both kinds have the same methods: make(nodes), remove(), address(node), words(node, command), and
cut(pairs), after which what the first node of each pair sends does not reach the second.
"""

import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys

from . import processes

# RFC 2544 sets 198.18.0.0/15 aside for tests between machines: no real network has these addresses.
SUBNET = '198.18.{}'
SUBNETS = 256
HOST = 254
RELAY = 'relay'
RELAY_PORT_OFFSET = 3


class NetworkError(Exception):
    pass


def short_name(directory):
    """Names the cluster where a path is too long."""
    return hashlib.sha256(str(directory).encode()).hexdigest()[:8]


def _run(*words, text=None, check=True):
    done = subprocess.run([str(word) for word in words], input=text, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if check and done.returncode != 0:
        raise NetworkError(f'{" ".join(map(str, words))}: {done.stderr.strip()}')
    return done.stdout


def namespaces_problem():
    """Why this machine gives us no network namespaces; empty where it does."""
    if os.geteuid() != 0:
        return 'namespaces whose nodes the host can reach are root\'s'
    probe = f'skerry-probe-{os.getpid()}'
    try:
        _run('ip', 'netns', 'add', probe)
        try:
            _run('ip', '-n', probe, 'link', 'add', 'bridge', 'type', 'bridge')
            _run('ip', '-n', probe, 'link', 'add', 'one', 'type', 'veth', 'peer', 'name', 'two')
            _run('ip', 'netns', 'exec', probe, 'nft', '-f', '-', text=_ruleset([(1, 2)]))
        finally:
            _run('ip', 'netns', 'del', probe)
    except (NetworkError, OSError) as problem:
        return str(problem)
    return ''


def _ruleset(pairs):
    """Replaces what is cut by `pairs`, in one step. The table need not be there to be deleted."""
    drops = ''.join(f'    iifname "node{one}" oifname "node{two}" drop\n'
                    for one, two in sorted(pairs))
    return ('table bridge partition\ndelete table bridge partition\n'
            'table bridge partition {\n  chain forward {\n'
            '    type filter hook forward priority 0; policy accept;\n' + drops + '  }\n}\n')


class Namespaces:
    """Each node in a network namespace of its own; a bridge between them stands in one more, the hub, so that
    the host's own packet filter has no say and the filter that partitions has no say on the host. The host
    has one interface to the bridge."""

    kind = 'namespaces'

    def __init__(self, directory, subnet=None):
        self._name = short_name(directory)
        self._hub = f'skerry-{self._name}-hub'
        self._host_link = f'sk-{self._name}'
        self._subnet = subnet

    def state(self):
        return {'kind': self.kind, 'subnet': self._subnet}

    def address(self, node):
        return f'{SUBNET.format(self._subnet)}.{node}'

    def peer_port(self, ports):
        return ports['peer']

    def words(self, node, command):
        return ['nsenter', f'--net=/run/netns/{self._namespace(node)}', '--', *command]

    def make(self, nodes, ports, log_path):
        self.remove()
        if self._subnet is None:
            self._subnet = self._free_subnet()
        commands = [f'-n {self._hub} link add bridge type bridge',
                    f'-n {self._hub} link set bridge up',
                    f'link add {self._host_link} type veth peer name host netns {self._hub}',
                    f'-n {self._hub} link set host master bridge up',
                    f'addr add {self.address(HOST)}/24 dev {self._host_link}',
                    f'link set {self._host_link} up']
        _run('ip', 'netns', 'add', self._hub)
        for node in nodes:
            inside = self._namespace(node)
            _run('ip', 'netns', 'add', inside)
            commands += [
                f'-n {inside} link set lo up',
                f'-n {inside} link add eth0 type veth peer name node{node} netns {self._hub}',
                f'-n {self._hub} link set node{node} master bridge up',
                f'-n {inside} addr add {self.address(node)}/24 dev eth0',
                f'-n {inside} link set eth0 up']
        for command in commands:
            _run('ip', *command.split())

    def remove(self):
        _run('ip', 'link', 'del', self._host_link, check=False)
        for namespace in self.leftovers():
            _run('ip', 'netns', 'del', namespace)

    def leftovers(self):
        """The namespaces that there are by this cluster's name."""
        folder = pathlib.Path('/run/netns')
        return [path.name for path in folder.glob(f'skerry-{self._name}-*')]

    def cut(self, pairs):
        _run('ip', 'netns', 'exec', self._hub, 'nft', '-f', '-', text=_ruleset(pairs))

    def _namespace(self, node):
        return f'skerry-{self._name}-{node}'

    def _free_subnet(self):
        taken = {address['local'].rpartition('.')[0]
                 for link in json.loads(_run('ip', '-j', '-4', 'addr'))
                 for address in link['addr_info']}
        start = int(self._name, 16)
        for offset in range(SUBNETS):
            subnet = (start + offset) % SUBNETS
            if SUBNET.format(subnet) not in taken:
                return subnet
        raise NetworkError('every subnet of 198.18 is in use')


class Relayed:
    """All nodes on 127.0.0.1; each node's peers dial a relay in front of it (relay.py), which looks up who
    dials and holds back what is cut. Needs no rights."""

    kind = 'relay'

    def __init__(self, directory):
        self._directory = directory

    def state(self):
        return {'kind': self.kind}

    def address(self, node):
        return '127.0.0.1'

    def peer_port(self, ports):
        return ports['relay']

    def words(self, node, command):
        return command

    def make(self, nodes, ports, log_path):
        self.remove()
        if len(nodes) == 1:
            return
        pairs = [f'{node}:{ports(node)["relay"]}:{ports(node)["peer"]}' for node in nodes]
        source = pathlib.Path(__file__).resolve().parent / 'relay.py'
        child = processes.start(self._directory, RELAY,
                                [sys.executable, source, self._directory, *pairs], log_path)
        while not self._answers():
            if child.poll() is not None:
                raise NetworkError(f'the relay ended by itself; its log is {log_path}')

    def remove(self):
        relay = processes.find(self._directory).get(RELAY)
        if relay:
            relay.signal(9)
            relay.wait(5)

    def cut(self, pairs):
        self._ask({'cut': sorted(pairs)})

    def _answers(self):
        try:
            self._ask({})
        except OSError:
            return False
        return True

    def _ask(self, question):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(control_address(self._directory))
            connection.sendall(json.dumps(question).encode() + b'\n')
            if connection.recv(16) != b'done\n':
                raise NetworkError('the relay did not do what it was asked for')


def control_address(directory):
    """Where a cluster's relay is asked: an abstract socket, since a path may be too long for one."""
    return f'\0skerry-relay-{short_name(directory)}'


def remove(directory):
    """Removes what any kind of network has left, whatever is known of the cluster."""
    Relayed(directory).remove()
    namespaces = Namespaces(directory)
    if namespaces.leftovers():
        namespaces.remove()


def restored(directory, state):
    if state['kind'] == Namespaces.kind:
        return Namespaces(directory, state['subnet'])
    return Relayed(directory)
