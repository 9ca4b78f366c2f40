#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/disk.h"
#include "base/status.h"
#include "base/strong.h"

// What a node must not forget of store liveness (safety-rules 1), in a small file of its own.

namespace skerry::liveness {

struct State {
  // The node's own; of an earlier life, until this one has raised it. 0: none ever.
  uint64_t epoch = 0;
  // The longest support that was ever promised: for as long after a start it may be in force.
  Duration promise_max{};
  // Of other nodes: the lowest epoch that may be supported. A withdrawal raises it.
  std::map<NodeId, uint64_t> supported;
  bool operator==(const State&) const = default;
};

std::string EncodeState(const State& state);
// kCorruption if it is none, kFailedPrecondition if a newer version wrote it.
Result<State> DecodeState(std::string_view bytes);

// All of nothing if the directory has no such file.
Result<State> ReadState(Disk& disk, const std::string& directory);
// Durable on return; after a crash before that it is the old state or the new one.
Status WriteState(Disk& disk, const std::string& directory, const State& state);

}  // namespace skerry::liveness
