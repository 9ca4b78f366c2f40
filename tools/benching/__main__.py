"""The command line of `tools/bench`."""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import statistics
import sys

from . import cluster_load, lifecycle, memory, report
from .client import Client
from .load import drive
from .systems import KINDS, Other, Skerry, StartFailed, scratch_folder
from .workloads import WORKLOADS, write_bodies

LIFE = ('start', 'tables', 'data', 'memory')
DEFAULT_LIFE = ('start', 'tables')


def arguments():
    parser = argparse.ArgumentParser(
        prog='tools/bench',
        description='Starts the systems, drives each in turns with wrk, prints Markdown.')
    parser.add_argument('--systems', default=','.join(KINDS),
                        help=f'comma-separated; there are {", ".join(KINDS)} (default: all)')
    parser.add_argument('--other', action='append', default=[], metavar='NAME=COMMAND',
                        help='one more system, started by COMMAND with {port} and {dir} replaced')
    parser.add_argument('--skerryd', type=pathlib.Path, default=Skerry.binary,
                        help='the binary to measure (default: %(default)s)')
    parser.add_argument('--only', help='comma-separated measurements: '
                        f'{", ".join([w.name for w in WORKLOADS] + list(LIFE))} '
                        '(default: all but data and memory)')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--seconds', type=int, default=5, help='of each round (default: 5)')
    parser.add_argument('--warm-up', type=int, default=3, help="seconds before a load's first round")
    parser.add_argument('--connections', type=int, default=64)
    parser.add_argument('--threads', type=int, default=1, help="wrk's")
    parser.add_argument('--megabytes', type=int, default=1000, help='for the measurements `data` and `memory`')
    parser.add_argument('--memory', help="skerryd's --memory (default: its own)")
    parser.add_argument('--port', type=int, default=9300, help='the first port to use')
    parser.add_argument('--cluster', action='store_true',
                        help='measure clusters of three nodes, and nothing else')
    parser.add_argument('--clusters', default=','.join(cluster_load.KINDS),
                        help='which of them (default: %(default)s)')
    parser.add_argument('--streams', type=int, default=1, help="calls under way on each of etcd's connections")
    parser.add_argument('--json', action='store_true', help='print JSON instead')
    return parser.parse_args()


def make_systems(options):
    """The chosen systems by name, not yet started."""
    systems, port = {}, options.port
    for name in filter(None, options.systems.split(',')):
        if name not in KINDS:
            sys.exit(f'tools/bench: no system is called {name}; there are: {", ".join(KINDS)}')
        systems[name] = KINDS[name](name, port)
        port += 1
    for text in options.other:
        name, _, command = text.partition('=')
        systems[name] = Other(name, port, command)
        port += 1
    return systems


def chosen(options):
    known = [workload.name for workload in WORKLOADS] + list(LIFE)
    names = options.only.split(',') if options.only else known[:-len(LIFE)] + list(DEFAULT_LIFE)
    for name in names:
        if name not in known:
            sys.exit(f'tools/bench: no measurement is called {name}; there are: {", ".join(known)}')
    return names


def note(text):
    print(text, file=sys.stderr, flush=True)


def measure_loads(options, names):
    """Returns load -> system -> summary; nginx answers in the first load only."""
    found = {}
    with contextlib.ExitStack() as stack:
        systems = make_systems(options)
        for system in systems.values():
            stack.callback(system.close)
            system.start()
        prepared = set()
        for workload in (w for w in WORKLOADS if w.name in names):
            taking_part = [s for s in systems.values()
                           if s.speaks_dynamodb or not found or workload.name == 'get']
            found[workload.name] = measure_load(options, workload, taking_part, prepared)
    return found


def measure_load(options, workload, systems, prepared):
    bodies = scratch_folder() / f'{workload.name}.bodies'
    write_bodies(workload, bodies)
    for system in systems:
        if system.speaks_dynamodb and (system.name, workload.prepare) not in prepared:
            note(f'{workload.name}: preparing {system.name}')
            client = Client(system.port)
            workload.prepare(client)
            client.close()
            prepared.add((system.name, workload.prepare))

    def once(system, seconds):
        return drive(system, workload.operation, bodies, seconds, options.connections,
                     options.threads)

    for system in systems:
        once(system, options.warm_up)
    rounds = {system.name: [] for system in systems}
    for number in range(options.rounds):
        for system in systems:
            measured = once(system, options.seconds)
            rounds[system.name].append(measured)
            note(f'{workload.name}: round {number + 1}, {system.name}: '
                 f'{measured.operations / measured.seconds:,.0f}/s')
    return {name: report.summarise(measured) for name, measured in rounds.items()}


def measure_life(options, names):
    """Returns system -> {what: figure}, medians over the rounds; each system runs alone."""
    found = {}
    for round_number in range(options.rounds):
        for name, system in make_systems(options).items():
            with contextlib.closing(system):
                if not system.speaks_dynamodb:
                    continue
                note(f'life cycle: round {round_number + 1}, {name}')
                figures = {}
                if {'start', 'tables'} & set(names):
                    rest = lifecycle.first_answer(system) if 'start' in names else system.start()
                    figures |= rest if 'start' in names else {}
                    if 'tables' in names:
                        figures |= lifecycle.table_life(system)
                    system.stop()
                if 'memory' in names and system.keeps_data:
                    system.start()
                    figures |= memory.under_load(system, options.megabytes)
                    system.stop()
                if 'data' in names and system.keeps_data and round_number == 0:
                    figures |= lifecycle.start_on_data(system, options.megabytes)
                for what, figure in figures.items():
                    found.setdefault(name, {}).setdefault(what, []).append(figure)
    return {name: {what: statistics.median(values) for what, values in figures.items()}
            for name, figures in found.items()}


def machine():
    model = next((line.partition(':')[2].strip() for line in open('/proc/cpuinfo', encoding='ascii')
                  if line.startswith('model name')), platform.machine())
    return f'{os.cpu_count()} × {model}, Linux {platform.release()}'


def measure_clusters(options):
    try:
        found = cluster_load.measure(options, note)
    except StartFailed as failure:
        sys.exit(f'tools/bench: {failure}')
    if options.json:
        print(json.dumps({'machine': machine(), 'loads': {' '.join(load): rows for load, rows in found.items()}},
                         indent=2))
        return
    print(f'{machine()}; {options.connections} clients, {options.rounds} rounds of {options.seconds} s '
          'in turns, medians; the driver on the same machine.\n')
    print(cluster_load.table(found))


def main():
    options = arguments()
    names = chosen(options)
    Skerry.binary = options.skerryd.resolve()
    if options.memory:
        Skerry.flags = ('--memory', options.memory)
    if options.cluster:
        measure_clusters(options)
        return
    try:
        loads = measure_loads(options, names) if set(names) - set(LIFE) else {}
        life = measure_life(options, names) if set(names) & set(LIFE) else {}
    except StartFailed as failure:
        sys.exit(f'tools/bench: {failure}')
    if options.json:
        print(json.dumps({'machine': machine(), 'options': {**vars(options), 'skerryd': str(Skerry.binary)}, 'loads': loads,
                          'life': life}, indent=2))
        return
    print(f'{machine()}; {options.connections} connections, {options.rounds} rounds of '
          f'{options.seconds} s in turns, medians; load generator on the same machine.\n')
    reference = next((rows['nginx'] for rows in loads.values() if 'nginx' in rows), None)
    for workload in WORKLOADS:
        if workload.name in loads:
            print(report.load_table(workload.title, loads[workload.name], reference) + '\n')
    if life:
        print(report.life_table(life))


if __name__ == '__main__':
    main()
