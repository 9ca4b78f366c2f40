#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/strong.h"

namespace skerry::group {

// One committed command. No-ops and configuration changes are never handed over, so indexes have
// gaps. The view is valid during the call that hands it over.
struct CommittedEntry {
  LogIndex index;
  Term term;
  std::string_view command;
};

// What a group's log drives: a port, implemented by server/replica over storage/partition. Outlives
// the Group (until the callback of DestroyGroup or the end of Host::Stop). Called on the group's
// executor except where it says otherwise.
class StateMachine {
 public:
  virtual ~StateMachine() = default;

  // Applies `entries` in order, atomically with the applied index and its term (one engine write).
  // `applied` is at or above the last entry's index: `entries` is empty when only a no-op was
  // committed. Deterministic in the entries and the state before them. outcomes->at(i) tells entry
  // i's waiter; *outcomes comes in with one success for each entry. A failed call stops the node:
  // its state can no longer follow the log.
  virtual Status Apply(std::span<const CommittedEntry> entries, LogIndex applied, Term applied_term,
                       std::vector<Status>* outcomes) = 0;

  // What Apply last wrote; after a restart what is found in the engine. 0 before the first Apply.
  virtual LogIndex applied() const = 0;
  virtual Term applied_term() const = 0;

  // The applied index that is durable in the engine (read with kPersistedTier): the log may be
  // truncated through it. Called on the blocking executor, at the same time as the others.
  virtual Result<LogIndex> FlushedIndex() = 0;

  // The log wants to be shorter: start making what was applied durable. Returns at once. Called on
  // the blocking executor. Host::NotifyFlushed is owed afterwards (or the host asks again).
  virtual void RequestFlush() = 0;
};

}  // namespace skerry::group
