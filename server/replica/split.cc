#include <algorithm>
#include <utility>

#include "base/feature_level.h"
#include "base/planted_bug.h"
#include "server/replica/replica.h"

// A replica's part in the split of its partition (safety-rules 4).

namespace skerry::replica {
namespace {

constexpr size_t kRowsPerStep = 2000;

void SetChild(const SplitPlan::Child& child, proto::command::v1::SplitChild* out) {
  out->set_group(child.group.value);
  for (const ReplicaId voter : child.members.voters) out->add_voters(voter.value);
  for (const ReplicaId learner : child.members.learners) out->add_learners(learner.value);
}

std::vector<NodeId> NodesOf(const std::vector<ReplicaId>& replicas) {
  std::vector<NodeId> nodes;
  for (const ReplicaId replica : replicas) nodes.push_back(NodeOf(replica));
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

bool SameNodes(const raft::Configuration& a, const raft::Configuration& b) {
  return NodesOf(a.voters) == NodesOf(b.voters) && NodesOf(a.learners) == NodesOf(b.learners);
}

Status NoLeader() { return Unavailable("the partition has no leader here at the moment"); }

}  // namespace

Status Replica::Refusal() const {
  if (!ready()) return NoLeader();
  if (Planted(PlantedBug::kSplitServedOn)) return OkStatus();
  if (partition_->sealed()) return RangeMoved("these keys are another partition's now");
  if (splitting_.load(std::memory_order_acquire)) {
    return Unavailable("the partition is being split");
  }
  return OkStatus();
}

void Replica::Release() { splitting_.store(false, std::memory_order_release); }

Status Replica::CheckPlan(const SplitPlan& plan) const {
  const raft::Configuration members = group_->configuration();
  if (members.IsJoint()) return FailedPrecondition("a change of the members is under way");
  if (!range().Contains(plan.last_hash) || plan.last_hash == range().last) {
    return InvalidArgument("a partition is split between two of its own hashes");
  }
  for (const SplitPlan::Child* child : {&plan.lower, &plan.upper}) {
    SKERRY_RETURN_IF_ERROR(child->members.Check());
    if (child->members.IsJoint() || !SameNodes(child->members, members)) {
      return InvalidArgument("the children of a split begin where their parent is");
    }
  }
  return OkStatus();
}

Task<Status> Replica::Split(SplitPlan plan, Executor& reader) {
  co_await SwitchTo(home_);
  if (Status refusal = Refusal(); !refusal.ok()) co_return std::move(refusal);
  if (split_planned_) co_return Aborted("the partition is being split");
  if (Status unfit = CheckPlan(plan); !unfit.ok()) co_return std::move(unfit);
  split_planned_ = true;
  const Term term = group_->term();
  Status status;
  {
    partition::SplitCount count(*partition_, plan.last_hash);
    status = co_await CountBelow(count, reader);
    // What was counted is what is here only as long as no snapshot has taken its place.
    if (status.ok() && (!ready() || group_->term() != term)) status = NoLeader();
    if (status.ok()) {
      splitting_.store(true, std::memory_order_release);
      status = co_await Drain();
      if (status.ok() && (!ready() || group_->term() != term)) status = NoLeader();
      if (status.ok()) status = CheckPlan(plan);
      if (status.ok()) {
        status = co_await ProposeSplit(plan, count);
      } else if (group_ != nullptr && group_->term() == term) {
        Release();
      }
    }
  }
  split_planned_ = false;
  co_return status;
}

Task<Status> Replica::CountBelow(partition::SplitCount& count, Executor& reader) {
  for (;;) {
    co_await SwitchTo(reader);
    const Result<bool> done = count.Step(kRowsPerStep);
    co_await SwitchTo(home_);
    if (!done.ok()) co_return done.status();
    if (!ready()) co_return NoLeader();
    if (*done) co_return OkStatus();
  }
}

// Everything in the log is applied: its writes, so that the count is exact, and changes of the
// members, of which none may be pending.
Task<Status> Replica::Drain() {
  if (!Planted(PlantedBug::kSplitCounted)) co_await SettleAll();
  if (!ready()) co_return NoLeader();
  if (group_->last_index() != group_->applied() && !Planted(PlantedBug::kSplitCounted)) {
    co_return FailedPrecondition("a change of the members is under way");
  }
  co_return OkStatus();
}

// In the same turn as the last look at what is applied.
Task<Status> Replica::ProposeSplit(const SplitPlan& plan, const partition::SplitCount& count) {
  proto::command::v1::Command command;
  command.set_hlc(hlc_.Next());
  command.set_level(LevelOf(Feature::kSplits));
  auto* split = command.mutable_split();
  split->set_last_hash(plan.last_hash);
  SetChild(plan.lower, split->mutable_lower());
  SetChild(plan.upper, split->mutable_upper());
  for (auto& sum : count.sums()) *split->add_lower_statistics() = std::move(sum);
  LogIndex index;
  const Result<LogIndex> done = co_await AwaitCallback<Result<LogIndex>>(
      [&](auto done) { index = group_->Propose(command.SerializeAsString(), std::move(done)); });
  // Never appended: all goes on. If it was, a loss of leadership alone ends what it has begun.
  if (index.value == 0) Release();
  co_return done.status();
}

}  // namespace skerry::replica
