"""Who may include what. docs/architecture.md gives the reasons; this file is what is enforced.

Folders are named from the top of the tree; the longest name that a file's path starts with is its
folder. Every folder may include itself, and test files may include more (see TEST_EDGES).
"""

# folder -> the folders whose headers it may include.
_CORE = {'base', 'proto'}
_DATA = _CORE | {'storage/document'}
# The ports of server/api carry documents and compiled expressions.
_API = {'base', 'server/api', 'storage/document', 'storage/expression'}
_NODE = _API | {'proto', 'storage/partition', 'server/replica'}

EDGES = {
    'base': set(),
    'base/sim': {'base'},
    'proto': {'base'},
    'storage/document': _CORE,
    'storage/expression': _DATA,
    'storage/engine': _CORE,
    'storage/engine/memory': {'base', 'storage/engine'},
    'storage/engine/rocksdb': {'base', 'storage/engine'},
    'storage/partition': _DATA | {'storage/expression', 'storage/engine'},
    'replication/raft': _CORE,
    'replication/log': _CORE | {'replication/raft'},
    'replication/transport': _CORE | {'replication/raft'},
    'replication/transport/sim': _CORE | {'base/sim', 'replication/raft', 'replication/transport'},
    'replication/liveness': _CORE | {'replication/raft', 'replication/transport'},
    'replication/group': _CORE | {'replication/raft', 'replication/log', 'replication/transport',
                                  'replication/liveness'},
    'replication/host': _CORE | {'replication/raft', 'replication/log', 'replication/transport',
                                 'replication/liveness', 'replication/group'},
    'server/api': _DATA | {'storage/expression'},
    # The one place where storage and Raft meet.
    'server/replica': _DATA | {'storage/expression', 'storage/engine', 'storage/partition',
                               'replication/raft', 'replication/log', 'replication/group',
                               'replication/host', 'server/api'},
    'server/peers': _CORE | {'replication/transport'},
    # Requests about partitions and groups on their way between nodes, and what serves them.
    'server/forwarding': _NODE | {'storage/engine', 'replication/raft', 'replication/group', 'server/peers'},
    # What these hand to a replica are partition requests and schemas: storage/partition's own words.
    'server/router': _NODE | {'server/catalog', 'server/forwarding'},
    'server/catalog': _NODE | {'replication/raft', 'server/forwarding'},
    'server/operations': _NODE | {'server/router', 'server/catalog'},
    # Fronts and layers: no engine, no Raft, no partition.
    'server/dynamodb': _API | {'proto'},
    'server/rpc': _API | {'proto'},
    'server/http': {'base', 'server/api'},
    'server/auth': {'base', 'server/api'},
    'server/admin': _API | {'proto'},
    'functions': _API | {'proto'},
    'gateway': _API | {'proto'},
    'client': _CORE,
    # The composition root, and the world that simulation builds.
    'server/node': {'*'},
    'tests': {'*'},
    'tools': {'*'},
}

# What test files (see tree.is_test) may include beside their folder's own edges: what stands below
# them, and what exists for tests.
TEST_EDGES = {'base/sim', 'storage/engine/memory', 'storage/engine/rocksdb',
              'replication/transport/sim'}

# Nothing of the product includes these.
NEVER_INCLUDED = {'tests', 'tools'}

# Third-party headers, by how the name in the #include starts, with the folders that may include them.
# A family that stands in no rule may not be included at all: add it here, with its reason.
THIRD_PARTY = {
    'rocksdb/': {'storage/engine/rocksdb'},
    'boost/asio': {'server/http', 'replication/transport', 'server/node', 'functions', 'gateway'},
    'boost/beast': {'server/http', 'server/node', 'functions', 'gateway'},
    'boost/': {'*'},
    'grpc': {'replication/transport', 'server/rpc', 'server/admin', 'client'},
    'google/protobuf/': {'proto', 'replication', 'storage/partition', 'server', 'client',
                         'functions', 'gateway'},
    'simdjson.h': {'base', 'server', 'client', 'functions', 'gateway'},
    'openssl/': {'base', 'server/auth', 'server/http', 'server/node', 'replication/transport',
                 'functions', 'gateway'},
    'spdlog/': {'base'},
    'CLI/': {'server/node', 'client'},
    'prometheus/': {'base', 'server/admin'},
    'jemalloc/': {'base', 'server/node'},
    'zlib.h': {'base', 'server/http', 'functions', 'gateway'},
    'xxhash.h': {'base', 'storage', 'replication', 'server'},
    'fmt/': {'*'},
    'absl/': {'*'},
    # Only in test files:
    'gtest/': {'tests'},
    'gmock/': {'tests'},
    'rapidcheck': {'tests'},
    'benchmark/': {'tests'},
    'fuzzer/': {'tests'},
}

# The same families as CMake targets: a pattern that matches a name in DEPS or PRIVATE_DEPS.
THIRD_PARTY_TARGETS = {
    r'(?i)^rocksdb': 'rocksdb/',
    r'(?i)^grpc': 'grpc',
    r'(?i)^protobuf::': 'google/protobuf/',
    r'(?i)^simdjson': 'simdjson.h',
    r'(?i)^openssl::': 'openssl/',
    r'(?i)^spdlog': 'spdlog/',
    r'(?i)^cli11': 'CLI/',
    r'(?i)^prometheus': 'prometheus/',
    r'(?i)^zlib': 'zlib.h',
    r'(?i)^gtest::': 'gtest/',
}

# Time, randomness, threads and files reach code only through `base` (docs/architecture.md: everything
# that could be non-deterministic), so that simulation replays exactly. The edges of the system,
# where the real ones are, are free.
EDGES_OF_THE_SYSTEM = {'base', 'server/http', 'server/node', 'replication/transport',
                       'storage/engine/rocksdb', 'functions', 'gateway', 'client', 'tests', 'tools'}

# Header names, as they stand between the angle brackets.
SYSTEM_HEADERS = {'fstream', 'filesystem', 'random', 'thread', 'future', 'stop_token', 'ctime',
                  'time.h', 'unistd.h', 'fcntl.h', 'pthread.h', 'dirent.h', 'csignal', 'signal.h'}
SYSTEM_HEADER_PREFIXES = ('sys/', 'netinet/', 'arpa/', 'linux/')

# (pattern, what it stands for, everywhere: also at the edges)
SYSTEM_CALLS = (
    (r'\bthread_local\b', 'thread_local', True),
    (r'\b(?:system|steady|high_resolution)_clock::now\b', 'a clock', False),
    (r'\babsl::Now\b|\bGetCurrentTimeNanos\b', 'a clock', False),
    (r'\bstd::random_device\b|\bstd::mt19937', 'randomness', False),
    (r'\bstd::(?:thread|jthread|async)\b', 'a thread', False),
    (r'\bsleep_for\b|\bsleep_until\b', 'sleeping', False),
)

SOURCE_LINES_MAX = 800
