#include "server/operations/coordinator.h"
#include "server/operations/expressions.h"
#include "server/operations/messages.h"
#include "server/operations/single_write.h"

namespace skerry::operations {
namespace {

Status CheckParameters(const api::PutItemRequest& request) {
  const auto values = request.returns.return_values.value_or(api::ReturnValues::kNone);
  if (values != api::ReturnValues::kNone && values != api::ReturnValues::kAllOld) {
    return InvalidArgument(std::string(messages::kReturnValuesOldOrNone));
  }
  return CheckNotMixed(WriteLegacy(request.condition), WriteExpressions(request.condition));
}

}  // namespace

Task<api::Outcome<api::WriteResult>> Coordinator::PutItem(const api::RequestContext& context,
                                                          api::PutItemRequest request) {
  WriteCompiler compiler(request.condition, nullptr);
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
  if (Status status = partition::CheckPutItem(*(*table)->schema, request.item); !status.ok()) {
    co_return status;
  }

  partition::WriteRequest write;
  write.kind = partition::WriteRequest::Kind::kPut;
  write.item = std::move(request.item);
  if (Status status = compiler.Compile(&write.condition, &write.update); !status.ok()) {
    co_return status;
  }
  if (Status status = CheckKeyPaths(write.condition.get(), *(*table)->schema); !status.ok()) {
    co_return status;
  }
  co_return co_await WriteOne(router_, *table, std::move(request.table_name), std::move(write),
                              request.returns,
                              request.condition.return_values_on_condition_check_failure);
}

}  // namespace skerry::operations
