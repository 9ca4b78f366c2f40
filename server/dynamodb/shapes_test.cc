#include "server/dynamodb/shapes.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "server/dynamodb/front_test_support.h"
#include "server/dynamodb/operation.h"

namespace skerry::dynamodb {
namespace {

using document::AttributeValue;

std::string Ask(std::string_view operation, std::string_view body) {
  TestFront front;
  return front.Ask(operation, body);
}

constexpr std::string_view kInvalidName =
    "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and "
    "may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'";

// --- Constraints of the model ---

std::string Clause(std::string_view value, std::string_view where, std::string_view rule) {
  return "Value " + std::string(value) + " at '" + std::string(where) +
         "' failed to satisfy constraint: Member must " + std::string(rule);
}

TEST(ShapesTest, RequiredMembers) {
  EXPECT_EQ(Ask("GetItem", "{}"), Violations(Clause("null", "tableName", "not be null") + "; " +
                                                 Clause("null", "key", "not be null"),
                                             2));
  EXPECT_EQ(Ask("GetItem", R"({"TableName":null,"Key":{}})"),
            Violations(Clause("null", "tableName", "not be null")));
  EXPECT_EQ(Ask("GetItem", R"({"tableName":"Tab","Key":{}})"),
            Violations(Clause("null", "tableName", "not be null")));
  EXPECT_EQ(Ask("PutItem", R"({"TableName":"Tab"})"),
            Violations(Clause("null", "item", "not be null")));
  EXPECT_EQ(Ask("UpdateItem", R"({"TableName":"Tab"})"),
            Violations(Clause("null", "key", "not be null")));
  EXPECT_EQ(Ask("DeleteItem", R"({"TableName":"Tab"})"),
            Violations(Clause("null", "key", "not be null")));
  for (std::string_view operation : {"Query", "Scan", "CreateTable", "DescribeTable", "UpdateTable",
                                     "DeleteTable", "DescribeTimeToLive"}) {
    EXPECT_EQ(Ask(operation, "{}"), Violations(Clause("null", "tableName", "not be null")))
        << operation;
  }
  EXPECT_EQ(Ask("BatchGetItem", "{}"), Violations(Clause("null", "requestItems", "not be null")));
  EXPECT_EQ(Ask("ListTagsOfResource", "{}"),
            Violations(Clause("null", "resourceArn", "not be null")));
  EXPECT_EQ(Ask("TagResource", R"({"ResourceArn":"x"})"),
            Violations(Clause("null", "tags", "not be null")));
  EXPECT_EQ(Ask("UntagResource", R"({"ResourceArn":"x"})"),
            Violations(Clause("null", "tagKeys", "not be null")));
  EXPECT_EQ(Ask("GetResourcePolicy", "{}"),
            Violations(Clause("null", "resourceArn", "not be null")));
}

TEST(ShapesTest, RequiredMembersWithin) {
  EXPECT_EQ(Ask("CreateTable", R"({"TableName":"Tab","KeySchema":[{"KeyType":"HASH"}, {}]})"),
            Violations(Clause("null", "keySchema.1.member.attributeName", "not be null") + "; " +
                           Clause("null", "keySchema.2.member.attributeName", "not be null") +
                           "; " + Clause("null", "keySchema.2.member.keyType", "not be null"),
                       3));
  EXPECT_EQ(Ask("CreateTable", R"({"TableName":"Tab","KeySchema":[null]})"),
            Violations(Clause("null", "keySchema.1.member", "not be null")));
  EXPECT_EQ(
      Ask("CreateTable", R"({"TableName":"Tab","ProvisionedThroughput":{}})"),
      Violations(Clause("null", "provisionedThroughput.readCapacityUnits", "not be null") + "; " +
                     Clause("null", "provisionedThroughput.writeCapacityUnits", "not be null"),
                 2));
  EXPECT_EQ(Ask("BatchGetItem", R"({"RequestItems":{"Tab":{}}})"),
            Violations(Clause("null", "requestItems.Tab.member.keys", "not be null")));
  EXPECT_EQ(
      Ask("BatchWriteItem", R"({"RequestItems":{"Tab":[{"PutRequest":{}},{"DeleteRequest":{}}]}})"),
      Violations(
          Clause("null", "requestItems.Tab.member.1.member.putRequest.item", "not be null") + "; " +
              Clause("null", "requestItems.Tab.member.2.member.deleteRequest.key", "not be null"),
          2));
  EXPECT_EQ(
      Ask("Query", R"({"TableName":"Tab","KeyConditions":{"pk":{}}})"),
      Violations(Clause("null", "keyConditions.pk.member.comparisonOperator", "not be null")));
  EXPECT_EQ(
      Ask("CreateTable", R"({"TableName":"Tab","LocalSecondaryIndexes":[{}]})"),
      Violations(Clause("null", "localSecondaryIndexes.1.member.indexName", "not be null") + "; " +
                     Clause("null", "localSecondaryIndexes.1.member.keySchema", "not be null") +
                     "; " +
                     Clause("null", "localSecondaryIndexes.1.member.projection", "not be null"),
                 3));
  EXPECT_EQ(Ask("CreateTable", R"({"TableName":"Tab","StreamSpecification":{}})"),
            Violations(Clause("null", "streamSpecification.streamEnabled", "not be null")));
  EXPECT_EQ(Ask("TagResource", R"({"ResourceArn":"x","Tags":[{"Key":"a"}]})"),
            Violations(Clause("null", "tags.1.member.value", "not be null")));
}

TEST(ShapesTest, Enumerations) {
  const auto one_of = [](std::string_view operation, std::string_view members,
                         std::string_view where, std::string_view set) {
    EXPECT_EQ(
        Ask(operation, R"({"TableName":"Tab",)" + std::string(members) + "}"),
        Violations(Clause("'x'", where, "satisfy enum value set: [" + std::string(set) + "]")));
  };
  one_of("GetItem", R"("Key":{},"ReturnConsumedCapacity":"x")", "returnConsumedCapacity",
         "INDEXES, TOTAL, NONE");
  one_of("PutItem", R"("Item":{},"ReturnValues":"x")", "returnValues",
         "ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW");
  one_of("PutItem", R"("Item":{},"ReturnItemCollectionMetrics":"x")", "returnItemCollectionMetrics",
         "SIZE, NONE");
  one_of("PutItem", R"("Item":{},"ReturnValuesOnConditionCheckFailure":"x")",
         "returnValuesOnConditionCheckFailure", "ALL_OLD, NONE");
  one_of("Scan", R"("ConditionalOperator":"x")", "conditionalOperator", "OR, AND");
  one_of("Scan", R"("Select":"x")", "select",
         "SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES");
  one_of(
      "Scan", R"("ScanFilter":{"a":{"ComparisonOperator":"x"}})",
      "scanFilter.a.member.comparisonOperator",
      "IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS");
  one_of("UpdateItem", R"("Key":{},"AttributeUpdates":{"a":{"Action":"x"}})",
         "attributeUpdates.a.member.action", "ADD, DELETE, PUT");
  one_of("CreateTable", R"("KeySchema":[{"AttributeName":"a","KeyType":"x"}])",
         "keySchema.1.member.keyType", "HASH, RANGE");
  one_of("CreateTable", R"("AttributeDefinitions":[{"AttributeName":"a","AttributeType":"x"}])",
         "attributeDefinitions.1.member.attributeType", "B, N, S");
  one_of("CreateTable", R"("BillingMode":"x")", "billingMode", "PROVISIONED, PAY_PER_REQUEST");
  one_of("CreateTable", R"("TableClass":"x")", "tableClass",
         "STANDARD, STANDARD_INFREQUENT_ACCESS");
  one_of("CreateTable", R"("SSESpecification":{"SSEType":"x"})", "sSESpecification.sSEType",
         "AES256, KMS");
  one_of("UpdateTable", R"("StreamSpecification":{"StreamEnabled":true,"StreamViewType":"x"})",
         "streamSpecification.streamViewType",
         "NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY");
  one_of("ListBackups", R"("BackupType":"x")", "backupType", "USER, SYSTEM, AWS_BACKUP, ALL");
}

TEST(ShapesTest, Bounds) {
  const std::string at_least_1 = "have value greater than or equal to 1";
  EXPECT_EQ(Ask("Scan", R"({"TableName":"Tab","Limit":0})"),
            Violations(Clause("'0'", "limit", at_least_1)));
  EXPECT_EQ(Ask("Query", R"({"TableName":"Tab","Limit":-1})"),
            Violations(Clause("'-1'", "limit", at_least_1)));
  EXPECT_EQ(Ask("ListTables", R"({"Limit":101})"),
            Violations(Clause("'101'", "limit", "have value less than or equal to 100")));
  EXPECT_EQ(
      Ask("Scan", R"({"TableName":"Tab","TotalSegments":1000001,"Segment":-1})"),
      Violations(Clause("'1000001'", "totalSegments", "have value less than or equal to 1000000") +
                     "; " + Clause("'-1'", "segment", "have value greater than or equal to 0"),
                 2));
  EXPECT_EQ(Ask("CreateTable", R"({"TableName":"Tab","ProvisionedThroughput":)"
                               R"({"ReadCapacityUnits":0,"WriteCapacityUnits":1}})"),
            Violations(Clause("'0'", "provisionedThroughput.readCapacityUnits", at_least_1)));
  EXPECT_EQ(
      Ask("GetItem", R"({"TableName":"Tab","Key":{},"AttributesToGet":[]})"),
      Violations(Clause("'[]'", "attributesToGet", "have length greater than or equal to 1")));
  EXPECT_EQ(Ask("BatchWriteItem", R"({"RequestItems":{}})"),
            Violations(Clause("'{}'", "requestItems", "have length greater than or equal to 1")));
  EXPECT_EQ(Ask("BatchGetItem", R"({"RequestItems":{"Tab":{"Keys":[]}}})"),
            Violations(Clause("'[]'", "requestItems.Tab.member.keys",
                              "have length greater than or equal to 1")));
  EXPECT_EQ(Ask("CreateTable", R"({"TableName":"Tab","KeySchema":[]})"),
            Violations(Clause("'[]'", "keySchema", "have length greater than or equal to 1")));
  EXPECT_EQ(
      Ask("TagResource", R"({"ResourceArn":"x","Tags":[{"Key":"","Value":""}]})"),
      Violations(Clause("''", "tags.1.member.key", "have length greater than or equal to 1")));
}

TEST(ShapesTest, LengthsCountCharacters) {
  const auto describe = [](const std::string& name) {
    return Ask("CreateTable", R"({"TableName":"Tab","KeySchema":[{"KeyType":"HASH",)"
                              R"("AttributeName":")" +
                                  name + R"("}]})");
  };
  std::string accents;
  for (int i = 0; i < 255; ++i) accents += "é";
  EXPECT_EQ(describe(accents).find("__type"), std::string::npos);
  EXPECT_EQ(describe(accents + "é"),
            Violations(Clause("'" + accents + "é'", "keySchema.1.member.attributeName",
                              "have length less than or equal to 255")));
}

