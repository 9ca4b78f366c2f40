#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"
#include "replication/raft/raft.h"

// Elections (thesis 3.4, 3.6.1) with pre-vote (9.6) and leader stickiness (4.2.3, 6.2).

namespace skerry::raft {

bool Raft::MayCampaign(bool transfer) const {
  if (role_ == Role::kLeader || removed_ || installing_) return false;
  if (Bound() && !transfer && !Planted(PlantedBug::kVoteWhileFortified)) return false;
  // What may be forgotten binds to another one.
  if (Quiet() && !OneVoter()) return false;
  // Safety-rules 10: commit index and configuration went back with a restart.
  if (applied_ < recovered_commit_ && !Planted(PlantedBug::kCampaignBeforeReapplied)) return false;
  // Whom an uncommitted configuration removes may be the only one that has it (thesis 4.2.2).
  return configuration().IsVoter(options_.replica) ||
         CommittedConfiguration().IsVoter(options_.replica);
}

void Raft::DrawTimeout() {
  election_elapsed_ = 0;
  timeout_ = options_.election_ticks;
  if (options_.prng != nullptr) {
    timeout_ += static_cast<int>(options_.prng->Below(uint64_t(options_.election_ticks)));
  }
}

void Raft::TickElection() {
  if (OneVoter()) {
    if (MayCampaign()) {
      CampaignAlone();
      return;
    }
    if (!Bound()) return;
  }
  if (++election_elapsed_ < timeout_) return;
  DrawTimeout();
  leader_ = ReplicaId(0);
  if (Bound()) {
    AskWhetherBound();
  } else if (MayCampaign()) {
    StartPreVote();
  } else if (!configuration().IsVoter(options_.replica)) {
    // Asks without standing: if this replica is no member any more, a leader will say so.
    AskForVotes(MessageType::kPreVote, /*transfer=*/false);
  }
}

void Raft::CampaignNow() {
  if (!MayCampaign()) return;
  if (OneVoter()) {
    CampaignAlone();
  } else {
    StartElection(/*transfer=*/false);
  }
}

// With one voter the candidate's own vote is the majority. It is durable with or before the term's
// no-op, and nothing is committed in the term before that.
void Raft::CampaignAlone() {
  BecomeFollower(hard_state_.term.Next(), ReplicaId(0));
  hard_state_.vote = options_.replica;
  BecomeLeader();
}

void Raft::StartPreVote() {
  role_ = Role::kPreCandidate;
  leader_ = ReplicaId(0);
  votes_.clear();
  AskForVotes(MessageType::kPreVote, /*transfer=*/false);
  CountVote(options_.replica, true);
}

void Raft::StartElection(bool transfer) {
  BecomeFollower(hard_state_.term.Next(), ReplicaId(0));
  role_ = Role::kCandidate;
  hard_state_.vote = options_.replica;
  own_vote_pending_ = true;
  AskForVotes(MessageType::kRequestVote, transfer);
}

// Requests for real votes wait until the candidate's own vote and all entries before it are
// durable: one that came back with less could be elected by late answers to a longer log.
void Raft::AskForVotes(MessageType type, bool transfer) {
  const bool pre_vote = type == MessageType::kPreVote;
  for (const ReplicaId member : configuration().Members()) {
    if (member == options_.replica || !configuration().IsVoter(member)) continue;
    Message message = MakeMessage(type, member);
    if (pre_vote) message.term = hard_state_.term.Next();
    message.log_index = last_index();
    message.log_term = entries_.last_term();
    message.transfer = transfer;
    if (pre_vote || Planted(PlantedBug::kVoteRequestedBeforeDurable)) {
      Send(std::move(message));
    } else {
      SendWhenDurable(std::move(message));
    }
  }
}

void Raft::CountVote(ReplicaId voter, bool granted) {
  if (role_ != Role::kCandidate && role_ != Role::kPreCandidate) return;
  votes_.emplace(voter, granted);
  const VoteOutcome outcome = configuration().Outcome([this](ReplicaId replica) {
    const auto it = votes_.find(replica);
    return it == votes_.end() ? 0 : it->second ? 1 : -1;
  });
  if (outcome == VoteOutcome::kPending) return;
  if (outcome == VoteOutcome::kLost) {
    BecomeFollower(hard_state_.term, ReplicaId(0));
  } else if (role_ == Role::kPreCandidate) {
    StartElection(/*transfer=*/false);
  } else {
    BecomeLeader();
  }
}

void Raft::BecomeFollower(Term term, ReplicaId leader) {
  if (term != hard_state_.term) {
    hard_state_.term = term;
    hard_state_.vote = ReplicaId(0);
    hard_state_changed_ = true;
    agreed_ = hard_state_.commit;
    // What was promised to another term's leader or candidate says nothing in this one.
    held_back_.clear();
    own_vote_pending_ = false;
  }
  if (role_ == Role::kLeader) {
    progress_.clear();
    transfer_to_ = ReplicaId(0);
    DropApplied();
  }
  role_ = Role::kFollower;
  leader_ = leader;
  Release();
  votes_.clear();
  FailReads();
  DrawTimeout();
}

void Raft::BecomeLeader() {
  role_ = Role::kLeader;
  leader_ = options_.replica;
  votes_.clear();
  progress_.clear();
  for (const ReplicaId member : configuration().Members()) {
    if (member != options_.replica) {
      progress_.emplace(member, Progress(last_index(), options_.in_flight));
    }
  }
  election_elapsed_ = heartbeat_elapsed_ = 0;
  transfer_to_ = ReplicaId(0);
  lease_given_up_ = false;
  Unfortify();
  SendFortify();
  // An older leader's configuration may stand anywhere in the log.
  term_start_ = configuration_pending_ =
      Planted(PlantedBug::kNoOpMissing) ? last_index() : Append(EntryKind::kNoOp, {});
}

// -------------------------------------------------------------------------------------- messages

bool Raft::StepTerm(const Message& message) {
  if (message.term == hard_state_.term) return true;
  if (message.term < hard_state_.term) return StepLowerTerm(message);
  switch (message.type) {
    case MessageType::kPreVote:
      return AllowVoteRequest(message);  // asks about a term that nobody has begun
    case MessageType::kPreVoteResponse:
      if (!message.reject) return true;  // names the term that was asked about
      break;
    case MessageType::kRequestVote:
      if (!AllowVoteRequest(message)) return false;
      break;
    case MessageType::kNotMember:
      return true;
    default:
      break;
  }
  const bool from_leader =
      message.type == MessageType::kAppendEntries || message.type == MessageType::kHeartbeat ||
      message.type == MessageType::kInstallSnapshot || message.type == MessageType::kFortify;
  BecomeFollower(message.term, from_leader ? message.from : ReplicaId(0));
  return true;
}

bool Raft::StepLowerTerm(const Message& message) {
  switch (message.type) {
    case MessageType::kAppendEntries:
    case MessageType::kHeartbeat:
    case MessageType::kInstallSnapshot:
    case MessageType::kFortify: {
      // The sender must learn of the term, or, having asked in vain and been cut off, this replica
      // could never come back under its leader (thesis 9.6).
      Message answer = MakeMessage(MessageType::kAppendEntriesResponse, message.from);
      answer.reject = true;
      answer.log_index = message.log_index;
      SendWhenDurable(std::move(answer));
      return Planted(PlantedBug::kAppendOfOlderTerm) && role_ != Role::kLeader;
    }
    case MessageType::kPreVote: {
      Message answer = MakeMessage(MessageType::kPreVoteResponse, message.from);
      answer.reject = true;
      SendWhenDurable(std::move(answer));
      return false;
    }
    case MessageType::kNotMember:
      // Of a leader that this replica's term has left behind, but that knows a later configuration:
      // one that is committed, so this replica's own is history, or was never committed.
      return message.log_index > configurations_.back().index;
    default:
      return false;
  }
}

// A leader was heard of lately, or this replica has just started and does not know what it was told
// before: somebody who merely lost touch must not depose the leader.
bool Raft::AllowVoteRequest(const Message& message) {
  if (role_ != Role::kLeader && !BindingAllows(message)) return false;
  if (message.transfer) return true;
  if (quiet_ticks_ > 0) return false;
  if (role_ == Role::kLeader) {
    const bool settled = configuration_pending_ <= applied_;
    if (settled && !configuration().Contains(message.from)) {
      Message answer = MakeMessage(MessageType::kNotMember, message.from);
      answer.log_index = configurations_.back().index;
      Send(std::move(answer));
    }
    return false;
  }
  return leader_ == ReplicaId(0) || election_elapsed_ >= options_.election_ticks;
}

void Raft::StepVoteRequest(const Message& message) {
  const bool pre_vote = message.type == MessageType::kPreVote;
  const bool free_to_vote = hard_state_.vote == message.from ||
                            (hard_state_.vote == ReplicaId(0) && leader_ == ReplicaId(0)) ||
                            (pre_vote && message.term > hard_state_.term) ||
                            Planted(PlantedBug::kVoteTwice);
  const bool up_to_date =
      message.log_term > entries_.last_term() ||
      (message.log_term == entries_.last_term() && message.log_index >= last_index()) ||
      Planted(PlantedBug::kVoteIgnoresLog);
  Message answer = MakeMessage(
      pre_vote ? MessageType::kPreVoteResponse : MessageType::kRequestVoteResponse, message.from);
  if (!free_to_vote || !up_to_date || quiet_ticks_ > 0 || !BindingAllows(message)) {
    answer.reject = true;
    SendWhenDurable(std::move(answer));
    return;
  }
  answer.term = message.term;
  if (!pre_vote && hard_state_.vote != message.from) {
    hard_state_.vote = message.from;
    hard_state_changed_ = true;
    election_elapsed_ = 0;
  }
  if (Planted(PlantedBug::kVoteAnsweredBeforeDurable)) {
    Send(std::move(answer));
  } else {
    SendWhenDurable(std::move(answer));
  }
}

void Raft::StepVoteResponse(const Message& message) {
  const bool pre_vote = message.type == MessageType::kPreVoteResponse &&
                        !(Planted(PlantedBug::kPreVoteCounts) && role_ == Role::kCandidate);
  if (role_ != (pre_vote ? Role::kPreCandidate : Role::kCandidate)) return;
  // A pre-vote is for the next term, and for this candidacy alone.
  if (pre_vote && !message.reject && message.term != hard_state_.term.Next()) return;
  if (!pre_vote && message.term != hard_state_.term) return;
  CountVote(message.from, !message.reject);
}

}  // namespace skerry::raft
