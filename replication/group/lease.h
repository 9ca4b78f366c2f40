#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "replication/group/group.h"
#include "replication/liveness/liveness.h"
#include "replication/raft/support.h"
#include "replication/raft/types.h"

// What ties a group to support between nodes.

namespace skerry::group {

// A leader's lease as its executor published it last. Publish on one executor; Valid anywhere.
class PublishedLease final : public LeaseView {
 public:
  PublishedLease(std::shared_ptr<const liveness::Liveness> liveness, const Clock& clock)
      : liveness_(std::move(liveness)), clock_(clock) {}

  void Publish(raft::Lease lease) {
    const int64_t end = lease.end.time_since_epoch().count();
    if (epoch_.load(std::memory_order_relaxed) != lease.epoch) {
      end_.store(0);
      epoch_.store(lease.epoch);
    }
    end_.store(end);
  }

  // The end is looked at before and after the clock: whoever takes the lease back does so before
  // anybody else may lead.
  bool Valid() const override {
    if (liveness_ == nullptr) return false;
    const int64_t end = end_.load();
    const uint64_t epoch = epoch_.load();
    if (epoch == 0 || clock_.Now().time_since_epoch().count() >= end) return false;
    return liveness_->epoch() == epoch && end_.load() == end;
  }

 private:
  const std::shared_ptr<const liveness::Liveness> liveness_;
  const Clock& clock_;
  std::atomic<int64_t> end_ = 0;
  std::atomic<uint64_t> epoch_ = 0;
};

// Nodes' support, as the algorithm asks for it: by replicas.
class ReplicaSupport final : public raft::Support {
 public:
  explicit ReplicaSupport(const liveness::Liveness& liveness) : liveness_(liveness) {}
  uint64_t epoch() const override { return liveness_.epoch(); }
  MonotonicTime SupportedUntil(ReplicaId member, uint64_t epoch) const override {
    return liveness_.SupportedUntil(NodeOf(member), epoch);
  }
  bool IsSupportedBy(ReplicaId member) const override {
    return liveness_.IsSupportedBy(NodeOf(member));
  }
  bool IsAway(ReplicaId member) const override { return liveness_.IsAway(NodeOf(member)); }
  bool Supports(ReplicaId leader, uint64_t epoch) const override {
    return liveness_.Supports(NodeOf(leader), epoch);
  }
  bool Ended(ReplicaId leader, uint64_t epoch) const override {
    return liveness_.Ended(NodeOf(leader), epoch);
  }
  bool Quiet() const override { return liveness_.Quiet(); }

 private:
  const liveness::Liveness& liveness_;
};

}  // namespace skerry::group
