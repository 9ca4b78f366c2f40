#include "storage/document/attribute_value.h"

#include <gtest/gtest.h>

namespace skerry::document {
namespace {

TEST(AttributeMapTest, KeepsNamesSortedByBytes) {
  const AttributeMap map = {{"b", AttributeValue::S("1")},
                            {"", AttributeValue::S("2")},
                            {"\xc3\xa9", AttributeValue::S("3")},
                            {"B", AttributeValue::S("4")}};
  std::vector<std::string> names;
  for (const auto& [name, value] : map) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"", "B", "b", "\xc3\xa9"}));
}

TEST(AttributeMapTest, SetReplacesAndInsertDoesNot) {
  AttributeMap map;
  map.Set("a", AttributeValue::Bool(true));
  EXPECT_FALSE(map.Insert("a", AttributeValue::Bool(false)));
  EXPECT_TRUE(map.Find("a")->boolean());
  map.Set("a", AttributeValue::Bool(false));
  EXPECT_FALSE(map.Find("a")->boolean());
  EXPECT_EQ(map.size(), 1U);
}

TEST(AttributeMapTest, FindsAndErases) {
  AttributeMap map = {{"a", AttributeValue::S("1")}, {"c", AttributeValue::S("3")}};
  EXPECT_EQ(map.Find("b"), nullptr);
  EXPECT_EQ(map.Find("d"), nullptr);
  EXPECT_FALSE(map.Erase("b"));
  EXPECT_TRUE(map.Erase("a"));
  EXPECT_EQ(map.Find("a"), nullptr);
  EXPECT_EQ(map.Find("c")->string(), "3");
}

TEST(AttributeValueTest, EqualsByTypeAndValue) {
  const auto list = [](AttributeValue v) { return AttributeValue::L({std::move(v)}); };
  EXPECT_EQ(list(AttributeValue::S("a")), list(AttributeValue::S("a")));
  EXPECT_NE(list(AttributeValue::S("a")), list(AttributeValue::B("a")));
  EXPECT_NE(AttributeValue::Bool(false), AttributeValue::OfNull());
  EXPECT_EQ(AttributeValue::M({{"a", list(AttributeValue::OfNull())}}),
            AttributeValue::M({{"a", list(AttributeValue::OfNull())}}));
}

TEST(AttributeValueTest, NamesItsTypes) {
  EXPECT_EQ(TypeName(AttributeValue::S("").type()), "S");
  EXPECT_EQ(TypeName(AttributeValue::OfNull().type()), "NULL");
  EXPECT_EQ(TypeName(AttributeValue::BS({"a"}).type()), "BS");
  EXPECT_EQ(TypeName(AttributeValue::M({}).type()), "M");
}

TEST(AttributeMapTest, TakesOverEntriesInAnyOrder) {
  const auto n = [](int64_t v) { return AttributeValue::N(Number::FromInt(v)); };
  const AttributeMap expected = {{"a", n(1)}, {"b", n(2)}, {"c", n(3)}};
  EXPECT_EQ(AttributeMap::FromEntries({}), AttributeMap());
  EXPECT_EQ(AttributeMap::FromEntries({{"a", n(1)}, {"b", n(2)}, {"c", n(3)}}), expected);
  EXPECT_EQ(AttributeMap::FromEntries({{"c", n(3)}, {"a", n(1)}, {"b", n(2)}}), expected);
  EXPECT_EQ(AttributeMap::FromEntries({{"b", n(9)}, {"c", n(3)}, {"b", n(2)}, {"a", n(1)}}),
            expected);
  EXPECT_EQ(AttributeMap::FromEntries({{"a", n(9)}, {"a", n(1)}, {"b", n(2)}, {"c", n(3)}}),
            expected);
}

}  // namespace
}  // namespace skerry::document
