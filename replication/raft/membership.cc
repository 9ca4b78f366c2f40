#include <algorithm>
#include <utility>

#include "base/planted_bug.h"
#include "replication/raft/raft.h"

// Changes of the configuration by joint consensus (thesis 4.3), one at a time. Each replica goes by
// the latest in its log, committed or not; what is cut off the log counts no more.

namespace skerry::raft {

Result<LogIndex> Raft::ProposeConfiguration(const Configuration& target) {
  SKERRY_RETURN_IF_ERROR(MayPropose());
  SKERRY_RETURN_IF_ERROR(target.Check());
  if (target.IsJoint()) {
    return InvalidArgument("a joint configuration is a step, not an aim");
  }
  if (target == configuration()) return AlreadyExists("the group has this configuration");
  // Until the term's no-op is applied, an older leader's change may stand in the log (the erratum
  // to thesis 4.1).
  const bool busy = configuration().IsJoint() || configuration_pending_ > applied_;
  if (busy && !Planted(PlantedBug::kTwoConfigurationChanges)) {
    return FailedPrecondition("another change of the group's configuration is under way");
  }
  const Configuration from = configuration().IsJoint() ? configuration().Left() : configuration();
  configuration_pending_ =
      Append(EntryKind::kConfiguration, EncodeConfiguration(from.Towards(target)));
  if (Planted(PlantedBug::kJointLeftEarly)) LeaveJoint();
  return configuration_pending_;
}

void Raft::AddConfiguration(LogIndex index, Configuration configuration) {
  configurations_.push_back({index, std::move(configuration)});
  if (role_ != Role::kLeader) return;
  UpdateProgress();
  AnswerReads();  // fewer may be a majority now, and say nothing any more
}

void Raft::DropConfigurationsFrom(LogIndex index) {
  while (configurations_.back().index >= index) configurations_.pop_back();
}

const Configuration& Raft::CommittedConfiguration() const {
  const auto after =
      std::find_if(configurations_.begin(), configurations_.end(),
                   [this](const auto& other) { return other.index > hard_state_.commit; });
  return after == configurations_.begin() ? after->configuration : std::prev(after)->configuration;
}

void Raft::UpdateProgress() {
  const Configuration& members = configuration();
  std::erase_if(progress_, [&](const auto& member) { return !members.Contains(member.first); });
  for (const ReplicaId member : members.Members()) {
    if (member == options_.replica || progress_.contains(member)) continue;
    progress_.emplace(member, Progress(LogIndex(last_index().value - 1), options_.in_flight));
  }
  if (!progress_.contains(transfer_to_)) transfer_to_ = ReplicaId(0);
}

void Raft::LeaveJoint() {
  if (!configuration().IsJoint()) return;
  configuration_pending_ =
      Append(EntryKind::kConfiguration, EncodeConfiguration(configuration().Left()));
}

// A joint configuration that is committed is left, whoever proposed it; a leader that is no voter
// steps down (thesis 4.2.2).
void Raft::FollowUpConfiguration() {
  if (configuration_pending_ > applied_) return;
  if (configuration().IsJoint()) {
    LeaveJoint();
  } else if (!configuration().IsVoter(options_.replica)) {
    SendAppends(/*even_if_empty=*/true);  // that it is committed
    HandOverBeforeLeaving();
    BecomeFollower(hard_state_.term, ReplicaId(0));
  }
}

// A leader that is no voter any more has the best of them campaign (thesis 4.2.2).
void Raft::HandOverBeforeLeaving() {
  const auto best =
      std::max_element(progress_.begin(), progress_.end(), [this](const auto& a, const auto& b) {
        const auto rank = [this](const auto& member) {
          return std::pair(configuration().IsVoter(member.first), member.second.match());
        };
        return rank(a) < rank(b);
      });
  if (best == progress_.end() || !configuration().IsVoter(best->first)) return;
  Send(MakeMessage(MessageType::kTimeoutNow, best->first));
}

// A leader's word, not the applied configuration, ends a replica: until the others know that the
// change is committed they may need this one's vote and log.
void Raft::Remove() {
  BecomeFollower(hard_state_.term, ReplicaId(0));
  removed_ = true;
}

}  // namespace skerry::raft
