#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "base/status.h"
#include "storage/engine/pinned_value.h"
#include "storage/engine/write_batch.h"

// The ordered key-value port on which partitions stand: one space of byte-string keys, prefixed by
// callers. engine/rocksdb and engine/memory implement it, under the same tests.
//
// Durability (safety-rules 5, 6). There is no write-ahead log: Raft's log is that. A write is in
// memory until a flush makes it durable. After a crash the engine holds a prefix of all writes, in
// the order in which they were made: everything up to some flush, nothing behind it, no batch in
// half. GetPersisted tells how far that prefix reaches. Ingested tables alone are durable at once,
// ahead of earlier writes that are still in memory.
//
// Thread-safe, if not said otherwise. Concurrent writes are made in some order; whoever needs an
// order makes one write after the other. Failures: kCorruption (stored bytes are damaged; the
// message names the file and the remedy), kIoError, kResourceExhausted (a memory or space limit;
// nothing was written), kFailedPrecondition after Close. After a failed write or flush with another
// code than kResourceExhausted the engine takes no more writes: the node must stop.

namespace skerry::engine {

// A moment's view of all keys. Keeps old versions alive, so it is short-lived (one page of a query,
// one snapshot of a partition). Destroyed before its engine.
class Snapshot {
 public:
  virtual ~Snapshot() = default;

 protected:
  Snapshot() = default;
};

enum class Lookup : uint8_t {
  kFound,
  kAbsent,
  kWouldBlock,  // GetIfCached only: the answer is not in memory
};

struct IteratorOptions {
  // Keys in [lower, upper); copied. An empty upper bound is none.
  std::string_view lower;
  std::string_view upper;
  // Null: the state at creation. Must outlive the iterator.
  const Snapshot* snapshot = nullptr;
  // Read ahead from files by this much, for long scans; 0 grows by itself.
  size_t readahead_bytes = 0;
  // False for passes over much data that would push out what is in use.
  bool fill_cache = true;
  // Never waits for a disk: what is not in memory makes the iterator invalid, with would_block().
  bool cached_only = false;
};

// Not valid when created. Thread-compatible: used by one thread at a time. Destroyed before its
// engine. Pins files and memory: as short-lived as a snapshot.
class Iterator {
 public:
  virtual ~Iterator() = default;

  virtual bool Valid() const = 0;
  virtual void Seek(std::string_view key) = 0;         // first key >= key
  virtual void SeekForPrev(std::string_view key) = 0;  // last key <= key
  virtual void SeekToFirst() = 0;
  virtual void SeekToLast() = 0;
  // Need Valid().
  virtual void Next() = 0;
  virtual void Prev() = 0;
  // Views last until the iterator is moved.
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  // Of an iterator that is not valid: the end of the range, or why it could not go on.
  virtual Status status() const = 0;
  virtual bool would_block() const = 0;

 protected:
  Iterator() = default;
};

// A sorted table outside the engine's order of writes, on its way in. Thread-compatible.
class TableWriter {
 public:
  // Removes the table if it was not ingested.
  virtual ~TableWriter() = default;
  // Keys strictly ascending.
  virtual Status Put(std::string_view key, std::string_view value) = 0;
  virtual uint64_t bytes() const = 0;

 protected:
  TableWriter() = default;
};

// How much an engine has on its hands. It writes whatever it is given as long as it can, since what
// the log holds must be applied: who proposes looks here first (server/replica's Admission).
struct Load {
  // What was written and lies in memory only, and what of that there may be.
  uint64_t memory_bytes = 0;
  uint64_t memory_bytes_max = 0;
  // That memory comes free by itself, as it goes to files; if not, by deleting alone.
  bool drains = true;
  // How far merging files lags behind: 0 not at all, at 1000 nothing more should be written.
  uint32_t behind_permille = 0;
};

struct Stats {
  uint64_t memtable_bytes = 0;  // in memory and not yet in files; of the memory engine: everything
  uint64_t memory_limit = 0;    // for everything in memory, the cache included
  uint64_t table_bytes = 0;     // of live files
  uint64_t table_files = 0;
  uint64_t cache_bytes = 0;  // of the block cache, in use
  uint64_t cache_capacity = 0;
  uint64_t estimated_keys = 0;
  uint64_t pending_compaction_bytes = 0;
  uint64_t running_flushes = 0;
  uint64_t running_compactions = 0;
  uint64_t flushes = 0;         // finished since it was opened
  bool writes_stopped = false;  // stalled by too much unflushed or uncompacted data
};

class Engine {
 public:
  // Closes, if Close was not called.
  virtual ~Engine() = default;

  // Makes all of the batch visible at once. An empty batch does nothing.
  virtual Status Write(const WriteBatch& batch) = 0;

  // kFound sets *value; else it is reset. A null snapshot is the present.
  virtual Result<Lookup> Get(std::string_view key, const Snapshot* snapshot,
                             PinnedValue* value) = 0;
  // The same without ever waiting for a disk.
  virtual Result<Lookup> GetIfCached(std::string_view key, const Snapshot* snapshot,
                                     PinnedValue* value) = 0;
  // What a crash now would leave of the key.
  virtual Result<Lookup> GetPersisted(std::string_view key, PinnedValue* value) = 0;

  virtual std::unique_ptr<Iterator> NewIterator(const IteratorOptions& options) = 0;
  virtual std::unique_ptr<const Snapshot> NewSnapshot() = 0;

  // Makes everything durable that was written before the call, and waits for it. Blocks on disk.
  virtual Status Flush() = 0;
  // The same without waiting; `done` runs on a thread of the engine's and must not block.
  virtual void FlushAsync(absl::AnyInvocable<void(Status) &&> done) = 0;
  // Called after each flush, the engine's own included, once GetPersisted sees it; on a thread of
  // the engine's, so it must not block or call the engine. At most one listener; null for none.
  virtual void SetFlushListener(absl::AnyInvocable<void()> listener) = 0;

  // Tables for Ingest. `Ingest` puts all of them in at once, above everything written before, and
  // they are durable when it returns. Their ranges must not overlap. Consumes the writers.
  virtual Result<std::unique_ptr<TableWriter>> NewTableWriter() = 0;
  virtual Status Ingest(std::vector<std::unique_ptr<TableWriter>> tables) = 0;

  // About how many bytes [lower, upper) takes, unflushed data included.
  virtual uint64_t ApproximateBytes(std::string_view lower, std::string_view upper) = 0;
  virtual Stats GetStats() = 0;
  // A few loads of atomics, for the path of every write.
  virtual Load GetLoad() const = 0;

  // Flushes, stops background work and waits for it (of FlushAsync's callbacks too, unless they run
  // on an executor of the caller's). No other call may be under way; iterators, snapshots and
  // pinned values are gone. Later calls fail.
  virtual Status Close() = 0;

 protected:
  Engine() = default;
};

}  // namespace skerry::engine
