"""Lists anew which test sends which input member: `run --assign`, after a whole run of the
Python suite against skerryd (or DynamoDB Local with SKERRY_RUN_LOCAL_DIFFERS=1).

Keeps what is listed and not seen to be untrue; for the rest takes a test whose request
succeeded, rather one of the operation's own file. Members that no test sends are printed.
"""

import collections
import json
import pathlib
import re
import sys

from harness import recorder, shapes

FOLDER = pathlib.Path(__file__).parent


def _file_of(operation):
    return "test_" + re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower() + ".py"


def _senders(calls):
    """(operation, path) -> test -> whether a request of that test succeeded with it."""
    found = collections.defaultdict(dict)
    for call in calls:
        shape = shapes.service().operation_model(call["operation"]).input_shape
        if not shape or call["phase"] != "call":
            continue
        for path in shapes.used_paths(shape, json.loads(call["request"])):
            senders = found[call["operation"], path]
            senders[call["test"]] = senders.get(call["test"]) or call["status"] == 200
    return found


def main():
    _, calls = recorder.read(recorder.default_path())
    senders = _senders(calls)
    file = FOLDER / "members.json"
    old = json.loads(file.read_text()) if file.exists() else {}
    done = json.loads((FOLDER / "operations.json").read_text())["dynamodb"]["done"]
    ran = {call["test"] for call in calls if call["phase"] == "call"}
    new, missing = {}, []
    for operation in done:
        shape = shapes.service().operation_model(operation).input_shape
        new[operation] = {}
        for path in sorted(shapes.member_paths(shape) if shape else []):
            tests = senders.get((operation, path), {})
            kept = old.get(operation, {}).get(path)
            if kept and (kept in tests or kept not in ran):
                new[operation][path] = kept
            elif tests:
                own = _file_of(operation)
                new[operation][path] = min(
                    tests, key=lambda test: (not tests[test], own not in test, test))
            else:
                missing.append(f"{operation}.{path}")
    file.write_text(json.dumps(new, indent=2) + "\n")
    print("\n".join(missing) if missing else "each member has a test")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
