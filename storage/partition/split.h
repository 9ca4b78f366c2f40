#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "storage/partition/partition.h"

// What a split needs to know before it is proposed: where to cut, and what lies below the cut.

namespace skerry::partition {

// Counts what a child will begin with while the parent takes writes: rows of one moment's view, and
// what commands changed since. Counting while the split is applied would hold up every replica for
// as long as reading half of the partition takes; this way the leader alone reads it, beside its
// writes.
//
// Made, asked for its sums, and destroyed on the applying executor; Step runs on any one executor
// at a time, beside it. At most one of a partition, which outlives it.
class SplitCount {
 public:
  // Of rows with hashes through `last_hash`, as of partition.applied().
  SplitCount(Partition& partition, uint64_t last_hash);
  ~SplitCount();
  SplitCount(const SplitCount&) = delete;
  SplitCount& operator=(const SplitCount&) = delete;

  // Looks at so many rows. True: it has seen all.
  Result<bool> Step(size_t rows);

  // After Step said so: exact as of partition.applied().
  std::vector<proto::command::v1::StatisticsDelta> sums() const;

 private:
  friend class Partition;

  bool Counts(uint64_t hash) const { return hash <= last_hash_; }

  struct Part {
    size_t position;  // among the sums
    RowBounds bounds;
  };

  Partition& partition_;
  const uint64_t last_hash_;
  const std::string prefix_;
  std::unique_ptr<const engine::Snapshot> snapshot_;
  // Of Step.
  std::vector<Part> parts_;  // the rest
  std::vector<Statistics> seen_;
  // Of the applying executor.
  std::vector<Statistics> changes_;
};

// The last hash of the lower part of a partition that is cut into two of about as many bytes;
// kFailedPrecondition: all its rows have one hash, or there are none. Takes a few look-ups.
Result<uint64_t> FindMiddle(const Partition& partition);

// The same for a partition that is asked for the keys of these hashes, one for each request of a
// sample. Nothing if no cut leaves either part more than a fifth of them.
std::optional<uint64_t> FindMiddleOfLoad(const HashRange& range, std::vector<uint64_t> sample);

}  // namespace skerry::partition
