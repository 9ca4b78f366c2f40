#include "server/dynamodb/attribute_values.h"

#include <gtest/gtest.h>

#include "server/dynamodb/front_test_support.h"
#include "server/dynamodb/item_encoder.h"

namespace skerry::dynamodb {
namespace {

using document::AttributeMap;

// What PutItem makes of an item with {"v": value}: "ok", or the error.
std::string Put(std::string_view value) {
  TestFront front;
  const std::string answer = front.Ask(
      "PutItem", R"({"TableName":"Tab","Item":{"pk":{"S":"a"},"v":)" + std::string(value) + "}}");
  return answer == "{}" ? "ok" : answer;
}

// The value as it reached the operation, written back.
std::string RoundTrip(std::string_view value) {
  TestFront front;
  std::string body = R"({"TableName":"Tab","Item":{"v":)" + std::string(value) + "}}";
  std::string answer = front.Ask("PutItem", body);
  if (answer != "{}") return answer;
  AttributeMap item = front.operations.put->item;
  std::string from_values;
  AppendAttributes(item, &from_values);
  document::EncodedItem encoded;
  document::EncodeItem(item, &encoded);
  std::string from_stored;
  EXPECT_TRUE(AppendEncodedItem(encoded, &from_stored));
  EXPECT_EQ(from_values, from_stored);
  return from_values.substr(5, from_values.size() - 6);
}

std::string Lists(int n) {
  std::string text = R"({"S":"x"})";
  for (int i = 0; i < n; ++i) text = R"({"L":[)" + text + "]}";
  return text;
}
std::string Maps(int n) {
  std::string text = R"({"S":"x"})";
  for (int i = 0; i < n; ++i) text = R"({"M":{"a":)" + text + "}}";
  return text;
}

constexpr std::string_view kTooDeep =
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
    "beyond supported limit";

TEST(AttributeValuesTest, EveryTypeThereAndBack) {
  for (std::string_view value :
       {R"({"S":""})", R"({"S":"a \" \\ \u0001 é 🎈 /"})", R"({"N":"-1.5"})", R"({"B":""})",
        R"({"B":"YQ=="})", R"({"B":"YWI="})", R"({"B":"YWJj"})", R"({"B":"AP+/"})",
        R"({"BOOL":true})", R"({"BOOL":false})", R"({"NULL":true})", R"({"SS":["a","b"]})",
        R"({"NS":["1","2"]})", R"({"BS":["YQ==","Yg=="]})", R"({"L":[]})", R"({"M":{}})",
        R"({"L":[{"S":"a"},{"L":[{"N":"1"}]},{"M":{"x":{"NULL":true},"y":{"SS":["s"]}}}]})"}) {
    EXPECT_EQ(RoundTrip(value), value);
  }
}

TEST(AttributeValuesTest, SetsAreSortedAndMapsToo) {
  EXPECT_EQ(RoundTrip(R"({"SS":["b","a","B","aa","é"]})"), R"({"SS":["B","a","aa","b","é"]})");
  EXPECT_EQ(RoundTrip(R"({"NS":["3","1","10","-1"]})"), R"({"NS":["-1","1","3","10"]})");
  EXPECT_EQ(RoundTrip(R"({"BS":["Yg==","","/w==","AA=="]})"),
            R"({"BS":["","AA==","Yg==","/w=="]})");
  EXPECT_EQ(RoundTrip(R"({"M":{"b":{"N":"2"},"a":{"N":"1"}}})"),
            R"({"M":{"a":{"N":"1"},"b":{"N":"2"}}})");
}

TEST(AttributeValuesTest, TheLastOfEqualNamesCounts) {
  EXPECT_EQ(RoundTrip(R"({"M":{"a":{"N":"1"},"b":{"N":"2"},"a":{"N":"3"}}})"),
            R"({"M":{"a":{"N":"3"},"b":{"N":"2"}}})");
  EXPECT_EQ(RoundTrip(R"({"S":"a","S":"b"})"), R"({"S":"b"})");
}

TEST(AttributeValuesTest, UnknownAndNullTypesAreAbsent) {
  EXPECT_EQ(RoundTrip(R"({"X":[1,{}],"S":"a","N":null})"), R"({"S":"a"})");
}

