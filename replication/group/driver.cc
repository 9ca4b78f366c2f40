#include "replication/group/driver.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace skerry::group {
namespace {

constexpr uint64_t kMaxRecordBytes = 4 << 20;  // but at least one entry
constexpr uint64_t kReplayBytes = 1 << 20;

std::string Name(GroupId id) { return "group " + std::to_string(id.value); }

}  // namespace

Driver::Driver(DriverOptions options) : options_(std::move(options)), prng_(options_.id.value) {}

// ---------------------------------------------------------------------------------- start-up

void Driver::Bootstrap(absl::AnyInvocable<void(Status)> done) {
  if (stopped_) {
    done(Unavailable("the group was stopped"));
    return;
  }
  bootstrap_done_ = std::move(done);
  new_state_ = std::make_unique<log::GroupState>();
  new_state_->replica = options_.replica;
  new_state_->configuration.voters = {options_.replica};
  raft::Options raft_options;
  raft_options.configuration = new_state_->configuration;
  const Status status = StartRaft(std::move(raft_options));
  SKERRY_CHECK_MSG(status.ok() && raft_->HasReady(), "a group of one begins at once");
}

Status Driver::StartRaft(raft::Options options) {
  options.replica = options_.replica;
  options.prng = &prng_;
  options.max_pending_bytes = options_.max_pending_bytes;
  SKERRY_ASSIGN_OR_RETURN(raft::Raft created, raft::Raft::Create(std::move(options)));
  raft_.emplace(std::move(created));
  handed_ = raft_->last_index();
  if (raft_->role() == raft::Role::kLeader) handed_ = LogIndex(handed_.value - 1);  // its no-op
  Publish();
  ScheduleReady();
  return OkStatus();
}

Status Driver::CheckApplied(const log::Log& log, GroupId id, LogIndex applied) {
  const auto info = log.Find(id);
  SKERRY_CHECK(info.has_value());
  const LogIndex start = info->state.start;
  if (applied < start) {
    return Corruption(Name(id) + ": the storage engine has applied " +
                      std::to_string(applied.value) + " but the log starts after " +
                      std::to_string(start.value) +
                      ": the engine has lost writes; restore the data directory from a backup");
  }
  if (applied > info->last && !log.was_relaxed()) {
    return Corruption(Name(id) + ": the storage engine has applied " +
                      std::to_string(applied.value) + " but the log ends at " +
                      std::to_string(info->last.value) +
                      ": the log has lost records; restore the data directory from a backup");
  }
  return OkStatus();
}

Status Driver::Recover() {
  const auto info = options_.log->Find(options_.id);
  SKERRY_CHECK(info.has_value());
  const log::GroupState& state = info->state;
  raft::Options raft_options;
  raft_options.configuration = state.configuration;
  raft_options.hard_state = state.hard_state;
  LogIndex applied = options_.machine.applied();
  Term applied_term = options_.machine.applied_term();
  LogIndex last = info->last;

  SKERRY_RETURN_IF_ERROR(CheckApplied(*options_.log, options_.id, applied));
  if (applied > last) {
    options_.log->Restart(options_.id, applied, applied_term, shared_from_this());
    in_flight_.push_back({});
    last = applied;
    raft_options.hard_state.term = std::max(raft_options.hard_state.term, applied_term);
  }
  const LogIndex commit = std::min(std::max(state.hard_state.commit, applied), last);
  SKERRY_RETURN_IF_ERROR(Replay(applied.Next(), commit, &applied_term));
  while (commit.value + raft_options.entries.size() < last.value) {
    const LogIndex next(commit.value + raft_options.entries.size() + 1);
    SKERRY_ASSIGN_OR_RETURN(auto more, options_.log->Read(options_.id, next, last, kReplayBytes));
    raft_options.entries.insert(raft_options.entries.end(), more.begin(), more.end());
  }
  raft_options.hard_state.commit = commit;
  raft_options.applied = commit;
  raft_options.applied_term = applied_term;
  return StartRaft(std::move(raft_options));
}

