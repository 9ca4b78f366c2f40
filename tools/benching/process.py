"""CPU time and memory of a process with its children, read from /proc."""

import os
import pathlib

_TICKS_PER_SECOND = os.sysconf('SC_CLK_TCK')


def family(pid):
    """The process and everything below it."""
    pids, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        pids.append(current)
        for task in pathlib.Path(f'/proc/{current}/task').glob('*/children'):
            waiting += [int(child) for child in task.read_text().split()]
    return pids


def cpu_seconds(pid):
    """User and system time of the family, so far."""
    ticks = 0
    for member in family(pid):
        # The fields after the command's name, which may hold blanks: utime and stime are 14 and 15.
        fields = pathlib.Path(f'/proc/{member}/stat').read_text().rpartition(')')[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS_PER_SECOND


def resident_mb(pid):
    """Resident memory of the family in MB; shared pages count once in each member."""
    return _memory_mb(pid, 'VmRSS:')


def peak_mb(pid):
    """The highest that each member's was since its start."""
    return _memory_mb(pid, 'VmHWM:')


def _memory_mb(pid, field):
    total = 0
    for member in family(pid):
        for line in pathlib.Path(f'/proc/{member}/status').read_text().splitlines():
            if line.startswith(field):
                total += int(line.split()[1])
    return total / 1024
