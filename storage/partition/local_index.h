#pragma once

#include <string>

#include "storage/document/attribute_value.h"
#include "storage/partition/schema.h"

namespace skerry::partition {

// The row of an item in a local index. Empty where the item is not in it (no item, or no index key:
// a sparse index).
struct IndexRow {
  std::string key;
  std::string value;  // encoded: the projected attributes
  size_t size = 0;    // as DynamoDB counts

  bool exists() const { return !key.empty(); }
  bool operator==(const IndexRow&) const = default;
};

// `item` may be null.
IndexRow MakeIndexRow(const Schema& schema, const LocalIndex& index, const document::Item* item);

// Whether the index holds all that attribute's values.
bool IsProjected(const Schema& schema, const LocalIndex& index, std::string_view attribute);

}  // namespace skerry::partition
