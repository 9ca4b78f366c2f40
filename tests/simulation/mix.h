#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tests/simulation/simulated_cluster.h"
#include "tests/simulation/workload.h"

namespace skerry::simulation {

enum class Fault : uint8_t {
  kCrash,       // a process dies
  kPowerCut,    // and its disk loses or tears what was not synced
  kBlackout,    // that, on all nodes at once
  kTornWrite,   // the power goes in the middle of what the disk is doing
  kStop,        // as SIGTERM ends it
  kPause,       // a machine stands still
  kBlock,       // one direction between two nodes
  kIsolate,     // one node from all others
  kSplit,       // some nodes from the others
  kBadNetwork,  // loss, doubling, reordering and delay for a while
  kSlowDisk,
  kHungDisk,
  kFullDisk,
  kFailedSync,
  kClockJump,  // a wall clock
  kTransfer,   // of a group's leadership
  kMove,       // a replica goes to another node
  kJoin,       // a node joins the cluster
  kDrain,      // a node is drained, and later taken back or removed from the cluster
  kRot,        // a bit or a sector of a log file that is not its end
};
inline constexpr int kFaults = static_cast<int>(Fault::kRot) + 1;
const char* NameOf(Fault fault);

// The versions of the nodes' programs (base/feature_level.h).
enum class Versions : uint8_t {
  kNew,
  kOld,         // all are pinned to the one before
  kMixed,       // some are
  kUpgraded,    // from old to new, one after the other
  kDowngraded,  // back, and mostly up again
};
const char* NameOf(Versions versions);

// What a seed does.
struct Mix {
  int first_nodes = 3;  // that found the cluster; others may join later
  ClusterOptions cluster;
  WorkloadOptions workload;
  std::map<Fault, uint64_t> faults;                   // how often, among all
  Duration between_faults = std::chrono::seconds(5);  // on average
  uint64_t rotten_max = 1;                            // nodes whose disks rot
  bool removals = true;                               // of those that were drained
  Versions versions = Versions::kNew;
};

Mix DrawMix(uint64_t seed);
std::string Describe(const Mix& mix);

}  // namespace skerry::simulation
