#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/checkers/history.h"

namespace skerry::simulation {

struct Verdict {
  enum class Kind : uint8_t { kGood, kBad, kUndecided };
  Kind kind = Kind::kGood;
  std::string why;  // of kBad

  bool bad() const { return kind == Kind::kBad; }
};

// Whether the operations on one item, which does not exist at first, have an order in which each
// takes effect at one moment between its call and its return (Herlihy and Wing 1990), found by the
// search of Wing and Gong with Lowe's memory of what was tried. Gives up, undecided, after
// `steps_max` steps. Operations in any order; those of unknown outcome may take effect late or
// never.
Verdict CheckLinearizable(std::vector<Operation> operations, uint64_t steps_max = 2'000'000);

}  // namespace skerry::simulation
