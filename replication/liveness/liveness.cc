#include "replication/liveness/liveness.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/planted_bug.h"

namespace skerry::liveness {
namespace {

// No honest node asks for more, and for as long nobody could be elected.
constexpr Duration kMaxPromise = std::chrono::seconds(30);

// What may be counted on of a promise, from the sending of what it answers.
Duration Counted(Duration promise) { return promise / 10 * 9; }

MonotonicTime QuietUntil(const Options& options, const State& state) {
  if (state.promise_max == Duration(0) || Planted(PlantedBug::kNoQuietAfterRestart)) return {};
  return options.clock.Now() + state.promise_max;
}

}  // namespace

Result<std::shared_ptr<Liveness>> Liveness::Open(Options options) {
  SKERRY_ASSIGN_OR_RETURN(State state, ReadState(options.disk, options.directory));
  const std::shared_ptr<Liveness> liveness(new Liveness(std::move(options), std::move(state)));
  // What an earlier life supported and nobody renews is withdrawn.
  if (!liveness->peers_.empty()) {
    liveness->options_.executor.Post([liveness] { liveness->Expect(liveness->quiet_until_); });
  }
  return liveness;
}

Liveness::Liveness(Options options, State state)
    : options_(std::move(options)),
      quiet_until_(QuietUntil(options_, state)),
      state_(std::move(state)),
      on_(options_.on) {
  for (const auto& [node, epoch] : state_.supported) {
    Peer& peer = peers_[node];
    peer.given = true;
    peer.given_until = quiet_until_;
  }
}

// -------------------------------------------------------------------------------- thread-safe

void Liveness::Use(NodeId node) {
  std::lock_guard lock(mutex_);
  if (++peers_[node].uses > 1 || stopped_) return;
  options_.executor.Post([self = shared_from_this(), node] {
    self->Schedule();
    self->SendHeartbeat(node);
  });
}

void Liveness::Release(NodeId node) {
  std::lock_guard lock(mutex_);
  --peers_[node].uses;
}

void Liveness::OnHeartbeat(NodeId from, const transport::NodeHeartbeat& heartbeat) {
  options_.executor.Post(
      [self = shared_from_this(), from, heartbeat] { self->TakeHeartbeat(from, heartbeat); });
}

void Liveness::OnResponse(NodeId from, const transport::NodeHeartbeatResponse& response) {
  const MonotonicTime received = options_.clock.Now();
  options_.executor.Post([self = shared_from_this(), from, response, received] {
    self->TakeResponse(from, response, received);
  });
}

void Liveness::RaiseEpoch() {
  options_.executor.Post([self = shared_from_this()] {
    // Off, nobody is bound anew, and who was is free when its promise has run out.
    if (!self->on() || !self->RaiseTo(self->state_.epoch + 1)) return;
    self->Beat();
  });
}

void Liveness::SetOn(bool on) {
  std::lock_guard lock(mutex_);
  if (stopped_ || std::exchange(on_, on) == on) return;
  if (!on) {
    epoch_.store(0, std::memory_order_release);
    for (auto& [node, peer] : peers_) {
      peer.supported_until = {};
      peer.counted = false;
      peer.met = false;
    }
  }
  ++switches_;
  options_.executor.Post([self = shared_from_this(), on] {
    {
      std::lock_guard lock(self->mutex_);
      --self->switches_;
    }
    if (!on) self->options_.on_changed(NodeId(0));
    self->Beat();
    self->Schedule();
  });
}

void Liveness::Stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
}

MonotonicTime Liveness::SupportedUntil(NodeId node, uint64_t epoch) const {
  std::lock_guard lock(mutex_);
  if (stopped_ || epoch == 0 || epoch != epoch_) return {};
  const auto it = peers_.find(node);
  return it == peers_.end() ? MonotonicTime() : it->second.supported_until;
}

