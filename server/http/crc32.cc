#include "server/http/crc32.h"

#include <zlib.h>

#include <cstddef>

#if defined(__PCLMUL__) && defined(__SSE4_1__)
#include <immintrin.h>
#endif

namespace skerry::http {
namespace {

#if defined(__PCLMUL__) && defined(__SSE4_1__)

__m128i Load(const char* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }

// `x` moved forward by the distance that the constants in `k` stand for, onto `next`.
__m128i Fold(__m128i x, __m128i k, __m128i next) {
  return _mm_xor_si128(
      _mm_xor_si128(_mm_clmulepi64_si128(x, k, 0x00), _mm_clmulepi64_si128(x, k, 0x11)), next);
}

// Folding with carry-less multiplication (Gopal et al., "Fast CRC Computation for Generic
// Polynomials Using PCLMULQDQ", Intel 2009; the constants are x^n mod P, bit-reflected). `size` is
// a multiple of 16 and at least 64; `crc` and the result are the bare register, not inverted.
uint32_t FoldBlocks(uint32_t crc, const char* p, size_t size) {
  const __m128i by_64_bytes = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
  const __m128i by_16_bytes = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
  __m128i a = _mm_xor_si128(Load(p), _mm_cvtsi32_si128(static_cast<int>(crc)));
  __m128i b = Load(p + 16);
  __m128i c = Load(p + 32);
  __m128i d = Load(p + 48);
  for (p += 64, size -= 64; size >= 64; p += 64, size -= 64) {
    a = Fold(a, by_64_bytes, Load(p));
    b = Fold(b, by_64_bytes, Load(p + 16));
    c = Fold(c, by_64_bytes, Load(p + 32));
    d = Fold(d, by_64_bytes, Load(p + 48));
  }
  a = Fold(a, by_16_bytes, b);
  a = Fold(a, by_16_bytes, c);
  a = Fold(a, by_16_bytes, d);
  for (; size >= 16; p += 16, size -= 16) a = Fold(a, by_16_bytes, Load(p));

  // 128 bits to 64, to 32, and the remainder by Barrett's method.
  const __m128i low_words = _mm_setr_epi32(-1, 0, -1, 0);
  a = _mm_xor_si128(_mm_srli_si128(a, 8), _mm_clmulepi64_si128(a, by_16_bytes, 0x10));
  a = _mm_xor_si128(
      _mm_srli_si128(a, 4),
      _mm_clmulepi64_si128(_mm_and_si128(a, low_words), _mm_set_epi64x(0, 0x163cd6124), 0x00));
  const __m128i reduction = _mm_set_epi64x(0x1f7011641, 0x1db710641);
  __m128i q = _mm_clmulepi64_si128(_mm_and_si128(a, low_words), reduction, 0x10);
  q = _mm_clmulepi64_si128(_mm_and_si128(q, low_words), reduction, 0x00);
  return static_cast<uint32_t>(_mm_extract_epi32(_mm_xor_si128(a, q), 1));
}

#endif

}  // namespace

uint32_t Crc32(std::string_view bytes) {
  uint32_t crc = 0;
#if defined(__PCLMUL__) && defined(__SSE4_1__)
  if (bytes.size() >= 64) {
    const size_t blocks = bytes.size() & ~size_t{15};
    crc = ~FoldBlocks(~crc, bytes.data(), blocks);
    bytes.remove_prefix(blocks);
  }
#endif
  return static_cast<uint32_t>(
      crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace skerry::http
