"""The command line of `tools/test`."""

import argparse
import sys

from . import stages
from .runner import ROOT, Report, say


def arguments():
    parser = argparse.ArgumentParser(
        prog='tools/test', description='Builds and runs the tests; ends with `N passed, N failed`.')
    parser.add_argument('--quick', nargs='?', const='', metavar='FILTER',
                        help='unit tests only, those whose name contains FILTER '
                             "(or matches it, as GoogleTest's filters do)")
    parser.add_argument('--only', action='append', metavar='STAGE',
                        help='run this stage alone; may be given again')
    parser.add_argument('--list', action='store_true', help='list the stages')
    return parser.parse_args()


def chosen(options):
    if options.quick is not None:
        return stages.quick(options.quick)
    known = [stage.name for stage in stages.STAGES]
    for name in options.only or []:
        if name not in known:
            sys.exit(f'tools/test: no stage is called {name}; there are: {", ".join(known)}')
    return [stage for stage in stages.STAGES if not options.only or stage.name in options.only]


def main():
    options = arguments()
    report = Report()
    for stage in chosen(options):
        missing = [path for path in stage.needs if not (ROOT / path).exists()]
        if options.list:
            say(f'{stage.name}{" (left out: no " + missing[0] + ")" if missing else ""}')
        elif missing:
            say(f'{stage.name:<28} left out: no {missing[0]} in the tree')
        elif stage.left_out and not options.only:
            say(f'{stage.name:<28} left out: {stage.left_out}')
        else:
            report.run_stage(stage.name, stage.steps)
    return 0 if options.list else report.close()


if __name__ == '__main__':
    sys.exit(main())
