#include "storage/engine/memory/versioned_map.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace skerry::engine {
namespace {

// Beside the bytes themselves, about.
constexpr size_t kEntryOverhead = 112;
constexpr size_t kVersionOverhead = 32;
constexpr size_t kPrunedAtRelease = 8;

size_t BytesOfVersion(const SharedBytes& value) {
  return value.null() ? 0 : value.view().size() + kVersionOverhead;
}

}  // namespace

SharedBytes::SharedBytes(std::string_view bytes) : size_(bytes.size()) {
  auto data = std::make_shared_for_overwrite<char[]>(std::max<size_t>(bytes.size(), 1));
  std::memcpy(data.get(), bytes.data(), bytes.size());
  data_ = std::move(data);
}

void VersionedMap::Apply(const WriteBatch& batch, bool flushed) {
  ++last_;
  if (flushed) flushed_ = last_;  // before the changes, so that they keep nothing for a crash
  batch.ForEach([this](WriteBatch::Operation op, std::string_view key, std::string_view value) {
    switch (op) {
      case WriteBatch::Operation::kPut:
        Set(key, SharedBytes(value), false);
        break;
      case WriteBatch::Operation::kDelete:
        Set(key, SharedBytes(), false);
        break;
      case WriteBatch::Operation::kDeleteRange:
        DeleteRange(key, value);
        break;
    }
  });
  written_bytes_ += batch.bytes() + kEntryOverhead * batch.count();
  if (flushed) {
    flushed_bytes_ = written_bytes_;
    unflushed_range_deletions_.clear();
  }
  // Work for the past in proportion to the present: what readers have let go of does not pile up.
  PruneQueue(&until_release_, 2 * batch.count());
}

void VersionedMap::ApplyDurably(const std::vector<const Pairs*>& tables) {
  ++last_;
  for (const Pairs* table : tables) {
    for (const auto& [key, value] : *table) Set(key, SharedBytes(value), true);
  }
}

const SharedBytes* VersionedMap::At(const Entry& entry, SequenceNumber at) const {
  if (entry.newest.at <= at) return &entry.newest.value;
  for (const Version& version : entry.older) {
    if (version.at <= at) return &version.value;
  }
  return nullptr;
}

SharedBytes VersionedMap::Find(std::string_view key, SequenceNumber at) const {
  const auto found = map_.find(key);
  if (found == map_.end()) return {};
  const SharedBytes* value = At(found->second, at);
  return value == nullptr ? SharedBytes() : *value;
}

SharedBytes VersionedMap::FindPersisted(std::string_view key) const {
  const auto found = map_.find(key);
  if (found == map_.end()) return {};
  if (Persisted(found->second.newest)) return found->second.newest.value;
  for (const Version& version : found->second.older) {
    if (Persisted(version)) return version.value;
  }
  return {};
}

void VersionedMap::ScanForward(std::string_view from, std::string_view upper, SequenceNumber at,
                               size_t limit, std::vector<Row>* rows) const {
  for (auto i = map_.lower_bound(from);
       i != map_.end() && (upper.empty() || i->first < upper) && limit > 0; ++i) {
    const SharedBytes* value = At(i->second, at);
    if (value == nullptr || value->null()) continue;
    rows->push_back({i->first, *value});
    --limit;
  }
}

void VersionedMap::ScanBackward(std::string_view lower, std::string_view from, bool from_end,
                                SequenceNumber at, size_t limit, std::vector<Row>* rows) const {
  auto i = from_end ? map_.end() : map_.lower_bound(from);
  while (limit > 0 && i != map_.begin()) {
    --i;
    if (i->first < lower) return;
    const SharedBytes* value = At(i->second, at);
    if (value == nullptr || value->null()) continue;
    rows->push_back({i->first, *value});
    --limit;
  }
}

void VersionedMap::Release(SequenceNumber at) {
  if (at < reborn_) return;  // of a reader that a crash has ended
  const auto held = held_.find(at);
  SKERRY_CHECK(held != held_.end());
  if (--held->second > 0) return;
  held_.erase(held);
  // Of a full store nothing else would make room: it takes no writes.
  PruneQueue(&until_release_, held_.empty() ? until_release_.size() : kPrunedAtRelease);
}

bool VersionedMap::HeldBetween(SequenceNumber from, SequenceNumber before) const {
  const auto held = held_.lower_bound(from);
  return held != held_.end() && held->first < before;
}

