#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"

namespace skerry::group {

// The rounds in which the groups that a node leads replicate. A message, a sync and a change of
// threads cost as much for one entry as for many, so what is proposed while a round is under way,
// in whichever group, waits and leaves together in the next one. A round is over when all groups
// that take part have applied what they brought. What has waited until kLongest after the beginning
// of a round, because a follower is slow or far away, begins another beside it.
//
// Those who were answered by a round of several entries ask again at once: the next one waits for
// them, kGather at most, and does not leave with the first alone. Who finds a node idle, or is its
// only client, waits for nobody.
//
// Thread-safe.
class Rounds : public std::enable_shared_from_this<Rounds> {
 public:
  static constexpr Duration kLongest = std::chrono::milliseconds(5);
  static constexpr Duration kGather = std::chrono::microseconds(500);
  static constexpr size_t kSeveral = 4;

  // A group of the node.
  class Participant {
   public:
    virtual ~Participant() = default;
    // On executor(): the round that it waited for begins, and it takes part. How many entries it
    // brings; it leaves, sooner or later, even if that is none.
    virtual size_t OnRound(uint64_t round) = 0;
    virtual Executor& executor() const = 0;
  };

  // It waits for the next round. Not again before OnRound; on its executor, as Leave.
  void Enter(const std::shared_ptr<Participant>& participant);
  // What it brought to that round is applied, or lost.
  void Leave(uint64_t round, Executor& executor);

 private:
  using Participants = std::vector<std::shared_ptr<Participant>>;  // of one executor

  // With mutex_ held.
  void BeginSoon(Executor& executor);
  void ScheduleBegin(Executor& executor, Duration delay);
  void ScheduleLook(Executor& executor, Duration delay);
  std::vector<Participants> TakeWaiting();

  void Begin(Executor& executor);
  void Tell(uint64_t round, const Participants& participants);
  void Look(Executor& executor);

  std::mutex mutex_;
  // Guarded by mutex_.
  uint64_t round_ = 0;    // the latest
  size_t under_way_ = 0;  // its participants that have not left
  size_t brought_ = 0;    // entries, by those that were told of it
  MonotonicTime began_;
  MonotonicTime ended_;
  std::vector<std::weak_ptr<Participant>> waiting_;
  bool beginning_ = false;  // Begin is posted
  bool looking_ = false;    // Look is
};

}  // namespace skerry::group
