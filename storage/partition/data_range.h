#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/strong.h"
#include "proto/command/v1/command.pb.h"
#include "storage/engine/engine.h"
#include "storage/partition/row_key.h"

// Where in the engine a group's rows lie, and their removal. Groups may share a data id: those that
// came of one another by splits, each with a range of hashes of its own (safety-rules 7).

namespace skerry::partition {

// Of a group whose rows do not lie under its own id, since a snapshot brought them or a split made
// the group (FORMAT.md).
struct Descriptor {
  DataId data;
  std::string origin;  // what the snapshot said of itself; empty: there was none
};

std::string EncodeDescriptor(const Descriptor& descriptor);
// Nothing if the group has none.
Result<std::optional<Descriptor>> ReadDescriptor(engine::Engine& engine, GroupId group);

// What a group that a split made has from it for good.
struct Inheritance {
  HashRange range;
  uint64_t hlc = 0;  // not below any timestamp of the parent's

  bool operator==(const Inheritance&) const = default;
};

std::string EncodeInheritance(const Inheritance& inheritance);
// kCorruption: these are no such bytes.
Result<Inheritance> DecodeInheritance(std::string_view bytes);
// All hashes if no split made the group.
Result<Inheritance> ReadInheritance(engine::Engine& engine, GroupId group);

// The split that ended a group. Its rows are its children's.
struct Seal {
  LogIndex index;
  // The children's groups are in this node's log, or were: they are never made here again, also
  // once they have ended and nothing is left of them.
  bool children_made = false;
  proto::command::v1::Split split;
};

std::string EncodeSeal(const Seal& seal);
// kCorruption: these are no such bytes.
Result<Seal> DecodeSeal(std::string_view bytes);
// Nothing if the group was not split.
Result<std::optional<Seal>> ReadSeal(engine::Engine& engine, GroupId group);

// Which rows are a group's.
struct Ownership {
  DataId data;
  HashRange range;
  // False: none. Its children have them since it was split, or it has no state here, as after its
  // removal, when its children may still have rows where its own were.
  bool any = false;
};

Result<Ownership> ReadOwnership(engine::Engine& engine, GroupId group);

// Removes keys, in bounded batches. Safe to repeat.
Status DestroyKeys(engine::Engine& engine, std::string_view begin, std::string_view end);
Status DestroyPrefix(engine::Engine& engine, std::string_view prefix);
// The rows of the range under the data id, in each class.
Status DestroyRows(engine::Engine& engine, DataId data, const HashRange& range);
// What `owned` says to be the group's, or was: its rows, or, if no other group of the engine has
// any under that data id, all that lies there.
Status ReleaseRows(engine::Engine& engine, GroupId group, const Ownership& owned);

}  // namespace skerry::partition
