#include "server/api/table_types.h"
#include "server/dynamodb/fields.h"
#include "server/dynamodb/refused_shapes.h"
#include "server/dynamodb/shapes.h"

namespace skerry::dynamodb {

using api::AttributeDefinition;
using api::CreateTableRequest;
using api::GlobalSecondaryIndex;
using api::GlobalSecondaryIndexUpdate;
using api::KeySchemaElement;
using api::ListTablesRequest;
using api::ListTagsOfResourceRequest;
using api::LocalSecondaryIndex;
using api::OnDemandThroughput;
using api::Projection;
using api::ProvisionedThroughput;
using api::SseSpecification;
using api::StreamSpecification;
using api::TableNameRequest;
using api::Tag;
using api::TagResourceRequest;
using api::UntagResourceRequest;
using api::UpdateTableRequest;
using api::WarmThroughput;

template <>
struct EnumNames<api::KeyType> {
  static constexpr std::array<std::string_view, 2> names = {"HASH", "RANGE"};
  static constexpr std::array values = {api::KeyType::kHash, api::KeyType::kRange};
};
template <>
struct EnumNames<api::ScalarAttributeType> {
  static constexpr std::array<std::string_view, 3> names = {"B", "N", "S"};
  static constexpr std::array values = {api::ScalarAttributeType::kB, api::ScalarAttributeType::kN,
                                        api::ScalarAttributeType::kS};
};
template <>
struct EnumNames<api::ProjectionType> {
  static constexpr std::array<std::string_view, 3> names = {"ALL", "INCLUDE", "KEYS_ONLY"};
  static constexpr std::array values = {api::ProjectionType::kAll, api::ProjectionType::kInclude,
                                        api::ProjectionType::kKeysOnly};
};
template <>
struct EnumNames<api::BillingMode> {
  static constexpr std::array<std::string_view, 2> names = {"PROVISIONED", "PAY_PER_REQUEST"};
  static constexpr std::array values = {api::BillingMode::kProvisioned,
                                        api::BillingMode::kPayPerRequest};
};
template <>
struct EnumNames<api::TableClass> {
  static constexpr std::array<std::string_view, 2> names = {"STANDARD",
                                                            "STANDARD_INFREQUENT_ACCESS"};
  static constexpr std::array values = {api::TableClass::kStandard,
                                        api::TableClass::kStandardInfrequentAccess};
};

namespace {

constexpr std::string_view kSseTypes[] = {"AES256", "KMS"};
constexpr std::string_view kStreamViewTypes[] = {"NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES",
                                                 "KEYS_ONLY"};

constexpr Presence kRequired = Presence::kRequired;
constexpr Presence kOptional = Presence::kOptional;
constexpr Handling kRecorded = Handling::kRecorded;
constexpr Handling kRefused = Handling::kRefused;

constexpr Constraint kAny = {};
constexpr Constraint kNotEmpty = {.min = 1};
constexpr Constraint kPositive = {.min = 1};
constexpr Constraint kTableArn = {.min = 1, .max = 1024};
constexpr Constraint kTableName = {.min = 3, .max = 255, .name_pattern = true};
constexpr Constraint kIndexName = {.min = 3, .max = 255, .name_pattern = true};
constexpr Constraint kKeyAttributeName = {.min = 1, .max = 255};
constexpr Constraint kNonKeyAttributes = {.min = 1, .max = 20};
constexpr Constraint kResourceArn = {.min = 1, .max = 1283};
constexpr Constraint kTagKey = {.min = 1, .max = 128};
constexpr Constraint kTagValue = {.min = 0, .max = 256};
constexpr Constraint kListTablesLimit = {.min = 1, .max = 100};
constexpr Constraint kSseType = {.allowed = kSseTypes};
constexpr Constraint kStreamViewType = {.allowed = kStreamViewTypes};

constexpr Member kAttributeDefinition[] = {
    {"AttributeName", Into<AttributeDefinition, &AttributeDefinition::attribute_name>, kRequired,
     kKeyAttributeName},
    {"AttributeType", Into<AttributeDefinition, &AttributeDefinition::attribute_type>, kRequired},
};
constexpr Member kKeySchemaElement[] = {
    {"AttributeName", Into<KeySchemaElement, &KeySchemaElement::attribute_name>, kRequired,
     kKeyAttributeName},
    {"KeyType", Into<KeySchemaElement, &KeySchemaElement::key_type>, kRequired},
};
constexpr Member kProjection[] = {
    {"ProjectionType", Into<Projection, &Projection::projection_type>},
    {"NonKeyAttributes", Into<Projection, &Projection::non_key_attributes>, kOptional,
     kNonKeyAttributes, kKeyAttributeName},
};
constexpr Member kProvisionedThroughput[] = {
    {"ReadCapacityUnits", Into<ProvisionedThroughput, &ProvisionedThroughput::read_capacity_units>,
     kRequired, kPositive},
    {"WriteCapacityUnits",
     Into<ProvisionedThroughput, &ProvisionedThroughput::write_capacity_units>, kRequired,
     kPositive},
};
constexpr Member kOnDemandThroughput[] = {
    {"MaxReadRequestUnits", Into<OnDemandThroughput, &OnDemandThroughput::max_read_request_units>},
    {"MaxWriteRequestUnits",
     Into<OnDemandThroughput, &OnDemandThroughput::max_write_request_units>},
};
constexpr Member kWarmThroughput[] = {
    {"ReadUnitsPerSecond", Into<WarmThroughput, &WarmThroughput::read_units_per_second>},
    {"WriteUnitsPerSecond", Into<WarmThroughput, &WarmThroughput::write_units_per_second>},
};
constexpr Member kStreamSpecification[] = {
    {"StreamEnabled", Into<StreamSpecification, &StreamSpecification::stream_enabled>, kRequired},
    {"StreamViewType", Into<StreamSpecification, &StreamSpecification::stream_view_type>, kOptional,
     kStreamViewType},
};
constexpr Member kSseSpecification[] = {
    {"Enabled", Into<SseSpecification, &SseSpecification::enabled>},
    {"SSEType", Into<SseSpecification, &SseSpecification::sse_type>, kOptional, kSseType},
    {"KMSMasterKeyId", Into<SseSpecification, &SseSpecification::kms_master_key_id>},
};
constexpr Member kTag[] = {
    {"Key", Into<Tag, &Tag::key>, kRequired, kTagKey},
    {"Value", Into<Tag, &Tag::value>, kRequired, kTagValue},
};

}  // namespace

template <>
struct ShapeOf<AttributeDefinition> {
  static Shape shape() { return kAttributeDefinition; }
};
template <>
struct ShapeOf<KeySchemaElement> {
  static Shape shape() { return kKeySchemaElement; }
};
template <>
struct ShapeOf<Projection> {
  static Shape shape() { return kProjection; }
};
template <>
struct ShapeOf<ProvisionedThroughput> {
  static Shape shape() { return kProvisionedThroughput; }
};
template <>
struct ShapeOf<OnDemandThroughput> {
  static Shape shape() { return kOnDemandThroughput; }
};
template <>
struct ShapeOf<WarmThroughput> {
  static Shape shape() { return kWarmThroughput; }
};
template <>
struct ShapeOf<StreamSpecification> {
  static Shape shape() { return kStreamSpecification; }
};
template <>
struct ShapeOf<SseSpecification> {
  static Shape shape() { return kSseSpecification; }
};
template <>
struct ShapeOf<Tag> {
  static Shape shape() { return kTag; }
};

namespace {

constexpr Member kLocalSecondaryIndex[] = {
    {"IndexName", Into<LocalSecondaryIndex, &LocalSecondaryIndex::index_name>, kRequired,
     kIndexName},
    {"KeySchema", Into<LocalSecondaryIndex, &LocalSecondaryIndex::key_schema>, kRequired,
     kNotEmpty},
    {"Projection", Into<LocalSecondaryIndex, &LocalSecondaryIndex::projection>, kRequired},
};
constexpr Member kGlobalSecondaryIndex[] = {
    {"IndexName", Into<GlobalSecondaryIndex, &GlobalSecondaryIndex::index_name>, kRequired,
     kIndexName},
    {"KeySchema", Into<GlobalSecondaryIndex, &GlobalSecondaryIndex::key_schema>, kRequired,
     kNotEmpty},
    {"Projection", Into<GlobalSecondaryIndex, &GlobalSecondaryIndex::projection>, kRequired},
    {"ProvisionedThroughput",
     Into<GlobalSecondaryIndex, &GlobalSecondaryIndex::provisioned_throughput>},
    {"OnDemandThroughput", Into<GlobalSecondaryIndex, &GlobalSecondaryIndex::on_demand_throughput>},
    {"WarmThroughput", Into<GlobalSecondaryIndex, &GlobalSecondaryIndex::warm_throughput>},
};

// The three actions of GlobalSecondaryIndexUpdates. Update names an index and its throughput alone.
constexpr Member kUpdateIndex[] = {
    {"IndexName", Into<GlobalSecondaryIndex, &GlobalSecondaryIndex::index_name>, kRequired,
     kIndexName},
    {"ProvisionedThroughput",
     Into<GlobalSecondaryIndex, &GlobalSecondaryIndex::provisioned_throughput>},
    {"OnDemandThroughput", Into<GlobalSecondaryIndex, &GlobalSecondaryIndex::on_demand_throughput>},
    {"WarmThroughput", Into<GlobalSecondaryIndex, &GlobalSecondaryIndex::warm_throughput>},
};
constexpr Member kDeleteIndex[] = {
    {"IndexName", Into<GlobalSecondaryIndexUpdate, &GlobalSecondaryIndexUpdate::delete_index_name>,
     kRequired, kIndexName},
};
void ReadUpdateIndex(Decoder& decoder, void* object, const Member&) {
  auto& update = static_cast<GlobalSecondaryIndexUpdate*>(object)->update;
  if (decoder.BeginStructure()) decoder.DecodeStructure(kUpdateIndex, &update.emplace());
}
void ReadDeleteIndex(Decoder& decoder, void* object, const Member&) {
  if (decoder.BeginStructure()) decoder.DecodeStructure(kDeleteIndex, object);
}

}  // namespace

template <>
struct ShapeOf<LocalSecondaryIndex> {
  static Shape shape() { return kLocalSecondaryIndex; }
};
template <>
struct ShapeOf<GlobalSecondaryIndex> {
  static Shape shape() { return kGlobalSecondaryIndex; }
};

namespace {

constexpr Member kGlobalSecondaryIndexUpdate[] = {
    {"Update", ReadUpdateIndex},
    {"Create", Into<GlobalSecondaryIndexUpdate, &GlobalSecondaryIndexUpdate::create>},
    {"Delete", ReadDeleteIndex},
};

}  // namespace

template <>
struct ShapeOf<GlobalSecondaryIndexUpdate> {
  static Shape shape() { return kGlobalSecondaryIndexUpdate; }
};

namespace {

using Create = CreateTableRequest;
constexpr Member kCreateTable[] = {
    {"AttributeDefinitions", Into<Create, &Create::attribute_definitions>},
    {"TableName", TableInto<Create, &Create::table_name>, kRequired, kTableArn},
    {"KeySchema", Into<Create, &Create::key_schema>, kOptional, kNotEmpty},
    {"LocalSecondaryIndexes", Into<Create, &Create::local_secondary_indexes>},
    {"GlobalSecondaryIndexes", Into<Create, &Create::global_secondary_indexes>, kOptional, kAny,
     kAny, kRefused},
    {"BillingMode", Into<Create, &Create::billing_mode>},
    {"ProvisionedThroughput", Into<Create, &Create::provisioned_throughput>},
    {"StreamSpecification", Into<Create, &Create::stream_specification>, kOptional, kAny, kAny,
     kRefused},
    {"SSESpecification", Into<Create, &Create::sse_specification>, kOptional, kAny, kAny,
     kRecorded},
    {"Tags", Into<Create, &Create::tags>},
    {"TableClass", Into<Create, &Create::table_class>, kOptional, kAny, kAny, kRecorded},
    {"DeletionProtectionEnabled", Into<Create, &Create::deletion_protection_enabled>},
    {"WarmThroughput", Into<Create, &Create::warm_throughput>, kOptional, kAny, kAny, kRecorded},
    {"ResourcePolicy", Into<Create, &Create::resource_policy>, kOptional, kAny, kAny, kRefused},
    {"OnDemandThroughput", Into<Create, &Create::on_demand_throughput>, kOptional, kAny, kAny,
     kRecorded},
    {"GlobalTableSourceArn", Into<Create, &Create::global_table_source_arn>, kOptional, kTableArn,
     kAny, kRefused},
    {"GlobalTableSettingsReplicationMode", Refused<CheckReplicationMode>, kOptional, kAny, kAny,
     kRefused},
    {"VectorIndexes", PresenceInto<Create, &Create::has_vector_indexes, CheckVectorIndexes>,
     kOptional, kAny, kAny, kRefused},
};

using Update = UpdateTableRequest;
constexpr Member kUpdateTable[] = {
    {"AttributeDefinitions", Into<Update, &Update::attribute_definitions>},
    {"TableName", TableInto<Update, &Update::table_name>, kRequired, kTableArn},
    {"BillingMode", Into<Update, &Update::billing_mode>},
    {"ProvisionedThroughput", Into<Update, &Update::provisioned_throughput>},
    {"GlobalSecondaryIndexUpdates", Into<Update, &Update::global_secondary_index_updates>,
     kOptional, kAny, kAny, kRefused},
    {"StreamSpecification", Into<Update, &Update::stream_specification>, kOptional, kAny, kAny,
     kRefused},
    {"SSESpecification", Into<Update, &Update::sse_specification>, kOptional, kAny, kAny,
     kRecorded},
    {"ReplicaUpdates", PresenceInto<Update, &Update::has_replica_updates, CheckReplicaUpdates>,
     kOptional, kAny, kAny, kRefused},
    {"TableClass", Into<Update, &Update::table_class>, kOptional, kAny, kAny, kRecorded},
    {"DeletionProtectionEnabled", Into<Update, &Update::deletion_protection_enabled>},
    {"MultiRegionConsistency",
     PresenceInto<Update, &Update::has_multi_region_consistency, CheckConsistencyMode>, kOptional,
     kAny, kAny, kRefused},
    {"GlobalTableWitnessUpdates",
     PresenceInto<Update, &Update::has_global_table_witness_updates, CheckWitnessUpdates>,
     kOptional, kAny, kAny, kRefused},
    {"OnDemandThroughput", Into<Update, &Update::on_demand_throughput>, kOptional, kAny, kAny,
     kRecorded},
    {"WarmThroughput", Into<Update, &Update::warm_throughput>, kOptional, kAny, kAny, kRecorded},
    {"GlobalTableSettingsReplicationMode",
     PresenceInto<Update, &Update::has_global_table_settings_replication_mode,
                  CheckReplicationMode>,
     kOptional, kAny, kAny, kRefused},
    {"DisassociationProtectionEnabled", Refused<CheckBool>, kOptional, kAny, kAny, kRefused},
    {"VectorIndexUpdates",
     PresenceInto<Update, &Update::has_vector_index_updates, CheckVectorIndexUpdates>, kOptional,
     kAny, kAny, kRefused},
};

constexpr Member kTableNameOnly[] = {
    {"TableName", TableInto<TableNameRequest, &TableNameRequest::table_name>, kRequired, kTableArn},
};
constexpr Member kListTables[] = {
    {"ExclusiveStartTableName",
     Into<ListTablesRequest, &ListTablesRequest::exclusive_start_table_name>, kOptional,
     kTableName},
    {"Limit", Into<ListTablesRequest, &ListTablesRequest::limit>, kOptional, kListTablesLimit},
};
constexpr Member kTagResource[] = {
    {"ResourceArn", Into<TagResourceRequest, &TagResourceRequest::resource_arn>, kRequired,
     kResourceArn},
    {"Tags", Into<TagResourceRequest, &TagResourceRequest::tags>, kRequired},
};
constexpr Member kUntagResource[] = {
    {"ResourceArn", Into<UntagResourceRequest, &UntagResourceRequest::resource_arn>, kRequired,
     kResourceArn},
    {"TagKeys", Into<UntagResourceRequest, &UntagResourceRequest::tag_keys>, kRequired, kAny,
     kTagKey},
};
constexpr Member kListTagsOfResource[] = {
    {"ResourceArn", Into<ListTagsOfResourceRequest, &ListTagsOfResourceRequest::resource_arn>,
     kRequired, kResourceArn},
    {"NextToken", Into<ListTagsOfResourceRequest, &ListTagsOfResourceRequest::next_token>},
};

}  // namespace

Shape CreateTableShape() { return kCreateTable; }
Shape UpdateTableShape() { return kUpdateTable; }
Shape TableNameShape() { return kTableNameOnly; }
Shape ListTablesShape() { return kListTables; }
Shape TagResourceShape() { return kTagResource; }
Shape UntagResourceShape() { return kUntagResource; }
Shape ListTagsOfResourceShape() { return kListTagsOfResource; }

}  // namespace skerry::dynamodb
