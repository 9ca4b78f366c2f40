#include "storage/partition/local_index.h"

#include <algorithm>

#include "storage/document/item_codec.h"
#include "storage/document/item_size.h"
#include "storage/partition/row_key.h"

namespace skerry::partition {

bool IsProjected(const Schema& schema, const LocalIndex& index, std::string_view attribute) {
  if (index.projection == LocalIndex::Projection::kAll) return true;
  if (attribute == schema.key.partition_key || attribute == *index.key.sort_key ||
      (schema.key.sort_key && attribute == *schema.key.sort_key)) {
    return true;
  }
  return std::find(index.non_key_attributes.begin(), index.non_key_attributes.end(), attribute) !=
         index.non_key_attributes.end();
}

IndexRow MakeIndexRow(const Schema& schema, const LocalIndex& index, const document::Item* item) {
  IndexRow row;
  if (item == nullptr || item->Find(*index.key.sort_key) == nullptr) return row;
  row.key = IndexRowKey(schema, index, *item);
  if (index.projection == LocalIndex::Projection::kAll) {
    document::EncodeItem(*item, &row.value);
  } else {
    document::Item projected;
    for (const auto& [name, value] : *item) {
      if (IsProjected(schema, index, name)) projected.Set(name, value);
    }
    document::EncodeItem(projected, &row.value);
  }
  row.size = document::EncodedItemSize(row.value);
  return row;
}

}  // namespace skerry::partition
