#include "server/dynamodb/json_reader.h"

#include <gtest/gtest.h>

namespace skerry::dynamodb {
namespace {

using namespace std::string_literals;
using Kind = JsonReader::Kind;

bool IsJson(std::string_view text) {
  JsonReader reader(text);
  reader.Skip();
  return reader.Finish();
}

std::string StringOf(std::string_view text) {
  JsonReader reader(text);
  if (reader.Peek() != Kind::kString) return "(no string)";
  std::string value(reader.TakeString());
  return reader.Finish() ? value : "(failed)";
}

TEST(JsonReaderTest, TakesWhatRfc8259Allows) {
  for (std::string_view text :
       {"{}", "[]", "\"\"", "0", "-0", "1.5e+10", "0.1E-7", "true", "false", "null", " [ ] ",
        "{\"a\":{\"b\":[1,2,{}]},\"c\":\"\"}", "[[],[[]],\"]\"]", "\xef\xbb\xbf{}"}) {
    EXPECT_TRUE(IsJson(text)) << text;
  }
}

TEST(JsonReaderTest, RefusesWhatItDoesNot) {
  for (std::string_view text :
       {"",         " ",          "{",           "}",        "[",        "]",
        "{]",       "[}",         "[1,]",        "[,1]",     "[1 2]",    "{\"a\"}",
        "{\"a\":}", "{\"a\":1,}", "{,}",         "{a:1}",    "{'a':1}",  "{\"a\":1 \"b\":2}",
        "01",       "-",          "+1",          "1.",       ".5",       "1e",
        "1e+",      "0x1",        "NaN",         "Infinity", "tru",      "nulL",
        "truex",    "{}{}",       "1 2",         "\"",       "\"a",      "\"\\",
        "\"\\x\"",  "\"\\u12\"",  "\"\\u12G4\"", "\"\t\"",   "[1/*c*/]", "\xff"}) {
    EXPECT_FALSE(IsJson(text)) << text;
  }
  EXPECT_FALSE(IsJson("\"a\0b\""s));
  EXPECT_FALSE(IsJson("{\"a\":1}\0"s));
}

TEST(JsonReaderTest, UnescapesStrings) {
  EXPECT_EQ(StringOf(R"("plain")"), "plain");
  EXPECT_EQ(StringOf(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(StringOf(R"("\u0041\u00e9\u20AC")"), "A\u00e9\u20ac");
  EXPECT_EQ(StringOf(R"("\ud83d\uDE00")"), "\U0001f600");
  EXPECT_EQ(StringOf(R"("a\u0000b")"), "a\0b"s);
  EXPECT_EQ(StringOf(R"("0123456789abcdef0123456789\nabcdef0123456789abcdef")"),
            "0123456789abcdef0123456789\nabcdef0123456789abcdef");
}

TEST(JsonReaderTest, RefusesHalfCharacters) {
  EXPECT_EQ(StringOf(R"("\ud800")"), "(failed)");
  EXPECT_EQ(StringOf(R"("\ud800x")"), "(failed)");
  EXPECT_EQ(StringOf(R"("\ud800\ud800")"), "(failed)");
  EXPECT_EQ(StringOf(R"("\ud800A")"), "(failed)");
  EXPECT_EQ(StringOf(R"("\udc00\ud800")"), "(failed)");
}

TEST(JsonReaderTest, FindsTheEndOfStringsOfAnyLength) {
  for (size_t n = 0; n < 70; ++n) {
    const std::string text(n, 'x');
    EXPECT_EQ(StringOf("\"" + text + "\""), text);
    EXPECT_FALSE(IsJson("\"" + text + "\n\"")) << n;
    EXPECT_FALSE(IsJson("\"" + text)) << n;
  }
}

TEST(JsonReaderTest, SkipsHundredThousandLevels) {
  const std::string opened(100'000, '[');
  const std::string closed(100'000, ']');
  EXPECT_TRUE(IsJson(opened + closed));
  EXPECT_FALSE(IsJson(opened));
  EXPECT_FALSE(IsJson(opened + closed + "]"));
}

TEST(JsonReaderTest, WalksObjectsAndLists) {
  JsonReader reader(R"( { "a" : [ 1 , "x" ] , "b" : null , "c" : {} } )");
  std::string_view key;
  ASSERT_EQ(reader.Peek(), Kind::kObject);
  reader.BeginObject();
  ASSERT_TRUE(reader.NextKey(&key));
  EXPECT_EQ(key, "a");
  ASSERT_EQ(reader.Peek(), Kind::kArray);
  reader.BeginArray();
  ASSERT_TRUE(reader.NextElement());
  EXPECT_EQ(reader.Peek(), Kind::kNumber);
  EXPECT_EQ(reader.TakeNumber(), "1");
  ASSERT_TRUE(reader.NextElement());
  EXPECT_EQ(reader.Peek(), Kind::kString);
  EXPECT_EQ(reader.TakeString(), "x");
  EXPECT_FALSE(reader.NextElement());
  ASSERT_TRUE(reader.NextKey(&key));
  EXPECT_EQ(key, "b");
  EXPECT_EQ(reader.Peek(), Kind::kNull);
  reader.TakeLiteral();
  ASSERT_TRUE(reader.NextKey(&key));
  EXPECT_EQ(key, "c");
  ASSERT_EQ(reader.Peek(), Kind::kObject);
  reader.BeginObject();
  EXPECT_FALSE(reader.NextKey(&key));
  EXPECT_FALSE(reader.NextKey(&key));
  EXPECT_TRUE(reader.Finish());
}

TEST(JsonReaderTest, StaysFailed) {
  JsonReader reader("[1,x]");
  std::string_view key;
  reader.Peek();
  reader.BeginArray();
  reader.NextElement();
  reader.TakeNumber();
  ASSERT_TRUE(reader.NextElement());
  EXPECT_EQ(reader.Peek(), Kind::kInvalid);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.position(), 3u);
  EXPECT_FALSE(reader.NextElement());
  EXPECT_FALSE(reader.NextKey(&key));
  EXPECT_EQ(reader.TakeString(), "");
  EXPECT_EQ(reader.TakeNumber(), "");
  EXPECT_FALSE(reader.Finish());
}

}  // namespace
}  // namespace skerry::dynamodb
