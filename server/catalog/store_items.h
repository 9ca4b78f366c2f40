#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "server/catalog/table.h"
#include "storage/partition/write.h"

// The catalog's own items: how tables lie in the hidden table that the catalog keeps them in.
// Account and table name are its keys; an item holds the record's bytes and its version. One item
// without account holds the group ids' bound.

namespace skerry::catalog {

std::shared_ptr<const partition::Schema> StoreSchema();

// Puts the record as version seen_version + 1, on the condition that the stored one is seen_version
// (0: none).
partition::WriteRequest PutTable(const TableRecord& record, uint64_t seen_version);
partition::WriteRequest DeleteTableItem(const TableRecord& record, uint64_t seen_version);
partition::WriteRequest PutGroupLimit(uint64_t limit);

struct StoredItem {
  std::optional<uint64_t> group_limit;  // else it is a table
  TableRecord table;
  uint64_t version = 0;
};
Result<StoredItem> DecodeStoredItem(std::string_view encoded);

// The record's partitions, none of them open yet.
std::vector<PartitionRoute> RoutesOf(const TableRecord& record);

}  // namespace skerry::catalog
