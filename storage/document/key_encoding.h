#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "storage/document/attribute_value.h"

// Order-preserving, self-delimiting encodings of key values (FORMAT.md): comparing the bytes
// compares the values as DynamoDB orders them: numbers by value, strings by their UTF-8 bytes,
// binaries by unsigned bytes.

namespace skerry::document {

// value is a String, Number or Binary; anything else is a broken invariant.
void AppendKeyValue(const AttributeValue& value, std::string* out);

// Takes one value of that type from the front of *in.
Result<AttributeValue> TakeKeyValue(Type type, std::string_view* in);

// The first bytes of AppendKeyValue for every string or binary that begins with `prefix`
// (begins_with).
void AppendKeyPrefix(const AttributeValue& prefix, std::string* out);

// The least byte string above all that begin with `bytes`; empty if there is none.
std::string PrefixSuccessor(std::string_view bytes);

// Hash of a partition key that places an item: XXH3-64 of AppendKeyValue's bytes. Never changes: it
// is stored in keys and in the catalog.
uint64_t PartitionHash(const AttributeValue& partition_key);

}  // namespace skerry::document
