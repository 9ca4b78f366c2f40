#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "base/task.h"
#include "proto/node/v1/group.pb.h"
#include "server/peers/peers.h"
#include "server/replica/replicas.h"

namespace skerry::forwarding {

// How much the replica holds: of the table at 0, and of each local index at its id.
std::map<uint32_t, partition::Statistics> SizesOf(const replica::Replica& replica);

// Does to a replica's group what another node (or this one) asks for. Ends on its home executor.
Task<proto::node::v1::GroupAnswer> ServeGroupRequest(std::shared_ptr<replica::Replica> replica,
                                                     proto::node::v1::GroupRequest request);

// Answers requests about groups that come from other nodes. `replicas` outlives the peers' Stop.
void ServeGroups(replica::Replicas& replicas, peers::Peers* peers);

}  // namespace skerry::forwarding
