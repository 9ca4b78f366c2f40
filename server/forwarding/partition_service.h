#pragma once

#include "server/peers/peers.h"
#include "server/replica/replicas.h"

namespace skerry::forwarding {

// Answers partition requests that come from other nodes, at the replicas here. `replicas` outlives
// the peers' Stop.
void ServePartitions(replica::Replicas& replicas, peers::Peers* peers);

}  // namespace skerry::forwarding
