#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"
#include "replication/raft/raft.h"

// What a follower does with what its leader says (thesis 3.5), snapshots (chapter 5) included.

namespace skerry::raft {

void Raft::FollowLeader(const Message& message) {
  SKERRY_CHECK_MSG(role_ != Role::kLeader, "two leaders in one term");
  if (role_ != Role::kFollower || leader_ != message.from) {
    BecomeFollower(hard_state_.term, message.from);
  }
  election_elapsed_ = 0;
  // A later term's leader was elected by voters that were bound to the former one no more.
  if (hard_state_.fortified.term < hard_state_.term) Unfortify();
  if (message.read_commit.value != 0 && message.asked != 0) {
    told_ = {message.read_commit, message.asked};
  }
  switch (message.type) {
    case MessageType::kAppendEntries:
      StepAppend(message);
      return;
    case MessageType::kHeartbeat: {
      // As far as an append of this term has shown that the logs agree: a replica that restarted
      // says that it cannot tell, and is shown again, rather than trust what it once acknowledged.
      CommitTo(std::min(message.commit, MayCommit()));
      // Promises nothing but what it says now, so it waits for no disk.
      Message answer = MakeMessage(MessageType::kHeartbeatResponse, message.from);
      answer.read_sequence = message.read_sequence;
      answer.reject = message.commit > agreed_ && !installing_;
      answer.commit = hard_state_.commit;
      Send(std::move(answer));
      return;
    }
    case MessageType::kFortify:
      StepFortify(message);
      return;
    default:
      StepSnapshot(message);
  }
}

LogIndex Raft::MayCommit() const {
  return Planted(PlantedBug::kCommitBeyondAppend) ? last_index() : agreed_;
}

void Raft::StepAppend(const Message& message) {
  if (installing_) return;  // what it would be added to is about to go
  // Memory is bounded. With nothing committed left to apply, waiting would not help: these entries
  // may be what replaces the ones that fill it.
  const bool behind = applied_ < hard_state_.commit;
  if (behind && pending_bytes_ > 2 * options_.max_pending_bytes && !message.entries.empty()) return;
  // All through the commit index agrees with every later leader's log (thesis 3.6.3). Without a
  // configuration there is no base state that the entries could follow.
  const bool agrees = message.log_index <= hard_state_.commit ||
                      entries_.TermAt(message.log_index) == message.log_term;
  if (configuration().IsEmpty() || !agrees) {
    RejectAppend(message);
    return;
  }
  AppendAll(message.entries);
  const LogIndex last(message.log_index.value + message.entries.size());
  if (Planted(PlantedBug::kStaleAppendTruncates) && last >= hard_state_.commit &&
      last < last_index()) {
    TruncateFrom(last.Next());
  }
  agreed_ = std::max({agreed_, last, hard_state_.commit});
  CommitTo(std::min(message.commit, MayCommit()));
  Acknowledge(message.from, agreed_);
}

void Raft::AppendAll(const std::vector<EntryPtr>& entries) {
  for (const EntryPtr& entry : entries) {
    if (entry->index <= hard_state_.commit) continue;
    if (entry->index <= last_index()) {
      if (entries_.TermAt(entry->index) == entry->term) continue;
      if (Planted(PlantedBug::kConflictKept)) continue;
      TruncateFrom(entry->index);
    }
    AddEntry(entry);
  }
}

void Raft::TruncateFrom(LogIndex index) {
  SKERRY_CHECK_MSG(index > hard_state_.commit, "a committed entry is contradicted");
  const LogIndex last(index.value - 1);
  for (LogIndex at = index; at <= last_index(); at = at.Next()) {
    pending_bytes_ -= Charge(*entries_.At(at));
  }
  entries_.TruncateFrom(index);
  DropConfigurationsFrom(index);
  handed_ = std::min(handed_, last);
  persisted_ = std::min(persisted_, last);
  if (Planted(PlantedBug::kReplacedWriteCounts)) return;
  // Writes under way have these indexes durable no more: what replaces them is not written yet,
  // even if it should be the very same entries (index and term) again.
  for (Unpersisted& write : unpersisted_) {
    if (write.last < index) continue;
    write.last = last;
    write.last_term = entries_.last_term();
  }
}

void Raft::Acknowledge(ReplicaId leader, LogIndex index) {
  Message answer = MakeMessage(MessageType::kAppendEntriesResponse, leader);
  answer.log_index = index;
  if (Planted(PlantedBug::kAcknowledgeBeforeDurable)) {
    Send(std::move(answer));
    return;
  }
  // One for all appends of a turn.
  std::erase_if(held_back_, [&](const Message& earlier) {
    return earlier.type == answer.type && !earlier.reject && earlier.to == leader;
  });
  SendWhenDurable(std::move(answer));
}

void Raft::RejectAppend(const Message& message) {
  Message answer = MakeMessage(MessageType::kAppendEntriesResponse, message.from);
  answer.reject = true;
  answer.log_index = message.log_index;
  answer.needs_snapshot = configuration().IsEmpty();
  answer.hint_index =
      entries_.LastWithTermAtMost(std::min(message.log_index, last_index()), message.log_term);
  answer.hint_term = entries_.TermAt(answer.hint_index).value_or(Term(0));
  Send(std::move(answer));
}

// ------------------------------------------------------------------------------------- snapshots

void Raft::StepSnapshot(const Message& message) {
  const SnapshotMetadata& metadata = *message.snapshot;
  if (installing_) return;
  const bool stale = metadata.index <= hard_state_.commit;
  if (stale && !Planted(PlantedBug::kStaleSnapshotInstalled)) {
    agreed_ = std::max(agreed_, hard_state_.commit);
    Acknowledge(message.from, agreed_);
    return;
  }
  if (!configuration().IsEmpty() && entries_.TermAt(metadata.index) == metadata.term && !stale) {
    agreed_ = std::max(agreed_, metadata.index);
    CommitTo(metadata.index);
    Acknowledge(message.from, agreed_);
    return;
  }
  installing_ = metadata;
  install_handed_ = false;
}

void Raft::SnapshotInstalled() {
  SKERRY_CHECK(installing_ && install_handed_);
  const SnapshotMetadata metadata = *std::exchange(installing_, std::nullopt);
  for (Unpersisted& write : unpersisted_) {
    write.last = LogIndex(0);  // nothing of the new log
  }
  if (Planted(PlantedBug::kSnapshotKeepsLog) && last_index() > metadata.index &&
      entries_.base() <= metadata.index) {
    applied_ = applying_ = std::max(applied_, metadata.index);
    hard_state_.commit = std::max(hard_state_.commit, metadata.index);
    persisted_ = handed_ = last_index();
    pending_bytes_ = 0;
    entries_.DropThrough(applied_);
    for (LogIndex at = applied_.Next(); at <= last_index(); at = at.Next()) {
      pending_bytes_ += Charge(*entries_.At(at));
    }
  } else {
    entries_.Reset(metadata.index, metadata.term);
    pending_bytes_ = 0;
    applied_ = applying_ = persisted_ = handed_ = hard_state_.commit = metadata.index;
  }
  agreed_ = metadata.index;
  configurations_.clear();
  configurations_.push_back({metadata.index, metadata.configuration});
  if (leader_ != ReplicaId(0)) Acknowledge(leader_, agreed_);
}

void Raft::InstallFailed() {
  SKERRY_CHECK(installing_ && install_handed_);
  installing_.reset();
}

}  // namespace skerry::raft
