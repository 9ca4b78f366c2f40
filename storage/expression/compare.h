#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string_view>

#include "storage/document/attribute_value.h"

// How conditions relate two values (AWS, "Comparison operator and function reference"; observed).
// Equality is AttributeValue's own.

namespace skerry::expression {

// Numbers by value, strings and binaries by their bytes; values of two types, or of other types,
// have no order.
std::optional<std::strong_ordering> Order(const document::AttributeValue& a,
                                          const document::AttributeValue& b);

// A string or binary that starts with another of its type.
bool BeginsWith(const document::AttributeValue& whole, const document::AttributeValue& prefix);

// A substring, a set's member, or a list's element. Maps contain nothing.
bool Contains(const document::AttributeValue& whole, const document::AttributeValue& part);

// Length of a string (in UTF-16 units, as the service counts) or binary, members of a set, list or
// map; numbers, booleans and nulls have none.
std::optional<size_t> SizeOf(const document::AttributeValue& value);

// How messages about ADD and DELETE call a type: "STRING", "BOOLEAN".
std::string_view LongTypeName(document::Type type);

}  // namespace skerry::expression
