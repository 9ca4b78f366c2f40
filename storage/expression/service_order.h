#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace skerry::expression {

// The service keeps names and paths in Java hash tables, and their order shows: in messages that
// list several names, and in which of several faults is told. All of this is observed.

// java.lang.String.hashCode.
uint32_t JavaHash(std::string_view utf8);

// The bucket that java.util.HashMap puts a hash into; `capacity` is a power of two.
uint32_t JavaBucket(uint32_t hash, size_t capacity);

// Buckets of a table that has grown to `size` entries, or that was made for them at once.
size_t JavaCapacityGrown(size_t size);
size_t JavaCapacityFor(size_t size);

// Puts distinct words into the order of a table of `capacity`; words of one bucket keep theirs.
void OrderAsService(size_t capacity, std::vector<std::string_view>* words);

}  // namespace skerry::expression
