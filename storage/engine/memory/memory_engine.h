#pragma once

#include <cstddef>
#include <memory>

#include "base/executor.h"
#include "storage/engine/engine.h"

// The engine that keeps everything in memory: for `--in-memory`, and for simulation, where it
// models exactly what RocksDB without its log loses in a crash.

namespace skerry::engine {

struct MemoryOptions {
  // Of everything, with overheads. A write that would go beyond it is refused with
  // kResourceExhausted (deletions never are).
  size_t limit_bytes = size_t{1} << 30;
  // After so much has been written since the last flush, another begins by itself.
  size_t flush_after_bytes = size_t{4} << 20;
  // Where flushes end and callbacks run; outlives the store. Null: inside the call that flushes,
  // which does for tests. In simulation a crash may come before the end of a flush.
  Executor* executor = nullptr;
  // False if the store goes with its process, as with `--in-memory`: everything counts as flushed
  // as soon as it is written, and nothing is kept for a crash to come back to.
  bool outlives_crashes = true;
};

// What of an engine outlives a crash, and so, in simulation, a node. Thread-safe.
class MemoryStore {
 public:
  static std::shared_ptr<MemoryStore> Create(const MemoryOptions& options);
  virtual ~MemoryStore() = default;

  // At most one engine is open at a time.
  virtual std::unique_ptr<Engine> Open() = 0;

  // Loses what is not durable. The open engine, if any, is dead: its calls fail, callbacks of its
  // flushes never come. Its iterators and snapshots may go later, but not be used.
  virtual void Crash() = 0;

 protected:
  MemoryStore() = default;
};

// An engine with a store of its own.
std::unique_ptr<Engine> NewMemoryEngine(const MemoryOptions& options);

}  // namespace skerry::engine
