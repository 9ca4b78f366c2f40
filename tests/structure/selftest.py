"""Shows that the checks find what they look for: small trees with one planted fault each, and one
without. A check that finds nothing in its planted tree has stopped checking."""

import pathlib
import tempfile

import checks
from tree import Tree

CLEAN = {
    'base/README.md': 'base\n',
    'base/bytes.h': '#pragma once\n#include <string>\n',
    'base/CMakeLists.txt': 'skerry_library(base SOURCES bytes.cc DEPS fmt::fmt)\n',
    'storage/engine/README.md': 'engine\n',
    'storage/engine/engine.h': '#pragma once\n#include "base/bytes.h"\n#include <absl/hash/hash.h>\n',
    'storage/engine/engine_test.cc': '#include <gtest/gtest.h>\n#include "base/sim/disk.h"\n',
    'storage/engine/CMakeLists.txt': 'skerry_library(engine DEPS base)\n',
    'storage/engine/rocksdb/README.md': 'rocksdb\n',
    'storage/engine/rocksdb/store.cc': '#include <rocksdb/db.h>\n#include "storage/engine/engine.h"\n',
    'storage/engine/rocksdb/CMakeLists.txt': 'skerry_library(engine_rocksdb DEPS engine)\n',
    'replication/raft/README.md': 'raft\n',
    'replication/raft/core.h': '#pragma once\n#include "base/bytes.h"\n',
    'replication/raft/CMakeLists.txt': 'skerry_library(raft DEPS base)\n',
}

# (what is planted, where, text that the one expected problem contains)
PLANTED = (
    ('#include "replication/raft/core.h"\n', 'storage/engine/a.cc', 'replication/raft'),
    ('#include "storage/engine/engine.h"\n', 'replication/raft/a.cc', 'storage/engine'),
    ('#include "storage/engine/engine.h"\n', 'server/dynamodb/a.cc', 'storage/engine'),
    ('#include "storage/engine/rocksdb/store.h"\n', 'storage/partition/a.cc', 'rocksdb'),
    ('#include "storage/partition/x.h"\n', 'storage/engine/a_test.cc', 'storage/partition'),
    ('#include "tests/simulation/world.h"\n', 'base/a.cc', 'tests'),
    ('  #  include <rocksdb/db.h>\n', 'storage/engine/a.cc', 'rocksdb'),
    ('#include <boost/asio.hpp>\n', 'server/operations/a.cc', 'boost/asio'),
    ('#include <grpcpp/grpcpp.h>\n', 'server/http/a.cc', 'grpcpp'),
    ('#include <gtest/gtest.h>\n', 'base/a.cc', 'gtest'),
    ('#include <leveldb/db.h>\n', 'base/a.cc', 'leveldb'),
    ('#include "bytes.h"\n', 'base/a.cc', 'top of the tree'),
    ('#include <fstream>\n', 'storage/document/a.cc', 'behind base'),
    ('#include <sys/stat.h>\n', 'replication/log/a.cc', 'behind base'),
    ('auto t = std::chrono::steady_clock::now();\n', 'replication/raft/a.cc', 'a clock'),
    ('thread_local int x;\n', 'base/a.cc', 'thread_local'),
    ('int x;  // TODO: more\n', 'base/a.cc', 'finish it'),
    ('\n' * 801, 'base/a.cc', '801 lines'),
    ('int x;\n', 'base/a.h', 'pragma once'),
    ('skerry_library(partition DEPS raft)\n', 'storage/partition/CMakeLists.txt', 'raft'),
    ('skerry_library(partition\n  DEPS base\n  PRIVATE_DEPS RocksDB::rocksdb)\n',
     'storage/partition/CMakeLists.txt', 'RocksDB'),
    ('#include "base/bytes.h"\n', 'storage/engine/rocksdb/a.cc', 'DEPS lack base'),
    ('see [there](../gone.md#part)\n', 'docs/a.md', 'gone.md'),
    ('int x;\n', 'replication/log/a.cc', 'no README.md'),
)


def run():
    """Returns (number of cases, problems)."""
    problems = [f'self-test: found in a clean tree: {found}' for found in _found({})]
    for text, path, expected in PLANTED:
        extra = {path: text}
        if 'README' not in expected:
            extra[f'{path.rpartition("/")[0]}/README.md'] = 'x\n'
        found = _found(extra)
        if len(found) != 1 or expected not in found[0]:
            problems.append(f'self-test: {text.strip()[:60]!r} planted in {path}: found {found}')
    return 1 + len(PLANTED), problems


def _found(extra):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in {**CLEAN, **extra}.items():
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        tree = Tree(folder)
        return [problem for check in checks.CHECKS for problem in check(tree)]
