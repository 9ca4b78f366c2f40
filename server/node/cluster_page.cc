#include "server/node/cluster_page.h"

#include <fmt/format.h>

#include <atomic>
#include <string_view>

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

std::string NodeJson(const catalog::NodeRecord& node) {
  return fmt::format(
      R"({{"id":{},"state":"{}","zone":{},"peer_address":{},"endpoint":{},"admin_endpoint":{}}})",
      node.id(), NameOf(node.state()), Quoted(node.zone()), Quoted(node.peer_address()),
      Quoted(node.endpoint()), Quoted(node.admin_endpoint()));
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
    bool voter = true;
    for (const auto& replica : partition.replicas()) {
      if (ReplicaId(replica.id()) == id && replica.joining()) voter = false;
    }
    if (!replicas.empty()) replicas.push_back(',');
    replicas += fmt::format(R"({{"node":{},"voter":{}}})", NodeOf(id).value, voter);
  }
  return fmt::format(
      R"({{"account":{},"table":{},"group":{},"first_hash":"{:016x}","last_hash":"{:016x}","leader":{},"replicas":[{}]}})",
      Quoted(table.record.account()), Quoted(table.record.name()), route.group.value,
      route.first_hash, route.last_hash, LeaderOf(route), replicas);
}

}  // namespace

std::string ClusterPage(const catalog::View& view, NodeId self) {
  std::string nodes;
  for (const auto& [id, node] : view.nodes) {
    if (!nodes.empty()) nodes.push_back(',');
    nodes += NodeJson(node.record);
  }
  std::string partitions;
  for (const auto& [key, table] : view.tables) {
    for (size_t i = 0; i < table->partitions.size(); ++i) {
      if (!partitions.empty()) partitions.push_back(',');
      partitions += PartitionJson(*table, i);
    }
  }
  return fmt::format("{{\"self\":{},\"nodes\":[{}],\"partitions\":[{}]}}\n", self.value, nodes,
                     partitions);
}

}  // namespace skerry::node
