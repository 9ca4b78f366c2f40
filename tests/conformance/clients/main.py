"""Runs the conformance suites of real clients against one server."""

import argparse
import concurrent.futures
import os
import pathlib
import sys
import time

from clients import go, java, js, python
from clients.outcome import BUILD, SUITE, Outcome
from harness import server

# Two lanes that run side by side: the model reads what the Python suite recorded.
LANES = (("python", "model"), ("cli", "js", "go", "java"))
SUITES = {
    "python": python.suite("python"),
    "model": python.suite("model"),
    "cli": python.suite("cli"),
    "js": js.suite,
    "go": go.suite,
    "java": java.suite,
}


def _arguments():
    parser = argparse.ArgumentParser(
        prog="tests/conformance/run", description=__doc__,
        epilog="run --pytest ARGUMENT...: pytest alone, with the suites' packages; "
               "run --assign: lists anew which test sends which member")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--endpoint", help="a running endpoint")
    where.add_argument("--skerryd", type=pathlib.Path, default=server.DEFAULT_BINARY,
                       help="the binary to start (default: %(default)s)")
    parser.add_argument("--in-memory", action="store_true", help="start skerryd with --in-memory")
    parser.add_argument("suites", nargs="*", metavar="suite", choices=[*SUITES, []],
                        help=f"of {', '.join(SUITES)}; default: all")
    return parser.parse_args()


def _run_lane(names, endpoint):
    return [(name, *_timed(SUITES[name], endpoint)) for name in names]


def _timed(suite, endpoint):
    start = time.monotonic()
    outcome = suite(endpoint)
    return outcome, time.monotonic() - start


def _report(name, outcome, seconds):
    if outcome.failed:
        print(f"---- {name}\n{outcome.output.strip()[-12000:]}")
    counts = f"{outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped"
    print(f"{name:<8} {counts:<40} {seconds:6.1f} s  {outcome.reason}".rstrip(), flush=True)


def run_suites(wanted, endpoint):
    lanes = [[name for name in lane if name in wanted] for lane in LANES]
    python.prepare()  # Once, before two lanes would do it at the same time.
    total = Outcome()
    with concurrent.futures.ThreadPoolExecutor(len(lanes)) as pool:
        futures = [pool.submit(_run_lane, lane, endpoint) for lane in lanes]
        for future in concurrent.futures.as_completed(futures):
            for name, outcome, seconds in future.result():
                _report(name, outcome, seconds)
                total.passed += outcome.passed
                total.failed += outcome.failed
                total.skipped += outcome.skipped
    return total


def _become_python(module, arguments):
    """Replaces this process by `python -m MODULE ARGUMENTS` with the suites' packages."""
    os.chdir(SUITE)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(SUITE), str(SUITE.parent)])
    command = [str(python.interpreter()), "-m", module, *arguments]
    os.execv(command[0], command)


def main():
    if sys.argv[1:2] == ["--pytest"]:
        _become_python("pytest", sys.argv[2:])
    if sys.argv[1:2] == ["--assign"]:
        _become_python("model.assign", sys.argv[2:])
    arguments = _arguments()
    BUILD.mkdir(parents=True, exist_ok=True)
    wanted = arguments.suites or list(SUITES)
    started = None
    if arguments.endpoint is None:
        started = server.Skerryd(arguments.skerryd.resolve(), arguments.in_memory)
    try:
        total = run_suites(wanted, arguments.endpoint or started.url)
    finally:
        problem = started.stop() if started else None
    if started:
        total.passed += problem is None
        total.failed += problem is not None
        print(problem or "skerryd ended well on SIGTERM")
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 0 if total.passed and not total.failed else 1
