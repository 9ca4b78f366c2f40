#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/strong.h"

// The nouns of Raft, in the terms of Ongaro's dissertation ("Consensus: Bridging Theory and
// Practice", 2014; "thesis" below).

namespace skerry::raft {

// The numbers stand on disk and may never change.
enum class EntryKind : uint8_t {
  kNoOp = 0,  // a leader's first entry of its term (thesis 6.4)
  kCommand = 1,
  kConfiguration = 2,
};

struct Entry {
  LogIndex index;
  Term term;
  EntryKind kind = EntryKind::kNoOp;
  std::string data;
};
// Immutable once it is in a log: the log's writer and the group's executor share it.
using EntryPtr = std::shared_ptr<const Entry>;

// What a replica must not forget (thesis figure 3.1), and the commit index that it knew, which may
// lag (safety-rules 10).
struct HardState {
  Term term;
  ReplicaId vote;  // 0: none in this term
  LogIndex commit;
  bool operator==(const HardState&) const = default;
};

// Thesis 4.3: while `outgoing` is not empty, majorities of both sets are needed.
struct Configuration {
  std::vector<ReplicaId> voters;
  std::vector<ReplicaId> outgoing;
  std::vector<ReplicaId> learners;
  std::vector<ReplicaId> learners_next;  // voters of `outgoing` that become learners
  bool operator==(const Configuration&) const = default;

  bool IsOneVoter(ReplicaId replica) const {
    return voters.size() == 1 && voters[0] == replica && outgoing.empty() && learners.empty() &&
           learners_next.empty();
  }
};

enum class MessageType : uint8_t {
  kPreVote = 1,
  kPreVoteResponse = 2,
  kRequestVote = 3,
  kRequestVoteResponse = 4,
  kAppendEntries = 5,
  kAppendEntriesResponse = 6,
};

struct Message {
  MessageType type = MessageType::kAppendEntries;
  ReplicaId from;
  ReplicaId to;
  Term term;
  LogIndex log_index;  // of the entry before `entries`, or the candidate's last
  Term log_term;
  LogIndex commit;
  std::vector<EntryPtr> entries;
  bool reject = false;
};

// What the caller has to do; see Raft::TakeReady.
struct Ready {
  std::optional<HardState>
      hard_state;                 // term or vote changed: persist it, with or before `entries`
  std::vector<EntryPtr> entries;  // append to the log, replacing what stands at their indexes
  LogIndex commit;                // write this beside `entries` (safety-rules 10)
  bool must_sync =
      false;  // holds term, vote or configuration: durable before Persisted, in every mode
  std::vector<Message> messages;    // send at once, before `entries` are durable (thesis 10.2.1)
  std::vector<EntryPtr> committed;  // apply in order, then call Applied

  bool empty() const {
    return !hard_state && entries.empty() && messages.empty() && committed.empty();
  }
};

}  // namespace skerry::raft
