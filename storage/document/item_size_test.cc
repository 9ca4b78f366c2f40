#include "storage/document/item_size.h"

#include <gtest/gtest.h>

#include "storage/document/item_codec.h"

namespace skerry::document {
namespace {

AttributeValue N(std::string_view text) { return AttributeValue::N(Number::Parse(text).value()); }

// Both ways of measuring must agree.
size_t SizeOf(AttributeValue value) {
  const Item item = {{"name", std::move(value)}};
  std::string encoded;
  EncodeItem(item, &encoded);
  EXPECT_EQ(EncodedItemSize(encoded), ItemSize(item));
  return ItemSize(item) - 4;
}

TEST(ItemSizeTest, NumbersTakeAByteForTwoDigits) {
  const std::pair<std::string, size_t> cases[] = {{"0", 1},
                                                  {"1", 2},
                                                  {"10", 2},
                                                  {"12", 2},
                                                  {"100", 2},
                                                  {"123", 3},
                                                  {"1000", 2},
                                                  {"1234", 3},
                                                  {"12345", 4},
                                                  {"-1", 3},
                                                  {"-12", 3},
                                                  {"-123", 4},
                                                  {"0.1", 2},
                                                  {"0.12", 2},
                                                  {"0.01", 2},
                                                  {"0.001", 2},
                                                  {"1.5", 3},
                                                  {"12.5", 3},
                                                  {"1e10", 2},
                                                  {"1e11", 2},
                                                  {"1e125", 2},
                                                  {"1e-130", 2},
                                                  {"-1e125", 3},
                                                  {std::string(38, '1'), 20},
                                                  {"-" + std::string(38, '1'), 21},
                                                  {std::string(37, '1'), 20},
                                                  {std::string(36, '1'), 19},
                                                  {"10.01", 3},
                                                  {"100.1", 4}};
  for (const auto& [text, size] : cases) EXPECT_EQ(SizeOf(N(text)), size) << text;
}

TEST(ItemSizeTest, OtherValuesAsTheServiceCountsThem) {
  const auto s = [](const char* v) { return AttributeValue::S(v); };
  EXPECT_EQ(SizeOf(s("")), 0U);
  EXPECT_EQ(SizeOf(s("\xc3\xa9")), 2U);
  EXPECT_EQ(SizeOf(AttributeValue::B("abc")), 3U);
  EXPECT_EQ(SizeOf(AttributeValue::Bool(true)), 1U);
  EXPECT_EQ(SizeOf(AttributeValue::OfNull()), 1U);
  EXPECT_EQ(SizeOf(AttributeValue::SS({"a", "bc"})), 3U);
  EXPECT_EQ(SizeOf(AttributeValue::BS({"a", "abc"})), 4U);
  EXPECT_EQ(SizeOf(AttributeValue::NS({N("1").number(), N("12").number(), N("100").number()})), 6U);
  EXPECT_EQ(SizeOf(AttributeValue::L({})), 3U);
  EXPECT_EQ(SizeOf(AttributeValue::L({s("a"), s("b")})), 7U);
  EXPECT_EQ(SizeOf(AttributeValue::L({N("1"), AttributeValue::L({})})), 10U);
  EXPECT_EQ(SizeOf(AttributeValue::L({AttributeValue::OfNull()})), 5U);
  EXPECT_EQ(SizeOf(AttributeValue::M({})), 3U);
  EXPECT_EQ(SizeOf(AttributeValue::M({{"a", s("b")}, {"cc", s("d")}})), 10U);
  EXPECT_EQ(SizeOf(AttributeValue::M({{"a", AttributeValue::M({})}})), 8U);
}

TEST(ItemSizeTest, NamesCountInFull) {
  EXPECT_EQ(ItemSize({{"pk", AttributeValue::S("a")}, {"\xc3\xa9", AttributeValue::S("")}}), 5U);
}

}  // namespace
}  // namespace skerry::document
