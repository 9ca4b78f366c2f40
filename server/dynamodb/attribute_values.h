#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/dynamodb/decoder.h"
#include "storage/document/attribute_value.h"

namespace skerry::dynamodb {

// Attribute values as JSON writes them: {"S":"x"}, {"L":[{"N":"1"},...]}. What is not an attribute
// value, or not one that can be stored, is a ValueFault of the decoder; reading goes on behind it,
// since a fault of the JSON itself is reported first.

// Levels of lists and maps that a value may have. An item is a level of its own, so that a document
// has 32 in all.
inline constexpr int kMaxContainersInItem = 31;
inline constexpr int kMaxContainersInValue = 32;

// An item or a key: non-empty names of less than 64 KiB.
void DecodeItem(Decoder& decoder, document::AttributeMap* out);
// ExpressionAttributeValues: placeholders as names, of which expressions judge; faults name the
// placeholder.
void DecodeExpressionValues(Decoder& decoder, document::AttributeMap* out);
// A value by itself.
void DecodeValue(Decoder& decoder, document::AttributeValue* out);

}  // namespace skerry::dynamodb
