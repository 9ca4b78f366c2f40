#include "server/catalog/placement.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace skerry::catalog {
namespace {

using proto::catalog::v1::NODE_STATE_ACTIVE;
using proto::catalog::v1::NODE_STATE_REMOVED;
using proto::catalog::v1::Partition;

constexpr int kCatalogVotersMax = 5;

proto::catalog::v1::NodeState StateOf(const View& view, NodeId node) {
  const auto found = view.nodes.find(node);
  return found == view.nodes.end() ? NODE_STATE_REMOVED : found->second.record.state();
}

// Keeps what it has.
bool Stays(const Situation& now, NodeId node) {
  return StateOf(now.view, node) == NODE_STATE_ACTIVE && !now.dead.contains(node);
}

// Gets replicas, votes and leaderships.
bool MayGet(const Situation& now, NodeId node) {
  return Stays(now, node) && !now.away.contains(node);
}

// Takes part in decisions.
bool IsAlive(const Situation& now, NodeId node) {
  return StateOf(now.view, node) != NODE_STATE_REMOVED && !now.away.contains(node);
}

// Will not serve again as far as the operator is concerned.
bool IsGivenUp(const Situation& now, NodeId node) {
  return StateOf(now.view, node) != NODE_STATE_ACTIVE;
}

std::string ZoneOf(const Situation& now, NodeId node) {
  const auto found = now.view.nodes.find(node);
  return found == now.view.nodes.end() ? std::string() : found->second.record.zone();
}

// How many of `replicas` but `without` are in `zone`.
int SharersOf(const Situation& now, const std::vector<ReplicaId>& replicas, ReplicaId without,
              const std::string& zone) {
  return static_cast<int>(std::count_if(replicas.begin(), replicas.end(), [&](ReplicaId id) {
    return id != without && ZoneOf(now, NodeOf(id)) == zone;
  }));
}

bool IsLeaving(const Partition& partition, ReplicaId id) {
  return std::any_of(partition.replicas().begin(), partition.replicas().end(),
                     [&](const auto& r) { return ReplicaId(r.id()) == id && r.leaving(); });
}

// Replicas, as they are to be, on each node that may get more.
std::map<NodeId, int> Load(const Situation& now) {
  std::map<NodeId, int> load;
  for (const auto& [id, node] : now.view.nodes) {
    if (MayGet(now, id)) load[id] = 0;
  }
  for (const auto& [key, table] : now.view.tables) {
    for (const Partition& partition : table->record.partitions()) {
      for (const ReplicaId replica : ReplicasOf(partition)) {
        const auto found = load.find(NodeOf(replica));
        if (found != load.end() && !IsLeaving(partition, replica)) ++found->second;
      }
    }
  }
  return load;
}

// Of the nodes in `load` that are not in `taken` the one in the zone with the fewest of `counted`,
// and of those with the fewest replicas.
std::optional<NodeId> BestOf(const Situation& now, const std::map<NodeId, int>& load,
                             const std::set<NodeId>& taken, const std::set<NodeId>& counted) {
  std::map<std::string, int> zones;
  for (const NodeId node : counted) ++zones[ZoneOf(now, node)];
  std::optional<std::tuple<int, int, NodeId>> best;
  for (const auto& [node, replicas] : load) {
    if (taken.contains(node)) continue;
    const std::tuple rank(zones[ZoneOf(now, node)], replicas, node);
    if (!best || rank < *best) best = rank;
  }
  if (!best) return std::nullopt;
  return std::get<NodeId>(*best);
}

std::optional<NodeId> Best(const Situation& now, const std::set<NodeId>& taken,
                           const std::set<NodeId>& counted) {
  return BestOf(now, Load(now), taken, counted);
}

}  // namespace

void PlaceNewTable(const View& view, int replication_factor, TableRecord* record) {
  const Situation now{view, replication_factor};
  std::map<NodeId, int> load = Load(now);
  const uint64_t count = std::max<uint64_t>(load.size(), 1);
  record->clear_partitions();
  for (uint64_t i = 0; i < count; ++i) {
    Partition* partition = record->add_partitions();
    const uint64_t width = UINT64_MAX / count;
    partition->set_first_hash(i * width + (i > 0 ? 1 : 0));
    partition->set_last_hash(i + 1 == count ? UINT64_MAX : (i + 1) * width);
    std::set<NodeId> taken;
    for (int k = 0; k < replication_factor; ++k) {
      const std::optional<NodeId> node = BestOf(now, load, taken, taken);
      if (!node) break;
      taken.insert(*node);
      ++load.at(*node);
      partition->set_last_number(partition->last_number() + 1);
      partition->add_replicas()->set_id(ReplicaOn(*node, partition->last_number()).value);
    }
  }
}

std::optional<ReplicaId> Stranded(const Situation& now, const Partition& partition) {
  for (const auto& replica : partition.replicas()) {
    const ReplicaId id(replica.id());
    if (!replica.joining() || replica.leaving()) continue;
    if (!Stays(now, NodeOf(id)) || now.gone.contains(NodeOf(id))) return id;
  }
  return std::nullopt;
}

void Begin(const Move& move, Partition* partition) {
  if (move.remove) {
    for (auto& replica : *partition->mutable_replicas()) {
      if (ReplicaId(replica.id()) == *move.remove) replica.set_leaving(true);
    }
  }
  if (move.add) {
    partition->set_last_number(partition->last_number() + 1);
    auto* replica = partition->add_replicas();
    replica->set_id(ReplicaOn(*move.add, partition->last_number()).value);
    replica->set_joining(true);
  }
}

