#include "storage/partition/data_range.h"

#include "base/bytes.h"
#include "storage/document/key_encoding.h"
#include "storage/partition/row_key.h"

namespace skerry::partition {
namespace {

// A small group is removed row by row: a range tombstone would make every later read pass it by.
constexpr int kPointDeletesMax = 1000;

}  // namespace

std::string EncodeDescriptor(const Descriptor& descriptor) {
  std::string bytes;
  AppendLittle64(&bytes, descriptor.data.value);
  return bytes + descriptor.origin;
}

Result<std::optional<Descriptor>> ReadDescriptor(engine::Engine& engine, GroupId group) {
  engine::PinnedValue value;
  SKERRY_ASSIGN_OR_RETURN(const engine::Lookup found,
                          engine.Get(GroupKey(group, kDescriptorField), nullptr, &value));
  if (found == engine::Lookup::kAbsent) return std::optional<Descriptor>();
  const std::string_view bytes = value.view();
  if (bytes.size() < sizeof(uint64_t)) {
    return Corruption("the descriptor of group " + std::to_string(group.value) +
                      " cannot be read; restore the data directory from a backup");
  }
  return std::optional<Descriptor>(
      {DataId(LoadLittle64(bytes.data())), std::string(bytes.substr(sizeof(uint64_t)))});
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

Status DestroyRows(engine::Engine& engine, DataId data) {
  return DestroyPrefix(engine, DataPrefix(data));
}

}  // namespace skerry::partition
