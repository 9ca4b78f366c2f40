#include <algorithm>
#include <utility>

#include "base/planted_bug.h"
#include "replication/raft/raft.h"

// Leader leases on support between nodes (safety-rules 1 and 2; tests/model/Lease.tla), and groups
// that sleep. A voter that is fortified for (term, leader, epoch) is bound: it neither campaigns
// nor votes before its node's support of (leader, epoch) has ended. A leader whom a majority is
// bound to, and supports until t, is the only one until t.

namespace skerry::raft {
namespace {

constexpr MonotonicTime kForever = MonotonicTime::max();

uint64_t Count(MonotonicTime time) {
  return static_cast<uint64_t>(std::max(Duration(0), time.time_since_epoch()).count());
}

}  // namespace

// ------------------------------------------------------------------------------------- the voter

bool Raft::Bound() const {
  const Fortified& fortified = hard_state_.fortified;
  return options_.support != nullptr && fortified.epoch != 0 &&
         !options_.support->Ended(fortified.leader, fortified.epoch);
}

bool Raft::Quiet() const { return options_.support != nullptr && options_.support->Quiet(); }

void Raft::Unfortify() {
  if (hard_state_.fortified == Fortified()) return;
  hard_state_.fortified = {};
  hard_state_changed_ = true;
}

// A candidate's request, against what this voter is bound by.
bool Raft::BindingAllows(const Message& message) {
  if (Quiet()) return false;
  if (!Bound() || Planted(PlantedBug::kVoteWhileFortified)) return true;
  const Fortified fortified = hard_state_.fortified;
  if (message.term > fortified.term) {
    // That leader gave up its lease before it asked for this (thesis 3.10).
    if (message.transfer) return true;
    // The leader itself asks, so it leads in that term no more, and never will.
    if (message.from == fortified.leader) {
      Unfortify();
      return true;
    }
  }
  AskWhetherBound();
  return false;
}

// The binding may be out of date, its leader having stepped down while its node lives on.
void Raft::AskWhetherBound() {
  const Fortified& fortified = hard_state_.fortified;
  Message message = MakeMessage(MessageType::kFortifyResponse, fortified.leader);
  message.term = fortified.term;
  message.epoch = fortified.epoch;
  SendWhenDurable(std::move(message));
}

void Raft::StepFortify(const Message& message) {
  if (options_.support == nullptr || !options_.support->Supports(message.from, message.epoch)) {
    return;
  }
  const Fortified fortified{hard_state_.term, message.from, message.epoch};
  if (hard_state_.fortified != fortified) {
    hard_state_.fortified = fortified;
    hard_state_changed_ = true;
  }
  Message answer = MakeMessage(MessageType::kFortifyResponse, message.from);
  answer.epoch = message.epoch;
  if (Planted(PlantedBug::kFortifiedNotDurable)) {
    Send(std::move(answer));
  } else {
    SendWhenDurable(std::move(answer));
  }
}

// Whoever it was fortified for says that it leads in that term no more.
void Raft::StepUnfortified(const Message& message) {
  const Fortified& fortified = hard_state_.fortified;
  if (fortified != Fortified{message.term, message.from, message.epoch}) return;
  Unfortify();
  LoseLeader(message.from);
}

void Raft::LoseLeader(ReplicaId leader) {
  if (role_ != Role::kFollower || leader_ != leader) return;
  leader_ = ReplicaId(0);
  // The others learn of it at the same time: they take turns, since two at once would share the
  // votes and wait for an election timeout. One whose log is behind loses its turn.
  std::vector<ReplicaId> candidates = configuration().voters;
  std::erase(candidates, leader);
  const auto self = std::lower_bound(candidates.begin(), candidates.end(), options_.replica);
  if (self == candidates.end() || *self != options_.replica) return;
  const uint64_t count = candidates.size();
  const uint64_t turn = (uint64_t(self - candidates.begin()) + count -
                         (options_.first_candidate + hard_state_.term.value) % count) %
                        count;
  election_elapsed_ = 0;
  timeout_ = 1 + std::max(1, options_.election_ticks / 4) * static_cast<int>(turn);
}

void Raft::SupportChanged() {
  if (role_ == Role::kLeader) {
    // All are heard of once more before the group may sleep (again): one may have come back.
    for (auto& [replica, progress] : progress_) progress.commit_known = LogIndex(0);
    heartbeat_elapsed_ = options_.heartbeat_ticks;
    return;
  }
  if (hard_state_.fortified.epoch == 0 || Bound()) return;
  if (options_.support->epoch() == 0) {
    // Without support between nodes (any more) a leader is missed for its silence alone: time runs
    // again for this replica.
    election_elapsed_ = 0;
  } else {
    LoseLeader(hard_state_.fortified.leader);
  }
}

// ------------------------------------------------------------------------------------ the leader

void Raft::SendFortify() {
  const uint64_t epoch = options_.support == nullptr ? 0 : options_.support->epoch();
  if (epoch == 0) return;
  for (auto& [replica, progress] : progress_) {
    if (progress.fortified_epoch == epoch) continue;
    Message message = MakeMessage(MessageType::kFortify, replica);
    message.epoch = epoch;
    Send(std::move(message));
  }
}

// In this replica's term, or an earlier one.
void Raft::StepFortifyResponse(const Message& message) {
  const auto it = progress_.find(message.from);
  if (role_ == Role::kLeader && it != progress_.end() && message.term == hard_state_.term) {
    it->second.Heard();
    it->second.fortified_epoch = message.epoch;
    return;
  }
  if (role_ == Role::kLeader && message.term == hard_state_.term) return;
  Message answer = MakeMessage(MessageType::kUnfortified, message.from);
  answer.term = message.term;
  answer.epoch = message.epoch;
  // A term that this replica may forget could come again.
  SendWhenDurable(std::move(answer));
}

Lease Raft::lease() const {
  const bool ready =
      LeaderReady() || (role_ == Role::kLeader && Planted(PlantedBug::kLeaseBeforeNoOp));
  if (!ready || lease_given_up_ || options_.support == nullptr) return {};
  const Support& support = *options_.support;
  const uint64_t epoch = support.epoch();
  if (epoch == 0) return {};
  const uint64_t until = configuration().Reached([&](ReplicaId voter) {
    if (voter == options_.replica) return Count(kForever);
    const auto it = progress_.find(voter);
    if (it == progress_.end()) return uint64_t{0};
    const uint64_t fortified = it->second.fortified_epoch;
    const bool counts = fortified == epoch || Planted(PlantedBug::kLeaseUnfortified) ||
                        (fortified != 0 && Planted(PlantedBug::kLeaseOfOtherEpoch));
    return counts ? Count(support.SupportedUntil(voter, epoch)) : 0;
  });
  if (until == 0) return {};
  return {MonotonicTime(Duration(static_cast<int64_t>(until))), epoch};
}

// ------------------------------------------------------------------------------------- sleeping

// All have everything, know it, and are bound, but for those that are away, for which the leader is
// woken when they are back.
bool Raft::LeaderMaySleep() const {
  if (options_.support == nullptr || !LeaderReady() || transfer_to_ != ReplicaId(0) ||
      !pending_reads_.empty() || configuration().IsJoint() || hard_state_.commit < last_index() ||
      applied_ < last_index()) {
    return false;
  }
  const Support& support = *options_.support;
  const uint64_t epoch = support.epoch();
  for (const auto& [replica, progress] : progress_) {
    if (support.IsAway(replica)) continue;
    if (epoch == 0 || progress.fortified_epoch != epoch || progress.commit_known < last_index()) {
      return false;
    }
  }
  return configuration().Reached([&](ReplicaId voter) {
    return voter == options_.replica || support.IsSupportedBy(voter) ? uint64_t{1} : uint64_t{0};
  }) == 1;
}

bool Raft::NeedsTicks() const {
  if (removed_) return false;
  if (role_ == Role::kLeader) return OneVoter() ? !LeaderReady() : !LeaderMaySleep();
  const Fortified& fortified = hard_state_.fortified;
  const bool sleeps = role_ == Role::kFollower && leader_ != ReplicaId(0) &&
                      leader_ == fortified.leader && fortified.term == hard_state_.term &&
                      quiet_ticks_ == 0 && !installing_ && Bound();
  return !sleeps;
}

}  // namespace skerry::raft
