"""What one of the two does not have."""

import copy
import re

import outcome
from accepted.answers import agreed, body_of

MISSING_OPERATIONS = {
    "DescribeContinuousBackups",
    "DescribeEndpoints",
    "ListTagsOfResource",
    "TagResource",
    "UntagResource",
}


def missing_operation(request, ours, theirs):
    absent = (outcome.error_type(theirs) or "").endswith("#UnknownOperationException")
    ours_absent = (outcome.error_type(ours) or "").endswith("#UnknownOperationException")
    if absent and not ours_absent and request["op"] in MISSING_OPERATIONS:
        return agreed(ours, theirs) if ours["status"] in (200, 400) else None
    return None


METRICS = "ItemCollectionMetrics"


def collection_metrics(request, ours, theirs):
    """Only the member itself goes; the rest of both answers is still compared."""
    if METRICS not in outcome.body(ours) or METRICS in outcome.body(theirs):
        return None
    ours = copy.deepcopy(ours)
    del ours["body"][METRICS]
    return ours, theirs


NO_GLOBAL_INDEXES = re.compile(r"(GlobalSecondaryIndex(?:es|Updates)) is not supported: ")


def global_indexes(request, ours, theirs):
    """Ours refuses them by name, Local has its own faults to tell of."""
    named = NO_GLOBAL_INDEXES.match(outcome.message(ours) or "")
    if request["op"] not in ("CreateTable", "UpdateTable") or not named:
        return None
    return agreed(ours, theirs) if named.group(1) in body_of(request) else None
