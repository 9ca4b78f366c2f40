#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/catalog/table.h"

// Where replicas and leaderships go: pure functions of what is known of the cluster, so that every
// decision can be tested and simulated.

namespace skerry::catalog {

// What the catalog's leader knows. The view outlives it.
struct Situation {
  const View& view;
  int replication_factor = 3;
  // Nothing is heard of them, or not for long again: they get nothing.
  std::set<NodeId> away = {};
  // Of those the ones that have been away for so long that what is on its way to them is not
  // waited for, and
  std::set<NodeId> gone = {};
  // so long that what they hold is made anew elsewhere.
  std::set<NodeId> dead = {};
};

// Chooses a new table's partitions: their ranges and the nodes of their replicas, of which each has
// `replication_factor` as far as there are nodes. Groups are left out.
void PlaceNewTable(const View& view, int replication_factor, TableRecord* record);

// The one change that a partition needs next, if any: a node that gets a replica (`joining`), a
// replica that is to go (`leaving`), or the one in the other's place. At most one of a partition is
// under way at a time. None of a partition that has lost its majority: it could not be done.
struct Move {
  std::optional<NodeId> add;
  std::optional<ReplicaId> remove;
};
std::optional<Move> NextMove(const Situation& now, const proto::catalog::v1::Partition& partition);

// The replica that is on its way to a node that is not to get it any more, if there is one.
std::optional<ReplicaId> Stranded(const Situation& now,
                                  const proto::catalog::v1::Partition& partition);
// Writes the move down: who joins has the next number, who leaves is marked.
void Begin(const Move& move, proto::catalog::v1::Partition* partition);

// One replica that is better elsewhere, of a partition that needs nothing: so that fewer of a
// partition are in one zone, or, if that gets no worse, from a node to one that has at least two
// fewer. Done over and over it comes to rest: each makes either smaller. None of one that is being
// split.
struct Rebalance {
  std::string table;  // its key in the view
  int partition = 0;
  Move move;
};
std::optional<Rebalance> NextRebalance(const Situation& now);

// A partition whose leader would do better to be another's: that of a node that is to have nothing,
// or of one that leads at least two more than the other, which votes and is there. `leaders` are
// those of view's partitions, 0 where unknown; those in `except` are left alone.
struct LeaderOf {
  std::string table;
  int partition = 0;
  GroupId group;
  NodeId node;
};
struct LeaderMove {
  std::string table;
  int partition = 0;
  ReplicaId to;
};
std::optional<LeaderMove> NextLeaderMove(const Situation& now, const std::vector<LeaderOf>& leaders,
                                         const std::set<GroupId>& except);

// How many nodes vote in the catalog's own group: an odd number, so that each counts.
int CatalogVoters(int nodes);
// Which of `voters` and `others` (replicas of the catalog) are to vote: who does goes on, unless
// its node is to have nothing or is dead and there is another.
std::vector<ReplicaId> CatalogVotersOf(const Situation& now, const std::vector<ReplicaId>& voters,
                                       const std::vector<ReplicaId>& others);

}  // namespace skerry::catalog
