#include "server/dynamodb/base64.h"

#include <array>
#include <cstdint>

#include "server/dynamodb/messages.h"

namespace skerry::dynamodb {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kNone = 0xff;

constexpr std::array<uint8_t, 256> MakeValues() {
  std::array<uint8_t, 256> values{};
  values.fill(kNone);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  return values;
}
constexpr std::array<uint8_t, 256> kValues = MakeValues();

uint32_t Byte(std::string_view s, size_t i) { return static_cast<unsigned char>(s[i]); }

}  // namespace

void AppendBase64(std::string_view bytes, std::string* out) {
  const size_t start = out->size();
  out->resize(start + (bytes.size() + 2) / 3 * 4);
  char* to = out->data() + start;
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t group = Byte(bytes, i) << 16 | Byte(bytes, i + 1) << 8 | Byte(bytes, i + 2);
    *to++ = kAlphabet[group >> 18];
    *to++ = kAlphabet[group >> 12 & 63];
    *to++ = kAlphabet[group >> 6 & 63];
    *to++ = kAlphabet[group & 63];
  }
  const size_t rest = bytes.size() - i;
  if (rest == 0) return;
  const uint32_t group = Byte(bytes, i) << 16 | (rest == 2 ? Byte(bytes, i + 1) << 8 : 0);
  *to++ = kAlphabet[group >> 18];
  *to++ = kAlphabet[group >> 12 & 63];
  *to++ = rest == 2 ? kAlphabet[group >> 6 & 63] : '=';
  *to = '=';
}

std::string DecodeBase64(std::string_view text, std::string* out) {
  if (text.size() % 4 != 0) return messages::Base64Length(text.size());
  size_t padding = 0;
  if (text.ends_with("==")) {
    padding = 2;
  } else if (text.ends_with('=')) {
    padding = 1;
  }
  const size_t digits = text.size() - padding;
  const size_t start = out->size();
  out->reserve(start + digits * 3 / 4);
  uint32_t bits = 0;
  size_t have = 0;
  for (size_t i = 0; i < digits; ++i) {
    const uint8_t value = kValues[Byte(text, i)];
    if (value == kNone) {
      out->resize(start);
      return messages::Base64Character(text[i]);
    }
    bits = bits << 6 | value;
    have += 6;
    if (have >= 8) {
      have -= 8;
      out->push_back(static_cast<char>(bits >> have));
    }
  }
  if ((bits & ((1U << have) - 1)) != 0) {
    out->resize(start);
    return std::string(messages::kBase64LastCharacter);
  }
  return {};
}

}  // namespace skerry::dynamodb
