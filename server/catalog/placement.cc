#include "server/catalog/placement.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace skerry::catalog {
namespace {

using proto::catalog::v1::Partition;

constexpr int kCatalogVotersMax = 5;

bool MayGetReplicas(const NodeRecord& node) {
  return node.state() == proto::catalog::v1::NODE_STATE_ACTIVE;
}

// Replicas on each node that may get more.
std::map<NodeId, int> Load(const View& view) {
  std::map<NodeId, int> load;
  for (const auto& [id, node] : view.nodes) {
    if (MayGetReplicas(node.record)) load[id] = 0;
  }
  for (const auto& [key, table] : view.tables) {
    for (const Partition& partition : table->record.partitions()) {
      for (const ReplicaId replica : ReplicasOf(partition)) {
        const auto found = load.find(NodeOf(replica));
        if (found != load.end()) ++found->second;
      }
    }
  }
  return load;
}

// Of the nodes in `load` that are not in `taken` the one in the zone with the fewest of `taken`,
// and of those with the fewest replicas.
std::optional<NodeId> Best(const View& view, const std::map<NodeId, int>& load,
                           const std::set<NodeId>& taken) {
  std::map<std::string, int> zones;
  for (const NodeId node : taken) {
    const auto found = view.nodes.find(node);
    if (found != view.nodes.end()) ++zones[found->second.record.zone()];
  }
  std::optional<std::tuple<int, int, NodeId>> best;
  for (const auto& [node, replicas] : load) {
    if (taken.contains(node)) continue;
    const std::tuple rank(zones[view.nodes.at(node).record.zone()], replicas, node);
    if (!best || rank < *best) best = rank;
  }
  if (!best) return std::nullopt;
  return std::get<NodeId>(*best);
}

}  // namespace

void PlaceNewTable(const View& view, int replication_factor, TableRecord* record) {
  std::map<NodeId, int> load = Load(view);
  const uint64_t count = std::max<uint64_t>(load.size(), 1);
  record->clear_partitions();
  for (uint64_t i = 0; i < count; ++i) {
    Partition* partition = record->add_partitions();
    const uint64_t width = UINT64_MAX / count;
    partition->set_first_hash(i * width + (i > 0 ? 1 : 0));
    partition->set_last_hash(i + 1 == count ? UINT64_MAX : (i + 1) * width);
    std::set<NodeId> taken;
    for (int k = 0; k < replication_factor; ++k) {
      const std::optional<NodeId> node = Best(view, load, taken);
      if (!node) break;
      taken.insert(*node);
      ++load.at(*node);
      partition->set_last_number(partition->last_number() + 1);
      partition->add_replicas()->set_id(ReplicaOn(*node, partition->last_number()).value);
    }
  }
}

std::optional<Move> NextMove(const View& view, int replication_factor, const Partition& partition) {
  std::set<NodeId> taken;
  int staying = 0;
  std::optional<ReplicaId> unwanted;
  for (const auto& replica : partition.replicas()) {
    if (replica.joining() || replica.leaving()) return std::nullopt;
  }
  for (const ReplicaId replica : ReplicasOf(partition)) {
    taken.insert(NodeOf(replica));
    const auto node = view.nodes.find(NodeOf(replica));
    if (node != view.nodes.end() && MayGetReplicas(node->second.record)) {
      ++staying;
    } else {
      unwanted = replica;
    }
  }
  if (staying < replication_factor) {
    const std::optional<NodeId> node = Best(view, Load(view), taken);
    if (node) return Move{node, std::nullopt};
  }
  // Nothing is given up before there is something in its place, unless there is no place.
  if (unwanted && staying >= 1) return Move{std::nullopt, unwanted};
  return std::nullopt;
}

int CatalogVoters(int nodes) {
  const int voters = std::min(nodes, kCatalogVotersMax);
  return voters % 2 == 1 ? voters : voters - 1;
}

}  // namespace skerry::catalog
