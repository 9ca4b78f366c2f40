#include "storage/partition/data_range.h"

#include "base/bytes.h"
#include "base/planted_bug.h"
#include "storage/document/key_encoding.h"
#include "storage/partition/row_key.h"

namespace skerry::partition {
namespace {

// A small group is removed row by row: a range tombstone would make every later read pass it by.
constexpr int kPointDeletesMax = 1000;

constexpr size_t kInheritanceBytes = 3 * sizeof(uint64_t);

Status Unreadable(std::string_view what, GroupId group) {
  return Corruption("the " + std::string(what) + " of group " + std::to_string(group.value) +
                    " cannot be read; restore the data directory from a backup");
}

Result<bool> ReadField(engine::Engine& engine, GroupId group, char field,
                       engine::PinnedValue* value) {
  SKERRY_ASSIGN_OR_RETURN(const engine::Lookup found,
                          engine.Get(GroupKey(group, field), nullptr, value));
  return found != engine::Lookup::kAbsent;
}

// Whether rows under the data id belong to another group than this.
Result<bool> IsShared(engine::Engine& engine, DataId data, GroupId group) {
  const std::string end = DataSpaceBegin();
  auto cursor = engine.NewIterator({.lower = {}, .upper = end, .fill_cache = false});
  cursor->SeekToFirst();
  while (cursor->Valid()) {
    const GroupId other(OwnerOf(cursor->key()));
    cursor->Seek(AfterOwner(cursor->key()));
    if (other == group) continue;
    SKERRY_ASSIGN_OR_RETURN(const Ownership owned, ReadOwnership(engine, other));
    if (owned.data == data && owned.any) return true;
  }
  SKERRY_RETURN_IF_ERROR(cursor->status());
  return false;
}

}  // namespace

std::string EncodeDescriptor(const Descriptor& descriptor) {
  std::string bytes;
  AppendLittle64(&bytes, descriptor.data.value);
  return bytes + descriptor.origin;
}

Result<std::optional<Descriptor>> ReadDescriptor(engine::Engine& engine, GroupId group) {
  engine::PinnedValue value;
  SKERRY_ASSIGN_OR_RETURN(const bool found, ReadField(engine, group, kDescriptorField, &value));
  if (!found) return std::optional<Descriptor>();
  const std::string_view bytes = value.view();
  if (bytes.size() < sizeof(uint64_t)) return Unreadable("descriptor", group);
  return std::optional<Descriptor>(
      {DataId(LoadLittle64(bytes.data())), std::string(bytes.substr(sizeof(uint64_t)))});
}

std::string EncodeInheritance(const Inheritance& inheritance) {
  std::string bytes;
  AppendLittle64(&bytes, inheritance.range.first);
  AppendLittle64(&bytes, inheritance.range.last);
  AppendLittle64(&bytes, inheritance.hlc);
  return bytes;
}

Result<Inheritance> DecodeInheritance(std::string_view bytes) {
  if (bytes.size() != kInheritanceBytes) return Corruption("these are no bounds of a partition");
  const Inheritance inheritance{{LoadLittle64(bytes.data()), LoadLittle64(bytes.data() + 8)},
                                LoadLittle64(bytes.data() + 16)};
  if (inheritance.range.first > inheritance.range.last) {
    return Corruption("these are no bounds of a partition");
  }
  return inheritance;
}

Result<Inheritance> ReadInheritance(engine::Engine& engine, GroupId group) {
  engine::PinnedValue value;
  SKERRY_ASSIGN_OR_RETURN(const bool found, ReadField(engine, group, kRangeField, &value));
  if (!found) return Inheritance();
  Result<Inheritance> inheritance = DecodeInheritance(value.view());
  if (!inheritance.ok()) return Unreadable("bounds", group);
  return inheritance;
}

std::string EncodeSeal(const Seal& seal) {
  std::string bytes;
  AppendVarint(&bytes, seal.index.value);
  AppendVarint(&bytes, seal.children_made ? 1 : 0);
  return bytes + seal.split.SerializeAsString();
}

Result<Seal> DecodeSeal(std::string_view bytes) {
  Seal seal;
  uint64_t made = 0;
  if (!TakeVarint(&bytes, &seal.index.value) || !TakeVarint(&bytes, &made) || made > 1 ||
      !seal.split.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Corruption("these bytes are no split of a partition");
  }
  seal.children_made = made == 1;
  return seal;
}

Result<std::optional<Seal>> ReadSeal(engine::Engine& engine, GroupId group) {
  engine::PinnedValue value;
  SKERRY_ASSIGN_OR_RETURN(const bool found, ReadField(engine, group, kSealField, &value));
  if (!found) return std::optional<Seal>();
  Result<Seal> seal = DecodeSeal(value.view());
  if (!seal.ok()) return Unreadable("split", group);
  return std::optional<Seal>(*std::move(seal));
}

Result<Ownership> ReadOwnership(engine::Engine& engine, GroupId group) {
  SKERRY_ASSIGN_OR_RETURN(const auto descriptor, ReadDescriptor(engine, group));
  SKERRY_ASSIGN_OR_RETURN(const Inheritance inheritance, ReadInheritance(engine, group));
  engine::PinnedValue value;
  SKERRY_ASSIGN_OR_RETURN(const bool sealed, ReadField(engine, group, kSealField, &value));
  SKERRY_ASSIGN_OR_RETURN(const bool here, ReadField(engine, group, kStateField, &value));
  return Ownership{descriptor ? descriptor->data : DataId(group.value), inheritance.range,
                   here && !sealed};
}

Status DestroyKeys(engine::Engine& engine, std::string_view begin, std::string_view end) {
  engine::WriteBatch batch;
  int rows = 0;
  {
    auto cursor = engine.NewIterator({.lower = begin, .upper = end, .fill_cache = false});
    for (cursor->SeekToFirst(); cursor->Valid() && rows <= kPointDeletesMax; cursor->Next()) {
      batch.Delete(cursor->key());
      ++rows;
    }
    SKERRY_RETURN_IF_ERROR(cursor->status());
  }
  if (rows > kPointDeletesMax) {
    batch.Clear();
    batch.DeleteRange(begin, end);
  }
  return engine.Write(batch);
}

Status DestroyPrefix(engine::Engine& engine, std::string_view prefix) {
  return DestroyKeys(engine, prefix, document::PrefixSuccessor(prefix));
}

Status DestroyRows(engine::Engine& engine, DataId data, const HashRange& range) {
  const std::string prefix = DataPrefix(data);
  if (range.IsAll()) return DestroyPrefix(engine, prefix);
  // Row classes as they are found: whoever removes a group knows no schema.
  std::string next = prefix;
  const std::string end = document::PrefixSuccessor(prefix);
  for (;;) {
    std::string row_class;
    {
      auto cursor = engine.NewIterator({.lower = next, .upper = end, .fill_cache = false});
      cursor->SeekToFirst();
      SKERRY_RETURN_IF_ERROR(cursor->status());
      if (!cursor->Valid()) return OkStatus();
      row_class = ClassOfRow(cursor->key().substr(prefix.size()));
    }
    const RowBounds bounds = BoundsOf(range, prefix + row_class);
    SKERRY_RETURN_IF_ERROR(DestroyKeys(engine, bounds.lower, bounds.upper));
    next = document::PrefixSuccessor(prefix + row_class);
  }
}

Status ReleaseRows(engine::Engine& engine, GroupId group, const Ownership& owned) {
  SKERRY_ASSIGN_OR_RETURN(const bool shared, IsShared(engine, owned.data, group));
  if (!shared || Planted(PlantedBug::kSiblingDestroyed)) return DestroyRows(engine, owned.data, {});
  return owned.any ? DestroyRows(engine, owned.data, owned.range) : OkStatus();
}

}  // namespace skerry::partition
