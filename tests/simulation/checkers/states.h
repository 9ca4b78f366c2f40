#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/strong.h"

namespace skerry::simulation {

// State-machine safety: whatever has applied a group through an index has the same state, on every
// node and at every time.
class StateChecker {
 public:
  // What was wrong, if anything.
  std::optional<std::string> Add(GroupId group, LogIndex applied, uint64_t hash, int node);
  // How many states stood beside another of the same index.
  uint64_t compared() const { return compared_; }

 private:
  struct Seen {
    uint64_t hash;
    int node;
  };
  std::map<std::pair<GroupId, LogIndex>, Seen> seen_;
  uint64_t compared_ = 0;
};

}  // namespace skerry::simulation
