// What the catalog's leader does over and over: it moves replicas and leaderships between nodes.

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "server/catalog/catalog.h"
#include "server/catalog/placement.h"

namespace skerry::catalog {
namespace {

using proto::catalog::v1::NODE_STATE_REMOVED;
using proto::catalog::v1::Partition;

constexpr Duration kControlEvery = std::chrono::milliseconds(100);
constexpr Duration kBalanceEvery = std::chrono::seconds(1);
// A learner that lacks no more than this may vote: what is left takes less than a round trip.
constexpr uint64_t kCaughtUpEntries = 100;
// Partitions that get or lose a replica at the same time: each new one is sent everything.
constexpr int kMovesMax = 8;
// Those of them for the sake of balance.
constexpr int kRebalancesMax = 2;
// A node that was removed is told so by the catalog itself before it is left out of its group.
constexpr Duration kToldOfRemoval = std::chrono::seconds(2);
// A leadership that would not go is left where it is for so long.
constexpr Duration kLeaderStays = std::chrono::seconds(10);
// Leaders of which nothing is known here and that are asked for in one go.
constexpr int kLeadersAsked = 16;

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
    if (all_there || Holds(want, id)) continue;
    Insert(id, &next.voters);
    std::erase(next.learners, id);
  }
  if (next.voters.empty()) return now;
  return next;
}

// Who is to lead instead of a leader that loses its vote: of those that keep theirs and are there
// the one that has the most.
std::optional<ReplicaId> SuccessorIn(const forwarding::GroupStatus& status,
                                     const raft::Configuration& next, const Situation& now) {
  if (next.IsVoter(status.leader)) return std::nullopt;
  std::optional<std::pair<LogIndex, ReplicaId>> best;
  for (const auto& member : status.members) {
    if (!next.IsVoter(member.replica) || !status.configuration.IsVoter(member.replica)) continue;
    if (now.away.contains(NodeOf(member.replica))) continue;
    const std::pair rank(member.match, member.replica);
    if (!best || rank > *best) best = rank;
  }
  if (!best) return std::nullopt;
  return best->second;
}

}  // namespace

// While this node leads the catalog: one small step for everything that is not as it should be,
// over and over.
Task<void> Catalog::Control() {
  watch_.Forget();
  while (leads() && !stopping_) {
    const std::shared_ptr<const View> seen = view();
    const Situation now = LookAtNodes(*seen);
    Status status = OkStatus();
    if (level_known_) status = co_await TendToLevel();
    co_await SwitchTo(home());
    if (current_) status = co_await TendToCatalogGroup(now);
    co_await SwitchTo(home());
    if (current_ && status.ok()) status = co_await TendToPartitions(now);
    co_await SwitchTo(home());
    if (current_ && status.ok() && view() == seen) status = co_await Balance(now);
    co_await SwitchTo(home());
    co_await Sleep(home(), kControlEvery);
  }
  controlling_ = false;
  if (!stopping_) OnLeadership();  // it may have come back meanwhile
  WakeIdleWaiters();
}

// `seen` outlives what is returned.
Situation Catalog::LookAtNodes(const View& seen) {
  const MonotonicTime time = home().clock().Now();
  Situation now{seen, options_.replication_factor};
  for (const auto& [id, node] : seen.nodes) {
    const bool removed = node.record.state() == NODE_STATE_REMOVED;
    if (removed) removed_since_.try_emplace(id, time);
    if (!removed) watch_.Look(time, id, id == self() || replicas_.host().Hears(id));
  }
  watch_.Tell(time, &now);
  return now;
}

