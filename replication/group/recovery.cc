#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"
#include "replication/group/driver.h"

// How a group begins: as a new one, or from what the log holds.

namespace skerry::group {
namespace {

constexpr uint64_t kReplayBytes = 1 << 20;

std::string Name(GroupId id) { return "group " + std::to_string(id.value); }

}  // namespace

void Driver::Bootstrap(raft::Configuration configuration, absl::AnyInvocable<void(Status)> done) {
  if (stopped_) {
    done(Unavailable("the group was stopped"));
    return;
  }
  new_state_ = std::make_unique<log::GroupState>();
  new_state_->replica = options_.replica;
  new_state_->configuration = std::move(configuration);
  raft::Options raft_options;
  raft_options.configuration = new_state_->configuration;
  configurations_ = {{LogIndex(0), new_state_->configuration}};
  if (Status status = StartRaft(std::move(raft_options)); !status.ok()) {
    stopped_ = true;
    done(std::move(status));
    return;
  }
  if (raft_->role() == raft::Role::kLeader) {
    bootstrap_done_ = std::move(done);  // the first entry goes with the state
    return;
  }
  in_flight_.push_back({.done = std::move(done)});
  options_.log->Create(std::move(*new_state_), log::Append{.group = options_.id},
                       shared_from_this());
  new_state_ = nullptr;
}

Status Driver::StartRaft(raft::Options options) {
  options.replica = options_.replica;
  options.prng = &prng_;
  options.election_ticks = options_.election_ticks;
  options.heartbeat_ticks = options_.heartbeat_ticks;
  options.first_candidate = options_.id.value;
  options.max_pending_bytes = options_.max_pending_bytes;
  options.support = support_ ? &*support_ : nullptr;
  SKERRY_ASSIGN_OR_RETURN(raft::Raft created, raft::Raft::Create(std::move(options)));
  raft_.emplace(std::move(created));
  MakeReceiver();
  handed_ = raft_->last_index();
  if (raft_->role() == raft::Role::kLeader) handed_ = LogIndex(handed_.value - 1);  // its no-op
  Publish();
  ScheduleReady();
  return OkStatus();
}

Status Driver::CheckApplied(const log::Log& log, GroupId id, LogIndex applied, LogIndex installed) {
  const auto info = log.Find(id);
  SKERRY_CHECK(info.has_value());
  const LogIndex start = info->state.start;
  if (applied < start) {
    return Corruption(Name(id) + ": the storage engine has applied " +
                      std::to_string(applied.value) + " but the log starts after " +
                      std::to_string(start.value) +
                      ": the engine has lost writes; restore the data directory from a backup");
  }
  if (applied > info->last && installed <= start && !log.was_relaxed()) {
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
  raft_options.hard_state = state.hard_state;
  raft_options.restarted = true;
  LogIndex applied = options_.machine.applied();
  Term applied_term = options_.machine.applied_term();
  SKERRY_RETURN_IF_ERROR(FindConfigurations(state));
  LogIndex last = info->last;
  LogIndex installed = options_.machine.installed().index;
  if (Planted(PlantedBug::kInstallationForgotten)) installed = LogIndex(0);
  SKERRY_RETURN_IF_ERROR(CheckApplied(*options_.log, options_.id, applied, installed));
  if (applied > last || installed > state.start) {
    SKERRY_RETURN_IF_ERROR(MendLog(*info, applied, applied_term, &raft_options));
    last = applied;
  }
  const LogIndex commit = std::min(std::max(state.hard_state.commit, applied), last);
  SKERRY_RETURN_IF_ERROR(Replay(applied.Next(), commit, &applied_term));
  while (commit.value + raft_options.entries.size() < last.value) {
    const LogIndex next(commit.value + raft_options.entries.size() + 1);
    SKERRY_ASSIGN_OR_RETURN(auto more, options_.log->Read(options_.id, next, last, kReplayBytes));
    raft_options.entries.insert(raft_options.entries.end(), more.begin(), more.end());
  }
  // Those behind the commit index come to Raft with their entries.
  while (configurations_.size() > 1 && configurations_.back().first > commit) {
    configurations_.pop_back();
  }
  raft_options.configuration = configurations_.back().second;
  raft_options.hard_state.commit = commit;
  raft_options.applied = commit;
  raft_options.applied_term = applied_term;
  return StartRaft(std::move(raft_options));
}

Status Driver::FindConfigurations(const log::GroupState& state) {
  configurations_ = {{state.configuration_index, state.configuration}};
  SKERRY_ASSIGN_OR_RETURN(auto found, options_.log->ReadConfigurations(options_.id));
  if (Planted(PlantedBug::kConfigurationsForgotten)) found.clear();
  for (auto& numbered : found) {
    if (numbered.first > state.configuration_index) configurations_.push_back(std::move(numbered));
  }
  return OkStatus();
}

// The engine is ahead of the log, or has another past.
Status Driver::MendLog(const log::Log::GroupInfo& info, LogIndex applied, Term applied_term,
                       raft::Options* raft_options) {
  std::optional<raft::Configuration> configuration;
  const raft::SnapshotMetadata installed = options_.machine.installed();
  if (installed.index > info.state.start) {
    // A crash came between a snapshot's installation and the log's record of it (safety-rules 6).
    // Nothing was applied after it; entries that the log still has contradict it, or it would not
    // have been installed.
    configuration = installed.configuration;
    configurations_ = {{installed.index, *configuration}};
  }
  options_.log->Restart(options_.id, applied, applied_term, std::move(configuration),
                        shared_from_this());
  in_flight_.push_back({});
  raft_options->hard_state.term = std::max(raft_options->hard_state.term, applied_term);
  return OkStatus();
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

}  // namespace skerry::group
