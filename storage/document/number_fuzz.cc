#include <cstdint>
#include <string>

#include "base/check.h"
#include "storage/document/item_size.h"
#include "storage/document/key_encoding.h"
#include "storage/document/number.h"

// Texts that clients send as numbers, two at a time with a comma between them, and bytes that stand
// where a key's number should be.

namespace {

using skerry::Result;
using skerry::document::AttributeValue;
using skerry::document::Number;
using skerry::document::Type;

void CheckNumber(const Number& number) {
  SKERRY_CHECK(number.digits() <= Number::kMaxDigits);
  SKERRY_CHECK(number.is_zero() || (number.magnitude() <= Number::kMaxMagnitude &&
                                    number.magnitude() >= Number::kMinMagnitude));
  SKERRY_CHECK(number.is_zero() ? !number.negative() : number.coefficient() % 10 != 0);
  Number again;
  SKERRY_CHECK(Number::ParseCanonical(number.ToString(), &again) && again == number);
  std::string key;
  AppendKeyValue(AttributeValue::N(number), &key);
  std::string_view in = key;
  SKERRY_CHECK(TakeKeyValue(Type::kNumber, &in)->number() == number);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string_view key = input;
  Result<AttributeValue> from_key = TakeKeyValue(Type::kNumber, &key);
  if (from_key.ok()) CheckNumber(from_key->number());

  const size_t comma = input.find(',');
  Result<Number> a = Number::Parse(input.substr(0, comma));
  if (!a.ok()) return 0;
  CheckNumber(*a);
  if (comma == std::string_view::npos) return 0;
  Result<Number> b = Number::Parse(input.substr(comma + 1));
  if (!b.ok()) return 0;
  Result<Number> sum = Number::Add(*a, *b);
  if (!sum.ok()) return 0;
  CheckNumber(*sum);
  Result<Number> back = Number::Subtract(*sum, *b);
  SKERRY_CHECK(back.ok() && *back == *a);
  SKERRY_CHECK((*a < *sum) == (*b > Number()));
  return 0;
}
