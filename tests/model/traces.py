"""Runs of the simulation of Raft against the model: does Raft.tla allow what the code did?"""

import dataclasses
import re
import subprocess

import tlc

WRITER = tlc.TREE / "build" / "release" / "bin" / "tests" / "raft_trace_for_model"
NO_BUG = "None"
DEADLOCK = "Error: Deadlock reached."
STEPS = 4000  # of the simulation, in each of which one thing happens somewhere


@dataclasses.dataclass(frozen=True)
class Runs:
    seeds: str
    voters: int = 3
    # Of base/planted_bug.h, and at which action of the model a run with it has to be refused: the
    # one that the bug spoils.
    bug: str = NO_BUG
    refused_at: tuple[str, ...] = ()

    @property
    def name(self):
        return f"trace-{self.bug}-{self.voters}"


@dataclasses.dataclass(frozen=True)
class Outcome:
    passed: bool
    steps: int  # matched
    seconds: float
    words: str


def spoils(bug, *actions, voters=3, seeds="1..20"):
    return Runs(seeds, voters, bug, actions)


SHORT = (Runs("1..24"), Runs("1..8", voters=5), Runs("1..4", voters=4))
FULL = (Runs("1..400"), Runs("1..150", voters=5), Runs("1..100", voters=4))
BUGS = (
    spoils("VoteNotPersisted", "Ask"),
    spoils("VoteAnsweredBeforeDurable", "Grant"),
    spoils("VoteRequestedBeforeDurable", "Ask"),
    spoils("VoteIgnoresLog", "Vote"),
    spoils("PreVoteCounts", "Lead"),
    spoils("HalfIsMajority", "Lead", voters=4),
    spoils("NoOpMissing", "Accept"),  # the model's leader has one entry more
    spoils("AcknowledgeBeforeDurable", "Ack"),
    spoils("LeaderCountsUnsynced", "Commit"),
    spoils("CommitOfOlderTerm", "Commit"),
    spoils("AppendOfOlderTerm", "Accept"),
    spoils("ConflictKept", "Ack"),
    spoils("VoteWhileFortified", "Campaign", "Vote"),
    spoils("FortifiedNotDurable", "Fortified"),
    spoils("LeaseUnfortified", "Lease"),
    spoils("LeaseOfOtherEpoch", "Lease"),
    spoils("LeaseKeptOverTransfer", "Lease"),
    spoils("LeaseBeforeNoOp", "Lease"),
)


def step_at(text, run, at):
    """The step `at` of run `run`, both from 1, as the module TraceData has it."""
    begun = text.split("\n<<\n")[run]
    return begun.split("\n")[at - 1].rstrip(",")


def match(runs, seconds_max):
    if not WRITER.exists():
        return Outcome(False, 0, 0, "build raft_trace_for_model (or unit_tests) first")
    directory = tlc.WORK / runs.name
    directory.mkdir(parents=True, exist_ok=True)
    data = directory / "TraceData.tla"
    with open(data, "wb") as module:
        wrote = subprocess.run(
            [WRITER, "--voters", str(runs.voters), "--seeds", runs.seeds, "--steps", str(STEPS)]
            + ["--bug", runs.bug],
            stdout=module,
            stderr=subprocess.PIPE,
            text=True,
        )
    if wrote.returncode != 0:
        return Outcome(False, 0, 0, f"the simulation ended: {wrote.stderr.strip()}")
    last_term = re.search(r"last term (\d+)", wrote.stderr)[1]
    stores = ", ".join(str(store) for store in range(1, runs.voters + 1))
    constants = {"Stores": f"{{{stores}}}", "MaxTerm": last_term}
    result = tlc.check("RaftTrace", runs.name, constants, (), 1, seconds_max, library=directory)
    if result.complete:
        return Outcome(runs.bug == NO_BUG, result.distinct, result.seconds, "allowed")
    where = re.findall(r"^/\\ (run|at) = (\d+)", result.output, re.MULTILINE)
    if not (result.broken or DEADLOCK in result.output) or len(where) < 2:
        return Outcome(False, result.distinct, result.seconds, "did not come to an end")
    at = {name: int(value) for name, value in where}
    text = data.read_text()
    # An invariant breaks in the state after its step.
    step = step_at(text, at["run"], at["at"] - bool(result.broken))
    action = re.search(r'do \|-> "(\w+)"', step)[1]
    seed = int(runs.seeds.split("..")[0]) + at["run"] - 1
    return Outcome(
        action in runs.refused_at,
        result.distinct,
        result.seconds,
        f"refused: seed {seed}, step {at['at']}, {result.broken or step}",
    )
