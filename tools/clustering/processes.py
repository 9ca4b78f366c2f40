"""Processes that outlive the command which started them, and are known again by a mark.

Each process carries MARK in its environment: which cluster's it is and what it is in it. So nothing has
to be recorded that a crash could lose or that the reuse of a process id could make wrong: /proc is asked.
"""

import os
import pathlib
import select
import signal
import subprocess

MARK = 'SKERRY_CLUSTER_MEMBER'


class Found:
    """A running process of a cluster; holds it by a pidfd, so that a signal can hit no other one."""

    def __init__(self, pid, descriptor):
        self.pid = pid
        self._descriptor = descriptor

    def __del__(self):
        os.close(self._descriptor)

    def paused(self):
        try:
            stat = pathlib.Path(f'/proc/{self.pid}/stat').read_text()
        except OSError:
            return False
        return stat.rpartition(')')[2].split()[0] in 'Tt'

    def signal(self, number):
        """Returns whether the process was still there to get it."""
        try:
            signal.pidfd_send_signal(self._descriptor, number)
        except ProcessLookupError:
            return False
        return True

    def wait(self, seconds):
        """Returns whether the process ended within the time; a pidfd is readable once it has."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        return bool(poll.poll(seconds * 1000))


def find(cluster):
    """What runs of the cluster: member -> Found. `cluster` is the absolute path of its directory."""
    found = {}
    wanted = f'{MARK}={cluster}#'.encode()
    for entry in os.listdir('/proc'):
        if not entry.isdigit():
            continue
        try:
            descriptor = os.pidfd_open(int(entry))
        except OSError:
            continue
        # Read after the descriptor is held: it is this process's environment, or it has ended.
        process = Found(int(entry), descriptor)
        try:
            environment = pathlib.Path(f'/proc/{entry}/environ').read_bytes()
        except OSError:
            continue  # Another user's, or gone; a zombie's is empty.
        for variable in environment.split(b'\0'):
            if variable.startswith(wanted) and not process.wait(0):
                found[variable[len(wanted):].decode()] = process
    return found


def start(cluster, member, words, log_path):
    """Starts `words` in a session of its own; what it prints is added to the log."""
    # skerryd would take its own variables for flags.
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith('SKERRY_')}
    environment[MARK] = f'{cluster}#{member}'
    with open(log_path, 'ab') as log:
        return subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log,
                                stderr=log, env=environment, cwd='/', start_new_session=True)
