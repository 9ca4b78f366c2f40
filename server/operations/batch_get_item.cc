#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "server/operations/capacity.h"
#include "server/operations/coordinator.h"
#include "server/operations/expressions.h"
#include "server/operations/messages.h"
#include "server/operations/projections.h"
#include "storage/document/item_size.h"
#include "storage/partition/row_key.h"

namespace skerry::operations {
namespace {

constexpr size_t kMaxKeys = 100;
// Of all items of one answer; what does not fit comes back as unprocessed.
constexpr size_t kMaxAnswerBytes = 16 << 20;

// Fetched at the same time, wherever they are: their memory is bounded by their number.
constexpr size_t kKeysAtOnce = 20;

struct TablePart {
  catalog::TablePtr table;
  std::shared_ptr<const expression::Projection> projection;
};

// Expressions and what came before them do not go together in one request, not even for different
// tables.
Status CheckParameters(const api::BatchGetItemRequest& request) {
  bool legacy = false;
  bool expressions = false;
  for (const auto& [name, part] : request.request_items) {
    legacy = legacy || part.attributes_to_get.has_value();
    expressions = expressions || part.projection_expression.has_value();
    SKERRY_RETURN_IF_ERROR(CheckProjectionParameters(
        part.projection_expression, part.expression_attribute_names, part.attributes_to_get));
  }
  SKERRY_RETURN_IF_ERROR(CheckNotMixed(Present().Add("AttributesToGet", legacy),
                                       Present().Add("ProjectionExpression", expressions)));
  for (const auto& [name, part] : request.request_items) {
    SKERRY_RETURN_IF_ERROR(CheckAttributesToGet(part.attributes_to_get));
  }
  return OkStatus();
}

Status CheckCounts(const api::BatchGetItemRequest& request) {
  size_t keys = 0;
  for (const auto& [name, part] : request.request_items) {
    if (part.keys.empty()) {
      return InvalidArgument(fmt::format(
          "The list of keys in RequestItems for BatchGetItem is required: {} has empty list",
          name));
    }
    std::set<std::string> seen;
    for (const document::Item& key : part.keys) {
      document::EncodedItem encoded;
      document::EncodeItem(key, &encoded);
      if (!seen.insert(std::move(encoded)).second) {
        return InvalidArgument(std::string(messages::kDuplicateKeys));
      }
    }
    keys += part.keys.size();
  }
  if (keys > kMaxKeys) return InvalidArgument(std::string(messages::kTooManyGets));
  return OkStatus();
}

// The next few keys, from `first` on. What is handed in outlives the tasks.
std::vector<Task<Result<router::StoredItem>>> Gets(const router::Router& router,
                                                   const catalog::TablePtr& table,
                                                   const api::KeysAndAttributes& asked,
                                                   size_t first) {
  std::vector<Task<Result<router::StoredItem>>> gets;
  const size_t end = std::min(first + kKeysAtOnce, asked.keys.size());
  for (size_t k = first; k < end; ++k) {
    gets.push_back(router.Get(table, partition::ItemRowKey(table->schema->key, asked.keys[k]),
                              forwarding::ConsistencyOf(asked.consistent_read)));
  }
  return gets;
}

}  // namespace

Task<api::Outcome<api::BatchGetItemResult>> Coordinator::BatchGetItem(
    const api::RequestContext& context, api::BatchGetItemRequest request) {
  if (Status status = CheckParameters(request); !status.ok()) co_return status;
  if (Status status = CheckCounts(request); !status.ok()) co_return status;
  std::vector<TablePart> parts;
  for (const auto& [name, asked] : request.request_items) {
    api::Outcome<catalog::TablePtr> table = UsableTable(context, name);
    if (!table.ok()) {
      Status looked = co_await LookAgain();
      if (!looked.ok()) co_return looked;
      table = UsableTable(context, name);
    }
    if (!table.ok()) co_return table.error();
    parts.push_back({*table, nullptr});
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    for (const document::Item& key : request.request_items[i].second.keys) {
      Status status = partition::CheckKey(parts[i].table->schema->key, key);
      if (!status.ok()) co_return status;
    }
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    const api::KeysAndAttributes& asked = request.request_items[i].second;
    const partition::Schema& schema = *parts[i].table->schema;
    auto projection =
        CompileProjection(asked.projection_expression, asked.expression_attribute_names,
                          asked.attributes_to_get, schema);
    if (!projection.ok()) co_return projection.status();
    parts[i].projection = std::move(*projection);
  }

  api::BatchGetItemResult result;
  size_t bytes = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto& [name, asked] = request.request_items[i];
    CapacityMeter meter(name, request.return_consumed_capacity, /*is_write=*/false);
    std::vector<document::EncodedItem>& items =
        result.responses.emplace_back(name, std::vector<document::EncodedItem>()).second;
    std::vector<Result<router::StoredItem>> fetched;
    for (size_t k = 0; k < asked.keys.size(); ++k) {
      if (k % kKeysAtOnce == 0) {
        fetched = co_await WhenAll(Gets(router_, parts[i].table, asked, k));
      }
      Result<router::StoredItem>& item = fetched[k % kKeysAtOnce];
      if (!item.ok()) co_return item.status();
      const size_t size = item->encoded().empty() ? 0 : document::EncodedItemSize(item->encoded());
      if (bytes + size > kMaxAnswerBytes) {
        api::KeysAndAttributes rest = asked;
        rest.keys.erase(rest.keys.begin(), rest.keys.begin() + static_cast<ptrdiff_t>(k));
        result.unprocessed_keys.emplace_back(name, std::move(rest));
        break;
      }
      meter.AddItemRead(size, asked.consistent_read.value_or(false));
      if (item->encoded().empty()) continue;
      bytes += size;
      Result<document::EncodedItem> shown = Shown(parts[i].projection.get(), item->encoded());
      if (!shown.ok()) co_return shown.status();
      items.push_back(std::move(*shown));
    }
    if (auto consumed = meter.Take()) result.consumed_capacity.push_back(std::move(*consumed));
  }
  co_return result;
}

}  // namespace skerry::operations
