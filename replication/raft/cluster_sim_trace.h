#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "replication/raft/raft.h"

// For tests: what a run of ClusterSim does, in the steps of tests/model/Raft.tla, for TLC to tell
// whether the model allows it. A step is made out from what changed in a replica over one call, and
// from what it sends; after each call the trace says what the replica, and its disk, then hold.
//
// One group with one configuration, whose voters are replicas 1 to `voters`; no snapshots.

namespace skerry::raft {

class ClusterSimTrace {
 public:
  // Its term, and the command that it holds as a number; 0 for none.
  using Log = std::vector<std::pair<uint64_t, uint64_t>>;

  explicit ClusterSimTrace(uint64_t voters) : voters_(voters) {}

  // A call to this replica has returned.
  void Observe(const Raft& raft);
  void Sends(const Message& message);
  // A Ready was handed to the disk; `count` of those became durable, in their order; or all but
  // those were lost with the process. `log` is all of it, from index 1.
  void Writes(ReplicaId replica);
  void BecomesDurable(ReplicaId replica, size_t count, const HardState& state, const Log& log);
  void Crashes(ReplicaId replica, size_t count, const HardState& state, const Log& log);
  void Starts(ReplicaId replica, const HardState& state, const Log& log);
  void Applies(ReplicaId replica, LogIndex index);
  void HasLease(ReplicaId replica);
  // As the table of support says now; nothing happens if it said so before.
  void Supports(ReplicaId supporter, ReplicaId member, uint64_t lowest_epoch);
  void Epoch(ReplicaId replica, uint64_t epoch);

  size_t steps() const { return steps_; }
  uint64_t last_term() const { return last_term_; }
  // A sequence of TLA+.
  std::string ToTla() const { return "<<\n" + text_ + "\n>>"; }

 private:
  // As the model has it, if it has come this far.
  struct Seen {
    HardState state{Term(1), ReplicaId(0), LogIndex(1)};
    Role role = Role::kFollower;
    Log log{{1, 0}};
    std::map<ReplicaId, uint64_t> lowest_epochs;
    uint64_t epoch = 1;
    size_t lease_at = 0;
  };

  bool Votes(ReplicaId replica) const { return replica.value >= 1 && replica.value <= voters_; }
  void Step(ReplicaId replica, const std::string& action, const std::string& fields = "");
  void ObserveElection(const Raft& raft, Seen* seen);
  void ObserveLog(const Raft& raft, Seen* seen);
  void SeeDisk(ReplicaId replica, const HardState& state, const Log& log);

  uint64_t voters_;
  std::map<ReplicaId, Seen> seen_;
  std::string text_;
  size_t steps_ = 0;
  uint64_t last_term_ = 1;
};

}  // namespace skerry::raft
