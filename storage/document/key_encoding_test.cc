#include "storage/document/key_encoding.h"

#include <gtest/gtest.h>

namespace skerry::document {
namespace {

using std::string_literals::operator""s;

AttributeValue N(std::string_view text) { return AttributeValue::N(Number::Parse(text).value()); }
std::string Key(const AttributeValue& value) {
  std::string out;
  AppendKeyValue(value, &out);
  return out;
}

// FORMAT.md: these bytes are on disks. They never change.
TEST(KeyEncodingTest, BytesArePinned) {
  EXPECT_EQ(Key(N("0")), "\x02"s);
  EXPECT_EQ(Key(N("1")), "\x03\x41\x02\x00"s);
  EXPECT_EQ(Key(N("-1")), "\x01\xbe\xfd\xff"s);
  EXPECT_EQ(Key(N("100")), "\x03\x42\x02\x00"s);
  EXPECT_EQ(Key(N("12.5")), "\x03\x41\x0d\x33\x00"s);
  EXPECT_EQ(Key(N("-0.05")), "\x01\xbf\xf9\xff"s);
  EXPECT_EQ(Key(N("1e125")), "\x03\x7f\x0b\x00"s);
  EXPECT_EQ(Key(N("1e-130")), "\x03\x00\x02\x00"s);
  EXPECT_EQ(Key(AttributeValue::S("ab")), "ab\x00\x01"s);
  EXPECT_EQ(Key(AttributeValue::S("")), "\x00\x01"s);
  EXPECT_EQ(Key(AttributeValue::B("a\x00\x01\xff"s)), "a\x00\xff\x01\xff\x00\x01"s);
}

TEST(KeyEncodingTest, HashesArePinned) {
  EXPECT_EQ(PartitionHash(AttributeValue::S("")), 15448577912996533335ULL);
  EXPECT_EQ(PartitionHash(AttributeValue::S("user#1")), 8088794782237624167ULL);
  EXPECT_EQ(PartitionHash(AttributeValue::B("\x00\xff"s)), 14482357243343855942ULL);
  EXPECT_EQ(PartitionHash(N("42")), 10536749754268461576ULL);
}

TEST(KeyEncodingTest, ComesBackAndLeavesTheRest) {
  for (const AttributeValue& value :
       {N("0"), N("1"), N("-1.5"), N("9.9999999999999999999999999999999999999E125"), N("-1e-130"),
        N("-9.9999999999999999999999999999999999999E124"), AttributeValue::S("a\x00b"s),
        AttributeValue::S(""), AttributeValue::B("\x00\x00"s)}) {
    const std::string bytes = Key(value) + "rest";
    std::string_view in = bytes;
    Result<AttributeValue> taken = TakeKeyValue(value.type(), &in);
    ASSERT_TRUE(taken.ok());
    EXPECT_EQ(*taken, value);
    EXPECT_EQ(in, "rest");
  }
}

TEST(KeyEncodingTest, DamageIsCorruption) {
  const auto code = [](Type type, std::string_view in) {
    return TakeKeyValue(type, &in).status().code();
  };
  for (const std::string& bytes : {""s, "a"s, "a\x00"s, "a\x00\x02"s, "\x00\xff"s}) {
    EXPECT_EQ(code(Type::kString, bytes), StatusCode::kCorruption);
  }
  for (const std::string& bytes :
       {""s, "\x00"s, "\x03"s, "\x03\x41"s, "\x03\x41\x00"s, "\x03\x41\x02"s, "\x03\x41\x01\x00"s,
        "\x03\x41\x02\x01\x00"s, "\x03\x41\x70\x00"s, "\x03\x80\x02\x00"s, "\x04\x41\x02\x00"s,
        "\x03\x41"s + std::string(20, '\x0c') + "\0"s, "\x03\x41"s + std::string(30, '\x02')}) {
    EXPECT_EQ(code(Type::kNumber, bytes), StatusCode::kCorruption);
  }
}

TEST(KeyEncodingTest, OrdersAsValuesDo) {
  const std::vector<AttributeValue> ascending = {
      N("-1e125"),  N("-100.5"), N("-100"),   N("-99"),   N("-1.01"), N("-1"), N("-0.5"),
      N("-1e-130"), N("0"),      N("1e-130"), N("0.5"),   N("0.51"),  N("1"),  N("1.01"),
      N("10"),      N("99"),     N("100"),    N("100.1"), N("1e125")};
  for (size_t i = 0; i + 1 < ascending.size(); ++i) {
    EXPECT_LT(Key(ascending[i]), Key(ascending[i + 1])) << i;
  }
  const std::vector<std::string> strings = {"",
                                            "\x00"s,
                                            "\x00\x00"s,
                                            "\x00\x01"s,
                                            "\x01",
                                            "a",
                                            "a\x00"s,
                                            "a\x00"
                                            "b"s,
                                            "aa",
                                            "b",
                                            "\xff"};
  for (size_t i = 0; i + 1 < strings.size(); ++i) {
    EXPECT_LT(Key(AttributeValue::S(strings[i])), Key(AttributeValue::S(strings[i + 1]))) << i;
  }
}

TEST(KeyEncodingTest, PrefixesBoundTheirStrings) {
  std::string prefix;
  AppendKeyPrefix(AttributeValue::S("a\x00"s), &prefix);
  const std::string end = PrefixSuccessor(prefix);
  for (const std::string& inside : {"a\x00"s, "a\x00\x00"s, "a\x00\xff"s, "a\x00z"s}) {
    EXPECT_LE(prefix, Key(AttributeValue::S(inside)));
    EXPECT_LT(Key(AttributeValue::S(inside)), end);
  }
  for (const std::string& below : {""s, "a"s}) EXPECT_LT(Key(AttributeValue::S(below)), prefix);
  for (const std::string& above : {"a\x01"s, "b"s}) EXPECT_GE(Key(AttributeValue::S(above)), end);
}

TEST(KeyEncodingTest, SuccessorCarriesOverFullBytes) {
  EXPECT_EQ(PrefixSuccessor("a"), "b");
  EXPECT_EQ(PrefixSuccessor("a\xff\xff"), "b");
  EXPECT_EQ(PrefixSuccessor("\xff\xff"), "");
  EXPECT_EQ(PrefixSuccessor(""), "");
}

}  // namespace
}  // namespace skerry::document
