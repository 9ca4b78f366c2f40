#pragma once

#include <cstdint>
#include <deque>

#include "base/strong.h"

namespace skerry::raft {

// What a leader knows of one follower or learner (thesis 3.5, 10.2.1). Not thread-safe.
class Progress {
 public:
  enum class State : uint8_t {
    kProbe,      // where the logs agree is being found: one append at a time
    kReplicate,  // appends are sent ahead of their answers, within bounds
    kSnapshot,   // its next entry is gone: a snapshot is on its way
  };

  struct Bounds {
    size_t messages = 256;
    uint64_t bytes = 8 << 20;
  };

  Progress(LogIndex last, Bounds bounds) : bounds_(bounds), next_(last.Next()) {}

  State state() const { return state_; }
  LogIndex match() const { return match_; }  // known to be durable there
  LogIndex next() const { return next_; }    // the first that was not sent
  // No append may be sent now.
  bool Paused() const;
  size_t messages_in_flight() const { return in_flight_.size(); }

  // An append of entries through `last` goes out.
  void Sent(LogIndex last, uint64_t bytes);
  // An append without entries, or whose fate is to be learnt first, goes out.
  void Probed() { probe_sent_ = true; }
  // All through `index` is durable there. False if that is not new.
  bool Acknowledged(LogIndex index);
  // Its log does not have `rejected`, and agrees at best through `hint`. False if that is stale.
  bool Rejected(LogIndex rejected, LogIndex hint);
  // It answers: what was sent may have been lost, so that one append may go out again.
  void Heard();

  void BecomeProbe();
  void BecomeSnapshot();
  // One through `index` (0: none) has ended.
  void SnapshotEnded(LogIndex index);

  bool active = true;            // heard of since the last look (thesis 6.2: check quorum)
  bool fetching = false;         // its next entries are being read from the log
  LogIndex commit_sent;          // the commit index that it was last told
  uint64_t read_sequence = 0;    // the last ReadIndex that it has confirmed
  uint64_t fortified_epoch = 0;  // for which it is bound to its leader, in the term; 0: it is not
  LogIndex commit_known;         // that it has said to know
  uint64_t asked = 0;            // Message::asked of its last answer

 private:
  struct InFlight {
    LogIndex last;
    uint64_t bytes;
  };

  void ClearInFlight();

  Bounds bounds_;
  State state_ = State::kProbe;
  LogIndex match_;
  LogIndex next_;
  bool probe_sent_ = false;
  std::deque<InFlight> in_flight_;
  uint64_t bytes_in_flight_ = 0;
};

}  // namespace skerry::raft
