#include <algorithm>

#include "server/operations/coordinator.h"
#include "server/operations/expressions.h"
#include "server/operations/messages.h"
#include "server/operations/single_write.h"

namespace skerry::operations {
namespace {

Status CheckParameters(const api::UpdateItemRequest& request) {
  Present legacy = WriteLegacy(request.condition);
  legacy.AddFirst("AttributeUpdates", request.attribute_updates.has_value());
  Present expressions = WriteExpressions(request.condition);
  expressions.AddFirst("UpdateExpression", request.update_expression.has_value());
  return CheckNotMixed(legacy, expressions);
}

// "DELETE: causes nothing to happen; there is no attribute to delete" (AWS, legacy
// AttributeUpdates).
bool OnlyDeletes(const api::ByName<api::LegacyUpdate>& updates) {
  return std::all_of(updates.begin(), updates.end(),
                     [](const auto& update) { return update.second.action == "DELETE"; });
}

}  // namespace

Task<api::Outcome<api::WriteResult>> Coordinator::UpdateItem(const api::RequestContext& context,
                                                             api::UpdateItemRequest request) {
  WriteCompiler compiler(request.condition, &request.update_expression);
  if (Status status = compiler.CheckExpected(); !status.ok()) co_return status;
  if (Status status = CheckParameters(request); !status.ok()) co_return status;
  if (Status status = compiler.CheckParameters(); !status.ok()) co_return status;
  api::Outcome<catalog::TablePtr> table = UsableTable(context, request.table_name);
  if (!table.ok()) {
    Status looked = co_await LookAgain();
    if (!looked.ok()) co_return looked;
    table = UsableTable(context, request.table_name);
  }
  if (!table.ok()) co_return table.error();
  const expression::KeySchema& key = (*table)->schema->key;
  if (Status status = partition::CheckKey(key, request.key); !status.ok()) co_return status;

  partition::WriteRequest write;
  write.kind = partition::WriteRequest::Kind::kUpdate;
  write.item = std::move(request.key);
  write.legacy = request.attribute_updates.has_value();
  if (Status status = compiler.Compile(&write.condition, &write.update); !status.ok()) {
    co_return status;
  }
  if (write.legacy && !request.attribute_updates->empty()) {
    auto update = expression::UpdateFromLegacy(*request.attribute_updates, &key);
    if (!update.ok()) co_return update.status();
    write.update = std::move(*update);
    write.creates = !OnlyDeletes(*request.attribute_updates);
  }
  if (write.update != nullptr) {
    Status status = expression::CheckKeysUntouched(*write.update, key);
    if (!status.ok()) co_return status;
  }
  const partition::Schema& schema = *(*table)->schema;
  if (Status status = CheckKeyPaths(write.update.get(), schema); !status.ok()) co_return status;
  if (Status status = CheckKeyPaths(write.condition.get(), schema); !status.ok()) {
    co_return status;
  }
  co_return co_await WriteOne(router_, *table, std::move(request.table_name), std::move(write),
                              request.returns,
                              request.condition.return_values_on_condition_check_failure);
}

}  // namespace skerry::operations
