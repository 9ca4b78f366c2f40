#include "tests/simulation/requests.h"

#include "base/check.h"

namespace skerry::simulation {

using document::AttributeMap;
using document::AttributeValue;
using document::Number;

api::CreateTableRequest TableRequest(const std::string& name, bool sort_key) {
  api::CreateTableRequest request;
  request.table_name = name;
  request.attribute_definitions = {{{"pk", api::ScalarAttributeType::kS}}};
  request.key_schema = {{{"pk", api::KeyType::kHash}}};
  if (sort_key) {
    request.attribute_definitions->push_back({"sk", api::ScalarAttributeType::kS});
    request.key_schema->push_back({"sk", api::KeyType::kRange});
  }
  request.billing_mode = api::BillingMode::kPayPerRequest;
  return request;
}

AttributeValue NumberOf(int64_t value) { return AttributeValue::N(Number::FromInt(value)); }

int64_t ValueOf(std::string_view encoded) {
  if (encoded.empty()) return 0;
  const auto item = document::DecodeItem(encoded);
  SKERRY_CHECK(item.ok());
  const AttributeValue* value = item->Find("n");
  return value == nullptr ? 0 : std::stoll(value->number().ToString());
}

std::set<std::string> SetOf(std::string_view encoded) {
  if (encoded.empty()) return {};
  const auto item = document::DecodeItem(encoded);
  SKERRY_CHECK(item.ok());
  const AttributeValue* value = item->Find("s");
  if (value == nullptr) return {};
  return {value->string_set().begin(), value->string_set().end()};
}

std::string NameOf(std::string_view encoded) {
  const auto item = document::DecodeItem(encoded);
  SKERRY_CHECK(item.ok());
  return NameOfKey(*item);
}

std::string NameOfKey(const AttributeMap& key) {
  const AttributeValue* sort = key.Find("sk");
  return (sort != nullptr ? sort : key.Find("pk"))->string();
}

api::GetItemRequest GetRequest(const std::string& table, AttributeMap key) {
  api::GetItemRequest request;
  request.table_name = table;
  request.key = std::move(key);
  request.consistent_read = true;
  return request;
}

api::UpdateItemRequest AddRequest(const std::string& table, AttributeMap key) {
  api::UpdateItemRequest request;
  request.table_name = table;
  request.key = std::move(key);
  request.update_expression = "ADD n :one";
  request.condition.expression_attribute_values = {{":one", NumberOf(1)}};
  request.returns.return_values = api::ReturnValues::kUpdatedNew;
  return request;
}

api::UpdateItemRequest AddToSetRequest(const std::string& table, AttributeMap key,
                                       const std::string& element) {
  api::UpdateItemRequest request;
  request.table_name = table;
  request.key = std::move(key);
  request.update_expression = "ADD s :element";
  request.condition.expression_attribute_values = {{":element", AttributeValue::SS({element})}};
  return request;
}

api::WriteCondition IfAbsent() {
  api::WriteCondition condition;
  condition.condition_expression = "attribute_not_exists(pk)";
  return condition;
}

api::WriteCondition IfValueIs(int64_t value) {
  api::WriteCondition condition;
  condition.condition_expression = "n = :seen";
  condition.expression_attribute_values = {{":seen", NumberOf(value)}};
  return condition;
}

}  // namespace skerry::simulation
