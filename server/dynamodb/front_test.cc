#include <gtest/gtest.h>

#include <algorithm>

#include "server/dynamodb/envelope.h"
#include "server/dynamodb/front_test_support.h"

namespace skerry::dynamodb {
namespace {

using document::AttributeMap;
using document::AttributeValue;
using document::Number;

std::string HeaderOf(const HttpResponse& response, std::string_view name) {
  for (const auto& [header, value] : response.headers) {
    if (EqualsIgnoreCase(header, name)) return value;
  }
  return "(none)";
}

api::EncodedItem Stored(const AttributeMap& item) {
  api::EncodedItem encoded;
  document::EncodeItem(item, &encoded);
  return encoded;
}

TEST(FrontTest, AnswersInTheServicesEnvelope) {
  TestFront front;
  const HttpResponse response = front.Call("GetItem", R"({"TableName":"Tab","Key":{}})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "{}");
  EXPECT_EQ(HeaderOf(response, "Content-Type"), "application/x-amz-json-1.0");
  EXPECT_EQ(response.crc32_header, "x-amz-crc32");
  EXPECT_EQ(HeaderOf(response, "x-amzn-RequestId").size(), 52u);
}

TEST(FrontTest, RequestIdsAreUpperCaseAndDiffer) {
  const std::string a = RequestId(1, 1);
  EXPECT_EQ(a, RequestId(1, 1));
  EXPECT_NE(a, RequestId(1, 2));
  EXPECT_NE(a, RequestId(2, 1));
  EXPECT_TRUE(std::all_of(a.begin(), a.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
  })) << a;
}

TEST(FrontTest, ErrorsCarryTheSameHeaders) {
  TestFront front;
  front.operations.error = api::ResourceNotFoundException("no such");
  const HttpResponse response = front.Call("GetItem", R"({"TableName":"Tab","Key":{}})");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body,
            R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",)"
            R"("message":"no such"})");
  EXPECT_EQ(response.crc32_header, "x-amz-crc32");
  EXPECT_EQ(HeaderOf(response, "x-amzn-RequestId").size(), 52u);
}

TEST(FrontTest, CountsOperationsByTheirOutcome) {
  Metrics metrics(2);
  TestFront front({.metrics = &metrics});
  front.Call("GetItem", R"({"TableName":"Tab","Key":{}})");
  front.Call("GetItem", R"({"TableName":"Tab","Key":{}})");
  front.Call("GetItem", "{");
  front.Call("NoSuchOperation", "{}");
  front.operations.error = api::InternalServerError("lost");
  front.Call("PutItem", R"({"TableName":"Tab","Item":{}})");
  const std::string text = metrics.Render();
  for (const char* line : {R"(skerry_operations_total{operation="GetItem",outcome="succeeded"} 2)",
                           R"(skerry_operations_total{operation="GetItem",outcome="refused"} 1)",
                           R"(skerry_operations_total{operation="none",outcome="refused"} 1)",
                           R"(skerry_operations_total{operation="PutItem",outcome="failed"} 1)",
                           R"(skerry_operation_seconds_count{operation="GetItem"} 3)"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
}

TEST(FrontTest, AFailedConditionCarriesTheItem) {
  TestFront front;
  front.operations.error = api::ConditionalCheckFailedException(
      "The conditional request failed", Stored({{"pk", AttributeValue::S("a")}}));
  EXPECT_EQ(front.Ask("PutItem", R"({"TableName":"Tab","Item":{}})"),
            R"(400 {"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",)"
            R"("message":"The conditional request failed","Item":{"pk":{"S":"a"}}})");
}

TEST(FrontTest, InternalErrorsAre500) {
  TestFront front;
  front.operations.error = api::InternalServerError("outcome unknown");
  EXPECT_EQ(front.Call("ListTables", "{}").status, 500);
  front.operations.error = api::ApiError{api::ErrorType::kServiceUnavailable, "later", {}};
  EXPECT_EQ(front.Call("ListTables", "{}").status, 503);
}

std::string AnswerToTarget(std::string_view target) {
  TestFront front;
  return front
      .Send({.method = "POST", .target = "/", .headers = {{"x-amz-target", target}}, .body = "{}"})
      .body;
}

// So that an operator finds what a client complains of.
TEST(FrontTest, WhatFailedInsideIsLoggedWithTheRequestsId) {
  TestFront front;
  front.operations.error = api::FromStatus(IoError("/data/log/7.seg: write: no such device"));
  testing::internal::CaptureStderr();
  const HttpResponse response = front.Call("GetItem", R"({"TableName":"Tab","Key":{}})");
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("/data"), std::string::npos) << response.body;
  const std::string id = HeaderOf(response, "x-amzn-RequestId");
  EXPECT_NE(log.find("\"request_id\":\"" + id + "\""), std::string::npos) << log;
  EXPECT_NE(log.find("\"target\":\"DynamoDB_20120810.GetItem\""), std::string::npos) << log;
  EXPECT_NE(log.find("/data/log/7.seg"), std::string::npos) << log;
}

TEST(FrontTest, UnknownTargetsAreUnknownOperations) {
  const std::string unknown = R"({"__type":"com.amazon.coral.service#UnknownOperationException",)"
                              R"("message":"An unknown operation was requested."})";
  for (std::string_view target : {"", "GetItem", "DynamoDB_20120810.", "DynamoDB_20120810.getItem",
                                  "DynamoDB_20120810.GetItem.x", "DynamoDB_20120810.ListStreams",
                                  "DynamoDBStreams_20120810.GetItem", "Foo.GetItem"}) {
    EXPECT_EQ(AnswerToTarget(target), unknown) << target;
  }
  EXPECT_NE(AnswerToTarget("DynamoDB_20111205.GetItem").find("UnknownOperationException"),
            std::string::npos);
}

TEST(FrontTest, OperationsNotBuiltAreNamed) {
  EXPECT_EQ(AnswerToTarget("DynamoDB_20120810.TransactWriteItems"),
            R"({"__type":"com.amazon.coral.service#UnknownOperationException",)"
            R"("message":"An unknown operation was requested. Skerry does not have the operation )"
            R"(TransactWriteItems yet."})");
  EXPECT_NE(AnswerToTarget("DynamoDBStreams_20120810.ListStreams").find("ListStreams"),
            std::string::npos);
  for (const std::string_view name : OperationsNotBuilt()) {
    EXPECT_EQ(FindOperation(name), nullptr) << name;
  }
}

