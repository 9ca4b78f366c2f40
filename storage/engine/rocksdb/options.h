#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "rocksdb/options.h"
#include "storage/engine/rocksdb/rocksdb_engine.h"

// RocksDB's settings: small in memory, quick to open, nothing running that nobody asked for.

namespace skerry::engine {

// `listener` is told of flushes.
rocksdb::Options TunedOptions(const RocksDbOptions& options,
                              std::shared_ptr<rocksdb::EventListener> listener);

}  // namespace skerry::engine
