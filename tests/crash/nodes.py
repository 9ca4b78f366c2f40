"""What the crash test kills: one node, or three that are a cluster. Each has a data directory that outlives it."""

import concurrent.futures
import subprocess
import time
import urllib.error
import urllib.request

from support import process, skerryd

READY_SECONDS = 40


class One:
    """A node that is alone."""

    def __init__(self, binary, work, random, flags):
        self._binary, self._work, self._random, self._flags = binary, work, random, flags
        self._directory = work / "data"
        self._server = None

    @property
    def port(self):
        return self._server.port

    def begin_round(self):
        """Chooses whom the round's clients talk to."""

    def start(self, life):
        self._server = skerryd.start(
            self._binary,
            self._work / f"life-{life}.log",
            data_directory=self._directory,
            flags=self._random.choice(self._flags),
        )

    def ended(self):
        """What a node that ended by itself has printed; None: there is none."""
        return None if self._server.alive() else self._server.log()

    def terminate(self):
        self._server.terminate()

    def kill(self):
        """The node that clients talk to, at least."""
        self._server.kill()

    def kill_while_starting(self, life, seconds):
        words = skerryd.command(
            self._binary, self._directory, process.free_port(), self._random.choice(self._flags)
        )
        _kill_after(words, self._work / f"life-{life}-killed.log", seconds)

    def stop(self):
        """The faults of a stop by SIGTERM."""
        code = self._server.stop()
        return [f"exit code {code} after SIGTERM: {self._server.log()}"] if code != 0 else []

    def kill_all(self):
        if self._server:
            self._server.kill()


class Cluster:
    """Some nodes that replicate all that there is; clients of a round talk to one of them."""

    def __init__(self, binary, work, random, flags, count):
        self._binary, self._work, self._random, self._flags = binary, work, random, flags
        self._peers = [process.free_port() for _ in range(count)]
        self._servers = [None] * count
        self._asked = 0

    @property
    def port(self):
        return self._servers[self._asked].port

    def begin_round(self):
        self._asked = self._random.randrange(len(self._servers))

    def _command(self, node, port):
        flags = [*self._random.choice(self._flags), "--peer-port", str(self._peers[node])]
        if node > 0:
            flags += ["--join", f"127.0.0.1:{self._peers[0]}"]
        return skerryd.command(self._binary, self._work / f"data-{node}", port, flags)

    def _log(self, node, life):
        return self._work / f"node-{node}-life-{life}.log"

    def start(self, life):
        """Starts who is down. At first one after the other: they join; later at once: they wait for each other."""
        down = [i for i, server in enumerate(self._servers) if not server or not server.alive()]
        first = self._servers[0] is None
        with concurrent.futures.ThreadPoolExecutor(1 if first else len(down) or 1) as pool:
            commands = [(node, self._command(node, process.free_port())) for node in down]
            list(pool.map(lambda one: self._start(life, *one), commands))

    def _start(self, life, node, words):
        port = int(words[words.index("--port") + 1])
        self._servers[node] = process.Server(
            f"node {node}", words, port, self._log(node, life), READY_SECONDS
        )
        await_ready(int(words[words.index("--admin-port") + 1]))

    def ended(self):
        for node, server in enumerate(self._servers):
            if not server.alive():
                return f"node {node}: {server.log()}"
        return None

    def terminate(self):
        self._servers[self._asked].terminate()

    def kill(self):
        """Whom clients talk to, and by chance others, or all: what was under way there is never heard of again."""
        others = [i for i in range(len(self._servers)) if i != self._asked]
        more = self._random.choice((0, 0, 1, len(others)))
        for node in [self._asked, *self._random.sample(others, more)]:
            self._servers[node].kill()

    def kill_while_starting(self, life, seconds):
        down = [i for i, server in enumerate(self._servers) if not server.alive()]
        node = self._random.choice(down)
        log = self._work / f"node-{node}-life-{life}-killed.log"
        _kill_after(self._command(node, process.free_port()), log, seconds)

    def stop(self):
        codes = [server.stop() for server in self._servers]
        return [
            f"node {node}: exit code {code} after SIGTERM: {self._servers[node].log()}"
            for node, code in enumerate(codes)
            if code != 0
        ]

    def kill_all(self):
        for server in self._servers:
            if server:
                server.kill()


def _kill_after(words, log_path, seconds):
    with open(log_path, "ab") as log:
        child = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        time.sleep(seconds)
        child.kill()
        child.wait()


def await_ready(admin_port):
    end = time.monotonic() + READY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{admin_port}/readyz", timeout=2):
                return
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > end:
                raise RuntimeError(f"a node is not ready in {READY_SECONDS} s: {error}") from error
        time.sleep(0.01)
