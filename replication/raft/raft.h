#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/prng.h"
#include "base/status.h"
#include "base/strong.h"
#include "replication/raft/entries.h"
#include "replication/raft/progress.h"
#include "replication/raft/support.h"
#include "replication/raft/types.h"

namespace skerry::raft {

enum class Role : uint8_t { kFollower, kPreCandidate, kCandidate, kLeader };

struct Options {
  ReplicaId replica;
  // As found in the log; all zero for a new group, empty for a replica that waits for its first
  // snapshot. `configuration` is as of `applied`.
  Configuration configuration;
  HardState hard_state;
  LogIndex applied;               // by the state machine, at least the log's start
  Term applied_term;              // of the entry at `applied`
  std::vector<EntryPtr> entries;  // in the log above `applied`, without gaps, durable
  // Found in the log, not made anew: no vote for one election timeout, since what this replica
  // granted or was told before is forgotten.
  bool restarted = false;

  // Null: no leases, and groups never sleep. Outlives the Raft.
  const Support* support = nullptr;

  // Election timeouts are drawn from [election_ticks, 2 * election_ticks) anew for each term
  // (thesis 3.4). Outlives the Raft.
  Prng* prng = nullptr;
  int election_ticks = 10;
  int heartbeat_ticks = 2;
  // Where the order begins in which voters campaign when the leader's node has been given up; the
  // same for all replicas of a group, another for other groups, so that leaders spread.
  uint64_t first_candidate = 0;

  uint64_t max_pending_bytes = 64 << 20;   // appended and not yet applied
  uint64_t max_committed_bytes = 4 << 20;  // in one Ready, but at least one entry
  uint64_t max_append_bytes = 1 << 20;     // of entries in one message, but at least one entry
  Progress::Bounds in_flight;              // to one follower
  uint64_t max_cached_bytes = 4 << 20;     // of applied entries kept for followers that are behind
};

// The Raft algorithm of one replica, without I/O, clock or chance of its own: calls in, Ready out.
// Not thread-safe.
//
// With pre-vote (thesis 9.6), leader stickiness and check quorum (6.2), leader transfer (3.10),
// pipelined appends (10.2.1), learners (4.2.1), joint consensus (4.3), reads by index (6.4), and
// leases on support between nodes.
// A configuration counts from when its entry is in the log, committed or not (thesis 4.1).
//
// The caller's loop: after any call, while HasReady(), TakeReady() and
//   1. send `messages`;
//   2. persist `hard_state` and `entries` in one atomic record that carries `commit`, in the order
//      of the Readys; when durable (must_sync says whether that may be relaxed) call Persisted with
//      the Ready's number. Several may be under way;
//   3. apply `committed` in order and call Applied;
//   4. see to reads, fetches, snapshots, install, whenever it suits.
// Messages that promise something (votes, acknowledgements) come out only after what they promise
// is durable.
class Raft {
 public:
  // kInvalidArgument if the configuration is malformed, kCorruption if the log ends before what it
  // says is committed.
  static Result<Raft> Create(Options options);

  // One unit of time has passed.
  void Tick();
  // Whether time need pass at all: idle groups cost nothing. May change with every call.
  bool NeedsTicks() const;
  // What Options::support says has changed.
  void SupportChanged();

  // A message from another replica; stale, doubled or reordered ones do no harm.
  // kFailedPrecondition, and nothing else happens, if it is not for this replica.
  Status Step(const Message& message);

  // Appends to the log. kUnavailable if not leader or about to hand over, kResourceExhausted
  // beyond max_pending_bytes.
  Result<LogIndex> Propose(std::string data);
  // What is proposed from now on is kept back: neither sent nor handed out to be made durable, so
  // that more can go with it. Ends by Release, with the leadership, and by a change of the members.
  void Hold() {
    if (!held_above_) held_above_ = last_index();
  }
  void Release() { held_above_.reset(); }
  size_t held_back() const { return last_index().value - released().value; }  // entries
  // Changes voters and learners to those of `target`, by a joint configuration that is left by
  // itself (thesis 4.3). kAlreadyExists if the group has them, kFailedPrecondition while another
  // change is under way, else as Propose.
  Result<LogIndex> ProposeConfiguration(const Configuration& target);

  // A linearizable read begins: its ReadState comes by a Ready, under the id returned here
  // (thesis 6.4). Ids are never used again. kUnavailable unless LeaderReady().
  Result<uint64_t> ReadIndex();