TEST(ShapesTest, Patterns) {
  const std::string pattern = "satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
  EXPECT_EQ(Ask("Query", R"({"TableName":"Tab","IndexName":"a b"})"),
            Violations(Clause("'a b'", "indexName", pattern)));
  EXPECT_EQ(Ask("ListTables", R"({"ExclusiveStartTableName":"!"})"),
            Violations(Clause("'!'", "exclusiveStartTableName", pattern) + "; " +
                           Clause("'!'", "exclusiveStartTableName",
                                  "have length greater than or equal to 3"),
                       2));
}

TEST(ShapesTest, ViolationsStandInTheModelsOrder) {
  EXPECT_EQ(Ask("Scan", R"({"Select":"x","Limit":0})"),
            Violations(Clause("null", "tableName", "not be null") + "; " +
                           Clause("'0'", "limit", "have value greater than or equal to 1") + "; " +
                           Clause("'x'", "select",
                                  "satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, "
                                  "ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"),
                       3));
}

TEST(ShapesTest, AtMostTenViolationsAreTold) {
  std::string body = R"({"TableName":"Tab","KeySchema":[)";
  for (int i = 0; i < 1000; ++i) body += "null,";
  body += "null]}";
  EXPECT_TRUE(Ask("CreateTable", body).find("10 validation errors detected") != std::string::npos);
}

