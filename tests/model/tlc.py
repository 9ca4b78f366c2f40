"""Runs TLC on one model with some of its constants set, and reads what it says."""

import dataclasses
import pathlib
import re
import shutil
import subprocess
import time

from support import maven

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parents[1]
TOOL = TREE / "build" / "tlc"
WORK = TREE / "build" / "model"
HEAP_MB = 2048
QUICK_SECONDS = 600

STATES = re.compile(r"^([\d,]+) states generated, ([\d,]+) distinct states found", re.MULTILINE)
DEPTH = re.compile(r"^The depth of the complete state graph search is (\d+)", re.MULTILINE)
BROKEN = re.compile(r"^Error: Invariant (\w+) is violated", re.MULTILINE)
FOUND_NOTHING = "Model checking completed. No error has been found."


@dataclasses.dataclass(frozen=True)
class Result:
    complete: bool  # every state within the bounds was seen, and no error
    broken: str  # the invariant that does not hold, or ""
    distinct: int
    depth: int
    seconds: float
    output: str

    def trace(self):
        """The states that lead to the broken invariant, as TLC prints them."""
        _, begin, rest = self.output.partition("State 1: ")
        return begin + rest.rpartition("\n\n")[0]


def fetch():
    maven.fetch(HERE / "pom.xml", TOOL, "TLC")


def configuration(model, constants, invariants):
    """The model's own configuration with these constants in the place of its own, and with these
    invariants alone unless there are none.
    """
    text = (HERE / f"{model}.cfg").read_text()
    for name, value in constants.items():
        text, count = re.subn(rf"^  {name} = .*$", f"  {name} = {value}", text, flags=re.MULTILINE)
        if count != 1:
            raise ValueError(f"{model}.cfg has no constant {name}")
    before, heading, known = text.partition("INVARIANTS\n")
    if not set(invariants) <= set(known.split()):
        raise ValueError(f"{model}.cfg has not all of {invariants}")
    return before + heading + "".join(f"  {name}\n" for name in invariants or known.split())


def check(model, name, constants, invariants, workers, seconds_max, library=None):
    """One search through the states of `model`, breadth first, to the first that breaks an
    invariant. Its files are build/model/`name`.*. Modules are looked for in `library` as well.
    """
    WORK.mkdir(parents=True, exist_ok=True)
    chosen, log, states = WORK / f"{name}.cfg", WORK / f"{name}.log", WORK / f"{name}.states"
    chosen.write_text(configuration(model, constants, invariants))
    command = ["java", "-XX:+UseSerialGC", f"-Xmx{HEAP_MB}m"]
    if seconds_max <= QUICK_SECONDS:  # The optimising compiler costs more than it brings.
        command += ["-XX:TieredStopAtLevel=1"]
    if library:  # A literal of many thousand steps is deep.
        command += ["-Xss64m", f"-DTLA-Library={library}"]
    command += ["-cp", f"{TOOL}/jars/*", "tlc2.TLC"]
    command += ["-workers", str(workers), "-config", chosen, "-metadir", states]
    # Fixed, so that two runs go through the states in the same order.
    command += ["-fp", "0", "-seed", "1", "-nowarning", f"{model}.tla"]
    began = time.monotonic()
    with open(log, "wb") as output:
        try:
            subprocess.run(
                command, cwd=HERE, stdout=output, stderr=subprocess.STDOUT, timeout=seconds_max
            )
        except subprocess.TimeoutExpired:
            output.write(f"\nended after {seconds_max} s\n".encode())
    seconds = time.monotonic() - began
    shutil.rmtree(states, ignore_errors=True)
    return read(log.read_text(errors="replace"), seconds)


def read(text, seconds):
    states, depth, broken = STATES.findall(text), DEPTH.findall(text), BROKEN.search(text)
    return Result(
        complete=FOUND_NOTHING in text and not broken,
        broken=broken[1] if broken else "",
        distinct=int(states[-1][1].replace(",", "")) if states else 0,
        depth=int(depth[-1]) if depth else 0,
        seconds=seconds,
        output=text,
    )
