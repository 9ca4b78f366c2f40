#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/strong.h"
#include "storage/engine/engine.h"

// Where in the engine a group's rows lie, and their removal.

namespace skerry::partition {

// Of a group whose rows do not lie under its own id, since a snapshot brought them (FORMAT.md).
struct Descriptor {
  DataId data;
  std::string origin;  // what the snapshot said of itself
};

std::string EncodeDescriptor(const Descriptor& descriptor);
// Nothing if the group has none.
Result<std::optional<Descriptor>> ReadDescriptor(engine::Engine& engine, GroupId group);

// Removes keys, in bounded batches. Safe to repeat.
Status DestroyKeys(engine::Engine& engine, std::string_view begin, std::string_view end);
Status DestroyPrefix(engine::Engine& engine, std::string_view prefix);
// All rows under the data id.
Status DestroyRows(engine::Engine& engine, DataId data);

}  // namespace skerry::partition
