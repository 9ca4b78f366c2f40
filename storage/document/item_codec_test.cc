#include "storage/document/item_codec.h"

#include <gtest/gtest.h>

namespace skerry::document {
namespace {

using std::string_literals::operator""s;

AttributeValue N(std::string_view text) { return AttributeValue::N(Number::Parse(text).value()); }
std::string Encoded(const Item& item) {
  std::string out;
  EncodeItem(item, &out);
  return out;
}

Item OneOfEach() {
  return {{"b", AttributeValue::B("\x00\xff"s)},
          {"bs", AttributeValue::BS({"", "x"})},
          {"f", AttributeValue::Bool(false)},
          {"l", AttributeValue::L({AttributeValue::S("a"), AttributeValue::L({})})},
          {"m", AttributeValue::M({{"k", N("-1.5")}})},
          {"n", N("42")},
          {"ns", AttributeValue::NS({N("-1").number(), N("1e60").number()})},
          {"s", AttributeValue::S("str")},
          {"ss", AttributeValue::SS({"p", "q"})},
          {"t", AttributeValue::Bool(true)},
          {"w", N("-12e-130")},
          {"z", AttributeValue::OfNull()}};
}

// FORMAT.md: these bytes are on disks and in logs. They never change.
TEST(ItemCodecTest, BytesArePinned) {
  EXPECT_EQ(Encoded(OneOfEach()),
            "\x0c"
            "\x01"
            "b"
            "\x03\x02\x00\xff"
            "\x02"
            "bs"
            "\x09\x04\x02\x00\x01x"
            "\x01"
            "f"
            "\x04"
            "\x01"
            "l"
            "\x0a\x07\x02\x01\x01"
            "a"
            "\x0a\x01\x00"
            "\x01"
            "m"
            "\x0b\x09\x01\x01k\x02\x04-1.5"
            "\x01"
            "n"
            "\x02\x02"
            "42"
            "\x02"
            "ns"
            "\x08\x08\x02\x02-1\x81\x3c\x00"
            "1"
            "\x01"
            "s"
            "\x01\x03str"
            "\x02"
            "ss"
            "\x07\x05\x02\x01p\x01q"
            "\x01"
            "t"
            "\x05"
            "\x01"
            "w"
            "\x02\x83\x7e\xff-12"
            "\x01"
            "z"
            "\x06"s);
}

TEST(ItemCodecTest, ComesBack) {
  EXPECT_EQ(DecodeItem(Encoded(OneOfEach())).value(), OneOfEach());
  EXPECT_EQ(DecodeItem(Encoded({})).value(), Item());
  const Item large = {{"m", AttributeValue::M({{std::string(200, 'n'),
                                                AttributeValue::S(std::string(100000, 'v'))}})}};
  EXPECT_EQ(DecodeItem(Encoded(large)).value(), large);
}

TEST(ItemCodecTest, ReadsWithoutATree) {
  const std::string encoded = Encoded(OneOfEach());
  ValueReader reader(encoded);
  ASSERT_EQ(reader.ReadCount(), 12U);
  EXPECT_EQ(reader.ReadName(), "b");
  EXPECT_EQ(reader.ReadValue().bytes, "\x00\xff"s);
  EXPECT_EQ(reader.ReadName(), "bs");
  reader.SkipValue();
  EXPECT_EQ(reader.ReadName(), "f");
  EXPECT_FALSE(reader.ReadValue().boolean);
  EXPECT_EQ(reader.ReadName(), "l");
  ValueReader::Token list = reader.ReadValue();
  EXPECT_EQ(list.type, Type::kList);
  EXPECT_EQ(list.count, 2U);
  EXPECT_EQ(reader.ReadValue().bytes, "a");
  EXPECT_EQ(reader.ReadValue().count, 0U);
  EXPECT_EQ(reader.ReadName(), "m");
  EXPECT_EQ(reader.ReadValue().count, 1U);
  EXPECT_EQ(reader.ReadName(), "k");
  EXPECT_EQ(reader.ReadValue().bytes, "-1.5");
  EXPECT_EQ(reader.ReadName(), "n");
  reader.SkipValue();
  EXPECT_EQ(reader.ReadName(), "ns");
  ASSERT_EQ(reader.ReadValue().count, 2U);
  EXPECT_EQ(reader.ReadSetMember(Type::kNumberSet), "-1");
  EXPECT_EQ(reader.ReadSetMember(Type::kNumberSet), "1" + std::string(60, '0'));
  for (int i = 0; i < 5; ++i) {
    reader.ReadName();
    reader.SkipValue();
  }
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.done());
}

TEST(ItemCodecTest, FindsOneAttribute) {
  const std::string encoded = Encoded(OneOfEach());
  ValueReader value({});
  for (const auto& [name, expected] : OneOfEach()) {
    ASSERT_TRUE(FindAttribute(encoded, name, &value)) << name;
    EXPECT_EQ(value.ReadValue().type, expected.type()) << name;
  }
  for (const char* name : {"", "a", "bb", "zz"}) EXPECT_FALSE(FindAttribute(encoded, name, &value));
}

TEST(ItemCodecTest, EveryTruncationAndExtensionIsCorruption) {
  const std::string encoded = Encoded(OneOfEach());
  for (size_t n = 0; n < encoded.size(); ++n) {
    EXPECT_EQ(DecodeItem(encoded.substr(0, n)).status().code(), StatusCode::kCorruption) << n;
  }
  EXPECT_EQ(DecodeItem(encoded + '\0').status().code(), StatusCode::kCorruption);
}

TEST(ItemCodecTest, OnlyOneEncodingIsTaken) {
  const std::string bad[] = {
      "\x01\x01"
      "a\x00"s,  // no such tag
      "\x01\x01"
      "a\x0c"s,  // no such tag
      "\x81\x00\x01"
      "a\x06"s,  // over-long count
      "\x02\x01"
      "b\x06\x01"
      "a\x06"s,  // names out of order
      "\x02\x01"
      "a\x06\x01"
      "a\x06"s,  // a name twice
      "\x01\x01"
      "a\x02\x02"
      "01"s,  // number not as printed
      "\x01\x01"
      "a\x02\x02-0"s,  // negative zero
      "\x01\x01"
      "a\x02\x03"
      "1.0"s,  // trailing zero
      "\x01\x01"
      "a\x02\x81\x02\x00"
      "1"s,  // wide form of 100
      "\x01\x01"
      "a\x02\x82\x3c\x00"
      "10"s,  // wide form with a trailing zero
      "\x01\x01"
      "a\x02\x81\x7e\x00"
      "1"s,  // 1e126
      "\x01\x01"
      "a\x02\x83\x3c\x00"
      "1.5"s,  // wide form with a point
      "\x01\x01"
      "a\x02\x7f"s +
          "1" + std::string(126, '0'),  // plain form of a wide number
      "\x01\x01"
      "a\x07\x05\x02\x01q\x01p"s,  // set out of order
      "\x01\x01"
      "a\x07\x05\x02\x01p\x01p"s,  // a member twice
      "\x01\x01"
      "a\x08\x05\x02\x01"
      "2\x01"
      "1"s,  // numbers out of order
      "\x01\x01"
      "a\x0a\x02\x01\x06\x06"s,  // a body longer than its members
      "\x01\x01"
      "a\x0a\x03\x01\x06"s,  // a body that is cut off
      "\x01\x01"
      "a\x0a\x01\x01\x06"s,  // a member outside the body
      "\x01\x01"
      "a\x0a\x06\xff\xff\xff\xff\x7f"s,  // more members than bytes
  };
  for (const std::string& bytes : bad) {
    EXPECT_EQ(DecodeItem(bytes).status().code(), StatusCode::kCorruption)
        << testing::PrintToString(bytes);
  }
}

TEST(ItemCodecTest, DepthIsBounded) {
  AttributeValue value = AttributeValue::OfNull();
  for (int i = 0; i < kMaxEncodedDepth; ++i) value = AttributeValue::L({std::move(value)});
  std::string encoded;
  EncodeValue(value, &encoded);
  EXPECT_EQ(DecodeValue(encoded).value(), value);
  std::string deeper = encoded;  // one more list around it, by hand
  std::string body = "\x01" + encoded;
  ASSERT_GE(body.size(), 128U);
  deeper = "\x0a" + std::string(1, static_cast<char>(body.size() % 128 + 128)) +
           std::string(1, static_cast<char>(body.size() / 128)) + body;
  EXPECT_EQ(DecodeValue(deeper).status().code(), StatusCode::kCorruption);
  EXPECT_DEATH(
      {
        std::string out;
        EncodeValue(AttributeValue::L({value}), &out);
      },
      "nested too deeply");
}

}  // namespace
}  // namespace skerry::document
