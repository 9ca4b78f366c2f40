#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "storage/document/item_codec.h"
#include "storage/expression/compiler.h"

// One text, tried as every grammar, then what compiles is evaluated on an item. Input: the text, a
// zero byte, an encoded item (without one, a fixed item). Placeholders are #0 to #9 and :0 to :9.

namespace {

using skerry::Result;
using skerry::document::AttributeMap;
using skerry::document::AttributeValue;
using skerry::document::Item;
using skerry::document::Number;
using skerry::expression::Compiler;
using skerry::expression::KeySchema;
using skerry::expression::NameMap;

AttributeValue N(int64_t value) { return AttributeValue::N(Number::FromInt(value)); }

const Item& FixedItem() {
  static const Item kItem = {
      {"a", N(1)},
      {"b", AttributeValue::S("text")},
      {"c", AttributeValue::L({N(1), N(2), AttributeValue::M({{"d", N(3)}})})},
      {"e", AttributeValue::M({{"a", AttributeValue::NS({Number(), Number::FromInt(1)})}})},
      {"f", AttributeValue::SS({"x", "y"})},
      {"pk", AttributeValue::S("k")}};
  return kItem;
}

const NameMap& Names() {
  static const NameMap kNames = {{"#0", "a"},  {"#1", "b"},  {"#2", "c"}, {"#3", "d"},
                                 {"#4", "e"},  {"#5", "f"},  {"#6", "x"}, {"#7", "pk"},
                                 {"#8", "sk"}, {"#9", "a.b"}};
  return kNames;
}

const AttributeMap& Values() {
  static const AttributeMap kValues = {{":0", N(0)},
                                       {":1", N(1)},
                                       {":2", AttributeValue::S("te")},
                                       {":3", AttributeValue::B("\x01")},
                                       {":4", AttributeValue::Bool(true)},
                                       {":5", AttributeValue::SS({"x"})},
                                       {":6", AttributeValue::NS({Number::FromInt(1)})},
                                       {":7", AttributeValue::L({N(1)})},
                                       {":8", AttributeValue::M({{"d", N(3)}})},
                                       {":9", AttributeValue::S("SS")}};
  return kValues;
}

void TryCondition(std::string_view text, const Item& item) {
  Compiler compiler(&Names(), &Values());
  const auto condition = compiler.CompileCondition("ConditionExpression", text);
  if (!condition.ok()) {
    SKERRY_CHECK(condition.status().message().starts_with("Invalid ConditionExpression: "));
    return;
  }
  const Result<bool> once = Evaluate(**condition, &item);
  const Result<bool> again = Evaluate(**condition, &item);
  SKERRY_CHECK(once.ok() && again.ok() && *once == *again);
  SKERRY_CHECK(Evaluate(**condition, nullptr).ok());
  const std::string negated = "NOT (" + std::string(text) + ")";
  const auto opposite = compiler.CompileCondition("ConditionExpression", negated);
  // Parentheses around the whole text become redundant, one operator more too many.
  if (opposite.ok()) SKERRY_CHECK(*Evaluate(**opposite, &item) != *once);
}

void TryUpdate(std::string_view text, const Item& item) {
  Compiler compiler(&Names(), &Values());
  const auto update = compiler.CompileUpdate(text);
  if (!update.ok()) {
    SKERRY_CHECK(update.status().message().starts_with("Invalid UpdateExpression: "));
    return;
  }
  const Item before = item;
  const auto outcome = Apply(**update, &item, {});
  SKERRY_CHECK(item == before);
  (void)Apply(**update, nullptr, {{"pk", AttributeValue::S("k")}});
  if (!outcome.ok()) return;
  std::string encoded;
  EncodeItem(outcome->item, &encoded);
  const Result<Item> decoded = skerry::document::DecodeItem(encoded);
  SKERRY_CHECK(decoded.ok() && *decoded == outcome->item);
  for (const auto& [name, value] : outcome->updated_new) {
    SKERRY_CHECK(*outcome->item.Find(name) == value);
  }
}

void TryProjection(std::string_view text, const Item& item) {
  Compiler compiler(&Names(), &Values());
  const auto projection = compiler.CompileProjection(text);
  if (!projection.ok()) {
    SKERRY_CHECK(projection.status().message().starts_with("Invalid ProjectionExpression: "));
    return;
  }
  for (const auto& [name, value] : Project(**projection, item)) {
    SKERRY_CHECK(item.Find(name) != nullptr);
  }
}

void TryKeyCondition(std::string_view text) {
  Compiler compiler(&Names(), &Values());
  const auto condition = compiler.CompileKeyCondition(text);
  if (!condition.ok()) return;
  const KeySchema schema = {.partition_key = "pk", .sort_key = "sk"};
  const auto keys = SelectKeys(**condition, schema);
  if (keys.ok()) SKERRY_CHECK(keys->partition_value.is(skerry::document::Type::kString));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t zero = input.find('\0');
  const std::string_view text = input.substr(0, zero);
  Item item = FixedItem();
  if (zero != std::string_view::npos) {
    Result<Item> decoded = skerry::document::DecodeItem(input.substr(zero + 1));
    if (!decoded.ok()) return 0;
    item = std::move(decoded).value();
  }
  TryCondition(text, item);
  TryUpdate(text, item);
  TryProjection(text, item);
  TryKeyCondition(text);
  return 0;
}
