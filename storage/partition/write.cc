#include "storage/partition/write.h"

#include <utility>

#include "storage/document/item_size.h"
#include "storage/partition/local_index.h"
#include "storage/partition/messages.h"
#include "storage/partition/row_key.h"

namespace skerry::partition {
namespace {

using document::Item;

Status Invalid(std::string_view message) { return InvalidArgument(std::string(message)); }

// An update may give an index key attribute another type or an empty value; a put was checked
// before. An expression's empty value is told before its type, AttributeUpdates' after it.
Status CheckUpdatedIndexKeys(const Schema& schema, const Item& item, bool legacy) {
  for (const LocalIndex& index : schema.local_indexes) {
    const document::AttributeValue* value = item.Find(*index.key.sort_key);
    if (value == nullptr) continue;
    const bool right_type = value->is(index.key.sort_type);
    if (legacy && !right_type) return Invalid(messages::kLegacyIndexKeyUpdateType);
    if (!CheckKeyValue(*index.key.sort_key, *value).ok()) {
      return Invalid(messages::EmptyIndexKeyUpdate(value->type()));
    }
    if (!right_type) return Invalid(messages::kIndexKeyUpdateType);
    SKERRY_RETURN_IF_ERROR(CheckSortKeySize(*value));
  }
  return OkStatus();
}

// The decoded old item, decoded at most once and only if somebody asks.
class OldItem {
 public:
  explicit OldItem(std::string_view encoded) : encoded_(encoded) {}
  bool exists() const { return !encoded_.empty(); }
  Result<const Item*> Decoded() {
    if (!exists()) return static_cast<const Item*>(nullptr);
    if (!decoded_) {
      SKERRY_ASSIGN_OR_RETURN(Item item, document::DecodeItem(encoded_));
      decoded_ = std::move(item);
    }
    return static_cast<const Item*>(&*decoded_);
  }

 private:
  std::string_view encoded_;
  std::optional<Item> decoded_;
};

// What stands under the key after the write; null for nothing.
Result<std::optional<Item>> NewItem(const Schema& schema, const WriteRequest& request, OldItem* old,
                                    WriteResult* result) {
  switch (request.kind) {
    case WriteRequest::Kind::kPut:
      return std::optional<Item>(request.item);
    case WriteRequest::Kind::kDelete:
      return std::optional<Item>();
    case WriteRequest::Kind::kUpdate:
      break;
  }
  SKERRY_ASSIGN_OR_RETURN(const Item* before, old->Decoded());
  if (before == nullptr && !request.creates) return std::optional<Item>();
  if (request.update == nullptr) {
    return std::optional<Item>(before == nullptr ? request.item : *before);
  }
  SKERRY_ASSIGN_OR_RETURN(expression::UpdateOutcome outcome,
                          expression::Apply(*request.update, before, request.item,
                                            request.want_updated ? expression::Returned::kUpdated
                                                                 : expression::Returned::kItem));
  SKERRY_RETURN_IF_ERROR(CheckUpdatedIndexKeys(schema, outcome.item, request.legacy));
  if (!FitsWithIndexes(schema, outcome.item, document::ItemSize(outcome.item))) {
    return Invalid(messages::kUpdatedItemTooLarge);
  }
  if (request.want_updated) {
    result->updated_old = std::move(outcome.updated_old);
    result->updated_new = std::move(outcome.updated_new);
  }
  return std::optional<Item>(std::move(outcome.item));
}

// An entry weighs 100 bytes more than its attributes (AWS, "Local secondary indexes": storage
// considerations).
uint64_t EntryWriteUnits(size_t bytes) {
  constexpr size_t kEntryOverheadBytes = 100;
  return WriteUnits(bytes + kEntryOverheadBytes);
}

void AddStatistics(uint32_t index, bool before, bool after, size_t bytes_before, size_t bytes_after,
                   proto::command::v1::Command* command) {
  auto* delta = command->add_statistics();
  delta->set_index(index);
  delta->set_items(static_cast<int64_t>(after) - static_cast<int64_t>(before));
  delta->set_bytes(static_cast<int64_t>(bytes_after) - static_cast<int64_t>(bytes_before));
}

Status WriteIndexes(const Schema& schema, OldItem* old, const Item* after, WriteResult* result,
                    proto::command::v1::Command* command) {
  if (schema.local_indexes.empty()) return OkStatus();
  SKERRY_ASSIGN_OR_RETURN(const Item* before, old->Decoded());
  for (size_t i = 0; i < schema.local_indexes.size(); ++i) {
    const LocalIndex& index = schema.local_indexes[i];
    const IndexRow old_row = MakeIndexRow(schema, index, before);
    const IndexRow new_row = MakeIndexRow(schema, index, after);
    if (old_row == new_row) continue;
    uint64_t units = 0;
    if (old_row.exists() && old_row.key != new_row.key) {
      command->add_mutations()->set_key(old_row.key);
      units += EntryWriteUnits(old_row.size);
    }
    if (new_row.exists()) {
      auto* put = command->add_mutations();
      put->set_key(new_row.key);
      put->set_value(new_row.value);
      units += EntryWriteUnits(old_row.key == new_row.key ? std::max(old_row.size, new_row.size)
                                                          : new_row.size);
    }
    AddStatistics(index.id, old_row.exists(), new_row.exists(), old_row.size, new_row.size,
                  command);
    result->index_writes.push_back({i, units});
  }
  return OkStatus();
}

}  // namespace

Result<WriteResult> EvaluateWrite(const Schema& schema, const WriteRequest& request,
                                  std::string_view old_encoded,
                                  proto::command::v1::Command* command) {
  OldItem old(old_encoded);
  WriteResult result;
  result.old_size = old.exists() ? document::EncodedItemSize(old_encoded) : 0;
  if (request.want_old) result.old_item = old_encoded;
  if (request.condition != nullptr) {
    SKERRY_ASSIGN_OR_RETURN(const Item* before, old.Decoded());
    SKERRY_ASSIGN_OR_RETURN(const bool holds, expression::Evaluate(*request.condition, before));
    if (!holds) {
      result.condition_failed = true;
      result.old_item = old_encoded;
      return result;
    }
  }
  SKERRY_ASSIGN_OR_RETURN(const std::optional<Item> after, NewItem(schema, request, &old, &result));
  document::EncodedItem encoded;
  if (after) {
    document::EncodeItem(*after, &encoded);
    result.new_size = document::EncodedItemSize(encoded);
  }
  if (request.want_new) result.new_item = encoded;
  if (encoded == old_encoded) return result;  // nothing changes: no entry, no change record

  auto* mutation = command->add_mutations();
  mutation->set_key(request.row_key);
  if (after) mutation->set_value(std::move(encoded));
  AddStatistics(0, old.exists(), after.has_value(), result.old_size, result.new_size, command);
  SKERRY_RETURN_IF_ERROR(WriteIndexes(schema, &old, after ? &*after : nullptr, &result, command));
  return result;
}

}  // namespace skerry::partition