TEST(AttributeValuesTest, ExactlyOneType) {
  const std::string empty = Validation(
      "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  for (std::string_view value : {"{}", R"({"X":"a"})", R"({"s":"a"})", R"({"S":null})",
                                 R"({"L":[{}]})", R"({"M":{"a":{"N":null}}})"}) {
    EXPECT_EQ(Put(value), empty) << value;
  }
  const std::string several = Validation(
      "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
      "supported datatypes");
  for (std::string_view value : {R"({"S":"a","N":"1"})", R"({"NULL":true,"S":"a"})",
                                 R"({"L":[],"M":{}})", R"({"L":[{"S":"a","N":"1"}]})"}) {
    EXPECT_EQ(Put(value), several) << value;
  }
}

TEST(AttributeValuesTest, FaultsOfValues) {
  EXPECT_EQ(Put(R"({"NULL":false})"),
            Validation("One or more parameter values were invalid: Null attribute value types must "
                       "have the value of true"));
  EXPECT_EQ(
      Put(R"({"SS":[]})"),
      Validation("One or more parameter values were invalid: An string set  may not be empty"));
  EXPECT_EQ(
      Put(R"({"NS":[]})"),
      Validation("One or more parameter values were invalid: An number set  may not be empty"));
  EXPECT_EQ(
      Put(R"({"BS":[]})"),
      Validation("One or more parameter values were invalid: Binary sets should not be empty"));
  EXPECT_EQ(
      Put(R"({"SS":[null]})"),
      Validation("One or more parameter values were invalid: An string set may not have a null "
                 "string as a member"));
  EXPECT_EQ(Put(R"({"SS":["b","a","b"]})"),
            Validation("One or more parameter values were invalid: Input collection [b, a, b] "
                       "contains duplicates"));
  EXPECT_EQ(Put(R"({"NS":["1","1.0"]})"), Validation("Input collection contains duplicates"));
  EXPECT_EQ(Put(R"({"BS":["YQ==","YQ=="]})"),
            Validation("One or more parameter values were invalid: Input collection of type BS "
                       "contains duplicates."));
  EXPECT_EQ(Put(R"({"N":"abc"})"),
            Validation("A value provided cannot be converted into a number"));
  EXPECT_EQ(Put(R"({"NS":["1",null]})"),
            Validation("A value provided cannot be converted into a number"));
  EXPECT_EQ(Put(R"({"M":{"":{"S":"x"}}})"), Validation("Empty attribute name"));
  EXPECT_EQ(Put(R"({"L":[null]})"), Validation("The supplied Item contains a null AttributeValue"));
  EXPECT_EQ(Put(R"({"M":{"a":null}})"),
            Validation("The supplied Item contains a null AttributeValue: a is null"));
  EXPECT_EQ(Put("null"), Validation("The supplied Item contains a null AttributeValue: v is null"));
}

TEST(AttributeValuesTest, NamesHaveALimit) {
  EXPECT_EQ(Put(R"({"M":{")" + std::string(65535, 'n') + R"(":{"S":"x"}}})"), "ok");
  EXPECT_EQ(Put(R"({"M":{")" + std::string(65536, 'n') + R"(":{"S":"x"}}})"),
            Validation("Attribute name is too large, must be less than 65536 bytes"));
}

TEST(AttributeValuesTest, WrongTypesAreSerializationFaults) {
  EXPECT_EQ(Put(R"({"S":1})"), Serialization("NUMBER_VALUE cannot be converted to String"));
  EXPECT_EQ(Put(R"({"S":1.5})"), Serialization("DECIMAL_VALUE cannot be converted to String"));
  EXPECT_EQ(Put(R"({"N":1})"), Serialization("NUMBER_VALUE cannot be converted to String"));
  EXPECT_EQ(Put(R"({"N":true})"), Serialization("TRUE_VALUE cannot be converted to String"));
  EXPECT_EQ(Put(R"({"S":false})"), Serialization("FALSE_VALUE cannot be converted to String"));
  EXPECT_EQ(Put(R"({"S":{}})"),
            Serialization("Start of structure or map found where not expected"));
  EXPECT_EQ(Put(R"({"S":[]})"), Serialization("Start of list found where not expected"));
  EXPECT_EQ(Put(R"({"B":[1]})"), Serialization("Start of list found where not expected"));
  EXPECT_EQ(Put(R"({"B":1})"),
            Serialization("only base-64-encoded strings are convertible to bytes"));
  EXPECT_EQ(Put(R"({"BOOL":1})"), Serialization("NUMBER_VALUE cannot be converted to Boolean"));
  EXPECT_EQ(Put(R"({"BOOL":"true"})"), Serialization("Unexpected token received from parser"));
  EXPECT_EQ(Put(R"({"SS":"a"})"), Serialization("Unexpected field type"));
  EXPECT_EQ(Put(R"({"SS":{}})"),
            Serialization("Start of structure or map found where not expected"));
  EXPECT_EQ(Put(R"({"L":1})"), Serialization("Unexpected field type"));
  EXPECT_EQ(Put(R"({"M":"a"})"), Serialization("Unexpected field type"));
  EXPECT_EQ(Put(R"({"M":[]})"), Serialization("Start of list found where not expected"));
  EXPECT_EQ(Put(R"("a")"), Serialization("Unexpected value type in payload"));
  EXPECT_EQ(Put(R"({"L":["a"]})"), Serialization("Unexpected value type in payload"));
  EXPECT_EQ(Put("[]"), Serialization("Start of list found where not expected"));
}