// Every node has a replica of the catalog; the first few vote.
Task<Status> Catalog::TendToCatalogGroup(Situation now) {
  const Result<forwarding::GroupStatus> status =
      co_await groups_.Describe(location_, /*confirm=*/false);
  co_await SwitchTo(home());
  if (!status.ok()) co_return status.status();
  const raft::Configuration& members = status->configuration;
  if (members.IsJoint()) co_return OkStatus();
  const MonotonicTime time = home().clock().Now();
  std::vector<ReplicaId> voters;
  std::vector<ReplicaId> others;
  for (const auto& [id, node] : now.view.nodes) {
    const ReplicaId replica = CatalogReplicaOn(id);
    const bool removed = node.record.state() == NODE_STATE_REMOVED;
    if (removed && (!members.Contains(replica) || time - removed_since_.at(id) >= kToldOfRemoval)) {
      continue;
    }
    (members.IsVoter(replica) ? voters : others).push_back(replica);
  }
  const std::vector<ReplicaId> want = CatalogVotersOf(now, voters, others);
  std::vector<ReplicaId> learners;
  for (const std::vector<ReplicaId>& list : {voters, others}) {
    for (const ReplicaId id : list) {
      if (!Holds(want, id)) Insert(id, &learners);
    }
  }
  // One vote has no use for a second before there is a third: both at once.
  raft::Configuration next = Step(*status, want, learners);
  if (next.voters.size() % 2 == 0 && next.voters.size() < want.size()) {
    for (const ReplicaId id : std::vector<ReplicaId>(next.voters)) {
      if (members.IsVoter(id)) continue;
      std::erase(next.voters, id);
      Insert(id, &next.learners);
    }
  }
  if (next == members) co_return OkStatus();
  const std::optional<ReplicaId> successor = SuccessorIn(*status, next, now);
  if (successor) co_return co_await groups_.TransferLeadership(location_, *successor);
  co_return co_await groups_.Change(location_, members, next);
}

Task<Status> Catalog::TendToPartitions(Situation now) {
  const std::shared_ptr<const View> seen = view();
  int moves = 0;
  // What is under way comes before what is new.
  for (const bool begins : {false, true}) {
    for (const auto& [key, table] : seen->tables) {
      if (!table->readable()) continue;
      for (int i = 0; i < table->record.partitions_size(); ++i) {
        const Partition& partition = table->record.partitions(i);
        // What is split begins where it was.
        if (IsSplitting(table->record, partition)) continue;
        if (IsSettled(partition) != begins) continue;
        if (begins && (moves >= kMovesMax || !NextMove(now, partition))) continue;
        ++moves;
        // One that does not get on is no reason for the others to wait.
        const Status moved = co_await MovePartition(now, table, i);
        co_await SwitchTo(home());
        if (!moved.ok() && !leads()) co_return moved;
        if (view() != seen) co_return OkStatus();  // plans are made anew
      }
    }
  }
  co_return OkStatus();
}

// Puts the partition's replicas in another state, on the condition that the table is as it was.
Task<Status> Catalog::WritePartition(TablePtr table, int at, Partition partition) {
  TableRecord record = table->record;
  *record.mutable_partitions(at) = std::move(partition);
  const Result<TablePtr> written = co_await Write(std::move(record), table->version);
  co_return written.status();
}

// The next step of one partition: first the record says what is to be, then the group does it, then
// the record says that it is.
Task<Status> Catalog::MovePartition(Situation now, TablePtr table, int at) {
  Partition partition = Explicit(table->record.partitions(at));
  if (const std::optional<Move> move = NextMove(now, partition)) {
    Begin(*move, &partition);
    co_return co_await WritePartition(table, at, std::move(partition));
  }
  const PartitionRoute& route = table->partitions[static_cast<size_t>(at)];
  const Result<forwarding::GroupStatus> status = co_await groups_.Describe(route, /*confirm=*/true);
  if (!status.ok()) co_return status.status();
  const raft::Configuration& members = status->configuration;
  if (members.IsJoint()) co_return OkStatus();
  auto* replicas = partition.mutable_replicas();
  const std::optional<ReplicaId> stranded = Stranded(now, partition);
  if (stranded && !members.IsVoter(*stranded)) {
    for (auto& replica : *replicas) replica.set_leaving(ReplicaId(replica.id()) == *stranded);
    co_return co_await WritePartition(table, at, std::move(partition));
  }
  // One that the group knows no more, while the record has it stay, was removed for good by a
  // leader of the catalog whose plan was given up meanwhile.
  bool changed = false;
  for (int i = replicas->size() - 1; i >= 0; --i) {
    const auto& replica = replicas->Get(i);
    if (replica.joining() || replica.leaving() || members.Contains(ReplicaId(replica.id()))) {
      continue;
    }
    replicas->DeleteSubrange(i, 1);
    changed = true;
  }
  std::vector<ReplicaId> want;
  for (const auto& replica : *replicas) {
    if (!replica.leaving()) Insert(ReplicaId(replica.id()), &want);
  }
  const raft::Configuration next = Step(*status, want, {});
  if (!changed && !(next == members)) {
    const std::optional<ReplicaId> successor = SuccessorIn(*status, next, now);
    if (successor) co_return co_await groups_.TransferLeadership(route, *successor);
    co_return co_await groups_.Change(route, members, next);
  }
  // The group is as it should be, but for who still has to catch up.
  for (int i = replicas->size() - 1; i >= 0; --i) {
    const ReplicaId id(replicas->Get(i).id());
    if (replicas->Get(i).joining() && members.IsVoter(id)) {
      replicas->Mutable(i)->set_joining(false);
      changed = true;
    } else if (replicas->Get(i).leaving() && !members.Contains(id)) {
      replicas->DeleteSubrange(i, 1);
      changed = true;
    }
  }
  if (!changed) co_return OkStatus();
  co_return co_await WritePartition(table, at, std::move(partition));
}

