#pragma once

#include <string>

#include "server/catalog/table.h"

namespace skerry::node {

// What the admin port says of the cluster, as JSON (docs/operating.md): nodes, and partitions with
// their replicas and leaders, as this node knows them. Thread-safe.
std::string ClusterPage(const catalog::View& view, NodeId self);

}  // namespace skerry::node
