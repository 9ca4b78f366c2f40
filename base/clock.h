#pragma once

#include <chrono>
#include <cstdint>

// Time comes from a Clock that is handed in, so that the simulator can drive it.

namespace skerry {

using Duration = std::chrono::nanoseconds;

// Tags of the two time lines; neither has a now() of its own.
struct MonotonicTag {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicTag>;
  static constexpr bool is_steady = true;
};
// Never goes back and counts the time that the machine was suspended (CLOCK_BOOTTIME): leases stand
// on it.
using MonotonicTime = MonotonicTag::time_point;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicTime Now() const = 0;
  // Since the Unix epoch; may jump in both directions. For what people read and for Hlc alone.
  virtual std::chrono::microseconds WallTime() const = 0;
};

// The machine's own clocks.
class SystemClock final : public Clock {
 public:
  MonotonicTime Now() const override;
  std::chrono::microseconds WallTime() const override;
};

}  // namespace skerry
