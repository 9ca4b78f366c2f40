"""Clusters of stand-ins for skerryd: their life, what cuts them, and what a failure leaves behind."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request

from clustering import __main__ as command_line
from clustering import networks, processes, relay
from clustering.cluster import Cluster, ClusterError, cut_pairs

FAKE_NODE = pathlib.Path(__file__).resolve().parent / 'fake_node.py'
WAIT_SECONDS = 20


def free_ports(nodes):
    """A port from which on a cluster of that many nodes finds its ports free."""
    for first in range(21000, 30000, 100):
        with contextlib.ExitStack() as stack:
            try:
                for node in range(nodes):
                    for offset in range(4):
                        probe = stack.enter_context(socket.socket())
                        probe.bind(('127.0.0.1', first + 10 * node + offset))
            except OSError:
                continue
            return first
    raise AssertionError('no free ports')


class Partitions(unittest.TestCase):
    def test_nodes_of_no_common_group_are_cut_both_ways(self):
        self.assertEqual([(1, 3), (2, 3), (3, 1), (3, 2)], cut_pairs([1, 2, 3], [[1, 2], [3]]))

    def test_nodes_that_are_not_named_are_one_more_group(self):
        self.assertEqual(cut_pairs([1, 2, 3], [[1, 2], [3]]), cut_pairs([1, 2, 3], [[3]]))
        self.assertEqual([], cut_pairs([1, 2, 3], [[1, 2, 3]]))

    def test_a_node_in_two_groups_is_a_bridge(self):
        self.assertEqual([(1, 3), (3, 1)], cut_pairs([1, 2, 3], [[1, 2], [2, 3]]))

    def test_one_way_cuts_one_direction(self):
        self.assertEqual([(1, 2), (1, 3)], cut_pairs([1, 2, 3], [[1]], one_way=True))
        with self.assertRaises(ClusterError):
            cut_pairs([1, 2, 3], [[1], [2]], one_way=True)


class CommandLine(unittest.TestCase):
    def test_what_follows_the_dashes_is_for_skerryd(self):
        options = command_line.parse(['up', '3', '--port', '8', '--', '--log-size', '64MB'])
        self.assertEqual((3, ['--log-size', '64MB']), (options.nodes, options.flags))

    def test_groups_are_lists_of_nodes(self):
        self.assertEqual([1, 2], command_line.group('1,2'))
        with self.assertRaises(ClusterError):
            command_line.group('1,b')


class Dialler(unittest.TestCase):
    def test_the_owner_of_a_connection_is_found_by_its_mark(self):
        with socket.create_server(('127.0.0.1', 0)) as listener, tempfile.TemporaryDirectory() as folder:
            port = listener.getsockname()[1]
            dial = (f'import socket; s = socket.create_connection(("127.0.0.1", {port})); s.recv(1)')
            child = processes.start(folder, 7, ['python3', '-c', dial], f'{folder}/log')
            connection, (_, dialled_from) = listener.accept()
            with connection:
                inode = relay.socket_inode(pathlib.Path('/proc/net/tcp').read_text(), dialled_from, port)
                self.assertEqual('7', relay.owner(folder, inode))
                self.assertIsNone(relay.owner(f'{folder}/other', inode))
            child.wait(WAIT_SECONDS)


class Life:
    """The tests of both kinds of network; `kind` names it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cluster = Cluster(folder.name)
        self.addCleanup(self.end)

    def end(self):
        with self.cluster.locked():
            self.cluster.down(erase=True)
        self.assertEqual({}, processes.find(self.cluster.directory))

    def up(self, nodes, **kwargs):
        self.port = free_ports(nodes)
        with self.cluster.locked():
            self.cluster.up(nodes, self.port, FAKE_NODE, network=self.kind, **kwargs)

    def states(self):
        return [node['state'] for node in self.cluster.status()]

    def reached(self):
        """node -> the nodes that it reaches."""
        found = {}
        for node in self.cluster.status():
            with urllib.request.urlopen(node['admin'] + '/reaches', timeout=WAIT_SECONDS) as answer:
                addresses = json.load(answer)
            found[node['node']] = {other for other in self.cluster.nodes()
                                   if self.cluster._peer(other) in addresses}
        return found

    def await_reached(self, expected):
        deadline = time.monotonic() + WAIT_SECONDS
        while (found := self.reached()) != expected:
            self.assertLess(time.monotonic(), deadline, f'{found} is not {expected}')

    def test_nodes_are_cut_from_each_other_and_healed(self):
        self.up(3)
        self.assertEqual(['ready'] * 3, self.states())
        whole = {1: {2, 3}, 2: {1, 3}, 3: {1, 2}}
        self.await_reached(whole)
        with self.cluster.locked():
            self.cluster.partition([[1, 2], [3]])
        self.assertEqual({1: {2}, 2: {1}, 3: set()}, self.reached())
        with self.cluster.locked():
            self.cluster.partition([[1, 2], [2, 3]])
        self.await_reached({1: {2}, 2: {1, 3}, 3: {2}})
        with self.cluster.locked():
            # A connection needs both directions.
            self.cluster.partition([[1]], one_way=True)
        self.await_reached({1: set(), 2: {3}, 3: {2}})
        with self.cluster.locked():
            self.cluster.heal()
        self.await_reached(whole)

    def test_a_node_goes_and_comes_back(self):
        self.up(2)
        pids = [node['pid'] for node in self.cluster.status()]
        with self.cluster.locked():
            self.cluster.kill(2)
        self.assertEqual(['ready', 'down'], self.states())
        with self.cluster.locked():
            self.assertRaises(ClusterError, self.cluster.kill, 2)
            self.assertRaises(ClusterError, self.cluster.kill, 3)
            self.cluster.restart(2)
            self.cluster.pause(1)
        self.assertEqual(['paused', 'ready'], self.states())
        with self.cluster.locked():
            self.cluster.resume(1)
            self.cluster.stop(1)
            self.cluster.restart(1)
        self.assertEqual(['ready', 'ready'], self.states())
        self.assertFalse(set(pids) & {node['pid'] for node in self.cluster.status()})

    def test_down_ends_paused_nodes_and_keeps_the_data(self):
        self.up(2)
        kept = self.cluster.data_directory(2) / 'kept'
        kept.touch()
        with self.cluster.locked():
            self.cluster.pause(2)
            self.cluster.down()
            self.assertEqual(['down', 'down'], self.states())
            self.assertRaises(ClusterError, self.cluster.restart, 1)
            self.assertRaises(ClusterError, self.cluster.up, 3, self.port, FAKE_NODE)
            self.cluster.up(2, self.port, FAKE_NODE)
        self.assertEqual(['ready', 'ready'], self.states())
        self.assertTrue(kept.exists())

    def test_a_start_that_fails_leaves_nothing_and_says_why(self):
        with self.assertRaisesRegex(ClusterError, 'node 1 ended by itself: asked to fail'):
            self.up(2, flags=['--fail'])
        self.assertEqual({}, processes.find(self.cluster.directory))

    def test_a_lost_command_leaves_nothing_that_down_does_not_find(self):
        self.up(2)
        stranger = subprocess.Popen(['sleep', '60'])
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        os.remove(self.cluster.directory / 'cluster.json')
        again = Cluster(self.cluster.directory)
        with again.locked():
            again.down()
        self.assertEqual({}, processes.find(self.cluster.directory))
        self.assertIsNone(stranger.poll())
        self.assertFalse(networks.Namespaces(self.cluster.directory).leftovers())


