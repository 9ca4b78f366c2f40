"""Drives one server with wrk."""

import dataclasses
import json
import pathlib
import subprocess

from .client import HEADERS, target

_REPLAY = pathlib.Path(__file__).with_name('replay.lua')


@dataclasses.dataclass
class Measured:
    """One round of one load on one system."""
    operations: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_seconds: float
    resident_mb: float
    bad_answers: int  # not 200
    lost: int  # connections that failed, and requests without an answer in time


def drive(system, operation, bodies, seconds, connections, threads):
    """One closed-loop round; CPU time is taken around it."""
    headers = [word for pair in HEADERS.items() for word in pair]
    command = ['wrk', '-t', str(threads), '-c', str(connections), '-d', f'{seconds}s',
               '--timeout', '10s',
               '-s', str(_REPLAY), f'http://127.0.0.1:{system.port}/', '--',
               str(bodies), target(operation), *headers]
    before = system.cpu_seconds()
    ran = subprocess.run(command, capture_output=True, text=True, check=True,
                         timeout=seconds + 60)
    cpu = system.cpu_seconds() - before
    line = next(line for line in ran.stdout.splitlines() if line.startswith('RESULT '))
    found = json.loads(line.removeprefix('RESULT '))
    return Measured(
        operations=found['requests'], seconds=found['duration_us'] / 1e6,
        p50_ms=found['p50_us'] / 1e3, p99_ms=found['p99_us'] / 1e3, cpu_seconds=cpu,
        resident_mb=system.resident_mb(), bad_answers=found['not_200'], lost=found['socket_errors'])
