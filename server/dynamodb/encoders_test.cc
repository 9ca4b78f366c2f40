#include <gtest/gtest.h>

#include "server/dynamodb/front_test_support.h"
#include "server/dynamodb/item_encoder.h"
#include "server/dynamodb/json_writer.h"
#include "server/dynamodb/table_encoder.h"
#include "server/dynamodb/wire_errors.h"

namespace skerry::dynamodb {
namespace {

using api::ReturnConsumedCapacity;
using document::AttributeMap;
using document::AttributeValue;

api::EncodedItem Stored(const AttributeMap& item) {
  api::EncodedItem encoded;
  document::EncodeItem(item, &encoded);
  return encoded;
}

template <typename Result>
std::string Written(const Result& result, NamesAsSent arns = {}) {
  std::string out;
  EXPECT_TRUE(Encode(result, arns, &out));
  return out;
}

TEST(JsonWriterTest, EscapesWhatJsonAsksFor) {
  std::string out;
  AppendJsonString("\"\\/\b\f\n\r\t\x01\x1f\x7f<>&' é 🎈", &out);
  EXPECT_EQ(out, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001F\x7f<>&' é 🎈\"");
  for (size_t n = 0; n < 40; ++n) {
    const std::string plain(n, 'x');
    out.clear();
    AppendJsonString(plain + "\n" + plain, &out);
    EXPECT_EQ(out, "\"" + plain + "\\n" + plain + "\"");
  }
}

TEST(JsonWriterTest, Numbers) {
  const auto text = [](auto append, auto value) {
    std::string out;
    append(value, &out);
    return out;
  };
  EXPECT_EQ(text(AppendHalves, 0), "0.0");
  EXPECT_EQ(text(AppendHalves, 1), "0.5");
  EXPECT_EQ(text(AppendHalves, 2), "1.0");
  EXPECT_EQ(text(AppendHalves, 25), "12.5");
  EXPECT_EQ(text(AppendTimestamp, 1795382067.423), "1795382067.423");
  EXPECT_EQ(text(AppendTimestamp, 0.0), "0.000");
  EXPECT_EQ(text(AppendDouble, 0.0), "0.0");
  EXPECT_EQ(text(AppendDouble, 1.5), "1.5");
  EXPECT_EQ(text(AppendInteger, INT64_MIN), "-9223372036854775808");
}

TEST(ItemEncoderTest, GetItem) {
  api::GetItemResult result;
  EXPECT_EQ(Written(result), "{}");
  result.item = Stored({{"pk", AttributeValue::S("a")}});
  EXPECT_EQ(Written(result), R"({"Item":{"pk":{"S":"a"}}})");
  result.consumed_capacity =
      api::ConsumedCapacity{.table_name = "Tab", .table = {.read_halves = 1}};
  EXPECT_EQ(
      Written(result),
      R"({"Item":{"pk":{"S":"a"}},"ConsumedCapacity":{"TableName":"Tab","CapacityUnits":0.5}})");
}

TEST(ItemEncoderTest, CapacityByIndex) {
  api::WriteResult result;
  result.consumed_capacity = api::ConsumedCapacity{
      .table_name = "Tab",
      .table = {.write_units = 1},
      .local_indexes = {{"one", {.write_units = 2}}, {"two", {.write_units = 1}}},
      .detail = ReturnConsumedCapacity::kIndexes,
      .is_write = true};
  EXPECT_EQ(Written(result), R"({"ConsumedCapacity":{"TableName":"Tab","CapacityUnits":4.0,)"
                             R"("Table":{"CapacityUnits":1.0},"LocalSecondaryIndexes":)"
                             R"({"one":{"CapacityUnits":2.0},"two":{"CapacityUnits":1.0}}}})");
}

TEST(ItemEncoderTest, WritesWithItemCollections) {
  api::WriteResult result;
  EXPECT_EQ(Written(result), "{}");
  result.attributes = Stored({{"pk", AttributeValue::S("a")}});
  result.item_collection_metrics =
      api::ItemCollectionMetrics{.item_collection_key = Stored({{"pk", AttributeValue::S("a")}})};
  EXPECT_EQ(Written(result),
            R"({"Attributes":{"pk":{"S":"a"}},"ItemCollectionMetrics":{"ItemCollectionKey":)"
            R"({"pk":{"S":"a"}},"SizeEstimateRangeGB":[0.0,1.0]}})");
}

TEST(ItemEncoderTest, QueriesAndCounts) {
  api::ReadManyResult result;
  EXPECT_EQ(Written(result), R"({"Items":[],"Count":0,"ScannedCount":0})");
  result.items = {Stored({}), Stored({{"n", AttributeValue::OfNull()}})};
  result.count = 2;
  result.scanned_count = 3;
  result.last_evaluated_key = AttributeMap{{"pk", AttributeValue::B("ab")}};
  EXPECT_EQ(Written(result), R"({"Items":[{},{"n":{"NULL":true}}],"Count":2,"ScannedCount":3,)"
                             R"("LastEvaluatedKey":{"pk":{"B":"YWI="}}})");
  result.count_only = true;
  result.last_evaluated_key.reset();
  EXPECT_EQ(Written(result), R"({"Count":2,"ScannedCount":3})");
}

TEST(ItemEncoderTest, BatchGet) {
  api::BatchGetItemResult result;
  EXPECT_EQ(Written(result), R"({"Responses":{},"UnprocessedKeys":{}})");
  result.responses = {{"Tab", {Stored({{"pk", AttributeValue::S("a")}})}}, {"Other", {}}};
  result.unprocessed_keys = {{"Tab",
                              {.keys = {{{"pk", AttributeValue::S("b")}}},
                               .attributes_to_get = std::vector<std::string>{"x"},
                               .consistent_read = true,
                               .projection_expression = "#a",
                               .expression_attribute_names = {{{"#a", "b"}}}}}};
  result.consumed_capacity = {{.table_name = "Tab", .table = {.read_halves = 3}}};
  const std::vector<NamedByArn> arns = {{"Tab", "arn:x"}};
  EXPECT_EQ(Written(result, arns),
            R"({"Responses":{"arn:x":[{"pk":{"S":"a"}}],"Other":[]},"UnprocessedKeys":{"arn:x":)"
            R"({"Keys":[{"pk":{"S":"b"}}],"AttributesToGet":["x"],"ConsistentRead":true,)"
            R"("ProjectionExpression":"#a","ExpressionAttributeNames":{"#a":"b"}}},)"
            R"("ConsumedCapacity":[{"TableName":"arn:x","CapacityUnits":1.5}]})");
}

TEST(ItemEncoderTest, BatchWrite) {
  api::BatchWriteItemResult result;
  EXPECT_EQ(Written(result), R"({"UnprocessedItems":{}})");
  result.unprocessed_items = {{"Tab",
                               {{.put_item = AttributeMap{{"pk", AttributeValue::S("a")}}},
                                {.delete_key = AttributeMap{{"pk", AttributeValue::S("b")}}}}}};
  result.item_collection_metrics = {
      {"Tab", {{.item_collection_key = Stored({{"pk", AttributeValue::S("a")}})}}}};
  EXPECT_EQ(Written(result),
            R"({"UnprocessedItems":{"Tab":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},)"
            R"({"DeleteRequest":{"Key":{"pk":{"S":"b"}}}}]},"ItemCollectionMetrics":{"Tab":)"
            R"([{"ItemCollectionKey":{"pk":{"S":"a"}},"SizeEstimateRangeGB":[0.0,1.0]}]}})");
}

TEST(ItemEncoderTest, DamagedItemsAreNoAnswer) {
  std::string out;
  EXPECT_FALSE(AppendEncodedItem("\x05 nonsense", &out));
  TestFront front;
  front.operations.get_result.item = "\x05 nonsense";
  EXPECT_EQ(front.Call("GetItem", R"({"TableName":"Tab","Key":{}})").status, 500);
}

api::TableDescription SomeTable() {
  api::TableDescription table;
  table.table_name = "Tab";
  table.table_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Tab";
  table.table_id = "id";
  table.creation_date_time = 1795382067.423;
  table.attribute_definitions = {{"pk", api::ScalarAttributeType::kB}};
  table.key_schema = {{"pk", api::KeyType::kHash}};
  table.provisioned_throughput = {5, 6};
  return table;
}

std::string Described(const api::TableDescription& table) {
  std::string out;
  EncodeTable("Table", table, &out);
  return out;
}

TEST(TableEncoderTest, APlainTable) {
  EXPECT_EQ(Described(SomeTable()),
            R"({"Table":{"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"B"}],)"
            R"("TableName":"Tab","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],)"
            R"("TableStatus":"ACTIVE","CreationDateTime":1795382067.423,)"
            R"("ProvisionedThroughput":{"NumberOfDecreasesToday":0,"ReadCapacityUnits":5,)"
            R"("WriteCapacityUnits":6},"TableSizeBytes":0,"ItemCount":0,)"
            R"("TableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/Tab","TableId":"id",)"
            R"("DeletionProtectionEnabled":false}})");
}

