#include "server/operations/capacity.h"
#include "server/operations/coordinator.h"
#include "server/operations/expressions.h"
#include "server/operations/projections.h"
#include "storage/document/item_size.h"
#include "storage/partition/row_key.h"

namespace skerry::operations {

Task<api::Outcome<api::GetItemResult>> Coordinator::GetItem(const api::RequestContext& context,
                                                            api::GetItemRequest request) {
  if (Status status =
          CheckProjectionParameters(request.projection_expression,
                                    request.expression_attribute_names, request.attributes_to_get);
      !status.ok()) {
    co_return status;
  }
  if (Status status = CheckAttributesToGet(request.attributes_to_get); !status.ok()) {
    co_return status;
  }
  api::Outcome<catalog::TablePtr> table = UsableTable(context, request.table_name);
  if (!table.ok()) {
    Status looked = co_await LookAgain();
    if (!looked.ok()) co_return looked;
    table = UsableTable(context, request.table_name);
  }
  if (!table.ok()) co_return table.error();
  const partition::Schema& schema = *(*table)->schema;
  Result<std::shared_ptr<const expression::Projection>> projection =
      CompileProjection(request.projection_expression, request.expression_attribute_names,
                        request.attributes_to_get, schema);
  if (!projection.ok()) co_return projection.status();
  if (Status status = partition::CheckKey(schema.key, request.key); !status.ok()) {
    co_return status;
  }

  Result<router::StoredItem> item =
      co_await router_.Get(*table, partition::ItemRowKey(schema.key, request.key),
                           forwarding::ConsistencyOf(request.consistent_read));
  if (!item.ok()) co_return item.status();

  api::GetItemResult result;
  if (request.return_consumed_capacity != api::ReturnConsumedCapacity::kNone) {
    CapacityMeter meter(request.table_name, request.return_consumed_capacity, /*is_write=*/false);
    meter.AddItemRead(item->encoded().empty() ? 0 : document::EncodedItemSize(item->encoded()),
                      request.consistent_read.value_or(false));
    result.consumed_capacity = meter.Take();
  }
  if (item->encoded().empty()) co_return result;
  Result<document::EncodedItem> shown = Shown(projection->get(), item->encoded());
  if (!shown.ok()) co_return shown.status();
  result.item = std::move(*shown);
  co_return result;
}

}  // namespace skerry::operations