// --- Table names ---

TEST(ShapesTest, TableNames) {
  EXPECT_EQ(Ask("DescribeTable", R"({"TableName":""})"),
            Violations(Clause("''", "tableName", "have length greater than or equal to 1")));
  for (std::string name : {std::string("ab"), std::string("a b"), std::string("Ha$h"),
                           std::string("ééé"), std::string(256, 'a')}) {
    EXPECT_EQ(Ask("DescribeTable", R"({"TableName":")" + name + R"("})"), Validation(kInvalidName))
        << name;
    EXPECT_EQ(Ask("BatchGetItem", R"({"RequestItems":{")" + name + R"(":{"Keys":[{}]}}})"),
              Validation(kInvalidName))
        << name;
  }
  EXPECT_EQ(
      Ask("DescribeTable", R"({"TableName":")" + std::string(255, 'a') + R"("})").find("__type"),
      std::string::npos);
}

TEST(ShapesTest, ArnsNameTables) {
  TestFront front;
  const auto resolve = [&](std::string_view name) {
    const std::string answer =
        front.Ask("DescribeTable", R"({"TableName":")" + std::string(name) + R"("})");
    return answer.starts_with("400") ? answer : front.operations.named->table_name;
  };
  EXPECT_EQ(resolve("arn:aws:dynamodb:us-east-1:000000000000:table/Hash"), "Hash");
  EXPECT_EQ(resolve("arn:aws:dynamodb:eu-west-1:123456789012:table/a-b_c.D"), "a-b_c.D");
  EXPECT_EQ(resolve("arn:aws-cn:dynamodb::0:table/Hash"), "Hash");
  EXPECT_EQ(resolve("arn:aws:dynamodb:us-east-1:000000000000:table/"), Validation(kInvalidName));
  EXPECT_EQ(resolve("arn:aws:dynamodb:us-east-1:000000000000:table/Hash/index/x"),
            Validation(kInvalidName));
  for (std::string_view bad : {"arn:", "arn:aws:s3:::Hash", "arn:aws:dynamodb",
                               "arn:aws:dynamodb:us-east-1:000000000000:Hash"}) {
    EXPECT_NE(resolve(bad).find("Valid ARN format is 'arn:<awsPartition>:"), std::string::npos)
        << bad;
  }
}

// --- Types, order of faults ---