Status Driver::Replay(LogIndex from, LogIndex to, Term* last_term) {
  while (from <= to) {
    SKERRY_ASSIGN_OR_RETURN(const auto entries,
                            options_.log->Read(options_.id, from, to, kReplayBytes));
    SKERRY_RETURN_IF_ERROR(ApplyToMachine(entries));
    *last_term = entries.back()->term;
    from = entries.back()->index.Next();
  }
  return OkStatus();
}

// --------------------------------------------------------------------------------- proposals

LogIndex Driver::Propose(std::string command, ProposeDone done) {
  const auto refuse = [&](Status status) {
    options_.executor.Post([done = std::move(done), status = std::move(status)]() mutable {
      done(std::move(status));
    });
    return LogIndex(0);
  };
  if (stopped_ || !raft_) return refuse(Unavailable("the group is not running"));
  if (command.size() > kMaxCommandBytes) return refuse(InvalidArgument("the command is too long"));
  if (Status status = options_.log->Admission(); !status.ok()) return refuse(std::move(status));
  auto index = raft_->Propose(std::move(command));
  if (!index.ok()) return refuse(index.status());
  waiters_.push_back({*index, raft_->term(), std::move(done)});
  ScheduleReady();
  return *index;
}

void Driver::OnLeaderReady(absl::AnyInvocable<void()> done) {
  if (stopped_) return;
  if (LeaderReady()) {
    options_.executor.Post(std::move(done));
  } else {
    leader_waiters_.push_back(std::move(done));
  }
}

LogIndex Driver::last_index() const { return raft_ ? raft_->last_index() : LogIndex(0); }

// -------------------------------------------------------------------------------- the machinery

void Driver::ScheduleReady() {
  if (std::exchange(ready_scheduled_, true)) return;
  options_.executor.Post([self = shared_from_this()] {
    self->ready_scheduled_ = false;
    self->ProcessReady();
  });
}

void Driver::ProcessReady() {
  while (!stopped_ && raft_->HasReady()) {
    raft::Ready ready = raft_->TakeReady();
    Persist(ready);
    if (!ready.committed.empty()) Apply(ready.committed);
  }
}

void Driver::Persist(raft::Ready& ready) {
  if (!ready.hard_state && ready.entries.empty()) return;
  if (!ready.entries.empty()) handed_ = ready.entries.back()->index;
  log::Append append{.group = options_.id};
  append.has_vote = ready.hard_state.has_value();
  if (ready.hard_state) append.hard_state = *ready.hard_state;
  const auto write = [&](bool last) {
    append.must_sync = ready.must_sync;
    append.hard_state.commit = ready.commit;
    in_flight_.push_back({.ready = last ? ready.number : 0});
    if (new_state_) {
      options_.log->Create(std::move(*new_state_), std::move(append), shared_from_this());
      new_state_ = nullptr;
    } else {
      options_.log->Write(std::move(append), shared_from_this());
    }
    append = log::Append{.group = options_.id};
  };
  uint64_t bytes = 0;
  for (raft::EntryPtr& entry : ready.entries) {
    bytes += entry->data.size();
    if (bytes > kMaxRecordBytes && !append.entries.empty()) {
      write(/*last=*/false);
      bytes = entry->data.size();
    }
    append.entries.push_back(std::move(entry));
  }
  write(/*last=*/true);
}

void Driver::OnWritten(const Status& status) {
  SKERRY_CHECK(!in_flight_.empty());
  InFlight written = std::move(in_flight_.front());
  in_flight_.pop_front();
  if (written.done) written.done(status);
  if (stopped_) return;
  if (!status.ok()) {
    stopped_ = true;
    leader_ready_ = false;
    FailWaiters(status);
    return;
  }
  if (written.ready == 0) return;
  raft_->Persisted(written.ready);
  ProcessReady();
}