// ------------------------------------------------------------------------------------- balance

// Only where nothing is amiss: nobody away, nothing that a partition needs.
Task<Status> Catalog::Balance(Situation now) {
  const MonotonicTime time = home().clock().Now();
  if (time < next_balance_) co_return OkStatus();
  next_balance_ = time + kBalanceEvery;
  const std::shared_ptr<const View> seen = view();
  int under_way = 0;
  for (const auto& [key, table] : seen->tables) {
    for (const Partition& partition : table->record.partitions()) {
      under_way += IsSettled(partition) ? 0 : 1;
    }
  }
  if (now.away.empty() && under_way < kRebalancesMax) {
    if (const std::optional<Rebalance> better = NextRebalance(now)) {
      const TablePtr table = seen->tables.at(better->table);
      Partition partition = Explicit(table->record.partitions(better->partition));
      Begin(better->move, &partition);
      co_return co_await WritePartition(table, better->partition, std::move(partition));
    }
  }
  co_return co_await BalanceLeaders(now);
}

// One leadership a time.
Task<Status> Catalog::BalanceLeaders(Situation now) {
  const MonotonicTime time = home().clock().Now();
  std::erase_if(leaders_stay_, [time](const auto& entry) { return entry.second <= time; });
  std::set<GroupId> except;
  for (const auto& [group, until] : leaders_stay_) except.insert(group);
  std::vector<LeaderOf> leaders;
  int asked = 0;
  for (const auto& [key, table] : now.view.tables) {
    if (!table->readable()) continue;
    for (int i = 0; i < table->record.partitions_size(); ++i) {
      const PartitionRoute& route = table->partitions[static_cast<size_t>(i)];
      if (IsSplitting(table->record, table->record.partitions(i))) except.insert(route.group);
      NodeId leader(route.leader->load(std::memory_order_relaxed));
      if (route.replica != nullptr && route.replica->leader().value != 0) {
        leader = NodeOf(route.replica->leader());
      } else if (asked < kLeadersAsked && (leader.value == 0 || now.away.contains(leader))) {
        ++asked;
        const auto status = co_await groups_.Describe(route, /*confirm=*/false);
        co_await SwitchTo(home());
        leader = status.ok() ? NodeOf(status->leader) : NodeId(0);
      }
      leaders.push_back({key, i, route.group, leader});
    }
  }
  const std::optional<LeaderMove> move = NextLeaderMove(now, leaders, except);
  if (!move) co_return OkStatus();
  const TablePtr table = now.view.tables.at(move->table);
  const PartitionRoute& route = table->partitions[static_cast<size_t>(move->partition)];
  const Status moved = co_await groups_.TransferLeadership(route, move->to);
  co_await SwitchTo(home());
  if (!moved.ok()) leaders_stay_[route.group] = time + kLeaderStays;
  co_return OkStatus();
}

}  // namespace skerry::catalog
