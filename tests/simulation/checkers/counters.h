#pragma once

#include <vector>

#include "tests/simulation/checkers/history.h"
#include "tests/simulation/checkers/linearizability.h"

namespace skerry::simulation {

// Of an item that is only added to and read, over any length of history: no sum is told twice, no
// addition is lost, none takes effect more than once, and what was called after another operation
// had returned sees at least what that one saw.
Verdict CheckCounter(const std::vector<Operation>& operations);

}  // namespace skerry::simulation
