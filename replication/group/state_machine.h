#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/strong.h"
#include "replication/raft/types.h"

namespace skerry::group {

// One committed command. No-ops and configuration changes are never handed over, so indexes have
// gaps. The view is valid during the call that hands it over.
struct CommittedEntry {
  LogIndex index;
  Term term;
  std::string_view command;
};

// A state machine's state at one applied index, read in pieces for a replica that is too far behind
// (thesis chapter 5). Called on the blocking executor. Destroyed before its machine.
class SnapshotReader {
 public:
  virtual ~SnapshotReader() = default;
  // The next piece, of about `bytes`; an empty one: there are no more. What is in a piece is the
  // machine's own business.
  virtual Result<std::string> Read(size_t bytes) = 0;
};

// The other end: takes the pieces in, and nothing of the machine changes until Install. Called on
// the blocking executor. Destroyed without Install it leaves nothing behind. Destroyed before its
// machine.
class SnapshotWriter {
 public:
  virtual ~SnapshotWriter() = default;
  // kInvalidArgument if it is no piece of a snapshot.
  virtual Status Add(std::string_view piece) = 0;
  // Replaces the machine's whole state, its applied index and term included, atomically and
  // durably (safety-rules 6): after a crash the machine has the old state or the new one. No other
  // call of the machine is under way.
  virtual Status Install() = 0;
};

// What a replica may do as the member of its group that it is.
struct Standing {
  bool ready = false;  // leads, and may evaluate: Group::LeaderReady
  bool alone = false;  // the only voter, so that it leads or will; false once the group has failed
  ReplicaId leader;    // as far as this replica knows; 0: nobody
  bool operator==(const Standing&) const = default;
};

// What a group's log drives: a port, implemented by server/replica over storage/partition. Outlives
// the Group (until the callback of DestroyGroup or the end of Host::Stop). Called on the group's
// executor except where it says otherwise.
class StateMachine {
 public:
  virtual ~StateMachine() = default;

  // Applies `entries` in order, atomically with the applied index and its term (one engine write).
  // `applied` is at or above the last entry's index: `entries` is empty when only a no-op was
  // committed. Deterministic in the entries and the state before them. outcomes->at(i) tells entry
  // i's waiter; *outcomes comes in with one success for each entry. A failed call stops the node:
  // its state can no longer follow the log.
  virtual Status Apply(std::span<const CommittedEntry> entries, LogIndex applied, Term applied_term,
                       std::vector<Status>* outcomes) = 0;

  // What Apply last wrote; after a restart what is found in the engine. 0 before the first Apply.
  virtual LogIndex applied() const = 0;
  virtual Term applied_term() const = 0;

  // The applied index that is durable in the engine (read with kPersistedTier): the log may be
  // truncated through it. Called on the blocking executor, at the same time as the others.
  virtual Result<LogIndex> FlushedIndex() = 0;

  // The log wants to be shorter: start making what was applied durable. Returns at once. Called on
  // the blocking executor. Host::NotifyFlushed is owed afterwards (or the host asks again).
  virtual void RequestFlush() = 0;

  // It has changed. Between a loss of `ready` and the next gain everything that was proposed before
  // gets its answer.
  virtual void OnStanding(Standing standing) = 0;

  // The state as of applied().
  virtual Result<std::unique_ptr<SnapshotReader>> TakeSnapshot() = 0;
  virtual Result<std::unique_ptr<SnapshotWriter>> ReceiveSnapshot(
      const raft::SnapshotMetadata& metadata) = 0;
  // A snapshot was installed and the group goes on from it: applied() is what it held.
  virtual void OnInstalled() = 0;
  // Metadata of the last snapshot that was installed, durable with it: where the log must begin if
  // a crash came between Install and the log's record of it. Index 0 if there was none.
  virtual raft::SnapshotMetadata installed() const = 0;
};

}  // namespace skerry::group
