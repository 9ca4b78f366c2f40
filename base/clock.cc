#include "base/clock.h"

#include <ctime>

namespace skerry {

MonotonicTime SystemClock::Now() const {
  timespec t;
  clock_gettime(CLOCK_BOOTTIME, &t);
  return MonotonicTime(std::chrono::seconds(t.tv_sec) + Duration(t.tv_nsec));
}

std::chrono::microseconds SystemClock::WallTime() const {
  timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_nsec / 1000);
}

}  // namespace skerry
