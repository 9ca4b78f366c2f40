"""What a run prints, and the replay files that it leaves."""

import json
import re
import zlib

import accepted
import outcome

SHOWN = 900


def summary(tally, stale):
    """The accepted differences met, and those that are to be removed."""
    reasons = {entry.id: entry.reason for entry in accepted.DIFFERENCES}
    for name, count in sorted(tally.accepted.items()):
        print(f"accepted {count:6}  {name}: {reasons[name]}")
    for entry in stale:
        print(f"no longer occurs: the accepted difference {entry.id} (accepted/table): remove it")


def coverage(tally):
    """Requests by operation, and every kind of error that was compared."""
    for operation, (good, bad) in sorted(tally.operations.items()):
        print(f"compared {operation:28} {good:6} answers {bad:6} errors")
    for text, count in sorted(tally.messages.items(), key=lambda entry: -entry[1]):
        print(f"error {count:6}  {text}")


def _differing(ours, theirs):
    """Only the members that differ, so that the line stays short."""
    names = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    return tuple({name: own.get(name, "(absent)") for name in names} for own in (ours, theirs))


def _text(value):
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=sorted)
    return text if len(text) <= SHOWN else text[:SHOWN] + f"… ({len(text)} characters)"


def _file_name(failure):
    words = [failure.pair.request["op"], outcome.short(failure.pair.ours)]
    words += [
        outcome.short(failure.pair.theirs),
        f"{zlib.crc32(repr(failure.signature()).encode()):08x}",
    ]
    return re.sub(r"[^A-Za-z0-9]+", "-", " ".join(words)) + ".json"


def failure(times, found, small, directory, options):
    """Prints one finding and keeps its sequence for replaying."""
    path = directory / _file_name(found)
    kept = {"about": list(found.signature()), "requests": found.requests}
    path.write_text(json.dumps(kept, indent=1) + "\n")
    ours, theirs = _differing(
        outcome.reconcile(found.pair.ours, found.pair.theirs), found.pair.theirs
    )
    size = f"{len(found.requests)} requests" + ("" if small else ", not made smaller")
    print(f"\nDIFFERENCE, {times} times ({size})")
    if small:
        for request in found.requests[:-1]:
            print(f"  first {_text(request)}")
    print(f"  sent  {_text(found.pair.request)}")
    print(f"  A     {_text(ours)}")
    print(f"  B     {_text(theirs)}")
    endpoints = "".join(
        f" --{name} {value}" for name, value in (("a", options.a), ("b", options.b)) if value
    )
    print(f"  tests/differential/run{endpoints} --replay {path}")
