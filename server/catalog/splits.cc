// A partition that has grown too large becomes two. Its record says first that it is to (a plan,
// with the groups that come after it); its group's leader does it, whoever that is by then; each
// node makes its replicas of the children when its own of the parent has applied the split; the
// leader writes what came of it into the record; and when every replica has done so the parent
// ends. Each step is found again in the record or in the parent's own state, wherever a crash or a
// change of leaders came between.

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"
#include "server/catalog/catalog.h"

namespace skerry::catalog {
namespace {

using proto::catalog::v1::Partition;

// A member that has not applied the split by then gets its replicas of the children from the
// others, as a new one does.
constexpr Duration kParentKeptFor = std::chrono::seconds(60);
constexpr Duration kLetBeFor = std::chrono::seconds(60);

uint64_t BytesOf(const replica::Replica& replica) {
  int64_t bytes = replica.statistics(0).bytes;
  for (const partition::LocalIndex& index : replica.schema().local_indexes) {
    bytes += replica.statistics(index.id).bytes;
  }
  return static_cast<uint64_t>(std::max<int64_t>(bytes, 0));
}

// The child's replicas have the ids of the parent's on the same nodes; that of a node that was
// never in a cluster is its group's.
replica::SplitPlan::Child ChildOf(const Partition& parent, uint64_t group,
                                  const raft::Configuration& members) {
  replica::SplitPlan::Child child{.group = GroupId(group), .members = members};
  if (members.IsOneVoter(ReplicaId(parent.group()))) child.members.voters = {ReplicaId(group)};
  return child;
}

Partition RecordOf(const Partition& parent, const proto::command::v1::SplitChild& child) {
  Partition record;
  record.set_group(child.group());
  record.set_last_number(parent.last_number());
  if (parent.replicas().empty() && child.voters_size() == 1 && child.voters(0) == child.group()) {
    return record;
  }
  for (const uint64_t voter : child.voters()) record.add_replicas()->set_id(voter);
  for (const uint64_t learner : child.learners()) {
    auto* replica = record.add_replicas();
    replica->set_id(learner);
    replica->set_joining(true);
  }
  return record;
}

int FindPartition(const TableRecord& record, GroupId group) {
  for (int i = 0; i < record.partitions_size(); ++i) {
    if (record.partitions(i).group() == group.value) return i;
  }
  return -1;
}

bool IsUnderWay(const TableRecord& record) {
  return record.split_partitions_size() > 0 ||
         std::any_of(record.partitions().begin(), record.partitions().end(),
                     [](const Partition& partition) { return partition.has_split(); });
}

}  // namespace

Executor& Catalog::reader() const { return options_.reader == nullptr ? home() : *options_.reader; }

// ---------------------------------------------------------------------------------------- plans

void Catalog::LookAgainLater() {
  home().PostAfter(options_.look_every, [this, alive = alive_] {
    if (!*alive || stopping_) return;
    looking_ = true;
    Spawn(Look(), [this] {
      looking_ = false;
      WakeIdleWaiters();
      LookAgainLater();
    });
  });
}

// Leaders change without a word to the catalog: what is under way is tended to at each look.
Task<void> Catalog::Look() {
  if (level_known_ && !unfit_) {
    const Status reported = co_await ReportLevels();
    co_await SwitchTo(home());
    if (!reported.ok() && reported.code() != StatusCode::kAborted &&
        reported.code() != StatusCode::kUnavailable) {
      LogWarning("what this node speaks cannot be reported", {{"error", reported.ToString()}});
    }
  }
  const std::shared_ptr<const View> now = view();
  for (const auto& [key, table] : now->tables) {
    if (IsUnderWay(table->record)) TendTo(key);
    if (options_.split_bytes == 0 || !May(Feature::kSplits)) continue;
    if (!table->readable() || stopping_) continue;
    const Status planned = co_await PlanSplits(table);
    co_await SwitchTo(home());
    if (!planned.ok() && planned.code() != StatusCode::kAborted) {
      LogWarning("a split cannot be planned",
                 {{"table", table->record.name()}, {"error", planned.ToString()}});
    }
  }
}

// Of what this node leads. One of a table at a time: the next look finds the others.
Task<Status> Catalog::PlanSplits(TablePtr table) {
  for (size_t i = 0; i < table->partitions.size(); ++i) {
    const PartitionRoute& route = table->partitions[i];
    const Partition& partition = table->record.partitions(static_cast<int>(i));
    if (route.replica == nullptr || !route.replica->ready()) continue;
    if (IsSplitting(table->record, partition) || !IsSettled(partition)) continue;
    if (BytesOf(*route.replica) <= options_.split_bytes) continue;
    const auto let_be = let_be_until_.find(route.group);
    if (let_be != let_be_until_.end() && home().clock().Now() < let_be->second) continue;
    co_await SwitchTo(reader());
    const Result<uint64_t> middle = route.replica->FindMiddle();
    co_await SwitchTo(home());
    if (!middle.ok()) {
      let_be_until_[route.group] = home().clock().Now() + kLetBeFor;
      if (middle.status().code() == StatusCode::kFailedPrecondition) continue;
      co_return middle.status();
    }
    const Result<TablePtr> planned = co_await Split(table, route.group, *middle);
    co_return planned.status();
  }
  co_return OkStatus();
}

Task<Result<TablePtr>> Catalog::Split(TablePtr seen, GroupId group,
                                      std::optional<uint64_t> last_hash) {
  co_await SwitchTo(home());
  const int at = FindPartition(seen->record, group);
  if (at < 0) co_return NotFound("the table has no partition " + std::to_string(group.value));
  if (!May(Feature::kSplits)) {
    co_return FailedPrecondition(
        "partitions are split from cluster version 2 on: see `skerry cluster version`");
  }
  ++plans_under_way_;
  Result<TablePtr> planned = co_await PlanSplit(std::move(seen), at, last_hash);
  co_await SwitchTo(home());
  --plans_under_way_;
  co_return planned;
}

Task<Result<TablePtr>> Catalog::PlanSplit(TablePtr seen, int at,
                                          std::optional<uint64_t> last_hash) {
  TableRecord record = seen->record;
  Partition* partition = record.mutable_partitions(at);
  if (!seen->readable()) co_return FailedPrecondition("the table is not ACTIVE");
  if (IsSplitting(record, *partition)) {
    co_return FailedPrecondition("the partition is being split");
  }
  if (!IsSettled(*partition)) co_return FailedPrecondition("a replica is being moved");
  if (last_hash && (*last_hash < partition->first_hash() || *last_hash >= partition->last_hash())) {
    co_return InvalidArgument("a partition is split between two of its own hashes");
  }
  const Result<GroupId> lower = co_await NextGroup();
  if (!lower.ok()) co_return lower.status();
  const Result<GroupId> upper = co_await NextGroup();
  if (!upper.ok()) co_return upper.status();
  if (last_hash) partition->mutable_split()->set_last_hash(*last_hash);
  partition->mutable_split()->set_lower_group(lower->value);
  partition->mutable_split()->set_upper_group(upper->value);
  Result<TablePtr> written = co_await Write(std::move(record), seen->version);
  co_return written;
}

// ------------------------------------------------------------------------------- on every node

// The children of this node's replicas of the table whose split is applied.
Task<Status> Catalog::MakeChildren(std::string key) {
  const auto found = here_.find(key);
  if (found == here_.end()) co_return OkStatus();
  const std::map<GroupId, Here> replicas = found->second;
  for (const auto& [group, here] : replicas) {
    const auto seal = here.replica->seal();
    if (!seal || seal->children_made) continue;
    Status made = co_await replicas_.CreateChildren(here.replica);
    co_await SwitchTo(home());
    if (!made.ok()) co_return made;
    for (int i = 0; i < 2; ++i) {
      const auto& child = i == 0 ? seal->split.lower() : seal->split.upper();
      const GroupId id(child.group());
      const std::shared_ptr<replica::Replica> replica = replicas_.Find(id);
      if (replica == nullptr || here_[key].contains(id)) continue;
      co_await SwitchTo(replica->home());
      const ReplicaId own = replica->id();
      co_await SwitchTo(home());
      here_[key][id] = {own, replica};
      PublishReplica(key, id, replica);
    }
  }
  co_return OkStatus();
}

// This node's replicas as the view, or a split that it has not heard of yet, has them.
std::map<GroupId, ReplicaId> Catalog::WantedHere(const std::string& key,
                                                 const TablePtr& table) const {
  std::map<GroupId, ReplicaId> wanted;
  if (table == nullptr || table->record.status() == proto::catalog::v1::TABLE_STATUS_DELETING) {
    return wanted;
  }
  for (const Partition& partition : table->record.partitions()) {
    if (!partition.has_split()) continue;
    wanted[GroupId(partition.split().lower_group())] = kAnyReplica;
    wanted[GroupId(partition.split().upper_group())] = kAnyReplica;
  }
  for (const Partition& parent : table->record.split_partitions()) {
    wanted[GroupId(parent.group())] = ReplicaOf(parent, self());
  }
  for (const Partition& partition : table->record.partitions()) {
    const GroupId group(partition.group());
    wanted[group] = ReplicaOf(partition, self());
    const auto here = here_.find(key);
    if (here == here_.end() || !here->second.contains(group)) continue;
    const auto seal = here->second.at(group).replica->seal();
    if (!seal) continue;
    wanted[GroupId(seal->split.lower().group())] = kAnyReplica;
    wanted[GroupId(seal->split.upper().group())] = kAnyReplica;
  }
  return wanted;
}

// ----------------------------------------------------------------------------- by who leads

// What does not go well is no reason for the rest of the table to wait: the next look tries again.
Task<void> Catalog::TendToSplits(std::string key) {
  const auto found = view()->tables.find(key);
  if (found == view()->tables.end()) co_return;
  const TablePtr table = found->second;
  const auto tell = [&table](const Status& status) {
    if (status.ok() || status.code() == StatusCode::kAborted ||
        status.code() == StatusCode::kUnavailable) {
      return;
    }
    LogWarning("a split does not go on",
               {{"table", table->record.name()}, {"error", status.ToString()}});
  };
  for (int i = 0; i < table->record.partitions_size(); ++i) {
    const PartitionRoute& route = table->partitions[static_cast<size_t>(i)];
    if (route.replica == nullptr || !route.replica->ready()) continue;
    const bool sealed = route.replica->seal().has_value();
    if (!sealed && !table->record.partitions(i).has_split()) continue;
    const Status split = co_await SplitHere(table, i);
    co_await SwitchTo(home());
    tell(split);
    if (split.ok()) co_return;  // the record has changed
  }
  for (int i = 0; i < table->record.split_partitions_size(); ++i) {
    const Status ended = co_await EndParent(table, i);
    co_await SwitchTo(home());
    tell(ended);
    if (ended.ok()) co_return;
  }
}

Task<Status> Catalog::DropPlan(TablePtr table, int at) {
  TableRecord record = table->record;
  record.mutable_partitions(at)->clear_split();
  const Result<TablePtr> written = co_await Write(std::move(record), table->version);
  co_return written.status();
}

Task<Status> Catalog::SplitHere(TablePtr table, int at) {
  const Partition& partition = table->record.partitions(at);
  const std::shared_ptr<replica::Replica> replica =
      table->partitions[static_cast<size_t>(at)].replica;
  if (!replica->seal()) {
    if (!level_known_ && !alone()) co_return Unavailable("the cluster's version is not known yet");
    // The cluster is on its way to a version without splits: what has not begun does not begin.
    if (!May(Feature::kSplits)) co_return co_await DropPlan(std::move(table), at);
    std::optional<uint64_t> last_hash;
    if (partition.split().has_last_hash()) last_hash = partition.split().last_hash();
    if (!last_hash) {
      co_await SwitchTo(reader());
      const Result<uint64_t> middle = replica->FindMiddle();
      co_await SwitchTo(home());
      if (middle.status().code() == StatusCode::kFailedPrecondition) {
        // There is nothing to be cut: the plan goes.
        LogWarning("a partition cannot be split",
                   {{"table", table->record.name()}, {"error", middle.status().ToString()}});
        co_return co_await DropPlan(std::move(table), at);
      }
      if (!middle.ok()) co_return middle.status();
      last_hash = *middle;
    }
    co_await SwitchTo(replica->home());
    const raft::Configuration members = replica->configuration();
    replica::SplitPlan plan;
    plan.last_hash = *last_hash;
    plan.lower = ChildOf(partition, partition.split().lower_group(), members);
    plan.upper = ChildOf(partition, partition.split().upper_group(), members);
    Status split = co_await replica->Split(std::move(plan), reader());
    co_await SwitchTo(home());
    if (!split.ok() && split.code() != StatusCode::kRangeMoved) co_return split;
  }
  // Its own record in the log counts, whatever the plan was when it was made.
  const auto seal = replica->seal();
  if (!seal) co_return Unavailable("the split is not applied here yet");
  Status made = co_await MakeChildren(View::KeyOf(table->record.account(), table->record.name()));
  co_await SwitchTo(home());
  if (!made.ok()) co_return made;
  Status recorded = co_await Record(table, at, *seal);
  co_return recorded;
}

Task<Status> Catalog::Record(TablePtr table, int at, partition::Seal seal) {
  TableRecord record = table->record;
  Partition parent = record.partitions(at);
  parent.mutable_split()->set_last_hash(seal.split.last_hash());
  parent.mutable_split()->set_lower_group(seal.split.lower().group());
  parent.mutable_split()->set_upper_group(seal.split.upper().group());
  record.clear_partitions();
  for (int i = 0; i < table->record.partitions_size(); ++i) {
    if (i != at) {
      *record.add_partitions() = table->record.partitions(i);
      continue;
    }
    Partition* lower = record.add_partitions();
    *lower = RecordOf(parent, seal.split.lower());
    lower->set_first_hash(parent.first_hash());
    lower->set_last_hash(seal.split.last_hash());
    Partition* upper = record.add_partitions();
    *upper = RecordOf(parent, seal.split.upper());
    upper->set_first_hash(seal.split.last_hash() + 1);
    upper->set_last_hash(parent.last_hash());
  }
  *record.add_split_partitions() = std::move(parent);
  const Result<TablePtr> written = co_await Write(std::move(record), table->version);
  co_return written.status();
}

// The parent goes from the record, and then from each node, when its children have leaders and all
// members of theirs are there.
Task<Status> Catalog::EndParent(TablePtr table, int at) {
  const Partition& parent = table->record.split_partitions(at);
  const GroupId group(parent.group());
  const auto key = View::KeyOf(table->record.account(), table->record.name());
  const auto here = here_.find(key);
  if (here == here_.end() || !here->second.contains(group)) co_return Aborted("not here");
  const std::shared_ptr<replica::Replica> replica = here->second.at(group).replica;
  if (!replica->ready() || !replica->seal()) co_return Aborted("another node leads");
  const auto [since, fresh] = awaiting_children_.try_emplace(group, home().clock().Now());
  const bool late = home().clock().Now() - since->second >= kParentKeptFor;
  for (const PartitionRoute& route : table->partitions) {
    if (route.group.value != parent.split().lower_group() &&
        route.group.value != parent.split().upper_group()) {
      continue;
    }
    const Result<forwarding::GroupStatus> status =
        co_await groups_.Describe(route, /*confirm=*/false);
    co_await SwitchTo(home());
    if (!status.ok()) co_return status.status();
    for (const auto& member : status->members) {
      if (member.match.value == 0 && !late) co_return Unavailable("a child is not everywhere yet");
    }
  }
  TableRecord record = table->record;
  record.mutable_split_partitions()->DeleteSubrange(at, 1);
  const Result<TablePtr> written = co_await Write(std::move(record), table->version);
  co_await SwitchTo(home());
  if (written.ok()) awaiting_children_.erase(group);
  co_return written.status();
}

}  // namespace skerry::catalog
