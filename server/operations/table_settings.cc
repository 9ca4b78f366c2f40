#include "server/operations/table_settings.h"

namespace skerry::operations {
namespace {

namespace v1 = proto::catalog::v1;

void Set(const std::optional<int64_t>& read, const std::optional<int64_t>& write,
         v1::OptionalThroughput* stored) {
  if (read) stored->set_read_units(*read);
  if (write) stored->set_write_units(*write);
}

}  // namespace

void ApplySettings(const TableSettings& settings, std::chrono::microseconds now,
                   catalog::TableRecord* record) {
  if (settings.on_demand_throughput) {
    Set(settings.on_demand_throughput->max_read_request_units,
        settings.on_demand_throughput->max_write_request_units, record->mutable_on_demand());
  }
  if (settings.warm_throughput) {
    Set(settings.warm_throughput->read_units_per_second,
        settings.warm_throughput->write_units_per_second, record->mutable_warm());
  }
  if (settings.sse_specification) {
    const api::SseSpecification& asked = *settings.sse_specification;
    v1::Sse* sse = record->mutable_sse();
    sse->Clear();
    if (asked.enabled) sse->set_enabled(*asked.enabled);
    if (asked.sse_type) sse->set_type(*asked.sse_type);
    if (asked.kms_master_key_id) sse->set_kms_master_key_id(*asked.kms_master_key_id);
  }
  if (settings.table_class) {
    record->set_infrequent_access(*settings.table_class ==
                                  api::TableClass::kStandardInfrequentAccess);
    record->set_table_class_since_us(now.count());
  }
  if (settings.deletion_protection_enabled) {
    record->set_deletion_protection(*settings.deletion_protection_enabled);
  }
}

}  // namespace skerry::operations
