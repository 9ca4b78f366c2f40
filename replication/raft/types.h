#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "base/strong.h"
#include "replication/raft/configuration.h"

// The nouns of Raft, in the terms of Ongaro's dissertation ("Consensus: Bridging Theory and
// Practice", 2014; "thesis" below).

namespace skerry::raft {

// The numbers stand on disk and may never change.
enum class EntryKind : uint8_t {
  kNoOp = 0,  // a leader's first entry of its term (thesis 6.4)
  kCommand = 1,
  kConfiguration = 2,  // data: EncodeConfiguration
};

struct Entry {
  LogIndex index;
  Term term;
  EntryKind kind = EntryKind::kNoOp;
  std::string data;
};
// Immutable once it is in a log: the log's writer and the group's executor share it.
using EntryPtr = std::shared_ptr<const Entry>;

// What an entry is charged with beyond its data, wherever bytes of entries are bounded.
constexpr uint64_t kEntryOverhead = 64;
inline uint64_t Charge(const Entry& entry) { return entry.data.size() + kEntryOverhead; }

// What a voter is bound by: it neither campaigns nor votes before its node's support of (leader's
// node, epoch) has ended (safety-rules 1).
struct Fortified {
  Term term;
  ReplicaId leader;
  uint64_t epoch = 0;  // 0: not bound
  bool operator==(const Fortified&) const = default;
};

// What a replica must not forget (thesis figure 3.1), and the commit index that it knew, which may
// lag (safety-rules 10).
struct HardState {
  Term term;
  ReplicaId vote;  // 0: none in this term
  LogIndex commit;
  Fortified fortified = {};
  bool operator==(const HardState&) const = default;
};

// What a snapshot stands for: the state after the entry at `index`, and the configuration then.
struct SnapshotMetadata {
  LogIndex index;
  Term term;
  Configuration configuration;
  bool operator==(const SnapshotMetadata&) const = default;
};

// As proto/raft/v1's SnapshotMetadata; kCorruption if it is none.
std::string EncodeSnapshotMetadata(const SnapshotMetadata& metadata);
Result<SnapshotMetadata> DecodeSnapshotMetadata(std::string_view data);

// The numbers travel between nodes of different versions and may never change.
enum class MessageType : uint8_t {
  kPreVote = 1,
  kPreVoteResponse = 2,
  kRequestVote = 3,
  kRequestVoteResponse = 4,
  kAppendEntries = 5,
  kAppendEntriesResponse = 6,
  kHeartbeat = 7,  // of a leader with nothing to send; carries reads (thesis 6.4)
  kHeartbeatResponse = 8,
  kInstallSnapshot = 9,  // the follower's node holds the whole snapshot; its bytes went beside Raft
  kTimeoutNow = 10,      // campaign now (thesis 3.10)
  kNotMember = 11,       // the leader's configuration lacks the sender
  // Of leases, all about the message's own `term` and `epoch`:
  kFortify = 12,          // a leader asks to be fortified for
  kFortifyResponse = 13,  // this replica is, durably
  kUnfortified = 14,      // the sender leads in that term no more
};
constexpr auto kLastMessageType = MessageType::kUnfortified;

struct Message {
  MessageType type = MessageType::kAppendEntries;
  ReplicaId from;
  ReplicaId to;
  Term term;
  // kAppendEntries: of the entry before `entries`. Votes: the candidate's last. Acknowledgements:
  // all through it is durable and as the leader has it; with `reject`: the leader's own
  // log_index that did not match. kNotMember: of the configuration that lacks the receiver.
  LogIndex log_index;
  Term log_term;
  LogIndex commit;
  std::vector<EntryPtr> entries;
  // kHeartbeatResponse: this replica cannot tell whether its log agrees through `commit`.
  bool reject = false;
  // kRequestVote: the old leader asked for it, so that it need not be heard of first (thesis 3.10).
  bool transfer = false;
  // Of a rejected append: where the logs may agree at best (thesis 3.5, end).
  LogIndex hint_index;
  Term hint_term;
  // Of a rejected append: this replica was never initialised and wants a snapshot.
  bool needs_snapshot = false;
  // Heartbeats and their answers: the last ReadIndex that the leader had begun when it sent it.
  uint64_t read_sequence = 0;
  // Appends and heartbeats of a leader that has applied an entry of its term, 0 before: nothing
  // that was acknowledged before it was sent lies above it.
  LogIndex read_commit;
  // Answers to those: when they were sent, on the follower's clock (the driver's matter). The
  // leader sends the latest back with `read_commit`, which is from later than that; 0: there is
  // none.
  uint64_t asked = 0;
  uint64_t epoch = 0;                                // kFortify and what follows it
  std::shared_ptr<const SnapshotMetadata> snapshot;  // kInstallSnapshot
};

// Until `end`, on the node's clock, nobody else leads the group or will have committed anything, as
// long as the node's epoch is this one. By default none.
struct Lease {
  MonotonicTime end;
  uint64_t epoch = 0;
};

// The outcome of one ReadIndex.
struct ReadState {
  uint64_t id = 0;
  bool confirmed = false;  // false: this replica leads no more, nothing is known
  LogIndex index;          // the read may be served from a state that has applied this
};

// Entries that a follower needs and that memory no longer holds: see Raft::Fetched.
struct Fetch {
  ReplicaId replica;
  LogIndex from;
  LogIndex to;
};

// What the caller has to do; see Raft::TakeReady.
struct Ready {
  // For Raft::Persisted, if must_persist().
  uint64_t number = 0;
  std::optional<HardState>
      hard_state;  // changed, not by commit alone: persist it, with or before `entries`
  std::vector<EntryPtr> entries;  // append to the log, replacing what stands at their indexes
  LogIndex commit;                // write this beside `entries` (safety-rules 10)
  bool must_sync =
      false;  // holds term, vote or configuration: durable before Persisted, in every mode
  std::vector<Message> messages;    // send at once; what has to wait for the disk is held back
  std::vector<EntryPtr> committed;  // durable here and committed: apply in order, then call Applied
  std::vector<ReadState> reads;
  std::vector<Fetch> fetches;        // read from the log, answer by Fetched or FetchFailed
  std::vector<ReplicaId> snapshots;  // each wants one sent; answer by SnapshotSent
  // Install what the node has received of it, then call SnapshotInstalled (or InstallFailed).
  std::optional<SnapshotMetadata> install;

  bool must_persist() const { return hard_state || !entries.empty(); }
  bool empty() const {
    return !must_persist() && messages.empty() && committed.empty() && reads.empty() &&
           fetches.empty() && snapshots.empty() && !install;
  }
};

}  // namespace skerry::raft
