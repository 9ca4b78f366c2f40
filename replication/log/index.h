#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "base/status.h"
#include "base/strong.h"
#include "replication/log/format.h"

namespace skerry::log {

// Where a run of a group's entries lies. first..last may be less than the record holds: a later
// record replaced its end, or truncation its begin.
struct RecordRef {
  LogIndex first;
  LogIndex last;
  Term last_term;
  uint64_t sequence = 0;
  Position position;
  uint32_t payload_bytes = 0;
  uint32_t previous_checksum = 0;  // so that the record can be checked where it stands
  bool configuration = false;      // the record holds one
};

// What the log knows of one group.
struct GroupLog {
  GroupState state;
  uint64_t sequence = 0;       // of the last record
  std::deque<RecordRef> refs;  // contiguous, in the order of their indexes, all above state.start

  // The segment of the last state record. That must be rewritten before its segment goes
  // (safety-rules 9), and says all then; term and vote of a later append lie at or behind it.
  uint64_t state_segment = 0;
  LogIndex durable_start;  // state.start as of the last state record

  LogIndex last_index() const { return refs.empty() ? state.start : refs.back().last; }
  Term last_term() const { return refs.empty() ? state.start_term : refs.back().last_term; }

  // Takes in the entries of `ref`: they replace everything from its first index on.
  void Append(const RecordRef& ref);
  // Forgets whole records whose entries are all at or below `through`; the log starts after them.
  void Truncate(LogIndex through);
  // The same, but leaves `state` alone.
  void DropThrough(LogIndex through);
};

using Index = std::map<GroupId, GroupLog>;

// Builds the index of the groups from records found in any order of segments. Replay orders a
// group's records by their sequence numbers (safety-rules 9).
class IndexBuilder {
 public:
  // kCorruption or kFailedPrecondition if the record cannot be understood.
  Status Add(const RecordView& record);
  // kCorruption if a group has records but no state, or lacks entries.
  Result<Index> Build();

 private:
  struct Found {
    std::vector<std::pair<AppendSummary, RecordRef>> appends;
    std::vector<std::pair<StateRecord, Position>> states;
  };
  static Result<GroupLog> BuildGroup(GroupId id, Found found);

  std::map<GroupId, Found> found_;
};

}  // namespace skerry::log
