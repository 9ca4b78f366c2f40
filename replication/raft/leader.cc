#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"
#include "replication/raft/raft.h"

// What a leader does: replication (thesis 3.5), commitment (3.6.2), check quorum (6.2), leadership
// transfer (3.10).

namespace skerry::raft {

void Raft::TickLeader() {
  if (transfer_to_ != ReplicaId(0) && ++transfer_elapsed_ >= options_.election_ticks) {
    transfer_to_ = ReplicaId(0);
  }
  if (OneVoter()) return;
  if (++election_elapsed_ >= options_.election_ticks) {
    election_elapsed_ = 0;
    CheckQuorum();
    if (role_ != Role::kLeader) return;
  }
  if (++heartbeat_elapsed_ >= options_.heartbeat_ticks) {
    SendHeartbeats();
    return;
  }
  // Who has got entries but no later message does not know yet that they are committed.
  for (auto& [replica, progress] : progress_) {
    if (progress.state() == Progress::State::kReplicate &&
        progress.commit_sent < std::min(hard_state_.commit, progress.match())) {
      SendAppend(replica, /*even_if_empty=*/true);
    }
  }
}

void Raft::CheckQuorum() {
  if (Planted(PlantedBug::kCheckQuorumMissing)) return;
  const VoteOutcome outcome = configuration().Outcome([this](ReplicaId replica) {
    if (replica == options_.replica) return 1;
    const auto it = progress_.find(replica);
    return it != progress_.end() && it->second.active ? 1 : -1;
  });
  for (auto& [replica, progress] : progress_) progress.active = false;
  if (outcome != VoteOutcome::kWon) BecomeFollower(hard_state_.term, ReplicaId(0));
}

LogIndex Raft::ReadCommit() const {
  return LeaderReady() || Planted(PlantedBug::kReadCommitBeforeNoOp) ? hard_state_.commit
                                                                     : LogIndex(0);
}

void Raft::SendHeartbeats() {
  heartbeat_elapsed_ = 0;
  for (auto& [replica, progress] : progress_) {
    Message message = MakeMessage(MessageType::kHeartbeat, replica);
    message.commit = Planted(PlantedBug::kCommitBeyondAppend)
                         ? hard_state_.commit
                         : std::min(hard_state_.commit, progress.match());
    message.read_sequence = read_sequence_;
    message.read_commit = ReadCommit();
    message.asked = progress.asked;
    progress.commit_sent = std::max(progress.commit_sent, message.commit);
    Send(std::move(message));
  }
  SendFortify();
}

// ----------------------------------------------------------------------------------- replication

void Raft::SendAppends(bool even_if_empty) {
  for (auto& [replica, progress] : progress_) SendAppend(replica, even_if_empty);
}

void Raft::SendAppend(ReplicaId to, bool even_if_empty) {
  Progress& progress = progress_.at(to);
  while (!progress.Paused() && (even_if_empty || progress.next() <= released())) {
    const LogIndex previous(progress.next().value - 1);
    const std::optional<Term> previous_term = entries_.TermAt(previous);
    if (!previous_term) {
      progress.fetching = true;
      fetches_.push_back({to, progress.next(), entries_.base()});
      return;
    }
    even_if_empty = false;
    SendEntries(to, &progress, *previous_term,
                entries_.Slice(progress.next(), released(), options_.max_append_bytes));
  }
}

void Raft::SendEntries(ReplicaId to, Progress* progress, Term previous_term,
                       std::vector<EntryPtr> entries) {
  Message message = MakeMessage(MessageType::kAppendEntries, to);
  message.log_index = LogIndex(progress->next().value - 1);
  message.log_term = previous_term;
  message.commit = hard_state_.commit;
  message.read_commit = ReadCommit();
  message.asked = progress->asked;
  const LogIndex last(message.log_index.value + entries.size());
  progress->commit_sent = std::max(progress->commit_sent, std::min(hard_state_.commit, last));
  if (entries.empty()) {
    if (progress->state() == Progress::State::kProbe) progress->Probed();
  } else {
    uint64_t bytes = 0;
    for (const EntryPtr& entry : entries) bytes += Charge(*entry);
    progress->Sent(last, bytes);
  }
  message.entries = std::move(entries);
  Send(std::move(message));
}

void Raft::Fetched(ReplicaId replica, LogIndex from, Term previous_term,
                   std::vector<EntryPtr> entries) {
  const auto it = progress_.find(replica);
  if (role_ != Role::kLeader || it == progress_.end() || !it->second.fetching) return;
  it->second.fetching = false;
  // What was above may have been replaced since it was read; what is applied never is.
  while (!entries.empty() && entries.back()->index > applied_) entries.pop_back();
  // It may have acknowledged more, or begun to probe elsewhere, in the meantime.
  const bool wanted = it->second.next() == from && !it->second.Paused() && !entries.empty();
  if (wanted) SendEntries(replica, &it->second, previous_term, std::move(entries));
  SendAppend(replica, /*even_if_empty=*/false);
}

void Raft::FetchFailed(ReplicaId replica) {
  const auto it = progress_.find(replica);
  if (role_ != Role::kLeader || it == progress_.end() || !it->second.fetching) return;
  RequestSnapshot(replica, &it->second);
}

void Raft::RequestSnapshot(ReplicaId to, Progress* progress) {
  progress->BecomeSnapshot();
  snapshots_.push_back(to);
}

Message Raft::InstallSnapshotMessage(ReplicaId to, SnapshotMetadata metadata) const {
  Message message = MakeMessage(MessageType::kInstallSnapshot, to);
  message.snapshot = std::make_shared<SnapshotMetadata>(std::move(metadata));
  return message;
}

void Raft::SnapshotSent(ReplicaId replica, LogIndex index) {
  const auto it = progress_.find(replica);
  if (role_ == Role::kLeader && it != progress_.end()) it->second.SnapshotEnded(index);
}

void Raft::StepAppendResponse(const Message& message, Progress* progress) {
  if (message.reject) {
    if (message.needs_snapshot) {
      if (progress->state() != Progress::State::kSnapshot) RequestSnapshot(message.from, progress);
      return;
    }
    const LogIndex hint = entries_.LastWithTermAtMost(message.hint_index, message.hint_term);
    if (progress->Rejected(message.log_index, hint)) {
      SendAppend(message.from, /*even_if_empty=*/true);
    }
    return;
  }
  SKERRY_CHECK_MSG(message.log_index <= last_index(), "a follower has more than its leader");
  if (progress->Acknowledged(message.log_index)) {
    AdvanceCommit();
    DropApplied();
  }
  if (role_ != Role::kLeader) return;
  SendAppend(message.from, /*even_if_empty=*/false);
  MaybeHandOver(message.from);
}

void Raft::StepHeartbeatResponse(const Message& message, Progress* progress) {
  const uint64_t sequence =
      Planted(PlantedBug::kReadSequenceIgnored) ? read_sequence_ : message.read_sequence;
  progress->read_sequence = std::max(progress->read_sequence, sequence);
  progress->commit_known = message.commit;
  AnswerReads();
  // Nothing was sent yet, or what was sent may be lost, or it restarted, and does not know that
  // what it acknowledged before is committed.
  if (progress->match() < last_index() || message.reject) {
    SendAppend(message.from, /*even_if_empty=*/true);
  }
}

// Commits what a majority has made durable, if that is of the current term (thesis 3.6.2).
void Raft::AdvanceCommit() {
  const LogIndex own = Planted(PlantedBug::kLeaderCountsUnsynced) ? last_index() : persisted_;
  const LogIndex reached(configuration().Reached([&](ReplicaId replica) {
    if (replica == options_.replica) return own.value;
    const auto it = progress_.find(replica);
    return it == progress_.end() ? 0 : it->second.match().value;
  }));
  if (reached <= hard_state_.commit) return;
  if (entries_.TermAt(reached) == hard_state_.term || Planted(PlantedBug::kCommitOfOlderTerm)) {
    CommitTo(reached);
  }
}

// ------------------------------------------------------------------------------------- proposals

Status Raft::MayPropose() const {
  if (role_ != Role::kLeader) return Unavailable("this replica does not lead its group");
  if (transfer_to_ != ReplicaId(0) && !Planted(PlantedBug::kTransferTakesProposals)) {
    return Unavailable("the group's leadership is being handed over");
  }
  return OkStatus();
}

Result<LogIndex> Raft::Propose(std::string data) {
  SKERRY_RETURN_IF_ERROR(MayPropose());
  const uint64_t charged = data.size() + kEntryOverhead;
  if (pending_bytes_ > 0 && pending_bytes_ + charged > options_.max_pending_bytes) {
    return ResourceExhausted("too many writes are under way");
  }
  return Append(EntryKind::kCommand, std::move(data));
}

// ------------------------------------------------------------------------------- handing over

Status Raft::TransferLeadership(ReplicaId target) {
  if (role_ != Role::kLeader) return FailedPrecondition("this replica does not lead its group");
  if (target == options_.replica) return OkStatus();
  if (!configuration().IsVoter(target) || !progress_.contains(target)) {
    return FailedPrecondition("replica " + std::to_string(target.value) +
                              " is no voter of the group");
  }
  transfer_to_ = target;
  transfer_sent_ = false;
  transfer_elapsed_ = 0;
  Release();
  SendAppend(target, /*even_if_empty=*/false);
  MaybeHandOver(target);
  return OkStatus();
}

void Raft::MaybeHandOver(ReplicaId to) {
  if (transfer_to_ != to || transfer_sent_ || progress_.at(to).match() < last_index()) return;
  transfer_sent_ = true;
  lease_given_up_ = !Planted(PlantedBug::kLeaseKeptOverTransfer);
  Send(MakeMessage(MessageType::kTimeoutNow, to));
}

}  // namespace skerry::raft
