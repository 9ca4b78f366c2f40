// The nodes of a cluster: how it is founded, how nodes join, and how the catalog's leader moves
// replicas between them.

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "server/catalog/catalog.h"
#include "server/catalog/placement.h"
#include "server/catalog/store_items.h"

namespace skerry::catalog {
namespace {

using proto::catalog::v1::NODE_STATE_REMOVED;
using proto::catalog::v1::Partition;

constexpr Duration kControlEvery = std::chrono::milliseconds(100);
// A learner that lacks no more than this may vote: what is left takes less than a round trip.
constexpr uint64_t kCaughtUpEntries = 100;
// Partitions that get or lose a replica at the same time: each new one is sent everything.
constexpr int kMovesMax = 8;

bool Equal(const NodeRecord& a, const NodeRecord& b) {
  return a.peer_address() == b.peer_address() && a.zone() == b.zone() &&
         a.endpoint() == b.endpoint() && a.admin_endpoint() == b.admin_endpoint();
}

bool Holds(const std::vector<ReplicaId>& list, ReplicaId id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

void Insert(ReplicaId id, std::vector<ReplicaId>* list) {
  if (Holds(*list, id)) return;
  list->push_back(id);
  std::sort(list->begin(), list->end());
}

bool CaughtUp(const forwarding::GroupStatus& status, ReplicaId id) {
  for (const auto& member : status.members) {
    if (member.replica == id) {
      return member.match.value > 0 && member.match.value + kCaughtUpEntries >= status.last.value;
    }
  }
  return false;
}

// The group's members as it should have them next, on the way to voters `want` (and, as long as
// they are on their way, those of `joining`): learners first, and votes once they have caught up.
raft::Configuration Step(const forwarding::GroupStatus& status, const std::vector<ReplicaId>& want,
                         const std::vector<ReplicaId>& learners) {
  raft::Configuration next;
  const raft::Configuration& now = status.configuration;
  for (const ReplicaId id : want) {
    if (now.IsVoter(id) || CaughtUp(status, id)) {
      Insert(id, &next.voters);
    } else {
      Insert(id, &next.learners);
    }
  }
  for (const ReplicaId id : learners) Insert(id, &next.learners);
  // Votes are taken from nobody before there are enough others.
  const bool all_there = next.voters.size() >= want.size();
  for (const ReplicaId id : now.voters) {
    if (!all_there && !Holds(want, id) && !Holds(learners, id)) Insert(id, &next.voters);
  }
  if (next.voters.empty()) return now;
  return next;
}

// 0: it was given none, or its record is there.
uint64_t AdmittedAs(const ClusterRecord& cluster, uint64_t identity) {
  for (const auto& admission : cluster.admissions()) {
    if (admission.identity() == identity) return admission.node();
  }
  return 0;
}

// Gives the next id to `identity`; forgets those whose records are there.
ClusterRecord WithAdmission(const View& view, uint64_t identity) {
  ClusterRecord cluster = view.cluster;
  cluster.clear_admissions();
  for (const auto& admission : view.cluster.admissions()) {
    if (!view.nodes.contains(NodeId(admission.node()))) *cluster.add_admissions() = admission;
  }
  cluster.set_last_node(cluster.last_node() + 1);
  auto* admission = cluster.add_admissions();
  admission->set_identity(identity);
  admission->set_node(cluster.last_node());
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
  if (record.state() == NODE_STATE_REMOVED) {
    LogError(
        "this node was removed from the cluster: give it an empty data directory to join again",
        {{"node", std::to_string(self().value)}});
    co_return OkStatus();
  }
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

Task<Result<NodeRecord>> Catalog::Admit(NodeRecord node) {
  if (alone())
    co_return FailedPrecondition("this node is in no cluster: start it with --peer-port");
  co_await SwitchTo(home());
  while (true) {
    Status fresh = co_await Refresh();
    co_await SwitchTo(home());
    if (!fresh.ok()) co_return fresh;
    const std::shared_ptr<const View> now = view();
    for (const auto& [id, known] : now->nodes) {
      if (known.record.identity() != node.identity()) continue;
      if (known.record.state() == NODE_STATE_REMOVED) {
        co_return FailedPrecondition("this node was removed from the cluster");
      }
      co_return known.record;
    }
    // The id is given before the record is written: another request of the same node's, at another
    // node of the cluster, finds it.
    uint64_t id = AdmittedAs(now->cluster, node.identity());
    if (id == 0) {
      ClusterRecord cluster = WithAdmission(*now, node.identity());
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
    options_.cluster->on_peer(id, gone ? std::string() : node.record.peer_address());
  }
}

// --------------------------------------------------------------------------------- control loop

// While this node leads the catalog: one small step for everything that is not as it should be,
// over and over.
Task<void> Catalog::Control() {
  while (leads() && !stopping_) {
    Status status = OkStatus();
    if (current_) status = co_await TendToCatalogGroup();
    co_await SwitchTo(home());
    if (current_ && status.ok()) status = co_await TendToPartitions();
    co_await SwitchTo(home());
    co_await Sleep(home(), kControlEvery);
  }
  controlling_ = false;
  if (!stopping_) OnLeadership();  // it may have come back meanwhile
  WakeIdleWaiters();
}

// Every node has a replica of the catalog; the first few vote.
Task<Status> Catalog::TendToCatalogGroup() {
  const Result<forwarding::GroupStatus> status =
      co_await groups_.Describe(location_, /*confirm=*/false);
  co_await SwitchTo(home());
  if (!status.ok()) co_return status.status();
  const raft::Configuration& now = status->configuration;
  if (now.IsJoint()) co_return OkStatus();
  std::vector<ReplicaId> members;
  for (const auto& [id, node] : view()->nodes) {
    if (node.record.state() == NODE_STATE_REMOVED) continue;
    // The founder's has the number of the group.
    members.push_back(id == NodeId(1) ? ReplicaId(kCatalogGroup.value) : ReplicaOn(id, 1));
  }
  const size_t votes = static_cast<size_t>(CatalogVoters(static_cast<int>(members.size())));
  std::vector<ReplicaId> want;
  std::vector<ReplicaId> learners;
  // Who votes goes on voting.
  for (const ReplicaId id : members) {
    if (now.IsVoter(id) && want.size() < votes) want.push_back(id);
  }
  for (const ReplicaId id : members) {
    if (Holds(want, id)) continue;
    if (want.size() < votes) {
      want.push_back(id);
    } else {
      learners.push_back(id);
    }
  }
  std::sort(want.begin(), want.end());
  // One vote has no use for a second before there is a third: both at once.
  raft::Configuration next = Step(*status, want, learners);
  if (next.voters.size() % 2 == 0 && next.voters.size() < want.size()) {
    for (const ReplicaId id : std::vector<ReplicaId>(next.voters)) {
      if (now.IsVoter(id)) continue;
      std::erase(next.voters, id);
      Insert(id, &next.learners);
    }
  }
  if (next == now) co_return OkStatus();
  co_return co_await groups_.Change(location_, now, next);
}

Task<Status> Catalog::TendToPartitions() {
  const std::shared_ptr<const View> now = view();
  int moves = 0;
  for (const auto& [key, table] : now->tables) {
    if (!table->readable()) continue;
    for (int i = 0; i < table->record.partitions_size() && moves < kMovesMax; ++i) {
      const Partition& partition = table->record.partitions(i);
      // What is split begins where it was.
      if (partition.has_split() || IsFresh(table->record, partition)) continue;
      const bool under_way = std::any_of(partition.replicas().begin(), partition.replicas().end(),
                                         [](const auto& r) { return r.joining() || r.leaving(); });
      if (!under_way && !NextMove(*now, options_.replication_factor, partition)) continue;
      ++moves;
      // One that does not get on is no reason for the others to wait.
      const Status moved = co_await MovePartition(table, i);
      co_await SwitchTo(home());
      if (!moved.ok() && !leads()) co_return moved;
      if (view() != now) co_return OkStatus();  // plans are made anew
    }
  }
  co_return OkStatus();
}

// The next step of one partition: first the record says what is to be, then the group does it, then
// the record says that it is.
Task<Status> Catalog::MovePartition(TablePtr table, int at) {
  TableRecord record = table->record;
  Partition* partition = record.mutable_partitions(at);
  if (partition->replicas().empty()) {
    partition->add_replicas()->set_id(partition->group());
    partition->set_last_number(1);
  }
  const std::optional<Move> move = NextMove(*view(), options_.replication_factor, *partition);
  if (move) {
    if (move->add) {
      partition->set_last_number(partition->last_number() + 1);
      auto* replica = partition->add_replicas();
      replica->set_id(ReplicaOn(*move->add, partition->last_number()).value);
      replica->set_joining(true);
    } else {
      for (auto& replica : *partition->mutable_replicas()) {
        if (ReplicaId(replica.id()) == *move->remove) replica.set_leaving(true);
      }
    }
    const Result<TablePtr> written = co_await Write(std::move(record), table->version);
    co_return written.status();
  }
  const PartitionRoute& route = table->partitions[static_cast<size_t>(at)];
  const Result<forwarding::GroupStatus> status =
      co_await groups_.Describe(route, /*confirm=*/false);
  if (!status.ok()) co_return status.status();
  const raft::Configuration& now = status->configuration;
  if (now.IsJoint()) co_return OkStatus();
  std::vector<ReplicaId> want;
  for (const auto& replica : partition->replicas()) {
    if (!replica.leaving()) Insert(ReplicaId(replica.id()), &want);
  }
  const raft::Configuration next = Step(*status, want, {});
  if (!(next == now)) co_return co_await groups_.Change(route, now, next);
  // The group is as it should be, but for who still has to catch up.
  bool changed = false;
  auto* replicas = partition->mutable_replicas();
  for (int i = replicas->size() - 1; i >= 0; --i) {
    const ReplicaId id(replicas->Get(i).id());
    if (replicas->Get(i).joining() && now.IsVoter(id)) {
      replicas->Mutable(i)->set_joining(false);
      changed = true;
    } else if (replicas->Get(i).leaving() && !now.Contains(id)) {
      replicas->DeleteSubrange(i, 1);
      changed = true;
    }
  }
  if (!changed) co_return OkStatus();
  const Result<TablePtr> written = co_await Write(std::move(record), table->version);
  co_return written.status();
}

}  // namespace skerry::catalog
