"""Fetches and starts DynamoDB Local, with which the tests compare Skerry.

jars = oracle.fetch()                     # Maven, into build/oracle; nothing to do the second time
server = oracle.start(jars, log_path)     # .port, .url, .pid, .stop()

"""

import pathlib
import shutil

from support import maven, process

TREE = pathlib.Path(__file__).resolve().parents[2]
DEFAULT_DIRECTORY = TREE / "build" / "oracle"
POM = pathlib.Path(__file__).with_name("pom.xml")
MAIN_CLASS = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"
START_SECONDS = 60


def fetch(directory=DEFAULT_DIRECTORY):
    """Puts the jars that pom.xml names under `directory`/jars and returns `directory`."""
    directory = pathlib.Path(directory)
    maven.fetch(POM, directory, "DynamoDB Local")
    return directory


def _native_libraries(directory):
    """Where SQLite's library lies: beside the jars when Maven copied it, or in a folder of
    its own.
    """
    folder = directory / "native-libs"
    if folder.is_dir():
        return folder
    copied = next((directory / "jars").glob("libsqlite4java-linux-amd64-*.so"), None)
    if copied is None:
        raise RuntimeError(f"{directory} has no libsqlite4java-linux-amd64")
    folder.mkdir()
    shutil.copy(copied, folder / "libsqlite4java-linux-amd64.so")
    return folder


def command(directory, port, java_flags=()):
    """What starts DynamoDB Local in memory from the jars under `directory`, to be run in there."""
    return [
        "java",
        *java_flags,
        f"-Djava.library.path={_native_libraries(directory)}",
        "-cp",
        f"{directory}/jars/*",
        MAIN_CLASS,
        "-inMemory",
        "-disableTelemetry",
        "-port",
        str(port),
        "-disableTelemetry",
    ]


def start(directory, log_path, port=None, heap_mb=512):
    """Starts DynamoDB Local in memory from the jars under `directory` and waits for it."""
    directory = pathlib.Path(directory).resolve()
    port = port or process.free_port()
    words = command(directory, port, (f"-Xmx{heap_mb}m", "-XX:+UseSerialGC"))
    return process.Server(
        "DynamoDB Local", words, port, pathlib.Path(log_path), START_SECONDS, cwd=directory
    )
