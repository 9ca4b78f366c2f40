"""An accepted difference, and where AWS's documentation stands."""

import dataclasses
from collections.abc import Callable

GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
REFERENCE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/"

# What a page has of the difference that it decides.
ANSWER = "the answer itself, as the page shows or describes it"
RULE = "the rule; the text that tells of the fault stands on no page"
SILENT = "what the operation does, and nothing of what is told first: the choice is ours"


@dataclasses.dataclass
class Difference:
    """`settle(request, ours, theirs)` returns both outcomes without this difference, or None where
    it has nothing to say. `witness` is a sequence whose last request shows the difference.
    """

    id: str
    reason: str
    page: str
    documented: str
    settle: Callable
    witness: list
