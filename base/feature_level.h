#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace skerry {

// What the nodes of a cluster say to each other, write into logs that others apply, and keep in the
// catalog, grows from version to version of the program. A number, the feature level, says how
// much of it: as long as a cluster is at level N, no node sends, proposes or writes what came after
// N, so that a program which speaks up to N can take part (docs/adr/0010). The catalog holds the
// cluster's level, and the levels that each node's program speaks.
//
//   1  nodes that join a cluster; Raft's messages 1 to 11, requests, snapshots; replicas that move
//   2  heartbeats between nodes and Raft's messages of leases (12 to 14); eventual reads by
//      followers (read_commit and asked of Raft's messages, `applied` of a partition's answer);
//      splits (their command, their plans in tables' records, RANGE_MOVED); nodes that drain
//
// A change of what others see gets a new level, a line here, and a Feature that is asked for where
// it is sent or written. What comes in at a lower level is not asked: whatever a program can read,
// it reads. What lies on a node's own disk is the matter of its formats: each level's program reads
// what the level above has left there (records of bindings in the log, bounds of split partitions).
using FeatureLevel = uint32_t;

inline constexpr FeatureLevel kOldestLevel = 1;  // that this program speaks
inline constexpr FeatureLevel kNewestLevel = 2;

enum class Feature : uint8_t { kLeases, kFollowerReads, kSplits, kDrains };
constexpr FeatureLevel LevelOf(Feature feature) {
  switch (feature) {
    case Feature::kLeases:
    case Feature::kFollowerReads:
    case Feature::kSplits:
    case Feature::kDrains:
      return 2;
  }
  return kNewestLevel;
}

// What a program speaks.
struct LevelRange {
  FeatureLevel oldest = kOldestLevel;
  FeatureLevel newest = kNewestLevel;
  bool Has(FeatureLevel level) const { return oldest <= level && level <= newest; }
  bool operator==(const LevelRange&) const = default;
};

// The level in force on one node. Thread-safe.
class LevelInForce {
 public:
  LevelInForce(LevelRange spoken, FeatureLevel first)
      : spoken_(spoken), level_(std::min(first, spoken.newest)) {}

  const LevelRange& spoken() const { return spoken_; }
  FeatureLevel level() const { return level_.load(std::memory_order_acquire); }
  bool Has(Feature feature) const { return level() >= LevelOf(feature); }
  // Never beyond what is spoken.
  void Set(FeatureLevel level) {
    level_.store(std::min(level, spoken_.newest), std::memory_order_release);
  }

  // Something of the feature came in. False: this program does not know it, as it was started
  // (skerryd's --pin-version); the thing counts as lost, and as a fault of the sender's.
  bool Knows(Feature feature) const {
    if (LevelOf(feature) <= spoken_.newest) return true;
    beyond_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  // How often.
  uint64_t beyond() const { return beyond_.load(std::memory_order_relaxed); }

 private:
  const LevelRange spoken_;
  std::atomic<FeatureLevel> level_;
  mutable std::atomic<uint64_t> beyond_ = 0;
};

}  // namespace skerry
