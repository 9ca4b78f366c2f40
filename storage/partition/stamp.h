#pragma once

#include <compare>
#include <cstdint>
#include <utility>

#include "base/strong.h"

namespace skerry::partition {

// Names a write, so that it takes effect at most once however often it is sent: given by the node
// that received it from a client, once, and the same in every repetition (safety-rules 13).
struct Stamp {
  NodeId node;
  uint64_t incarnation = 0;  // of that node's process; a start never takes an earlier one's
  uint64_t sequence = 0;     // of that process; no two of its writes have the same
  // That node's hybrid logical clock when it gave the stamp: how old the request is, a leader says
  // by its own clock, whatever lay in between.
  uint64_t issued_hlc = 0;

  auto operator<=>(const Stamp&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, const Stamp& stamp) {
    return H::combine(std::move(h), stamp.node.value, stamp.incarnation, stamp.sequence);
  }
};

}  // namespace skerry::partition
