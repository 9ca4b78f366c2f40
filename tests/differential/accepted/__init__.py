"""The differences from DynamoDB Local that stand, each with its reason and the page that decides
it.

Outcomes that are equal after every entry has had its turn differ in accepted ways only. An entry
whose witness shows it no more fails the run, so that none outlives its reason.
"""

import json

import outcome
from accepted.matchers.writes import leaves_other_data
from accepted.table import (
    capacity,
    expressions,
    features,
    front,
    numbers,
    order,
    reads,
    tables,
    writes,
)

# What only changes the form of an answer comes first, which of several faults is told last.
TOPICS = (front, features, numbers, expressions, tables, capacity, writes, reads, order)
DIFFERENCES = [difference for topic in TOPICS for difference in topic.DIFFERENCES]


def _read(request):
    """A request that is sent as a text, with the body that the text is."""
    if "text" not in request:
        return request
    try:
        return {**request, "body": json.loads(request["text"])}
    except (ValueError, RecursionError):
        return request


def judge(pair):
    """(equal, ids): whether the outcomes are equal but for the accepted differences of these
    ids.
    """
    ours, theirs = outcome.reconcile(pair.ours, pair.theirs), pair.theirs
    request = _read(pair.request)
    used = []
    for difference in DIFFERENCES:
        if ours == theirs:
            break
        settled = difference.settle(request, ours, theirs)
        if settled is not None:
            ours, theirs = settled
            used.append(difference.id)
    return ours == theirs, used
