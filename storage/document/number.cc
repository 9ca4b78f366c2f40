#include "storage/document/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>

#include "base/check.h"

namespace skerry::document {
namespace {

using uint128 = unsigned __int128;

Status NotANumber() {
  return InvalidArgument("A value provided cannot be converted into a number");
}
Status TooPrecise() { return InvalidArgument("DynamoDB only supports precision up to 38 digits"); }
Status Overflow() {
  return InvalidArgument(
      "Number overflow. Attempting to store a number with magnitude larger than supported range");
}
Status Underflow() {
  return InvalidArgument(
      "Number underflow. Attempting to store a number with magnitude smaller than supported range");
}

constexpr auto kPowersOfTen = [] {
  std::array<uint128, Number::kMaxDigits + 1> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int CountDigits(uint128 v) {
  const auto high = static_cast<uint64_t>(v >> 64);
  const auto low = static_cast<uint64_t>(v);
  const int bits = high != 0 ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll(low | 1);
  // 1233 / 4096 is a little more than log10(2); right to within one, which the table settles.
  const int guess = (bits * 1233) >> 12;
  return guess + (v >= kPowersOfTen[guess] ? 1 : 0);
}

// A numeral taken apart, of any length and size: value = coefficient * 10^exponent. With more than
// 38 significant digits only their number is right.
struct Numeral {
  bool negative = false;
  uint128 coefficient = 0;
  int64_t digits = 0;
  int64_t exponent = 0;
};

// Digits and point of a numeral; leaves *p behind them. False if there is no digit.
bool ScanMantissa(const char** p, const char* end, Numeral* numeral) {
  bool any = false;
  bool point = false;
  int64_t pending_zeros = 0;
  for (; *p != end; ++*p) {
    const char c = **p;
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (!IsDigit(c)) break;
    any = true;
    if (point) --numeral->exponent;
    if (c == '0') {
      if (numeral->digits != 0) ++pending_zeros;
      continue;
    }
    numeral->digits += pending_zeros + 1;
    if (numeral->digits <= Number::kMaxDigits) {
      numeral->coefficient = numeral->coefficient * kPowersOfTen[pending_zeros + 1] + (c - '0');
    }
    pending_zeros = 0;
  }
  numeral->exponent += pending_zeros;
  return any;
}

// The part behind E, to the end. Bounds are those of a 32-bit exponent, as the service has them.
bool ScanExponent(const char* p, const char* end, int64_t* exponent) {
  bool negative = false;
  if (p != end && (*p == '+' || *p == '-')) negative = *p++ == '-';
  if (p == end) return false;
  int64_t value = 0;
  for (; p != end; ++p) {
    if (!IsDigit(*p)) return false;
    value = value * 10 + (*p - '0');
    if (value > std::numeric_limits<int32_t>::max()) return false;
  }
  *exponent = negative ? -value : value;
  return true;
}

bool ScanNumeral(std::string_view text, Numeral* numeral) {
  const char* p = text.data();
  const char* const end = p + text.size();
  if (p != end && (*p == '+' || *p == '-')) numeral->negative = *p++ == '-';
  if (!ScanMantissa(&p, end, numeral)) return false;
  if (p == end) return true;
  if (*p != 'e' && *p != 'E') return false;
  int64_t written = 0;
  if (!ScanExponent(p + 1, end, &written)) return false;
  numeral->exponent += written;
  return numeral->exponent >= -int64_t{std::numeric_limits<int32_t>::max()};
}

// The decimal digits of the basic multilingual plane, by their zeros (Unicode, category Nd): the
// service takes them for the digits that they are.
constexpr char16_t kUnicodeZeros[] = {
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10};

// The text with such digits replaced, or nothing if it has none or holds other non-ASCII text.
std::optional<std::string> WithAsciiDigits(std::string_view text) {
  std::string ascii;
  bool replaced = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = [&](size_t at) {
      return at < text.size() ? static_cast<uint8_t>(text[at]) : 0U;
    };
    if (byte(i) < 0x80) {
      ascii.push_back(text[i]);
      continue;
    }
    uint32_t code = 0;
    if ((byte(i) & 0xE0) == 0xC0) {
      code = (byte(i) & 0x1F) << 6 | (byte(i + 1) & 0x3F);
      i += 1;
    } else if ((byte(i) & 0xF0) == 0xE0) {
      code = (byte(i) & 0x0F) << 12 | (byte(i + 1) & 0x3F) << 6 | (byte(i + 2) & 0x3F);
      i += 2;
    }
    const auto* zero = std::find_if(std::begin(kUnicodeZeros), std::end(kUnicodeZeros),
                                    [&](char16_t z) { return code >= z && code <= z + 9U; });
    if (zero == std::end(kUnicodeZeros)) return std::nullopt;
    ascii.push_back(static_cast<char>('0' + (code - *zero)));
    replaced = true;
  }
  if (!replaced) return std::nullopt;
  return ascii;
}

// A sum that fits in 128 bits, made a number.
Result<Number> Normalize(bool negative, uint128 coefficient, int64_t exponent) {
  if (coefficient == 0) return Number();
  while (coefficient % 10 == 0) {
    coefficient /= 10;
    ++exponent;
  }
  const int digits = CountDigits(coefficient);
  if (digits > Number::kMaxDigits) return TooPrecise();
  if (exponent + digits - 1 > Number::kMaxMagnitude) return Overflow();
  if (exponent + digits - 1 < Number::kMinMagnitude) return Underflow();
  return Number::FromParts(negative, coefficient, static_cast<int>(exponent));
}

// The coefficient's digits; returns their number (1 for zero).
size_t PrintDigits(uint128 v, char* out) {
  constexpr auto kChunk = static_cast<uint64_t>(10'000'000'000'000'000'000U);  // 10^19
  if (v <= std::numeric_limits<uint64_t>::max()) {
    return std::to_chars(out, out + 20, static_cast<uint64_t>(v)).ptr - out;
  }
  char* p = std::to_chars(out, out + 20, static_cast<uint64_t>(v / kChunk)).ptr;
  char low[20];
  const size_t n = std::to_chars(low, low + 20, static_cast<uint64_t>(v % kChunk)).ptr - low;
  std::memset(p, '0', 19 - n);
  std::memcpy(p + 19 - n, low, n);
  return p + 19 - out;
}

}  // namespace

Number Number::FromParts(bool negative, uint128 coefficient, int exponent) {
  Number number;
  number.coefficient_ = coefficient;
  number.exponent_ = static_cast<int16_t>(exponent);
  number.negative_ = negative;
  return number;
}

Number Number::FromInt(int64_t value) {
  uint64_t magnitude = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  if (magnitude == 0) return {};
  int exponent = 0;
  for (; magnitude % 10 == 0; magnitude /= 10) ++exponent;
  return FromParts(value < 0, magnitude, exponent);
}

Result<Number> Number::Parse(std::string_view text) {
  Numeral numeral;
  if (!ScanNumeral(text, &numeral)) {
    const std::optional<std::string> ascii = WithAsciiDigits(text);
    numeral = {};
    if (!ascii.has_value() || !ScanNumeral(*ascii, &numeral)) return NotANumber();
  }
  if (numeral.digits == 0) return Number();
  if (numeral.digits > kMaxDigits) return TooPrecise();
  const int64_t magnitude = numeral.exponent + numeral.digits - 1;
  if (magnitude > kMaxMagnitude) return Overflow();
  if (magnitude < kMinMagnitude) return Underflow();
  return FromParts(numeral.negative, numeral.coefficient, static_cast<int>(numeral.exponent));
}

bool Number::ParseCanonical(std::string_view text, Number* number) {
  // Most numbers are short integers: no parsing and printing again to know that they are canonical.
  const bool negative = !text.empty() && text[0] == '-';
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (!digits.empty() && digits.size() <= 18 && digits[0] != '0') {
    uint64_t value = 0;
    size_t i = 0;
    for (; i < digits.size() && IsDigit(digits[i]); ++i) value = value * 10 + (digits[i] - '0');
    if (i == digits.size()) {
      int exponent = 0;
      for (; value % 10 == 0; value /= 10) ++exponent;
      *number = FromParts(negative, value, exponent);
      return true;
    }
  }
  if (text.size() > kMaxTextBytes) return false;
  Result<Number> parsed = Parse(text);
  if (!parsed.ok()) return false;
  char buffer[kMaxTextBytes];
  if (std::string_view(buffer, parsed->Print(buffer)) != text) return false;
  *number = *parsed;
  return true;
}

int Number::digits() const { return coefficient_ == 0 ? 1 : CountDigits(coefficient_); }

size_t Number::Print(char* buffer) const {
  char* p = buffer;
  if (negative_) *p++ = '-';
  if (exponent_ >= 0) {
    p += PrintDigits(coefficient_, p);
    std::memset(p, '0', exponent_);
    return p + exponent_ - buffer;
  }
  char digits[40];
  const size_t n = PrintDigits(coefficient_, digits);
  const size_t behind = -exponent_;  // digits behind the point
  if (n > behind) {
    std::memcpy(p, digits, n - behind);
    p += n - behind;
    *p++ = '.';
    std::memcpy(p, digits + n - behind, behind);
    return p + behind - buffer;
  }
  *p++ = '0';
  *p++ = '.';
  std::memset(p, '0', behind - n);
  p += behind - n;
  std::memcpy(p, digits, n);
  return p + n - buffer;
}

void Number::AppendTo(std::string* out) const {
  char buffer[kMaxTextBytes];
  out->append(buffer, Print(buffer));
}

std::string Number::ToString() const {
  char buffer[kMaxTextBytes];
  return std::string(buffer, Print(buffer));
}

std::strong_ordering Number::operator<=>(const Number& other) const {
  const int sign = is_zero() ? 0 : (negative_ ? -1 : 1);
  const int other_sign = other.is_zero() ? 0 : (other.negative_ ? -1 : 1);
  if (sign != other_sign) return sign <=> other_sign;
  if (sign == 0) return std::strong_ordering::equal;
  const Number& left = negative_ ? other : *this;
  const Number& right = negative_ ? *this : other;
  const int left_digits = left.digits();
  const int right_digits = right.digits();
  const int left_magnitude = left.exponent_ + left_digits - 1;
  const int right_magnitude = right.exponent_ + right_digits - 1;
  if (left_magnitude != right_magnitude) return left_magnitude <=> right_magnitude;
  const uint128 a = left.coefficient_ * kPowersOfTen[kMaxDigits - left_digits];
  const uint128 b = right.coefficient_ * kPowersOfTen[kMaxDigits - right_digits];
  if (a == b) return std::strong_ordering::equal;
  return a < b ? std::strong_ordering::less : std::strong_ordering::greater;
}

Number Number::Negated() const {
  return is_zero() ? *this : FromParts(!negative_, coefficient_, exponent_);
}

Result<Number> Number::Add(const Number& a, const Number& b) {
  if (a.is_zero()) return b;
  if (b.is_zero()) return a;
  const Number& high = a.exponent_ >= b.exponent_ ? a : b;
  const Number& low = a.exponent_ >= b.exponent_ ? b : a;
  // Where the exponents differ, the sum's last digit is low's and not zero. So 128 bits are enough:
  // if `high` does not fit in them at low's exponent it has 39 digits and more, and taking the 38
  // of `low` away leaves more than 38.
  const int shift = high.exponent_ - low.exponent_;
  uint128 aligned;
  if (shift > kMaxDigits ||
      __builtin_mul_overflow(high.coefficient_, kPowersOfTen[shift], &aligned)) {
    return TooPrecise();
  }
  if (high.negative_ == low.negative_) {
    uint128 sum;
    if (__builtin_add_overflow(aligned, low.coefficient_, &sum)) return TooPrecise();
    return Normalize(high.negative_, sum, low.exponent_);
  }
  if (aligned >= low.coefficient_) {
    return Normalize(high.negative_, aligned - low.coefficient_, low.exponent_);
  }
  return Normalize(low.negative_, low.coefficient_ - aligned, low.exponent_);
}

Result<Number> Number::Subtract(const Number& a, const Number& b) { return Add(a, b.Negated()); }

}  // namespace skerry::document
