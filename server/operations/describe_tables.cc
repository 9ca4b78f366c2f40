// The operations that only look: DescribeTable, ListTables, DescribeLimits, and FindTable for those
// of features that are off.

#include "server/operations/coordinator.h"
#include "server/operations/tables.h"

namespace skerry::operations {
namespace {

constexpr size_t kListTablesMax = 100;

}  // namespace

Task<api::Outcome<api::TableDescription>> Coordinator::DescribeTable(
    const api::RequestContext& context, api::TableNameRequest request) {
  co_await BringViewUpToDate();
  catalog::TablePtr table = router_.Find(context.account, request.table_name);
  if (table == nullptr) co_return TableNotFound(request.table_name);
  const router::Router::Sizes sizes = co_await router_.Measure(table);
  co_return Describe(*table, sizes);
}

Task<api::Outcome<api::ListTablesResult>> Coordinator::ListTables(
    const api::RequestContext& context, api::ListTablesRequest request) {
  co_await BringViewUpToDate();
  const size_t limit = request.limit ? static_cast<size_t>(*request.limit) : kListTablesMax;
  bool more = false;
  api::ListTablesResult result;
  result.table_names = catalog_.view()->Names(
      context.account, request.exclusive_start_table_name.value_or(""), limit, &more);
  if (more) result.last_evaluated_table_name = result.table_names.back();
  co_return result;
}

Task<api::Outcome<api::DescribeLimitsResult>> Coordinator::DescribeLimits(
    const api::RequestContext&) {
  co_return api::DescribeLimitsResult{};
}

Task<api::Outcome<api::TableRef>> Coordinator::FindTable(const api::RequestContext& context,
                                                         api::TableNameRequest request) {
  co_await BringViewUpToDate();
  catalog::TablePtr table = router_.Find(context.account, request.table_name);
  if (table == nullptr) co_return TableNotFound(request.table_name);
  co_return api::TableRef{table->record.name(), table->record.arn()};
}

}  // namespace skerry::operations
