#pragma once

#include "server/forwarding/group_client.h"
#include "server/forwarding/partition_client.h"
#include "server/peers/peers.h"

namespace skerry::forwarding {

// What a node alone has between its catalog and its replicas, for tests of what stands above.
struct AloneForwarding {
  explicit AloneForwarding(Executor& executor)
      : peers(NodeId(1), nullptr, {&executor}, 1), partitions(peers, executor, 1), groups(peers) {}
  peers::Peers peers;
  PartitionClient partitions;
  GroupClient groups;
};

}  // namespace skerry::forwarding