TEST(AttributeValuesTest, Base64IsStrict) {
  EXPECT_EQ(Put(R"({"B":"YWJjZGVmZ2g"})"),
            Serialization("Base64 encoded length is expected a multiple of 4 bytes but found: 11"));
  EXPECT_EQ(Put(R"({"B":"Y!=="})"), Serialization("Invalid Base64 character: '!'"));
  EXPECT_EQ(Put(R"({"B":"_-_-"})"), Serialization("Invalid Base64 character: '_'"));
  EXPECT_EQ(Put(R"({"B":"YQ==YQ=="})"), Serialization("Invalid Base64 character: '='"));
  EXPECT_EQ(Put(R"({"B":"===="})"), Serialization("Invalid Base64 character: '='"));
  EXPECT_EQ(Put(R"({"B":"YQ=\n"})"), Serialization("Invalid Base64 character: '='"));
  EXPECT_EQ(Put(R"({"B":"YR=="})"),
            Serialization("Invalid last non-pad Base64 character dectected"));
}

TEST(AttributeValuesTest, AnItemHas32Levels) {
  EXPECT_EQ(Put(Lists(31)), "ok");
  EXPECT_EQ(Put(Maps(31)), "ok");
  EXPECT_EQ(Put(Lists(32)), Validation(kTooDeep));
  EXPECT_EQ(Put(Maps(32)), Validation(kTooDeep));
}

TEST(AttributeValuesTest, NoDepthOverflowsTheStack) {
  std::string lists;
  for (int i = 0; i < 100'000; ++i) lists += R"({"L":[)";
  std::string closed;
  for (int i = 0; i < 100'000; ++i) closed += "]}";
  EXPECT_EQ(Put(lists + R"({"S":"x"})" + closed), Validation(kTooDeep));
  EXPECT_NE(Put(lists).find("not well-formed JSON"), std::string::npos);
}

TEST(AttributeValuesTest, ManyUnsortedNamesTakeNoTime) {
  std::string map = R"({"M":{)";
  for (int i = 200'000; i > 0; --i) {
    map += "\"" + std::to_string(i) + "\":{\"NULL\":true}" + (i > 1 ? "," : "}}");
  }
  EXPECT_EQ(Put(map), "ok");
}

std::string PutWithValues(std::string_view values) {
  TestFront front;
  return front.Ask("PutItem", R"({"TableName":"Tab","Item":{},"ExpressionAttributeValues":)" +
                                  std::string(values) + "}");
}

TEST(AttributeValuesTest, ExpressionValuesAreNamedInTheirFaults) {
  EXPECT_EQ(PutWithValues(R"({":v":{"N":"x"}})"),
            Validation("ExpressionAttributeValues contains invalid value: A value provided cannot "
                       "be converted into a number for key :v"));
  EXPECT_EQ(PutWithValues(R"({":v":null})"),
            Validation("ExpressionAttributeValues contains invalid value: The supplied Item "
                       "contains a null AttributeValue for key :v"));
  EXPECT_EQ(PutWithValues(R"({":a":{"S":"x"},":v":{"M":{"":{"S":"x"}}}})"),
            Validation("ExpressionAttributeValues contains invalid value: Empty attribute name for "
                       "key :v"));
  EXPECT_EQ(PutWithValues(R"({":v":)" + Lists(32) + "}"), "{}");
  EXPECT_EQ(PutWithValues(R"({":v":)" + Lists(33) + "}"),
            Validation("ExpressionAttributeValues contains invalid value: " +
                       std::string(kTooDeep) + " for key :v"));
}

}  // namespace
}  // namespace skerry::dynamodb