bool Liveness::IsSupported(NodeId node, uint64_t epoch) const {
  const auto peer = peers_.find(node);
  const auto supported = state_.supported.find(node);
  return peer != peers_.end() && peer->second.given && supported != state_.supported.end() &&
         supported->second == epoch;
}

bool Liveness::IsSupportedBy(NodeId node) const {
  std::lock_guard lock(mutex_);
  const auto it = peers_.find(node);
  return it != peers_.end() && it->second.counted;
}

bool Liveness::IsAway(NodeId node) const {
  std::lock_guard lock(mutex_);
  const auto it = peers_.find(node);
  return on_ && it != peers_.end() && it->second.uses > 0 && it->second.met && !it->second.counted;
}

bool Liveness::Supports(NodeId node, uint64_t epoch) const {
  std::lock_guard lock(mutex_);
  return !stopped_ && IsSupported(node, epoch);
}

bool Liveness::Ended(NodeId node, uint64_t epoch) const {
  std::lock_guard lock(mutex_);
  const auto it = state_.supported.find(node);
  return it != state_.supported.end() && it->second > epoch;
}

// --------------------------------------------------------------------------- on the executor

bool Liveness::Write(const State& state) {
  const Status written = WriteState(options_.disk, options_.directory, state);
  {
    std::lock_guard lock(mutex_);
    if (written.ok()) {
      state_ = state;
      return true;
    }
    stopped_ = true;
  }
  if (options_.on_fatal) options_.on_fatal(written);
  return false;
}

// What was promised for the former epoch is not counted any more, though it holds.
bool Liveness::RaiseTo(uint64_t epoch) {
  State state;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return false;
    state = state_;
  }
  state.epoch = epoch;
  if (!Write(state)) return false;
  {
    std::lock_guard lock(mutex_);
    if (!on_) return false;
    epoch_.store(epoch, std::memory_order_release);
    for (auto& [node, peer] : peers_) {
      peer.supported_until = {};
      peer.counted = false;
    }
  }
  options_.on_changed(NodeId(0));
  return true;
}

void Liveness::Schedule() {
  {
    std::lock_guard lock(mutex_);
    const bool used = std::any_of(peers_.begin(), peers_.end(),
                                  [](const auto& peer) { return peer.second.uses > 0; });
    if (!used || !on_ || stopped_ || scheduled_) return;
    scheduled_ = true;
  }
  options_.executor.PostAfter(options_.interval, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    {
      std::lock_guard lock(self->mutex_);
      self->scheduled_ = false;
    }
    self->Beat();
    self->Schedule();
  });
}

void Liveness::Beat() {
  std::vector<NodeId> used;
  std::vector<NodeId> lapsed;
  {
    std::lock_guard lock(mutex_);
    if (stopped_ || !on_) return;
    const MonotonicTime now = options_.clock.Now();
    for (auto& [node, peer] : peers_) {
      if (peer.uses > 0) used.push_back(node);
      if (peer.counted && peer.supported_until <= now) {
        peer.counted = false;
        lapsed.push_back(node);
      }
    }
  }
  for (const NodeId node : used) SendHeartbeat(node);
  for (const NodeId node : lapsed) options_.on_changed(node);
}

void Liveness::SendHeartbeat(NodeId node) {
  if (!on()) return;
  if (epoch() == 0) {
    const uint64_t before = state_.epoch;
    const bool keep = Planted(PlantedBug::kEpochNotRaised) && before > 0;
    if (!RaiseTo(keep ? before : before + 1)) return;
  }
  if (stopped_ || epoch() == 0) return;
  options_.transport.Send(node,
                          {GroupId(0), transport::NodeHeartbeat{.epoch = state_.epoch,
                                                                .sent = options_.clock.Now(),
                                                                .promise = options_.promise}});
}

