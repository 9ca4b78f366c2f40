#include "server/operations/read_many.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "server/operations/capacity.h"
#include "server/operations/messages.h"
#include "storage/partition/local_index.h"
#include "storage/partition/messages.h"
#include "storage/partition/row_key.h"

namespace skerry::operations {
namespace {

Status Invalid(std::string_view message) { return InvalidArgument(std::string(message)); }

// What the projection names and the index lacks makes each match a read of the table too.
bool NeedsItems(const PageQuery& query, bool all_attributes) {
  if (query.index == nullptr || query.read.count_only) return false;
  if (all_attributes) return query.index->projection != partition::LocalIndex::Projection::kAll;
  if (query.read.projection == nullptr) return false;
  for (const std::string& name : expression::TopLevelNames(*query.read.projection)) {
    if (!partition::IsProjected(*query.table->schema, *query.index, name)) return true;
  }
  return false;
}

std::string_view SelectPhrase(api::Select select) {
  switch (select) {
    case api::Select::kCount:
      return "only the Count";
    case api::Select::kAllProjectedAttributes:
      return "ALL_PROJECTED_ATTRIBUTES";
    default:
      return "ALL_ATTRIBUTES";
  }
}

// The table's keys, then the index's, each in the words for it.
Status CheckStartKeyNotEmpty(const PageQuery& query, const document::Item& start_key) {
  const auto fault = [](const Status& status) {
    return InvalidArgument(fmt::format("{}: {}", messages::kStartKeyInvalid, status.message()));
  };
  const expression::KeySchema& key = query.table->schema->key;
  Status status = partition::CheckKeyValue(key.partition_key, *start_key.Find(key.partition_key));
  if (!status.ok()) {
    return InvalidArgument(fmt::format("{}{}", messages::kStartOfOneRow, fault(status).message()));
  }
  if (key.sort_key) {
    status = partition::CheckKeyValue(*key.sort_key, *start_key.Find(*key.sort_key));
    if (!status.ok()) return fault(status);
  }
  if (query.index == nullptr) return OkStatus();
  const std::string& name = *query.index->key.sort_key;
  const document::AttributeValue& value = *start_key.Find(name);
  if (partition::CheckKeyValue(name, value).ok()) return OkStatus();
  return fault(InvalidArgument(
      partition::messages::EmptyIndexKeyValue(name, value.type(), query.index->name)));
}

}  // namespace

Status FindIndex(const api::ReadManyRequest& request, PageQuery* query) {
  if (!request.index_name) return OkStatus();
  query->index = query->table->FindIndex(*request.index_name);
  if (query->index == nullptr) {
    return InvalidArgument(std::string(messages::kNoSuchIndex) + *request.index_name);
  }
  query->read.index = query->index;
  return OkStatus();
}

Status ApplySelect(const api::ReadManyRequest& request, PageQuery* query) {
  using api::Select;
  const bool specific = request.projection_expression || request.attributes_to_get;
  if (!request.select) {
    query->read.fetch_items = NeedsItems(*query, false);
    return OkStatus();
  }
  const Select select = *request.select;
  if (select == Select::kSpecificAttributes && !specific) {
    return Invalid(messages::kSelectNeedsAttributes);
  }
  if (select != Select::kSpecificAttributes && specific) {
    return InvalidArgument(
        fmt::format("Cannot specify the {} when choosing to get {}",
                    request.projection_expression ? "ProjectionExpression" : "AttributesToGet",
                    SelectPhrase(select)));
  }
  if (select == Select::kAllProjectedAttributes && query->index == nullptr) {
    return Invalid(messages::kSelectProjectedNeedsIndex);
  }
  query->read.count_only = select == Select::kCount;
  query->read.fetch_items = NeedsItems(*query, select == Select::kAllAttributes);
  return OkStatus();
}

Status CheckFilterIsProjected(const PageQuery& query) {
  if (query.index == nullptr || query.read.filter == nullptr) return OkStatus();
  std::vector<std::string> missing;
  for (const std::string& name : expression::TopLevelNames(*query.read.filter)) {
    if (!partition::IsProjected(*query.table->schema, *query.index, name)) missing.push_back(name);
  }
  if (missing.empty()) return OkStatus();
  return InvalidArgument(fmt::format(
      "One or more parameter values were invalid: Secondary index {} does not project one or more "
      "filter attributes: [{}]",
      query.index->name, fmt::join(missing, ", ")));
}

Result<std::string> StartRow(const PageQuery& query, const document::Item& start_key) {
  const partition::Schema& schema = *query.table->schema;
  std::vector<std::pair<std::string, document::Type>> expected = {
      {schema.key.partition_key, schema.key.partition_type}};
  if (schema.key.sort_key) expected.emplace_back(*schema.key.sort_key, schema.key.sort_type);
  if (query.index != nullptr && query.index->key.sort_key != schema.key.sort_key) {
    expected.emplace_back(*query.index->key.sort_key, query.index->key.sort_type);
  }
  if (start_key.size() != expected.size()) return Invalid(messages::kStartKeySize);
  for (const auto& [name, type] : expected) {
    const document::AttributeValue* value = start_key.Find(name);
    if (value == nullptr || !value->is(type)) return Invalid(messages::kStartKeyInvalid);
  }
  SKERRY_RETURN_IF_ERROR(CheckStartKeyNotEmpty(query, start_key));
  return query.index == nullptr ? partition::ItemRowKey(schema.key, start_key)
                                : partition::IndexRowKey(schema, *query.index, start_key);
}

void StartAfter(const std::string& row, partition::ReadRequest* read) {
  if (read->forward) {
    read->lower = std::max(read->lower, row + '\0');  // the next possible row
  } else {
    read->upper = std::min(read->upper, row);
  }
}

Task<api::Outcome<api::ReadManyResult>> ReadPage(const router::Router& router, PageQuery query,
                                                 std::string table_name,
                                                 api::ReturnConsumedCapacity capacity,
                                                 bool consistent) {
  api::ReadManyResult result;
  result.count_only = query.read.count_only;
  const partition::LocalIndex* index = query.index;
  Result<partition::ReadPage> page = co_await router.Read(query.table, std::move(query.read),
                                                          forwarding::ConsistencyOf(consistent));
  if (!page.ok()) co_return page.status();
  CapacityMeter meter(table_name, capacity, /*is_write=*/false);
  meter.AddPage(*page, index, consistent);
  result.consumed_capacity = meter.Take();
  result.items = std::move(page->items);
  result.count = static_cast<int64_t>(page->count);
  result.scanned_count = static_cast<int64_t>(page->scanned_count);
  result.last_evaluated_key = std::move(page->last_key);
  co_return result;
}

}  // namespace skerry::operations
