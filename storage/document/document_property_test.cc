#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>

#include "storage/document/document_testing.h"
#include "storage/document/item_codec.h"
#include "storage/document/item_size.h"
#include "storage/document/key_encoding.h"

// Laws that hold for all numbers, keys and items, tried with random ones.

namespace skerry::document {

void showValue(const Number& number, std::ostream& out) { out << number.ToString(); }
void showValue(const AttributeValue& value, std::ostream& out) {
  std::string encoded;
  EncodeValue(value, &encoded);
  out << ::testing::PrintToString(encoded);
}
void showValue(const AttributeMap& map, std::ostream& out) {
  std::string encoded;
  EncodeItem(map, &encoded);
  out << ::testing::PrintToString(encoded);
}

namespace {

using boost::multiprecision::cpp_int;
using testing::AnyBytes;
using testing::AnyItem;
using testing::AnyNumber;
using testing::AnyText;
using testing::AnyValue;

// The number as an integer of units of the least digit that any number has.
constexpr int kLeastExponent = Number::kMinMagnitude - (Number::kMaxDigits - 1);
cpp_int Units(const Number& number) {
  cpp_int units = boost::multiprecision::pow(cpp_int(10), number.exponent() - kLeastExponent);
  units *= cpp_int(number.coefficient());
  return number.negative() ? cpp_int(-units) : units;
}

// What the service would say of a sum of that many units: its text, or why it is refused.
std::string Verdict(const cpp_int& units) {
  if (units == 0) return "0";
  std::string digits = cpp_int(abs(units)).str();
  const int magnitude = static_cast<int>(digits.size()) - 1 + kLeastExponent;
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.size() > Number::kMaxDigits) return "precision";
  if (magnitude > Number::kMaxMagnitude) return "overflow";
  if (magnitude < Number::kMinMagnitude) return "underflow";
  const std::string text = (units < 0 ? "-" : "") + digits + "e" +
                           std::to_string(magnitude - static_cast<int>(digits.size()) + 1);
  return Number::Parse(text)->ToString();
}

std::string Verdict(const Result<Number>& number) {
  if (number.ok()) return number->ToString();
  const std::string message(number.status().message());
  for (const char* word : {"precision", "overflow", "underflow"}) {
    if (message.find(word) != std::string::npos) return word;
  }
  return message;
}

std::string Key(const AttributeValue& value) {
  std::string out;
  AppendKeyValue(value, &out);
  return out;
}

RC_GTEST_PROP(NumberProperty, TextAndBack, ()) {
  const Number number = *AnyNumber();
  const std::string text = number.ToString();
  RC_ASSERT(Number::Parse(text).value() == number);
  Number canonical;
  RC_ASSERT(Number::ParseCanonical(text, &canonical));
  RC_ASSERT(canonical == number);
}

RC_GTEST_PROP(NumberProperty, EverySpellingIsTheSameNumber, ()) {
  const Number number = *AnyNumber();
  const int shift = *rc::gen::inRange(-200, 200);
  const Number digits = Number::FromParts(false, number.coefficient(), 0);
  std::string text = number.negative() ? "-" : *rc::gen::element<std::string>("", "+");
  text += std::string(*rc::gen::inRange(0, 5), '0') + digits.ToString();
  int exponent = number.exponent();
  if (shift > 0) {  // more zeros behind
    text += std::string(shift, '0');
    exponent -= shift;
  }
  if (*rc::gen::arbitrary<bool>()) text += "." + std::string(*rc::gen::inRange(0, 5), '0');
  text += *rc::gen::element<std::string>("e", "E", exponent < 0 ? "e" : "e+") +
          std::to_string(exponent);
  RC_ASSERT(Number::Parse(text).value() == number);
}

RC_GTEST_PROP(NumberProperty, OrderIsThatOfTheValues, ()) {
  const Number a = *AnyNumber();
  const Number b = *AnyNumber();
  const int expected = Units(a).compare(Units(b));
  RC_ASSERT(((a <=> b) < 0) == (expected < 0));
  RC_ASSERT((a == b) == (expected == 0));
}

RC_GTEST_PROP(NumberProperty, SumsAreExactOrRefused, ()) {
  const Number a = *AnyNumber();
  const Number b = *AnyNumber();
  RC_ASSERT(Verdict(Number::Add(a, b)) == Verdict(Units(a) + Units(b)));
  RC_ASSERT(Verdict(Number::Subtract(a, b)) == Verdict(Units(a) - Units(b)));
}

// Numbers whose digits nearly or fully cancel are rare among random pairs.
RC_GTEST_PROP(NumberProperty, NearlyEqualNumbersCancelExactly, ()) {
  const Number a = *AnyNumber();
  const Result<Number> b = Number::Add(
      a, Number::FromParts(*rc::gen::arbitrary<bool>(), *rc::gen::inRange(1, 10),
                           std::clamp(a.exponent() + *rc::gen::inRange(-2, 40), -130, 125)));
  RC_PRE(b.ok());
  RC_ASSERT(Verdict(Number::Subtract(a, *b)) == Verdict(Units(a) - Units(*b)));
  RC_ASSERT(Verdict(Number::Subtract(*b, a)) == Verdict(Units(*b) - Units(a)));
}

RC_GTEST_PROP(KeyProperty, NumbersKeepTheirOrderAndComeBack, ()) {
  const Number a = *AnyNumber();
  const Number b = *AnyNumber();
  const std::string a_key = Key(AttributeValue::N(a));
  const std::string b_key = Key(AttributeValue::N(b));
  RC_ASSERT((a_key < b_key) == (a < b));
  RC_ASSERT((a_key == b_key) == (a == b));
  RC_ASSERT(a == b || !a_key.starts_with(b_key));
  std::string_view in = a_key;
  RC_ASSERT(TakeKeyValue(Type::kNumber, &in)->number() == a);
  RC_ASSERT(in.empty());
}

RC_GTEST_PROP(KeyProperty, StringsKeepTheirOrderAndComeBack, ()) {
  const std::string a = *AnyBytes();
  const std::string b = *AnyBytes();
  const std::string rest = *AnyBytes();
  const std::string a_key = Key(AttributeValue::B(a));
  const std::string b_key = Key(AttributeValue::B(b));
  RC_ASSERT((a_key < b_key) == (a < b));
  RC_ASSERT(a == b || !a_key.starts_with(b_key));
  const std::string with_rest = a_key + rest;
  std::string_view in = with_rest;
  RC_ASSERT(TakeKeyValue(Type::kBinary, &in)->binary() == a);
  RC_ASSERT(in == rest);
}

RC_GTEST_PROP(KeyProperty, PrefixesSelectWhatBeginsSo, ()) {
  const std::string value = *AnyBytes();
  const std::string prefix = *rc::gen::weightedOneOf<std::string>(
      {{1, AnyBytes()},
       {2, rc::gen::just(value.substr(
               0, value.empty() ? 0 : *rc::gen::inRange<size_t>(0, value.size() + 1)))}});
  std::string low;
  AppendKeyPrefix(AttributeValue::B(prefix), &low);
  const std::string high = PrefixSuccessor(low);
  const std::string key = Key(AttributeValue::B(value));
  RC_ASSERT((key >= low && (high.empty() || key < high)) == value.starts_with(prefix));
}

RC_GTEST_PROP(KeyProperty, WhatIsTakenIsWhatIsWritten, ()) {
  std::string bytes = *rc::gen::container<std::string>(rc::gen::element(
      '\x01', '\x02', '\x03', '\x41', '\x40', '\x0b', '\x65', '\0', '\xff', '\xbe'));
  for (const Type type : {Type::kNumber, Type::kBinary}) {
    std::string_view in = bytes;
    Result<AttributeValue> value = TakeKeyValue(type, &in);
    if (!value.ok()) continue;
    RC_ASSERT(Key(*value) == bytes.substr(0, bytes.size() - in.size()));
  }
}

RC_GTEST_PROP(ItemProperty, ComesBackWithTheSameSize, ()) {
  const Item item = *AnyItem();
  std::string encoded;
  EncodeItem(item, &encoded);
  RC_ASSERT(DecodeItem(encoded).value() == item);
  RC_ASSERT(EncodedItemSize(encoded) == ItemSize(item));
}

RC_GTEST_PROP(ItemProperty, AttributesAreFoundInPlace, ()) {
  const Item item = *AnyItem();
  std::string encoded;
  EncodeItem(item, &encoded);
  for (const auto& [name, value] : item) {
    ValueReader reader({});
    RC_ASSERT(FindAttribute(encoded, name, &reader));
    const std::string_view from_here = reader.rest();
    reader.SkipValue();
    RC_ASSERT(reader.ok());
    const std::string_view one = from_here.substr(0, from_here.size() - reader.rest().size());
    RC_ASSERT(DecodeValue(one).value() == value);
  }
  const std::string other = *AnyText();
  ValueReader reader({});
  RC_ASSERT(FindAttribute(encoded, other, &reader) == (item.Find(other) != nullptr));
}

RC_GTEST_PROP(ItemProperty, DamagedBytesAreRefusedOrAnotherItem, ()) {
  std::string encoded;
  EncodeItem(*AnyItem(), &encoded);
  const size_t at = *rc::gen::inRange<size_t>(0, encoded.size());
  encoded[at] = *rc::gen::arbitrary<char>();
  const Result<Item> decoded = DecodeItem(encoded);
  RC_PRE(decoded.ok());
  std::string again;
  EncodeItem(*decoded, &again);
  RC_ASSERT(again == encoded);
}

RC_GTEST_PROP(MapProperty, BehavesAsASortedMap, ()) {
  AttributeMap map;
  std::map<std::string, AttributeValue> reference;
  for (int i = *rc::gen::inRange(0, 30); i > 0; --i) {
    const std::string name = *AnyText();
    const AttributeValue value = *AnyValue(0);
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        map.Set(name, value);
        reference[name] = value;
        break;
      case 1:
        RC_ASSERT(map.Insert(name, value) == reference.emplace(name, value).second);
        break;
      default:
        RC_ASSERT(map.Erase(name) == (reference.erase(name) == 1));
    }
  }
  RC_ASSERT(std::equal(
      map.begin(), map.end(), reference.begin(), reference.end(),
      [](const auto& a, const auto& b) { return a.first == b.first && a.second == b.second; }));
}

}  // namespace
}  // namespace skerry::document
