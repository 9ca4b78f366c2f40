#include "storage/expression/service_order.h"

#include <algorithm>
#include <bit>

namespace skerry::expression {
namespace {

constexpr size_t kSmallestTable = 16;

// Takes one character from the front of *text; bytes that are no UTF-8 count as themselves.
uint32_t TakeCharacter(std::string_view* text) {
  const auto lead = static_cast<unsigned char>(text->front());
  const size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length == 1 || text->size() < length) {
    text->remove_prefix(1);
    return lead;
  }
  uint32_t character = lead & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    character = character << 6 | (static_cast<unsigned char>((*text)[i]) & 0x3FU);
  }
  text->remove_prefix(length);
  return character;
}

}  // namespace

uint32_t JavaHash(std::string_view utf8) {
  uint32_t hash = 0;
  while (!utf8.empty()) {
    const uint32_t character = TakeCharacter(&utf8);
    if (character < 0x10000) {
      hash = 31 * hash + character;
    } else {  // two UTF-16 units
      hash = 31 * hash + (0xD800 + ((character - 0x10000) >> 10));
      hash = 31 * hash + (0xDC00 + ((character - 0x10000) & 0x3FF));
    }
  }
  return hash;
}

uint32_t JavaBucket(uint32_t hash, size_t capacity) {
  return (hash ^ (hash >> 16)) & static_cast<uint32_t>(capacity - 1);
}

size_t JavaCapacityGrown(size_t size) {
  size_t capacity = kSmallestTable;
  while (size * 4 > capacity * 3) capacity *= 2;
  return capacity;
}

size_t JavaCapacityFor(size_t size) {
  return std::max(kSmallestTable, std::bit_ceil(size * 4 / 3 + 1));
}

void OrderAsService(size_t capacity, std::vector<std::string_view>* words) {
  std::stable_sort(words->begin(), words->end(), [&](std::string_view a, std::string_view b) {
    return JavaBucket(JavaHash(a), capacity) < JavaBucket(JavaHash(b), capacity);
  });
}

}  // namespace skerry::expression
