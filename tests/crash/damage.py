"""Damages the files of a stopped node one at a time, and watches what a start says to that."""

import dataclasses
import os
import pathlib
import random
import shutil
import socket
import struct
import subprocess
import time

import client as dynamodb
import writers
from support import process, skerryd

SMALL = ("--memory", "16MB", "--log-size", "4MB")
# Of this life several segments are needed.
ROOMY = ("--memory", "64MB", "--log-size", "16MB")
BATCHES = 30
ITEMS_PER_BATCH = 25
END_SECONDS = 15
PAGE = 4096
BATCH_HEADER_BYTES = 64
# Words by which an operator knows what to do; one of them must be in the line.
REMEDIES = ("restore", "copy", "use ", "start that", "choose", "skerry-log", "stop ")


@dataclasses.dataclass
class Ended:
    """A start that ended by itself, or one that had to be killed (code None)."""

    code: int | None
    error: str


class Case:
    """One copy of a data directory to be damaged."""

    def __init__(self, binary, work, base, content, choice):
        self.binary, self.content, self.random = binary, content, choice
        self.work = work
        self.directory = work / "data"
        if base is not None:
            shutil.copytree(base, self.directory)

    def files(self, part, suffix):
        return sorted((self.directory / part).glob("*" + suffix))

    def newest_segment(self):
        """The last segment that holds a batch, and where its batches lie."""
        for path in reversed(self.files("log", ".seg")):
            batches = batches_of(path)
            if batches:
                return path, batches
        raise AssertionError("the log is empty")

    def sealed_segment(self):
        """The one before the newest, which must still be needed."""
        newest, batches = self.newest_segment()
        (oldest,) = struct.unpack_from("<Q", newest.read_bytes(), batches[-1][0] + 48)
        needed = [p for p in self.files("log", ".seg") if oldest <= int(p.stem) < int(newest.stem)]
        return needed[-1]

    def refused(self, *named, directory=None, at_rest=True):
        """The start must end with code 1 and one line that names one of these and a remedy, and
        leave things as they were (unless somebody else is at work there).
        """
        # Of a node that runs, files come and go while they are read.
        before = kept_by_a_refusal(self.directory) if at_rest else None
        ended = attempt(self.binary, directory or self.directory)
        if ended.code is None:
            return f"skerryd started, or hung; it said {ended.error!r}"
        lines = [line for line in ended.error.splitlines() if not line.startswith("{")]
        if ended.code != 1 or len(lines) != 1:
            return f"exit code {ended.code}, {len(lines)} lines: {ended.error[-1500:]!r}"
        if not any(str(name) in lines[0] for name in named):
            return f"does not name {[str(name) for name in named]}: {lines[0]!r}"
        if not any(word in lines[0] for word in REMEDIES):
            return f"names no remedy: {lines[0]!r}"
        if at_rest and kept_by_a_refusal(self.directory) != before:
            return "the refused start changed the log or the marker"
        return None

    def serves(self, *contents):
        """The node must start and show exactly one of these."""
        try:
            server = skerryd.start(
                self.binary, self.work / "serves.log", data_directory=self.directory
            )
        except RuntimeError as error:
            return f"does not start: {error}"
        try:
            shown = content_of(server.port)
        except dynamodb.Refused as refused:
            return f"does not answer: {refused}"
        finally:
            server.kill()
        if shown not in contents:
            return f"shows {len(shown)} rows, not what was written ({[len(c) for c in contents]})"
        return None

    def refused_until_restored(self, path, damage, *named):
        """`damage(path)`, a start that is refused, the file as it was, a start with everything."""
        saved = self.work / "saved"
        shutil.copy2(path, saved)
        damage(path)
        fault = self.refused(*(named or (path,)))
        if fault:
            return fault
        shutil.copy2(saved, path)
        return self.serves(self.content)


def kept_by_a_refusal(directory):
    """Content of what a start that is refused leaves as it was."""
    files = [directory / "SKERRY", *directory.glob("log/*")] if directory.is_dir() else []
    return {path: path.read_bytes() for path in files if path.exists()}


def attempt(binary, directory, port=None):
    port = port or process.free_port()
    words = skerryd.command(binary, directory, port, ("--log-level", "warning"))
    child = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + END_SECONDS
    while child.poll() is None and time.monotonic() < deadline and not process.answers_http(port):
        time.sleep(0.02)
    running = child.poll() is None
    if running:
        child.kill()
    error = child.communicate()[1].decode(errors="replace")
    return Ended(None if running else child.returncode, error)


