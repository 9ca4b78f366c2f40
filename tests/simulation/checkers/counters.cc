#include "tests/simulation/checkers/counters.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace skerry::simulation {
namespace {

using Kind = Operation::Kind;
using Outcome = Operation::Outcome;

Verdict Bad(std::string why) { return {Verdict::Kind::kBad, std::move(why)}; }

// Sums grow with real time.
Verdict CheckOrder(std::vector<Operation> known) {
  std::vector<Operation> by_return = known;
  std::sort(known.begin(), known.end(),
            [](const Operation& a, const Operation& b) { return a.called < b.called; });
  std::sort(by_return.begin(), by_return.end(),
            [](const Operation& a, const Operation& b) { return a.returned < b.returned; });
  int64_t seen = 0;
  size_t next = 0;
  for (const Operation& operation : known) {
    while (next < by_return.size() && by_return[next].returned < operation.called) {
      seen = std::max(seen, by_return[next++].value);
    }
    const int64_t least = operation.kind == Kind::kAdd ? seen + 1 : seen;
    if (operation.value < least) {
      return Bad(
          fmt::format("{} goes back: {} was seen before its call", ToString(operation), seen));
    }
  }
  return {};
}

}  // namespace

Verdict CheckCounter(const std::vector<Operation>& operations) {
  std::vector<Operation> known;
  std::vector<uint64_t> called;  // of every addition
  std::set<int64_t> told;
  int64_t acknowledged = 0;
  for (const Operation& operation : operations) {
    if (operation.kind == Kind::kAdd) called.push_back(operation.called);
    if (operation.outcome != Outcome::kDone) continue;
    known.push_back(operation);
    if (operation.kind != Kind::kAdd) continue;
    ++acknowledged;
    if (!told.insert(operation.value).second) {
      return Bad(fmt::format("{}: another addition was told the same sum", ToString(operation)));
    }
  }
  std::sort(called.begin(), called.end());
  for (const Operation& operation : known) {
    // Those that had been called when it returned; each counts once at most.
    const auto end = std::lower_bound(called.begin(), called.end(), operation.returned);
    if (operation.value > end - called.begin()) {
      return Bad(fmt::format("{}: only {} additions had been called by then", ToString(operation),
                             end - called.begin()));
    }
    // Those that had been acknowledged when it was called are in it.
    int64_t before = 0;
    for (const Operation& other : known) {
      if (other.kind == Kind::kAdd && other.returned < operation.called) ++before;
    }
    if (operation.value < before) {
      return Bad(fmt::format("{}: {} additions had been acknowledged before its call",
                             ToString(operation), before));
    }
  }
  return CheckOrder(std::move(known));
}

}  // namespace skerry::simulation
