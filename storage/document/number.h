#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace skerry::document {

// DynamoDB's number: an exact decimal of up to 38 significant digits, magnitude 1E-130 to
// 9.9999999999999999999999999999999999999E+125, or zero (AWS, "Supported data types: Number"). A
// value type; always normal: no trailing zeros in the coefficient, one zero, no negative zero.
// Equal numbers are equal member by member.
class Number {
 public:
  static constexpr int kMaxDigits = 38;
  static constexpr int kMaxMagnitude = 125;  // of the leading digit's power of ten
  static constexpr int kMinMagnitude = -130;
  // Length of the longest text: "-0.", 129 zeros and 38 digits.
  static constexpr size_t kMaxTextBytes = 170;

  constexpr Number() = default;  // zero
  static Number FromInt(int64_t value);

  // Parses what DynamoDB accepts as a number: optional sign, digits with an optional point,
  // optional exponent; no white space. Faults are looked for in the service's order: not a number,
  // more than 38 digits, too large, too small; the failure's message is the service's own.
  static Result<Number> Parse(std::string_view text);
  // Parses only what AppendTo writes; false for every other text, 1.0 and 1e2 included.
  static bool ParseCanonical(std::string_view text, Number* number);

  // Value = (-1)^negative * coefficient * 10^exponent; the coefficient has at most 38 digits and,
  // but for zero, no trailing zero.
  bool negative() const { return negative_; }
  unsigned __int128 coefficient() const { return coefficient_; }
  int exponent() const { return exponent_; }
  bool is_zero() const { return coefficient_ == 0; }
  int digits() const;  // significant digits; 1 for zero
  // Power of ten of the leading digit; 0 for zero.
  int magnitude() const { return exponent_ + digits() - 1; }

  // As the service prints it: plain digits, never an exponent, no trailing zeros behind the point.
  std::string ToString() const;
  void AppendTo(std::string* out) const;
  // The same into a buffer of kMaxTextBytes; returns the length.
  size_t Print(char* buffer) const;

  // By value.
  std::strong_ordering operator<=>(const Number& other) const;
  bool operator==(const Number& other) const = default;

  // Exact, or the service's own error where the result needs more than 38 digits or leaves the
  // range.
  static Result<Number> Add(const Number& a, const Number& b);
  static Result<Number> Subtract(const Number& a, const Number& b);
  Number Negated() const;

  // From parts already known to be normal and in range (the codecs use it).
  static Number FromParts(bool negative, unsigned __int128 coefficient, int exponent);

 private:
  unsigned __int128 coefficient_ = 0;
  int16_t exponent_ = 0;
  bool negative_ = false;
};

}  // namespace skerry::document
