#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "storage/engine/engine.h"

// The engine on disk. No header of RocksDB is needed to use it.

namespace skerry::engine {

// Longer keys that begin with `first` and have `shared` first bytes in common are mostly written
// one behind the other.
struct Sequence {
  char first = 0;
  size_t shared = 0;  // 0: there are none
};

struct RocksDbOptions {
  // The engine's own directory; its parent must exist. Created if it is missing or empty.
  std::string path;
  // For everything that the engine keeps in memory: memtables, and the cache of data, index and
  // filter blocks. Of the order of the process's --memory, of which it is one part.
  size_t memory_bytes = size_t{64} << 20;
  // Writes older than this are flushed even if there are few, so that the log need not keep them.
  // 0: never.
  Duration memtable_max_age = std::chrono::minutes(5);
  // The place of the last one written is remembered, for each that is shared.
  Sequence sequence = {};
  // Warnings and errors of RocksDB, one line each; any thread. Null: dropped.
  std::function<void(std::string_view)> log;
};

// Fails with one clear line that names the directory or file and what to do about it:
// kFailedPrecondition (not an engine's directory, of a newer version, half copied, or in use by
// another process), kCorruption (a damaged or missing file), kIoError. Never makes an empty engine
// where there was, or may have been, another.
Result<std::unique_ptr<Engine>> OpenRocksDb(const RocksDbOptions& options);

}  // namespace skerry::engine
