#include "server/catalog/store_items.h"

#include <utility>

#include "storage/document/item_codec.h"
#include "storage/expression/compiler.h"
#include "storage/partition/row_key.h"

namespace skerry::catalog {
namespace {

using document::AttributeValue;
using document::Item;
using document::Number;

constexpr const char* kAccount = "account";
constexpr const char* kName = "name";
constexpr const char* kVersion = "version";
constexpr const char* kRecord = "record";
constexpr const char* kLimit = "group_limit";
// No account looks like this (they have twelve digits).
constexpr const char* kSystemAccount = "system";

AttributeValue OfInt(uint64_t v) {
  return AttributeValue::N(Number::FromInt(static_cast<int64_t>(v)));
}

Item KeyItem(const std::string& account, const std::string& name) {
  return Item{{kAccount, AttributeValue::S(account)}, {kName, AttributeValue::S(name)}};
}

// The condition goes through the legacy form, which needs no parsing.
std::shared_ptr<const expression::Condition> VersionIs(uint64_t version) {
  expression::LegacyExpected expected;
  if (version == 0) {
    expected.exists = false;
  } else {
    expected.value = OfInt(version);
  }
  auto condition = expression::ConditionFromExpected({{kVersion, expected}}, /*or_operator=*/false);
  SKERRY_CHECK(condition.ok());
  return std::move(*condition);
}

partition::WriteRequest Request(partition::WriteRequest::Kind kind, Item item,
                                std::shared_ptr<const expression::Condition> condition) {
  partition::WriteRequest request;
  request.kind = kind;
  request.row_key = partition::ItemRowKey(StoreSchema()->key, item);
  request.item = std::move(item);
  request.condition = std::move(condition);
  return request;
}

Result<uint64_t> ReadCount(const Item& item, const char* name) {
  const AttributeValue* value = item.Find(name);
  if (value == nullptr || !value->is(document::Type::kNumber)) {
    return Corruption(std::string("an item of the catalog lacks ") + name);
  }
  uint64_t count = static_cast<uint64_t>(value->number().coefficient());
  for (int i = 0; i < value->number().exponent(); ++i) count *= 10;
  return count;
}

}  // namespace

std::shared_ptr<const partition::Schema> StoreSchema() {
  auto schema = std::make_shared<partition::Schema>();
  schema->key.partition_key = kAccount;
  schema->key.sort_key = kName;
  return schema;
}

partition::WriteRequest PutTable(const TableRecord& record, uint64_t seen_version) {
  Item item = KeyItem(record.account(), record.name());
  item.Set(kVersion, OfInt(seen_version + 1));
  item.Set(kRecord, AttributeValue::B(record.SerializeAsString()));
  return Request(partition::WriteRequest::Kind::kPut, std::move(item), VersionIs(seen_version));
}

partition::WriteRequest DeleteTableItem(const TableRecord& record, uint64_t seen_version) {
  return Request(partition::WriteRequest::Kind::kDelete, KeyItem(record.account(), record.name()),
                 VersionIs(seen_version));
}

partition::WriteRequest PutGroupLimit(uint64_t limit) {
  Item item = KeyItem(kSystemAccount, kLimit);
  item.Set(kLimit, OfInt(limit));
  return Request(partition::WriteRequest::Kind::kPut, std::move(item), nullptr);
}

Result<StoredItem> DecodeStoredItem(std::string_view encoded) {
  SKERRY_ASSIGN_OR_RETURN(const Item item, document::DecodeItem(encoded));
  StoredItem stored;
  if (item.Find(kLimit) != nullptr) {
    SKERRY_ASSIGN_OR_RETURN(stored.group_limit, ReadCount(item, kLimit));
    return stored;
  }
  SKERRY_ASSIGN_OR_RETURN(stored.version, ReadCount(item, kVersion));
  const AttributeValue* record = item.Find(kRecord);
  if (record == nullptr || !record->is(document::Type::kBinary) ||
      !stored.table.ParseFromString(record->binary())) {
    return Corruption("a table's record cannot be read");
  }
  return stored;
}

std::vector<PartitionRoute> RoutesOf(const TableRecord& record) {
  std::vector<PartitionRoute> routes;
  for (const auto& partition : record.partitions()) {
    routes.push_back(
        {partition.first_hash(), partition.last_hash(), GroupId(partition.group()), nullptr});
  }
  return routes;
}

}  // namespace skerry::catalog
