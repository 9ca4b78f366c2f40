"""A server process of a test's own: started, waited for, ended."""

import http.client
import signal
import socket
import subprocess
import time

STOP_SECONDS = 20
LOG_TAIL = 4000


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers_http(port):
    """Whether something on this machine speaks HTTP on the port, whatever it says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


class Server:
    """A child process that serves HTTP on `port`; `log_path` takes what it prints."""

    def __init__(self, name, command, port, log_path, start_seconds, cwd=None):
        self.name = name
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._log_path = log_path
        with open(log_path, "wb") as log:
            self._process = subprocess.Popen(
                command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        self.pid = self._process.pid
        self._wait_until_up(start_seconds)

    def _wait_until_up(self, start_seconds):
        deadline = time.monotonic() + start_seconds
        while not answers_http(self.port):
            if self._process.poll() is not None:
                raise RuntimeError(f"{self.name} ended by itself: {self.log()}")
            if time.monotonic() > deadline:
                self._process.kill()
                self._process.wait()
                raise RuntimeError(f"{self.name}: no answer in {start_seconds} s: {self.log()}")
            time.sleep(0.01)

    def log(self):
        """The end of what the process has printed."""
        return self._log_path.read_text(errors="replace")[-LOG_TAIL:]

    def alive(self):
        return self._process.poll() is None

    def kill(self):
        """SIGKILL: the process gets no chance to finish anything."""
        self._process.kill()
        self._process.wait()

    def terminate(self):
        """SIGTERM, without waiting for what it does."""
        self._process.send_signal(signal.SIGTERM)

    def stop(self):
        """SIGTERM, then SIGKILL when that does not help; returns the exit code."""
        if self.alive():
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        return self._process.returncode
