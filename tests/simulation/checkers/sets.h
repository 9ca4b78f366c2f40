#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/checkers/history.h"
#include "tests/simulation/checkers/linearizability.h"

namespace skerry::simulation {

// What clients did to one item that holds a set to which each element is added once, and saw of it.
struct SetHistory {
  struct Addition {
    std::string element;
    uint64_t called = 0;
    uint64_t returned = Operation::kNever;  // kNever: outcome unknown
  };
  struct Read {
    std::set<std::string> elements;
    uint64_t called = 0;
    uint64_t returned = 0;
  };
  std::vector<Addition> additions;
  std::vector<Read> reads;  // strong ones
};

// No element appears that nobody had begun to add; what was acknowledged before a read's call is in
// it; what one read saw, each later one sees.
Verdict CheckSet(const SetHistory& history);

}  // namespace skerry::simulation
