"""What an expression may say."""

import re

import outcome
from accepted.answers import VALIDATION, agreed, body_of, client_error

RESERVED_SIZE = re.compile(r"reserved keyword; reserved keyword: size$", re.IGNORECASE)
VALUE_IN_PATH = re.compile(r"\.\s*:")


def size_is_reserved(request, ours, theirs):
    if client_error(ours, VALIDATION) and RESERVED_SIZE.search(outcome.message(ours) or ""):
        return agreed(ours, theirs)
    return None


def value_in_path(request, ours, theirs):
    texts = [text for name, text in body_of(request).items() if "Expression" in name]
    if client_error(ours, VALIDATION) and client_error(theirs, VALIDATION):
        if any(isinstance(text, str) and VALUE_IN_PATH.search(text) for text in texts):
            return agreed(ours, theirs)
    return None
