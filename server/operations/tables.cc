#include "server/operations/tables.h"

#include <fmt/format.h>

namespace skerry::operations {
namespace {

namespace v1 = proto::catalog::v1;

double Seconds(int64_t microseconds) { return static_cast<double>(microseconds) / 1e6; }

std::optional<double> OptionalSeconds(bool has, int64_t microseconds) {
  if (!has) return std::nullopt;
  return Seconds(microseconds);
}

v1::ProjectionType ToRecord(api::ProjectionType type) {
  switch (type) {
    case api::ProjectionType::kAll:
      return v1::PROJECTION_TYPE_ALL;
    case api::ProjectionType::kKeysOnly:
      return v1::PROJECTION_TYPE_KEYS_ONLY;
    case api::ProjectionType::kInclude:
      return v1::PROJECTION_TYPE_INCLUDE;
  }
  return v1::PROJECTION_TYPE_ALL;
}

api::ProjectionType FromRecord(v1::ProjectionType type) {
  switch (type) {
    case v1::PROJECTION_TYPE_KEYS_ONLY:
      return api::ProjectionType::kKeysOnly;
    case v1::PROJECTION_TYPE_INCLUDE:
      return api::ProjectionType::kInclude;
    default:
      return api::ProjectionType::kAll;
  }
}

v1::AttributeType ToRecord(api::ScalarAttributeType type) {
  switch (type) {
    case api::ScalarAttributeType::kS:
      return v1::ATTRIBUTE_TYPE_S;
    case api::ScalarAttributeType::kN:
      return v1::ATTRIBUTE_TYPE_N;
    case api::ScalarAttributeType::kB:
      return v1::ATTRIBUTE_TYPE_B;
  }
  return v1::ATTRIBUTE_TYPE_S;
}

api::ScalarAttributeType FromRecord(v1::AttributeType type) {
  switch (type) {
    case v1::ATTRIBUTE_TYPE_N:
      return api::ScalarAttributeType::kN;
    case v1::ATTRIBUTE_TYPE_B:
      return api::ScalarAttributeType::kB;
    default:
      return api::ScalarAttributeType::kS;
  }
}

api::TableStatus FromRecord(v1::TableStatus status) {
  switch (status) {
    case v1::TABLE_STATUS_CREATING:
      return api::TableStatus::kCreating;
    case v1::TABLE_STATUS_UPDATING:
      return api::TableStatus::kUpdating;
    case v1::TABLE_STATUS_DELETING:
      return api::TableStatus::kDeleting;
    default:
      return api::TableStatus::kActive;
  }
}

void AddIndexes(const api::CreateTableRequest& request, catalog::TableRecord* record) {
  if (!request.local_secondary_indexes) return;
  uint32_t id = 0;
  for (const api::LocalSecondaryIndex& index : *request.local_secondary_indexes) {
    auto* stored = record->add_local_indexes();
    stored->set_id(++id);
    stored->set_name(index.index_name);
    stored->set_sort_key(index.key_schema[1].attribute_name);
    stored->set_projection(ToRecord(*index.projection.projection_type));
    if (!index.projection.non_key_attributes) continue;
    for (const std::string& name : *index.projection.non_key_attributes) {
      stored->add_non_key_attributes(name);
    }
  }
}

void AddSettings(const api::CreateTableRequest& request, catalog::TableRecord* record) {
  record->set_pay_per_request(request.billing_mode == api::BillingMode::kPayPerRequest);
  if (request.provisioned_throughput) {
    record->mutable_provisioned()->set_read_units(
        request.provisioned_throughput->read_capacity_units);
    record->mutable_provisioned()->set_write_units(
        request.provisioned_throughput->write_capacity_units);
  }
  if (request.deletion_protection_enabled) {
    record->set_deletion_protection(*request.deletion_protection_enabled);
  }
  if (request.tags) {
    for (const api::Tag& tag : *request.tags) {
      auto* stored = record->add_tags();
      stored->set_key(tag.key);
      stored->set_value(tag.value);
    }
  }
}

std::vector<api::KeySchemaElement> KeySchemaOf(const std::string& partition_key,
                                               const std::string* sort_key) {
  std::vector<api::KeySchemaElement> schema = {{partition_key, api::KeyType::kHash}};
  if (sort_key != nullptr) schema.push_back({*sort_key, api::KeyType::kRange});
  return schema;
}

partition::Statistics SizeOf(const router::Router::Sizes& sizes, uint32_t index) {
  const auto found = sizes.find(index);
  return found == sizes.end() ? partition::Statistics() : found->second;
}

void DescribeIndexes(const catalog::Table& table, const router::Router::Sizes& sizes,
                     api::TableDescription* description) {
  for (const auto& stored : table.record.local_indexes()) {
    api::LocalSecondaryIndexDescription index;
    index.index.index_name = stored.name();
    index.index.key_schema =
        KeySchemaOf(table.record.key_schema().partition_key(), &stored.sort_key());
    index.index.projection.projection_type = FromRecord(stored.projection());
    if (stored.non_key_attributes_size() > 0) {
      index.index.projection.non_key_attributes.emplace(stored.non_key_attributes().begin(),
                                                        stored.non_key_attributes().end());
    }
    index.index_arn = table.record.arn() + "/index/" + stored.name();
    const partition::Statistics statistics = SizeOf(sizes, stored.id());
    index.item_count = statistics.items;
    index.index_size_bytes = statistics.bytes;
    description->local_secondary_indexes.push_back(std::move(index));
  }
}

std::optional<int64_t> ReadUnitsOf(const v1::OptionalThroughput& stored) {
  if (!stored.has_read_units()) return std::nullopt;
  return stored.read_units();
}
std::optional<int64_t> WriteUnitsOf(const v1::OptionalThroughput& stored) {
  if (!stored.has_write_units()) return std::nullopt;
  return stored.write_units();
}

void DescribeSettings(const catalog::TableRecord& record, api::TableDescription* description) {
  description->billing_mode =
      record.pay_per_request() ? api::BillingMode::kPayPerRequest : api::BillingMode::kProvisioned;
  description->last_update_to_pay_per_request_date_time =
      OptionalSeconds(record.has_pay_per_request_since_us(), record.pay_per_request_since_us());
  description->provisioned_throughput = {record.provisioned().read_units(),
                                         record.provisioned().write_units()};
  description->last_increase_date_time =
      OptionalSeconds(record.has_last_increase_us(), record.last_increase_us());
  description->last_decrease_date_time =
      OptionalSeconds(record.has_last_decrease_us(), record.last_decrease_us());
  description->number_of_decreases_today = record.decreases_today();
  if (record.has_on_demand()) {
    description->on_demand_throughput = {ReadUnitsOf(record.on_demand()),
                                         WriteUnitsOf(record.on_demand())};
  }
  if (record.has_warm()) {
    description->warm_throughput = {ReadUnitsOf(record.warm()), WriteUnitsOf(record.warm())};
  }
  if (record.has_sse()) {
    api::SseSpecification sse;
    if (record.sse().has_enabled()) sse.enabled = record.sse().enabled();
    if (record.sse().has_type()) sse.sse_type = record.sse().type();
    if (record.sse().has_kms_master_key_id())
      sse.kms_master_key_id = record.sse().kms_master_key_id();
    description->sse = std::move(sse);
  }
  if (record.has_infrequent_access()) {
    description->table_class = record.infrequent_access()
                                   ? api::TableClass::kStandardInfrequentAccess
                                   : api::TableClass::kStandard;
  }
  description->table_class_last_update_date_time =
      OptionalSeconds(record.has_table_class_since_us(), record.table_class_since_us());
  description->deletion_protection_enabled = record.deletion_protection();
}

}  // namespace

catalog::TableRecord NewRecord(const api::CreateTableRequest& request) {
  catalog::TableRecord record;
  record.set_name(request.table_name);
  for (const auto& definition : *request.attribute_definitions) {
    auto* stored = record.add_attribute_definitions();
    stored->set_name(definition.attribute_name);
    stored->set_type(ToRecord(definition.attribute_type));
  }
  record.mutable_key_schema()->set_partition_key((*request.key_schema)[0].attribute_name);
  if (request.key_schema->size() > 1) {
    record.mutable_key_schema()->set_sort_key((*request.key_schema)[1].attribute_name);
  }
  AddIndexes(request, &record);
  AddSettings(request, &record);
  return record;
}

api::TableDescription Describe(const catalog::Table& table, const router::Router::Sizes& sizes) {
  const catalog::TableRecord& record = table.record;
  api::TableDescription description;
  description.table_name = record.name();
  description.table_arn = record.arn();
  description.table_id = record.id();
  description.table_status = FromRecord(record.status());
  description.creation_date_time = Seconds(record.created_us());
  for (const auto& definition : record.attribute_definitions()) {
    description.attribute_definitions.push_back({definition.name(), FromRecord(definition.type())});
  }
  const std::string* sort_key =
      record.key_schema().has_sort_key() ? &record.key_schema().sort_key() : nullptr;
  description.key_schema = KeySchemaOf(record.key_schema().partition_key(), sort_key);
  DescribeIndexes(table, sizes, &description);
  DescribeSettings(record, &description);
  const partition::Statistics statistics = SizeOf(sizes, 0);
  description.item_count = statistics.items;
  description.table_size_bytes = statistics.bytes;
  return description;
}

api::ApiError TableNotFound(std::string_view name) {
  return api::ResourceNotFoundException(
      fmt::format("Requested resource not found: Table: {} not found", name));
}

api::ApiError FromCheck(const Status& status) {
  if (status.code() == StatusCode::kUnimplemented) {
    return api::ValidationException(std::string(status.message()));
  }
  return api::FromStatus(status);
}

}  // namespace skerry::operations
