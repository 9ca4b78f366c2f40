#include "replication/raft/entries.h"

#include <utility>

#include "base/check.h"

namespace skerry::raft {

const EntryPtr& Entries::At(LogIndex index) const {
  SKERRY_CHECK(index > base_ && index <= last());
  return entries_[index.value - base_.value - 1];
}

std::optional<Term> Entries::TermAt(LogIndex index) const {
  if (index == base_) return base_term_;
  if (index < base_ || index > last()) return std::nullopt;
  return At(index)->term;
}

void Entries::Append(EntryPtr entry) {
  SKERRY_CHECK(entry->index == last().Next() && entry->term >= last_term());
  bytes_ += Charge(*entry);
  entries_.push_back(std::move(entry));
}

void Entries::TruncateFrom(LogIndex index) {
  SKERRY_CHECK(index > base_);
  while (last() >= index) {
    bytes_ -= Charge(*entries_.back());
    entries_.pop_back();
  }
}

void Entries::DropThrough(LogIndex index) {
  while (base_ < index && !entries_.empty()) {
    bytes_ -= Charge(*entries_.front());
    base_ = entries_.front()->index;
    base_term_ = entries_.front()->term;
    entries_.pop_front();
  }
}

void Entries::Reset(LogIndex index, Term term) {
  entries_.clear();
  bytes_ = 0;
  base_ = index;
  base_term_ = term;
}

std::vector<EntryPtr> Entries::Slice(LogIndex from, LogIndex to, uint64_t max_bytes) const {
  std::vector<EntryPtr> slice;
  uint64_t bytes = 0;
  for (LogIndex index = from; index <= to && index <= last(); index = index.Next()) {
    const EntryPtr& entry = At(index);
    bytes += Charge(*entry);
    if (!slice.empty() && bytes > max_bytes) break;
    slice.push_back(entry);
  }
  return slice;
}

LogIndex Entries::LastWithTermAtMost(LogIndex index, Term term) const {
  while (index > base_ && index <= last() && At(index)->term > term) {
    index = LogIndex(index.value - 1);
  }
  return index;
}

}  // namespace skerry::raft
