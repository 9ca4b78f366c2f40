#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/document/attribute_value.h"
#include "storage/document/item_codec.h"
#include "storage/expression/compiler.h"
#include "storage/expression/legacy.h"

// Typed requests and results of the item operations. Members are those of the API reference, in
// snake_case; an absent member is an empty optional, since the rules on what may be combined depend
// on presence. A front has checked shapes, enumerations and bounds; all other rules belong to
// server/operations.

namespace skerry::api {

using document::AttributeMap;
using document::EncodedItem;
using document::Item;
using expression::ByName;
using expression::LegacyCondition;
using expression::LegacyExpected;
using expression::LegacyUpdate;
using expression::NameMap;

enum class ReturnConsumedCapacity : uint8_t { kNone, kTotal, kIndexes };
enum class ReturnItemCollectionMetrics : uint8_t { kNone, kSize };
enum class ReturnValues : uint8_t { kNone, kAllOld, kUpdatedOld, kAllNew, kUpdatedNew };
enum class ReturnValuesOnConditionCheckFailure : uint8_t { kNone, kAllOld };
enum class ConditionalOperator : uint8_t { kAnd, kOr };
enum class Select : uint8_t {
  kAllAttributes,
  kAllProjectedAttributes,
  kSpecificAttributes,
  kCount
};

// In half units, so that eventually consistent reads stay exact.
struct CapacityUnits {
  uint64_t read_halves = 0;
  uint64_t write_units = 0;
};
struct ConsumedCapacity {
  std::string table_name;  // as the service reports it: the name, or the ARN if that was sent
  CapacityUnits table;
  ByName<CapacityUnits> local_indexes;  // indexes that consumed something
  ByName<CapacityUnits> global_indexes;
  ReturnConsumedCapacity detail = ReturnConsumedCapacity::kTotal;
  bool is_write = false;
};
struct ItemCollectionMetrics {
  EncodedItem item_collection_key;  // the partition key attribute alone
  double size_low_gb = 0;
  double size_high_gb = 1;
};

struct GetItemRequest {
  std::string table_name;
  AttributeMap key;
  std::optional<std::vector<std::string>> attributes_to_get;
  std::optional<bool> consistent_read;
  ReturnConsumedCapacity return_consumed_capacity = ReturnConsumedCapacity::kNone;
  std::optional<std::string> projection_expression;
  std::optional<NameMap> expression_attribute_names;
};
struct GetItemResult {
  std::optional<EncodedItem> item;
  std::optional<ConsumedCapacity> consumed_capacity;
};

// What the three single writes share.
struct WriteCondition {
  std::optional<ByName<LegacyExpected>> expected;
  std::optional<ConditionalOperator> conditional_operator;
  std::optional<std::string> condition_expression;
  std::optional<NameMap> expression_attribute_names;
  std::optional<AttributeMap> expression_attribute_values;
  ReturnValuesOnConditionCheckFailure return_values_on_condition_check_failure =
      ReturnValuesOnConditionCheckFailure::kNone;
};
struct WriteReturns {
  std::optional<ReturnValues> return_values;
  ReturnConsumedCapacity return_consumed_capacity = ReturnConsumedCapacity::kNone;
  ReturnItemCollectionMetrics return_item_collection_metrics = ReturnItemCollectionMetrics::kNone;
};

struct PutItemRequest {
  std::string table_name;
  AttributeMap item;
  WriteCondition condition;
  WriteReturns returns;
};
struct DeleteItemRequest {
  std::string table_name;
  AttributeMap key;
  WriteCondition condition;
  WriteReturns returns;
};
struct UpdateItemRequest {
  std::string table_name;
  AttributeMap key;
  std::optional<ByName<LegacyUpdate>> attribute_updates;
  std::optional<std::string> update_expression;
  WriteCondition condition;
  WriteReturns returns;
};
// Of all three.
struct WriteResult {
  std::optional<EncodedItem> attributes;
  std::optional<ConsumedCapacity> consumed_capacity;
  std::optional<ItemCollectionMetrics> item_collection_metrics;
};

// What Query and Scan share.
struct ReadManyRequest {
  std::string table_name;
  std::optional<std::string> index_name;
  std::optional<Select> select;
  std::optional<std::vector<std::string>> attributes_to_get;
  std::optional<int32_t> limit;
  std::optional<bool> consistent_read;
  std::optional<ConditionalOperator> conditional_operator;
  std::optional<AttributeMap> exclusive_start_key;
  ReturnConsumedCapacity return_consumed_capacity = ReturnConsumedCapacity::kNone;
  std::optional<std::string> projection_expression;
  std::optional<std::string> filter_expression;
  std::optional<NameMap> expression_attribute_names;
  std::optional<AttributeMap> expression_attribute_values;
};
struct QueryRequest : ReadManyRequest {
  std::optional<ByName<LegacyCondition>> key_conditions;
  std::optional<ByName<LegacyCondition>> query_filter;
  std::optional<std::string> key_condition_expression;
  std::optional<bool> scan_index_forward;
};
struct ScanRequest : ReadManyRequest {
  std::optional<ByName<LegacyCondition>> scan_filter;
  std::optional<int32_t> total_segments;
  std::optional<int32_t> segment;
};
struct ReadManyResult {
  bool count_only = false;  // Select=COUNT: no Items member
  std::vector<EncodedItem> items;
  int64_t count = 0;
  int64_t scanned_count = 0;
  std::optional<AttributeMap> last_evaluated_key;
  std::optional<ConsumedCapacity> consumed_capacity;
};

struct KeysAndAttributes {
  std::vector<AttributeMap> keys;
  std::optional<std::vector<std::string>> attributes_to_get;
  std::optional<bool> consistent_read;
  std::optional<std::string> projection_expression;
  std::optional<NameMap> expression_attribute_names;
};
struct BatchGetItemRequest {
  ByName<KeysAndAttributes> request_items;  // by table, in the order sent
  ReturnConsumedCapacity return_consumed_capacity = ReturnConsumedCapacity::kNone;
};
struct BatchGetItemResult {
  ByName<std::vector<EncodedItem>> responses;
  ByName<KeysAndAttributes> unprocessed_keys;
  std::vector<ConsumedCapacity> consumed_capacity;
};

// Exactly one of the two in a valid request; operations answers for the others.
struct WriteRequest {
  std::optional<AttributeMap> put_item;    // PutRequest.Item
  std::optional<AttributeMap> delete_key;  // DeleteRequest.Key
};
struct BatchWriteItemRequest {
  ByName<std::vector<WriteRequest>> request_items;
  ReturnConsumedCapacity return_consumed_capacity = ReturnConsumedCapacity::kNone;
  ReturnItemCollectionMetrics return_item_collection_metrics = ReturnItemCollectionMetrics::kNone;
};
struct BatchWriteItemResult {
  ByName<std::vector<WriteRequest>> unprocessed_items;
  ByName<std::vector<ItemCollectionMetrics>> item_collection_metrics;
  std::vector<ConsumedCapacity> consumed_capacity;
};

}  // namespace skerry::api
