#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/strong.h"
#include "replication/raft/types.h"

namespace skerry::raft {

enum class Role : uint8_t { kFollower, kLeader };

struct Options {
  ReplicaId replica;
  Configuration configuration;
  // As found in the log; all zero for a new group.
  HardState hard_state;
  LogIndex applied;               // by the state machine, at least the log's start
  Term applied_term;              // of the entry at `applied`
  std::vector<EntryPtr> entries;  // in the log above `applied`, without gaps, durable

  uint64_t max_pending_bytes = 64 << 20;   // appended and not yet applied
  uint64_t max_committed_bytes = 4 << 20;  // in one Ready, but at least one entry
};

// The Raft algorithm of one replica, without I/O, clock or chance: calls in, Ready out. Not
// thread-safe.
//
// This version is exact for a group whose only voter is this replica: Create refuses any other
// configuration with kUnimplemented, and so does ProposeConfiguration.
//
// The caller's loop: after any call, while HasReady(), TakeReady() and
//   1. send `messages`;
//   2. persist `hard_state` and `entries` in one atomic record that carries `commit`, in the order
//   of
//      the Readys; when durable (must_sync says whether that may be relaxed) call Persisted with
//      the last entry's index and term. Several may be under way;
//   3. apply `committed` in order and call Applied. Entries need not be durable here for that.
// Nothing that depends on a Ready (an answer, a vote) leaves the node before it is durable.
class Raft {
 public:
  static Result<Raft> Create(Options options);

  // One unit of time has passed. A group of one needs none while it leads: idle groups cost
  // nothing.
  void Tick();

  // A message from another replica. kFailedPrecondition, and nothing else happens, if the sender is
  // no member: a removed or foreign replica must not disturb the group (thesis 4.2.3).
  Status Step(const Message& message);

  // Appends to the log. kUnavailable if not leader, kResourceExhausted beyond max_pending_bytes.
  Result<LogIndex> Propose(std::string data);
  Status ProposeConfiguration(const Configuration& configuration);

  bool HasReady() const;
  Ready TakeReady();

  // All entries through (index, term) are durable, and with them the hard state handed out before.
  void Persisted(LogIndex index, Term term);
  // The state machine has applied through `index`.
  void Applied(LogIndex index);

  Role role() const { return role_; }
  Term term() const { return hard_state_.term; }
  LogIndex commit() const { return hard_state_.commit; }
  LogIndex applied() const { return applied_; }
  LogIndex last_index() const;
  LogIndex persisted() const { return persisted_; }
  // Leader, and an entry of this term is applied (safety-rules 2).
  bool LeaderReady() const;
  const Configuration& configuration() const { return options_.configuration; }
  const HardState& hard_state() const { return hard_state_; }
  uint64_t pending_bytes() const { return pending_bytes_; }

  // Aborts if the state contradicts the algorithm. For tests, after every step.
  void CheckInvariants() const;

 private:
  explicit Raft(Options options);

  // Thesis 3.4; with one voter the candidate's own vote is the majority. It is durable with or
  // before the term's no-op, and nothing is committed in the term before that.
  void Campaign();
  bool MayCampaign() const;
  LogIndex Append(EntryKind kind, std::string data);
  // Commits through what is durable, if that is of the current term (thesis 3.6.2).
  void AdvanceCommit();
  Term TermAt(LogIndex index) const;
  const EntryPtr& At(LogIndex index) const;

  Options options_;
  HardState hard_state_;
  Role role_ = Role::kFollower;
  bool hard_state_changed_ = false;

  // Entries (base_index_, last_index()]; below, all is applied and durable.
  std::deque<EntryPtr> entries_;
  LogIndex base_index_;
  Term base_term_;

  LogIndex handed_;     // given out for persisting
  LogIndex persisted_;  // durable
  LogIndex applying_;   // given out for applying
  LogIndex applied_;
  LogIndex term_start_;  // this leader's no-op
  uint64_t pending_bytes_ = 0;
};

}  // namespace skerry::raft