def content_of(port):
    """Everything that a node shows: each table's items and its index's rows."""
    client = dynamodb.Client(port)
    shown = []
    for name in client.tables():
        for more in ({}, {"IndexName": "by_l"}):
            rows = client.pages("Scan", TableName=name, ConsistentRead=True, **more)
            shown += [(name, *more, *sorted(row.items(), key=str)) for row in rows]
    client.close()
    return sorted(shown, key=str)


def batches_of(path):
    """(offset, bytes, records) of the batches at the head of a segment."""
    data = path.read_bytes()
    found, offset, magic = [], PAGE, None
    number = int(path.stem)
    while offset + BATCH_HEADER_BYTES <= len(data):
        first, _, segment, at = struct.unpack_from("<IIQI", data, offset)
        records, body = struct.unpack_from("<II", data, offset + 28)
        if segment != number or at != offset or (magic is not None and first != magic):
            break
        magic = first
        size = BATCH_HEADER_BYTES + body
        found.append((offset, size, records))
        offset += -(-size // PAGE) * PAGE
    return found


def flip(path, offset, bit=0):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ (1 << bit)]))


def overwrite(path, offset, data):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(data)


class Bases:
    """Data directories to copy: one stopped in order, one killed behind a last large write."""

    def __init__(self, binary, work, choice):
        self.binary, self.random = binary, choice
        directory = work / "making"
        server = skerryd.start(binary, work / "making.log", data_directory=directory, flags=SMALL)
        try:
            client = dynamodb.Client(server.port)
            client.call("CreateTable", **dynamodb.table("all", True))
            writers.await_settled(client, "all")
            for number in range(BATCHES):
                self.put_batch(client, number)
            self.stopped_content = content_of(server.port)
            client.close()
            code = server.stop()
        finally:
            server.kill()
        if code != 0:
            raise AssertionError(f"exit code {code} after SIGTERM: {server.log()}")
        self.stopped = work / "stopped"
        shutil.copytree(directory, self.stopped)

        server = skerryd.start(binary, work / "making.log", data_directory=directory, flags=ROOMY)
        try:
            client = dynamodb.Client(server.port)
            for number in range(BATCHES, BATCHES + 20):
                self.put_batch(client, number)
            self.before_last = content_of(server.port)
            client.call("PutItem", TableName="all", Item=self.item("last", 0, 40000))
            self.killed_content = content_of(server.port)
        finally:
            server.kill()
        self.killed = directory

    def item(self, partition, sort, size):
        payload = self.random.randbytes(size // 2).hex()
        return {**dynamodb.key(partition, sort), "l": {"N": str(sort % 7)}, "d": {"S": payload}}

    def put_batch(self, client, number):
        puts = [
            {"PutRequest": {"Item": self.item(f"p{number}", sort, 4000)}}
            for sort in range(ITEMS_PER_BATCH)
        ]
        answer = client.call("BatchWriteItem", RequestItems={"all": puts})
        if answer["UnprocessedItems"]:
            raise AssertionError("a batch was not processed in full")


# --- What a crash leaves: a start goes on --------------------------------------------------------


def stopped_and_started(case):
    return case.serves(case.content)


def garbage_behind_the_end(case):
    path, batches = case.newest_segment()
    offset, size, _ = batches[-1]
    end = offset + -(-size // PAGE) * PAGE
    room = path.stat().st_size - end
    overwrite(path, end, case.random.randbytes(min(room, 5 * PAGE)))
    return case.serves(case.content)


def tear(case, before, keep):
    """The disk as it was before the last batch was synced: of its bytes only some are there, and
    what came later is not.
    """
    path, batches = case.newest_segment()
    while batches and batches[-1][2] == 0:
        offset, size, _ = batches.pop()
        overwrite(path, offset, bytes(size))
    offset, size, _ = batches[-1]
    data = path.read_bytes()[offset : offset + size]
    overwrite(path, offset, keep(data))
    return case.serves(before)


def first_bytes(case, data):
    kept = case.random.randrange(1, len(data))
    return data[:kept] + bytes(len(data) - kept)


def header_alone(_, data):
    return data[:BATCH_HEADER_BYTES] + bytes(len(data) - BATCH_HEADER_BYTES)


def some_pages(case, data):
    lost = case.random.randrange(0, len(data) // PAGE) * PAGE
    return data[:lost] + case.random.randbytes(PAGE) + data[lost + PAGE :]


def all_but_the_last_byte(_, data):
    return data[:-1] + bytes([data[-1] ^ 1])


# --- What no crash leaves: a start is refused, and nothing is lost --------------------------------


def log_bit_in_the_middle(case):
    path, batches = case.newest_segment()
    offset, size, _ = batches[len(batches) // 2]
    at = offset + case.random.randrange(size)
    return case.refused_until_restored(path, lambda p: flip(p, at, case.random.randrange(8)))


def log_bit_in_a_header(case):
    path, _ = case.newest_segment()
    at = case.random.randrange(16)
    return case.refused_until_restored(path, lambda p: flip(p, at))


def log_cut_short(case):
    path, batches = case.newest_segment()
    return case.refused_until_restored(path, lambda p: os.truncate(p, batches[-1][0] // 2))


def log_emptied(case):
    return case.refused_until_restored(case.sealed_segment(), lambda p: os.truncate(p, 0))


def log_segment_missing(case):
    return case.refused_until_restored(case.sealed_segment(), os.remove)


def log_newest_segment_missing(case):
    """The log alone cannot tell; that the engine is ahead of it does."""
    path, _ = case.newest_segment()
    path.unlink()
    return case.refused(path, path.parent, "the log has lost")


def log_files_all_missing(case):
    folder = case.directory / "log"
    folder.rename(case.work / "away")
    folder.mkdir()
    fault = case.refused(folder)
    folder.rmdir()
    (case.work / "away").rename(folder)
    return fault or case.serves(case.content)


def folder_missing(case, part):
    folder = case.directory / part
    folder.rename(case.work / "away")
    fault = case.refused(folder)
    if fault:
        return fault
    (case.work / "away").rename(folder)
    return case.serves(case.content)


def a_table_file(case):
    return case.random.choice(case.files("engine", ".sst"))


def sst_cut_short(case):
    path = a_table_file(case)
    return case.refused_until_restored(path, lambda p: os.truncate(p, p.stat().st_size // 2))


def sst_missing(case):
    return case.refused_until_restored(a_table_file(case), os.remove)


def sst_footer_bit(case):
    path = a_table_file(case)
    return case.refused_until_restored(path, lambda p: flip(p, p.stat().st_size - 4))


def sst_bit_in_the_middle(case):
    """Found at the start, or by the first read: that is refused, and nothing is left out."""
    path = max(case.files("engine", ".sst"), key=lambda p: p.stat().st_size)
    saved = case.work / "saved"
    shutil.copy2(path, saved)
    flip(path, path.stat().st_size // 2, case.random.randrange(8))
    log = case.work / "damaged.log"
    try:
        server = skerryd.start(case.binary, log, data_directory=case.directory)
    except RuntimeError:
        fault = case.refused(path)
    else:
        try:
            content_of(server.port)
            fault = "a scan over the damaged block was answered"
        except dynamodb.Refused as refused:
            fault = None if refused.status == 500 else f"answered by {refused}"
            if not fault and str(path) not in log.read_text():
                fault = f"nothing names {path}: {log.read_text()[-1500:]!r}"
        except dynamodb.Unanswered:
            fault = f"the node ended: {server.log()}"
        finally:
            server.kill()
    shutil.copy2(saved, path)
    return fault or case.serves(case.content)


def manifest_missing(case):
    path = next((case.directory / "engine").glob("MANIFEST-*"))
    return case.refused_until_restored(path, os.remove)


def manifest_bit(case):
    path = next((case.directory / "engine").glob("MANIFEST-*"))
    at = case.random.randrange(path.stat().st_size // 2)
    return case.refused_until_restored(path, lambda p: flip(p, at), path, path.parent)


def manifest_emptied(case):
    path = next((case.directory / "engine").glob("MANIFEST-*"))
    return case.refused_until_restored(path, lambda p: os.truncate(p, 0), path, path.parent)


def engine_file(case, name, damage):
    return case.refused_until_restored(case.directory / "engine" / name, damage)


def marker(case, damage):
    return case.refused_until_restored(case.directory / "SKERRY", damage, case.directory)


def write_marker(content):
    def write(path):
        path.write_bytes(content)

    return write


def newer_format(path):
    path.write_text(path.read_text().replace("format 1\n", "format 3\n"))


# --- Directories that are not to be used ----------------------------------------------------------


def foreign_directory(case):
    case.directory.mkdir()
    (case.directory / "letter.txt").write_text("mine")
    fault = case.refused(case.directory)
    if not fault and [p.name for p in case.directory.iterdir()] != ["letter.txt"]:
        fault = "something was put into it"
    return fault


def below_a_file(case):
    case.directory.write_text("no directory")
    return case.refused(case.directory, directory=case.directory / "data")


def unwritable(case):
    directory = pathlib.Path("/proc/skerry")
    return case.refused(directory, directory=directory)


def second_process(case):
    server = skerryd.start(case.binary, case.work / "first.log", data_directory=case.directory)
    try:
        fault = case.refused(case.directory, at_rest=False)
        if not fault and content_of(server.port) != case.content:
            fault = "the first process shows something else"
    finally:
        server.kill()
    return fault or case.serves(case.content)


def port_in_use(case):
    before = kept_by_a_refusal(case.directory)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = attempt(case.binary, case.directory, taken.getsockname()[1])
    if ended.code != 1 or "address already in use" not in ended.error:
        return f"exit code {ended.code}: {ended.error!r}"
    if kept_by_a_refusal(case.directory) != before:
        return "the refused start changed the log or the marker"
    return case.serves(case.content)


KILLED = (
    ("kill: the port is in use", port_in_use),
    ("kill: all is there", stopped_and_started),
    ("kill: garbage behind the end of the log", garbage_behind_the_end),
    ("log: a bit flipped in its middle", log_bit_in_the_middle),
    ("log: a bit flipped in a segment's header", log_bit_in_a_header),
    ("log: a segment cut short", log_cut_short),
    ("log: a segment emptied", log_emptied),
    ("log: a segment missing", log_segment_missing),
    ("log: all segments missing", log_files_all_missing),
    ("log: the folder missing", lambda case: folder_missing(case, "log")),
)
TORN = (
    ("tail torn: first bytes only", first_bytes),
    ("tail torn: header only", header_alone),
    ("tail torn: a page in it missing", some_pages),
    ("tail torn: last byte wrong", all_but_the_last_byte),
)
STOPPED = (
    ("stop: all is there", stopped_and_started),
    ("stop: garbage behind the end of the log", garbage_behind_the_end),
    ("log: the newest segment missing", log_newest_segment_missing),
    ("engine: the folder missing", lambda case: folder_missing(case, "engine")),
    ("engine: a data file cut short", sst_cut_short),
    ("engine: a data file missing", sst_missing),
    ("engine: a bit flipped at a data file's end", sst_footer_bit),
    ("engine: a bit flipped in a data file's middle", sst_bit_in_the_middle),
    ("engine: MANIFEST missing", manifest_missing),
    ("engine: a bit flipped in MANIFEST", manifest_bit),
    ("engine: MANIFEST emptied", manifest_emptied),
    ("engine: CURRENT missing", lambda case: engine_file(case, "CURRENT", os.remove)),
    ("engine: CURRENT garbled", lambda case: engine_file(case, "CURRENT", write_marker(b"abc"))),
    ("engine: ENGINE missing", lambda case: engine_file(case, "ENGINE", os.remove)),
    ("engine: ENGINE garbled", lambda case: engine_file(case, "ENGINE", write_marker(b"abc"))),
    ("marker: missing", lambda case: marker(case, os.remove)),
    ("marker: empty", lambda case: marker(case, write_marker(b""))),
    ("marker: garbled", lambda case: marker(case, write_marker(b"\xff\x00abc"))),
    ("marker: a newer format", lambda case: marker(case, newer_format)),
    ("a second process", second_process),
)
NO_DATA = (
    ("a foreign directory", foreign_directory),
    ("a path below a file", below_a_file),
    ("an unwritable place", unwritable),
)


def run(binary, work, seed, only):
    """Yields the name of each test and its fault, or None."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    choice = random.Random(seed)
    try:
        bases = Bases(binary, work, choice)
    except Exception as error:  # the tests after it have nothing to damage
        yield "a directory to damage", repr(error)
        return
    tests = [(n, f, bases.killed, bases.killed_content) for n, f in KILLED]
    tests += [(n, _torn(keep, bases), bases.killed, None) for n, keep in TORN]
    tests += [(n, f, bases.stopped, bases.stopped_content) for n, f in STOPPED]
    tests += [(n, f, None, None) for n, f in NO_DATA]
    for number, (name, test, base, content) in enumerate(tests):
        if only not in name:
            continue
        folder = work / f"case-{number}"
        folder.mkdir()
        try:
            fault = test(Case(binary, folder, base, content, random.Random(f"{seed}/{name}")))
        except Exception as error:
            fault = repr(error)
        yield name, fault
        if not fault:
            shutil.rmtree(folder)


def _torn(keep, bases):
    return lambda case: tear(case, bases.before_last, lambda data: keep(case, data))
