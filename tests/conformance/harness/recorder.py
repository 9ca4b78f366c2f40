"""Keeps every answer that the Python suite gets, raw, for the walk of the service model."""

import gzip
import json
import os
import pathlib
import threading


def default_path():
    tree = pathlib.Path(__file__).resolve().parents[3]
    fallback = tree / "build" / "conformance" / "answers.jsonl.gz"
    return pathlib.Path(os.environ.get("SKERRY_RECORD", fallback))


class Recorder:
    """One JSON line a call: test, phase, operation, request, status, body (as sent, not as parsed)."""

    def __init__(self, path, endpoint):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = gzip.open(path, "wt", compresslevel=1, encoding="utf-8")
        self._lock = threading.Lock()
        self._write({"endpoint": endpoint})

    def attach(self, client):
        events = client.meta.events
        events.register("before-call.dynamodb", self._before)
        events.register("after-call.dynamodb", self._after)

    def close(self):
        self._file.close()

    def _before(self, params, context, **_):
        body = params["body"]
        context["recorded"] = body.decode() if isinstance(body, bytes) else body

    def _after(self, http_response, model, context, **_):
        test, _, phase = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")
        self._write({
            "test": test.partition("[")[0],
            "phase": phase.strip("()"),
            "operation": model.name,
            "request": context["recorded"],
            "status": http_response.status_code,
            "body": http_response.content.decode("utf-8"),
        })

    def _write(self, line):
        with self._lock:  # Some tests call from several threads.
            self._file.write(json.dumps(line) + "\n")


def read(path):
    """The header and the recorded calls."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return lines[0], lines[1:]
