#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "storage/engine/write_batch.h"

// The data of the memory engine: an ordered map that keeps of each key the versions that somebody
// may still see: readers of older moments, and what a crash would leave. Thread-compatible.

namespace skerry::engine {

// A moment: that of the batch with this number, the first of which is 1.
using SequenceNumber = uint64_t;

// Immutable bytes that several own; null is "deleted".
class SharedBytes {
 public:
  SharedBytes() = default;
  explicit SharedBytes(std::string_view bytes);
  bool null() const { return data_ == nullptr; }
  std::string_view view() const { return {data_.get(), size_}; }

 private:
  std::shared_ptr<const char[]> data_;
  size_t size_ = 0;
};

// Of one key.
struct Version {
  SharedBytes value;
  SequenceNumber at = 0;
  bool durable = false;
};
struct Entry {
  Version newest;
  std::vector<Version> older;  // newest first
  bool queued = false;         // in one of the two queues of entries to prune
};

class VersionedMap {
 public:
  SequenceNumber last() const { return last_; }
  // What has been written so far, as a flush that begins now will find it.
  struct Mark {
    SequenceNumber at = 0;
    uint64_t bytes = 0;
  };
  Mark mark() const { return {last_, written_bytes_}; }

  // Makes the batch's changes, all at the next sequence number. With `flushed` everything survives
  // a crash that was written until then, these changes included.
  void Apply(const WriteBatch& batch, bool flushed = false);
  // Puts pairs in at the next sequence number that survive a crash whatever else is flushed.
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  void ApplyDurably(const std::vector<const Pairs*>& tables);

  // The value at that moment; null bytes if there was none.
  SharedBytes Find(std::string_view key, SequenceNumber at) const;
  // What a crash would leave.
  SharedBytes FindPersisted(std::string_view key) const;

  struct Row {
    std::string key;
    SharedBytes value;
  };
  // Appends up to `limit` rows of a moment: keys in [from, upper) ascending, or keys in [lower,
  // from) descending. An empty upper is none.
  void ScanForward(std::string_view from, std::string_view upper, SequenceNumber at, size_t limit,
                   std::vector<Row>* rows) const;
  void ScanBackward(std::string_view lower, std::string_view from, bool from_end, SequenceNumber at,
                    size_t limit, std::vector<Row>* rows) const;

  // Moments that are read; each is added and removed as often as it is needed.
  void Hold(SequenceNumber at) { ++held_[at]; }
  void Release(SequenceNumber at);

  // Whether unflushed changes lie in the range, both ends included. May miss keys that were put and
  // deleted again.
  bool HasUnflushed(std::string_view first, std::string_view last) const;
  // Everything up to there survives a crash.
  void MarkFlushed(const Mark& up_to);
  // Back to what was persisted. Moments that were held are no more; removing them is harmless.
  void Crash();

  // About the memory that everything takes.
  size_t bytes() const { return bytes_; }
  uint64_t unflushed_bytes() const { return written_bytes_ - flushed_bytes_; }
  size_t keys() const { return map_.size(); }
  size_t BytesOf(std::string_view lower, std::string_view upper) const;

 private:
  using Map = absl::btree_map<std::string, Entry, std::less<>>;

  bool Persisted(const Version& version) const { return version.durable || version.at <= flushed_; }
  bool HeldBetween(SequenceNumber from, SequenceNumber before) const;
  const SharedBytes* At(const Entry& entry, SequenceNumber at) const;

  void Set(std::string_view key, SharedBytes value, bool durable);
  void DeleteRange(std::string_view begin, std::string_view end);
  void Replace(Entry* entry, SharedBytes value, bool durable);
  // Drops the versions that nobody can see; erases the entry if it is nothing but a deletion. Says
  // where the next one is.
  Map::iterator Prune(Map::iterator at);
  void PruneQueue(std::deque<std::string>* queue, size_t limit);

  Map map_;
  std::map<SequenceNumber, size_t> held_;
  SequenceNumber reborn_ = 0;  // the first moment after the last crash
  // Keys with older versions: kept for a crash until the next flush, or for a reader.
  std::deque<std::string> until_flush_;
  std::deque<std::string> until_release_;
  struct RangeDeletion {
    SequenceNumber at;
    std::string begin;
    std::string end;
  };
  std::vector<RangeDeletion> unflushed_range_deletions_;
  SequenceNumber last_ = 0;
  SequenceNumber flushed_ = 0;
  size_t bytes_ = 0;
  uint64_t written_bytes_ = 0;  // by all writes ever
  uint64_t flushed_bytes_ = 0;  // of those
};

}  // namespace skerry::engine
