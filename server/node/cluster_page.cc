#include "server/node/cluster_page.h"

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <string_view>

#include "server/catalog/levels.h"

namespace skerry::node {
namespace {

using proto::catalog::v1::Partition;

// A string of JSON. Names and addresses are printable; whatever is not is left to its escape.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted.push_back('\\');
      quoted.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04x}", c);
    } else {
      quoted.push_back(c);
    }
  }
  quoted.push_back('"');
  return quoted;
}

std::string_view NameOf(proto::catalog::v1::NodeState state) {
  switch (state) {
    case proto::catalog::v1::NODE_STATE_DRAINING:
      return "draining";
    case proto::catalog::v1::NODE_STATE_REMOVED:
      return "removed";
    default:
      return "active";
  }
}

// The node that leads, as far as is known here; 0: nobody is known.
uint64_t LeaderOf(const catalog::PartitionRoute& route) {
  if (route.replica != nullptr && route.replica->leader().value != 0) {
    return NodeOf(route.replica->leader()).value;
  }
  return route.leader->load(std::memory_order_relaxed);
}

std::string PartitionJson(const catalog::Table& table, size_t at) {
  const catalog::PartitionRoute& route = table.partitions[at];
  const Partition& partition = table.record.partitions(static_cast<int>(at));
  std::string replicas;
  for (const ReplicaId id : catalog::ReplicasOf(partition)) {
    bool joining = false;
    bool leaving = false;
    for (const auto& replica : partition.replicas()) {
      if (ReplicaId(replica.id()) != id) continue;
      joining = replica.joining();
      leaving = replica.leaving();
    }
    if (!replicas.empty()) replicas.push_back(',');
    replicas += fmt::format(R"({{"node":{},"voter":{},"leaving":{}}})", NodeOf(id).value, !joining,
                            leaving);
  }
  return fmt::format(
      R"({{"account":{},"table":{},"group":{},"first_hash":"{:016x}","last_hash":"{:016x}","leader":{},"replicas":[{}]}})",
      Quoted(table.record.account()), Quoted(table.record.name()), route.group.value,
      route.first_hash, route.last_hash, LeaderOf(route), replicas);
}

// What a node has, counted over all partitions.
struct Holdings {
  int replicas = 0;
  int leads = 0;
};

std::map<NodeId, Holdings> CountHoldings(const catalog::View& view) {
  std::map<NodeId, Holdings> holdings;
  for (const auto& [key, table] : view.tables) {
    for (const Partition& partition : table->record.partitions()) {
      for (const ReplicaId id : catalog::ReplicasOf(partition)) ++holdings[NodeOf(id)].replicas;
    }
    for (const catalog::PartitionRoute& route : table->partitions) {
      ++holdings[NodeId(LeaderOf(route))].leads;
    }
  }
  return holdings;
}

std::string NodeJson(const catalog::NodeRecord& node, bool away, Holdings holdings,
                     LevelRange spoken) {
  return fmt::format(
      R"({{"id":{},"state":"{}","away":{},"zone":{},"replicas":{},"leads":{},"peer_address":{},"endpoint":{},"admin_endpoint":{},"oldest_version":{},"newest_version":{}}})",
      node.id(), NameOf(node.state()), away, Quoted(node.zone()), holdings.replicas, holdings.leads,
      Quoted(node.peer_address()), Quoted(node.endpoint()), Quoted(node.admin_endpoint()),
      spoken.oldest, spoken.newest);
}

}  // namespace

std::string ClusterPage(const ClusterState& state) {
  std::map<NodeId, Holdings> holdings = CountHoldings(state.view);
  std::string nodes;
  for (const auto& [id, node] : state.view.nodes) {
    if (!nodes.empty()) nodes.push_back(',');
    nodes += NodeJson(node.record, id != state.self && state.is_away(id), holdings[id],
                      catalog::SpokenBy(state.view.cluster, id));
  }
  std::string partitions;
  for (const auto& [key, table] : state.view.tables) {
    for (size_t i = 0; i < table->partitions.size(); ++i) {
      if (!partitions.empty()) partitions.push_back(',');
      partitions += PartitionJson(*table, i);
    }
  }
  std::string waits;
  for (const std::string& wait : catalog::LevelWaitsFor(state.view)) {
    waits += (waits.empty() ? "" : ",") + Quoted(wait);
  }
  return fmt::format(
      R"({{"self":{},"catalog_leader":{},"version":{},"version_hold":{},"version_waits_for":[{}],"nodes":[{}],"partitions":[{}]}})"
      "\n",
      state.self.value, state.catalog_leader.value, catalog::ActiveLevel(state.view.cluster),
      state.view.cluster.level_hold(), waits, nodes, partitions);
}

}  // namespace skerry::node
