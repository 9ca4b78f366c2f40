// What is done for a table, on every node: its replicas here are made and ended as the view says;
// and, by the catalog's leader, its state moves on. Each step may have been done before a crash or
// by another leader, so each can be done again.

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "server/catalog/catalog.h"

namespace skerry::catalog {

namespace {

using proto::catalog::v1::TABLE_STATUS_ACTIVE;
using proto::catalog::v1::TABLE_STATUS_CREATING;
using proto::catalog::v1::TABLE_STATUS_DELETING;

constexpr Duration kFirstPause = std::chrono::milliseconds(20);
constexpr Duration kPauseMax = std::chrono::seconds(1);
constexpr Duration kSettledWithin = std::chrono::seconds(10);
// Between two looks whether a new group has a leader.
constexpr Duration kElectionPause = std::chrono::milliseconds(10);
constexpr Duration kElectionPauseMax = std::chrono::milliseconds(200);
constexpr int kElectionLooks = 40;

// What fails so may go well later.
bool Passes(StatusCode code) {
  switch (code) {
    case StatusCode::kResourceExhausted:
    case StatusCode::kStorageFull:
    case StatusCode::kUnavailable:
    case StatusCode::kDeadlineExceeded:
    case StatusCode::kOutcomeUnknown:
    case StatusCode::kAborted:
      return true;
    default:
      return false;
  }
}

}  // namespace

// --------------------------------------------------------------------------------------- waiting

Task<void> Catalog::Settled(TablePtr changed) {
  if (options_.transition_delay > Duration::zero()) co_return;
  co_await SwitchTo(home());
  const std::string key = View::KeyOf(changed->record.account(), changed->record.name());
  const TablePtr now = view()->Find(changed->record.account(), changed->record.name());
  // Not there yet is a view that is behind; another one, or another state, is what comes after.
  const bool deleting = changed->record.status() == TABLE_STATUS_DELETING;
  if (now == nullptr && deleting) co_return;
  if (now != nullptr && now->version >= changed->version &&
      (now->record.id() != changed->record.id() ||
       now->record.status() != changed->record.status())) {
    co_return;
  }
  auto waiter = std::make_shared<Settling>();
  waiter->table_id = changed->record.id();
  waiter->status = changed->record.status();
  co_await AwaitCallback<bool>([&](auto done) {
    waiter->done = [done = std::move(done)]() mutable { done(true); };
    settling_.emplace(key, waiter);
    home().PostAfter(kSettledWithin, [weak = std::weak_ptr<Settling>(waiter)] {
      const auto late = weak.lock();
      if (late && late->done) std::exchange(late->done, nullptr)();
    });
  });
  for (auto [it, end] = settling_.equal_range(key); it != end; ++it) {
    if (it->second != waiter) continue;
    settling_.erase(it);
    break;
  }
}

// Those whose table has left its state; with `all` also the others.
void Catalog::EndWaits(const std::string& key, bool all) {
  const auto found = view()->tables.find(key);
  const TablePtr table = found == view()->tables.end() ? nullptr : found->second;
  std::vector<std::shared_ptr<Settling>> ended;
  for (auto [it, end] = settling_.equal_range(key); it != end; ++it) {
    const Settling& waiter = *it->second;
    const bool same = table != nullptr && table->record.id() == waiter.table_id &&
                      table->record.status() == waiter.status;
    const bool not_yet = table == nullptr && waiter.status == TABLE_STATUS_CREATING;
    if (all || (!same && !not_yet)) ended.push_back(it->second);
  }
  for (const auto& waiter : ended) {
    // Posted: whoever is resumed may change what is being walked over.
    if (waiter->done) home().Post(std::exchange(waiter->done, nullptr));
  }
}

void Catalog::WhenIdle(absl::AnyInvocable<void()> done) {
  home().Post([this, done = std::move(done)]() mutable {
    stopping_ = true;
    idle_waiters_.push_back(std::move(done));
    WakeIdleWaiters();
  });
}

void Catalog::WakeIdleWaiters() {
  if (!jobs_.empty() || becoming_current_ || controlling_ || looking_) return;
  for (auto& done : std::exchange(idle_waiters_, {})) done();
}

// ------------------------------------------------------------------------------------------ jobs

void Catalog::TendToAll() {
  if (!current_) return;
  const std::shared_ptr<const View> now = view();
  for (const auto& [key, table] : now->tables) TendTo(key);
  for (const auto& [key, replicas] : here_) {
    if (!now->tables.contains(key)) TendTo(key);
  }
}

void Catalog::TendTo(const std::string& key) {
  if (!current_) return;
  const auto [job, fresh] = jobs_.try_emplace(key);
  if (!fresh) {
    job->second.again = true;
    return;
  }
  Spawn(Tend(key), [this, key] {
    // Jobs end on the catalog's executor.
    jobs_.erase(key);
    WakeIdleWaiters();
  });
}

// A node that stops does not wait for what does not go well: the next start finds it and does it.
Task<void> Catalog::Tend(std::string key) {
  Duration pause = kFirstPause;
  while (true) {
    jobs_.at(key).again = false;
    const Status status = co_await TendOnce(key);
    co_await SwitchTo(home());
    if (status.ok()) {
      if (!jobs_.at(key).again) co_return;
      pause = kFirstPause;
      continue;
    }
    if (jobs_.at(key).again && status.code() == StatusCode::kAborted) continue;
    if (!Passes(status.code())) {
      LogError("a table cannot be brought further",
               {{"table", key.substr(key.find('\0') + 1)}, {"error", status.ToString()}});
      EndWaits(key, /*all=*/true);
      co_return;
    }
    if (stopping_) co_return;
    EndWaits(key, /*all=*/true);  // it may be long in coming
    co_await Sleep(home(), pause);
    pause = std::min(pause * 2, kPauseMax);
    if (stopping_) co_return;
  }
}

Task<Status> Catalog::TendOnce(const std::string& key) {
  const auto find = [this, &key]() -> TablePtr {
    const std::shared_ptr<const View> now = view();
    const auto found = now->tables.find(key);
    return found == now->tables.end() ? nullptr : found->second;
  };
  TablePtr table = find();
  const bool moves = table != nullptr && !table->readable();
  if (moves && options_.transition_delay > Duration::zero() && !jobs_.at(key).delayed) {
    jobs_.at(key).delayed = true;
    co_await Sleep(home(), options_.transition_delay);
    table = find();
  }
  // What a split has left half made is made first: only then may anything of it end.
  Status status = co_await MakeChildren(key);
  co_await SwitchTo(home());
  if (!status.ok()) co_return status;
  status = co_await EndReplicas(key, table);
  co_await SwitchTo(home());
  if (!status.ok() || table == nullptr) co_return status;
  if (table->record.status() != TABLE_STATUS_DELETING) {
    status = co_await MakeReplicas(key, table);
    co_await SwitchTo(home());
    if (!status.ok()) co_return status;
    co_await TendToSplits(key);
    co_await SwitchTo(home());
    table = find();
    if (table == nullptr) co_return OkStatus();
  }
  if (!leads()) co_return OkStatus();
  if (table->record.status() == TABLE_STATUS_DELETING) co_return co_await Erase(table);
  if (table->record.status() != TABLE_STATUS_CREATING) co_return OkStatus();
  status = co_await AwaitLeaders(table);
  co_await SwitchTo(home());
  if (!status.ok()) co_return status;
  TableRecord record = table->record;
  record.set_status(TABLE_STATUS_ACTIVE);
  jobs_.at(key).delayed = false;
  const Result<TablePtr> active = co_await Write(std::move(record), table->version);
  co_return active.status();
}

// Those that the table does not have here (any more).
Task<Status> Catalog::EndReplicas(const std::string& key, const TablePtr& table) {
  const auto found = here_.find(key);
  if (found == here_.end()) co_return OkStatus();
  const std::map<GroupId, ReplicaId> wanted = WantedHere(key, table);
  const std::map<GroupId, Here> replicas = found->second;
  for (const auto& [group, here] : replicas) {
    const auto stays = wanted.find(group);
    if (stays != wanted.end() && (stays->second == here.id || stays->second == kAnyReplica)) {
      continue;
    }
    Status ended = co_await replicas_.Destroy(here.replica);
    co_await SwitchTo(home());
    if (!ended.ok()) co_return ended;
    here_[key].erase(group);
    PublishReplica(key, group, nullptr);
  }
  if (here_[key].empty()) here_.erase(key);
  co_return OkStatus();
}

bool Catalog::HasParentHere(const Table& table, GroupId group,
                            const std::map<GroupId, Here>& here) {
  for (const auto& parent : table.record.split_partitions()) {
    const bool child =
        parent.split().lower_group() == group.value || parent.split().upper_group() == group.value;
    const auto found = here.find(GroupId(parent.group()));
    if (!child || found == here.end()) continue;
    const auto seal = found->second.replica->seal();
    return !seal || !seal->children_made;
  }
  return false;
}

Task<Status> Catalog::MakeReplicas(const std::string& key, const TablePtr& table) {
  for (const auto& partition : table->record.partitions()) {
    const GroupId group(partition.group());
    const ReplicaId id = ReplicaOf(partition, self());
    const auto here = here_.find(key);
    if (id.value == 0 || (here != here_.end() && here->second.contains(group))) continue;
    // It comes of its parent, which has still to apply the split.
    if (here != here_.end() && HasParentHere(*table, group, here->second)) continue;
    Result<std::shared_ptr<replica::Replica>> replica = co_await MakeReplica(table, partition, id);
    co_await SwitchTo(home());
    if (!replica.ok()) co_return replica.status();
    here_[key][group] = {id, *replica};
    PublishReplica(key, group, *replica);
  }
  co_return OkStatus();
}

Task<Result<std::shared_ptr<replica::Replica>>> Catalog::MakeReplica(
    TablePtr table, const proto::catalog::v1::Partition& partition, ReplicaId id) {
  const GroupId group(partition.group());
  if (replicas_.host().Knows(group)) co_return co_await replicas_.Open(group, table->schema);
  raft::Configuration members;
  // Once the table is there, its groups have begun: who comes later waits to be told everything.
  if (table->record.status() == TABLE_STATUS_CREATING) members.voters = ReplicasOf(partition);
  const bool only = members.IsOneVoter(id);
  Result<std::shared_ptr<replica::Replica>> replica =
      co_await replicas_.CreateMember(group, id, std::move(members), table->schema);
  if (replica.ok() && only) co_await (*replica)->WhenReady();
  co_return replica;
}

// A new group's first replica stands for election at once, and then the others in turn, until
// enough of them are there to vote. (One alone could stand for ever in the way of those whose logs
// have more, if the group had a leader before.)
Task<Status> Catalog::AwaitLeaders(const TablePtr& table) {
  for (const PartitionRoute& route : table->partitions) {
    if (route.nodes.size() < 2 && route.replica != nullptr && route.replica->ready()) continue;
    Duration pause = kElectionPause;
    Status status = Unavailable("the group has no leader yet");
    for (int look = 0; look < kElectionLooks && leads() && !stopping_; ++look) {
      const Result<forwarding::GroupStatus> group =
          co_await groups_.Describe(route, /*confirm=*/false);
      status = group.status();
      if (status.ok()) break;
      const Status campaign = co_await groups_.Campaign(
          route, route.nodes[static_cast<size_t>(look) % route.nodes.size()]);
      (void)campaign;  // the next look shows what came of it
      co_await SwitchTo(home());
      co_await Sleep(home(), pause);
      pause = std::min(pause * 2, kElectionPauseMax);
    }
    if (!status.ok()) co_return status;
  }
  co_return OkStatus();
}

}  // namespace skerry::catalog
