#include "storage/partition/read.h"

#include "storage/document/item_size.h"
#include "storage/partition/partition.h"
#include "storage/partition/row_codec.h"
#include "storage/partition/row_key.h"
#include "storage/partition/write.h"

namespace skerry::partition {
namespace {

using document::Item;

// The key attributes of table and index: what LastEvaluatedKey holds.
Result<Item> KeysOf(const Schema& schema, const LocalIndex* index, std::string_view encoded) {
  SKERRY_ASSIGN_OR_RETURN(const Item item, document::DecodeItem(encoded));
  Item keys;
  const auto copy = [&](const std::string& name) {
    if (const document::AttributeValue* value = item.Find(name)) keys.Set(name, *value);
  };
  copy(schema.key.partition_key);
  if (schema.key.sort_key) copy(*schema.key.sort_key);
  if (index != nullptr) copy(*index->key.sort_key);
  return keys;
}

// Walks rows of one page; owns the cursor.
class PageReader {
 public:
  PageReader(const Partition& partition, const ReadRequest& request, std::string data_prefix)
      : partition_(partition),
        request_(request),
        prefix_(std::move(data_prefix)),
        lower_(prefix_ + request.lower),
        upper_(prefix_ + request.upper) {}

  Result<ReadPage> Run() {
    auto cursor = partition_.engine().NewIterator({.lower = lower_, .upper = upper_});
    if (request_.forward) {
      cursor->SeekToFirst();
    } else {
      cursor->SeekToLast();
    }
    ReadPage page;
    while (cursor->Valid()) {
      const std::string_view row_key = cursor->key().substr(prefix_.size());
      SKERRY_ASSIGN_OR_RETURN(const std::string_view encoded, DecodeRow(row_key, cursor->value()));
      page.bytes += document::EncodedItemSize(encoded);
      ++page.scanned_count;
      SKERRY_RETURN_IF_ERROR(Take(encoded, &page));
      if (page.scanned_count >= request_.max_items || page.bytes > request_.max_bytes) {
        SKERRY_ASSIGN_OR_RETURN(page.last_key,
                                KeysOf(partition_.schema(), request_.index, encoded));
        break;
      }
      if (request_.forward) {
        cursor->Next();
      } else {
        cursor->Prev();
      }
    }
    SKERRY_RETURN_IF_ERROR(cursor->status());
    return page;
  }

 private:
  Status Take(std::string_view encoded, ReadPage* page) {
    engine::PinnedValue pin;
    if (request_.fetch_items) {
      SKERRY_ASSIGN_OR_RETURN(const Item keys, document::DecodeItem(encoded));
      SKERRY_ASSIGN_OR_RETURN(encoded,
                              partition_.Get(ItemRowKey(partition_.schema().key, keys), &pin));
      page->fetched_units += ReadUnits(document::EncodedItemSize(encoded));
    }
    if (request_.filter == nullptr && request_.projection == nullptr) {
      ++page->count;
      if (!request_.count_only) page->items.emplace_back(encoded);
      return OkStatus();
    }
    SKERRY_ASSIGN_OR_RETURN(const Item item, document::DecodeItem(encoded));
    if (request_.filter != nullptr) {
      SKERRY_ASSIGN_OR_RETURN(const bool matches, expression::Evaluate(*request_.filter, &item));
      if (!matches) return OkStatus();
    }
    ++page->count;
    if (request_.count_only) return OkStatus();
    if (request_.projection == nullptr) {
      page->items.emplace_back(encoded);
    } else {
      document::EncodeItem(expression::Project(*request_.projection, item),
                           &page->items.emplace_back());
    }
    return OkStatus();
  }

  const Partition& partition_;
  const ReadRequest& request_;
  const std::string prefix_;
  const std::string lower_;
  const std::string upper_;
};

}  // namespace

Result<ReadPage> ReadRows(const Partition& partition, const ReadRequest& request,
                          const std::string& data_prefix) {
  return PageReader(partition, request, data_prefix).Run();
}

}  // namespace skerry::partition
