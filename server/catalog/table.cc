#include "server/catalog/table.h"

#include <algorithm>

namespace skerry::catalog {
namespace {

using proto::catalog::v1::AttributeType;

document::Type TypeOf(const TableRecord& record, const std::string& attribute) {
  for (const auto& definition : record.attribute_definitions()) {
    if (definition.name() != attribute) continue;
    switch (definition.type()) {
      case proto::catalog::v1::ATTRIBUTE_TYPE_N:
        return document::Type::kNumber;
      case proto::catalog::v1::ATTRIBUTE_TYPE_B:
        return document::Type::kBinary;
      default:
        return document::Type::kString;
    }
  }
  CheckFailed("a key attribute is defined", __FILE__, __LINE__, attribute.c_str());
}

partition::LocalIndex::Projection ProjectionOf(const proto::catalog::v1::LocalIndex& index) {
  switch (index.projection()) {
    case proto::catalog::v1::PROJECTION_TYPE_KEYS_ONLY:
      return partition::LocalIndex::Projection::kKeysOnly;
    case proto::catalog::v1::PROJECTION_TYPE_INCLUDE:
      return partition::LocalIndex::Projection::kInclude;
    default:
      return partition::LocalIndex::Projection::kAll;
  }
}

}  // namespace

bool IsFresh(const TableRecord& record, const proto::catalog::v1::Partition& partition) {
  for (const auto& parent : record.split_partitions()) {
    if (parent.split().lower_group() == partition.group() ||
        parent.split().upper_group() == partition.group()) {
      return true;
    }
  }
  return false;
}

bool IsSplitting(const TableRecord& record, const proto::catalog::v1::Partition& partition) {
  return partition.has_split() || IsFresh(record, partition);
}

bool IsSettled(const proto::catalog::v1::Partition& partition) {
  return std::none_of(partition.replicas().begin(), partition.replicas().end(),
                      [](const auto& r) { return r.joining() || r.leaving(); });
}

std::vector<ReplicaId> ReplicasOf(const proto::catalog::v1::Partition& partition) {
  if (partition.replicas().empty()) return {ReplicaId(partition.group())};
  std::vector<ReplicaId> ids;
  for (const auto& replica : partition.replicas()) ids.emplace_back(replica.id());
  std::sort(ids.begin(), ids.end());
  return ids;
}

ReplicaId ReplicaOf(const proto::catalog::v1::Partition& partition, NodeId node) {
  for (const ReplicaId id : ReplicasOf(partition)) {
    if (NodeOf(id) == node) return id;
  }
  return ReplicaId(0);
}

proto::catalog::v1::Partition Explicit(proto::catalog::v1::Partition partition) {
  if (partition.replicas().empty()) {
    partition.add_replicas()->set_id(partition.group());
    partition.set_last_number(1);
  }
  return partition;
}

const partition::LocalIndex* Table::FindIndex(std::string_view name) const {
  for (const partition::LocalIndex& index : schema->local_indexes) {
    if (index.name == name) return &index;
  }
  return nullptr;
}

std::shared_ptr<const partition::Schema> MakeSchema(const TableRecord& record) {
  auto schema = std::make_shared<partition::Schema>();
  schema->key.partition_key = record.key_schema().partition_key();
  schema->key.partition_type = TypeOf(record, schema->key.partition_key);
  if (record.key_schema().has_sort_key()) {
    schema->key.sort_key = record.key_schema().sort_key();
    schema->key.sort_type = TypeOf(record, *schema->key.sort_key);
  }
  for (const auto& stored : record.local_indexes()) {
    partition::LocalIndex index;
    index.id = stored.id();
    index.name = stored.name();
    index.key = schema->key;
    index.key.sort_key = stored.sort_key();
    index.key.sort_type = TypeOf(record, stored.sort_key());
    index.projection = ProjectionOf(stored);
    index.non_key_attributes.assign(stored.non_key_attributes().begin(),
                                    stored.non_key_attributes().end());
    schema->local_indexes.push_back(std::move(index));
  }
  return schema;
}

std::string View::KeyOf(std::string_view account, std::string_view name) {
  std::string key(account);
  key.push_back('\0');
  key += name;
  return key;
}

TablePtr View::Find(std::string_view account, std::string_view name) const {
  const auto found = tables.find(KeyOf(account, name));
  return found == tables.end() ? nullptr : found->second;
}

std::vector<std::string> View::Names(std::string_view account, std::string_view after, size_t limit,
                                     bool* more) const {
  std::vector<std::string> names;
  *more = false;
  const std::string prefix = KeyOf(account, "");
  for (auto it = tables.upper_bound(KeyOf(account, after)); it != tables.end(); ++it) {
    if (it->first.compare(0, prefix.size(), prefix) != 0) break;
    if (names.size() == limit) {
      *more = true;
      break;
    }
    names.push_back(it->second->record.name());
  }
  return names;
}

size_t View::CountTables(std::string_view account) const {
  bool more = false;
  return Names(account, "", SIZE_MAX, &more).size();
}

}  // namespace skerry::catalog
