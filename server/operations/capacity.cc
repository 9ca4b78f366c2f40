#include "server/operations/capacity.h"

#include <algorithm>

namespace skerry::operations {
namespace {

// 4 KB units in halves: a strong read of a unit is two halves, an eventual one is one.
uint64_t ReadHalves(uint64_t units, bool consistent) { return consistent ? units * 2 : units; }

}  // namespace

CapacityMeter::CapacityMeter(std::string_view table_name, api::ReturnConsumedCapacity detail,
                             bool is_write) {
  consumed_.table_name = table_name;
  consumed_.detail = detail;
  consumed_.is_write = is_write;
}

api::CapacityUnits& CapacityMeter::ForIndex(const std::string& name) {
  for (auto& [known, units] : consumed_.local_indexes) {
    if (known == name) return units;
  }
  return consumed_.local_indexes.emplace_back(name, api::CapacityUnits{}).second;
}

void CapacityMeter::AddItemRead(size_t bytes, bool consistent) {
  consumed_.table.read_halves += ReadHalves(partition::ReadUnits(bytes), consistent);
}

void CapacityMeter::AddPage(const partition::ReadPage& page, const partition::LocalIndex* index,
                            bool consistent) {
  const uint64_t halves = ReadHalves(partition::ReadUnits(page.bytes), consistent);
  if (index == nullptr) {
    consumed_.table.read_halves += halves;
    return;
  }
  ForIndex(index->name).read_halves += halves;
  consumed_.table.read_halves += ReadHalves(page.fetched_units, consistent);
}

void CapacityMeter::AddWrite(const partition::Schema& schema,
                             const partition::WriteResult& result) {
  consumed_.table.write_units += partition::WriteUnits(std::max(result.old_size, result.new_size));
  for (const auto& write : result.index_writes) {
    ForIndex(schema.local_indexes[write.index].name).write_units += write.units;
  }
}

std::optional<api::ConsumedCapacity> CapacityMeter::Take() {
  if (consumed_.detail == api::ReturnConsumedCapacity::kNone) return std::nullopt;
  return std::move(consumed_);
}

std::optional<api::ItemCollectionMetrics> CollectionMetrics(
    const catalog::Table& table, const document::Item& item,
    api::ReturnItemCollectionMetrics asked) {
  if (asked != api::ReturnItemCollectionMetrics::kSize || table.schema->local_indexes.empty()) {
    return std::nullopt;
  }
  const std::string& name = table.schema->key.partition_key;
  const document::AttributeValue* value = item.Find(name);
  if (value == nullptr) return std::nullopt;
  api::ItemCollectionMetrics metrics;
  document::EncodeItem(document::Item{{name, *value}}, &metrics.item_collection_key);
  return metrics;
}

}  // namespace skerry::operations
