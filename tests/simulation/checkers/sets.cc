#include "tests/simulation/checkers/sets.h"

#include <fmt/format.h>

#include <algorithm>

namespace skerry::simulation {
namespace {

Verdict Bad(std::string why) { return {Verdict::Kind::kBad, std::move(why)}; }

// When each element was known to be there for good.
using Known = std::map<std::string, uint64_t>;

void Learn(const std::string& element, uint64_t when, Known* known) {
  const auto [it, fresh] = known->emplace(element, when);
  if (!fresh) it->second = std::min(it->second, when);
}

}  // namespace

Verdict CheckSet(const SetHistory& history) {
  std::map<std::string, uint64_t> begun;
  Known known;
  for (const SetHistory::Addition& addition : history.additions) {
    begun[addition.element] = addition.called;
    if (addition.returned != Operation::kNever) Learn(addition.element, addition.returned, &known);
  }
  for (const SetHistory::Read& read : history.reads) {
    for (const std::string& element : read.elements) Learn(element, read.returned, &known);
  }
  for (const SetHistory::Read& read : history.reads) {
    for (const std::string& element : read.elements) {
      const auto found = begun.find(element);
      if (found == begun.end() || found->second > read.returned) {
        return Bad(fmt::format("a read [{}, {}] saw {}, which nobody had added", read.called,
                               read.returned, element));
      }
    }
    for (const auto& [element, when] : known) {
      if (when < read.called && !read.elements.contains(element)) {
        return Bad(fmt::format("a read [{}, {}] misses {}, which was there at {}", read.called,
                               read.returned, element, when));
      }
    }
  }
  return {};
}

}  // namespace skerry::simulation
