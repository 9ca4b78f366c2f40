#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Typed requests and results of the table operations; the same rules as item_types.h. Where the
// API's own shape is a plain record (key schema, throughput, ...), requests and descriptions share
// one type.

namespace skerry::api {

enum class KeyType : uint8_t { kHash, kRange };
enum class ScalarAttributeType : uint8_t { kS, kN, kB };
enum class ProjectionType : uint8_t { kAll, kKeysOnly, kInclude };
enum class BillingMode : uint8_t { kProvisioned, kPayPerRequest };
enum class TableStatus : uint8_t { kCreating, kUpdating, kDeleting, kActive };
enum class TableClass : uint8_t { kStandard, kStandardInfrequentAccess };

struct AttributeDefinition {
  std::string attribute_name;
  ScalarAttributeType attribute_type = ScalarAttributeType::kS;
  bool operator==(const AttributeDefinition&) const = default;
};
struct KeySchemaElement {
  std::string attribute_name;
  KeyType key_type = KeyType::kHash;
  bool operator==(const KeySchemaElement&) const = default;
};
struct Projection {
  std::optional<ProjectionType> projection_type;
  std::optional<std::vector<std::string>> non_key_attributes;
  bool operator==(const Projection&) const = default;
};
struct ProvisionedThroughput {
  int64_t read_capacity_units = 0;
  int64_t write_capacity_units = 0;
  bool operator==(const ProvisionedThroughput&) const = default;
};
struct OnDemandThroughput {
  std::optional<int64_t> max_read_request_units;
  std::optional<int64_t> max_write_request_units;
  bool operator==(const OnDemandThroughput&) const = default;
};
struct WarmThroughput {
  std::optional<int64_t> read_units_per_second;
  std::optional<int64_t> write_units_per_second;
  bool operator==(const WarmThroughput&) const = default;
};
struct LocalSecondaryIndex {
  std::string index_name;
  std::vector<KeySchemaElement> key_schema;
  Projection projection;
};
struct GlobalSecondaryIndex {
  std::string index_name;
  std::vector<KeySchemaElement> key_schema;
  Projection projection;
  std::optional<ProvisionedThroughput> provisioned_throughput;
  std::optional<OnDemandThroughput> on_demand_throughput;
  std::optional<WarmThroughput> warm_throughput;
};
struct StreamSpecification {
  bool stream_enabled = false;
  std::optional<std::string> stream_view_type;
};
struct SseSpecification {
  std::optional<bool> enabled;
  std::optional<std::string> sse_type;  // AES256, KMS
  std::optional<std::string> kms_master_key_id;
  bool operator==(const SseSpecification&) const = default;
};
struct Tag {
  std::string key;
  std::string value;
  bool operator==(const Tag&) const = default;
};

struct CreateTableRequest {
  std::string table_name;
  std::optional<std::vector<AttributeDefinition>> attribute_definitions;
  std::optional<std::vector<KeySchemaElement>> key_schema;
  std::optional<std::vector<LocalSecondaryIndex>> local_secondary_indexes;
  std::optional<std::vector<GlobalSecondaryIndex>> global_secondary_indexes;
  std::optional<BillingMode> billing_mode;
  std::optional<ProvisionedThroughput> provisioned_throughput;
  std::optional<OnDemandThroughput> on_demand_throughput;
  std::optional<WarmThroughput> warm_throughput;
  std::optional<StreamSpecification> stream_specification;
  std::optional<SseSpecification> sse_specification;
  std::optional<std::vector<Tag>> tags;
  std::optional<TableClass> table_class;
  std::optional<bool> deletion_protection_enabled;
  std::optional<std::string> resource_policy;
  std::optional<std::string> global_table_source_arn;
  bool has_vector_indexes = false;
};
struct GlobalSecondaryIndexUpdate {
  std::optional<GlobalSecondaryIndex> create;
  std::optional<GlobalSecondaryIndex> update;  // index name and throughput alone
  std::optional<std::string> delete_index_name;
};
struct UpdateTableRequest {
  std::string table_name;
  std::optional<std::vector<AttributeDefinition>> attribute_definitions;
  std::optional<BillingMode> billing_mode;
  std::optional<ProvisionedThroughput> provisioned_throughput;
  std::optional<OnDemandThroughput> on_demand_throughput;
  std::optional<WarmThroughput> warm_throughput;
  std::optional<std::vector<GlobalSecondaryIndexUpdate>> global_secondary_index_updates;
  std::optional<StreamSpecification> stream_specification;
  std::optional<SseSpecification> sse_specification;
  std::optional<TableClass> table_class;
  std::optional<bool> deletion_protection_enabled;
  bool has_replica_updates = false;
  bool has_multi_region_consistency = false;
  bool has_global_table_witness_updates = false;
  bool has_global_table_settings_replication_mode = false;
  bool has_vector_index_updates = false;
};
struct TableNameRequest {  // DescribeTable, DeleteTable and the Describe* of features
  std::string table_name;
};
struct ListTablesRequest {
  std::optional<std::string> exclusive_start_table_name;
  std::optional<int32_t> limit;
};
struct ListTablesResult {
  std::vector<std::string> table_names;
  std::optional<std::string> last_evaluated_table_name;
};

struct LocalSecondaryIndexDescription {
  LocalSecondaryIndex index;
  std::string index_arn;
  int64_t index_size_bytes = 0;
  int64_t item_count = 0;
};
// TableDescription of the API reference; what depends on a feature that is off is absent on the
// wire.
struct TableDescription {
  std::string table_name;
  std::string table_arn;
  std::string table_id;
  TableStatus table_status = TableStatus::kActive;
  double creation_date_time = 0;  // seconds since the epoch
  std::vector<AttributeDefinition> attribute_definitions;
  std::vector<KeySchemaElement> key_schema;
  std::vector<LocalSecondaryIndexDescription> local_secondary_indexes;
  BillingMode billing_mode = BillingMode::kProvisioned;
  std::optional<double> last_update_to_pay_per_request_date_time;
  ProvisionedThroughput provisioned_throughput;
  std::optional<double> last_increase_date_time;
  std::optional<double> last_decrease_date_time;
  int64_t number_of_decreases_today = 0;
  std::optional<OnDemandThroughput> on_demand_throughput;
  std::optional<WarmThroughput> warm_throughput;
  std::optional<SseSpecification> sse;    // present when SSE was asked for
  std::optional<TableClass> table_class;  // present when it was ever set
  std::optional<double> table_class_last_update_date_time;
  bool deletion_protection_enabled = false;
  int64_t table_size_bytes = 0;
  int64_t item_count = 0;
};

struct TagResourceRequest {
  std::string resource_arn;
  std::vector<Tag> tags;
};
struct UntagResourceRequest {
  std::string resource_arn;
  std::vector<std::string> tag_keys;
};
struct ListTagsOfResourceRequest {
  std::string resource_arn;
  std::optional<std::string> next_token;
};
struct ListTagsOfResourceResult {
  std::vector<Tag> tags;
  std::optional<std::string> next_token;
};
struct DescribeLimitsResult {
  int64_t account_max_read_capacity_units = 80000;
  int64_t account_max_write_capacity_units = 80000;
  int64_t table_max_read_capacity_units = 40000;
  int64_t table_max_write_capacity_units = 40000;
};
// Features that are off answer with what a table without them answers; the front writes the rest of
// the shape.
struct TableRef {
  std::string table_name;
  std::string table_arn;
};
struct Empty {};

}  // namespace skerry::api
