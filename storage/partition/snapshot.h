#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/strong.h"
#include "storage/engine/engine.h"
#include "storage/partition/data_range.h"
#include "storage/partition/partition.h"

// A partition's whole state, carried to another replica in pieces: the state record first, then its
// rows in their order (FORMAT.md, "Snapshots").

namespace skerry::partition {

// Thread-compatible. Pins the engine's files and memory while it lives; destroyed before the
// engine.
class SnapshotReader {
 public:
  // The state as of partition.applied(). On the applying executor.
  explicit SnapshotReader(const Partition& partition);

  // The next piece, of at least one row and about `bytes`; empty at the end.
  Result<std::string> Read(size_t bytes);

 private:
  engine::Engine& engine_;
  const std::unique_ptr<const engine::Snapshot> snapshot_;
  // Where rows lie in the engine, and what stands before their keys in a piece in place of that.
  struct Range {
    std::string prefix;
    std::string lower;
    std::string upper;
    std::string_view sent_as;
  };
  static std::string FirstPiece(const Partition& partition);
  Status ReadRange(const Range& range, size_t bytes, std::string* piece);

  std::vector<Range> ranges_;  // the rest, in the order of what is sent
  std::string state_;
  std::string next_;  // engine key
  bool state_sent_ = false;
};

// Thread-compatible. What was added is gone if it is destroyed before Install.
class SnapshotWriter {
 public:
  // `fresh` tells this snapshot from all others on this node. `origin`: kept durably beside the
  // state, for who asks what was installed (Partition::origin).
  SnapshotWriter(Partition& partition, uint64_t fresh, std::string origin);

  // kInvalidArgument if it is no piece, or does not follow the one before.
  Status Add(std::string_view piece);
  // The partition becomes what was added, atomically and durably (safety-rules 6): the rows lie
  // under an id of their own, and one ingestion brings them, the state record and the descriptor.
  // Nothing is applied at the same time; a read that is under way sees rows of before, or not all
  // of them, and its caller must look again whether the partition is the same (applied went on).
  Status Install();

 private:
  Status AddState(std::string_view bytes);
  Status PutRow(std::string_view row_key, std::string_view value);

  Partition& partition_;
  const Descriptor descriptor_;
  const std::string prefix_;
  std::string state_;
  std::string last_row_;
  std::vector<std::unique_ptr<engine::TableWriter>> tables_;
};

}  // namespace skerry::partition
