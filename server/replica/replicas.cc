#include "server/replica/replicas.h"

#include <utility>

#include "base/planted_bug.h"
namespace skerry::replica {

Task<Result<std::shared_ptr<Replica>>> Replicas::Create(
    GroupId group, std::shared_ptr<const partition::Schema> schema, Owner owner,
    Replica::Observer* observer) {
  const ReplicaId id(group.value);
  raft::Configuration alone;
  alone.voters.push_back(id);
  Result<std::shared_ptr<Replica>> replica =
      co_await CreateMember(group, id, std::move(alone), std::move(schema), owner, observer);
  if (replica.ok()) co_await (*replica)->WhenReady();
  co_return replica;
}

Task<Result<std::shared_ptr<Replica>>> Replicas::CreateMember(
    GroupId group, ReplicaId id, raft::Configuration members,
    std::shared_ptr<const partition::Schema> schema, Owner owner, Replica::Observer* observer) {
  Executor& home = HomeOf(group);
  co_await SwitchTo(home);
  if (!members.IsOneVoter(id)) {
    Status cleared = co_await ClearEarlier(group);
    co_await SwitchTo(home);
    if (!cleared.ok()) co_return std::move(cleared);
  }
  Result<std::unique_ptr<partition::Partition>> partition =
      partition::Partition::Open(engine_, group, std::move(schema));
  if (!partition.ok()) co_return partition.status();
  auto replica =
      std::make_shared<Replica>(std::move(*partition), home, admission_, owner == Owner::kCatalog);
  replica->Observe(observer);
  Hook(*replica);
  Result<group::Group*> created = co_await AwaitCallback<Result<group::Group*>>([&](auto done) {
    host_.CreateGroup(group, id, std::move(members), home, *replica, std::move(done));
  });
  if (!created.ok()) co_return created.status();
  replica->Attach(*created);
  Register(replica);
  co_return replica;
}

// A group that comes back to a node begins there with nothing: what an earlier replica left must be
// gone durably before the log says that the group is here again (safety-rules 3).
Task<Status> Replicas::ClearEarlier(GroupId group) {
  const Result<bool> persisted = partition::Partition::IsPersisted(engine_, group);
  if (!persisted.ok()) co_return persisted.status();
  if (!*persisted || Planted(PlantedBug::kEarlierReplicaKept)) co_return OkStatus();
  if (host_.Knows(group)) {
    co_return AlreadyExists("group " + std::to_string(group.value) + " is on this node");
  }
  Status destroyed = partition::Partition::Destroy(engine_, group);
  if (!destroyed.ok()) co_return destroyed;
  co_return co_await Flush();
}

Task<Status> Replicas::Flush() {
  co_return co_await AwaitCallback<Status>([this](auto done) {
    engine_.FlushAsync(
        [done = std::move(done)](Status status) mutable { done(std::move(status)); });
  });
}

Task<Result<std::shared_ptr<Replica>>> Replicas::Open(
    GroupId group, std::shared_ptr<const partition::Schema> schema, Owner owner,
    Replica::Observer* observer) {
  Executor& home = HomeOf(group);
  co_await SwitchTo(home);
  Result<std::unique_ptr<partition::Partition>> partition =
      partition::Partition::Open(engine_, group, std::move(schema));
  if (!partition.ok()) co_return partition.status();
  auto replica =
      std::make_shared<Replica>(std::move(*partition), home, admission_, owner == Owner::kCatalog);
  Hook(*replica);
  Result<group::Group*> opened = host_.OpenGroup(group, home, *replica);
  if (!opened.ok()) co_return opened.status();
  // What was applied while it was opened is for its owner to read.
  replica->Observe(observer);
  replica->Attach(*opened);
  Register(replica);
  co_return replica;
}

std::shared_ptr<Replica> Replicas::Find(GroupId group) const {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(group);
  return found == open_.end() ? nullptr : found->second;
}

void Replicas::Register(const std::shared_ptr<Replica>& replica) {
  const std::lock_guard lock(mutex_);
  open_[replica->group()] = replica;
}

void Replicas::Hook(Replica& replica) {
  replica.LimitTo(host_.level().spoken().newest);
  if (on_split_) replica.WhenSplit([this, group = replica.group()] { on_split_(group); });
}

Task<Status> Replicas::CreateChildren(std::shared_ptr<Replica> parent) {
  const auto seal = parent->seal();
  if (!seal || seal->children_made) co_return OkStatus();
  if (!parent->BeginChildren()) co_return Aborted("the children of this split are being made");
  Status status;
  if (!Planted(PlantedBug::kChildBeforeFlush)) status = co_await Flush();
  if (status.ok()) status = co_await CreateChild(seal->split.lower(), parent);
  if (status.ok()) status = co_await CreateChild(seal->split.upper(), parent);
  // Durable before anybody may end a child: its tombstone does not stay for ever.
  co_await SwitchTo(parent->home());
  if (status.ok()) status = parent->MarkChildrenMade();
  if (status.ok()) status = co_await Flush();
  parent->EndChildren();
  co_return status;
}

Task<Status> Replicas::CreateChild(const proto::command::v1::SplitChild& child,
                                   std::shared_ptr<Replica> parent) {
  const GroupId group(child.group());
  Executor& home = HomeOf(group);
  co_await SwitchTo(home);
  if (host_.Knows(group)) co_return OkStatus();
  raft::Configuration members;
  for (const uint64_t voter : child.voters()) members.voters.emplace_back(voter);
  for (const uint64_t learner : child.learners()) members.learners.emplace_back(learner);
  ReplicaId id;
  for (const ReplicaId member : members.Members()) {
    if (NodeOf(member) == parent->node()) id = member;
  }
  if (id == ReplicaId(0)) co_return partition::Partition::Destroy(engine_, group);
  Result<std::unique_ptr<partition::Partition>> partition =
      partition::Partition::Open(engine_, group, parent->shared_schema());
  if (!partition.ok()) co_return partition.status();
  auto replica =
      std::make_shared<Replica>(std::move(*partition), home, admission_, /*system=*/false);
  Hook(*replica);
  Result<group::Group*> created = co_await AwaitCallback<Result<group::Group*>>([&](auto done) {
    host_.CreateGroup(group, id, std::move(members), home, *replica, std::move(done));
  });
  if (created.ok()) {
    replica->Attach(*created);
    Register(replica);
    if (on_child_) on_child_(std::move(replica));
    co_return OkStatus();
  }
  if (created.status().code() != StatusCode::kAlreadyExists || host_.Knows(group)) {
    co_return created.status();
  }
  // It was here and has ended since.
  co_return partition::Partition::Destroy(engine_, group);
}

Task<Status> Replicas::EndGroup(GroupId group) {
  Status ended = co_await AwaitCallback<Status>(
      [&](auto done) { host_.DestroyGroup(group, std::move(done)); });
  // Not there: ended by an earlier try, of which the rows are left.
  if (!ended.ok() && ended.code() != StatusCode::kNotFound) co_return ended;
  // After the tombstone: a crash in between leaves rows that nobody owns, which the next start
  // sweeps.
  co_return partition::Partition::Destroy(engine_, group);
}

Task<Status> Replicas::Destroy(std::shared_ptr<Replica> replica) {
  co_await SwitchTo(replica->home());
  replica->Detach();
  {
    const std::lock_guard lock(mutex_);
    open_.erase(replica->group());
  }
  co_return co_await EndGroup(replica->group());
}

Task<Status> Replicas::DestroyUnopened(GroupId group) { co_return co_await EndGroup(group); }

}  // namespace skerry::replica
