#include "server/dynamodb/crc32.h"

#include <array>
#include <cstring>

#if defined(__PCLMUL__)
#include <emmintrin.h>
#include <smmintrin.h>
#include <wmmintrin.h>
#endif

namespace skerry::dynamodb {
namespace {

constexpr uint32_t kPolynomial = 0xedb88320;

// Eight bytes a step ("slicing by 8", Kounavis and Berry 2005).
using Tables = std::array<std::array<uint32_t, 256>, 8>;
constexpr Tables MakeTables() {
  Tables tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
    tables[0][i] = crc;
  }
  for (size_t t = 1; t < tables.size(); ++t) {
    for (size_t i = 0; i < 256; ++i) {
      tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 0xff];
    }
  }
  return tables;
}
constexpr Tables kTables = MakeTables();

uint32_t Update(uint32_t crc, const char* at, size_t n) {
  for (; n >= 8; at += 8, n -= 8) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    word ^= crc;
    crc = 0;
    for (size_t byte = 0; byte < 8; ++byte) crc ^= kTables[7 - byte][word >> (8 * byte) & 0xff];
  }
  for (; n > 0; ++at, --n) crc = crc >> 8 ^ kTables[0][(crc ^ static_cast<uint8_t>(*at)) & 0xff];
  return crc;
}

#if defined(__PCLMUL__)
constexpr size_t kLane = 16;
constexpr size_t kBlock = 4 * kLane;

__m128i Load(const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }

// Carries `value` over the distance that `constants` stand for, onto `next`.
__m128i Fold(__m128i value, __m128i constants, __m128i next) {
  const __m128i low = _mm_clmulepi64_si128(value, constants, 0x00);
  const __m128i high = _mm_clmulepi64_si128(value, constants, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

// Folding by carry-less multiplication, four lanes at a time (Gopal et al., "Fast CRC Computation
// for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009). Takes what is a multiple of
// 16 bytes from the front of [at, at + n), which holds at least 64; the constants are x^D mod P
// for the distances that are folded over.
uint32_t UpdateFolding(uint32_t crc, const char** at, size_t* n) {
  const __m128i by_block = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
  const __m128i by_lane = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
  __m128i lanes[4] = {Load(*at), Load(*at + kLane), Load(*at + 2 * kLane), Load(*at + 3 * kLane)};
  lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128(static_cast<int>(crc)));
  *at += kBlock;
  *n -= kBlock;
  for (; *n >= kBlock; *at += kBlock, *n -= kBlock) {
    for (size_t i = 0; i < 4; ++i) lanes[i] = Fold(lanes[i], by_block, Load(*at + i * kLane));
  }
  __m128i value = lanes[0];
  for (size_t i = 1; i < 4; ++i) value = Fold(value, by_lane, lanes[i]);
  for (; *n >= kLane; *at += kLane, *n -= kLane) value = Fold(value, by_lane, Load(*at));
  // What is left stands for the same remainder as the bytes folded into it.
  char rest[kLane];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), value);
  return Update(0, rest, sizeof rest);
}
#endif

}  // namespace

uint32_t Crc32(std::string_view bytes) {
  uint32_t crc = ~uint32_t{0};
  const char* at = bytes.data();
  size_t n = bytes.size();
#if defined(__PCLMUL__)
  if (n >= kBlock) crc = UpdateFolding(crc, &at, &n);
#endif
  return ~Update(crc, at, n);
}

}  // namespace skerry::dynamodb
