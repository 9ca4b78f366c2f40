#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "proto/command/v1/command.pb.h"
#include "storage/document/item_codec.h"
#include "storage/expression/compiler.h"
#include "storage/partition/schema.h"
#include "storage/partition/stamp.h"

// Evaluating one item's write: old item and request in, effects out. Pure, so that it can run twice
// and in any place; the leader of a partition runs it once and replicates what comes out
// (docs/architecture.md).

namespace skerry::partition {

struct WriteRequest {
  enum class Kind : uint8_t { kPut, kDelete, kUpdate };
  Kind kind = Kind::kPut;
  std::string row_key;  // ItemRowKey of `item`
  document::Item item;  // kPut: the new item; else: its key attributes
  std::shared_ptr<const expression::Update>
      update;  // kUpdate; null: only make sure the item exists
  std::shared_ptr<const expression::Condition> condition;  // null: none
  bool legacy = false;        // the update came as AttributeUpdates (its faults have other texts)
  bool creates = true;        // kUpdate: false if it leaves nothing where nothing is
  bool want_old = false;      // WriteResult::old_item is wanted
  bool want_new = false;      // likewise new_item
  bool want_updated = false;  // likewise updated_old and updated_new
  // Of a request that may be sent again; none where it cannot be (a node alone).
  std::optional<Stamp> stamp;
  // Of a stamped one: no other copy was sent before this, so that an answer that commits nothing (a
  // failed condition, a change that changes nothing) need not be kept. Else it is kept too: a copy
  // that is late must not take effect after another was told that it did not. Whoever has sent a
  // second copy takes no answer to the first any more.
  bool sole_copy = false;
};

struct WriteResult {
  bool condition_failed = false;
  document::EncodedItem old_item;  // empty: there was none (or it was not asked for)
  document::EncodedItem new_item;
  document::Item updated_old;
  document::Item updated_new;
  size_t old_size = 0;  // as DynamoDB counts; 0: there was none
  size_t new_size = 0;
  // Bytes written to each local index that changed: by position in the schema, for capacity units.
  // An entry that moves counts as two.
  struct IndexWrite {
    size_t index;
    uint64_t units;
  };
  std::vector<IndexWrite> index_writes;
};

// `old` is the stored form, empty where there is no item. Fills *command (but for its timestamp)
// unless the condition failed or nothing changes. A failure is InvalidArgument with the service's
// message.
Result<WriteResult> EvaluateWrite(const Schema& schema, const WriteRequest& request,
                                  std::string_view old, proto::command::v1::Command* command);

// Rules on the items of a table, with the service's messages. Of several faults that of the
// partition key is told first, then that of the sort key.
Status CheckPutItem(const Schema& schema, const document::Item& item);
// The part of it that needs no schema: 400 KB.
Status CheckItemSize(const document::Item& item);
// Whether an item of that size and its entries in all local indexes have 400 KB together (AWS,
// "Service, account, and table quotas": item size for tables with local secondary indexes).
bool FitsWithIndexes(const Schema& schema, const document::Item& item, size_t item_bytes);
// `key` must hold the key attributes and nothing else.
Status CheckKey(const KeySchema& schema, const document::Item& key);
// A sort key's value, or what it is compared with, has at most 1,024 bytes.
Status CheckSortKeySize(const document::AttributeValue& value);
// A key attribute's value, of the schema's type, must not be empty.
Status CheckKeyValue(std::string_view name, const document::AttributeValue& value);

// Capacity units of a write or read of that many bytes (AWS, "Read and write operations": units of
// 1 KB and 4 KB).
inline uint64_t WriteUnits(size_t bytes) { return bytes <= 1024 ? 1 : (bytes + 1023) / 1024; }
inline uint64_t ReadUnits(size_t bytes) { return bytes <= 4096 ? 1 : (bytes + 4095) / 4096; }

}  // namespace skerry::partition