void Liveness::TakeHeartbeat(NodeId from, const transport::NodeHeartbeat& heartbeat) {
  if (heartbeat.promise <= Duration(0) || heartbeat.promise > kMaxPromise) return;
  State state;
  uint64_t before = 0;
  bool supported = false;
  {
    std::lock_guard lock(mutex_);
    if (stopped_ || !on_) return;
    const auto it = state_.supported.find(from);
    before = it == state_.supported.end() ? 0 : it->second;
    supported = IsSupported(from, heartbeat.epoch);
    state = state_;
  }
  transport::NodeHeartbeatResponse answer{.epoch = heartbeat.epoch, .sent = heartbeat.sent};
  if (heartbeat.epoch < before && !Planted(PlantedBug::kSupportedAgain)) {
    answer.epoch = before;
    options_.transport.Send(from, {GroupId(0), answer});
    return;
  }
  state.supported[from] = heartbeat.epoch;
  state.promise_max = std::max(state.promise_max, heartbeat.promise);
  if (!(state == state_) && !Write(state)) return;
  // From here, after the disk: later than the receipt, so that the promise is kept.
  const MonotonicTime until = options_.clock.Now() + heartbeat.promise;
  {
    std::lock_guard lock(mutex_);
    Peer& peer = peers_[from];
    peer.given_until = supported ? std::max(peer.given_until, until) : until;
    peer.given = true;
  }
  Expect(until);
  if (before != 0 && before != heartbeat.epoch) options_.on_changed(from);
  answer.promise = heartbeat.promise;
  options_.transport.Send(from, {GroupId(0), answer});
}

void Liveness::TakeResponse(NodeId from, const transport::NodeHeartbeatResponse& response,
                            MonotonicTime received) {
  if (epoch() == 0 || response.epoch < epoch()) return;
  if (response.epoch > epoch()) {
    // Withdrawn. (Promises name the epoch that was asked for, so there is none for this one.)
    if (response.promise == Duration(0) && RaiseTo(response.epoch)) Beat();
    return;
  }
  // Of this life, since the epoch is of this life; its clock is this one.
  if (response.promise <= Duration(0) || response.sent > received) return;
  const MonotonicTime from_when = Planted(PlantedBug::kLeaseFromReceipt) ? received : response.sent;
  const MonotonicTime until = from_when + Counted(std::min(response.promise, options_.promise));
  bool gained = false;
  {
    std::lock_guard lock(mutex_);
    if (stopped_ || response.epoch != epoch_) return;
    Peer& peer = peers_[from];
    peer.supported_until = std::max(peer.supported_until, until);
    gained = !peer.counted && peer.supported_until > options_.clock.Now();
    peer.counted |= gained;
    peer.met |= gained;
  }
  if (gained) options_.on_changed(from);
}

// One timer, for the first promise that runs out; when it comes it mostly was renewed.
void Liveness::Expect(MonotonicTime due) {
  if (due >= expected_) return;
  expected_ = due;
  const Duration wait = std::max(Duration(0), due - options_.clock.Now());
  options_.executor.PostAfter(wait, [weak = weak_from_this(), due] {
    const auto self = weak.lock();
    if (!self || self->expected_ != due) return;
    self->expected_ = MonotonicTime::max();
    self->WithdrawDue();
  });
}

void Liveness::WithdrawDue() {
  State state;
  std::vector<NodeId> due;
  MonotonicTime next = MonotonicTime::max();
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    state = state_;
    const MonotonicTime now = options_.clock.Now();
    for (auto& [node, peer] : peers_) {
      if (!peer.given) continue;
      if (peer.given_until <= now) {
        ++state.supported[node];
        due.push_back(node);
      } else {
        next = std::min(next, peer.given_until);
      }
    }
  }
  if (!due.empty()) {
    if (Planted(PlantedBug::kWithdrawalNotDurable)) {
      std::lock_guard lock(mutex_);
      state_ = state;
    } else if (!Write(state)) {
      return;
    }
    std::lock_guard lock(mutex_);
    for (const NodeId node : due) peers_[node].given = false;
  }
  if (next != MonotonicTime::max()) Expect(next);
  for (const NodeId node : due) options_.on_changed(node);
}

}  // namespace skerry::liveness