TEST(FrontTest, WhoAsksComesBeforeWhatIsAsked) {
  TestFront front;
  const HttpResponse response = front.Send(
      {.method = "POST", .target = "/", .headers = {{"Authorization", "refuse"}}, .body = "{"});
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find("MissingAuthenticationTokenException"), std::string::npos);
}

TEST(FrontTest, HealthIsUnsigned) {
  TestFront front;
  for (std::string_view path : {"/", "/healthz", "/?x=y"}) {
    const HttpResponse response =
        front.Send({.method = "GET", .target = path, .headers = {{"Authorization", "refuse"}}});
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "healthy: dynamodb.us-east-1.amazonaws.com ");
  }
}

TEST(FrontTest, OtherMethodsAreRefused) {
  TestFront front;
  for (std::string_view method : {"PUT", "DELETE", "PATCH"}) {
    EXPECT_EQ(front.Send({.method = method, .target = "/", .headers = {}, .body = "{}"}).status,
              400);
  }
}

TEST(FrontTest, MatchesRootHealthAndTargets) {
  TestFront front;
  EXPECT_TRUE(front.front().Matches({.method = "POST", .target = "/"}));
  EXPECT_TRUE(front.front().Matches({.method = "GET", .target = "/healthz"}));
  EXPECT_TRUE(front.front().Matches(
      {.method = "POST", .target = "/x", .headers = {{"X-Amz-Target", "DynamoDB_20120810.Scan"}}}));
  EXPECT_FALSE(front.front().Matches({.method = "GET", .target = "/nowhere"}));
  EXPECT_FALSE(front.front().Matches({.method = "POST", .target = "/2015-03-31/functions/"}));
}

