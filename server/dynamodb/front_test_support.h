#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "server/api/authenticator.h"
#include "server/dynamodb/dynamodb_front.h"

// For the tests and the fuzzer of this folder: a front over operations that remember what they were
// asked and answer what they were told to.

namespace skerry::dynamodb {

class InlineExecutor final : public Executor {
 public:
  void Post(Work work) override { work(); }
  void PostAfter(Duration, Work work) override { work(); }
  bool IsCurrent() const override { return true; }
  const Clock& clock() const override { return clock_; }

 private:
  SystemClock clock_;
};

class OpenAuthenticator final : public api::Authenticator {
 public:
  api::Outcome<api::Identity> Authenticate(const HttpRequest& request) const override {
    if (request.Header("Authorization") == "refuse") {
      return api::ApiError{api::ErrorType::kMissingAuthenticationToken, "who?", {}};
    }
    return api::Identity{"key", "000000000000"};
  }
};

// Requests are kept; answers are members, or the one error.
class FakeOperations final : public api::Operations {
 public:
  template <typename Result>
  Task<api::Outcome<Result>> Answer(Result result) {
    if (error) co_return *error;
    co_return result;
  }

  using Context = api::RequestContext;
  Task<api::Outcome<api::GetItemResult>> GetItem(const Context&, api::GetItemRequest r) override {
    get = std::move(r);
    return Answer(get_result);
  }
  Task<api::Outcome<api::WriteResult>> PutItem(const Context&, api::PutItemRequest r) override {
    put = std::move(r);
    return Answer(write_result);
  }
  Task<api::Outcome<api::WriteResult>> UpdateItem(const Context&,
                                                  api::UpdateItemRequest r) override {
    update = std::move(r);
    return Answer(write_result);
  }
  Task<api::Outcome<api::WriteResult>> DeleteItem(const Context&,
                                                  api::DeleteItemRequest r) override {
    erase = std::move(r);
    return Answer(write_result);
  }
  Task<api::Outcome<api::ReadManyResult>> Query(const Context&, api::QueryRequest r) override {
    query = std::move(r);
    return Answer(read_result);
  }
  Task<api::Outcome<api::ReadManyResult>> Scan(const Context&, api::ScanRequest r) override {
    scan = std::move(r);
    return Answer(read_result);
  }
  Task<api::Outcome<api::BatchGetItemResult>> BatchGetItem(const Context&,
                                                           api::BatchGetItemRequest r) override {
    batch_get = std::move(r);
    return Answer(batch_get_result);
  }
  Task<api::Outcome<api::BatchWriteItemResult>> BatchWriteItem(
      const Context&, api::BatchWriteItemRequest r) override {
    batch_write = std::move(r);
    return Answer(batch_write_result);
  }
  Task<api::Outcome<api::TableDescription>> CreateTable(const Context&,
                                                        api::CreateTableRequest r) override {
    create = std::move(r);
    return Answer(table);
  }
  Task<api::Outcome<api::TableDescription>> DescribeTable(const Context&,
                                                          api::TableNameRequest r) override {
    named = std::move(r);
    return Answer(table);
  }
  Task<api::Outcome<api::ListTablesResult>> ListTables(const Context&,
                                                       api::ListTablesRequest r) override {
    list_tables = std::move(r);
    return Answer(list_tables_result);
  }
  Task<api::Outcome<api::TableDescription>> UpdateTable(const Context&,
                                                        api::UpdateTableRequest r) override {
    update_table = std::move(r);
    return Answer(table);
  }
  Task<api::Outcome<api::TableDescription>> DeleteTable(const Context&,
                                                        api::TableNameRequest r) override {
    named = std::move(r);
    return Answer(table);
  }
  Task<api::Outcome<api::Empty>> TagResource(const Context&, api::TagResourceRequest r) override {
    tag = std::move(r);
    return Answer(api::Empty{});
  }
  Task<api::Outcome<api::Empty>> UntagResource(const Context&,
                                               api::UntagResourceRequest r) override {
    untag = std::move(r);
    return Answer(api::Empty{});
  }
  Task<api::Outcome<api::ListTagsOfResourceResult>> ListTagsOfResource(
      const Context&, api::ListTagsOfResourceRequest r) override {
    list_tags = std::move(r);
    return Answer(list_tags_result);
  }
  Task<api::Outcome<api::DescribeLimitsResult>> DescribeLimits(const Context&) override {
    return Answer(api::DescribeLimitsResult{});
  }
  Task<api::Outcome<api::TableRef>> FindTable(const Context&, api::TableNameRequest r) override {
    named = std::move(r);
    return Answer(api::TableRef{
        named->table_name, "arn:aws:dynamodb:us-east-1:000000000000:table/" + named->table_name});
  }

