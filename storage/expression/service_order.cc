#include "storage/expression/service_order.h"

#include <algorithm>
#include <cstdint>

namespace skerry::expression {
namespace {

// java.lang.String.hashCode with java.util.HashMap's spreading, for ASCII.
uint32_t SpreadHash(std::string_view word) {
  uint32_t hash = 0;
  for (char c : word) hash = 31 * hash + static_cast<unsigned char>(c);
  return hash ^ (hash >> 16);
}

}  // namespace

void OrderAsService(std::vector<std::string_view>* words) {
  // The table doubles from 16 whenever it is more than three quarters full.
  uint32_t capacity = 16;
  while (words->size() * 4 > size_t{capacity} * 3) capacity *= 2;
  std::stable_sort(words->begin(), words->end(), [&](std::string_view a, std::string_view b) {
    return (SpreadHash(a) & (capacity - 1)) < (SpreadHash(b) & (capacity - 1));
  });
}

}  // namespace skerry::expression
