#pragma once

#include <functional>
#include <string>

#include "server/catalog/table.h"

namespace skerry::node {

// What one node knows of its cluster.
struct ClusterState {
  const catalog::View& view;
  NodeId self;
  NodeId catalog_leader;                // 0: none is known here
  std::function<bool(NodeId)> is_away;  // nothing is heard of it here
};

// What the admin port says of the cluster, as JSON (docs/operating.md): nodes, and partitions with
// their replicas and leaders, as this node knows them. Thread-safe.
std::string ClusterPage(const ClusterState& state);

}  // namespace skerry::node
