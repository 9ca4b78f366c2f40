#include "server/dynamodb/json_writer.h"

#include <emmintrin.h>
#include <fmt/format.h>

#include <charconv>
#include <iterator>

namespace skerry::dynamodb {
namespace {

bool NeedsEscape(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

// Length of the run in front that is written as it is.
size_t PlainRun(std::string_view s) {
  const char* at = s.data();
  const char* end = at + s.size();
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i last_control = _mm_set1_epi8(0x1f);
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
    const __m128i hits = _mm_or_si128(
        control, _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)));
    if (const int mask = _mm_movemask_epi8(hits); mask != 0) {
      return static_cast<size_t>(at - s.data()) + static_cast<size_t>(__builtin_ctz(mask));
    }
  }
  while (at < end && !NeedsEscape(*at)) ++at;
  return static_cast<size_t>(at - s.data());
}

void AppendEscape(char c, std::string* out) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  switch (c) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\b':
      out->append("\\b");
      return;
    case '\f':
      out->append("\\f");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      out->append("\\u00");
      out->push_back(kHex[static_cast<unsigned char>(c) >> 4]);
      out->push_back(kHex[static_cast<unsigned char>(c) & 15]);
  }
}

}  // namespace

void AppendJsonString(std::string_view utf8, std::string* out) {
  out->push_back('"');
  while (true) {
    const size_t plain = PlainRun(utf8);
    out->append(utf8.substr(0, plain));
    if (plain == utf8.size()) break;
    AppendEscape(utf8[plain], out);
    utf8.remove_prefix(plain + 1);
  }
  out->push_back('"');
}

void AppendInteger(int64_t value, std::string* out) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out->append(text, end);
}

void AppendHalves(uint64_t halves, std::string* out) {
  AppendInteger(static_cast<int64_t>(halves / 2), out);
  out->append(halves % 2 == 0 ? ".0" : ".5");
}

void AppendTimestamp(double seconds, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "{:.3f}", seconds);
}

void AppendDouble(double value, std::string* out) {
  const size_t start = out->size();
  fmt::format_to(std::back_inserter(*out), "{}", value);
  if (out->find_first_of(".en", start) == std::string::npos) out->append(".0");
}

}  // namespace skerry::dynamodb
