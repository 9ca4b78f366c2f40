#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/api/item_types.h"
#include "server/catalog/table.h"
#include "storage/partition/read.h"
#include "storage/partition/write.h"

// Consumed capacity and item collection metrics, exactly (AWS, "DynamoDB read and write
// operations").

namespace skerry::operations {

// Adds up what one table consumed in one request.
class CapacityMeter {
 public:
  CapacityMeter(std::string_view table_name, api::ReturnConsumedCapacity detail, bool is_write);

  // One item read on its own (GetItem, BatchGetItem), of that many bytes; 0 bytes: it was not
  // there.
  void AddItemRead(size_t bytes, bool consistent);
  // A page of Query or Scan, on the table (index null) or an index.
  void AddPage(const partition::ReadPage& page, const partition::LocalIndex* index,
               bool consistent);
  void AddWrite(const partition::Schema& schema, const partition::WriteResult& result);

  // Absent for ReturnConsumedCapacity=NONE.
  std::optional<api::ConsumedCapacity> Take();

 private:
  api::CapacityUnits& ForIndex(const std::string& name);
  api::ConsumedCapacity consumed_;
};

// Present if asked for and the table has local indexes (only they have item collections).
std::optional<api::ItemCollectionMetrics> CollectionMetrics(const catalog::Table& table,
                                                            const document::Item& item,
                                                            api::ReturnItemCollectionMetrics asked);

}  // namespace skerry::operations
