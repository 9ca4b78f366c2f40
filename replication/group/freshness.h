#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/feature_level.h"
#include "base/planted_bug.h"
#include "base/strong.h"
#include "replication/group/group.h"

namespace skerry::group {

// How far a replica that follows is known to have been up to date, and when. On the group's
// executor, except for the view's calls.
class Freshness final : public FreshnessView {
 public:
  static constexpr Duration kBound = std::chrono::seconds(10);

  // `origin` is drawn anew for each life of the replica. `level`: without follower reads nothing is
  // fresh. Null: any.
  Freshness(const Clock& clock, uint64_t origin,
            std::shared_ptr<const LevelInForce> level = nullptr)
      : clock_(clock), origin_(origin), made_(clock.Now()), level_(std::move(level)) {}

  // The present, as Message::asked names it: by a number that means nothing to an earlier or later
  // life of this replica, whose clock another start of the machine has set back.
  uint64_t Ask() const { return origin_ + Nanoseconds(clock_.Now() - made_); }
  // Hear, with what Ask returned then. What an earlier life has asked is passed over.
  void HearAsked(LogIndex index, uint64_t asked) {
    const uint64_t passed = asked - origin_;
    if (passed > Nanoseconds(clock_.Now() - made_)) return;
    Hear(index, made_ + Duration(static_cast<int64_t>(passed)));
  }

  // What was acknowledged by `asked` reaches to `index`. While the replica has not applied what it
  // was told before, that counts: under load it never has all of it.
  void Hear(LogIndex index, MonotonicTime asked) {
    if (!open_) open_ = Open{index, asked};
    if (Planted(PlantedBug::kFollowerFreshUnapplied)) open_->index = LogIndex(0);
    Settle();
  }
  void Applied(LogIndex index) {
    applied_.store(index.value, std::memory_order_release);
    Settle();
  }
  // What the replica holds is about to be replaced (until Release), or to go.
  void Hold() {
    held_.store(true);
    generation_.fetch_add(1);
    open_.reset();
    at_.store(0);
  }
  void Release() { held_.store(false); }

  uint64_t Fresh() const override {
    if (level_ != nullptr && !level_->Has(Feature::kFollowerReads)) return 0;
    const uint64_t generation = generation_.load();
    const int64_t at = at_.load();
    if (at == 0 || held_.load()) return 0;
    const bool stale = clock_.Now().time_since_epoch().count() - at >= Duration(kBound).count();
    if (stale && !Planted(PlantedBug::kFollowerNeverStale)) return 0;
    return generation;
  }
  void Told(LogIndex index, MonotonicTime asked) override {
    if (applied_.load(std::memory_order_acquire) >= index.value) Raise(asked);
  }

 private:
  struct Open {
    LogIndex index;
    MonotonicTime since;
  };

  static uint64_t Nanoseconds(Duration duration) { return static_cast<uint64_t>(duration.count()); }

  void Settle() {
    if (!open_ || applied_.load(std::memory_order_relaxed) < open_->index.value) return;
    Raise(open_->since);
    open_.reset();
  }
  void Raise(MonotonicTime to) {
    const int64_t at = to.time_since_epoch().count();
    int64_t before = at_.load();
    while (before < at && !at_.compare_exchange_weak(before, at)) {
    }
  }

  const Clock& clock_;
  const uint64_t origin_;
  const MonotonicTime made_;
  const std::shared_ptr<const LevelInForce> level_;
  std::optional<Open> open_;  // told, and not applied yet
  std::atomic<uint64_t> applied_ = 0;
  std::atomic<uint64_t> generation_ = 1;
  std::atomic<int64_t> at_ = 0;  // when it was up to date; 0: unknown
  std::atomic<bool> held_ = false;
};

}  // namespace skerry::group
