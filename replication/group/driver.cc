#include "replication/group/driver.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"

namespace skerry::group {
namespace {

constexpr uint64_t kMaxRecordBytes = 4 << 20;  // but at least one entry

bool IsOfLeases(const raft::Message& message) {
  return message.type >= raft::MessageType::kFortify;
}

std::string Name(GroupId id) { return "group " + std::to_string(id.value); }

}  // namespace

Driver::Driver(DriverOptions options)
    : options_(std::move(options)),
      prng_(options_.seed ^ options_.id.value),
      lease_(std::make_shared<PublishedLease>(options_.liveness, options_.clock)),
      freshness_(std::make_shared<Freshness>(options_.clock, prng_.Next(), options_.level)) {
  if (options_.liveness) support_.emplace(*options_.liveness);
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
  if (raft_->held_back() > 0) {
    EnterRound();
  } else {
    ScheduleReady();
  }
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

void Driver::ChangeConfiguration(const raft::Configuration& target, ProposeDone done) {
  auto index = stopped_ || !raft_ ? Result<LogIndex>(Unavailable("the group is not running"))
                                  : raft_->ProposeConfiguration(target);
  if (!index.ok()) {
    options_.executor.Post(
        [done = std::move(done), index = std::move(index)]() mutable { done(std::move(index)); });
    return;
  }
  // A joint configuration is left by an entry of its own, which is not waited for.
  waiters_.push_back({*index, raft_->term(), std::move(done)});
  Publish();  // before another replica can hear of it: this one may not be alone any more
  ScheduleReady();
}

Status Driver::TransferLeadership(ReplicaId target) {
  if (stopped_ || !raft_) return Unavailable("the group is not running");
  SKERRY_RETURN_IF_ERROR(raft_->TransferLeadership(target));
  ScheduleReady();
  return OkStatus();
}

void Driver::Campaign() {
  if (stopped_ || !raft_ || raft_->leader().value != 0) return;
  raft_->CampaignNow();
  ScheduleReady();
}

raft::Configuration Driver::configuration() const {
  return raft_ ? raft_->configuration() : raft::Configuration();
}

std::vector<Group::Member> Driver::progress() const {
  std::vector<Member> members;
  if (stopped_ || !raft_ || raft_->role() != raft::Role::kLeader) return members;
  for (const ReplicaId member : raft_->configuration().Members()) {
    const raft::Progress* progress = raft_->ProgressOf(member);
    if (progress != nullptr) members.push_back({member, progress->match()});
  }
  return members;
}

// -------------------------------------------------------------------------------- the machinery

void Driver::ScheduleReady() {
  if (std::exchange(ready_scheduled_, true)) return;
  options_.executor.Post([self = shared_from_this()] {
    self->ready_scheduled_ = false;
    self->ProcessReady();
  });
}

void Driver::ProcessReady() {
  if (!raft_ || std::exchange(processing_, true)) return;
  while (!stopped_ && raft_->HasReady()) {
    raft::Ready ready = raft_->TakeReady();
    if (KeepsRounds()) raft_->Hold();
    PublishLease();  // before anybody can hear of what ends it
    for (raft::Message& message : ready.messages) {
      if (!MaySend(message)) continue;
      binds_others_ |= message.type == raft::MessageType::kFortify;
      StampFreshness(&message);
      const NodeId to = NodeOf(message.to);
      Send(to, std::move(message));
    }
    Persist(ready);
    FollowLeadership();
    if (!ready.committed.empty()) Apply(ready.committed);
    TakeReads(ready.reads);
    for (const raft::Fetch& fetch : ready.fetches) StartFetch(fetch);
    for (const ReplicaId to : ready.snapshots) StartSnapshot(to);
    if (ready.install) StartInstall(*ready.install);
  }
  processing_ = false;
  if (stopped_) return;
  FollowLeadership();
  if (raft_->held_back() > 0) EnterRound();
  UseMembers();
  if (!ticking_ && NeedsTicks() && !raft_->configuration().IsOneVoter(options_.replica)) {
    ticking_ = true;
    options_.request_ticks();
  }
}

bool Driver::KeepsRounds() const {
  return options_.rounds != nullptr && raft_->role() == raft::Role::kLeader &&
         !raft_->configuration().IsOneVoter(options_.replica);
}

void Driver::EnterRound() {
  if (!std::exchange(waiting_for_round_, true)) options_.rounds->Enter(shared_from_this());
}

size_t Driver::OnRound(uint64_t round) {
  waiting_for_round_ = false;
  round_ = round;
  if (stopped_) {
    LeaveRound();
    return 0;
  }
  const size_t entries = raft_->held_back();
  raft_->Release();
  round_last_ = raft_->last_index();
  ProcessReady();
  return entries;
}

void Driver::LeaveRound() {
  if (round_ != 0) options_.rounds->Leave(std::exchange(round_, 0), options_.executor);
}

bool Driver::MaySend(const raft::Message& message) const {
  return !IsOfLeases(message) || options_.level->Has(Feature::kLeases);
}

// Above the level, too: whoever sends it has heard of another one before.
bool Driver::Knows(const raft::Message& message) const {
  return !IsOfLeases(message) || options_.level->Knows(Feature::kLeases);
}

// Only who leads beyond doubt says how far those must be who are up to date.
void Driver::StampFreshness(raft::Message* message) const {
  if (!options_.level->Has(Feature::kFollowerReads)) {
    message->read_commit = LogIndex(0);
    message->asked = 0;
  } else if (message->type == raft::MessageType::kAppendEntriesResponse ||
             message->type == raft::MessageType::kHeartbeatResponse) {
    message->asked = freshness_->Ask();
  } else if (support_ && message->read_commit.value != 0 && !lease_->Valid()) {
    message->read_commit = LogIndex(0);
  }
}

void Driver::Send(NodeId to, decltype(transport::Packet::body) body) {
  if (options_.transport == nullptr) return;
  options_.transport->Send(to, {options_.id, std::move(body)});
}

void Driver::OnPackets(std::vector<transport::Packet> packets) {
  if (stopped_ || !raft_) return;
  for (transport::Packet& packet : packets) {
    if (const auto* message = std::get_if<raft::Message>(&packet.body)) {
      if (!Knows(*message)) continue;
      // One for an earlier replica on this node, or malformed: as good as lost.
      if (!raft_->Step(*message).ok()) continue;
    } else if (const auto* chunk = std::get_if<transport::SnapshotChunk>(&packet.body)) {
      if (chunk->to == options_.replica) receiver_->OnChunk(*chunk);
    } else if (const auto* response = std::get_if<transport::SnapshotChunkResponse>(&packet.body)) {
      const auto sender = senders_.find(response->from);
      if (sender != senders_.end()) sender->second->OnResponse(*response);
    }
  }
  if (const auto told = raft_->TakeTold()) {
    freshness_->HearAsked(told->index, told->asked);
  }
  ReapSenders();
  ProcessReady();
}

bool Driver::Tick() {
  if (!NeedsTicks()) {
    ticking_ = false;
    return false;
  }
  raft_->Tick();
  TickSnapshots();
  ProcessReady();
  return true;
}

bool Driver::NeedsTicks() const {
  if (stopped_ || !raft_ || raft_->removed()) return false;
  return raft_->NeedsTicks() || !senders_.empty();
}

void Driver::OnSupportChanged() {
  if (stopped_ || !raft_) return;
  raft_->SupportChanged();
  ProcessReady();
}

// The nodes of the group's members, this one apart, are asked for support.
void Driver::UseMembers() {
  if (!options_.liveness || used_for_ == raft_->configuration()) return;
  used_for_ = raft_->configuration();
  std::vector<NodeId> use;
  for (const ReplicaId member : used_for_.Members()) {
    const NodeId node = NodeOf(member);
    if (node == NodeOf(options_.replica)) continue;
    use.push_back(node);
    options_.liveness->Use(node);
  }
  for (const NodeId node : std::exchange(used_, std::move(use))) options_.liveness->Release(node);
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
    Fail(status);
    return;
  }
  if (written.snapshot) {
    raft_->SnapshotInstalled();
    Publish();
    options_.machine.OnInstalled();
  }
  if (written.ready == 0 && !written.snapshot) return;
  raft_->Persisted(written.ready);
  ProcessReady();
}

Status Driver::ApplyToMachine(const std::vector<raft::EntryPtr>& entries) {
  commands_.clear();
  for (const raft::EntryPtr& entry : entries) {
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
    options_.on_fatal(status);
    Fail(OutcomeUnknown("the node has failed"));
    return;
  }
  for (const raft::EntryPtr& entry : entries) {
    if (entry->kind != raft::EntryKind::kConfiguration) continue;
    auto configuration = raft::DecodeConfiguration(entry->data);
    SKERRY_CHECK_MSG(configuration.ok(), "what comes into the log was looked at before");
    std::lock_guard lock(machine_mutex_);
    configurations_.emplace_back(entry->index, std::move(*configuration));
  }
  raft_->Applied(entries.back()->index);
  Publish();
  AnswerWaiters(entries);
  AnswerReads();
}

// commands_ and outcomes_ are those of `entries`.
void Driver::AnswerWaiters(const std::vector<raft::EntryPtr>& entries) {
  size_t at = 0;
  while (!waiters_.empty() && waiters_.front().index <= entries.back()->index) {
    Waiter waiter = std::move(waiters_.front());
    waiters_.pop_front();
    const raft::Entry& entry = *entries[waiter.index.value - entries.front()->index.value];
    while (at < commands_.size() && commands_[at].index < waiter.index) ++at;
    const bool command = at < commands_.size() && commands_[at].index == waiter.index;
    if (entry.term != waiter.term) {
      waiter.done(Aborted("another leader's entry took the place"));
    } else if (!command || outcomes_[at].ok()) {
      waiter.done(waiter.index);
    } else {
      waiter.done(std::move(outcomes_[at]));
    }
  }
}

void Driver::FailWaiters(const Status& status) {
  leader_waiters_.clear();
  if (bootstrap_done_) std::exchange(bootstrap_done_, nullptr)(status);
  auto waiters = std::exchange(waiters_, {});
  for (Waiter& waiter : waiters) {
    const bool never_written = waiter.index > handed_;
    waiter.done(never_written ? Unavailable("the group was stopped") : status);
  }
  auto reads = std::exchange(reads_, {});
  auto confirmed_reads = std::exchange(confirmed_reads_, {});
  for (auto& [id, done] : reads) done(Unavailable("the group was stopped"));
  for (auto& [index, done] : confirmed_reads) done(Unavailable("the group was stopped"));
}

// What a change of leadership means to those who wait, and to the machine.
void Driver::FollowLeadership() {
  const bool leads = raft_->role() == raft::Role::kLeader;
  // Entries of an earlier leadership are in logs, and may be committed or replaced by whoever leads
  // now; nobody here learns in time which.
  while (!waiters_.empty() && (!leads || waiters_.front().term != raft_->term())) {
    Waiter waiter = std::move(waiters_.front());
    waiters_.pop_front();
    const char* changed = "the group's leader has changed";
    waiter.done(Planted(PlantedBug::kUnknownToldAsRefused) ? Unavailable(changed)
                                                           : OutcomeUnknown(changed));
  }
  if (!leads) {
    for (const auto& [to, sender] : senders_) sender->Stop();
    senders_.clear();
  }
  Publish();
  if (stopped_ || !LeaderReady()) return;
  if (bootstrap_done_) std::exchange(bootstrap_done_, nullptr)(OkStatus());
  auto leader_waiters = std::exchange(leader_waiters_, {});
  for (auto& done : leader_waiters) done();
}

void Driver::Publish() {
  term_.store(raft_->term().value, std::memory_order_release);
  applied_.store(raft_->applied().value, std::memory_order_release);
  freshness_->Applied(raft_->applied());
  committed_.store(raft_->commit().value, std::memory_order_release);
  PublishLease();
  if (raft_->role() != raft::Role::kLeader || raft_->applied() >= round_last_) LeaveRound();
  const bool ready = !stopped_ && raft_->LeaderReady();
  leader_ready_.store(ready, std::memory_order_release);
  Tell({ready, raft_->configuration().IsOneVoter(options_.replica), raft_->leader()});
}

void Driver::PublishLease() {
  if (support_) lease_->Publish(stopped_ ? raft::Lease() : raft_->lease());
}

bool Driver::RenewLease() {
  if (stopped_ || !raft_) return false;
  PublishLease();
  return lease_->Valid();
}

void Driver::Tell(Standing standing) {
  if (standing == standing_) return;
  standing_ = standing;
  options_.machine.OnStanding(standing);
}

void Driver::Fail(const Status& status) {
  stopped_ = true;
  leader_ready_ = false;
  LeaveRound();
  lease_->Publish({});
  freshness_->Hold();
  Tell({});
  FailWaiters(status);
}

// ------------------------------------------------------------------------- stopping, truncating

void Driver::Stop(bool destroy, absl::AnyInvocable<void(Status)> done) {
  stopped_ = true;
  leader_ready_ = false;
  LeaveRound();
  lease_->Publish({});
  freshness_->Hold();
  for (const NodeId node : std::exchange(used_, {})) options_.liveness->Release(node);
  // Its followers, or those that were, may be bound to this node, which lives on: they would wait
  // for ever.
  const bool bound = binds_others_ && raft_ && !raft_->configuration().IsOneVoter(options_.replica);
  if (destroy && bound && options_.liveness) options_.liveness->RaiseEpoch();
  {
    std::lock_guard lock(machine_mutex_);
    machine_gone_ = true;
  }
  for (const auto& [to, sender] : senders_) {
    sender->Stop();
    sender->DropReader();
  }
  senders_.clear();
  if (receiver_) receiver_->DropWriter();
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
  log::Log::NumberedConfigurations configurations;
  {
    std::lock_guard lock(machine_mutex_);
    if (machine_gone_) return OkStatus();
    SKERRY_ASSIGN_OR_RETURN(flushed, options_.machine.FlushedIndex());
    if (Planted(PlantedBug::kLogCutAboveFlushed)) flushed = options_.machine.applied();
    configurations = configurations_;
    // The last one at or below the flushed index is the log's from now on.
    while (configurations_.size() > 1 && configurations_[1].first <= flushed) {
      configurations_.erase(configurations_.begin());
    }
  }
  if (Planted(PlantedBug::kConfigurationCutOff)) configurations.clear();
  options_.log->Truncate(options_.id, flushed, configurations);
  return OkStatus();
}

void Driver::RequestFlush() {
  std::lock_guard lock(machine_mutex_);
  if (!machine_gone_) options_.machine.RequestFlush();
}

}  // namespace skerry::group
