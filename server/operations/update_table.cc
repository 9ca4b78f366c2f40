#include <fmt/format.h>

#include "server/operations/coordinator.h"
#include "server/operations/table_rules.h"
#include "server/operations/table_settings.h"
#include "server/operations/tables.h"

namespace skerry::operations {
namespace {

TableSettings SettingsOf(const api::UpdateTableRequest& request) {
  return {request.on_demand_throughput, request.warm_throughput, request.sse_specification,
          request.table_class, request.deletion_protection_enabled};
}

// What a right request may ask for and Skerry cannot do yet.
Status CheckFeatures(const api::UpdateTableRequest& request) {
  if (request.global_secondary_index_updates && !request.global_secondary_index_updates->empty()) {
    return NotYet("GlobalSecondaryIndexUpdates", "global secondary indexes");
  }
  if (request.stream_specification) {
    if (request.stream_specification->stream_enabled)
      return NotYet("StreamSpecification", "streams");
    return InvalidArgument("Table has no stream to disable");
  }
  if (request.has_replica_updates) return NotYet("ReplicaUpdates", "global tables");
  if (request.has_multi_region_consistency) {
    return NotYet("MultiRegionConsistency", "global tables");
  }
  if (request.has_global_table_witness_updates) {
    return NotYet("GlobalTableWitnessUpdates", "global tables");
  }
  if (request.has_global_table_settings_replication_mode) {
    return NotYet("GlobalTableSettingsReplicationMode", "global tables");
  }
  if (request.has_vector_index_updates) return NotYet("VectorIndexUpdates", "vector indexes");
  return OkStatus();
}

Status CheckParameters(const api::UpdateTableRequest& request) {
  SKERRY_RETURN_IF_ERROR(CheckFeatures(request));
  if (!request.provisioned_throughput && !request.billing_mode && !SettingsOf(request).any()) {
    return InvalidArgument(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
        "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required");
  }
  if (request.billing_mode == api::BillingMode::kPayPerRequest && request.provisioned_throughput) {
    return InvalidArgument(
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor "
        "WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
  }
  if (request.provisioned_throughput) return CheckThroughput(*request.provisioned_throughput);
  return OkStatus();
}

void SetThroughput(const api::ProvisionedThroughput& asked, std::chrono::microseconds now,
                   catalog::TableRecord* record) {
  auto* stored = record->mutable_provisioned();
  if (asked.read_capacity_units > stored->read_units() ||
      asked.write_capacity_units > stored->write_units()) {
    record->set_last_increase_us(now.count());
  }
  if (asked.read_capacity_units < stored->read_units() ||
      asked.write_capacity_units < stored->write_units()) {
    record->set_last_decrease_us(now.count());
    record->set_decreases_today(record->decreases_today() + 1);
  }
  stored->set_read_units(asked.read_capacity_units);
  stored->set_write_units(asked.write_capacity_units);
}

Status ApplyBilling(const api::UpdateTableRequest& request, std::chrono::microseconds now,
                    catalog::TableRecord* record) {
  const bool was_on_demand = record->pay_per_request();
  const bool on_demand = request.billing_mode
                             ? *request.billing_mode == api::BillingMode::kPayPerRequest
                             : was_on_demand;
  if (on_demand) {
    if (request.provisioned_throughput) {
      return InvalidArgument(
          "One or more parameter values were invalid: Neither ReadCapacityUnits nor "
          "WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
    }
    if (!was_on_demand) {
      record->set_pay_per_request(true);
      record->set_pay_per_request_since_us(now.count());
      record->clear_provisioned();
    }
    return OkStatus();
  }
  if (was_on_demand && !request.provisioned_throughput) {
    return InvalidArgument(
        "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must "
        "both be specified when BillingMode is PROVISIONED");
  }
  if (!request.provisioned_throughput) return OkStatus();
  const api::ProvisionedThroughput& asked = *request.provisioned_throughput;
  const auto& stored = record->provisioned();
  if (!was_on_demand && asked.read_capacity_units == stored.read_units() &&
      asked.write_capacity_units == stored.write_units()) {
    return InvalidArgument(fmt::format(
        "The provisioned throughput for the table will not change. The requested value equals the "
        "current value. Current ReadCapacityUnits provisioned for the table: {0}. Requested "
        "ReadCapacityUnits: {0}. Current WriteCapacityUnits provisioned for the table: {1}. "
        "Requested WriteCapacityUnits: {1}. Refer to the Amazon DynamoDB Developer Guide for "
        "current limits and how to request higher limits.",
        stored.read_units(), stored.write_units()));
  }
  record->set_pay_per_request(false);
  SetThroughput(asked, now, record);
  return OkStatus();
}

}  // namespace

Task<api::Outcome<api::TableDescription>> Coordinator::UpdateTable(
    const api::RequestContext& context, api::UpdateTableRequest request) {
  co_await BringViewUpToDate();
  catalog::TablePtr table = router_.Find(context.account, request.table_name);
  if (table == nullptr) co_return TableNotFound(request.table_name);
  if (Status status = CheckParameters(request); !status.ok()) co_return FromCheck(status);
  if (table->record.status() != proto::catalog::v1::TABLE_STATUS_ACTIVE) {
    co_return api::ResourceInUseException(
        "Attempt to change a resource which is still in use: Table is being " +
        std::string(table->record.status() == proto::catalog::v1::TABLE_STATUS_CREATING
                        ? "created: "
                        : "deleted: ") +
        request.table_name);
  }
  catalog::TableRecord record = table->record;
  const std::chrono::microseconds now = clock_.WallTime();
  if (Status status = ApplyBilling(request, now, &record); !status.ok()) co_return status;
  ApplySettings(SettingsOf(request), now, &record);
  Result<catalog::TablePtr> updated = co_await catalog_.Update(table, std::move(record));
  if (!updated.ok()) {
    if (updated.status().code() != StatusCode::kAborted) co_return updated.status();
    co_return api::ResourceInUseException(
        "Attempt to change a resource which is still in use: Table is being updated: " +
        request.table_name);
  }
  // The change is in force already; the service answers while it is still at it.
  const router::Router::Sizes sizes = co_await router_.Measure(*updated);
  api::TableDescription description = Describe(**updated, sizes);
  description.table_status = api::TableStatus::kUpdating;
  co_return description;
}

}  // namespace skerry::operations
