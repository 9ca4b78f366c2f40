#include "storage/partition/row_key.h"

#include "base/bytes.h"
#include "base/check.h"
#include "storage/document/key_encoding.h"

namespace skerry::partition {
namespace {

// First byte in the engine: what belongs to a group, and the rows of a data id.
constexpr char kDataSpace = 0x01;
constexpr size_t kOwnerBytes = 1 + 8;

const document::AttributeValue& Attribute(const document::Item& item, const std::string& name) {
  const document::AttributeValue* value = item.Find(name);
  SKERRY_CHECK_MSG(value != nullptr, "a key attribute was checked to be there");
  return *value;
}

void AppendClass(RowClass row_class, std::string* out) {
  out->push_back(static_cast<char>(row_class));
}

void AppendIndexClass(const LocalIndex& index, std::string* out) {
  AppendClass(RowClass::kLocalIndex, out);
  AppendBig32(out, index.id);
}

void AppendPartitionValue(const document::AttributeValue& value, std::string* out) {
  AppendBig64(out, document::PartitionHash(value));
  document::AppendKeyValue(value, out);
}

}  // namespace

std::string ItemRowKey(const KeySchema& key, const document::Item& item) {
  std::string row = ItemCollectionPrefix(Attribute(item, key.partition_key));
  if (key.sort_key) document::AppendKeyValue(Attribute(item, *key.sort_key), &row);
  return row;
}

std::string IndexRowKey(const Schema& schema, const LocalIndex& index, const document::Item& item) {
  std::string row = IndexCollectionPrefix(index, Attribute(item, schema.key.partition_key));
  document::AppendKeyValue(Attribute(item, *index.key.sort_key), &row);
  if (schema.key.sort_key) document::AppendKeyValue(Attribute(item, *schema.key.sort_key), &row);
  return row;
}

std::string ItemCollectionPrefix(const document::AttributeValue& partition_value) {
  std::string row;
  row.reserve(64);
  AppendClass(RowClass::kItem, &row);
  AppendPartitionValue(partition_value, &row);
  return row;
}

std::string IndexCollectionPrefix(const LocalIndex& index,
                                  const document::AttributeValue& partition_value) {
  std::string row;
  AppendIndexClass(index, &row);
  AppendPartitionValue(partition_value, &row);
  return row;
}

std::string FirstRow(const LocalIndex* index, uint64_t hash) {
  std::string row;
  if (index == nullptr) {
    AppendClass(RowClass::kItem, &row);
  } else {
    AppendIndexClass(*index, &row);
  }
  AppendBig64(&row, hash);
  return row;
}

std::string RowsEnd(const LocalIndex* index) {
  std::string row = FirstRow(index, 0);
  row.resize(row.size() - sizeof(uint64_t));
  return document::PrefixSuccessor(row);
}

std::string_view ClassOfRow(std::string_view row_key) {
  const bool item = static_cast<RowClass>(row_key.front()) == RowClass::kItem;
  const size_t bytes = item ? 1 : 1 + sizeof(uint32_t);
  SKERRY_CHECK(row_key.size() >= bytes + sizeof(uint64_t));
  return row_key.substr(0, bytes);
}

uint64_t HashOfRow(std::string_view row_key) {
  return LoadBig64(row_key.data() + ClassOfRow(row_key).size());
}

RowBounds BoundsOf(const HashRange& range, std::string_view class_prefix) {
  RowBounds bounds{std::string(class_prefix), std::string(class_prefix)};
  AppendBig64(&bounds.lower, range.first);
  if (range.last == UINT64_MAX) {
    bounds.upper = document::PrefixSuccessor(bounds.upper);
  } else {
    AppendBig64(&bounds.upper, range.last + 1);
  }
  return bounds;
}

std::string DataPrefix(DataId data) {
  std::string prefix(1, kDataSpace);
  AppendBig64(&prefix, data.value);
  return prefix;
}

std::string GroupKey(GroupId group, char field) {
  std::string key(1, kGroupSpace);
  AppendBig64(&key, group.value);
  key.push_back(field);
  return key;
}

std::string KeptPrefix(GroupId group, DataId data) {
  std::string key = GroupKey(group, kKeptField);
  AppendBig64(&key, data.value);
  SKERRY_CHECK(key.size() == kKeptPrefixBytes);
  return key;
}

bool IsGroupKey(std::string_view engine_key) { return engine_key.front() == kGroupSpace; }

uint64_t OwnerOf(std::string_view engine_key) {
  SKERRY_CHECK(engine_key.size() >= kOwnerBytes);
  return LoadBig64(engine_key.data() + 1);
}

std::string AfterOwner(std::string_view engine_key) {
  return document::PrefixSuccessor(engine_key.substr(0, kOwnerBytes));
}

std::string DataSpaceBegin() { return std::string(1, kDataSpace); }

std::string DataSpaceEnd() { return std::string(1, kDataSpace + 1); }

}  // namespace skerry::partition