  // As things stand; nothing takes it back but a change of the node's epoch, and what lease() says
  // after a later call: look again before what that call's Ready holds goes out. Reads may be
  // served from what is applied. None unless LeaderReady().
  Lease lease() const;

  // Hands over to `target` (thesis 3.10): no proposals from now on, until it campaigns or an
  // election timeout has passed. kFailedPrecondition if it is no voter, or this is no leader.
  Status TransferLeadership(ReplicaId target);
  // Campaigns now, without asking first who would vote. Nothing happens unless it may.
  void CampaignNow();

  bool HasReady() const;
  Ready TakeReady();

  // What the Readys through `number` hold is durable.
  void Persisted(uint64_t number);
  // The state machine has applied through `index`.
  void Applied(LogIndex index);

  // Answers to Ready::fetches: `entries` begin at `from`, behind an entry of `previous_term`; or
  // the log begins above `from`.
  void Fetched(ReplicaId replica, LogIndex from, Term previous_term, std::vector<EntryPtr> entries);
  void FetchFailed(ReplicaId replica);
  // What ends the sending of a snapshot: the last of it that the follower's node hands on.
  Message InstallSnapshotMessage(ReplicaId to, SnapshotMetadata metadata) const;
  // Answers to Ready::snapshots: one through `index` has arrived whole, or (0) none has.
  void SnapshotSent(ReplicaId replica, LogIndex index);
  // Answers to Ready::install: state machine and log durably begin behind the snapshot.
  void SnapshotInstalled();
  void InstallFailed();

  Role role() const { return role_; }
  ReplicaId replica() const { return options_.replica; }
  ReplicaId leader() const { return leader_; }  // 0: not known
  Term term() const { return hard_state_.term; }
  LogIndex commit() const { return hard_state_.commit; }
  LogIndex applied() const { return applied_; }
  LogIndex last_index() const { return entries_.last(); }
  LogIndex persisted() const { return persisted_; }
  // Leader, and an entry of this term is applied (safety-rules 2).
  bool LeaderReady() const;
  // Of a follower: whoever has applied `index` had, at `asked`, all that was acknowledged
  // (Message::read_commit).
  struct Told {
    LogIndex index;
    uint64_t asked = 0;
  };
  // What the leader has said since the last call.
  std::optional<Told> TakeTold() { return std::exchange(told_, std::nullopt); }
  // A leader has said that this replica belongs to the group no more: it takes no part any more.
  bool removed() const { return removed_; }
  // The latest in the log.
  const Configuration& configuration() const { return configurations_.back().configuration; }
  const HardState& hard_state() const { return hard_state_; }
  uint64_t pending_bytes() const { return pending_bytes_; }
  // Nothing if it is not in memory.
  EntryPtr EntryAt(LogIndex index) const;
  // Of a leader; nothing for a stranger.
  const Progress* ProgressOf(ReplicaId replica) const;

  // Aborts if the state contradicts the algorithm. For tests, after every step.
  void CheckInvariants() const;

 private:
  // What was handed out to be made durable.
  struct Unpersisted {
    uint64_t number = 0;
    LogIndex last;
    Term last_term;
    Term term;
    bool own_vote = false;          // of the candidate that this replica is in `term`
    std::vector<Message> messages;  // wait for it
  };
  struct PendingRead {
    uint64_t id = 0;
    LogIndex index;
  };

  explicit Raft(Options options);

  // --- raft.cc: calls that every role knows
  Message MakeMessage(MessageType type, ReplicaId to) const;
  void Send(Message message) { messages_.push_back(std::move(message)); }
  // Goes out once all that was decided so far is durable.
  void SendWhenDurable(Message message) { held_back_.push_back(std::move(message)); }
  LogIndex released() const { return held_above_.value_or(last_index()); }
  bool OneVoter() const { return configuration().IsOneVoter(options_.replica); }
  LogIndex Append(EntryKind kind, std::string data);
  void AddEntry(EntryPtr entry);
  bool CommitTo(LogIndex index);
  void DropApplied();
  void AnswerReads();
  void FailReads();

  // --- election.cc
  bool MayCampaign(bool transfer = false) const;
  void TickElection();
  void DrawTimeout();
  void CampaignAlone();
  void StartPreVote();
  void StartElection(bool transfer);
  void AskForVotes(MessageType type, bool transfer);
  void CountVote(ReplicaId voter, bool granted);
  void BecomeFollower(Term term, ReplicaId leader);
  void BecomeLeader();
  // A message of another term: false if it is dealt with.
  bool StepTerm(const Message& message);
  bool StepLowerTerm(const Message& message);
  bool AllowVoteRequest(const Message& message);
  void StepVoteRequest(const Message& message);
  void StepVoteResponse(const Message& message);

