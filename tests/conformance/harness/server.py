"""The server under test: one of our own for the session, or one that runs already."""

import pathlib
import tempfile
import urllib.error
import urllib.request

from support import skerryd

DEFAULT_BINARY = skerryd.DEFAULT_BINARY


def answers_http(url):
    """Whether something speaks HTTP there. DynamoDB Local answers 400 to an unsigned GET."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
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
    """A skerryd with a data directory that goes with it; it must end well."""

    def __init__(self, binary, in_memory=False):
        self._directory = tempfile.TemporaryDirectory(prefix="skerry-conformance-")
        folder = pathlib.Path(self._directory.name)
        self._server = skerryd.start(
            binary, folder / "log", data_directory=None if in_memory else folder / "data")
        self.url = self._server.url

    def stop(self):
        """SIGTERM, then the exit code must be 0; returns None or what was wrong."""
        ended = not self._server.alive()
        code = self._server.stop()
        if ended or code != 0:
            how = "by itself" if ended else "on SIGTERM"
            return f"skerryd ended {how} with {code}: {self._server.log()}"
        self._directory.cleanup()
        return None