TEST(ShapesTest, WrongTypesAreSerializationFaults) {
  const auto get = [](std::string_view member) {
    return Ask("GetItem", R"({"TableName":"Tab","Key":{},)" + std::string(member) + "}");
  };
  EXPECT_EQ(Ask("GetItem", R"({"TableName":1})"),
            Serialization("NUMBER_VALUE cannot be converted to String"));
  EXPECT_EQ(Ask("GetItem", R"({"TableName":[]})"),
            Serialization("Start of list found where not expected"));
  EXPECT_EQ(Ask("GetItem", R"({"TableName":{}})"),
            Serialization("Start of structure or map found where not expected"));
  EXPECT_EQ(get(R"("ConsistentRead":"yes")"),
            Serialization("Unexpected token received from parser"));
  EXPECT_EQ(get(R"("AttributesToGet":"a")"), Serialization("Unexpected field type"));
  EXPECT_EQ(get(R"("AttributesToGet":[1])"),
            Serialization("NUMBER_VALUE cannot be converted to String"));
  EXPECT_EQ(get(R"("ExpressionAttributeNames":[])"),
            Serialization("Start of list found where not expected"));
  EXPECT_EQ(get(R"("ExpressionAttributeNames":{"#a":{}})"),
            Serialization("Start of structure or map found where not expected"));
  EXPECT_EQ(Ask("GetItem", R"({"TableName":"Tab","Key":"x"})"),
            Serialization("Unexpected field type"));
  EXPECT_EQ(Ask("Scan", R"({"TableName":"Tab","Limit":"5"})"),
            Serialization("STRING_VALUE cannot be converted to Integer"));
  EXPECT_EQ(Ask("Scan", R"({"TableName":"Tab","Limit":true})"),
            Serialization("TRUE_VALUE cannot be converted to Integer"));
  EXPECT_EQ(Ask("Scan", R"({"TableName":"Tab","Limit":2147483648})"),
            Serialization("NUMBER_VALUE cannot be converted to Integer"));
  EXPECT_EQ(Ask("Scan", R"({"TableName":"Tab","Limit":1e30})"),
            Serialization("NUMBER_VALUE cannot be converted to Integer"));
  EXPECT_EQ(Ask("CreateTable", R"({"TableName":"Tab","ProvisionedThroughput":"x"})"),
            Serialization("Unexpected value type in payload"));
  EXPECT_EQ(Ask("CreateTable", R"({"TableName":"Tab","ProvisionedThroughput":)"
                               R"({"ReadCapacityUnits":9223372036854775808}})"),
            Serialization("NUMBER_VALUE cannot be converted to Long"));
}

TEST(ShapesTest, WholeNumbersMayHaveAPoint) {
  TestFront front;
  front.Ask("Scan", R"({"TableName":"Tab","Limit":5.9})");
  EXPECT_EQ(front.operations.scan->limit, 5);
  front.Ask("Scan", R"({"TableName":"Tab","Limit":1e2})");
  EXPECT_EQ(front.operations.scan->limit, 100);
}

TEST(ShapesTest, BodiesThatAreNoJsonOrNoObject) {
  for (std::string_view body : {"", "{", "}", "nope", "{}x", "{}{}", "{\"a\":01}", "{\"a\":tru}",
                                "{\"TableName\":\"Tab\",\"Key\":{},}", "\x80"}) {
    EXPECT_NE(Ask("GetItem", body).find("SerializationException"), std::string::npos) << body;
  }
  EXPECT_EQ(Ask("GetItem", "[]"), Serialization("Start of list found where not expected"));
  EXPECT_EQ(Ask("GetItem", "null"), Serialization("Unexpected value type in payload"));
  EXPECT_EQ(Ask("GetItem", "\"x\""), Serialization("Unexpected value type in payload"));
}

TEST(ShapesTest, FaultsAreReportedInTheServicesOrder) {
  // Types before constraints before names before values.
  EXPECT_EQ(Ask("GetItem", R"({"TableName":"","Key":{"pk":{}},"ReturnConsumedCapacity":1})"),
            Serialization("NUMBER_VALUE cannot be converted to String"));
  EXPECT_EQ(
      Ask("GetItem", R"({"TableName":"a","Key":{"pk":{}},"AttributesToGet":[]})"),
      Violations(Clause("'[]'", "attributesToGet", "have length greater than or equal to 1")));
  EXPECT_EQ(Ask("GetItem", R"({"TableName":"a","Key":{"pk":{}}})"), Validation(kInvalidName));
  // A key's value before the values of expressions, whichever came first.
  EXPECT_EQ(Ask("UpdateItem", R"({"ExpressionAttributeValues":{":v":{"N":"x"}},"Key":{"pk":{}},)"
                              R"("TableName":"Tab"})"),
            Validation("Supplied AttributeValue is empty, must contain exactly one of the "
                       "supported datatypes"));
  EXPECT_EQ(Ask("Query", R"({"ExclusiveStartKey":{"pk":{}},"TableName":"Tab",)"
                         R"("ExpressionAttributeValues":{":v":{"N":"x"}}})"),
            Validation("ExpressionAttributeValues contains invalid value: A value provided cannot "
                       "be converted into a number for key :v"));
}

TEST(ShapesTest, UnknownMembersAreIgnoredAndNullsAreAbsent) {
  EXPECT_EQ(Ask("GetItem", R"({"TableName":"Tab","Key":{},"Foo":{"a":[1]},"ConsistentRead":null})"),
            "{}");
  EXPECT_EQ(Ask("GetItem", R"({"TableName":"Nope!","TableName":"Tab","Key":{}})"),
            Validation(kInvalidName));
}

// --- What reaches the operations ---

TEST(ShapesTest, EveryMemberOfGetItem) {
  TestFront front;
  EXPECT_EQ(front.Ask("GetItem",
                      R"({"TableName":"Tab","Key":{"pk":{"S":"a"}},"AttributesToGet":["x","y"],)"
                      R"("ConsistentRead":true,"ReturnConsumedCapacity":"INDEXES",)"
                      R"("ProjectionExpression":"#a","ExpressionAttributeNames":)"
                      R"({"#b":"2","#a":"1","#b":"3"}})"),
            "{}");
  const api::GetItemRequest& request = *front.operations.get;
  EXPECT_EQ(request.table_name, "Tab");
  EXPECT_EQ(request.key, (document::AttributeMap{{"pk", AttributeValue::S("a")}}));
  EXPECT_EQ(request.attributes_to_get, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(request.consistent_read, true);
  EXPECT_EQ(request.return_consumed_capacity, api::ReturnConsumedCapacity::kIndexes);
  EXPECT_EQ(request.projection_expression, "#a");
  EXPECT_EQ(request.expression_attribute_names, (expression::NameMap{{"#a", "1"}, {"#b", "3"}}));
}

TEST(ShapesTest, EveryMemberOfUpdateItem) {
  TestFront front;
  EXPECT_EQ(
      front.Ask("UpdateItem",
                R"({"TableName":"Tab","Key":{},"AttributeUpdates":{"a":{"Action":"ADD","Value":)"
                R"({"N":"1"}}},"Expected":{"b":{"Exists":false},"c":{"ComparisonOperator":"EQ",)"
                R"("AttributeValueList":[{"S":"x"}],"Value":{"S":"y"}}},)"
                R"("ConditionalOperator":"OR","ReturnValues":"UPDATED_NEW",)"
                R"("ReturnConsumedCapacity":"TOTAL","ReturnItemCollectionMetrics":"SIZE",)"
                R"("UpdateExpression":"u","ConditionExpression":"c","ExpressionAttributeNames":{},)"
                R"("ExpressionAttributeValues":{":v":{"S":"x"}},)"
                R"("ReturnValuesOnConditionCheckFailure":"ALL_OLD"})"),
      "{}");
  const api::UpdateItemRequest& request = *front.operations.update;
  ASSERT_EQ(request.attribute_updates->size(), 1u);
  EXPECT_EQ(request.attribute_updates->at(0).second.action, "ADD");
  EXPECT_EQ(request.attribute_updates->at(0).second.value,
            AttributeValue::N(document::Number::FromInt(1)));
  ASSERT_EQ(request.condition.expected->size(), 2u);
  EXPECT_EQ(request.condition.expected->at(0).second.exists, false);
  EXPECT_EQ(request.condition.expected->at(1).second.comparison_operator, "EQ");
  EXPECT_EQ(request.condition.expected->at(1).second.attribute_value_list->size(), 1u);
  EXPECT_EQ(request.condition.expected->at(1).second.value, AttributeValue::S("y"));
  EXPECT_EQ(request.condition.conditional_operator, api::ConditionalOperator::kOr);
  EXPECT_EQ(request.returns.return_values, api::ReturnValues::kUpdatedNew);
  EXPECT_EQ(request.returns.return_consumed_capacity, api::ReturnConsumedCapacity::kTotal);
  EXPECT_EQ(request.returns.return_item_collection_metrics,
            api::ReturnItemCollectionMetrics::kSize);
  EXPECT_EQ(request.update_expression, "u");
  EXPECT_EQ(request.condition.condition_expression, "c");
  ASSERT_TRUE(request.condition.expression_attribute_names.has_value());
  EXPECT_TRUE(request.condition.expression_attribute_names->empty());
  EXPECT_EQ(request.condition.expression_attribute_values->size(), 1u);
  EXPECT_EQ(request.condition.return_values_on_condition_check_failure,
            api::ReturnValuesOnConditionCheckFailure::kAllOld);
}

TEST(ShapesTest, MembersOfQueryAndScan) {
  TestFront front;
  front.Ask("Query",
            R"({"TableName":"Tab","IndexName":"idx","Select":"COUNT","Limit":7,)"
            R"("ScanIndexForward":false,"KeyConditions":{"pk":{"ComparisonOperator":"EQ",)"
            R"("AttributeValueList":[{"S":"x"}]}},"QueryFilter":{"a":{"ComparisonOperator":)"
            R"("NULL"}},"KeyConditionExpression":"k","FilterExpression":"f",)"
            R"("ExclusiveStartKey":{"pk":{"S":"a"}}})");
  const api::QueryRequest& query = *front.operations.query;
  EXPECT_EQ(query.index_name, "idx");
  EXPECT_EQ(query.select, api::Select::kCount);
  EXPECT_EQ(query.limit, 7);
  EXPECT_EQ(query.scan_index_forward, false);
  EXPECT_EQ(query.key_conditions->at(0).second.comparison_operator, "EQ");
  EXPECT_EQ(query.query_filter->at(0).second.attribute_value_list, std::nullopt);
  EXPECT_EQ(query.key_condition_expression, "k");
  EXPECT_EQ(query.filter_expression, "f");
  EXPECT_EQ(query.exclusive_start_key->size(), 1u);
  front.Ask("Scan", R"({"TableName":"Tab","TotalSegments":4,"Segment":3})");
  EXPECT_EQ(front.operations.scan->total_segments, 4);
  EXPECT_EQ(front.operations.scan->segment, 3);
  EXPECT_EQ(front.operations.scan->consistent_read, std::nullopt);
}

TEST(ShapesTest, Batches) {
  TestFront front;
  front.Ask("BatchWriteItem", R"({"RequestItems":{"Tab":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},)"
                              R"({"DeleteRequest":{"Key":{"pk":{"S":"b"}}}},{}],"Other":[]}})");
  const auto& writes = front.operations.batch_write->request_items;
  ASSERT_EQ(writes.size(), 2u);
  EXPECT_EQ(writes[0].first, "Tab");
  ASSERT_EQ(writes[0].second.size(), 3u);
  EXPECT_TRUE(writes[0].second[0].put_item && !writes[0].second[0].delete_key);
  EXPECT_TRUE(!writes[0].second[1].put_item && writes[0].second[1].delete_key);
  EXPECT_TRUE(!writes[0].second[2].put_item && !writes[0].second[2].delete_key);
  EXPECT_TRUE(writes[1].second.empty());
  front.Ask("BatchGetItem", R"({"RequestItems":{"Tab":{"Keys":[{"pk":{"S":"a"}},{}],)"
                            R"("ConsistentRead":true}}})");
  const auto& gets = front.operations.batch_get->request_items;
  ASSERT_EQ(gets.size(), 1u);
  EXPECT_EQ(gets[0].second.keys.size(), 2u);
  EXPECT_EQ(gets[0].second.consistent_read, true);
}

TEST(ShapesTest, TablesAndTheirIndexes) {
  TestFront front;
  front.Ask("CreateTable",
            R"({"TableName":"Tab","AttributeDefinitions":[{"AttributeName":"pk",)"
            R"("AttributeType":"N"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],)"
            R"("BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":5,)"
            R"("WriteCapacityUnits":6},"LocalSecondaryIndexes":[{"IndexName":"idx","KeySchema":)"
            R"([{"AttributeName":"pk","KeyType":"HASH"}],"Projection":{"ProjectionType":)"
            R"("INCLUDE","NonKeyAttributes":["x"]}}],"GlobalSecondaryIndexes":[{"IndexName":)"
            R"("gsi","KeySchema":[{"AttributeName":"a","KeyType":"RANGE"}],"Projection":{},)"
            R"("WarmThroughput":{"ReadUnitsPerSecond":1}}],"StreamSpecification":)"
            R"({"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"},"SSESpecification":)"
            R"({"Enabled":true,"KMSMasterKeyId":"k"},"Tags":[{"Key":"a","Value":""}],)"
            R"("TableClass":"STANDARD","DeletionProtectionEnabled":true,"WarmThroughput":)"
            R"({"WriteUnitsPerSecond":2},"ResourcePolicy":"{}","OnDemandThroughput":)"
            R"({"MaxReadRequestUnits":-1},"VectorIndexes":[{"IndexName":"vec",)"
            R"("VectorAttribute":{"AttributeName":"v"},"Dimensions":3,"DistanceFunction":)"
            R"("COSINE","SearchSchema":[{"AttributeName":"pk","SearchSchemaElementType":"HASH"}],)"
            R"("Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["x"]}}]})");
  const api::CreateTableRequest& request = *front.operations.create;
  EXPECT_EQ(request.attribute_definitions->at(0).attribute_type, api::ScalarAttributeType::kN);
  EXPECT_EQ(request.key_schema->at(0).key_type, api::KeyType::kHash);
  EXPECT_EQ(request.billing_mode, api::BillingMode::kProvisioned);
  EXPECT_EQ(request.provisioned_throughput->write_capacity_units, 6);
  EXPECT_EQ(request.local_secondary_indexes->at(0).projection.non_key_attributes->at(0), "x");
  EXPECT_EQ(request.global_secondary_indexes->at(0).key_schema.at(0).key_type,
            api::KeyType::kRange);
  EXPECT_EQ(request.global_secondary_indexes->at(0).warm_throughput->read_units_per_second, 1);
  EXPECT_TRUE(request.stream_specification->stream_enabled);
  EXPECT_EQ(request.sse_specification->kms_master_key_id, "k");
  EXPECT_EQ(request.tags->at(0).key, "a");
  EXPECT_EQ(request.table_class, api::TableClass::kStandard);
  EXPECT_EQ(request.deletion_protection_enabled, true);
  EXPECT_EQ(request.warm_throughput->write_units_per_second, 2);
  EXPECT_EQ(request.resource_policy, "{}");
  EXPECT_EQ(request.on_demand_throughput->max_read_request_units, -1);
  EXPECT_TRUE(request.has_vector_indexes);
}

