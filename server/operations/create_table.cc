#include <fmt/format.h>

#include "server/operations/coordinator.h"
#include "server/operations/table_rules.h"
#include "server/operations/table_settings.h"
#include "server/operations/tables.h"

namespace skerry::operations {

Task<api::Outcome<api::TableDescription>> Coordinator::CreateTable(
    const api::RequestContext& context, api::CreateTableRequest request) {
  const std::string name = request.table_name;
  if (Status status = CheckCreateTable(request); !status.ok()) co_return FromCheck(status);
  const auto exists = [&name] {
    return api::ResourceInUseException("Table already exists: " + name);
  };
  co_await BringViewUpToDate();
  if (router_.Find(context.account, name) != nullptr) co_return exists();

  const std::chrono::microseconds now = clock_.WallTime();
  catalog::TableRecord record = NewRecord(request);
  record.set_account(std::string(context.account));
  record.set_id(NewTableId());
  record.set_arn(
      fmt::format("arn:aws:dynamodb:{}:{}:table/{}", options_.region, context.account, name));
  record.set_created_us(now.count());
  if (record.pay_per_request()) record.set_pay_per_request_since_us(now.count());
  ApplySettings({request.on_demand_throughput, request.warm_throughput, request.sse_specification,
                 request.table_class, request.deletion_protection_enabled},
                now, &record);

  Result<catalog::TablePtr> table = co_await catalog_.Create(std::move(record));
  if (table.ok()) {
    // Says CREATING as the service does, but the next DescribeTable sees ACTIVE: the waiters of the
    // SDKs look at once and then not before 20 s have passed.
    co_await catalog_.Settled(*table);
    co_return Describe(**table, {});
  }
  if (table.status().code() == StatusCode::kAlreadyExists) co_return exists();
  co_return table.status();
}

}  // namespace skerry::operations
