"""The stages of `tools/test`, in order: cheap and telling first."""

import dataclasses
from collections.abc import Callable

from . import steps

SKERRYD = 'build/release/bin/skerryd'
# Three nodes in the place of one.
CLUSTER = 'tests/cluster/skerryd'
SANITIZED_SKERRYD = 'build/tsan/bin/skerryd'
# The part of the tree where a memory error would cost data; its unit tests run under sanitizers too.
SANITIZED = ('base', 'storage', 'replication')
FUZZ_SECONDS = 10


@dataclasses.dataclass(frozen=True)
class Stage:
    name: str
    steps: tuple[Callable, ...]
    # Paths that must exist in the tree; the stage is left out, and said to be, where one is missing.
    needs: tuple[str, ...] = ()
    # Why the stage does not run for now; said each time.
    left_out: str = ''


STAGES = (
    Stage('structure', (steps.script('tests/structure/run'),)),
    Stage('tools', (steps.script('tests/tools/run', timeout=120),)),
    Stage('release build', (steps.build('release', targets=('all',)),)),
    Stage('headers', (steps.script('tests/structure/headers', name='headers'),),
          needs=('base/CMakeLists.txt',)),
    Stage('unit tests', (steps.unit_tests('release'),), needs=('base/CMakeLists.txt',)),
    Stage('model', (steps.script('tests/model/run'),)),
    Stage('simulation',
          (steps.script('build/release/bin/simulate', '--seeds', '1..200', name='simulation'),),
          needs=('tests/simulation/CMakeLists.txt',)),
    Stage('conformance', (steps.script('tests/conformance/run', '--skerryd', SKERRYD),),
          needs=('tests/conformance/run', 'server/node/CMakeLists.txt')),
    Stage('differential', (steps.script('tests/differential/run', '--skerryd', SKERRYD,
                                     '--quick', '--seed', '1'),),
          needs=('tests/differential/run', 'server/node/CMakeLists.txt')),
    Stage('format', (steps.script('tests/format/run', '--skerryd', SKERRYD, timeout=120),),
          needs=('tests/format/run', 'server/node/CMakeLists.txt')),
    Stage('upgrade', (steps.script('tests/upgrade/run', '--skerryd', SKERRYD, timeout=180),),
          needs=('tests/upgrade/run', 'server/node/CMakeLists.txt')),
    Stage('crash', (steps.script('tests/crash/run', '--skerryd', SKERRYD),),
          needs=('tests/crash/run', 'server/node/CMakeLists.txt')),
    Stage('cluster',
          (steps.script('tests/conformance/run', '--skerryd', CLUSTER, name='cluster-conformance'),
           steps.script('tests/differential/run', '--skerryd', CLUSTER, '--quick', '--seed', '1',
                        name='cluster-differential'),
           steps.script('tests/crash/run', '--skerryd', SKERRYD, '--nodes', '3',
                        name='cluster-crash')),
          needs=('tests/cluster/skerryd', 'server/node/CMakeLists.txt')),
    Stage('chaos', (steps.script('tests/chaos/run', '--seconds', '20', '--skerryd', SKERRYD,
                                 name='chaos', timeout=300),),
          needs=('tests/chaos/run', 'server/node/CMakeLists.txt')),
    Stage('sanitized unit tests',
          (steps.build('asan', folders=SANITIZED), steps.unit_tests('asan', folders=SANITIZED)),
          needs=('base/CMakeLists.txt',)),
    Stage('races',
          (steps.build('tsan', targets=('skerryd',)),
           steps.script('tests/races/run', '--skerryd', SANITIZED_SKERRYD, timeout=600)),
          needs=('tests/races/run', 'server/node/CMakeLists.txt'),
          left_out='on request (--only races): a build of its own for one program'),
    # Test files cost as much again; `tools/tidy --all` is for those who change them.
    Stage('tidy', (steps.script('tools/tidy', '--product', name='tidy', timeout=1800),),
          needs=('base/CMakeLists.txt',)),
    Stage('fuzzers', (steps.build('fuzz', targets=('fuzzers',)), steps.fuzzers(FUZZ_SECONDS)),
          needs=('tests/fuzz',)),
)


def quick(name_filter):
    """What `tools/test --quick [FILTER]` runs: unit tests alone, built incrementally."""
    return (
        Stage('build', (steps.build('release', targets=('unit_tests',)),)),
        Stage('headers', (steps.script('tests/structure/headers', name='headers'),),
          needs=('base/CMakeLists.txt',)),
    Stage('unit tests', (steps.unit_tests('release', name_filter=name_filter),)),
    )
