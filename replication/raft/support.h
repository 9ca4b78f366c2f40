#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/strong.h"

namespace skerry::raft {

// What the algorithm is told of support between nodes (safety-rules 1): a table that its caller
// keeps, one of a node for all groups, so that groups that do nothing cost nothing. Each replica
// stands for its node here. Calls come on the group's executor.
//
// When something in it changes that concerns a group's members, Raft::SupportChanged is owed.
class Support {
 public:
  virtual ~Support() = default;

  // This node's own, which others support; 0: none yet.
  virtual uint64_t epoch() const = 0;
  // How long `member` surely supports this node's `epoch`, which is the current one; else the begin
  // of time.
  virtual MonotonicTime SupportedUntil(ReplicaId member, uint64_t epoch) const = 0;
  // It did so when this was looked at last. A hint.
  virtual bool IsSupportedBy(ReplicaId member) const = 0;
  // It does so no more: it will be seen when it comes back.
  virtual bool IsAway(ReplicaId member) const = 0;

  // This node supports (leader, epoch) and has not withdrawn.
  virtual bool Supports(ReplicaId leader, uint64_t epoch) const = 0;
  // It does not and never will again, durably.
  virtual bool Ended(ReplicaId leader, uint64_t epoch) const = 0;
  // This node has started lately and may be bound by what it forgot: no votes.
  virtual bool Quiet() const = 0;
};

}  // namespace skerry::raft
