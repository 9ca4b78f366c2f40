#pragma once

#include <optional>

#include "server/catalog/table.h"

// Where replicas go: pure functions of a view, so that every decision can be tested and simulated.

namespace skerry::catalog {

// Chooses a new table's partitions: their ranges and the nodes of their replicas, of which each has
// `replication_factor` as far as there are nodes. Groups are left out.
void PlaceNewTable(const View& view, int replication_factor, TableRecord* record);

// The one change that a partition needs next, if any: a node that gets a replica (`joining`), or a
// replica that is to go (`leaving`). At most one of a partition is under way at a time.
struct Move {
  std::optional<NodeId> add;
  std::optional<ReplicaId> remove;
};
std::optional<Move> NextMove(const View& view, int replication_factor,
                             const proto::catalog::v1::Partition& partition);

// How many nodes vote in the catalog's own group: an odd number, so that each counts.
int CatalogVoters(int nodes);

}  // namespace skerry::catalog