std::optional<Move> NextMove(const Situation& now, const Partition& partition) {
  if (!IsSettled(partition)) return std::nullopt;
  const std::vector<ReplicaId> replicas = ReplicasOf(partition);
  std::set<NodeId> taken;
  std::set<NodeId> staying;
  std::optional<ReplicaId> unwanted;
  int alive = 0;
  for (const ReplicaId replica : replicas) {
    const NodeId node = NodeOf(replica);
    taken.insert(node);
    if (IsAlive(now, node)) ++alive;
    if (Stays(now, node)) {
      staying.insert(node);
    } else if (!unwanted || (IsAlive(now, NodeOf(*unwanted)) && !IsAlive(now, node))) {
      unwanted = replica;  // first who serves no more
    }
  }
  const int count = static_cast<int>(replicas.size());
  if (2 * alive <= count) return std::nullopt;
  const bool enough = static_cast<int>(staying.size()) >= now.replication_factor;
  if (!unwanted && enough) return std::nullopt;
  std::optional<NodeId> place;
  if (!enough) place = Best(now, taken, staying);
  if (place) return Move{place, unwanted};
  if (!unwanted || staying.empty()) return std::nullopt;
  // Without a place for another, who may come back is waited for. Nobody goes whom the others need
  // for their majority.
  if (!enough && !IsGivenUp(now, NodeOf(*unwanted))) return std::nullopt;
  const int left_alive = alive - (IsAlive(now, NodeOf(*unwanted)) ? 1 : 0);
  if (2 * left_alive <= count - 1) return std::nullopt;
  return Move{std::nullopt, unwanted};
}

std::optional<Rebalance> NextRebalance(const Situation& now) {
  const std::map<NodeId, int> load = Load(now);
  std::optional<std::tuple<int, int>> best;
  std::optional<Rebalance> found;
  for (const auto& [key, table] : now.view.tables) {
    if (!table->readable()) continue;
    for (int i = 0; i < table->record.partitions_size(); ++i) {
      const Partition& partition = table->record.partitions(i);
      if (!IsSettled(partition) || IsSplitting(table->record, partition)) continue;
      const std::vector<ReplicaId> replicas = ReplicasOf(partition);
      const bool whole = std::all_of(replicas.begin(), replicas.end(),
                                     [&](ReplicaId id) { return load.contains(NodeOf(id)); });
      if (!whole) continue;
      for (const ReplicaId from : replicas) {
        for (const auto& [to, replicas_there] : load) {
          if (ReplicaOf(partition, to).value != 0) continue;
          const int apart = SharersOf(now, replicas, from, ZoneOf(now, NodeOf(from))) -
                            SharersOf(now, replicas, from, ZoneOf(now, to));
          const int lighter = load.at(NodeOf(from)) - replicas_there;
          if (apart < 0 || (apart == 0 && lighter < 2)) continue;
          const std::tuple gain(apart, lighter);
          if (best && gain <= *best) continue;
          best = gain;
          found = Rebalance{key, i, {to, from}};
        }
      }
    }
  }
  return found;
}

std::optional<LeaderMove> NextLeaderMove(const Situation& now, const std::vector<LeaderOf>& leaders,
                                         const std::set<GroupId>& except) {
  std::map<NodeId, int> leads;
  for (const LeaderOf& leader : leaders) ++leads[leader.node];
  std::optional<int> best;
  std::optional<LeaderMove> found;
  for (const LeaderOf& leader : leaders) {
    if (leader.node.value == 0 || except.contains(leader.group)) continue;
    const Partition& partition =
        now.view.tables.at(leader.table)->record.partitions(leader.partition);
    const bool must = !Stays(now, leader.node);
    for (const auto& replica : partition.replicas()) {
      const ReplicaId id(replica.id());
      if (replica.joining() || replica.leaving() || NodeOf(id) == leader.node) continue;
      if (!MayGet(now, NodeOf(id))) continue;
      const int more = leads[leader.node] - leads[NodeOf(id)];
      if (!must && more < 2) continue;
      const int gain = more + (must ? static_cast<int>(leaders.size()) + 1 : 0);
      if (best && gain <= *best) continue;
      best = gain;
      found = LeaderMove{leader.table, leader.partition, id};
    }
  }
  return found;
}

int CatalogVoters(int nodes) {
  const int voters = std::min(nodes, kCatalogVotersMax);
  return voters % 2 == 1 ? voters : voters - 1;
}

std::vector<ReplicaId> CatalogVotersOf(const Situation& now, const std::vector<ReplicaId>& voters,
                                       const std::vector<ReplicaId>& others) {
  int nodes = 0;
  for (const auto& [id, node] : now.view.nodes) {
    if (node.record.state() == NODE_STATE_ACTIVE) ++nodes;
  }
  const size_t votes = static_cast<size_t>(CatalogVoters(std::max(nodes, 1)));
  std::vector<ReplicaId> chosen;
  const auto choose = [&](const std::vector<ReplicaId>& from, auto fits) {
    for (const ReplicaId id : from) {
      const bool there = std::find(chosen.begin(), chosen.end(), id) != chosen.end();
      if (chosen.size() < votes && !there && fits(NodeOf(id))) chosen.push_back(id);
    }
  };
  const auto stays = [&](NodeId node) { return Stays(now, node); };
  const auto may_get = [&](NodeId node) { return MayGet(now, node); };
  const auto member = [&](NodeId node) { return StateOf(now.view, node) != NODE_STATE_REMOVED; };
  choose(voters, stays);
  choose(others, may_get);
  choose(voters, member);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace skerry::catalog
