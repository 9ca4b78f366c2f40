#include "replication/raft/raft.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace skerry::raft {
namespace {

// What an entry is charged with beyond its data.
constexpr uint64_t kEntryOverhead = 64;

uint64_t Charge(const Entry& entry) { return entry.data.size() + kEntryOverhead; }

Status OneVoterOnly() {
  return Unimplemented("Raft groups with more than one voter, or with learners, do not exist yet");
}

}  // namespace

Result<Raft> Raft::Create(Options options) {
  if (!options.configuration.IsOneVoter(options.replica)) return OneVoterOnly();
  Raft raft(std::move(options));
  raft.CheckInvariants();
  if (raft.MayCampaign()) raft.Campaign();
  return raft;
}

Raft::Raft(Options options) : options_(std::move(options)), hard_state_(options_.hard_state) {
  base_index_ = applied_ = applying_ = options_.applied;
  base_term_ = options_.applied_term;
  entries_.assign(options_.entries.begin(), options_.entries.end());
  options_.entries.clear();
  for (const EntryPtr& entry : entries_) pending_bytes_ += Charge(*entry);
  // What the state machine holds was committed, whatever the log recorded of it.
  hard_state_.commit = std::max(hard_state_.commit, applied_);
  hard_state_.term = std::max(hard_state_.term, TermAt(last_index()));
  handed_ = persisted_ = last_index();
}

LogIndex Raft::last_index() const { return LogIndex(base_index_.value + entries_.size()); }

const EntryPtr& Raft::At(LogIndex index) const {
  SKERRY_CHECK(index > base_index_ && index <= last_index());
  return entries_[index.value - base_index_.value - 1];
}

Term Raft::TermAt(LogIndex index) const {
  return index == base_index_ ? base_term_ : At(index)->term;
}

bool Raft::MayCampaign() const {
  // Safety-rules 10: the commit index and the configuration went back with the restart.
  return role_ != Role::kLeader && applied_ >= hard_state_.commit;
}

void Raft::Campaign() {
  hard_state_.term = hard_state_.term.Next();
  hard_state_.vote = options_.replica;
  hard_state_changed_ = true;
  role_ = Role::kLeader;
  term_start_ = Append(EntryKind::kNoOp, {});
}

void Raft::Tick() {
  if (MayCampaign()) Campaign();
}

Status Raft::Step(const Message& message) {
  return FailedPrecondition("replica " + std::to_string(message.from.value) +
                            " is no member of the group");
}

LogIndex Raft::Append(EntryKind kind, std::string data) {
  auto entry = std::make_shared<Entry>();
  entry->index = last_index().Next();
  entry->term = hard_state_.term;
  entry->kind = kind;
  entry->data = std::move(data);
  pending_bytes_ += Charge(*entry);
  entries_.push_back(std::move(entry));
  return last_index();
}

Result<LogIndex> Raft::Propose(std::string data) {
  if (role_ != Role::kLeader) return Unavailable("this replica does not lead its group");
  const uint64_t charged = data.size() + kEntryOverhead;
  if (pending_bytes_ > 0 && pending_bytes_ + charged > options_.max_pending_bytes) {
    return ResourceExhausted("too many writes are under way");
  }
  return Append(EntryKind::kCommand, std::move(data));
}

Status Raft::ProposeConfiguration(const Configuration& configuration) {
  if (configuration == options_.configuration) {
    return AlreadyExists("the group has this configuration");
  }
  return OneVoterOnly();
}

bool Raft::HasReady() const {
  return hard_state_changed_ || handed_ < last_index() || applying_ < hard_state_.commit;
}

Ready Raft::TakeReady() {
  Ready ready;
  if (std::exchange(hard_state_changed_, false)) {
    ready.hard_state = hard_state_;
    ready.must_sync = true;
  }
  if (handed_ < last_index()) {
    const size_t from = handed_.value - base_index_.value;
    ready.entries.assign(entries_.begin() + static_cast<ptrdiff_t>(from), entries_.end());
    for (const EntryPtr& entry : ready.entries) {
      ready.must_sync |= entry->kind == EntryKind::kConfiguration;
    }
    handed_ = last_index();
  }
  uint64_t bytes = 0;
  while (applying_ < hard_state_.commit) {
    const EntryPtr& entry = At(applying_.Next());
    bytes += Charge(*entry);
    if (!ready.committed.empty() && bytes > options_.max_committed_bytes) break;
    ready.committed.push_back(entry);
    applying_ = entry->index;
  }
  ready.commit = hard_state_.commit;
  return ready;
}

void Raft::Persisted(LogIndex index, Term term) {
  SKERRY_CHECK(index <= handed_);
  if (index <= persisted_ || TermAt(index) != term) return;
  persisted_ = index;
  AdvanceCommit();
}

void Raft::AdvanceCommit() {
  if (role_ != Role::kLeader || persisted_ <= hard_state_.commit) return;
  if (TermAt(persisted_) == hard_state_.term) hard_state_.commit = persisted_;
}

void Raft::Applied(LogIndex index) {
  SKERRY_CHECK(index >= applied_ && index <= applying_);
  applied_ = index;
  const LogIndex droppable = std::min(applied_, persisted_);
  while (base_index_ < droppable) {
    pending_bytes_ -= Charge(*entries_.front());
    base_term_ = entries_.front()->term;
    base_index_ = entries_.front()->index;
    entries_.pop_front();
  }
  if (MayCampaign()) Campaign();
}

bool Raft::LeaderReady() const { return role_ == Role::kLeader && applied_ >= term_start_; }

void Raft::CheckInvariants() const {
  SKERRY_CHECK(applied_ <= applying_);
  SKERRY_CHECK(applying_ <= hard_state_.commit);
  SKERRY_CHECK_MSG(hard_state_.commit <= persisted_, "committed before it was durable");
  SKERRY_CHECK(persisted_ <= handed_);
  SKERRY_CHECK(handed_ <= last_index());
  SKERRY_CHECK(base_index_ <= applied_);
  LogIndex index = base_index_;
  Term term = base_term_;
  uint64_t bytes = 0;
  for (const EntryPtr& entry : entries_) {
    index = index.Next();
    SKERRY_CHECK_MSG(entry->index == index, "the log has a gap");
    SKERRY_CHECK_MSG(entry->term >= term, "terms never go down in a log");
    term = entry->term;
    bytes += Charge(*entry);
  }
  SKERRY_CHECK(bytes == pending_bytes_);
  SKERRY_CHECK(hard_state_.term >= term);
  if (role_ == Role::kLeader) SKERRY_CHECK(hard_state_.vote == options_.replica);
}

}  // namespace skerry::raft
