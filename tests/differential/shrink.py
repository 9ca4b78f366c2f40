"""Makes a failing sequence small: fewer requests first, then smaller requests."""

import copy
import re
import time

import session

TOKEN = re.compile(r"[#:]?\w+|\s+|.", re.DOTALL)


class Shrinker:
    """Keeps the smallest sequence that still shows a failure of the same signature."""

    def __init__(self, endpoints, failure, seconds):
        self._endpoints = endpoints
        self._signature = failure.signature()
        self._deadline = time.monotonic() + seconds
        self.failure = failure

    def _out_of_time(self):
        return time.monotonic() > self._deadline

    def _try(self, requests):
        """Takes the sequence if it still fails in the same way."""
        if self._out_of_time():
            return False
        try:
            failure = session.first_failure(self._endpoints, requests)
        except (KeyError, TypeError, AttributeError, RuntimeError):
            return False  # a request too odd for the harness itself
        if failure is None or failure.signature() != self._signature:
            return False
        self.failure = failure
        return True

    def run(self):
        self._fewer_requests()
        changed = True
        while changed and not self._out_of_time():
            changed = self._smaller_requests()
            self._fewer_requests()
        return self.failure

    def _fewer_requests(self):
        # Most failures need no more than tables, or not even these.
        *before, last = self.failure.requests
        tables = [request for request in before if request["op"] == "CreateTable"]
        if len(tables) < len(before) and not self._try([last]):
            self._try(tables + [last])
        size = max(1, len(self.failure.requests) // 2)
        while size >= 1:
            at = len(self.failure.requests) - 1 - size
            while at > -size:
                requests = self.failure.requests
                without = requests[: max(at, 0)] + requests[at + size :]
                if len(without) < len(requests):
                    self._try(without)
                at -= size
            size //= 2

    def _smaller_requests(self):
        changed = False
        for number in range(len(self.failure.requests) - 1, -1, -1):
            if number < len(self.failure.requests):
                changed |= self._smaller_request(number)
        return changed

    def _smaller_request(self, number):
        changed = progress = True
        changed = False
        while progress and not self._out_of_time():
            progress = False
            for candidate in smaller(self.failure.requests[number]):
                requests = list(self.failure.requests)
                requests[number] = candidate
                if self._try(requests):
                    changed = progress = True
                    break
                if self._out_of_time() or number >= len(self.failure.requests):
                    break
            if number >= len(self.failure.requests):
                break
        return changed


def smaller(request):
    """Requests a step smaller, those that drop most first."""
    if "segments" in request:
        yield {name: value for name, value in request.items() if name != "segments"}
    if "text" in request:
        for text in _smaller_text(request["text"]):
            yield {**request, "text": text}
    elif isinstance(request["body"], dict):
        for body in _smaller_value(request["body"]):
            yield {**request, "body": body}


def _smaller_value(value):
    """Copies of a JSON value with one member dropped or one string shorter."""
    if isinstance(value, dict):
        for name in value:
            yield {other: member for other, member in value.items() if other != name}
        for name, member in value.items():
            for less in _smaller_value(member):
                yield {**value, name: less}
    elif isinstance(value, list):
        for at in range(len(value)):
            yield value[:at] + value[at + 1 :]
        for at, member in enumerate(value):
            for less in _smaller_value(member):
                yield value[:at] + [copy.deepcopy(less)] + value[at + 1 :]
    elif isinstance(value, str):
        yield from _smaller_text(value)


def _smaller_text(text):
    if len(text) > 60:
        yield text[: len(text) // 2]
        yield text[len(text) // 2 :]
    tokens = TOKEN.findall(text)
    if 1 < len(tokens) <= 80:
        for width in (len(tokens) // 2, 3, 2, 1):
            for at in range(0, len(tokens) - width + 1):
                yield "".join(tokens[:at] + tokens[at + width :])
    elif len(text) > 8:
        yield text[:-1]
