#include "base/sim/world.h"

#include <algorithm>

#include "base/check.h"

namespace skerry::sim {

void SimExecutor::Post(Work work) {
  if (dead_) return;
  MonotonicTime due = clock().Now() + world_.DrawDelay();
  if (slowness_ > Duration(0)) {
    due += Duration(
        static_cast<int64_t>(world_.prng_.Below(static_cast<uint64_t>(slowness_.count()))));
  }
  if (!queue_.empty()) due = std::max(due, queue_.back().due);
  queue_.push_back({due, std::move(work)});
  world_.Changed(*this);
}

void SimExecutor::PostAfter(Duration delay, Work work) {
  if (dead_) return;
  timers_.emplace(clock().Now() + delay + world_.DrawDelay(), std::move(work));
  world_.Changed(*this);
}

void SimExecutor::SetStalled(bool stalled) {
  stalled_ = stalled;
  world_.Changed(*this);
}

bool SimExecutor::IsCurrent() const { return world_.current_ == this; }

void SimExecutor::MoveTimers() {
  const MonotonicTime now = clock().Now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const MonotonicTime due = queue_.empty() ? now : std::max(now, queue_.back().due);
    queue_.push_back({due, std::move(timers_.begin()->second)});
    timers_.erase(timers_.begin());
  }
}

MonotonicTime SimExecutor::NextDue() const {
  MonotonicTime due = MonotonicTime::max();
  if (!queue_.empty()) due = queue_.front().due;
  if (!timers_.empty()) due = std::min(due, timers_.begin()->first);
  return due;
}

World::~World() {
  // What a work holds may post while it is destroyed.
  for (auto& executor : executors_) executor->dead_ = true;
  for (auto& executor : executors_) {
    auto queue = std::exchange(executor->queue_, {});
    auto timers = std::exchange(executor->timers_, {});
  }
}

SimExecutor& World::AddExecutor(int node, std::string name) {
  executors_.push_back(std::make_unique<SimExecutor>(*this, node, ClockOf(node), std::move(name)));
  executors_.back()->number_ = executors_.size() - 1;
  executors_.back()->place_ = live_.size();
  live_.push_back(executors_.back().get());
  due_.push_back(MonotonicTime::max());
  return *executors_.back();
}

NodeClock& World::ClockOf(int node) { return node_clocks_.try_emplace(node, clock_).first->second; }

void World::Kill(int node) {
  std::vector<SimExecutor*> killed;
  for (SimExecutor* executor : live_) {
    if (executor->node_ != node) continue;
    executor->dead_ = true;
    killed.push_back(executor);
  }
  std::erase_if(live_, [](const SimExecutor* executor) { return executor->dead_; });
  due_.resize(live_.size());
  for (size_t i = 0; i < live_.size(); ++i) {
    live_[i]->place_ = i;
    Changed(*live_[i]);
  }
  for (SimExecutor* executor : killed) {
    auto queue = std::exchange(executor->queue_, {});
    auto timers = std::exchange(executor->timers_, {});
  }
}

void World::SetPaused(int node, bool paused) {
  for (SimExecutor* executor : live_) {
    if (executor->node_ != node) continue;
    executor->paused_ = paused;
    Changed(*executor);
  }
}

Duration World::DrawDelay() {
  auto longest = static_cast<uint64_t>(options_.delay_max.count());
  if (longest == 0) return Duration(0);
  if (prng_.Chance(1, options_.slow_one_in)) longest *= 10;
  return Duration(static_cast<int64_t>(prng_.Below(longest)));
}

void World::Changed(const SimExecutor& executor) {
  if (executor.dead_) return;
  due_[executor.place_] = executor.Runs() ? executor.NextDue() : MonotonicTime::max();
}

bool World::Step() {
  // MonotonicTime::max() is never.
  return StepBy(MonotonicTime::max() - Duration(1));
}

bool World::StepBy(MonotonicTime latest) {
  SKERRY_CHECK_MSG(current_ == nullptr, "a simulated executor cannot wait for another");
  MonotonicTime due = MonotonicTime::max();
  for (const MonotonicTime one : due_) due = std::min(due, one);
  if (due > latest) return false;
  clock_.now_ = std::max(clock_.now_, due);

  ready_.clear();
  for (size_t i = 0; i < live_.size(); ++i) {
    if (due_[i] > clock_.now_) continue;
    SimExecutor* const executor = live_[i];
    executor->MoveTimers();
    if (!executor->queue_.empty() && executor->queue_.front().due <= clock_.now_) {
      ready_.push_back(executor);
    } else {
      Changed(*executor);
    }
  }
  if (ready_.empty()) return true;  // timers stood behind delayed work
  SimExecutor& executor = *ready_[prng_.Below(ready_.size())];
  Work work = std::move(executor.queue_.front().work);
  executor.queue_.pop_front();
  Changed(executor);

  ++steps_;
  const auto time = static_cast<uint64_t>(clock_.now_.time_since_epoch().count());
  fingerprint_ = Prng(fingerprint_ ^ (time * 31 + executor.number_)).Next();
  current_ = &executor;
  work();
  work = nullptr;
  current_ = nullptr;
  return true;
}

bool World::RunUntilIdle(Duration at_most) {
  const MonotonicTime end = clock_.now_ + at_most;
  while (clock_.now_ <= end) {
    if (!Step()) return true;
  }
  return false;
}

bool World::RunUntil(const std::function<bool()>& condition, Duration at_most) {
  const MonotonicTime end = clock_.now_ + at_most;
  while (!condition()) {
    if (clock_.now_ > end || !Step()) return false;
  }
  return true;
}

void World::RunFor(Duration duration) {
  const MonotonicTime end = clock_.now_ + duration;
  while (StepBy(end)) {
  }
  clock_.now_ = std::max(clock_.now_, end);
}

}  // namespace skerry::sim
