#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"

namespace skerry::simulation {

// What one run of a seed came to.
struct Report {
  std::vector<std::string> violations;  // empty: the seed passed
  std::string mix;
  uint64_t fingerprint = 0;  // of every step taken
  uint64_t steps = 0;
  double simulated_seconds = 0;
  uint64_t operations = 0;  // that were answered
  std::map<std::string, uint64_t> faults;
  std::map<std::string, uint64_t> answers;
  std::map<std::string, uint64_t> checked;
};

// A cluster of whole nodes, its clients and its faults, all drawn from the seed: faults for so
// long, then everything heals and must finish, then the checkers judge. The same seed and length,
// the same run.
Report Simulate(uint64_t seed, Duration length);

}  // namespace skerry::simulation