TEST(ShapesTest, UpdatesOfIndexes) {
  TestFront front;
  front.Ask(
      "UpdateTable",
      R"({"TableName":"Tab","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"idx"}},)"
      R"({"Update":{"IndexName":"two","ProvisionedThroughput":{"ReadCapacityUnits":1,)"
      R"("WriteCapacityUnits":1}}},{"Create":{"IndexName":"new","KeySchema":)"
      R"([{"AttributeName":"a","KeyType":"HASH"}],"Projection":{}}}],)"
      R"("ReplicaUpdates":[{"Create":{"RegionName":"eu-west-1"}}],"VectorIndexUpdates":[{"Delete":{"IndexName":"vec"}}]})");
  const api::UpdateTableRequest& request = *front.operations.update_table;
  const auto& updates = *request.global_secondary_index_updates;
  ASSERT_EQ(updates.size(), 3u);
  EXPECT_EQ(updates[0].delete_index_name, "idx");
  EXPECT_EQ(updates[1].update->index_name, "two");
  EXPECT_EQ(updates[2].create->key_schema.at(0).attribute_name, "a");
  EXPECT_TRUE(request.has_replica_updates);
  EXPECT_TRUE(request.has_vector_index_updates);
  EXPECT_FALSE(request.has_multi_region_consistency);
}

