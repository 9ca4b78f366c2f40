#include "base/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace skerry {
namespace {

#if defined(__SSE4_2__)

uint32_t Extend(uint32_t state, const char* p, size_t n) {
  uint64_t wide = state;
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, sizeof word);
    wide = _mm_crc32_u64(wide, word);
  }
  auto narrow = static_cast<uint32_t>(wide);
  for (; n > 0; --n, ++p) narrow = _mm_crc32_u8(narrow, static_cast<uint8_t>(*p));
  return narrow;
}

#elif defined(__ARM_FEATURE_CRC32)

uint32_t Extend(uint32_t state, const char* p, size_t n) {
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, sizeof word);
    state = __crc32cd(state, word);
  }
  for (; n > 0; --n, ++p) state = __crc32cb(state, static_cast<uint8_t>(*p));
  return state;
}

#else

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t v = i;
    for (int bit = 0; bit < 8; ++bit) v = (v >> 1) ^ ((v & 1) ? 0x82f63b78u : 0);
    table[i] = v;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = MakeTable();

uint32_t Extend(uint32_t state, const char* p, size_t n) {
  for (; n > 0; --n, ++p) state = kTable[(state ^ static_cast<uint8_t>(*p)) & 0xff] ^ (state >> 8);
  return state;
}

#endif

}  // namespace

uint32_t Crc32c(std::string_view data, uint32_t crc) {
  return ~Extend(~crc, data.data(), data.size());
}

}  // namespace skerry