void VersionedMap::Set(std::string_view key, SharedBytes value, bool durable) {
  auto at = map_.lower_bound(key);
  if (at == map_.end() || at->first != key) {
    if (value.null()) return;
    at = map_.emplace_hint(at, std::string(key), Entry());
    at->second.newest = {std::move(value), last_, durable};
    bytes_ += key.size() + kEntryOverhead + BytesOfVersion(at->second.newest.value);
    return;
  }
  Replace(&at->second, std::move(value), durable);
  Prune(at);
}

void VersionedMap::Replace(Entry* entry, SharedBytes value, bool durable) {
  bytes_ += BytesOfVersion(value);
  if (entry->newest.at == last_) {  // the same batch: nobody has seen it
    bytes_ -= BytesOfVersion(entry->newest.value);
  } else {
    entry->older.insert(entry->older.begin(), std::move(entry->newest));
  }
  entry->newest = {std::move(value), last_, durable};
}

void VersionedMap::DeleteRange(std::string_view begin, std::string_view end) {
  if (begin >= end) return;
  unflushed_range_deletions_.push_back({last_, std::string(begin), std::string(end)});
  for (auto i = map_.lower_bound(begin); i != map_.end() && i->first < end;) {
    if (i->second.newest.value.null()) {
      ++i;
      continue;
    }
    Replace(&i->second, SharedBytes(), false);
    i = Prune(i);
  }
}

VersionedMap::Map::iterator VersionedMap::Prune(Map::iterator at) {
  Entry& entry = at->second;
  bool persisted_seen = Persisted(entry.newest);
  bool for_reader = false;
  SequenceNumber next = entry.newest.at;
  const auto unseen = [&](const Version& version) {
    const bool held = HeldBetween(version.at, next);
    const bool kept_for_crash = !persisted_seen && Persisted(version);
    persisted_seen |= kept_for_crash;
    for_reader |= held;
    next = version.at;
    if (held || kept_for_crash) return false;
    bytes_ -= BytesOfVersion(version.value);
    return true;
  };
  auto& older = entry.older;
  older.erase(std::remove_if(older.begin(), older.end(), unseen), older.end());
  if (older.empty()) {
    if (older.capacity() > 0) std::vector<Version>().swap(older);
    if (!entry.newest.value.null()) return ++at;
    bytes_ -= at->first.size() + kEntryOverhead;
    return map_.erase(at);
  }
  if (!entry.queued) {
    entry.queued = true;
    (for_reader ? until_release_ : until_flush_).push_back(at->first);
  }
  return ++at;
}

void VersionedMap::PruneQueue(std::deque<std::string>* queue, size_t limit) {
  for (size_t n = std::min(limit, queue->size()); n > 0; --n) {
    const auto at = map_.find(queue->front());
    queue->pop_front();
    if (at == map_.end()) continue;
    at->second.queued = false;
    Prune(at);
  }
}

bool VersionedMap::HasUnflushed(std::string_view first, std::string_view last) const {
  for (const RangeDeletion& deletion : unflushed_range_deletions_) {
    if (deletion.begin <= last && first < deletion.end) return true;
  }
  for (auto i = map_.lower_bound(first); i != map_.end() && i->first <= last; ++i) {
    if (!Persisted(i->second.newest)) return true;
  }
  return false;
}

void VersionedMap::MarkFlushed(const Mark& up_to) {
  if (up_to.at <= flushed_) return;
  flushed_ = up_to.at;
  flushed_bytes_ = up_to.bytes;
  std::erase_if(unflushed_range_deletions_,
                [&](const RangeDeletion& deletion) { return deletion.at <= up_to.at; });
  PruneQueue(&until_flush_, until_flush_.size());
}

void VersionedMap::Crash() {
  held_.clear();
  reborn_ = ++last_;
  until_flush_.clear();
  until_release_.clear();
  unflushed_range_deletions_.clear();
  flushed_bytes_ = written_bytes_;
  bytes_ = 0;
  Map survivors;
  for (auto& [key, entry] : map_) {
    const SharedBytes value = FindPersisted(key);
    if (value.null()) continue;
    bytes_ += key.size() + kEntryOverhead + BytesOfVersion(value);
    Entry survivor;
    survivor.newest = {value, last_, true};
    survivors.emplace_hint(survivors.end(), key, std::move(survivor));
  }
  map_ = std::move(survivors);
  flushed_ = last_;
}

size_t VersionedMap::BytesOf(std::string_view lower, std::string_view upper) const {
  size_t total = 0;
  for (auto i = map_.lower_bound(lower); i != map_.end() && (upper.empty() || i->first < upper);
       ++i) {
    total += i->first.size() + kEntryOverhead + BytesOfVersion(i->second.newest.value);
  }
  return total;
}

}  // namespace skerry::engine
