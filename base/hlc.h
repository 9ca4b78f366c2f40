#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace skerry {

// A hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014): 48 bits of
// milliseconds since the Unix epoch and 16 bits of a counter, so that timestamps follow wall time
// closely, never repeat and always lie above every one that was observed. Consistency never depends
// on the milliseconds. Not thread-safe: one per executor.
class Hlc {
 public:
  explicit Hlc(const Clock& clock) : clock_(clock) {}

  // A timestamp above every earlier one.
  uint64_t Next() {
    last_ = std::max(last_ + 1, Wall());
    return last_;
  }
  // The present, without using it up: not below any timestamp given or observed.
  uint64_t Now() const { return std::max(last_, Wall()); }
  // After this, Next() returns more than `seen`.
  void Observe(uint64_t seen) { last_ = std::max(last_, seen); }
  uint64_t last() const { return last_; }

  // A length of time as a difference of timestamps.
  static constexpr uint64_t Span(std::chrono::milliseconds length) {
    return static_cast<uint64_t>(length.count()) << kCounterBits;
  }

 private:
  static constexpr int kCounterBits = 16;

  uint64_t Wall() const {
    return Span(std::chrono::duration_cast<std::chrono::milliseconds>(clock_.WallTime()));
  }

  const Clock& clock_;
  uint64_t last_ = 0;
};

}  // namespace skerry
