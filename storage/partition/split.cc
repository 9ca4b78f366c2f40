#include "storage/partition/split.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "storage/document/item_codec.h"
#include "storage/document/item_size.h"
#include "storage/partition/row_codec.h"
#include "storage/partition/row_key.h"

namespace skerry::partition {
namespace {

std::string ClassOf(const Schema& schema, size_t position) {
  const LocalIndex* index = position == 0 ? nullptr : &schema.local_indexes[position - 1];
  return std::string(ClassOfRow(FirstRow(index, 0)));
}

// Of the partition's items alone: an index has a row at most for each, of the same hash.
std::optional<uint64_t> HashAtEnd(const Partition& partition, const std::string& prefix,
                                  const HashRange& range, bool last) {
  const RowBounds bounds = BoundsOf(range, prefix + ClassOf(partition.schema(), 0));
  auto cursor = partition.engine().NewIterator(
      {.lower = bounds.lower, .upper = bounds.upper, .fill_cache = false});
  if (last) {
    cursor->SeekToLast();
  } else {
    cursor->SeekToFirst();
  }
  if (!cursor->Valid()) return std::nullopt;
  return HashOfRow(cursor->key().substr(prefix.size()));
}

}  // namespace

SplitCount::SplitCount(Partition& partition, uint64_t last_hash)
    : partition_(partition),
      last_hash_(last_hash),
      prefix_(partition.data_prefix()),
      snapshot_(partition.engine().NewSnapshot()),
      seen_(partition.staged_.size()),
      changes_(seen_) {
  SKERRY_CHECK_MSG(partition.counting_ == nullptr, "a partition is counted once at a time");
  partition.counting_ = this;
  const HashRange hashes{partition.range().first, last_hash};
  for (size_t i = 0; i < seen_.size(); ++i) {
    parts_.push_back({i, BoundsOf(hashes, prefix_ + ClassOf(partition.schema(), i))});
  }
}

SplitCount::~SplitCount() { partition_.counting_ = nullptr; }

Result<bool> SplitCount::Step(size_t rows) {
  while (!parts_.empty()) {
    Part& part = parts_.back();
    auto cursor = partition_.engine().NewIterator({.lower = part.bounds.lower,
                                                   .upper = part.bounds.upper,
                                                   .snapshot = snapshot_.get(),
                                                   .fill_cache = false});
    for (cursor->SeekToFirst(); cursor->Valid(); cursor->Next()) {
      if (rows-- == 0) {
        part.bounds.lower = cursor->key();
        return false;
      }
      SKERRY_ASSIGN_OR_RETURN(const std::string_view encoded,
                              DecodeRow(cursor->key().substr(prefix_.size()), cursor->value()));
      ++seen_[part.position].items;
      seen_[part.position].bytes += static_cast<int64_t>(document::EncodedItemSize(encoded));
    }
    SKERRY_RETURN_IF_ERROR(cursor->status());
    parts_.pop_back();
  }
  snapshot_ = nullptr;
  return true;
}

std::vector<proto::command::v1::StatisticsDelta> SplitCount::sums() const {
  SKERRY_CHECK_MSG(parts_.empty(), "the sums are asked for before all was counted");
  std::vector<proto::command::v1::StatisticsDelta> sums(seen_.size());
  for (size_t i = 0; i < sums.size(); ++i) {
    sums[i].set_index(i == 0 ? 0 : partition_.schema().local_indexes[i - 1].id);
    sums[i].set_items(seen_[i].items + changes_[i].items);
    sums[i].set_bytes(seen_[i].bytes + changes_[i].bytes);
  }
  return sums;
}

Result<uint64_t> FindMiddle(const Partition& partition) {
  const std::string prefix = partition.data_prefix();
  const HashRange range = partition.range();
  const auto lowest = HashAtEnd(partition, prefix, range, /*last=*/false);
  const auto highest = HashAtEnd(partition, prefix, range, /*last=*/true);
  if (!lowest || !highest || *lowest == *highest) {
    return FailedPrecondition(
        "a partition whose items have one partition key, or which has none, "
        "cannot be split");
  }
  const auto bytes_through = [&](uint64_t hash) {
    uint64_t bytes = 0;
    for (size_t i = 0; i <= partition.schema().local_indexes.size(); ++i) {
      const RowBounds bounds = BoundsOf({*lowest, hash}, prefix + ClassOf(partition.schema(), i));
      bytes += partition.engine().ApproximateBytes(bounds.lower, bounds.upper);
    }
    return bytes;
  };
  // What is approximate may be flat, so that the cut comes to lie beside all rows: both ends are
  // kept within them.
  const uint64_t half = bytes_through(*highest) / 2;
  if (half == 0) return *lowest + (*highest - *lowest) / 2;
  uint64_t below = *lowest;
  uint64_t above = *highest - 1;
  while (below < above) {
    const uint64_t middle = below + (above - below) / 2;
    if (bytes_through(middle) < half) {
      below = middle + 1;
    } else {
      above = middle;
    }
  }
  return below;
}

std::optional<uint64_t> FindMiddleOfLoad(const HashRange& range, std::vector<uint64_t> sample) {
  std::erase_if(sample, [&](uint64_t hash) { return !range.Contains(hash); });
  std::sort(sample.begin(), sample.end());
  // Between two neighbours that differ, as near to the middle as there are any.
  const size_t size = sample.size();
  for (size_t away = 0; away <= size / 2; ++away) {
    for (const size_t upper : {size / 2 - away, size / 2 + away}) {
      if (upper == 0 || upper >= size || sample[upper - 1] == sample[upper]) continue;
      if (std::min(upper, size - upper) * 5 < size) return std::nullopt;
      return sample[upper - 1] + (sample[upper] - sample[upper - 1] - 1) / 2;
    }
  }
  return std::nullopt;
}

}  // namespace skerry::partition