TEST(ShapesTest, WhatIsNotBuiltIsRefusedByName) {
  EXPECT_EQ(
      Ask("CreateTable", R"({"TableName":"Tab","GlobalTableSettingsReplicationMode":"ENABLED"})"),
      Validation("GlobalTableSettingsReplicationMode is not supported: Skerry does not have "
                 "it yet"));
  EXPECT_EQ(Ask("UpdateTable", R"({"TableName":"Tab","DisassociationProtectionEnabled":true})"),
            Validation("DisassociationProtectionEnabled is not supported: Skerry does not have it "
                       "yet"));
}

TEST(ShapesTest, WhatIsRefusedIsValidatedFirst) {
  const auto update = [](std::string_view member) {
    return Ask("UpdateTable", R"({"TableName":"Tab",)" + std::string(member) + "}");
  };
  EXPECT_EQ(Ask("CreateTable", R"({"TableName":"Tab","VectorIndexes":[{"IndexName":"vec",)"
                               R"("VectorAttribute":{},"Projection":{"ProjectionType":"x"},)"
                               R"("Dimensions":0,"DistanceFunction":"COSINE"}]})"),
            Violations(Clause("null", "vectorIndexes.1.member.vectorAttribute.attributeName",
                              "not be null") +
                           "; " +
                           Clause("'x'", "vectorIndexes.1.member.projection.projectionType",
                                  "satisfy enum value set: [ALL, INCLUDE, KEYS_ONLY]") +
                           "; " +
                           Clause("'0'", "vectorIndexes.1.member.dimensions",
                                  "have value greater than or equal to 1"),
                       3));
  EXPECT_EQ(
      update(R"("VectorIndexUpdates":[{"Delete":{}}])"),
      Violations(Clause("null", "vectorIndexUpdates.1.member.delete.indexName", "not be null")));
  EXPECT_EQ(update(R"("ReplicaUpdates":[])"),
            Violations(Clause("'[]'", "replicaUpdates", "have length greater than or equal to 1")));
  EXPECT_EQ(
      update(R"("ReplicaUpdates":[{"Update":{"GlobalSecondaryIndexes":[{}]}}])"),
      Violations(Clause("null", "replicaUpdates.1.member.update.regionName", "not be null") + "; " +
                     Clause("null",
                            "replicaUpdates.1.member.update.globalSecondaryIndexes.1.member."
                            "indexName",
                            "not be null"),
                 2));
  EXPECT_EQ(update(R"("GlobalTableWitnessUpdates":[{},{}])"),
            Violations(Clause("'[]'", "globalTableWitnessUpdates",
                              "have length less than or equal to 1")));
  EXPECT_EQ(update(R"("MultiRegionConsistency":"x")"),
            Violations(Clause("'x'", "multiRegionConsistency",
                              "satisfy enum value set: [EVENTUAL, STRONG]")));
  EXPECT_EQ(update(R"("DisassociationProtectionEnabled":1)"),
            Serialization("NUMBER_VALUE cannot be converted to Boolean"));
}

