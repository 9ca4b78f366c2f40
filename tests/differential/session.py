"""Runs sequences against two endpoints and judges every comparison."""

import dataclasses
import re

import accepted
import exchange
import outcome

WRITES = re.compile(r"^(Create|Update|Delete|Put|BatchWrite|Tag|Untag)")
ITEM_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}


@dataclasses.dataclass
class Failure:
    """An unaccepted difference: the sequence up to and with the request that showed it."""

    requests: list
    pair: exchange.Pair

    def signature(self):
        """What makes two failures the same finding."""
        return (
            self.pair.request["op"],
            outcome.short(self.pair.ours),
            template(outcome.message(self.pair.ours)),
            outcome.short(self.pair.theirs),
            template(outcome.message(self.pair.theirs)),
        )


QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|\[[^\]]*\]|\{[^}]*\}|[:#]\w+|\d+")


def template(text):
    """A message without its variable parts."""
    return QUOTED.sub("…", text)[:120] if text else ""


@dataclasses.dataclass
class Tally:
    """What a run has seen."""

    passed: int = 0
    failures: list = dataclasses.field(default_factory=list)
    accepted: dict = dataclasses.field(default_factory=dict)
    operations: dict = dataclasses.field(default_factory=dict)
    messages: dict = dataclasses.field(default_factory=dict)

    def total(self):
        return self.passed + len(self.failures)

    def note(self, pair, used):
        kind = outcome.error_type(pair.theirs)
        good, bad = self.operations.get(pair.request["op"], (0, 0))
        self.operations[pair.request["op"]] = (good, bad + 1) if kind else (good + 1, bad)
        if kind:
            text = template(outcome.message(pair.theirs))
            self.messages[text] = self.messages.get(text, 0) + 1
        for name in used:
            self.accepted[name] = self.accepted.get(name, 0) + 1


# Local has been seen to write what it then refuses as unreadable or as none of its values.
REFUSED_LATE = {"serialization-exception", "model-constraints"}


def _states_parted(pair, used):
    """Whether the endpoints may hold different data now: one wrote, and the other refused."""
    if not WRITES.match(pair.request["op"]):
        return False
    if outcome.succeeded(pair.ours) != outcome.succeeded(pair.theirs):
        return True
    if accepted.leaves_other_data(pair.request):
        return True
    late = pair.theirs["status"] == 500 or REFUSED_LATE.intersection(used)
    return bool(late) and pair.request["op"] in ITEM_WRITES


def run_sequence(endpoints, requests, tally, limit=None):
    """Runs the requests on cleared endpoints; stops where the endpoints' data part."""
    for endpoint in endpoints:
        endpoint.clear()
    for count, request in enumerate(requests, 1):
        if limit is not None and tally.total() >= limit:
            return
        for pair in exchange.perform(endpoints, request):
            equal, used = accepted.judge(pair)
            tally.note(pair, used)
            if equal:
                tally.passed += 1
            else:
                tally.failures.append(Failure(requests[:count], pair))
            if _states_parted(pair, used) or 0 in (pair.ours["status"], pair.theirs["status"]):
                return
            if not equal and request["op"] in ITEM_WRITES:
                return


def first_failure(endpoints, requests):
    """The first unaccepted difference of a sequence, or None."""
    for endpoint in endpoints:
        endpoint.clear()
    for count, request in enumerate(requests, 1):
        for pair in exchange.perform(endpoints, request):
            equal, used = accepted.judge(pair)
            if not equal:
                return Failure(requests[:count], pair)
            if _states_parted(pair, used):
                return None
    return None


def stale_differences(endpoints):
    """The accepted differences whose witness shows them no longer."""
    stale = []
    for difference in accepted.DIFFERENCES:
        for endpoint in endpoints:
            endpoint.clear()
        used = []
        for request in difference.witness:
            for pair in exchange.perform(endpoints, request):
                used = accepted.judge(pair)[1]
        if difference.id not in used:
            stale.append(difference)
    return stale
