#include <fmt/format.h>

#include <set>

#include "server/operations/capacity.h"
#include "server/operations/coordinator.h"
#include "server/operations/messages.h"
#include "storage/partition/row_key.h"

namespace skerry::operations {
namespace {

constexpr size_t kMaxRequests = 25;

struct TablePart {
  catalog::TablePtr table;
  std::vector<partition::WriteRequest> writes;  // one for each request, in order
};

// What is wrong whatever the tables are. The items' sizes come last.
Status CheckShape(const api::BatchWriteItemRequest& request) {
  size_t requests = 0;
  for (const auto& [name, writes] : request.request_items) {
    if (writes.empty()) {
      return InvalidArgument(fmt::format(
          "The batch write request list for a table cannot be null or empty: {}", name));
    }
    for (const api::WriteRequest& write : writes) {
      if (write.put_item.has_value() == write.delete_key.has_value()) {
        return InvalidArgument(std::string(messages::kPutOrDelete));
      }
    }
    requests += writes.size();
  }
  if (requests > kMaxRequests) return InvalidArgument(std::string(messages::kTooManyWrites));
  for (const auto& [name, writes] : request.request_items) {
    for (const api::WriteRequest& write : writes) {
      if (write.put_item) SKERRY_RETURN_IF_ERROR(partition::CheckItemSize(*write.put_item));
    }
  }
  return OkStatus();
}

Result<partition::WriteRequest> MakeWrite(const partition::Schema& schema,
                                          const api::WriteRequest& asked) {
  partition::WriteRequest write;
  if (asked.put_item) {
    SKERRY_RETURN_IF_ERROR(partition::CheckPutItem(schema, *asked.put_item));
    write.kind = partition::WriteRequest::Kind::kPut;
    write.item = *asked.put_item;
  } else {
    SKERRY_RETURN_IF_ERROR(partition::CheckKey(schema.key, *asked.delete_key));
    write.kind = partition::WriteRequest::Kind::kDelete;
    write.item = *asked.delete_key;
  }
  write.row_key = partition::ItemRowKey(schema.key, write.item);
  return write;
}

Result<std::vector<partition::WriteRequest>> MakeWrites(
    const partition::Schema& schema, const std::vector<api::WriteRequest>& asked) {
  std::vector<partition::WriteRequest> writes;
  std::set<std::string> seen;
  for (const api::WriteRequest& one : asked) {
    SKERRY_ASSIGN_OR_RETURN(partition::WriteRequest write, MakeWrite(schema, one));
    if (!seen.insert(write.row_key).second) {
      return InvalidArgument(std::string(messages::kDuplicateKeys));
    }
    writes.push_back(std::move(write));
  }
  return writes;
}

// One for each item collection that was written to.
std::vector<api::ItemCollectionMetrics> Metrics(const TablePart& part,
                                                api::ReturnItemCollectionMetrics asked) {
  std::vector<api::ItemCollectionMetrics> metrics;
  std::set<std::string> seen;
  for (const partition::WriteRequest& write : part.writes) {
    auto one = CollectionMetrics(*part.table, write.item, asked);
    if (one && seen.insert(one->item_collection_key).second) metrics.push_back(std::move(*one));
  }
  return metrics;
}

// What a client may send again: the write was surely not done for lack of room.
bool IsUnprocessed(const Status& status) { return status.code() == StatusCode::kResourceExhausted; }

}  // namespace

Task<api::Outcome<api::BatchWriteItemResult>> Coordinator::BatchWriteItem(
    const api::RequestContext& context, api::BatchWriteItemRequest request) {
  if (Status status = CheckShape(request); !status.ok()) co_return status;
  std::vector<TablePart> parts;
  for (const auto& [name, asked] : request.request_items) {
    api::Outcome<catalog::TablePtr> table = UsableTable(context, name);
    if (!table.ok()) {
      Status looked = co_await LookAgain();
      if (!looked.ok()) co_return looked;
      table = UsableTable(context, name);
    }
    if (!table.ok()) co_return table.error();
    Result<std::vector<partition::WriteRequest>> writes = MakeWrites(*(*table)->schema, asked);
    if (!writes.ok()) co_return writes.status();
    parts.push_back({*table, std::move(*writes)});
  }

  api::BatchWriteItemResult result;
  for (size_t i = 0; i < parts.size(); ++i) {
    auto& [name, asked] = request.request_items[i];
    auto metrics = Metrics(parts[i], request.return_item_collection_metrics);
    if (!metrics.empty()) result.item_collection_metrics.emplace_back(name, std::move(metrics));
    CapacityMeter meter(name, request.return_consumed_capacity, /*is_write=*/true);
    std::vector<api::WriteRequest> unprocessed;
    std::vector<Result<partition::WriteResult>> written =
        co_await router_.WriteAll(parts[i].table, std::move(parts[i].writes));
    for (size_t k = 0; k < written.size(); ++k) {
      if (written[k].ok()) {
        meter.AddWrite(*parts[i].table->schema, *written[k]);
      } else if (IsUnprocessed(written[k].status())) {
        unprocessed.push_back(std::move(asked[k]));
      } else {
        co_return written[k].status();
      }
    }
    if (!unprocessed.empty()) result.unprocessed_items.emplace_back(name, std::move(unprocessed));
    if (auto consumed = meter.Take()) result.consumed_capacity.push_back(std::move(*consumed));
  }
  co_return result;
}

}  // namespace skerry::operations
