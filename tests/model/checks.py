"""What is checked: each model as it is, within some bounds, and with each fault that is planted."""

import dataclasses

NO_FAULT = "none"


@dataclasses.dataclass(frozen=True)
class Check:
    model: str
    # The value of the model's constant Mutant, and the invariants that are checked then, one of
    # which it has to break. (Others may break before; that shows less.)
    mutant: str = NO_FAULT
    breaks: tuple[str, ...] = ()
    # In the place of those in MODEL.cfg.
    constants: dict = dataclasses.field(default_factory=dict)
    # Of several sets of bounds for one model.
    bounds: str = ""

    @property
    def name(self):
        words = (self.model, self.mutant, self.bounds.replace(", ", "-").replace(" ", "-"))
        return "-".join(word for word in words if word)

    def settings(self):
        return {**self.constants, "Mutant": f'"{self.mutant}"'}


def fault(model, mutant, *breaks, **constants):
    return Check(model, mutant, breaks, constants)


def sound(model, bounds, **constants):
    return Check(model, constants=constants, bounds=bounds)


BOTH = '{"left", "right"}'
NO_WRITES = {"MaxWrites": 0}
# Without leases, and with elections message by message.
RAFT = {"LeaseTime": 0, "WholeElections": "FALSE"}

SHORT = (
    sound("Lease", "leases", **NO_WRITES),
    sound("Lease", "reads, near", MaxDepth=10),
    sound("Lease", "Raft", MaxRestarts=1, MaxEpoch=2, **RAFT),
    sound("Split", "short"),
    sound("Retry", "short"),
)

FULL = (
    sound("Lease", "reads"),
    sound("Lease", "support", MaxEpoch=2, **NO_WRITES),
    sound("Lease", "transfer", MaxTransfers=1, **NO_WRITES),
    sound("Lease", "restart, near", MaxDepth=12, MaxRestarts=1, MaxEpoch=2, **NO_WRITES),
    sound("Lease", "votes, near", MaxDepth=14, WholeElections="FALSE"),
    sound("Split", "both halves", Children=BOTH, **NO_WRITES),
    sound("Split", "two writes", MaxWrites=2),
    sound("Retry", "longer", MaxTime=3, Deadline=1, Keep=1),
    sound("Retry", "two deaths", MaxElections=2),
)

FAULTS = (
    fault("Lease", "CountFromReceipt", "OneLease", **NO_WRITES),
    fault("Lease", "DriftBeyondMargin", "OneLease", LeaseTime=2, **NO_WRITES),
    fault("Lease", "NoFortify", "OneLease", **NO_WRITES),
    fault("Lease", "AnyEpoch", "OneLease", MaxEpoch=2, **NO_WRITES),
    fault("Lease", "NoWithdrawRecord", "OneLease", **NO_WRITES),
    fault("Lease", "SupportedAgain", "OneLease", **NO_WRITES),
    fault("Lease", "FortifiedForgotten", "OneLease", MaxRestarts=1, MaxEpoch=2, **NO_WRITES),
    fault("Lease", "NoWaitAfterRestart", "OneLease", MaxRestarts=1, MaxEpoch=2, **NO_WRITES),
    fault("Lease", "LeaseKeptOverTransfer", "OneLease", MaxTransfers=1, **NO_WRITES),
    fault("Lease", "VoteNotPersisted", "ElectionSafety", MaxRestarts=1, MaxEpoch=2, **RAFT),
    fault("Lease", "NoNoOpGate", "LeaseReadFresh"),
    fault("Lease", "GateOnCommit", "LeaseReadFresh"),
    fault("Lease", "AnswerOnCommit", "NoStaleAnswer", MaxWrites=2, LeaseTime=0),
    fault("Lease", "CountedBeforeSync", "LeaderCompleteness", MaxRestarts=1, MaxEpoch=2, LeaseTime=0),
    fault("Split", "ServesUntilApplied", "ReadsMissNothing"),
    fault("Split", "ServesBeforeNoOp", "NeverBothServe"),
    fault("Split", "AppliedBehindSplit", "NothingLost"),
    fault("Split", "LogBeforeFlush", "ReadsMissNothing"),
    fault("Split", "AcceptsUnknown", "ReadsMissNothing"),
    fault("Split", "CreationLowersTerm", "OneLeaderPerTerm"),
    fault("Retry", "DedupNotSplit", "AtMostOnce"),
    fault("Retry", "DedupForgottenEarly", "AtMostOnce", MaxTime=3, Deadline=1),
    fault("Retry", "DedupNotInOverlay", "AtMostOnce"),
    fault("Retry", "DedupNotInSnapshot", "AtMostOnce"),
    fault("Retry", "EvaluatesBeforeNoOp", "AtMostOnce"),
    fault("Retry", "AgeFromSender", "AtMostOnce"),
    fault("Retry", "ChildClockBehind", "AtMostOnce"),
    fault("Retry", "IncarnationForgotten", "AnsweredExactlyOnce"),
)
