#include "replication/raft/progress.h"

#include <algorithm>

namespace skerry::raft {

bool Progress::Paused() const {
  if (fetching) return true;
  switch (state_) {
    case State::kProbe:
      return probe_sent_;
    case State::kReplicate:
      return in_flight_.size() >= bounds_.messages || bytes_in_flight_ >= bounds_.bytes;
    case State::kSnapshot:
      return true;
  }
  return true;
}

void Progress::Sent(LogIndex last, uint64_t bytes) {
  if (state_ != State::kReplicate) {
    probe_sent_ = true;
    return;
  }
  next_ = last.Next();
  in_flight_.push_back({last, bytes});
  bytes_in_flight_ += bytes;
}

bool Progress::Acknowledged(LogIndex index) {
  if (index <= match_) return false;
  match_ = index;
  next_ = std::max(next_, index.Next());
  while (!in_flight_.empty() && in_flight_.front().last <= index) {
    bytes_in_flight_ -= in_flight_.front().bytes;
    in_flight_.pop_front();
  }
  if (state_ != State::kReplicate) {
    state_ = State::kReplicate;
    next_ = index.Next();
    ClearInFlight();
  }
  return true;
}

bool Progress::Rejected(LogIndex rejected, LogIndex hint) {
  if (state_ == State::kReplicate) {
    if (rejected <= match_) return false;
    BecomeProbe();
    return true;
  }
  if (state_ == State::kSnapshot || rejected.Next() != next_) return false;
  next_ = std::max(std::min(rejected, hint.Next()), match_.Next());
  probe_sent_ = false;
  return true;
}

void Progress::Heard() {
  active = true;
  probe_sent_ = false;
  // The oldest in flight counts as lost: were all slots taken by lost messages, none would ever
  // become free.
  if (state_ == State::kReplicate && Paused() && !in_flight_.empty()) {
    bytes_in_flight_ -= in_flight_.front().bytes;
    in_flight_.pop_front();
  }
}

void Progress::BecomeProbe() {
  state_ = State::kProbe;
  next_ = match_.Next();
  probe_sent_ = false;
  fetching = false;
  ClearInFlight();
}

void Progress::BecomeSnapshot() {
  state_ = State::kSnapshot;
  fetching = false;
  ClearInFlight();
}

void Progress::SnapshotEnded(LogIndex index) {
  if (state_ != State::kSnapshot) return;
  BecomeProbe();
  next_ = std::max(next_, index.Next());
  // Asked again when it is next heard of: a failure must not be repeated at once.
  probe_sent_ = true;
}

void Progress::ClearInFlight() {
  in_flight_.clear();
  bytes_in_flight_ = 0;
}

}  // namespace skerry::raft