Status Driver::ApplyToMachine(const std::vector<raft::EntryPtr>& entries) {
  commands_.clear();
  for (const raft::EntryPtr& entry : entries) {
    if (entry->kind == raft::EntryKind::kConfiguration) {
      return Unimplemented(Name(options_.id) + ": changes of the configuration do not exist yet");
    }
    if (entry->kind == raft::EntryKind::kCommand) {
      commands_.push_back({entry->index, entry->term, entry->data});
    }
  }
  outcomes_.assign(commands_.size(), Status());
  const Status status =
      options_.machine.Apply(commands_, entries.back()->index, entries.back()->term, &outcomes_);
  SKERRY_CHECK(!status.ok() || outcomes_.size() == commands_.size());
  return status.WithContext(Name(options_.id));
}

void Driver::Apply(const std::vector<raft::EntryPtr>& entries) {
  if (Status status = ApplyToMachine(entries); !status.ok()) {
    stopped_ = true;
    leader_ready_ = false;
    options_.on_fatal(status);
    FailWaiters(OutcomeUnknown("the node has failed"));
    return;
  }
  raft_->Applied(entries.back()->index);
  Publish();
  AnswerWaiters(entries.back()->index);
}

// commands_ and outcomes_ say what was applied.
void Driver::AnswerWaiters(LogIndex applied) {
  size_t at = 0;
  while (!waiters_.empty() && waiters_.front().index <= applied) {
    Waiter waiter = std::move(waiters_.front());
    waiters_.pop_front();
    while (at < commands_.size() && commands_[at].index < waiter.index) ++at;
    const bool own = at < commands_.size() && commands_[at].index == waiter.index &&
                     commands_[at].term == waiter.term;
    if (!own) {
      waiter.done(Aborted("another leader's entry took the place"));
    } else if (outcomes_[at].ok()) {
      waiter.done(waiter.index);
    } else {
      waiter.done(std::move(outcomes_[at]));
    }
  }
  if (stopped_ || !LeaderReady()) return;
  if (bootstrap_done_) std::exchange(bootstrap_done_, nullptr)(OkStatus());
  auto leader_waiters = std::exchange(leader_waiters_, {});
  for (auto& done : leader_waiters) done();
}

void Driver::FailWaiters(const Status& status) {
  leader_waiters_.clear();
  if (bootstrap_done_) std::exchange(bootstrap_done_, nullptr)(status);
  auto waiters = std::exchange(waiters_, {});
  for (Waiter& waiter : waiters) {
    const bool never_written = waiter.index > handed_;
    waiter.done(never_written ? Unavailable("the group was stopped") : status);
  }
}

void Driver::Publish() {
  term_.store(raft_->term().value, std::memory_order_release);
  applied_.store(raft_->applied().value, std::memory_order_release);
  committed_.store(raft_->commit().value, std::memory_order_release);
  leader_ready_.store(!stopped_ && raft_->LeaderReady(), std::memory_order_release);
}

// ------------------------------------------------------------------------- stopping, truncating

void Driver::Stop(bool destroy, absl::AnyInvocable<void(Status)> done) {
  stopped_ = true;
  leader_ready_ = false;
  {
    std::lock_guard lock(machine_mutex_);
    machine_gone_ = true;
  }
  if (destroy && !new_state_) {
    options_.log->Remove(options_.id, shared_from_this());
    in_flight_.push_back({.done = std::move(done)});
  } else {
    options_.executor.Post([done = std::move(done)]() mutable { done(OkStatus()); });
  }
  FailWaiters(OutcomeUnknown("the group was stopped"));
}

Status Driver::TruncateLog() {
  LogIndex flushed;
  {
    std::lock_guard lock(machine_mutex_);
    if (machine_gone_) return OkStatus();
    SKERRY_ASSIGN_OR_RETURN(flushed, options_.machine.FlushedIndex());
  }
  options_.log->Truncate(options_.id, flushed);
  return OkStatus();
}

void Driver::RequestFlush() {
  std::lock_guard lock(machine_mutex_);
  if (!machine_gone_) options_.machine.RequestFlush();
}

}  // namespace skerry::group