TEST(TableEncoderTest, EverythingThatATableCanHave) {
  api::TableDescription table = SomeTable();
  table.table_status = api::TableStatus::kUpdating;
  table.billing_mode = api::BillingMode::kPayPerRequest;
  table.last_update_to_pay_per_request_date_time = 1;
  table.last_increase_date_time = 2;
  table.last_decrease_date_time = 3;
  table.number_of_decreases_today = 4;
  table.local_secondary_indexes = {
      {.index = {.index_name = "idx",
                 .key_schema = {{"pk", api::KeyType::kHash}, {"l", api::KeyType::kRange}},
                 .projection = {api::ProjectionType::kInclude, std::vector<std::string>{"x"}}},
       .index_arn = "arn",
       .index_size_bytes = 7,
       .item_count = 8}};
  table.sse = api::SseSpecification{.enabled = true, .kms_master_key_id = "key-id"};
  table.on_demand_throughput = api::OnDemandThroughput{.max_read_request_units = 9};
  table.warm_throughput = api::WarmThroughput{12000, 4000};
  table.table_class = api::TableClass::kStandardInfrequentAccess;
  table.table_class_last_update_date_time = 5;
  table.deletion_protection_enabled = true;
  const std::string text = Described(table);
  for (std::string_view part :
       {R"("TableStatus":"UPDATING")",
        R"("ProvisionedThroughput":{"LastIncreaseDateTime":2.000,"LastDecreaseDateTime":3.000,)"
        R"("NumberOfDecreasesToday":4,)",
        R"("BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST",)"
        R"("LastUpdateToPayPerRequestDateTime":1.000})",
        R"("LocalSecondaryIndexes":[{"IndexName":"idx","KeySchema":[{"AttributeName":"pk",)"
        R"("KeyType":"HASH"},{"AttributeName":"l","KeyType":"RANGE"}],"Projection":)"
        R"({"ProjectionType":"INCLUDE","NonKeyAttributes":["x"]},"IndexSizeBytes":7,)"
        R"("ItemCount":8,"IndexArn":"arn"}])",
        R"("SSEDescription":{"Status":"ENABLED","SSEType":"KMS","KMSMasterKeyArn":)"
        R"("arn:aws:kms:us-east-1:000000000000:key/key-id"})",
        R"("OnDemandThroughput":{"MaxReadRequestUnits":9})",
        R"("WarmThroughput":{"ReadUnitsPerSecond":12000,"WriteUnitsPerSecond":4000,)"
        R"("Status":"ACTIVE"})",
        R"("TableClassSummary":{"TableClass":"STANDARD_INFREQUENT_ACCESS",)"
        R"("LastUpdateDateTime":5.000})",
        R"("DeletionProtectionEnabled":true)"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nin " << text;
  }
}

TEST(TableEncoderTest, ListsOfTablesAndTags) {
  std::string out;
  Encode(api::ListTablesResult{{"a", "b"}, "b"}, &out);
  EXPECT_EQ(out, R"({"TableNames":["a","b"],"LastEvaluatedTableName":"b"})");
  out.clear();
  Encode(api::ListTagsOfResourceResult{{{"k", "v"}}, {}}, &out);
  EXPECT_EQ(out, R"({"Tags":[{"Key":"k","Value":"v"}]})");
  out.clear();
  Encode(api::DescribeLimitsResult{}, &out);
  EXPECT_EQ(out, R"({"AccountMaxReadCapacityUnits":80000,"AccountMaxWriteCapacityUnits":80000,)"
                 R"("TableMaxReadCapacityUnits":40000,"TableMaxWriteCapacityUnits":40000})");
}

TEST(TableEncoderTest, TaggingAnswersWithNoBody) {
  TestFront front;
  EXPECT_EQ(front.Call("TagResource", R"({"ResourceArn":"x","Tags":[]})").body, "");
  EXPECT_EQ(front.Call("UntagResource", R"({"ResourceArn":"x","TagKeys":["a"]})").body, "");
}

TEST(WireErrorsTest, EveryTypeHasAStatusBelow500OrIsOurFault) {
  for (int type = 0; type <= static_cast<int>(api::ErrorType::kServiceUnavailable); ++type) {
    const WireError& error = WireErrorOf(static_cast<api::ErrorType>(type));
    EXPECT_NE(error.wire_type.find('#'), std::string_view::npos) << type;
    const bool ours = error.type == api::ErrorType::kInternalServerError ||
                      error.type == api::ErrorType::kServiceUnavailable;
    EXPECT_EQ(error.status >= 500, ours) << error.wire_type;
  }
}

}  // namespace
}  // namespace skerry::dynamodb