TEST(FrontTest, BrowsersAreTold) {
  TestFront front;
  const HttpResponse preflight =
      front.Send({.method = "OPTIONS",
                  .target = "/",
                  .headers = {{"Origin", "http://x"},
                              {"Access-Control-Request-Headers", "authorization,x-amz-target"}}});
  EXPECT_EQ(preflight.status, 200);
  EXPECT_EQ(HeaderOf(preflight, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(HeaderOf(preflight, "Access-Control-Allow-Headers"), "authorization,x-amz-target");
  const HttpResponse answer =
      front.Send({.method = "GET", .target = "/", .headers = {{"Origin", "http://x"}}});
  EXPECT_EQ(HeaderOf(answer, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(HeaderOf(front.Call("ListTables", "{}"), "Access-Control-Allow-Origin"), "(none)");
}

TEST(FrontTest, FeaturesThatAreOff) {
  TestFront front;
  EXPECT_EQ(front.Ask("DescribeTimeToLive", R"({"TableName":"Tab"})"),
            R"({"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}})");
  EXPECT_EQ(front.Ask("DescribeContinuousBackups", R"({"TableName":"Tab"})"),
            R"({"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED",)"
            R"("PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"DISABLED"}}})");
  EXPECT_EQ(front.Ask("DescribeContributorInsights", R"({"TableName":"Tab"})"),
            R"({"TableName":"Tab","ContributorInsightsStatus":"DISABLED"})");
  EXPECT_EQ(front.Ask("DescribeKinesisStreamingDestination", R"({"TableName":"Tab"})"),
            R"({"TableName":"Tab","KinesisDataStreamDestinations":[]})");
  EXPECT_EQ(front.Ask("DescribeTableReplicaAutoScaling", R"({"TableName":"Tab"})"),
            R"({"TableAutoScalingDescription":{"TableName":"Tab","TableStatus":"ACTIVE",)"
            R"("Replicas":[]}})");
  EXPECT_EQ(front.Ask("ListContributorInsights", "{}"), R"({"ContributorInsightsSummaries":[]})");
  EXPECT_EQ(front.Ask("ListExports", "{}"), R"({"ExportSummaries":[]})");
  EXPECT_EQ(front.Ask("ListImports", "{}"), R"({"ImportSummaryList":[]})");
  EXPECT_EQ(front.Ask("ListBackups", "{}"), R"({"BackupSummaries":[]})");
  EXPECT_EQ(front.Ask("ListGlobalTables", "{}"), R"({"GlobalTables":[]})");
  EXPECT_EQ(front.Ask("DescribeEndpoints", "{}"),
            R"({"Endpoints":[{"Address":"localhost:8000","CachePeriodInMinutes":1440}]})");
  EXPECT_NE(front
                .Ask("GetResourcePolicy",
                     R"({"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/Tab"})")
                .find("PolicyNotFoundException"),
            std::string::npos);
}

TEST(FrontTest, FeaturesOfNoTable) {
  TestFront front;
  front.operations.error = api::ResourceNotFoundException("Requested resource not found");
  EXPECT_NE(
      front.Ask("DescribeTimeToLive", R"({"TableName":"Tab"})").find("#ResourceNotFoundException"),
      std::string::npos);
  EXPECT_EQ(front.Ask("DescribeContinuousBackups", R"({"TableName":"Tab"})"),
            R"(400 {"__type":"com.amazonaws.dynamodb.v20120810#TableNotFoundException",)"
            R"("message":"Table not found: Tab"})");
}

TEST(FrontTest, TablesNamedByArnAreAnsweredByArn) {
  TestFront front;
  front.operations.get_result.consumed_capacity =
      api::ConsumedCapacity{.table_name = "Tab", .table = {.read_halves = 1}};
  EXPECT_EQ(
      front.Ask("GetItem", R"({"TableName":"arn:aws:dynamodb:eu-west-1:123456789012:table/Tab",)"
                           R"("Key":{},"ReturnConsumedCapacity":"TOTAL"})"),
      R"({"ConsumedCapacity":{"TableName":"arn:aws:dynamodb:eu-west-1:123456789012:table/)"
      R"(Tab","CapacityUnits":0.5}})");
  EXPECT_EQ(front.operations.get->table_name, "Tab");
}

TEST(FrontTest, SeparateAccountsAreKeptApart) {
  TestFront front({.separate_accounts = true});
  const auto ask = [&](std::string_view account) {
    return front.Ask("DescribeTable", R"({"TableName":"arn:aws:dynamodb:us-east-1:)" +
                                          std::string(account) + R"(:table/Tab"})");
  };
  EXPECT_NE(ask("123456789012").find("AccessDeniedException"), std::string::npos);
  EXPECT_EQ(ask("000000000000").find("__type"), std::string::npos);
}

}  // namespace
}  // namespace skerry::dynamodb
