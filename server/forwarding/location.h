#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/strong.h"
#include "server/replica/replica.h"

namespace skerry::forwarding {

// Where a partition is, as far as this node knows. What is wrong here costs a detour, no more.
struct Location {
  GroupId group;
  std::shared_ptr<replica::Replica> replica;  // this node's; null: none, or not yet
  std::vector<NodeId> nodes;                  // that have a replica
  // The node whose answer came last from there, 0: unknown. Shared by all copies.
  std::shared_ptr<std::atomic<uint64_t>> leader = std::make_shared<std::atomic<uint64_t>>(0);
  // Its keys are other partitions' by now. Likewise shared.
  std::shared_ptr<std::atomic<bool>> ended = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace skerry::forwarding
