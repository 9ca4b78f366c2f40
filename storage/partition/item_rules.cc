// The rules on an item's and a key's attributes (AWS, "Service, account, and table quotas": keys
// and items).

#include <algorithm>

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

enum class KeyRole { kPartition, kSort };

// Not empty, and of a key's size.
Status CheckKeyBounds(KeyRole role, const std::string& name,
                      const document::AttributeValue& value) {
  SKERRY_RETURN_IF_ERROR(CheckKeyValue(name, value));
  if (role == KeyRole::kSort) return CheckSortKeySize(value);
  if (document::ValueSize(value) <= kMaxPartitionKeyBytes) return OkStatus();
  return Invalid(messages::kPartitionKeyTooLong);
}

Status CheckItemKey(const document::Item& item, KeyRole role, const std::string& name,
                    document::Type type) {
  const document::AttributeValue* value = item.Find(name);
  if (value == nullptr) return Invalid(messages::MissingKey(name));
  if (!value->is(type)) return Invalid(messages::KeyTypeMismatch(name, type, value->type()));
  return CheckKeyBounds(role, name, *value);
}

Status CheckKeyPart(const document::Item& key, KeyRole role, const std::string& name,
                    document::Type type) {
  const document::AttributeValue* value = key.Find(name);
  if (value == nullptr || !value->is(type)) return Invalid(messages::kKeyDoesNotMatchSchema);
  return CheckKeyBounds(role, name, *value);
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

// What an item's entry in an index counts for towards the limit: the index's key and what is
// projected. DynamoDB Local leaves out the table's sort key unless everything is projected.
size_t EntrySize(const Schema& schema, const LocalIndex& index, const document::Item& item,
                 size_t item_bytes) {
  const std::string& sort_key = *index.key.sort_key;
  if (item.Find(sort_key) == nullptr) return 0;  // a sparse index
  if (index.projection == LocalIndex::Projection::kAll) return item_bytes;
  const std::vector<std::string>& others = index.non_key_attributes;
  size_t bytes = 0;
  for (const auto& [name, value] : item) {
    if (name == schema.key.partition_key || name == sort_key ||
        std::find(others.begin(), others.end(), name) != others.end()) {
      bytes += name.size() + document::ValueSize(value);
    }
  }
  return bytes;
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

Status CheckItemSize(const document::Item& item) {
  if (document::ItemSize(item) <= document::kMaxItemBytes) return OkStatus();
  return Invalid(messages::kItemTooLarge);
}

bool FitsWithIndexes(const Schema& schema, const document::Item& item, size_t item_bytes) {
  if (item_bytes * (1 + schema.local_indexes.size()) <= document::kMaxItemBytes) return true;
  size_t total = item_bytes;
  for (const LocalIndex& index : schema.local_indexes) {
    total += EntrySize(schema, index, item, item_bytes);
  }
  return total <= document::kMaxItemBytes;
}

Status CheckPutItem(const Schema& schema, const document::Item& item) {
  const size_t item_bytes = document::ItemSize(item);
  if (item_bytes > document::kMaxItemBytes) return Invalid(messages::kItemTooLarge);
  const KeySchema& key = schema.key;
  SKERRY_RETURN_IF_ERROR(
      CheckItemKey(item, KeyRole::kPartition, key.partition_key, key.partition_type));
  if (key.sort_key) {
    SKERRY_RETURN_IF_ERROR(CheckItemKey(item, KeyRole::kSort, *key.sort_key, key.sort_type));
  }
  for (const LocalIndex& index : schema.local_indexes) {
    SKERRY_RETURN_IF_ERROR(CheckIndexKeyAttribute(index, item));
  }
  if (!FitsWithIndexes(schema, item, item_bytes)) return Invalid(messages::kItemTooLarge);
  return OkStatus();
}

Status CheckKey(const KeySchema& schema, const document::Item& key) {
  if (key.size() != (schema.sort_key ? 2 : 1)) return Invalid(messages::kKeyDoesNotMatchSchema);
  SKERRY_RETURN_IF_ERROR(
      CheckKeyPart(key, KeyRole::kPartition, schema.partition_key, schema.partition_type));
  if (!schema.sort_key) return OkStatus();
  return CheckKeyPart(key, KeyRole::kSort, *schema.sort_key, schema.sort_type);
}

}  // namespace skerry::partition
