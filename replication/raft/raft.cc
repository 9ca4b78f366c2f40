#include "replication/raft/raft.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"

namespace skerry::raft {
namespace {

Status CheckWellFormed(const Message& message) {
  LogIndex index = message.log_index;
  Term term = message.log_term;
  for (const EntryPtr& entry : message.entries) {
    if (entry->index != index.Next() || entry->term < term || entry->term > message.term) {
      return InvalidArgument("the entries of a message do not follow each other");
    }
    index = entry->index;
    term = entry->term;
    if (entry->kind == EntryKind::kConfiguration) {
      SKERRY_RETURN_IF_ERROR(DecodeConfiguration(entry->data).status());
    }
  }
  if (message.type != MessageType::kInstallSnapshot) return OkStatus();
  if (!message.snapshot) return InvalidArgument("a snapshot's message says nothing of it");
  return message.snapshot->configuration.Check();
}

}  // namespace

Result<Raft> Raft::Create(Options options) {
  if (!options.configuration.IsEmpty()) {
    SKERRY_RETURN_IF_ERROR(options.configuration.Check());
  }
  SKERRY_CHECK_MSG(options.prng != nullptr, "elections need chance");
  const LogIndex last = options.entries.empty() ? options.applied : options.entries.back()->index;
  if (options.hard_state.commit > last) {
    return Corruption("the log ends at " + std::to_string(last.value) + ", but " +
                      std::to_string(options.hard_state.commit.value) + " was committed");
  }
  Raft raft(std::move(options));
  raft.CheckInvariants();
  if (raft.OneVoter() && raft.MayCampaign()) raft.CampaignAlone();
  return raft;
}

Raft::Raft(Options options)
    : options_(std::move(options)),
      hard_state_(options_.hard_state),
      entries_(options_.applied, options_.applied_term) {
  applied_ = applying_ = options_.applied;
  configurations_.push_back({applied_, options_.configuration});
  for (EntryPtr& entry : options_.entries) AddEntry(std::move(entry));
  options_.entries.clear();
  // What the state machine holds was committed, whatever the log recorded of it.
  hard_state_.commit = std::max(hard_state_.commit, applied_);
  hard_state_.term = std::max(hard_state_.term, entries_.last_term());
  recovered_commit_ = hard_state_.commit;
  handed_ = persisted_ = entries_.last();
  agreed_ = hard_state_.commit;
  configuration_pending_ = entries_.last();
  if (options_.restarted && !Planted(PlantedBug::kVoteAfterRestart))
    quiet_ticks_ = options_.election_ticks;
  DrawTimeout();
}

void Raft::Tick() {
  if (removed_) return;
  if (quiet_ticks_ > 0) --quiet_ticks_;
  if (role_ == Role::kLeader) {
    TickLeader();
  } else {
    TickElection();
  }
}

Status Raft::Step(const Message& message) {
  if (message.to != options_.replica || message.from == options_.replica) {
    return FailedPrecondition("the message is for replica " + std::to_string(message.to.value) +
                              ", this is " + std::to_string(options_.replica.value));
  }
  SKERRY_RETURN_IF_ERROR(CheckWellFormed(message));
  if (removed_ && !Planted(PlantedBug::kRemovedVotesOn)) return OkStatus();
  if (message.type == MessageType::kUnfortified) {
    StepUnfortified(message);
    return OkStatus();
  }
  if (message.type == MessageType::kFortifyResponse) {
    if (message.term <= hard_state_.term) StepFortifyResponse(message);
    return OkStatus();
  }
  if (!StepTerm(message)) return OkStatus();
  switch (message.type) {
    case MessageType::kPreVote:
    case MessageType::kRequestVote:
      StepVoteRequest(message);
      return OkStatus();
    case MessageType::kPreVoteResponse:
    case MessageType::kRequestVoteResponse:
      StepVoteResponse(message);
      return OkStatus();
    case MessageType::kAppendEntries:
    case MessageType::kHeartbeat:
    case MessageType::kInstallSnapshot:
    case MessageType::kFortify:
      FollowLeader(message);
      return OkStatus();
    case MessageType::kAppendEntriesResponse:
    case MessageType::kHeartbeatResponse: {
      const auto it = progress_.find(message.from);
      if (role_ != Role::kLeader || it == progress_.end()) return OkStatus();
      it->second.Heard();
      if (message.asked != 0) it->second.asked = message.asked;
      if (message.type == MessageType::kHeartbeatResponse) {
        StepHeartbeatResponse(message, &it->second);
      } else {
        StepAppendResponse(message, &it->second);
      }
      return OkStatus();
    }
    case MessageType::kTimeoutNow:
      if (role_ != Role::kLeader && MayCampaign(/*transfer=*/true))
        StartElection(/*transfer=*/true);
      return OkStatus();
    case MessageType::kNotMember:
      Remove();
      return OkStatus();
    case MessageType::kFortifyResponse:
    case MessageType::kUnfortified:
      return OkStatus();  // above
  }
  return OkStatus();  // of a later version
}

// ------------------------------------------------------------------------------------- the log

Message Raft::MakeMessage(MessageType type, ReplicaId to) const {
  Message message;
  message.type = type;
  message.from = options_.replica;
  message.to = to;
  message.term = hard_state_.term;
  return message;
}

LogIndex Raft::Append(EntryKind kind, std::string data) {
  auto entry = std::make_shared<Entry>();
  entry->index = last_index().Next();
  entry->term = hard_state_.term;
  entry->kind = kind;
  entry->data = std::move(data);
  AddEntry(std::move(entry));
  return last_index();
}

void Raft::AddEntry(EntryPtr entry) {
  pending_bytes_ += Charge(*entry);
  entries_.Append(entry);
  if (entry->kind != EntryKind::kConfiguration) return;
  Release();
  auto configuration = DecodeConfiguration(entry->data);
  SKERRY_CHECK_MSG(configuration.ok(), "what comes into the log was looked at before");
  AddConfiguration(entry->index, std::move(*configuration));
}

bool Raft::CommitTo(LogIndex index) {
  if (index <= hard_state_.commit) return false;
  SKERRY_CHECK_MSG(index <= last_index(), "committed what is not in the log");
  hard_state_.commit = index;
  return true;
}

// --------------------------------------------------------------------------------------- Ready

bool Raft::HasReady() const {
  return hard_state_changed_ || handed_ < released() || !messages_.empty() || !held_back_.empty() ||
         !reads_.empty() || !fetches_.empty() || !snapshots_.empty() || read_heartbeat_due_ ||
         (installing_ && !install_handed_ && applied_ == applying_) ||
         (!installing_ && applying_ < std::min(hard_state_.commit, persisted_));
}

Ready Raft::TakeReady() {
  Ready ready;
  if (std::exchange(read_heartbeat_due_, false) && role_ == Role::kLeader) SendHeartbeats();
  if (role_ == Role::kLeader) SendAppends(/*even_if_empty=*/false);
  if (std::exchange(hard_state_changed_, false) && !Planted(PlantedBug::kVoteNotPersisted)) {
    ready.hard_state = hard_state_;
    ready.must_sync = true;
  }
  for (LogIndex index = handed_.Next(); index <= released(); index = index.Next()) {
    ready.entries.push_back(entries_.At(index));
    ready.must_sync |= ready.entries.back()->kind == EntryKind::kConfiguration;
  }
  handed_ = released();
  ready.commit = hard_state_.commit;
  if (ready.must_persist()) {
    ready.number = ++last_number_;
    Unpersisted& unpersisted = unpersisted_.emplace_back();
    unpersisted.number = ready.number;
    unpersisted.last = handed_;
    unpersisted.last_term = entries_.TermAt(handed_).value_or(Term(0));
    unpersisted.term = hard_state_.term;
  }
  if (unpersisted_.empty()) {
    for (Message& message : held_back_) Send(std::move(message));
    if (std::exchange(own_vote_pending_, false)) CountVote(options_.replica, true);
  } else {
    Unpersisted& last = unpersisted_.back();
    for (Message& message : held_back_) last.messages.push_back(std::move(message));
    last.own_vote |= std::exchange(own_vote_pending_, false);
  }
  held_back_.clear();
  uint64_t bytes = 0;
  const LogIndex may_apply = std::min(
      Planted(PlantedBug::kApplyBeforeCommit) ? last_index() : hard_state_.commit, persisted_);
  while (!installing_ && applying_ < may_apply) {
    const EntryPtr& entry = entries_.At(applying_.Next());
    bytes += Charge(*entry);
    if (!ready.committed.empty() && bytes > options_.max_committed_bytes) break;
    ready.committed.push_back(entry);
    applying_ = entry->index;
  }
  // What was handed out before is applied first, so that nothing is under way when it begins.
  if (installing_ && !install_handed_ && applied_ == applying_) {
    ready.install = installing_;
    install_handed_ = true;
  }
  ready.messages = std::exchange(messages_, {});
  ready.reads = std::exchange(reads_, {});
  ready.fetches = std::exchange(fetches_, {});
  ready.snapshots = std::exchange(snapshots_, {});
  return ready;
}

void Raft::Persisted(uint64_t number) {
  while (!unpersisted_.empty() && unpersisted_.front().number <= number) {
    Unpersisted done = std::move(unpersisted_.front());
    unpersisted_.pop_front();
    if (done.last > persisted_ && (entries_.TermAt(done.last) == done.last_term ||
                                   Planted(PlantedBug::kReplacedWriteCounts))) {
      persisted_ = done.last;
    }
    for (Message& message : done.messages) Send(std::move(message));
    if (done.own_vote && done.term == hard_state_.term) CountVote(options_.replica, true);
  }
  if (role_ == Role::kLeader) AdvanceCommit();
}

void Raft::Applied(LogIndex index) {
  SKERRY_CHECK(index >= applied_ && index <= applying_);
  for (LogIndex at = applied_.Next(); at <= index; at = at.Next()) {
    const EntryPtr& entry = entries_.At(at);
    pending_bytes_ -= Charge(*entry);
    applied_ = at;
  }
  while (configurations_.size() > 1 && configurations_[1].index <= applied_) {
    configurations_.pop_front();
  }
  if (role_ == Role::kLeader) FollowUpConfiguration();
  DropApplied();
  if (OneVoter() && role_ == Role::kFollower && MayCampaign()) CampaignAlone();
}

// A leader keeps what followers lack, within bounds; further back the log is read.
void Raft::DropApplied() {
  LogIndex droppable = std::min(applied_, persisted_);
  if (role_ == Role::kLeader && entries_.bytes() - pending_bytes_ <= options_.max_cached_bytes) {
    for (const auto& [replica, progress] : progress_) {
      if (progress.active) droppable = std::min(droppable, progress.match());
    }
  }
  entries_.DropThrough(droppable);
}

// -------------------------------------------------------------------------------------- reading

bool Raft::LeaderReady() const {
  return role_ == Role::kLeader &&
         (applied_ >= term_start_ || Planted(PlantedBug::kReadBeforeNoOp));
}

Result<uint64_t> Raft::ReadIndex() {
  if (!LeaderReady()) return Unavailable("this replica does not lead its group");
  const uint64_t id = ++read_sequence_;
  pending_reads_.push_back({id, hard_state_.commit});
  AnswerReads();  // its only voter is a majority
  read_heartbeat_due_ = !pending_reads_.empty();
  return id;
}

void Raft::AnswerReads() {
  uint64_t confirmed = configuration().Reached([this](ReplicaId replica) {
    if (replica == options_.replica) return read_sequence_;
    const auto it = progress_.find(replica);
    return it == progress_.end() ? 0 : it->second.read_sequence;
  });
  if (Planted(PlantedBug::kReadWithoutMajority)) confirmed = read_sequence_;
  while (!pending_reads_.empty() && pending_reads_.front().id <= confirmed) {
    reads_.push_back({pending_reads_.front().id, true, pending_reads_.front().index});
    pending_reads_.pop_front();
  }
}

void Raft::FailReads() {
  if (Planted(PlantedBug::kReadSurvivesStepDown)) return;
  for (const PendingRead& read : pending_reads_) reads_.push_back({read.id, false, LogIndex(0)});
  pending_reads_.clear();
}

EntryPtr Raft::EntryAt(LogIndex index) const {
  return index > entries_.base() && index <= last_index() ? entries_.At(index) : nullptr;
}

const Progress* Raft::ProgressOf(ReplicaId replica) const {
  const auto it = progress_.find(replica);
  return it == progress_.end() ? nullptr : &it->second;
}

// ----------------------------------------------------------------------------------- invariants

void Raft::CheckInvariants() const {
  SKERRY_CHECK(applied_ <= applying_);
  SKERRY_CHECK(applying_ <= hard_state_.commit);
  SKERRY_CHECK_MSG(applying_ <= persisted_, "applied before it was durable");
  SKERRY_CHECK(persisted_ <= handed_);
  SKERRY_CHECK(handed_ <= released() && released() <= last_index());
  SKERRY_CHECK(!held_above_ || role_ == Role::kLeader);
  SKERRY_CHECK(hard_state_.commit <= last_index());
  SKERRY_CHECK(entries_.base() <= applied_);
  LogIndex index = entries_.base();
  Term term = *entries_.TermAt(index);
  uint64_t bytes = 0;
  while (index < last_index()) {
    index = index.Next();
    const EntryPtr& entry = entries_.At(index);
    SKERRY_CHECK_MSG(entry->index == index, "the log has a gap");
    SKERRY_CHECK_MSG(entry->term >= term, "terms never go down in a log");
    term = entry->term;
    if (index > applied_) bytes += Charge(*entry);
  }
  SKERRY_CHECK(bytes == pending_bytes_);
  SKERRY_CHECK(hard_state_.term >= term);
  if (role_ == Role::kLeader || role_ == Role::kCandidate) {
    SKERRY_CHECK(hard_state_.vote == options_.replica);
  }
  if (role_ == Role::kLeader) {
    SKERRY_CHECK(leader_ == options_.replica && term_start_ <= last_index());
    for (const ReplicaId member : configuration().Members()) {
      SKERRY_CHECK(member == options_.replica || progress_.contains(member));
    }
  }
}

}  // namespace skerry::raft
