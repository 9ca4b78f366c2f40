"""Starts and ends the one server that a test session talks to."""

import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

START_SECONDS = 20
STOP_SECONDS = 20


def default_skerryd():
    """The release preset's binary of the tree that these tests stand in."""
    tree = pathlib.Path(__file__).resolve().parents[3]
    return tree / "build" / "release" / "bin" / "skerryd"


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers_http(url):
    """Whether something speaks HTTP there. DynamoDB Local answers 400 to an unsigned GET."""
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def is_dynamodb_local(url):
    """DynamoDB Local names Jetty and answers 400 where a healthy node answers 200."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError as answer:
        return "Jetty" in answer.headers.get("Server", "")
    return False


class Skerryd:
    """A skerryd process of our own, with a data directory that goes with it."""

    def __init__(self, binary, in_memory=False):
        self._directory = tempfile.TemporaryDirectory(prefix="skerry-conformance-")
        self.log_path = pathlib.Path(self._directory.name) / "log"
        port, admin_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.admin_url = f"http://127.0.0.1:{admin_port}"
        storage = ["--in-memory"] if in_memory else ["--data-dir", self._directory.name + "/data"]
        command = [str(binary), *storage, "--port", str(port), "--admin-port", str(admin_port)]
        self._log = open(self.log_path, "wb")
        self._process = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT)
        self._wait_until_up()

    def _wait_until_up(self):
        deadline = time.monotonic() + START_SECONDS
        while not answers_http(self.url):
            if self._process.poll() is not None:
                raise RuntimeError(f"skerryd ended with {self._process.returncode}: {self.log()}")
            if time.monotonic() > deadline:
                self._process.kill()
                raise RuntimeError(f"skerryd gave no answer in {START_SECONDS} s: {self.log()}")
            time.sleep(0.01)

    def log(self):
        return self.log_path.read_text(errors="replace")[-4000:]

    def stop(self):
        """SIGTERM, then the exit code must be 0; returns None or what was wrong."""
        if self._process.poll() is not None:
            return f"skerryd had ended by itself with {self._process.returncode}: {self.log()}"
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return f"skerryd did not end within {STOP_SECONDS} s of SIGTERM: {self.log()}"
        if code != 0:
            return f"skerryd ended with {code} on SIGTERM: {self.log()}"
        self._log.close()
        self._directory.cleanup()
        return None
