"""Starts a skerryd of a test's own.

server = skerryd.start(binary, log_path)            # --in-memory
server = skerryd.start(binary, log_path, data_directory=path)
"""

import pathlib

from support import process

TREE = pathlib.Path(__file__).resolve().parents[2]
DEFAULT_BINARY = TREE / "build" / "release" / "bin" / "skerryd"
START_SECONDS = 20


def command(binary, data_directory=None, port=0, flags=()):
    """What starts `binary`: in memory unless there is a data directory."""
    storage = ["--data-dir", str(data_directory)] if data_directory else ["--in-memory"]
    words = [str(binary), *storage, "--port", str(port)]
    return [*words, "--admin-port", str(process.free_port()), *flags]


def start(binary, log_path, data_directory=None, port=None, flags=()):
    """Starts `binary` on ports of its own, waits until it answers and returns the server."""
    port = port or process.free_port()
    words = command(binary, data_directory, port, flags)
    return process.Server("skerryd", words, port, pathlib.Path(log_path), START_SECONDS)
