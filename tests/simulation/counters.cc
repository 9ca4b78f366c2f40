#include "tests/simulation/counters.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace skerry::simulation {
namespace {

constexpr const char* kTable = "Counters";
constexpr uint64_t kKeys = 20;
constexpr Duration kPatience = std::chrono::seconds(60);

using document::AttributeValue;
using document::Number;

api::CreateTableRequest TableOfCounters() {
  api::CreateTableRequest request;
  request.table_name = kTable;
  request.attribute_definitions = {{{"pk", api::ScalarAttributeType::kS}}};
  request.key_schema = {{{"pk", api::KeyType::kHash}}};
  request.billing_mode = api::BillingMode::kPayPerRequest;
  return request;
}

// Runs a task on a reactor until it ends.
template <typename T>
std::optional<T> Wait(SimulatedNode& node, Task<T> task) {
  std::optional<T> result;
  node.reactor(0).Post(
      [&] { Spawn(std::move(task), [&result](T value) { result.emplace(std::move(value)); }); });
  node.world().RunUntil([&] { return result.has_value(); }, kPatience);
  return result;
}

uint64_t ValueOf(const std::optional<document::EncodedItem>& encoded) {
  if (!encoded) return 0;
  const auto item = document::DecodeItem(*encoded);
  SKERRY_CHECK(item.ok());
  const AttributeValue* value = item->Find("n");
  if (value == nullptr) return 0;
  return std::stoull(value->number().ToString());
}

}  // namespace

Status Counters::Prepare() {
  const api::RequestContext context{node_.reactor(0), api::kDefaultAccount};
  auto created = Wait(node_, node_.operations().CreateTable(context, TableOfCounters()));
  if (!created) return Internal("CreateTable does not end");
  if (!created->ok() && created->error().type != api::ErrorType::kResourceInUse) {
    return Internal("CreateTable: " + created->error().message);
  }
  for (int i = 0; i < 1000; ++i) {
    auto table = Wait(node_, node_.operations().DescribeTable(context, {kTable}));
    if (!table || !table->ok()) return Internal("DescribeTable fails");
    if ((*table)->table_status == api::TableStatus::kActive) return OkStatus();
    node_.world().RunFor(std::chrono::milliseconds(1));
  }
  return Internal("the table never becomes active");
}

void Counters::StartClients(int clients) {
  ++life_;
  running_ = true;
  for (int i = 0; i < clients; ++i) {
    ++active_;
    node_.reactor(i).Post([this, i, life = life_] { Spawn(Client(life, i)); });
  }
}

void Counters::ForgetClients() {
  running_ = false;
  active_ = 0;
  ++life_;
}

Task<void> Counters::Client(uint64_t life, size_t reactor) {
  const api::RequestContext context{node_.reactor(reactor), api::kDefaultAccount};
  while (running_ && life == life_) {
    co_await AddOne(context, fmt::format("counter-{}", node_.prng().Below(kKeys)), life);
    co_await Sleep(node_.reactor(reactor), std::chrono::microseconds(node_.prng().Below(2000)));
  }
  if (life == life_) --active_;
}

Task<void> Counters::AddOne(const api::RequestContext& context, std::string key, uint64_t life) {
  api::UpdateItemRequest request;
  request.table_name = kTable;
  request.key = {{"pk", AttributeValue::S(key)}};
  request.update_expression = "ADD n :one";
  request.condition.expression_attribute_values = {{":one", AttributeValue::N(Number::FromInt(1))}};
  Counter& counter = counters_[key];
  if (node_.prng().Chance(1, 3)) {
    // Some other client may be faster: then the service refuses and nothing changes.
    request.condition.condition_expression = "attribute_not_exists(n) OR n = :seen";
    request.condition.expression_attribute_values->Set(
        ":seen", AttributeValue::N(Number::FromInt(static_cast<int64_t>(counter.acknowledged))));
  }
  ++counter.tried;
  auto result = co_await node_.operations().UpdateItem(context, std::move(request));
  if (life != life_) co_return;
  if (result.ok()) {
    ++counter.acknowledged;
    ++acknowledged_total_;
  } else if (result.error().type == api::ErrorType::kConditionalCheckFailed) {
    --counter.tried;  // surely not done
  }
}

Task<Status> Counters::CheckAll() {
  const api::RequestContext context{node_.reactor(1), api::kDefaultAccount};
  for (auto& [key, counter] : counters_) {
    api::GetItemRequest request;
    request.table_name = kTable;
    request.key = {{"pk", AttributeValue::S(key)}};
    request.consistent_read = true;
    auto result = co_await node_.operations().GetItem(context, std::move(request));
    if (!result.ok()) co_return Internal("GetItem: " + result.error().message);
    const uint64_t value = ValueOf(result->item);
    if (value < counter.acknowledged || value > counter.tried) {
      co_return Internal(fmt::format("{} stands at {}: {} additions were acknowledged, {} tried",
                                     key, value, counter.acknowledged, counter.tried));
    }
    // What was under way at the crash has happened or not; from here it is known.
    counter.acknowledged = counter.tried = value;
  }
  co_return OkStatus();
}

Status Counters::Check() {
  const std::optional<Status> status = Wait(node_, CheckAll());
  return status ? *status : Internal("the reads do not end");
}

}  // namespace skerry::simulation
