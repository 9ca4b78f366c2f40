#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/prng.h"

// Virtual time and executors: a program below the edges runs, whole, in one thread, and a seed
// replays exactly what happened (safety-rules 18).

namespace skerry::sim {

class World;

// Stands still until the World moves it.
class SimClock final : public Clock {
 public:
  MonotonicTime Now() const override { return now_; }
  std::chrono::microseconds WallTime() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch()) +
           wall_offset_;
  }
  // Wall time jumps; the monotonic clock does not notice.
  void SetWallOffset(std::chrono::microseconds offset) { wall_offset_ = offset; }

 private:
  friend class World;
  MonotonicTime now_ = MonotonicTime(std::chrono::hours(1));
  std::chrono::microseconds wall_offset_ = std::chrono::hours(24 * 365 * 55);
};

// What one node sees of it: its wall clock differs by some offset.
class NodeClock final : public Clock {
 public:
  explicit NodeClock(const SimClock& clock) : clock_(clock) {}
  MonotonicTime Now() const override { return clock_.Now(); }
  std::chrono::microseconds WallTime() const override { return clock_.WallTime() + skew_; }

 private:
  friend class World;
  const SimClock& clock_;
  std::chrono::microseconds skew_ = {};
};

// A node's clock that runs too fast or too slow, by so many millionths, and was started at some
// other time.
class DriftingClock final : public Clock {
 public:
  DriftingClock(const Clock& clock, int64_t ppm, Duration offset)
      : clock_(clock), ppm_(ppm), offset_(offset), start_(clock.Now()) {}
  MonotonicTime Now() const override {
    const Duration passed = clock_.Now() - start_;
    return start_ + offset_ + passed + passed * ppm_ / 1'000'000;
  }
  std::chrono::microseconds WallTime() const override { return clock_.WallTime(); }

 private:
  const Clock& clock_;
  const int64_t ppm_;
  const Duration offset_;
  const MonotonicTime start_;
};

// An executor of one node. Work runs in the order in which it was posted, each piece delayed as the
// seed says.
class SimExecutor final : public Executor {
 public:
  SimExecutor(World& world, int node, const Clock& clock, std::string name)
      : world_(world), node_(node), clock_(clock), name_(std::move(name)) {}

  void Post(Work work) override;
  void PostAfter(Duration delay, Work work) override;
  bool IsCurrent() const override;
  const Clock& clock() const override { return clock_; }
  const std::string& name() const { return name_; }

  // What hangs in this executor's work (a disk that does not answer, say): nothing runs until it
  // is over; what is posted waits.
  void SetStalled(bool stalled);
  // From now on each piece of work takes up to so much longer.
  void SetSlowness(Duration slowness) { slowness_ = slowness; }

 private:
  friend class World;
  struct Item {
    MonotonicTime due;
    Work work;
  };

  bool Runs() const { return !dead_ && !paused_ && !stalled_; }
  void MoveTimers();  // those that are due to the end of the queue
  // When the next piece of work may run; MonotonicTime::max() if there is none.
  MonotonicTime NextDue() const;

  World& world_;
  const int node_;
  const Clock& clock_;
  const std::string name_;
  bool dead_ = false;
  bool paused_ = false;
  bool stalled_ = false;
  Duration slowness_{};
  uint64_t number_ = 0;  // among all that the World ever had
  size_t place_ = 0;     // among those that live
  std::deque<Item> queue_;
  std::multimap<MonotonicTime, Work> timers_;
};

// Not thread-safe.
class World {
 public:
  struct Options {
    // A posted piece of work waits up to this long; one in `slow_one_in` ten times as long.
    Duration delay_max = std::chrono::microseconds(100);
    uint64_t slow_one_in = 50;
  };

  explicit World(uint64_t seed) : World(seed, Options()) {}
  World(uint64_t seed, Options options) : options_(options), prng_(seed) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  SimClock& clock() { return clock_; }
  Prng& prng() { return prng_; }
  MonotonicTime Now() const { return clock_.Now(); }

  // Lives as long as the World.
  SimExecutor& AddExecutor(int node, std::string name);
  // How far the node's wall clock is ahead of clock()'s; may change at any time, as clocks do.
  void SetSkew(int node, std::chrono::microseconds skew) { ClockOf(node).skew_ = skew; }
  // The node's executors take no work any more; what they hold is destroyed without running.
  void Kill(int node);

  // The node stands still (a stopped process): its executors run nothing until Resume. What is
  // posted to them, and their timers, wait.
  void Pause(int node) { SetPaused(node, true); }
  void Resume(int node) { SetPaused(node, false); }

  // Runs one piece of work, after moving time to where one is due. False if there is none.
  bool Step();
  // Steps until nothing is left to do, or `at_most` of virtual time has passed: false.
  bool RunUntilIdle(Duration at_most = std::chrono::hours(1));
  // Steps until `condition`; false if nothing is left to do or `at_most` has passed before.
  bool RunUntil(const std::function<bool()>& condition, Duration at_most = std::chrono::hours(1));
  void RunFor(Duration duration);

  uint64_t steps() const { return steps_; }
  // A number that is equal for two runs of a seed if they did the same steps in the same order.
  uint64_t fingerprint() const { return fingerprint_; }

 private:
  friend class SimExecutor;
  NodeClock& ClockOf(int node);
  Duration DrawDelay();
  void SetPaused(int node, bool paused);
  // Runs one piece of work that is due by then; false if none is.
  bool StepBy(MonotonicTime latest);
  // When the executor can run something has changed.
  void Changed(const SimExecutor& executor);

  const Options options_;
  Prng prng_;
  SimClock clock_;
  std::map<int, NodeClock> node_clocks_;
  std::vector<std::unique_ptr<SimExecutor>> executors_;
  std::vector<SimExecutor*> live_;   // those that nobody has killed, oldest first
  std::vector<MonotonicTime> due_;   // when each of those can run something; max(): never
  std::vector<SimExecutor*> ready_;  // of StepBy
  SimExecutor* current_ = nullptr;
  uint64_t steps_ = 0;
  uint64_t fingerprint_ = 0;
};

}  // namespace skerry::sim
