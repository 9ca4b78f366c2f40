#pragma once

#include <cstddef>
#include <string_view>

#include "storage/document/attribute_value.h"

// Sizes in bytes as DynamoDB counts them for the 400 KB limit and for capacity units (AWS,
// "DynamoDB item sizes and formats").

namespace skerry::document {

inline constexpr size_t kMaxItemBytes = 400 * 1024;

size_t ValueSize(const AttributeValue& value);
size_t ItemSize(const Item& item);
// The same, from the stored form, without decoding.
size_t EncodedItemSize(std::string_view encoded);

}  // namespace skerry::document
