#include <gtest/gtest.h>

#include <string>

#include "storage/expression/expression_testing.h"
#include "storage/expression/reserved_words.h"
#include "storage/expression/service_order.h"

// ExpressionAttributeNames and ExpressionAttributeValues. Messages as DynamoDB Local 2.6.1 gives
// them.

namespace skerry::expression::testing {
namespace {

using document::AttributeMap;

std::string MapFault(const NameMap* names, const AttributeMap* values) {
  return std::string(Compiler(names, values).CheckSubstitutions(true).message());
}
std::string NameFault(const std::string& key, const std::string& name) {
  const NameMap names = {{key, name}};
  return MapFault(&names, nullptr);
}
std::string ValueFault(const std::string& key) {
  const AttributeMap values = {{key, Value("1")}};
  return MapFault(nullptr, &values);
}

TEST(Substitutions, NeedAnExpression) {
  const NameMap names = {{"#n", "n"}};
  const AttributeMap values = {{":v", Value("1")}};
  EXPECT_EQ(Compiler(&names, &values).CheckSubstitutions(false).message(),
            "ExpressionAttributeNames can only be specified when using expressions");
  EXPECT_EQ(Compiler(nullptr, &values).CheckSubstitutions(false).message(),
            "ExpressionAttributeValues can only be specified when using expressions");
  EXPECT_TRUE(Compiler(&names, &values).CheckSubstitutions(true).ok());
  EXPECT_TRUE(Compiler(nullptr, nullptr).CheckSubstitutions(false).ok());
}

TEST(Substitutions, AreNotEmpty) {
  const NameMap names;
  const AttributeMap values;
  EXPECT_EQ(MapFault(&names, &values), "ExpressionAttributeNames must not be empty");
  EXPECT_EQ(MapFault(nullptr, &values), "ExpressionAttributeValues must not be empty");
}

TEST(Substitutions, HaveASigilAndAWordAsKeys) {
  const std::string names = "ExpressionAttributeNames contains invalid key: ";
  for (const char* key : {"n", "#", "#a-b", "##", "#a b", ":a", "#\u00e9"}) {
    EXPECT_EQ(NameFault(key, "n"), names + "Syntax error; key: \"" + key + "\"");
  }
  EXPECT_EQ(NameFault("", "n"), names + "The expression attribute map contains an empty key;");
  const std::string values = "ExpressionAttributeValues contains invalid key: ";
  for (const char* key : {"v", ":", ":a-b", "#a"}) {
    EXPECT_EQ(ValueFault(key), values + "Syntax error; key: \"" + key + "\"");
  }
  for (const char* key : {"#1", "#_", "#a1_"}) EXPECT_EQ(NameFault(key, "n"), "");
  EXPECT_EQ(ValueFault(":1"), "");
}

TEST(Substitutions, HaveKeysOfAtMost255Bytes) {
  EXPECT_EQ(NameFault("#" + std::string(254, 'a'), "n"), "");
  EXPECT_EQ(NameFault("#" + std::string(255, 'a'), "n"),
            "ExpressionAttributeNames contains invalid key: The expression attribute map contains "
            "a key that is too long; size of key: 256");
  EXPECT_EQ(ValueFault(":" + std::string(255, 'a')),
            "ExpressionAttributeValues contains invalid key: The expression attribute map contains "
            "a key that is too long;");
}

TEST(Substitutions, StandForNamesOfOneTo65535Bytes) {
  EXPECT_EQ(NameFault("#n", ""),
            "ExpressionAttributeNames contains invalid value: Empty attribute name for key #n");
  EXPECT_EQ(NameFault("#n", std::string(65535, 'x')), "");
  EXPECT_EQ(NameFault("#n", std::string(65536, 'x')),
            "ExpressionAttributeNames contains invalid value: Attribute name is too large, must be "
            "less than 65536 bytes for key #n");
}

TEST(Substitutions, FaultsAreToldNamesFirstInTheOrderSent) {
  const NameMap names = {{"b", "x"}, {"#a", ""}, {"a", "x"}};
  const AttributeMap values = {{"v", Value("1")}};
  EXPECT_EQ(MapFault(&names, &values),
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"b\"");
}

TEST(Substitutions, AreAllUsedByOneExpressionOrAnother) {
  const NameMap names = {{"#zebra", "z"}, {"#apple", "a"}, {"#mango", "m"}, {"#kiwi", "k"}};
  const AttributeMap values = {{":pear", Value("1")}, {":plum", Value("2")}, {":fig", Value("3")}};
  Compiler compiler(&names, &values);
  // In the order of the service's hash table.
  EXPECT_EQ(compiler.CheckAllUsed().message(),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#apple, "
            "#zebra, #mango, #kiwi}");
  ASSERT_TRUE(compiler.CompileProjection("#zebra, #apple, #mango").ok());
  ASSERT_TRUE(compiler.CompileCondition("FilterExpression", "#kiwi = :pear").ok());
  EXPECT_EQ(compiler.CheckAllUsed().message(),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:fig, "
            ":plum}");
  ASSERT_TRUE(compiler.CompileCondition("FilterExpression", "a IN (:fig, :plum)").ok());
  EXPECT_TRUE(compiler.CheckAllUsed().ok());
}

TEST(Substitutions, AreFoundAmongManyToo) {
  NameMap names;
  for (int i = 99; i >= 0; --i) names.emplace_back("#n" + std::to_string(i), "a");
  Compiler compiler(&names, nullptr);
  std::string text = "n";
  for (int i = 0; i < 100; ++i) {
    if (i != 42) text += ", m.x" + std::to_string(i) + ".#n" + std::to_string(i);
  }
  const auto projection = compiler.CompileProjection(text);
  ASSERT_TRUE(projection.ok()) << projection.status().message();
  EXPECT_EQ(compiler.CheckAllUsed().message(),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#n42}");
}

TEST(ServiceOrder, IsThatOfAJavaHashTable) {
  // Java's own documentation: s[0]*31^(n-1) + ... + s[n-1] over UTF-16 units.
  EXPECT_EQ(JavaHash(""), 0U);
  EXPECT_EQ(JavaHash("a"), 97U);
  EXPECT_EQ(JavaHash("hello"), 99162322U);
  EXPECT_EQ(JavaHash("\u00e9"), 0xE9U);
  EXPECT_EQ(JavaHash("\U0001F600"), 31U * 0xD83D + 0xDE00);
  EXPECT_EQ(JavaCapacityGrown(12), 16U);
  EXPECT_EQ(JavaCapacityGrown(13), 32U);
  EXPECT_EQ(JavaCapacityFor(11), 16U);
  EXPECT_EQ(JavaCapacityFor(12), 32U);
  EXPECT_EQ(JavaCapacityFor(24), 64U);
  EXPECT_EQ(JavaCapacityFor(48), 128U);
}

TEST(ReservedWords, AreFoundInAnyCase) {
  for (const char* word : {"ABORT", "abort", "Abort", "ZONE", "data", "TTL", "Flattern",
                           "sqlexception", "LOCALTIMESTAMP"}) {
    EXPECT_TRUE(IsReservedWord(word)) << word;
  }
  for (const char* word : {"", "abor", "abortx", "id", "pk", "LOCALTIMESTAMPS", "zones", "_data"}) {
    EXPECT_FALSE(IsReservedWord(word)) << word;
  }
}

}  // namespace
}  // namespace skerry::expression::testing