  std::optional<api::ApiError> error;
  std::optional<api::GetItemRequest> get;
  std::optional<api::PutItemRequest> put;
  std::optional<api::UpdateItemRequest> update;
  std::optional<api::DeleteItemRequest> erase;
  std::optional<api::QueryRequest> query;
  std::optional<api::ScanRequest> scan;
  std::optional<api::BatchGetItemRequest> batch_get;
  std::optional<api::BatchWriteItemRequest> batch_write;
  std::optional<api::CreateTableRequest> create;
  std::optional<api::UpdateTableRequest> update_table;
  std::optional<api::TableNameRequest> named;
  std::optional<api::ListTablesRequest> list_tables;
  std::optional<api::TagResourceRequest> tag;
  std::optional<api::UntagResourceRequest> untag;
  std::optional<api::ListTagsOfResourceRequest> list_tags;
  api::GetItemResult get_result;
  api::WriteResult write_result;
  api::ReadManyResult read_result;
  api::BatchGetItemResult batch_get_result;
  api::BatchWriteItemResult batch_write_result;
  api::TableDescription table;
  api::ListTablesResult list_tables_result;
  api::ListTagsOfResourceResult list_tags_result;
};

// A front that is spoken to by operation and body.
class TestFront {
 public:
  explicit TestFront(DynamoDbOptions options = {})
      : front_(operations, authenticator_, std::move(options)) {}

  HttpResponse Send(HttpRequest request) {
    request.id = ++last_id_;
    std::optional<HttpResponse> response;
    Spawn(front_.Serve(request, executor_),
          [&](HttpResponse answer) { response = std::move(answer); });
    return *std::move(response);
  }

  HttpResponse Call(std::string_view operation, std::string_view body) {
    const std::string target = "DynamoDB_20120810." + std::string(operation);
    return Send({.method = "POST",
                 .target = "/",
                 .headers = {{"Host", "localhost:8000"}, {"X-Amz-Target", target}},
                 .body = body});
  }

  // "400 com.amazon...#Name: text" of an error, else the body.
  std::string Ask(std::string_view operation, std::string_view body) {
    const HttpResponse response = Call(operation, body);
    if (response.status == 200) return response.body;
    return std::to_string(response.status) + " " + response.body;
  }

  const DynamoDbFront& front() const { return front_; }

  FakeOperations operations;

 private:
  OpenAuthenticator authenticator_;
  InlineExecutor executor_;
  DynamoDbFront front_;
  uint64_t last_id_ = 0;
};

inline std::string Validation(std::string_view message) {
  return "400 {\"__type\":\"com.amazon.coral.validate#ValidationException\",\"message\":\"" +
         std::string(message) + "\"}";
}
inline std::string Violations(std::string_view clauses, int n = 1) {
  return Validation(std::to_string(n) + " validation error" + (n == 1 ? "" : "s") +
                    " detected: " + std::string(clauses));
}
inline std::string Serialization(std::string_view message) {
  return "400 {\"__type\":\"com.amazon.coral.service#SerializationException\",\"Message\":\"" +
         std::string(message) + "\"}";
}

}  // namespace skerry::dynamodb
