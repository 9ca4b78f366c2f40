#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/strong.h"
#include "storage/document/attribute_value.h"
#include "storage/partition/schema.h"

// Keys of a partition's rows (FORMAT.md). A row key begins with its class byte; in the engine the
// node-local data id stands before it. Byte order is the order of Query and Scan.

namespace skerry::partition {

// Which hashes of partition keys are a partition's, both ends included. A group's never changes.
struct HashRange {
  uint64_t first = 0;
  uint64_t last = UINT64_MAX;

  bool Contains(uint64_t hash) const { return first <= hash && hash <= last; }
  bool IsAll() const { return first == 0 && last == UINT64_MAX; }
  bool operator==(const HashRange&) const = default;
};

enum class RowClass : uint8_t {
  kItem = 0x10,
  kLocalIndex = 0x20,
};

// The attributes of `item` that the schema names must be there with the schema's types.
std::string ItemRowKey(const KeySchema& key, const document::Item& item);
std::string IndexRowKey(const Schema& schema, const LocalIndex& index, const document::Item& item);

// All rows of one partition key value: of the table, or of one of its indexes.
std::string ItemCollectionPrefix(const document::AttributeValue& partition_value);
std::string IndexCollectionPrefix(const LocalIndex& index,
                                  const document::AttributeValue& partition_value);

// Of the table's items (index null) or an index: the first possible row whose partition key hashes
// to `hash` or more, and the end, above each row.
std::string FirstRow(const LocalIndex* index, uint64_t hash);
std::string RowsEnd(const LocalIndex* index);

// The hash of the partition key in any row key of these classes.
uint64_t HashOfRow(std::string_view row_key);
// What stands before the hash: the class and, of a local index, its id. Rows of one class lie
// together, ordered by their hashes.
std::string_view ClassOfRow(std::string_view row_key);

// Where rows of the range lie among those that begin with `class_prefix` (in the engine or as row
// keys): from lower on and below upper.
struct RowBounds {
  std::string lower;
  std::string upper;
};
RowBounds BoundsOf(const HashRange& range, std::string_view class_prefix);

// Prefixes in the engine.
constexpr char kGroupSpace = 0x00;  // the first byte of GroupKey
std::string DataPrefix(DataId data);
std::string GroupKey(GroupId group, char field);
// Fields of a group's own keys.
constexpr char kStateField = 's';
constexpr char kDescriptorField = 'd';  // where its rows lie, if not under its own id
constexpr char kRangeField = 'r';       // which of the rows there, if not all
constexpr char kSealField = 'e';        // the split that ended it
constexpr char kKeptField = 'w';        // the answers of its writes
// Of the kept answers that came with the rows of that data id: the key of their figures, behind
// which a row's key has so many bytes more.
std::string KeptPrefix(GroupId group, DataId data);
constexpr size_t kKeptPrefixBytes = 1 + 8 + 1 + 8;
constexpr size_t kKeptRowBytes = 32;

// Data ids that snapshots bring: none of them is a group's id.
constexpr uint64_t kFreshDataIds = uint64_t{1} << 63;

// Whether an engine key is a group's own, and the group's or data id in it.
bool IsGroupKey(std::string_view engine_key);
uint64_t OwnerOf(std::string_view engine_key);
// The first key that may belong to another, and the end of all of them.
std::string AfterOwner(std::string_view engine_key);
std::string DataSpaceBegin();
std::string DataSpaceEnd();

}  // namespace skerry::partition
