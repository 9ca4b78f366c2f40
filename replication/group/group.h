#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/status.h"
#include "base/strong.h"
#include "replication/group/state_machine.h"
#include "replication/raft/configuration.h"

namespace skerry::group {

// Whether a replica has the leader's lease (safety-rules 1): nobody else leads its group or has
// committed anything at the moment at which Valid says so. Thread-safe; may outlive the group.
class LeaseView {
 public:
  virtual ~LeaseView() = default;
  virtual bool Valid() const = 0;
};

// Whether a replica that follows may answer eventual reads (safety-rules 17): within the last 10 s
// it had applied all that was acknowledged by then. Thread-safe; may outlive the group.
class FreshnessView {
 public:
  virtual ~FreshnessView() = default;
  // 0: no. A number: yes, and as long as it is the same what the replica holds has only grown.
  virtual uint64_t Fresh() const = 0;
  // Who leads has said that nothing which was acknowledged before `asked` lies above `index`.
  virtual void Told(LogIndex index, MonotonicTime asked) = 0;
};

// Drives one replica of one Raft group: persists what the algorithm says, applies what is
// committed, answers who waits. Lives on one executor: every call comes on it and every callback
// runs on it, except for the getters marked thread-safe. Made and owned by host::Host; the pointer
// is valid until the callback of Host::DestroyGroup has run, or Host::Stop has returned.
class Group {
 public:
  using ProposeDone = absl::AnyInvocable<void(Result<LogIndex>)>;

  virtual ~Group() = default;

  // Appends `command` to the log and returns its index, or 0 if it is refused at once. `done` runs
  // once, never inside this call: after the entry is applied, with its index or with the failure
  // that Apply gave it; or with a failure of the group's own. Of those kOutcomeUnknown alone means
  // that the entry may yet be applied; any other (kUnavailable: no leader or stopped; kAborted:
  // another leader's entry took the place; kResourceExhausted: too much under way, or the disk or
  // the log is full; kInvalidArgument: too long) that it never will be. `done` calls run in the
  // order of the indexes. Proposals made in one turn of the executor share one log record.
  virtual LogIndex Propose(std::string command, ProposeDone done) = 0;

  // Leader, and an entry of this term is applied: evaluation may start (safety-rules 2), and, if
  // this is the only voter, strong reads. Thread-safe.
  virtual bool LeaderReady() const = 0;
  // Runs `done` once LeaderReady() (at once, but posted, if it is). Destroyed without running if
  // the group goes first.
  virtual void OnLeaderReady(absl::AnyInvocable<void()> done) = 0;

  // A linearizable read begins (thesis 6.4): `done` gets, later, an index that this replica has
  // applied and that no acknowledged write before the call lies above; or kUnavailable: it does not
  // lead, or has ceased to.
  using ReadDone = absl::AnyInvocable<void(Result<LogIndex>)>;
  virtual void ReadIndex(ReadDone done) = 0;

  // Of this replica: while it is valid a read needs no ReadIndex. Never null. Thread-safe.
  virtual std::shared_ptr<const LeaseView> lease() const = 0;
  // Whether it is, after it was extended as far as can be: nobody does that as time passes.
  virtual bool RenewLease() = 0;

  // Of this replica. Never null. Thread-safe.
  virtual std::shared_ptr<FreshnessView> freshness() const = 0;

  // Proposes to make the voters and learners those of `target`; through a joint configuration, one
  // change at a time (raft::Raft::ProposeConfiguration says the errors). `done` when that
  // configuration is committed, or with a failure as of Propose.
  virtual void ChangeConfiguration(const raft::Configuration& target, ProposeDone done) = 0;
  // Hands over to a voter (thesis 3.10); proposals are refused with kUnavailable meanwhile.
  virtual Status TransferLeadership(ReplicaId target) = 0;
  // Stands for election now, if nobody is known to lead and this replica may: for a new group,
  // which need not wait until somebody is missed.
  virtual void Campaign() = 0;
  // The latest in the log.
  virtual raft::Configuration configuration() const = 0;
  // What a leader knows of the others; empty if this does not lead.
  struct Member {
    ReplicaId replica;
    LogIndex match;  // known to be durable there
  };
  virtual std::vector<Member> progress() const = 0;
  // Who leads, as far as this replica knows; 0: unknown.
  virtual ReplicaId leader() const = 0;
  // The group's leader has said that this replica belongs to it no more.
  virtual bool removed() const = 0;

  // Thread-safe.
  virtual Term term() const = 0;
  virtual LogIndex applied() const = 0;
  virtual LogIndex committed() const = 0;

  // The last index in the log, durable or not.
  virtual LogIndex last_index() const = 0;

  virtual GroupId id() const = 0;
  virtual ReplicaId replica() const = 0;
  virtual Executor& executor() const = 0;

  // Longest command that Propose takes.
  static constexpr size_t kMaxCommandBytes = 32 << 20;
};

}  // namespace skerry::group
