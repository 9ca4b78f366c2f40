#include "replication/group/rounds.h"

#include <algorithm>
#include <utility>

namespace skerry::group {

void Rounds::Enter(const std::shared_ptr<Participant>& participant) {
  Executor& executor = participant->executor();
  std::lock_guard lock(mutex_);
  waiting_.push_back(participant);
  if (beginning_) return;
  const Duration elapsed = executor.clock().Now() - began_;
  if (under_way_ > 0 && elapsed < kLongest) {
    ScheduleLook(executor, kLongest - elapsed);
  } else {
    BeginSoon(executor);
  }
}

void Rounds::Leave(uint64_t round, Executor& executor) {
  std::lock_guard lock(mutex_);
  if (round != round_ || under_way_ == 0 || --under_way_ > 0) return;
  ended_ = executor.clock().Now();
  if (!waiting_.empty()) BeginSoon(executor);
}

void Rounds::BeginSoon(Executor& executor) {
  const Duration since = executor.clock().Now() - ended_;
  const bool several = under_way_ == 0 && brought_ >= kSeveral;
  ScheduleBegin(executor, several && since < kGather ? kGather - since : Duration(0));
}

void Rounds::ScheduleBegin(Executor& executor, Duration delay) {
  if (std::exchange(beginning_, true)) return;
  auto begin = [self = shared_from_this(), &executor] { self->Begin(executor); };
  if (delay > Duration(0)) {
    executor.PostAfter(delay, std::move(begin));
  } else {
    executor.Post(std::move(begin));  // at the end of the turn: others may enter by then
  }
}

void Rounds::ScheduleLook(Executor& executor, Duration delay) {
  if (std::exchange(looking_, true)) return;
  executor.PostAfter(delay, [weak = weak_from_this(), &executor] {
    if (auto self = weak.lock()) self->Look(executor);
  });
}

// Whether the round under way takes too long.
void Rounds::Look(Executor& executor) {
  std::lock_guard lock(mutex_);
  looking_ = false;
  if (waiting_.empty() || beginning_) return;
  const Duration elapsed = executor.clock().Now() - began_;
  if (elapsed < kLongest) {
    ScheduleLook(executor, kLongest - elapsed);
  } else {
    ScheduleBegin(executor, Duration(0));
  }
}

// In the order of their coming, which a seed of a simulation repeats.
std::vector<Rounds::Participants> Rounds::TakeWaiting() {
  std::vector<Participants> by_executor;
  for (const std::weak_ptr<Participant>& weak : std::exchange(waiting_, {})) {
    std::shared_ptr<Participant> participant = weak.lock();
    if (participant == nullptr) continue;
    auto of = std::find_if(by_executor.begin(), by_executor.end(), [&](const auto& others) {
      return &others.front()->executor() == &participant->executor();
    });
    if (of == by_executor.end()) of = by_executor.emplace(by_executor.end());
    of->push_back(std::move(participant));
  }
  return by_executor;
}

void Rounds::Begin(Executor& executor) {
  std::vector<Participants> waiting;
  uint64_t round = 0;
  {
    std::lock_guard lock(mutex_);
    beginning_ = false;
    began_ = executor.clock().Now();
    round = ++round_;
    brought_ = 0;
    waiting = TakeWaiting();
    under_way_ = 0;
    for (const Participants& participants : waiting) under_way_ += participants.size();
  }
  for (Participants& participants : waiting) {
    Executor& theirs = participants.front()->executor();
    if (&theirs == &executor) {
      Tell(round, participants);
    } else {
      theirs.Post([self = shared_from_this(), round, participants = std::move(participants)] {
        self->Tell(round, participants);
      });
    }
  }
}

void Rounds::Tell(uint64_t round, const Participants& participants) {
  size_t entries = 0;
  for (const auto& participant : participants) entries += participant->OnRound(round);
  std::lock_guard lock(mutex_);
  if (round == round_) brought_ += entries;
}

}  // namespace skerry::group