class RelayedLife(Life, unittest.TestCase):
    kind = networks.Relayed.kind


@unittest.skipIf(networks.namespaces_problem(), networks.namespaces_problem())
class NamespacesLife(Life, unittest.TestCase):
    kind = networks.Namespaces.kind

    def test_a_disk_has_its_size_and_goes_with_the_cluster(self):
        self.up(1, disk='1M')
        filler = self.cluster.data_directory(1) / 'filler'
        with self.assertRaises(OSError), open(filler, 'wb', buffering=0) as file:
            for _ in range(16):
                file.write(b'x' * (1 << 17))
                os.fsync(file.fileno())
        self.end()
        self.assertNotIn(str(self.cluster.directory), pathlib.Path('/proc/self/mounts').read_text())


class Locking(unittest.TestCase):
    def test_commands_on_one_cluster_do_not_overlap(self):
        with tempfile.TemporaryDirectory() as folder:
            with Cluster(folder).locked():
                child = subprocess.Popen(
                    ['python3', '-m', 'clustering', 'status', '--dir', folder],
                    env={**os.environ, 'PYTHONPATH': str(FAKE_NODE.parents[2] / 'tools')},
                    stdout=subprocess.DEVNULL)
                with self.assertRaises(subprocess.TimeoutExpired):
                    child.wait(0.5)
            self.assertEqual(0, child.wait(WAIT_SECONDS))
