#include "server/api/item_types.h"
#include "server/dynamodb/fields.h"
#include "server/dynamodb/shapes.h"

namespace skerry::dynamodb {

using api::BatchGetItemRequest;
using api::BatchWriteItemRequest;
using api::DeleteItemRequest;
using api::GetItemRequest;
using api::KeysAndAttributes;
using api::PutItemRequest;
using api::QueryRequest;
using api::ScanRequest;
using api::UpdateItemRequest;
using api::WriteCondition;
using api::WriteRequest;
using api::WriteReturns;
using expression::ByName;
using expression::LegacyCondition;
using expression::LegacyExpected;
using expression::LegacyUpdate;

template <>
struct EnumNames<api::ReturnConsumedCapacity> {
  static constexpr std::array<std::string_view, 3> names = {"INDEXES", "TOTAL", "NONE"};
  static constexpr std::array values = {api::ReturnConsumedCapacity::kIndexes,
                                        api::ReturnConsumedCapacity::kTotal,
                                        api::ReturnConsumedCapacity::kNone};
};
template <>
struct EnumNames<api::ReturnItemCollectionMetrics> {
  static constexpr std::array<std::string_view, 2> names = {"SIZE", "NONE"};
  static constexpr std::array values = {api::ReturnItemCollectionMetrics::kSize,
                                        api::ReturnItemCollectionMetrics::kNone};
};
template <>
struct EnumNames<api::ReturnValues> {
  static constexpr std::array<std::string_view, 5> names = {"ALL_NEW", "UPDATED_OLD", "ALL_OLD",
                                                            "NONE", "UPDATED_NEW"};
  static constexpr std::array values = {api::ReturnValues::kAllNew, api::ReturnValues::kUpdatedOld,
                                        api::ReturnValues::kAllOld, api::ReturnValues::kNone,
                                        api::ReturnValues::kUpdatedNew};
};
template <>
struct EnumNames<api::ReturnValuesOnConditionCheckFailure> {
  static constexpr std::array<std::string_view, 2> names = {"ALL_OLD", "NONE"};
  static constexpr std::array values = {api::ReturnValuesOnConditionCheckFailure::kAllOld,
                                        api::ReturnValuesOnConditionCheckFailure::kNone};
};
template <>
struct EnumNames<api::ConditionalOperator> {
  static constexpr std::array<std::string_view, 2> names = {"OR", "AND"};
  static constexpr std::array values = {api::ConditionalOperator::kOr,
                                        api::ConditionalOperator::kAnd};
};
template <>
struct EnumNames<api::Select> {
  static constexpr std::array<std::string_view, 4> names = {
      "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"};
  static constexpr std::array values = {api::Select::kSpecificAttributes, api::Select::kCount,
                                        api::Select::kAllAttributes,
                                        api::Select::kAllProjectedAttributes};
};

namespace {

constexpr std::string_view kComparisonOperators[] = {
    "IN",       "NULL", "BETWEEN", "LT",          "NOT_CONTAINS", "EQ",      "GT",
    "NOT_NULL", "NE",   "LE",      "BEGINS_WITH", "GE",           "CONTAINS"};
constexpr std::string_view kAttributeActions[] = {"ADD", "DELETE", "PUT"};

constexpr Presence kRequired = Presence::kRequired;
constexpr Presence kOptional = Presence::kOptional;

constexpr Constraint kAny = {};
constexpr Constraint kNotEmpty = {.min = 1};
constexpr Constraint kTableArn = {.min = 1, .max = 1024};
constexpr Constraint kAttributeName = {.max = 65535};
constexpr Constraint kIndexName = {.min = 3, .max = 255, .name_pattern = true};
constexpr Constraint kComparison = {.allowed = kComparisonOperators};
constexpr Constraint kAction = {.allowed = kAttributeActions};
constexpr Constraint kSegment = {.min = 0, .max = 999999};
constexpr Constraint kTotalSegments = {.min = 1, .max = 1000000};

constexpr Member kLegacyCondition[] = {
    {"AttributeValueList", Into<LegacyCondition, &LegacyCondition::attribute_value_list>},
    {"ComparisonOperator", Into<LegacyCondition, &LegacyCondition::comparison_operator>, kRequired,
     kComparison},
};
constexpr Member kLegacyExpected[] = {
    {"Value", Into<LegacyExpected, &LegacyExpected::value>},
    {"Exists", Into<LegacyExpected, &LegacyExpected::exists>},
    {"ComparisonOperator", Into<LegacyExpected, &LegacyExpected::comparison_operator>, kOptional,
     kComparison},
    {"AttributeValueList", Into<LegacyExpected, &LegacyExpected::attribute_value_list>},
};
constexpr Member kLegacyUpdate[] = {
    {"Value", Into<LegacyUpdate, &LegacyUpdate::value>},
    {"Action", Into<LegacyUpdate, &LegacyUpdate::action>, kOptional, kAction},
};

}  // namespace

template <>
struct ShapeOf<LegacyCondition> {
  static Shape shape() { return kLegacyCondition; }
};
template <>
struct ShapeOf<LegacyExpected> {
  static Shape shape() { return kLegacyExpected; }
};
template <>
struct ShapeOf<LegacyUpdate> {
  static Shape shape() { return kLegacyUpdate; }
};

namespace {

constexpr Member kGetItem[] = {
    {"TableName", TableInto<GetItemRequest, &GetItemRequest::table_name>, kRequired, kTableArn},
    {"Key", Into<GetItemRequest, &GetItemRequest::key>, kRequired},
    {"AttributesToGet", Into<GetItemRequest, &GetItemRequest::attributes_to_get>, kOptional,
     kNotEmpty, kAttributeName},
    {"ConsistentRead", Into<GetItemRequest, &GetItemRequest::consistent_read>},
    {"ReturnConsumedCapacity", Into<GetItemRequest, &GetItemRequest::return_consumed_capacity>},
    {"ProjectionExpression", Into<GetItemRequest, &GetItemRequest::projection_expression>},
    {"ExpressionAttributeNames", Into<GetItemRequest, &GetItemRequest::expression_attribute_names>,
     kOptional, kAny, kAttributeName},
};

// Members that the three single writes share.
template <typename R>
constexpr Member kReturnValues = {"ReturnValues",
                                  Into<R, &R::returns, &WriteReturns::return_values>};
template <typename R>
constexpr Member kReturnConsumedCapacity = {
    "ReturnConsumedCapacity", Into<R, &R::returns, &WriteReturns::return_consumed_capacity>};
template <typename R>
constexpr Member kReturnItemCollectionMetrics = {
    "ReturnItemCollectionMetrics",
    Into<R, &R::returns, &WriteReturns::return_item_collection_metrics>};
template <typename R>
constexpr Member kExpected = {"Expected", Into<R, &R::condition, &WriteCondition::expected>};
template <typename R>
constexpr Member kConditionalOperator = {
    "ConditionalOperator", Into<R, &R::condition, &WriteCondition::conditional_operator>};
template <typename R>
constexpr Member kConditionExpression = {
    "ConditionExpression", Into<R, &R::condition, &WriteCondition::condition_expression>};
template <typename R>
constexpr Member kNames = {"ExpressionAttributeNames",
                           Into<R, &R::condition, &WriteCondition::expression_attribute_names>,
                           kOptional, kAny, kAttributeName};
template <typename R>
constexpr Member kValues = {
    "ExpressionAttributeValues",
    ValuesInto<R, &R::condition, &WriteCondition::expression_attribute_values>};
template <typename R>
constexpr Member kReturnOnFailure = {
    "ReturnValuesOnConditionCheckFailure",
    Into<R, &R::condition, &WriteCondition::return_values_on_condition_check_failure>};

constexpr Member kPutItem[] = {
    {"TableName", TableInto<PutItemRequest, &PutItemRequest::table_name>, kRequired, kTableArn},
    {"Item", Into<PutItemRequest, &PutItemRequest::item>, kRequired},
    kExpected<PutItemRequest>,
    kReturnValues<PutItemRequest>,
    kReturnConsumedCapacity<PutItemRequest>,
    kReturnItemCollectionMetrics<PutItemRequest>,
    kConditionalOperator<PutItemRequest>,
    kConditionExpression<PutItemRequest>,
    kNames<PutItemRequest>,
    kValues<PutItemRequest>,
    kReturnOnFailure<PutItemRequest>,
};
constexpr Member kDeleteItem[] = {
    {"TableName", TableInto<DeleteItemRequest, &DeleteItemRequest::table_name>, kRequired,
     kTableArn},
    {"Key", Into<DeleteItemRequest, &DeleteItemRequest::key>, kRequired},
    kExpected<DeleteItemRequest>,
    kConditionalOperator<DeleteItemRequest>,
    kReturnValues<DeleteItemRequest>,
    kReturnConsumedCapacity<DeleteItemRequest>,
    kReturnItemCollectionMetrics<DeleteItemRequest>,
    kConditionExpression<DeleteItemRequest>,
    kNames<DeleteItemRequest>,
    kValues<DeleteItemRequest>,
    kReturnOnFailure<DeleteItemRequest>,
};
constexpr Member kUpdateItem[] = {
    {"TableName", TableInto<UpdateItemRequest, &UpdateItemRequest::table_name>, kRequired,
     kTableArn},
    {"Key", Into<UpdateItemRequest, &UpdateItemRequest::key>, kRequired},
    {"AttributeUpdates", Into<UpdateItemRequest, &UpdateItemRequest::attribute_updates>},
    kExpected<UpdateItemRequest>,
    kConditionalOperator<UpdateItemRequest>,
    kReturnValues<UpdateItemRequest>,
    kReturnConsumedCapacity<UpdateItemRequest>,
    kReturnItemCollectionMetrics<UpdateItemRequest>,
    {"UpdateExpression", Into<UpdateItemRequest, &UpdateItemRequest::update_expression>},
    kConditionExpression<UpdateItemRequest>,
    kNames<UpdateItemRequest>,
    kValues<UpdateItemRequest>,
    kReturnOnFailure<UpdateItemRequest>,
};

// ExclusiveStartKey stands last, since its value is looked at last.
constexpr Member kQuery[] = {
    {"TableName", TableInto<QueryRequest, &QueryRequest::table_name>, kRequired, kTableArn},
    {"IndexName", Into<QueryRequest, &QueryRequest::index_name>, kOptional, kIndexName},
    {"Select", Into<QueryRequest, &QueryRequest::select>},
    {"AttributesToGet", Into<QueryRequest, &QueryRequest::attributes_to_get>, kOptional, kNotEmpty,
     kAttributeName},
    {"Limit", Into<QueryRequest, &QueryRequest::limit>, kOptional, kNotEmpty},
    {"ConsistentRead", Into<QueryRequest, &QueryRequest::consistent_read>},
    {"KeyConditions", Into<QueryRequest, &QueryRequest::key_conditions>},
    {"QueryFilter", Into<QueryRequest, &QueryRequest::query_filter>},
    {"ConditionalOperator", Into<QueryRequest, &QueryRequest::conditional_operator>},
    {"ScanIndexForward", Into<QueryRequest, &QueryRequest::scan_index_forward>},
    {"ReturnConsumedCapacity", Into<QueryRequest, &QueryRequest::return_consumed_capacity>},
    {"ProjectionExpression", Into<QueryRequest, &QueryRequest::projection_expression>},
    {"FilterExpression", Into<QueryRequest, &QueryRequest::filter_expression>},
    {"KeyConditionExpression", Into<QueryRequest, &QueryRequest::key_condition_expression>},
    {"ExpressionAttributeNames", Into<QueryRequest, &QueryRequest::expression_attribute_names>,
     kOptional, kAny, kAttributeName},
    {"ExpressionAttributeValues",
     ValuesInto<QueryRequest, &QueryRequest::expression_attribute_values>},
    {"ExclusiveStartKey", Into<QueryRequest, &QueryRequest::exclusive_start_key>},
};
constexpr Member kScan[] = {
    {"TableName", TableInto<ScanRequest, &ScanRequest::table_name>, kRequired, kTableArn},
    {"IndexName", Into<ScanRequest, &ScanRequest::index_name>, kOptional, kIndexName},
    {"AttributesToGet", Into<ScanRequest, &ScanRequest::attributes_to_get>, kOptional, kNotEmpty,
     kAttributeName},
    {"Limit", Into<ScanRequest, &ScanRequest::limit>, kOptional, kNotEmpty},
    {"Select", Into<ScanRequest, &ScanRequest::select>},
    {"ScanFilter", Into<ScanRequest, &ScanRequest::scan_filter>},
    {"ConditionalOperator", Into<ScanRequest, &ScanRequest::conditional_operator>},
    {"ReturnConsumedCapacity", Into<ScanRequest, &ScanRequest::return_consumed_capacity>},
    {"TotalSegments", Into<ScanRequest, &ScanRequest::total_segments>, kOptional, kTotalSegments},
    {"Segment", Into<ScanRequest, &ScanRequest::segment>, kOptional, kSegment},
    {"ProjectionExpression", Into<ScanRequest, &ScanRequest::projection_expression>},
    {"FilterExpression", Into<ScanRequest, &ScanRequest::filter_expression>},
    {"ExpressionAttributeNames", Into<ScanRequest, &ScanRequest::expression_attribute_names>,
     kOptional, kAny, kAttributeName},
    {"ExpressionAttributeValues",
     ValuesInto<ScanRequest, &ScanRequest::expression_attribute_values>},
    {"ConsistentRead", Into<ScanRequest, &ScanRequest::consistent_read>},
    {"ExclusiveStartKey", Into<ScanRequest, &ScanRequest::exclusive_start_key>},
};

constexpr Member kKeysAndAttributes[] = {
    {"Keys", Into<KeysAndAttributes, &KeysAndAttributes::keys>, kRequired, kNotEmpty},
    {"AttributesToGet", Into<KeysAndAttributes, &KeysAndAttributes::attributes_to_get>, kOptional,
     kNotEmpty, kAttributeName},
    {"ConsistentRead", Into<KeysAndAttributes, &KeysAndAttributes::consistent_read>},
    {"ProjectionExpression", Into<KeysAndAttributes, &KeysAndAttributes::projection_expression>},
    {"ExpressionAttributeNames",
     Into<KeysAndAttributes, &KeysAndAttributes::expression_attribute_names>, kOptional, kAny,
     kAttributeName},
};

constexpr Member kPutRequest[] = {
    {"Item", Into<WriteRequest, &WriteRequest::put_item>, kRequired},
};
constexpr Member kDeleteRequest[] = {
    {"Key", Into<WriteRequest, &WriteRequest::delete_key>, kRequired},
};
void ReadPutRequest(Decoder& decoder, void* object, const Member&) {
  if (decoder.BeginStructure()) decoder.DecodeStructure(kPutRequest, object);
}
void ReadDeleteRequest(Decoder& decoder, void* object, const Member&) {
  if (decoder.BeginStructure()) decoder.DecodeStructure(kDeleteRequest, object);
}
constexpr Member kWriteRequest[] = {
    {"PutRequest", ReadPutRequest},
    {"DeleteRequest", ReadDeleteRequest},
};

}  // namespace

template <>
struct ShapeOf<KeysAndAttributes> {
  static Shape shape() { return kKeysAndAttributes; }
};
template <>
struct ShapeOf<WriteRequest> {
  static Shape shape() { return kWriteRequest; }
};

namespace {

// RequestItems: by table, whose names are resolved once they have been read.
template <typename T>
void ResolveKeys(Decoder& decoder, ByName<T>* by_table) {
  if (!decoder.reader().ok()) return;
  for (auto& [name, request] : *by_table) decoder.ResolveTableName(&name);
}
void ReadGets(Decoder& decoder, void* object, const Member& member) {
  auto& items = static_cast<BatchGetItemRequest*>(object)->request_items;
  ReadField(decoder, member, &items);
  ResolveKeys(decoder, &items);
}
void ReadWrites(Decoder& decoder, void* object, const Member& member) {
  auto& items = static_cast<BatchWriteItemRequest*>(object)->request_items;
  ReadMap(decoder, member.own, &items,
          [&](std::vector<WriteRequest>* writes) { ReadList(decoder, kAny, kAny, writes); });
  ResolveKeys(decoder, &items);
}

// The upper bounds of batches are left to the operations, which have sentences of their own for
// them.
constexpr Member kBatchGetItem[] = {
    {"RequestItems", ReadGets, kRequired, kNotEmpty},
    {"ReturnConsumedCapacity",
     Into<BatchGetItemRequest, &BatchGetItemRequest::return_consumed_capacity>},
};
constexpr Member kBatchWriteItem[] = {
    {"RequestItems", ReadWrites, kRequired, kNotEmpty},
    {"ReturnConsumedCapacity",
     Into<BatchWriteItemRequest, &BatchWriteItemRequest::return_consumed_capacity>},
    {"ReturnItemCollectionMetrics",
     Into<BatchWriteItemRequest, &BatchWriteItemRequest::return_item_collection_metrics>},
};

}  // namespace

Shape GetItemShape() { return kGetItem; }
Shape PutItemShape() { return kPutItem; }
Shape UpdateItemShape() { return kUpdateItem; }
Shape DeleteItemShape() { return kDeleteItem; }
Shape QueryShape() { return kQuery; }
Shape ScanShape() { return kScan; }
Shape BatchGetItemShape() { return kBatchGetItem; }
Shape BatchWriteItemShape() { return kBatchWriteItem; }

}  // namespace skerry::dynamodb
