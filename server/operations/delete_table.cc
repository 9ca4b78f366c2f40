#include "server/operations/coordinator.h"
#include "server/operations/tables.h"

namespace skerry::operations {

Task<api::Outcome<api::TableDescription>> Coordinator::DeleteTable(
    const api::RequestContext& context, api::TableNameRequest request) {
  co_await BringViewUpToDate();
  catalog::TablePtr table = router_.Find(context.account, request.table_name);
  if (table == nullptr) co_return TableNotFound(request.table_name);
  const auto in_use = [&](std::string_view what) {
    return api::ResourceInUseException(
        "Attempt to change a resource which is still in use: Table is being " + std::string(what) +
        ": " + request.table_name);
  };
  switch (table->record.status()) {
    case proto::catalog::v1::TABLE_STATUS_CREATING:
      co_return in_use("created");
    case proto::catalog::v1::TABLE_STATUS_DELETING:
      co_return in_use("deleted");
    default:
      break;
  }
  if (table->record.deletion_protection()) {
    co_return api::ValidationException(
        "Resource cannot be deleted as it is currently protected against deletion. Disable "
        "deletion "
        "protection first.");
  }
  const router::Router::Sizes sizes = co_await router_.Measure(table);
  Result<catalog::TablePtr> deleting = co_await catalog_.Delete(table);
  if (!deleting.ok()) {
    if (deleting.status().code() == StatusCode::kAborted) co_return in_use("updated");
    co_return deleting.status();
  }
  // As in CreateTable: a waiter's first look finds the table gone.
  co_await catalog_.Settled(*deleting);
  co_return Describe(**deleting, sizes);
}

}  // namespace skerry::operations
