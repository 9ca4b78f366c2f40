#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "storage/document/attribute_value.h"
#include "storage/expression/compiler.h"

namespace skerry::partition {

using expression::KeySchema;

struct LocalIndex {
  enum class Projection : uint8_t { kAll, kKeysOnly, kInclude };
  uint32_t id = 0;  // 1 or more; part of its rows' keys, never reused within a table
  std::string name;
  KeySchema key;  // the table's partition key and the index's sort key
  Projection projection = Projection::kAll;
  std::vector<std::string> non_key_attributes;  // of kInclude
};

// What a partition must know of its table. Immutable once shared.
struct Schema {
  KeySchema key;
  std::vector<LocalIndex> local_indexes;
};

}  // namespace skerry::partition
