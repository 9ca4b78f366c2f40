"""The command line of `tools/cluster`."""

import argparse
import json
import pathlib
import sys

from . import networks
from .cluster import Cluster, ClusterError

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLUMNS = ('node', 'pid', 'state', 'endpoint', 'admin', 'data_directory')
NODES_MAX = 99


def parser():
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument('--dir', type=pathlib.Path, default=ROOT / 'build' / 'cluster',
                            help='what the cluster keeps: data, logs, its state (default: build/cluster)')
    whole = argparse.ArgumentParser(
        prog='tools/cluster', description='Runs a cluster of skerryd processes on this machine.')
    commands = whole.add_subparsers(dest='command', required=True, metavar='COMMAND')

    def command(name, text, **kwargs):
        return commands.add_parser(name, help=text, description=text, parents=[everywhere], **kwargs)

    up = command('up', 'start N nodes and wait until they are one cluster that serves',
                 epilog='what follows `--` is handed to every skerryd')
    up.add_argument('nodes', type=int, metavar='N', choices=range(1, NODES_MAX + 1))
    up.add_argument('--port', type=int, required=True,
                    help='node 1 has its data port here, its admin port at +1, its peer port at +2; '
                         'node 2 from +10 on, and so forth')
    up.add_argument('--skerryd', type=pathlib.Path, default=ROOT / 'build/release/bin/skerryd')
    up.add_argument('--memory', help="skerryd's --memory (default: its own)")
    up.add_argument('--network', choices=(networks.Namespaces.kind, networks.Relayed.kind),
                    help='namespaces: each node in its own; relay: all on 127.0.0.1, with relays between '
                         'them (default: namespaces where this machine and user have them)')
    up.add_argument('--disk', metavar='SIZE',
                    help='keep each node\'s data in a memory disk of this size, which `down` drops')
    up.add_argument('flags', nargs='*', metavar='FLAG', help=argparse.SUPPRESS)

    for name, text in (('kill', 'SIGKILL'), ('stop', 'SIGTERM, and wait until it has ended'),
                       ('pause', 'SIGSTOP'), ('resume', 'SIGCONT'),
                       ('restart', 'start a node again; stop it first if it runs')):
        one = command(name, text)
        one.add_argument('node', type=int, metavar='I')
        if name == 'restart':
            one.add_argument('--no-wait', action='store_true', help='do not wait until it is ready')

    partition = command('partition', 'let no packet pass between these groups of nodes',
                        epilog='nodes that no group names form one more group; a node in two groups '
                               'reaches both')
    partition.add_argument('groups', nargs='+', metavar='A,B')
    partition.add_argument('--one-way', action='store_true',
                           help='drop only what the first of two groups sends to the second')
    command('heal', 'let all nodes reach each other again')
    status = command('status', 'say what runs')
    status.add_argument('--json', action='store_true')
    down = command('down', 'end everything; the data stay')
    down.add_argument('--erase', action='store_true', help='remove the data and logs, too')
    return whole


def parse(words):
    """argparse would take what follows `--` for positional arguments of any command."""
    before, _, after = (words[:words.index('--')], '--', words[words.index('--') + 1:]) \
        if '--' in words else (words, '', [])
    options = parser().parse_args(before)
    if after and options.command != 'up':
        parser().error('only `up` hands flags to skerryd')
    options.flags = after
    return options


def group(text):
    try:
        return [int(node) for node in text.split(',')]
    except ValueError:
        raise ClusterError(f'{text} is no list of nodes, such as 1,2') from None


def table(rows):
    texts = [[column.replace('_', ' ') for column in COLUMNS]]
    texts += [['-' if row[column] is None else str(row[column]) for column in COLUMNS] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts)]
    return '\n'.join('  '.join(text.ljust(width) for text, width in zip(row, widths)).rstrip()
                     for row in texts)


def carry_out(cluster, options):
    command = options.command
    if command == 'up':
        binary = options.skerryd.resolve()
        if not binary.is_file():
            raise ClusterError(f'{binary} is not there; tools/build makes build/release/bin/skerryd')
        memory = ['--memory', options.memory] if options.memory else []
        cluster.up(options.nodes, options.port, binary, [*memory, *options.flags], options.network,
                   options.disk)
        print(table(cluster.status()))
    elif command == 'status':
        rows = cluster.status()
        print(json.dumps(rows, indent=2) if options.json else table(rows))
    elif command == 'partition':
        cluster.partition([group(text) for text in options.groups], options.one_way)
    elif command == 'heal':
        cluster.heal()
    elif command == 'down':
        cluster.down(options.erase)
    elif command == 'restart':
        cluster.restart(options.node, not options.no_wait)
    else:
        getattr(cluster, command)(options.node)


def main():
    options = parse(sys.argv[1:])
    cluster = Cluster(options.dir)
    try:
        with cluster.locked():
            carry_out(cluster, options)
    except (ClusterError, networks.NetworkError) as problem:
        sys.exit(f'tools/cluster: {problem}')


if __name__ == '__main__':
    main()
