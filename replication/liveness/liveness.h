#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/functional/any_invocable.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/executor.h"
#include "base/status.h"
#include "base/strong.h"
#include "replication/liveness/state.h"
#include "replication/transport/transport.h"

namespace skerry::liveness {

// References outlive the Liveness.
struct Options {
  Disk& disk;
  std::string directory;  // of the file; must exist
  // Its own: nothing on it may take long. Withdrawals and extensions run here and nowhere else.
  Executor& executor;
  const Clock& clock;
  transport::Transport& transport;

  // At first; see SetOn.
  bool on = true;
  // What is asked for with each heartbeat, and how often. A node that dies is given up between
  // `promise - interval` and `promise` later.
  Duration promise = std::chrono::milliseconds(1000);
  Duration interval = std::chrono::milliseconds(200);

  // On the executor, without a lock held: what concerns this node has changed. It has ended its
  // support of an epoch of it, it has begun to support this one or ceased to; NodeId(0): this
  // node's own epoch is another one.
  absl::AnyInvocable<void(NodeId)> on_changed;
  // The file could not be written: nothing is promised or counted on any more.
  absl::AnyInvocable<void(const Status&)> on_fatal;
};

// Support between nodes (store liveness): instead of each group's leader keeping each follower
// informed that it lives, one heartbeat goes between each pair of nodes that share a group. Leader
// leases and groups without heartbeats stand on it; safety-rules 1 says how.
//
// A node asks others for support of its current epoch. Who supports (S, e) promises not to withdraw
// for the promise's length from the heartbeat's receipt; S counts on 0.9 of that from its sending,
// so that clocks that run apart by some percent do no harm. When a promise has run out, the support
// is withdrawn: durably, once and for all, so that (S, e) is never supported again; S hears of it
// and raises its epoch. A node raises its epoch at every start, too, before it asks for anything.
//
// It may be switched off and on while the node runs (SetOn), for the sake of nodes that know
// nothing of it. Off, this node asks for no support, counts on none (its epoch is 0: every lease
// that stands on it is over before SetOn returns) and gives none. What it has promised it keeps
// until that has run out, and then withdraws as ever, so that whoever still counts on it does so
// rightly; a start in this state is quiet like any other. On again, it has a new epoch: what was
// promised before, by others or to others, is not taken for more than it was, and a lease comes
// only of promises for that epoch, so that each node may be switched by itself, in any order.
//
// Thread-safe, but for what says otherwise. A node without peers writes nothing and wakes for
// nothing.
class Liveness : public std::enable_shared_from_this<Liveness> {
 public:
  // Reads the file. kCorruption, kFailedPrecondition: see ReadState.
  static Result<std::shared_ptr<Liveness>> Open(Options options);
  Liveness(const Liveness&) = delete;
  Liveness& operator=(const Liveness&) = delete;
  ~Liveness() = default;

  // This node and `node` have a group more, or less, in common. While they have one, they are asked
  // for support.
  void Use(NodeId node);
  void Release(NodeId node);

  void OnHeartbeat(NodeId from, const transport::NodeHeartbeat& heartbeat);
  void OnResponse(NodeId from, const transport::NodeHeartbeatResponse& response);

  // A new epoch, as after a restart: whoever counts on what this node did in the former one starts
  // anew.
  void RaiseEpoch();
  // Takes effect before it returns when off, soon when on.
  void SetOn(bool on);
  bool on() const {
    std::lock_guard lock(mutex_);
    return on_;
  }
  // It is off, and nothing that was begun before is under way: no heartbeat leaves any more.
  bool IsOff() const {
    std::lock_guard lock(mutex_);
    return !on_ && switches_ == 0;
  }
  // Nothing is sent, written or called after it but what is under way on the executor.
  void Stop();

  // Of this node, to be supported by others; 0: none yet, or off. What stands on an epoch is over
  // when it is another one, before anybody else can hear of that.
  uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }
  // Until when `node` supports this node's `epoch`: a promise that nothing takes back. The begin of
  // time if it is not the current one.
  MonotonicTime SupportedUntil(NodeId node, uint64_t epoch) const;
  // It did when on_changed was called last; it is used, has done so in this life, and did not then.
  bool IsSupportedBy(NodeId node) const;
  bool IsAway(NodeId node) const;
  // This node supports (node, epoch), and has not withdrawn.
  bool Supports(NodeId node, uint64_t epoch) const;
  // (node, epoch) will never again be supported, durably.
  bool Ended(NodeId node, uint64_t epoch) const;
  // After a start, as long as promises of an earlier life may be in force: groups neither vote nor
  // campaign.
  bool Quiet() const { return options_.clock.Now() < quiet_until_; }

 private:
  struct Peer {
    uint64_t uses = 0;
    // It is supported by us: what epoch, and until when (at least). Nothing while `given` is
    // false.
    bool given = false;
    MonotonicTime given_until;
    // It supports us, by its promise.
    MonotonicTime supported_until;
    bool met = false;      // it has supported us in this life
    bool counted = false;  // supported_until has not passed, as on_changed was told last
  };

  explicit Liveness(Options options, State state);

  // On the executor.
  void Schedule();
  void Beat();
  void SendHeartbeat(NodeId node);
  void TakeHeartbeat(NodeId from, const transport::NodeHeartbeat& heartbeat);
  void TakeResponse(NodeId from, const transport::NodeHeartbeatResponse& response,
                    MonotonicTime received);
  bool Write(const State& state);  // false: failed, for good
  bool RaiseTo(uint64_t epoch);
  void Expect(MonotonicTime due);
  void WithdrawDue();
  bool IsSupported(NodeId node, uint64_t epoch) const;  // with mutex_ held

  Options options_;
  const MonotonicTime quiet_until_;

  std::atomic<uint64_t> epoch_ = 0;  // state_.epoch, once it was raised in this life
  mutable std::mutex mutex_;
  // Guarded by mutex_; changed on the executor alone, but for Peer::uses, stopped_ and what
  // SetOn changes.
  State state_;
  std::map<NodeId, Peer> peers_;
  bool scheduled_ = false;
  bool stopped_ = false;
  bool on_ = true;
  int switches_ = 0;  // posted and not yet run

  // Of the executor.
  MonotonicTime expected_ = MonotonicTime::max();  // when WithdrawDue is posted to run
};

}  // namespace skerry::liveness
