// The rules on an item's and a key's attributes (AWS, "Service, account, and table quotas": keys
// and items).

#include "storage/document/item_size.h"
#include "storage/partition/messages.h"
#include "storage/partition/write.h"

namespace skerry::partition {
namespace {

constexpr size_t kMaxPartitionKeyBytes = 2048;
constexpr size_t kMaxSortKeyBytes = 1024;

Status Invalid(std::string_view message) { return InvalidArgument(std::string(message)); }

bool IsEmptyKeyValue(const document::AttributeValue& value) {
  return (value.is(document::Type::kString) && value.string().empty()) ||
         (value.is(document::Type::kBinary) && value.binary().empty());
}

Status CheckKeyLengths(const KeySchema& schema, const document::Item& item) {
  if (document::ValueSize(*item.Find(schema.partition_key)) > kMaxPartitionKeyBytes) {
    return Invalid(messages::kPartitionKeyTooLong);
  }
  return schema.sort_key ? CheckSortKeySize(*item.Find(*schema.sort_key)) : OkStatus();
}

Status CheckNotEmpty(const KeySchema& schema, const document::Item& item) {
  SKERRY_RETURN_IF_ERROR(CheckKeyValue(schema.partition_key, *item.Find(schema.partition_key)));
  if (!schema.sort_key) return OkStatus();
  return CheckKeyValue(*schema.sort_key, *item.Find(*schema.sort_key));
}

Status CheckKeyAttribute(const document::Item& item, const std::string& name, document::Type type) {
  const document::AttributeValue* value = item.Find(name);
  if (value == nullptr) return Invalid(messages::MissingKey(name));
  if (!value->is(type)) return Invalid(messages::KeyTypeMismatch(name, type, value->type()));
  return OkStatus();
}

Status CheckIndexKeyAttribute(const LocalIndex& index, const document::Item& item) {
  const document::AttributeValue* value = item.Find(*index.key.sort_key);
  if (value == nullptr) return OkStatus();  // a sparse index
  if (!value->is(index.key.sort_type)) {
    return Invalid(messages::IndexKeyTypeMismatch(*index.key.sort_key, index.key.sort_type,
                                                  value->type(), index.name));
  }
  if (IsEmptyKeyValue(*value)) {
    return Invalid(messages::EmptyIndexKeyValue(*index.key.sort_key, value->type(), index.name));
  }
  if (document::ValueSize(*value) > kMaxSortKeyBytes) return Invalid(messages::kSortKeyTooLong);
  return OkStatus();
}

}  // namespace

Status CheckKeyValue(std::string_view name, const document::AttributeValue& value) {
  if (IsEmptyKeyValue(value)) return Invalid(messages::EmptyKeyValue(name, value.type()));
  return OkStatus();
}

Status CheckSortKeySize(const document::AttributeValue& value) {
  if (document::ValueSize(value) <= kMaxSortKeyBytes) return OkStatus();
  return Invalid(messages::kSortKeyTooLong);
}

Status CheckPutItem(const Schema& schema, const document::Item& item) {
  if (document::ItemSize(item) > document::kMaxItemBytes) return Invalid(messages::kItemTooLarge);
  SKERRY_RETURN_IF_ERROR(
      CheckKeyAttribute(item, schema.key.partition_key, schema.key.partition_type));
  if (schema.key.sort_key) {
    SKERRY_RETURN_IF_ERROR(CheckKeyAttribute(item, *schema.key.sort_key, schema.key.sort_type));
  }
  SKERRY_RETURN_IF_ERROR(CheckNotEmpty(schema.key, item));
  SKERRY_RETURN_IF_ERROR(CheckKeyLengths(schema.key, item));
  for (const LocalIndex& index : schema.local_indexes) {
    SKERRY_RETURN_IF_ERROR(CheckIndexKeyAttribute(index, item));
  }
  return OkStatus();
}

Status CheckKey(const KeySchema& schema, const document::Item& key) {
  const auto matches = [&key](const std::string& name, document::Type type) {
    const document::AttributeValue* value = key.Find(name);
    return value != nullptr && value->is(type);
  };
  const size_t expected = schema.sort_key ? 2 : 1;
  if (key.size() != expected || !matches(schema.partition_key, schema.partition_type) ||
      (schema.sort_key && !matches(*schema.sort_key, schema.sort_type))) {
    return Invalid(messages::kKeyDoesNotMatchSchema);
  }
  SKERRY_RETURN_IF_ERROR(CheckNotEmpty(schema, key));
  return CheckKeyLengths(schema, key);
}

}  // namespace skerry::partition
