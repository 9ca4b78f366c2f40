#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "server/catalog/table.h"
#include "storage/partition/write.h"

// The catalog's own items: how tables and nodes lie in the hidden table that the catalog keeps them
// in. Account and name are its keys; an item holds the record's bytes and its version. What is no
// table's is of an account of its own: the group ids' bound, the cluster, its nodes.

namespace skerry::catalog {

std::shared_ptr<const partition::Schema> StoreSchema();

// Puts the record as version seen_version + 1, on the condition that the stored one is seen_version
// (0: none).
partition::WriteRequest PutTable(const TableRecord& record, uint64_t seen_version);
partition::WriteRequest DeleteTableItem(const TableRecord& record, uint64_t seen_version);
// The row that a table's item has.
std::string RowOfTable(const TableRecord& record);
// On the condition that it is `seen` (0: none).
partition::WriteRequest PutGroupLimit(uint64_t limit, uint64_t seen);
// As PutTable.
partition::WriteRequest PutCluster(const ClusterRecord& record, uint64_t seen_version);
partition::WriteRequest PutNode(const NodeRecord& record, uint64_t seen_version);

struct StoredItem {
  std::optional<uint64_t> group_limit;
  std::optional<ClusterRecord> cluster;
  std::optional<NodeRecord> node;
  std::optional<TableRecord> table;  // one of the four
  uint64_t version = 0;
};
Result<StoredItem> DecodeStoredItem(std::string_view encoded);

// The record's partitions, none of them open yet.
std::vector<PartitionRoute> RoutesOf(const TableRecord& record);

}  // namespace skerry::catalog
