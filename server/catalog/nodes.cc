// The nodes of a cluster: how it is founded, how nodes join, and what an operator has done with
// them.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/catalog/catalog.h"
#include "server/catalog/levels.h"
#include "server/catalog/placement.h"
#include "server/catalog/store_items.h"

namespace skerry::catalog {
namespace {

using proto::catalog::v1::NODE_STATE_ACTIVE;
using proto::catalog::v1::NODE_STATE_DRAINING;
using proto::catalog::v1::NODE_STATE_REMOVED;
using proto::catalog::v1::NodeState;

// From its removal a node goes on being one of the others' peers for so long.
constexpr Duration kHearsOfRemoval = std::chrono::seconds(10);

bool Equal(const NodeRecord& a, const NodeRecord& b) {
  return a.peer_address() == b.peer_address() && a.zone() == b.zone() &&
         a.endpoint() == b.endpoint() && a.admin_endpoint() == b.admin_endpoint();
}

// 0: it was given none, or its record is there.
uint64_t AdmittedAs(const ClusterRecord& cluster, uint64_t identity) {
  for (const auto& admission : cluster.admissions()) {
    if (admission.identity() == identity) return admission.node();
  }
  return 0;
}

// Gives the next id to `identity`, whose program speaks that; forgets those whose records are
// there.
ClusterRecord WithAdmission(const View& view, uint64_t identity, LevelRange speaks) {
  ClusterRecord cluster = view.cluster;
  cluster.clear_admissions();
  for (const auto& admission : view.cluster.admissions()) {
    if (!view.nodes.contains(NodeId(admission.node()))) *cluster.add_admissions() = admission;
  }
  cluster.set_last_node(cluster.last_node() + 1);
  auto* admission = cluster.add_admissions();
  admission->set_identity(identity);
  admission->set_node(cluster.last_node());
  SetSpoken(NodeId(cluster.last_node()), speaks, 0, &cluster);
  return cluster;
}

}  // namespace

// ------------------------------------------------------------------------------------ membership

// The first node writes the cluster's record and its own. Its group has one voter or it was founded
// already.
Task<Status> Catalog::Found() {
  co_await SwitchTo(home());
  if (view()->cluster_version > 0) co_return OkStatus();
  co_await store_->WhenReady();
  ClusterRecord cluster;
  cluster.set_id(options_.cluster->cluster_id);
  cluster.set_last_node(self().value);
  cluster.set_level(options_.speaks.newest);
  SetSpoken(self(), options_.speaks, 0, &cluster);
  // The node's own record first: a cluster that is there has its nodes.
  Result<partition::WriteResult> written =
      co_await store_->Write(PutNode(options_.cluster->node, 0));
  if (written.ok()) written = co_await store_->Write(PutCluster(cluster, 0));
  co_await SwitchTo(home());
  co_return written.status();
}

// Addresses and zone are what this process was started with.
Task<Status> Catalog::KeepOwnRecord() {
  const auto found = view()->nodes.find(self());
  SKERRY_CHECK(found != view()->nodes.end());
  NodeRecord record = found->second.record;
  if (record.state() == NODE_STATE_REMOVED) co_return OkStatus();
  const NodeRecord& ours = options_.cluster->node;
  if (Equal(record, ours)) co_return OkStatus();
  record.set_peer_address(ours.peer_address());
  record.set_zone(ours.zone());
  record.set_endpoint(ours.endpoint());
  record.set_admin_endpoint(ours.admin_endpoint());
  const Result<partition::WriteResult> written =
      co_await partitions_.Write(location_, PutNode(record, found->second.version));
  if (written.ok() && written->condition_failed) co_return Aborted("the record has changed");
  co_return written.status();
}

Task<Result<NodeRecord>> Catalog::Admit(NodeRecord node, LevelRange speaks) {
  if (alone())
    co_return FailedPrecondition("this node is in no cluster: start it with --peer-port");
  const bool only_asks = node.id() != 0;
  co_await SwitchTo(home());
  while (true) {
    Status fresh = co_await Refresh();
    co_await SwitchTo(home());
    if (!fresh.ok()) co_return fresh;
    const std::shared_ptr<const View> now = view();
    if (Status fit = CheckSpeaks(now->cluster, speaks); !fit.ok()) co_return fit;
    for (const auto& [id, known] : now->nodes) {
      if (known.record.identity() != node.identity()) continue;
      if (known.record.state() == NODE_STATE_REMOVED) {
        co_return FailedPrecondition("this node was removed from the cluster");
      }
      co_return known.record;
    }
    if (only_asks) co_return FailedPrecondition("this node is none of the cluster's");
    // The id is given before the record is written: another request of the same node's, at another
    // node of the cluster, finds it.
    uint64_t id = AdmittedAs(now->cluster, node.identity());
    if (id == 0) {
      ClusterRecord cluster = WithAdmission(*now, node.identity(), speaks);
      id = cluster.last_node();
      const Result<partition::WriteResult> given =
          co_await partitions_.Write(location_, PutCluster(cluster, now->cluster_version));
      if (!given.ok()) co_return given.status();
      if (given->condition_failed) continue;
    } else if (now->nodes.contains(NodeId(id))) {
      co_return Internal("a node's id was given twice");
    }
    node.set_id(id);
    const Result<partition::WriteResult> written =
        co_await partitions_.Write(location_, PutNode(node, 0));
    if (!written.ok()) co_return written.status();
    if (written->condition_failed) continue;
    co_return node;
  }
}

void Catalog::TellPeers(const View& before, const View& now) {
  for (const auto& [id, node] : now.nodes) {
    if (id == self()) continue;
    const bool gone = node.record.state() == NODE_STATE_REMOVED;
    const auto known = before.nodes.find(id);
    if (known != before.nodes.end() && known->second.version == node.version) continue;
    if (gone && known != before.nodes.end()) {
      // It is to hear of it.
      home().PostAfter(kHearsOfRemoval, [this, id = id, alive = alive_] {
        if (*alive) options_.cluster->on_peer(id, std::string());
      });
      continue;
    }
    options_.cluster->on_peer(id, gone ? std::string() : node.record.peer_address());
  }
}

// ------------------------------------------------------------------------------------ operating

Task<Status> Catalog::ChangeNode(NodeId node,
                                 absl::AnyInvocable<Result<NodeState>() const> decide) {
  if (alone()) co_return FailedPrecondition("this node is in no cluster");
  co_await SwitchTo(home());
  while (true) {
    Status fresh = co_await Refresh();
    co_await SwitchTo(home());
    if (!fresh.ok()) co_return fresh;
    const auto found = view()->nodes.find(node);
    if (found == view()->nodes.end()) {
      co_return NotFound(fmt::format("there is no node {}", node.value));
    }
    const Result<NodeState> state = decide();
    if (!state.ok()) co_return state.status();
    NodeRecord record = found->second.record;
    if (record.state() == *state) co_return OkStatus();
    record.set_state(*state);
    const Result<partition::WriteResult> written =
        co_await partitions_.Write(location_, PutNode(record, found->second.version));
    co_await SwitchTo(home());
    if (!written.ok()) co_return written.status();
    if (!written->condition_failed) co_return OkStatus();
  }
}

Task<Status> Catalog::Drain(NodeId node, bool fewer_replicas) {
  return ChangeNode(node, [this, node, fewer_replicas]() -> Result<NodeState> {
    if (!May(Feature::kDrains)) {
      return FailedPrecondition(
          "nodes are drained from cluster version 2 on: see `skerry cluster version`");
    }
    int others = 0;
    for (const auto& [id, other] : view()->nodes) {
      if (id != node && other.record.state() == NODE_STATE_ACTIVE) ++others;
    }
    if (view()->nodes.at(node).record.state() == NODE_STATE_REMOVED) {
      return FailedPrecondition(fmt::format("node {} was removed", node.value));
    }
    if (others == 0) return FailedPrecondition("there is no other node that could hold anything");
    if (others < options_.replication_factor && !fewer_replicas) {
      return FailedPrecondition(fmt::format(
          "{} other nodes may hold replicas, of which each partition has {}: add nodes first, or "
          "have it go on with fewer (--fewer-replicas)",
          others, options_.replication_factor));
    }
    return NODE_STATE_DRAINING;
  });
}

Task<Status> Catalog::Undrain(NodeId node) {
  return ChangeNode(node, [this, node]() -> Result<NodeState> {
    if (view()->nodes.at(node).record.state() == NODE_STATE_REMOVED) {
      return FailedPrecondition(fmt::format("node {} was removed", node.value));
    }
    return NODE_STATE_ACTIVE;
  });
}

bool Catalog::IsThere(NodeId node) const {
  const auto found = view()->nodes.find(node);
  return found != view()->nodes.end() && found->second.record.state() != NODE_STATE_REMOVED &&
         (node == self() || replicas_.host().Hears(node));
}

// Whether all that has a member on the node can do without it, and has done if it lives.
Status Catalog::MayRemove(NodeId node, const raft::Configuration& catalog_members) const {
  const bool there = IsThere(node);
  if (there && view()->nodes.at(node).record.state() != NODE_STATE_DRAINING) {
    return FailedPrecondition(fmt::format("node {} is there: drain it first", node.value));
  }
  const auto check = [&](const std::vector<ReplicaId>& voters, bool settled,
                         const std::string& what) {
    const bool votes =
        std::any_of(voters.begin(), voters.end(), [&](ReplicaId id) { return NodeOf(id) == node; });
    if (!votes) return OkStatus();
    if (there) {
      return FailedPrecondition(
          fmt::format("node {} is not drained yet: it has a replica of {}", node.value, what));
    }
    if (!settled) {
      return FailedPrecondition(
          fmt::format("a replica of {} is on its way: who votes there is not settled", what));
    }
    const auto alive = std::count_if(voters.begin(), voters.end(), [&](ReplicaId id) {
      return NodeOf(id) != node && IsThere(NodeOf(id));
    });
    if (2 * static_cast<size_t>(alive) > voters.size()) return OkStatus();
    return FailedPrecondition(fmt::format(
        "{} has lost the majority of its replicas, and would never have it back without node {}",
        what, node.value));
  };
  SKERRY_RETURN_IF_ERROR(check(catalog_members.voters, !catalog_members.IsJoint(), "the catalog"));
  for (const auto& [key, table] : view()->tables) {
    // What was split is the children's only way to a node that has not made them yet.
    for (const auto* list : {&table->record.partitions(), &table->record.split_partitions()}) {
      for (const auto& partition : *list) {
        SKERRY_RETURN_IF_ERROR(
            check(ReplicasOf(partition), IsSettled(partition),
                  fmt::format("table {}, partition {}", table->record.name(), partition.group())));
      }
    }
  }
  return OkStatus();
}

Task<Status> Catalog::Remove(NodeId node) {
  if (alone()) co_return FailedPrecondition("this node is in no cluster");
  const Result<forwarding::GroupStatus> group =
      co_await groups_.Describe(location_, /*confirm=*/true);
  if (!group.ok()) co_return group.status();
  const raft::Configuration members = group->configuration;
  absl::AnyInvocable<Result<NodeState>() const> decide = [this, node,
                                                          members]() -> Result<NodeState> {
    if (view()->nodes.at(node).record.state() == NODE_STATE_REMOVED) return NODE_STATE_REMOVED;
    SKERRY_RETURN_IF_ERROR(MayRemove(node, members));
    return NODE_STATE_REMOVED;
  };
  co_return co_await ChangeNode(node, std::move(decide));
}

Task<Status> Catalog::MoveReplica(std::string account, std::string name, GroupId group, NodeId from,
                                  NodeId to) {
  if (alone()) co_return FailedPrecondition("this node is in no cluster");
  co_await SwitchTo(home());
  Status fresh = co_await Refresh();
  co_await SwitchTo(home());
  if (!fresh.ok()) co_return fresh;
  const TablePtr table = view()->Find(account, name);
  if (table == nullptr) co_return NotFound("there is no table " + name);
  for (int i = 0; i < table->record.partitions_size(); ++i) {
    if (table->record.partitions(i).group() != group.value) continue;
    proto::catalog::v1::Partition partition = Explicit(table->record.partitions(i));
    const ReplicaId leaving = ReplicaOf(partition, from);
    if (leaving.value == 0) {
      co_return NotFound(fmt::format("node {} has no replica of it", from.value));
    }
    const auto target = view()->nodes.find(to);
    if (target == view()->nodes.end()) {
      co_return NotFound(fmt::format("there is no node {}", to.value));
    }
    if (ReplicaOf(partition, to).value != 0) {
      co_return FailedPrecondition(fmt::format("node {} has a replica of it", to.value));
    }
    if (target->second.record.state() != NODE_STATE_ACTIVE || !IsThere(to)) {
      co_return FailedPrecondition(fmt::format("node {} is away, or is to hold nothing", to.value));
    }
    if (!table->readable() || !IsSettled(partition)) {
      co_return FailedPrecondition("a replica of it is on its way already");
    }
    if (IsSplitting(table->record, partition)) co_return FailedPrecondition("it is being split");
    Begin({to, leaving}, &partition);
    co_return co_await WritePartition(table, i, std::move(partition));
  }
  co_return NotFound(fmt::format("table {} has no partition {}", name, group.value));
}

}  // namespace skerry::catalog
