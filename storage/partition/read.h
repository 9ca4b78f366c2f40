#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "storage/document/item_codec.h"
#include "storage/expression/compiler.h"
#include "storage/partition/schema.h"

// One page of a Query or Scan on one partition.

namespace skerry::partition {

inline constexpr size_t kMaxPageBytes = 1 << 20;

struct ReadRequest {
  const LocalIndex* index = nullptr;  // null: the table itself
  std::string lower;                  // row keys: from here on
  std::string upper;                  // and below this one
  bool forward = true;
  uint64_t max_items = UINT64_MAX;   // evaluated, before the filter
  size_t max_bytes = kMaxPageBytes;  // likewise, as DynamoDB counts
  bool count_only = false;
  std::shared_ptr<const expression::Condition> filter;
  std::shared_ptr<const expression::Projection> projection;
  // The index lacks attributes that are asked for: each match is read from the table too.
  bool fetch_items = false;
};

struct ReadPage {
  std::vector<document::EncodedItem> items;
  uint64_t count = 0;          // matches
  uint64_t scanned_count = 0;  // evaluated
  size_t bytes = 0;            // evaluated, as DynamoDB counts
  uint64_t fetched_units = 0;  // 4 KB units of the items read from the table
  // The page ended at a bound: the keys of the last item evaluated (of table and index).
  std::optional<document::Item> last_key;
};

class Partition;

// The page that the rows under `data_prefix` make, whosever they are: Partition::Read bounds it.
Result<ReadPage> ReadRows(const Partition& partition, const ReadRequest& request,
                          const std::string& data_prefix);

}  // namespace skerry::partition