TEST(ShapesTest, NamesWithoutAValue) {
  EXPECT_EQ(Ask("Scan", R"({"TableName":"Tab","ExpressionAttributeNames":{"#a":null}})"),
            Validation("ExpressionAttributeNames contains invalid value: null for key #a"));
}

// --- The whole of the service's model ---

// Operations that are built, with the members of their requests (botocore 1.44.5).
constexpr std::pair<std::string_view, std::string_view> kModel[] = {
    {"BatchGetItem", "RequestItems ReturnConsumedCapacity"},
    {"BatchWriteItem", "RequestItems ReturnConsumedCapacity ReturnItemCollectionMetrics"},
    {"CreateTable",
     "AttributeDefinitions BillingMode DeletionProtectionEnabled GlobalSecondaryIndexes "
     "GlobalTableSettingsReplicationMode GlobalTableSourceArn KeySchema LocalSecondaryIndexes "
     "OnDemandThroughput ProvisionedThroughput ResourcePolicy SSESpecification StreamSpecification "
     "TableClass TableName Tags VectorIndexes WarmThroughput"},
    {"DeleteItem",
     "ConditionExpression ConditionalOperator Expected ExpressionAttributeNames "
     "ExpressionAttributeValues Key ReturnConsumedCapacity ReturnItemCollectionMetrics "
     "ReturnValues ReturnValuesOnConditionCheckFailure TableName"},
    {"DeleteTable", "TableName"},
    {"DescribeContinuousBackups", "TableName"},
    {"DescribeContributorInsights", "IndexName TableName"},
    {"DescribeEndpoints", ""},
    {"DescribeKinesisStreamingDestination", "TableName"},
    {"DescribeLimits", ""},
    {"DescribeTable", "TableName"},
    {"DescribeTableReplicaAutoScaling", "TableName"},
    {"DescribeTimeToLive", "TableName"},
    {"GetItem",
     "AttributesToGet ConsistentRead ExpressionAttributeNames Key ProjectionExpression "
     "ReturnConsumedCapacity TableName"},
    {"GetResourcePolicy", "ResourceArn"},
    {"ListBackups",
     "BackupType ExclusiveStartBackupArn Limit TableName TimeRangeLowerBound TimeRangeUpperBound"},
    {"ListContributorInsights", "MaxResults NextToken TableName"},
    {"ListExports", "MaxResults NextToken TableArn"},
    {"ListGlobalTables", "ExclusiveStartGlobalTableName Limit RegionName"},
    {"ListImports", "NextToken PageSize TableArn"},
    {"ListTables", "ExclusiveStartTableName Limit"},
    {"ListTagsOfResource", "NextToken ResourceArn"},
    {"PutItem",
     "ConditionExpression ConditionalOperator Expected ExpressionAttributeNames "
     "ExpressionAttributeValues Item ReturnConsumedCapacity ReturnItemCollectionMetrics "
     "ReturnValues ReturnValuesOnConditionCheckFailure TableName"},
    {"Query",
     "AttributesToGet ConditionalOperator ConsistentRead ExclusiveStartKey "
     "ExpressionAttributeNames ExpressionAttributeValues FilterExpression IndexName "
     "KeyConditionExpression KeyConditions Limit ProjectionExpression QueryFilter "
     "ReturnConsumedCapacity ScanIndexForward Select TableName"},
    {"Scan",
     "AttributesToGet ConditionalOperator ConsistentRead ExclusiveStartKey "
     "ExpressionAttributeNames ExpressionAttributeValues FilterExpression IndexName Limit "
     "ProjectionExpression ReturnConsumedCapacity ScanFilter Segment Select TableName "
     "TotalSegments"},
    {"TagResource", "ResourceArn Tags"},
    {"UntagResource", "ResourceArn TagKeys"},
    {"UpdateItem",
     "AttributeUpdates ConditionExpression ConditionalOperator Expected ExpressionAttributeNames "
     "ExpressionAttributeValues Key ReturnConsumedCapacity ReturnItemCollectionMetrics "
     "ReturnValues ReturnValuesOnConditionCheckFailure TableName UpdateExpression"},
    {"UpdateTable",
     "AttributeDefinitions BillingMode DeletionProtectionEnabled DisassociationProtectionEnabled "
     "GlobalSecondaryIndexUpdates GlobalTableSettingsReplicationMode GlobalTableWitnessUpdates "
     "MultiRegionConsistency OnDemandThroughput ProvisionedThroughput ReplicaUpdates "
     "SSESpecification StreamSpecification TableClass TableName VectorIndexUpdates WarmThroughput"},
};

std::set<std::string> Words(std::string_view text) {
  std::set<std::string> words;
  std::istringstream in{std::string(text)};
  for (std::string word; in >> word;) words.insert(word);
  return words;
}

TEST(ShapesTest, EveryMemberOfTheModelIsInATable) {
  for (const auto& [name, members] : kModel) {
    const Operation* operation = FindOperation(name);
    ASSERT_NE(operation, nullptr) << name;
    std::set<std::string> known;
    for (const Member& member : operation->shape()) known.emplace(member.name);
    EXPECT_EQ(known, Words(members)) << name;
  }
}

TEST(ShapesTest, EveryOperationOfTheModelIsBuiltOrNamed) {
  // 62 in the model.
  const size_t built =
      ItemOperations().size() + TableOperations().size() + FeatureOffOperations().size();
  EXPECT_EQ(built, std::size(kModel));
  EXPECT_EQ(built + OperationsNotBuilt().size(), 62u);
}

}  // namespace
}  // namespace skerry::dynamodb
