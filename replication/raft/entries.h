#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "replication/raft/types.h"

namespace skerry::raft {

// The end of a replica's log that is in memory: entries (base, last]. Below, all is applied and
// durable, and is read from the log when somebody needs it. Not thread-safe.
class Entries {
 public:
  Entries(LogIndex base, Term base_term) : base_(base), base_term_(base_term) {}

  LogIndex base() const { return base_; }
  LogIndex last() const { return LogIndex(base_.value + entries_.size()); }
  Term last_term() const { return entries_.empty() ? base_term_ : entries_.back()->term; }
  // Nothing outside [base, last].
  std::optional<Term> TermAt(LogIndex index) const;
  const EntryPtr& At(LogIndex index) const;  // in (base, last]
  // Of entries in memory.
  uint64_t bytes() const { return bytes_; }

  // The next one: index last + 1, of no lower term.
  void Append(EntryPtr entry);
  // Entries from `index` on go.
  void TruncateFrom(LogIndex index);
  // Entries through `index` leave the memory.
  void DropThrough(LogIndex index);
  // The log begins anew behind (index, term).
  void Reset(LogIndex index, Term term);

  // Entries [from, to], as many as fit in max_bytes, but at least one.
  std::vector<EntryPtr> Slice(LogIndex from, LogIndex to, uint64_t max_bytes) const;
  // The highest index at or below `index` whose term is at most `term`, as far as memory tells:
  // never below the base (thesis 3.5, end: skip whole terms of a conflict).
  LogIndex LastWithTermAtMost(LogIndex index, Term term) const;

 private:
  LogIndex base_;
  Term base_term_;
  std::deque<EntryPtr> entries_;
  uint64_t bytes_ = 0;
};

}  // namespace skerry::raft