  // --- leader.cc
  void TickLeader();
  void CheckQuorum();
  void SendAppend(ReplicaId to, bool even_if_empty);
  void SendAppends(bool even_if_empty);
  void SendHeartbeats();
  void SendEntries(ReplicaId to, Progress* progress, Term previous_term,
                   std::vector<EntryPtr> entries);
  void RequestSnapshot(ReplicaId to, Progress* progress);
  void AdvanceCommit();
  void StepAppendResponse(const Message& message, Progress* progress);
  void StepHeartbeatResponse(const Message& message, Progress* progress);
  void MaybeHandOver(ReplicaId to);
  Status MayPropose() const;

  // --- lease.cc
  bool Bound() const;
  bool Quiet() const;
  void Unfortify();
  bool BindingAllows(const Message& message);
  void AskWhetherBound();
  void StepFortify(const Message& message);
  void StepUnfortified(const Message& message);
  void LoseLeader(ReplicaId leader);
  LogIndex ReadCommit() const;
  void SendFortify();
  void StepFortifyResponse(const Message& message);
  bool LeaderMaySleep() const;

  // --- follower.cc
  void FollowLeader(const Message& message);
  // The commit index that a leader names counts as far as its log is known to be this one's.
  LogIndex MayCommit() const;
  void StepAppend(const Message& message);
  void AppendAll(const std::vector<EntryPtr>& entries);
  void TruncateFrom(LogIndex index);
  void Acknowledge(ReplicaId leader, LogIndex index);
  void RejectAppend(const Message& message);
  void StepSnapshot(const Message& message);

  // --- membership.cc
  // That of the entry at `index`, the last in the log, counts from now on.
  void AddConfiguration(LogIndex index, Configuration configuration);
  void DropConfigurationsFrom(LogIndex index);
  void UpdateProgress();
  // The last one that is known to be committed.
  const Configuration& CommittedConfiguration() const;
  void LeaveJoint();
  // What its leader owes to a configuration that is committed.
  void FollowUpConfiguration();
  void HandOverBeforeLeaving();
  void Remove();

  struct NumberedConfiguration {
    LogIndex index;
    Configuration configuration;
  };

  Options options_;
  // The one as of applied_ (or before), and those behind it in the log.
  std::deque<NumberedConfiguration> configurations_;
  HardState hard_state_;
  Role role_ = Role::kFollower;
  ReplicaId leader_;
  bool removed_ = false;
  bool hard_state_changed_ = false;

  Entries entries_;
  LogIndex handed_;     // given out for persisting
  LogIndex persisted_;  // durable
  LogIndex applying_;   // given out for applying
  LogIndex applied_;
  uint64_t pending_bytes_ = 0;  // of entries above applied_
  LogIndex recovered_commit_;   // known to be committed when this replica started

  uint64_t last_number_ = 0;
  std::deque<Unpersisted> unpersisted_;
  std::vector<Message> messages_;
  std::vector<Message> held_back_;
  bool own_vote_pending_ = false;
  std::vector<ReadState> reads_;
  std::vector<Fetch> fetches_;
  std::vector<ReplicaId> snapshots_;
  bool install_handed_ = false;
  std::optional<SnapshotMetadata> installing_;

  // Elections.
  int election_elapsed_ = 0;
  int timeout_ = 0;
  int quiet_ticks_ = 0;  // in which no vote is granted
  std::map<ReplicaId, bool> votes_;

  // Of a follower: who acknowledges what to whom. The log agrees with the leader's through here.
  LogIndex agreed_;

  // Of a leader.
  std::map<ReplicaId, Progress> progress_;  // of all members but this one
  std::optional<LogIndex> held_above_;      // what is proposed is kept back (Hold)
  LogIndex term_start_;                     // its no-op
  int heartbeat_elapsed_ = 0;
  // Nothing may change before this is applied: the last configuration, or the term's no-op.
  LogIndex configuration_pending_;
  ReplicaId transfer_to_;
  bool transfer_sent_ = false;
  int transfer_elapsed_ = 0;
  bool lease_given_up_ = false;  // for the rest of the term
  uint64_t read_sequence_ = 0;
  std::optional<Told> told_;
  bool read_heartbeat_due_ = false;
  std::deque<PendingRead> pending_reads_;
};

}  // namespace skerry::raft
