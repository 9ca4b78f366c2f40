#include <algorithm>
#include <map>
#include <vector>

#include "base/planted_bug.h"
#include "storage/document/key_encoding.h"
#include "storage/partition/data_range.h"
#include "storage/partition/partition.h"
#include "storage/partition/row_key.h"

namespace skerry::partition {
namespace {

// Every group or data id with a key in [lower, upper).
Result<std::vector<uint64_t>> OwnersIn(engine::Engine& engine, std::string_view lower,
                                       std::string_view upper) {
  std::vector<uint64_t> owners;
  auto cursor = engine.NewIterator({.lower = lower, .upper = upper, .fill_cache = false});
  cursor->SeekToFirst();
  while (cursor->Valid()) {
    owners.push_back(OwnerOf(cursor->key()));
    cursor->Seek(AfterOwner(cursor->key()));
  }
  SKERRY_RETURN_IF_ERROR(cursor->status());
  return owners;
}

// With the children of those that were split, as far as they are here: a crash may have come
// between the split and the first record of the children in the log (safety-rules 3).
Result<std::vector<GroupId>> WithChildren(engine::Engine& engine, std::span<const GroupId> groups) {
  std::vector<GroupId> all(groups.begin(), groups.end());
  for (const GroupId group : groups) {
    SKERRY_ASSIGN_OR_RETURN(const auto seal, ReadSeal(engine, group));
    if (!seal || seal->children_made || Planted(PlantedBug::kChildrenSwept)) continue;
    all.emplace_back(seal->split.lower().group());
    all.emplace_back(seal->split.upper().group());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

// Removes the rows under the data id that lie between the ranges.
Status DestroyBetween(engine::Engine& engine, DataId data, std::vector<HashRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const HashRange& a, const HashRange& b) { return a.first < b.first; });
  uint64_t next = 0;
  for (const HashRange& range : ranges) {
    if (range.first > next) {
      SKERRY_RETURN_IF_ERROR(DestroyRows(engine, data, {next, range.first - 1}));
    }
    if (range.last == UINT64_MAX) return OkStatus();
    next = std::max(next, range.last + 1);
  }
  return DestroyRows(engine, data, {next, UINT64_MAX});
}

}  // namespace

Status Partition::Destroy(engine::Engine& engine, GroupId group) {
  SKERRY_ASSIGN_OR_RETURN(const Ownership owned, ReadOwnership(engine, group));
  SKERRY_RETURN_IF_ERROR(ReleaseRows(engine, group, owned));
  SKERRY_RETURN_IF_ERROR(KeptAnswers::Destroy(engine, group));
  engine::WriteBatch batch;
  for (const char field : {kStateField, kDescriptorField, kRangeField, kSealField}) {
    batch.Delete(GroupKey(group, field));
  }
  return engine.Write(batch);
}

Status Partition::Sweep(engine::Engine& engine, std::span<const GroupId> owned) {
  SKERRY_ASSIGN_OR_RETURN(const std::vector<GroupId> groups, WithChildren(engine, owned));
  SKERRY_ASSIGN_OR_RETURN(const auto found, OwnersIn(engine, {}, DataSpaceBegin()));
  std::map<DataId, std::vector<HashRange>> in_use;
  for (const GroupId group : groups) {
    SKERRY_ASSIGN_OR_RETURN(const Ownership ownership, ReadOwnership(engine, group));
    if (ownership.any) in_use[ownership.data].push_back(ownership.range);
    SKERRY_RETURN_IF_ERROR(KeptAnswers::DestroyOthers(engine, group, ownership.data));
  }
  for (const uint64_t group : found) {
    if (std::binary_search(groups.begin(), groups.end(), GroupId(group))) continue;
    SKERRY_RETURN_IF_ERROR(Destroy(engine, GroupId(group)));
  }
  SKERRY_ASSIGN_OR_RETURN(const auto ids, OwnersIn(engine, DataSpaceBegin(), DataSpaceEnd()));
  for (const uint64_t id : ids) {
    const auto ranges = in_use.find(DataId(id));
    if (ranges == in_use.end()) {
      SKERRY_RETURN_IF_ERROR(DestroyRows(engine, DataId(id), {}));
    } else {
      SKERRY_RETURN_IF_ERROR(DestroyBetween(engine, DataId(id), ranges->second));
    }
  }
  return OkStatus();
}

}  // namespace skerry::partition
