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
constexpr const char* kCluster = "cluster";
constexpr const char* kNode = "node/";
// No account looks like this (they have twelve digits).
constexpr const char* kSystemAccount = "system";

AttributeValue OfInt(uint64_t v) {
  return AttributeValue::N(Number::FromInt(static_cast<int64_t>(v)));
}

Item KeyItem(const std::string& account, const std::string& name) {
  return Item{{kAccount, AttributeValue::S(account)}, {kName, AttributeValue::S(name)}};
}

// The condition goes through the legacy form, which needs no parsing.
std::shared_ptr<const expression::Condition> CountIs(const char* name, uint64_t count) {
  expression::LegacyExpected expected;
  if (count == 0) {
    expected.exists = false;
  } else {
    expected.value = OfInt(count);
  }
  auto condition = expression::ConditionFromExpected({{name, expected}}, /*or_operator=*/false);
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

template <typename Record>
partition::WriteRequest PutRecord(Item item, const Record& record, uint64_t seen_version) {
  item.Set(kVersion, OfInt(seen_version + 1));
  item.Set(kRecord, AttributeValue::B(record.SerializeAsString()));
  return Request(partition::WriteRequest::Kind::kPut, std::move(item),
                 CountIs(kVersion, seen_version));
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

std::string RowOfTable(const TableRecord& record) {
  return partition::ItemRowKey(StoreSchema()->key, KeyItem(record.account(), record.name()));
}

partition::WriteRequest PutTable(const TableRecord& record, uint64_t seen_version) {
  return PutRecord(KeyItem(record.account(), record.name()), record, seen_version);
}

partition::WriteRequest PutCluster(const ClusterRecord& record, uint64_t seen_version) {
  return PutRecord(KeyItem(kSystemAccount, kCluster), record, seen_version);
}

partition::WriteRequest PutNode(const NodeRecord& record, uint64_t seen_version) {
  return PutRecord(KeyItem(kSystemAccount, kNode + std::to_string(record.id())), record,
                   seen_version);
}

partition::WriteRequest DeleteTableItem(const TableRecord& record, uint64_t seen_version) {
  return Request(partition::WriteRequest::Kind::kDelete, KeyItem(record.account(), record.name()),
                 CountIs(kVersion, seen_version));
}

partition::WriteRequest PutGroupLimit(uint64_t limit, uint64_t seen) {
  Item item = KeyItem(kSystemAccount, kLimit);
  item.Set(kLimit, OfInt(limit));
  return Request(partition::WriteRequest::Kind::kPut, std::move(item), CountIs(kLimit, seen));
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
  const AttributeValue* account = item.Find(kAccount);
  const AttributeValue* name = item.Find(kName);
  if (record == nullptr || !record->is(document::Type::kBinary) || account == nullptr ||
      !account->is(document::Type::kString) || name == nullptr ||
      !name->is(document::Type::kString)) {
    return Corruption("an item of the catalog lacks its record");
  }
  const std::string bytes(record->binary());
  bool read = false;
  if (account->string() != kSystemAccount) {
    read = stored.table.emplace().ParseFromString(bytes);
  } else if (name->string() == kCluster) {
    read = stored.cluster.emplace().ParseFromString(bytes);
  } else {
    read = stored.node.emplace().ParseFromString(bytes);
  }
  if (!read) return Corruption("a record of the catalog cannot be read");
  return stored;
}

std::vector<PartitionRoute> RoutesOf(const TableRecord& record) {
  std::vector<PartitionRoute> routes;
  for (const auto& partition : record.partitions()) {
    PartitionRoute& route = routes.emplace_back();
    route.first_hash = partition.first_hash();
    route.last_hash = partition.last_hash();
    route.group = GroupId(partition.group());
    for (const ReplicaId replica : ReplicasOf(partition)) route.nodes.push_back(NodeOf(replica));
  }
  return routes;
}

}  // namespace skerry::catalog
