#include "tests/simulation/checkers/states.h"

#include <fmt/format.h>

namespace skerry::simulation {

std::optional<std::string> StateChecker::Add(GroupId group, LogIndex applied, uint64_t hash,
                                             int node) {
  const auto [at, fresh] = seen_.try_emplace({group, applied}, Seen{hash, node});
  if (fresh) return std::nullopt;
  ++compared_;
  if (at->second.hash == hash) return std::nullopt;
  return fmt::format("group {}: node {} has another state at index {} than node {} had",
                     group.value, node, applied.value, at->second.node);
}

}  // namespace skerry::simulation
