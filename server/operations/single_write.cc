#include "server/operations/single_write.h"

#include <utility>

#include "server/operations/capacity.h"
#include "server/operations/messages.h"
#include "storage/partition/row_key.h"

namespace skerry::operations {
namespace {

using api::ReturnValues;

void AskFor(ReturnValues values, partition::WriteRequest* request) {
  request->want_old = values == ReturnValues::kAllOld;
  request->want_new = values == ReturnValues::kAllNew;
  request->want_updated =
      values == ReturnValues::kUpdatedOld || values == ReturnValues::kUpdatedNew;
}

std::optional<document::EncodedItem> Attributes(ReturnValues values,
                                                partition::WriteResult& result) {
  document::EncodedItem encoded;
  switch (values) {
    case ReturnValues::kNone:
      return std::nullopt;
    case ReturnValues::kAllOld:
      encoded = std::move(result.old_item);
      break;
    case ReturnValues::kAllNew:
      encoded = std::move(result.new_item);
      break;
    case ReturnValues::kUpdatedOld:
      if (!result.updated_old.empty()) document::EncodeItem(result.updated_old, &encoded);
      break;
    case ReturnValues::kUpdatedNew:
      if (!result.updated_new.empty()) document::EncodeItem(result.updated_new, &encoded);
      break;
  }
  if (encoded.empty()) return std::nullopt;
  return encoded;
}

}  // namespace

Task<api::Outcome<api::WriteResult>> WriteOne(const router::Router& router, catalog::TablePtr table,
                                              std::string table_name,
                                              partition::WriteRequest request,
                                              api::WriteReturns returns,
                                              api::ReturnValuesOnConditionCheckFailure on_failure) {
  const ReturnValues values = returns.return_values.value_or(ReturnValues::kNone);
  request.row_key = partition::ItemRowKey(table->schema->key, request.item);
  AskFor(values, &request);

  api::WriteResult answer;
  answer.item_collection_metrics =
      CollectionMetrics(*table, request.item, returns.return_item_collection_metrics);
  Result<partition::WriteResult> written = co_await router.Write(table, std::move(request));
  if (!written.ok()) co_return written.status();
  if (written->condition_failed) {
    const bool show = on_failure == api::ReturnValuesOnConditionCheckFailure::kAllOld;
    co_return api::ConditionalCheckFailedException(
        std::string(messages::kConditionFailed),
        show ? std::move(written->old_item) : document::EncodedItem());
  }
  CapacityMeter meter(table_name, returns.return_consumed_capacity, /*is_write=*/true);
  meter.AddWrite(*table->schema, *written);
  answer.consumed_capacity = meter.Take();
  answer.attributes = Attributes(values, *written);
  co_return answer;
}

}  // namespace skerry::operations
