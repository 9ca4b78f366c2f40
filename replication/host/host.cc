#include "replication/host/host.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"
#include "replication/group/driver.h"
#include "replication/liveness/liveness.h"
#include "replication/log/log.h"

namespace skerry::host {
namespace {

using group::Driver;
using group::Group;
using group::StateMachine;

// A log of many small segments (each start begins one) is as unwelcome as a long one.
constexpr size_t kMaxSegments = 16;
constexpr Duration kFlushPoll = std::chrono::milliseconds(100);
// Polls after which entries that still pin the oldest segment are rewritten.
constexpr int kPollsBeforeRewrite = 20;

// on_fatal, callable from everywhere, once.
class Fatal {
 public:
  explicit Fatal(absl::AnyInvocable<void(const Status&)> hook) : hook_(std::move(hook)) {}
  // Others may count on a node that has failed no more.
  void StopsToo(const std::shared_ptr<liveness::Liveness>& liveness) {
    std::lock_guard lock(mutex_);
    liveness_ = liveness;
  }
  void operator()(const Status& status) {
    std::shared_ptr<liveness::Liveness> liveness;
    {
      std::lock_guard lock(mutex_);
      if (std::exchange(called_, true)) return;
      liveness = liveness_.lock();
    }
    if (liveness) liveness->Stop();
    if (hook_) {
      hook_(status);
      return;
    }
    std::fprintf(stderr, "skerryd: stopping: %s\n", status.ToString().c_str());
    std::abort();
  }

 private:
  std::mutex mutex_;
  bool called_ = false;
  std::weak_ptr<liveness::Liveness> liveness_;
  absl::AnyInvocable<void(const Status&)> hook_;
};

// Answers one DestroyGroup of a group that was never opened.
class TombstoneWriter final : public log::Writer {
 public:
  TombstoneWriter(Executor& executor, absl::AnyInvocable<void(Status)> done)
      : executor_(executor), done_(std::move(done)) {}
  void OnWritten(const Status& status) override { done_(status); }
  Executor& executor() const override { return executor_; }

 private:
  Executor& executor_;
  absl::AnyInvocable<void(Status)> done_;
};

// The groups of one executor that need time. Lives on that executor.
class Ticker : public std::enable_shared_from_this<Ticker> {
 public:
  Ticker(Executor& executor, Duration tick) : executor_(executor), tick_(tick) {}

  void Add(std::weak_ptr<Driver> driver) {
    drivers_.push_back(std::move(driver));
    Schedule();
  }

 private:
  void Schedule() {
    if (std::exchange(scheduled_, true)) return;
    executor_.PostAfter(tick_, [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->Tick();
    });
  }

  void Tick() {
    scheduled_ = false;
    std::vector<std::weak_ptr<Driver>> drivers = std::exchange(drivers_, {});
    for (std::weak_ptr<Driver>& weak : drivers) {
      const std::shared_ptr<Driver> driver = weak.lock();
      if (driver && driver->Tick()) drivers_.push_back(std::move(weak));
    }
    if (!drivers_.empty()) Schedule();
  }

  Executor& executor_;
  const Duration tick_;
  std::vector<std::weak_ptr<Driver>> drivers_;
  bool scheduled_ = false;
};

// Lives as long as anything of the host is under way on an executor.
class Core final : public transport::Receiver, public std::enable_shared_from_this<Core> {
 public:
  explicit Core(HostOptions options)
      : options_(std::move(options)),
        fatal_(std::make_shared<Fatal>(std::move(options_.on_fatal))),
        rounds_(options_.transport == nullptr ? nullptr : std::make_shared<group::Rounds>()),
        level_(std::make_shared<LevelInForce>(options_.spoken, options_.level)),
        level_is_provisional_(options_.level_is_provisional) {}

  Status Open();
  Status Check(GroupId id, LogIndex applied, LogIndex installed) const {
    return Driver::CheckApplied(*log_, id, applied, installed);
  }
  Status Begin();
  bool Knows(GroupId id) const {
    std::lock_guard lock(mutex_);
    return groups_.contains(id) || unopened_.contains(id);
  }
  std::vector<GroupId> RecoveredGroups() const { return {recovered_.begin(), recovered_.end()}; }
  void CreateGroup(GroupId id, ReplicaId replica, raft::Configuration members, Executor& executor,
                   StateMachine& machine, absl::AnyInvocable<void(Result<Group*>)> done);
  void OnPackets(NodeId from, std::vector<transport::Packet> packets) override;
  Result<Group*> OpenGroup(GroupId id, Executor& executor, StateMachine& machine);
  void DestroyGroup(GroupId id, absl::AnyInvocable<void(Status)> done);
  void Stop(absl::AnyInvocable<void()> done);
  uint64_t LogBytes() const { return log_->bytes(); }
  bool IsAway(NodeId node) const { return liveness_ && liveness_->IsAway(node); }
  bool Hears(NodeId node) const {
    if (!liveness_) return true;
    return liveness_->on() ? liveness_->IsSupportedBy(node) : options_.transport->IsConnected(node);
  }
  void SetLevel(FeatureLevel level);
  const LevelInForce& level() const { return *level_; }
  bool HasFollowedLevel() const {
    return !liveness_ || level_->Has(Feature::kLeases) || liveness_->IsOff();
  }

  // Keeping the log short: what the pinning groups have flushed is cut, what is free is released;
  // over the bound they are asked to flush, and asked again until they did.
  void ScheduleCollect();

 private:
  std::shared_ptr<Driver> MakeDriver(GroupId id, ReplicaId replica, Executor& executor,
                                     StateMachine& machine);
  std::shared_ptr<Driver> FindDriver(GroupId id) const;
  std::shared_ptr<Ticker> TickerOf(Executor& executor);
  Status OpenLiveness();
  bool HasLeases() const;
  void HeardOfLeases();
  void OnSupportChanged();
  void CollectStep();  // on the blocking executor
  void AfterCollect(size_t segments_before);
  bool OverBound() const;
  void GroupStopped();
  void FinishStop();

  HostOptions options_;
  const std::shared_ptr<Fatal> fatal_;
  const std::shared_ptr<group::Rounds> rounds_;  // null: no peers
  const std::shared_ptr<LevelInForce> level_;
  std::atomic<bool> level_is_provisional_;
  std::mutex level_mutex_;  // held while the level is set and followed
  std::shared_ptr<log::Log> log_;
  std::shared_ptr<liveness::Liveness> liveness_;  // constant after Begin; null: none
  std::set<GroupId> recovered_;                   // constant after Open

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<GroupId, std::shared_ptr<Driver>> groups_;
  std::set<GroupId> unopened_;
  std::set<GroupId> going_;  // being destroyed
  std::map<Executor*, std::shared_ptr<Ticker>> tickers_;
  bool stopping_ = false;
  size_t groups_to_stop_ = 0;
  absl::AnyInvocable<void()> stop_done_;
  bool collecting_ = false;
  bool collect_again_ = false;
  int polls_ = 0;
};

Status Core::Open() {
  log::Options options{.disk = options_.disk,
                       .directory = options_.directory,
                       .identity = options_.identity,
                       .must_exist = options_.must_exist,
                       .executor = options_.log_executor,
                       .blocking_executor = options_.blocking_executor,
                       .relaxed = options_.durability == Durability::kRelaxed,
                       .max_sync_delay = options_.max_sync_delay,
                       .first_segment_bytes = options_.first_segment_bytes,
                       .segment_bytes = options_.segment_bytes,
                       .max_bytes = options_.max_log_bytes};
  options.on_fatal = [fatal = fatal_](const Status& status) { (*fatal)(status); };
  SKERRY_ASSIGN_OR_RETURN(log_, log::Log::Open(std::move(options)));
  for (const GroupId id : log_->Groups()) recovered_.insert(id);
  unopened_ = recovered_;
  return OkStatus();
}

Status Core::Begin() {
  SKERRY_RETURN_IF_ERROR(log_->Begin());
  log_->OnSegmentBegun([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->ScheduleCollect();
  });
  if (recovered_.empty()) ScheduleCollect();  // nobody opens a group: old segments go now
  SKERRY_RETURN_IF_ERROR(OpenLiveness());
  if (options_.transport != nullptr) options_.transport->Start(*this);
  return OkStatus();
}

Status Core::OpenLiveness() {
  if (options_.transport == nullptr || options_.liveness_executor == nullptr) return OkStatus();
  liveness::Options options{.disk = options_.disk,
                            .directory = options_.directory,
                            .executor = *options_.liveness_executor,
                            .clock = options_.clock,
                            .transport = *options_.transport,
                            .on = HasLeases(),
                            .promise = options_.support_promise,
                            .interval = options_.support_interval};
  options.on_changed = [weak = weak_from_this()](NodeId) {
    if (auto self = weak.lock()) self->OnSupportChanged();
  };
  options.on_fatal = [fatal = fatal_](const Status& status) { (*fatal)(status); };
  SKERRY_ASSIGN_OR_RETURN(liveness_, liveness::Liveness::Open(std::move(options)));
  fatal_->StopsToo(liveness_);
  return OkStatus();
}

bool Core::HasLeases() const {
  return level_->Has(Feature::kLeases) || Planted(PlantedBug::kLeasesBelowLevel);
}

void Core::SetLevel(FeatureLevel level) {
  const std::lock_guard lock(level_mutex_);
  level_is_provisional_ = false;
  level_->Set(level);
  if (liveness_) liveness_->SetOn(HasLeases());
}

// See HostOptions::level_is_provisional.
void Core::HeardOfLeases() {
  if (!level_is_provisional_) return;
  const std::lock_guard lock(level_mutex_);
  if (!level_is_provisional_.exchange(false)) return;
  level_->Set(LevelOf(Feature::kLeases));
  if (liveness_) liveness_->SetOn(HasLeases());
}

// Rare: a node has died, come back or been started.
void Core::OnSupportChanged() {
  // In the order of their first groups: that of addresses is another one each time.
  std::vector<std::pair<Executor*, std::vector<std::shared_ptr<Driver>>>> drivers;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    for (const auto& [id, driver] : groups_) {
      Executor* const executor = &driver->executor();
      auto of = std::find_if(drivers.begin(), drivers.end(),
                             [executor](const auto& entry) { return entry.first == executor; });
      if (of == drivers.end()) of = drivers.insert(of, {executor, {}});
      of->second.push_back(driver);
    }
  }
  for (auto& [executor, of_executor] : drivers) {
    executor->Post([of_executor = std::move(of_executor)] {
      for (const auto& driver : of_executor) driver->OnSupportChanged();
    });
  }
}

std::shared_ptr<Driver> Core::MakeDriver(GroupId id, ReplicaId replica, Executor& executor,
                                         StateMachine& machine) {
  group::DriverOptions options{.id = id,
                               .replica = replica,
                               .executor = executor,
                               .blocking_executor = options_.blocking_executor,
                               .machine = machine,
                               .log = log_,
                               .transport = options_.transport,
                               .rounds = rounds_,
                               .liveness = liveness_,
                               .level = level_,
                               .clock = options_.clock,
                               .seed = options_.seed,
                               .election_ticks = options_.election_ticks,
                               .heartbeat_ticks = options_.heartbeat_ticks,
                               .max_pending_bytes = options_.max_pending_bytes_per_group};
  options.on_fatal = [fatal = fatal_](const Status& status) { (*fatal)(status); };
  // The driver is not there yet when it has to be named.
  auto named = std::make_shared<std::weak_ptr<Driver>>();
  options.request_ticks = [ticker = TickerOf(executor), named] { ticker->Add(*named); };
  auto driver = std::make_shared<Driver>(std::move(options));
  *named = driver;
  return driver;
}

// With mutex_ held.
std::shared_ptr<Ticker> Core::TickerOf(Executor& executor) {
  std::shared_ptr<Ticker>& ticker = tickers_[&executor];
  if (!ticker) ticker = std::make_shared<Ticker>(executor, options_.tick);
  return ticker;
}

void Core::OnPackets(NodeId from, std::vector<transport::Packet> packets) {
  std::map<GroupId, std::vector<transport::Packet>> by_group;
  for (transport::Packet& packet : packets) {
    // Requests are others' matter.
    if (std::holds_alternative<transport::Request>(packet.body) ||
        std::holds_alternative<transport::Response>(packet.body)) {
      continue;
    }
    if (const auto* heartbeat = std::get_if<transport::NodeHeartbeat>(&packet.body)) {
      if (!level_->Knows(Feature::kLeases) || !liveness_) continue;
      HeardOfLeases();
      liveness_->OnHeartbeat(from, *heartbeat);
      continue;
    }
    if (const auto* answer = std::get_if<transport::NodeHeartbeatResponse>(&packet.body)) {
      if (level_->Knows(Feature::kLeases) && liveness_) liveness_->OnResponse(from, *answer);
      continue;
    }
    by_group[packet.group].push_back(std::move(packet));
  }
  for (auto& [id, of_group] : by_group) {
    const std::shared_ptr<Driver> driver = FindDriver(id);
    if (!driver) continue;  // not here, not any more, or not yet: as good as lost
    driver->executor().Post([driver, of_group = std::move(of_group)]() mutable {
      driver->OnPackets(std::move(of_group));
    });
  }
}

std::shared_ptr<Driver> Core::FindDriver(GroupId id) const {
  std::lock_guard lock(mutex_);
  const auto it = groups_.find(id);
  return it == groups_.end() ? nullptr : it->second;
}

void Core::CreateGroup(GroupId id, ReplicaId replica, raft::Configuration members,
                       Executor& executor, StateMachine& machine,
                       absl::AnyInvocable<void(Result<Group*>)> done) {
  const bool alone = members.IsOneVoter(replica);
  std::shared_ptr<Driver> driver;
  Status refusal;
  // A group may come back to a node that it has left, under a later replica's id.
  const auto known = log_->Find(id);
  const bool was_here =
      known.has_value() && !(known->state.removed && known->state.replica < replica);
  {
    std::lock_guard lock(mutex_);
    if (stopping_) {
      refusal = Unavailable("the host is stopping");
    } else if (id.value == 0 || replica.value == 0) {
      refusal = InvalidArgument("0 is no group and no replica");
    } else if (groups_.contains(id) || was_here) {
      refusal = AlreadyExists("group " + std::to_string(id.value) + " is or was on this node");
    } else if (!alone && options_.transport == nullptr) {
      refusal = FailedPrecondition("a node without peers has no part in a group of several");
    } else if (!alone && options_.durability == Durability::kRelaxed) {
      refusal = FailedPrecondition("relaxed durability is for groups with one voter");
    } else {
      refusal = log_->Admission();
    }
    if (refusal.ok()) {
      driver = MakeDriver(id, replica, executor, machine);
      groups_.emplace(id, driver);
    }
  }
  executor.Post([weak = weak_from_this(), id, driver, refusal = std::move(refusal),
                 members = std::move(members), done = std::move(done)]() mutable {
    if (!refusal.ok()) {
      done(std::move(refusal));
      return;
    }
    driver->Bootstrap(
        std::move(members), [weak, id, driver, done = std::move(done)](Status status) mutable {
          if (status.ok()) {
            done(driver.get());
            return;
          }
          // Nothing may call the machine any more once its owner has heard of the failure.
          if (const auto self = weak.lock()) {
            std::lock_guard lock(self->mutex_);
            self->groups_.erase(id);
          }
          driver->Stop(/*destroy=*/false, [done = std::move(done), status = std::move(status)](
                                              const Status&) mutable { done(std::move(status)); });
        });
  });
}

Result<Group*> Core::OpenGroup(GroupId id, Executor& executor, StateMachine& machine) {
  std::shared_ptr<Driver> driver;
  bool last = false;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return Unavailable("the host is stopping");
    if (!unopened_.erase(id)) {
      return NotFound("group " + std::to_string(id.value) + " was not recovered, or is open");
    }
    driver = MakeDriver(id, log_->Find(id)->state.replica, executor, machine);
    groups_.emplace(id, driver);
    last = unopened_.empty();
  }
  if (Status status = driver->Recover(); !status.ok()) {
    // Nothing may call the machine any more once its owner has heard of the failure.
    {
      std::lock_guard lock(mutex_);
      groups_.erase(id);
    }
    driver->Stop(/*destroy=*/false, [](const Status&) {});
    return status;
  }
  if (last) ScheduleCollect();
  return static_cast<Group*>(driver.get());
}

void Core::DestroyGroup(GroupId id, absl::AnyInvocable<void(Status)> done) {
  std::shared_ptr<Driver> driver;
  Status refusal;
  {
    std::lock_guard lock(mutex_);
    const auto it = groups_.find(id);
    if (stopping_) {
      refusal = Unavailable("the host is stopping");
    } else if (it == groups_.end() && !unopened_.contains(id)) {
      refusal = NotFound("group " + std::to_string(id.value) + " is not on this node");
    } else if (!going_.insert(id).second) {
      refusal = FailedPrecondition("the group is being destroyed");
    } else if (it != groups_.end()) {
      driver = it->second;
    }
  }
  if (!refusal.ok()) {
    options_.log_executor.Post([done = std::move(done), refusal = std::move(refusal)]() mutable {
      done(std::move(refusal));
    });
    return;
  }
  auto finish = [self = shared_from_this(), id, done = std::move(done)](Status status) mutable {
    std::shared_ptr<Driver> gone;  // outlives `done`
    {
      std::lock_guard lock(self->mutex_);
      const auto it = self->groups_.find(id);
      if (it != self->groups_.end()) {
        gone = std::move(it->second);
        self->groups_.erase(it);
      }
      self->unopened_.erase(id);
      self->going_.erase(id);
    }
    done(std::move(status));
  };
  if (driver) {
    Executor& executor = driver->executor();
    executor.Post([driver, finish = std::move(finish)]() mutable {
      driver->Stop(/*destroy=*/true, std::move(finish));
    });
  } else {
    log_->Remove(id, std::make_shared<TombstoneWriter>(options_.log_executor, std::move(finish)));
  }
}

// --------------------------------------------------------------------------------- collecting

bool Core::OverBound() const {
  return log_->bytes() > options_.max_log_bytes || log_->segments() > kMaxSegments;
}

void Core::ScheduleCollect() {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || log_->segments() < 2) return;
    if (std::exchange(collecting_, true)) {
      collect_again_ = true;
      return;
    }
    polls_ = 0;
  }
  options_.blocking_executor.Post([self = shared_from_this()] { self->CollectStep(); });
}

void Core::CollectStep() {
  const bool over = OverBound();
  bool ask = false;
  bool rewrite = false;
  {
    std::lock_guard lock(mutex_);
    collect_again_ = false;
    if (over) {
      // Asked at once and then every second: a flush that is under way may have begun too early.
      ask = polls_ % 10 == 0;
      rewrite = polls_ >= kPollsBeforeRewrite;
    }
  }
  for (const GroupId id : log_->PinningGroups()) {
    const auto driver = FindDriver(id);
    if (!driver) continue;
    // Without knowing what is flushed nothing can be cut; the bound then refuses proposals.
    if (!driver->TruncateLog().ok()) continue;
    if (ask) driver->RequestFlush();
  }
  log_->Collect(rewrite, [self = shared_from_this(), before = log_->segments()] {
    self->AfterCollect(before);
  });
}

void Core::AfterCollect(size_t segments_before) {
  const bool progress = log_->segments() < segments_before;
  const bool over = OverBound() && log_->segments() > 1;
  bool again = false;
  bool stopping = false;
  {
    std::lock_guard lock(mutex_);
    stopping = stopping_;
    // What was asked for may be over already, without having freed anything: it is not asked for
    // again at once.
    polls_ = progress ? 0 : polls_ + 1;
    again = progress && log_->segments() > 1;
    again |= collect_again_;
    if (stopping_ || (!again && !over)) collecting_ = false;
  }
  if (stopping) {
    FinishStop();
  } else if (again) {
    options_.blocking_executor.Post([self = shared_from_this()] { self->CollectStep(); });
  } else if (over) {
    options_.blocking_executor.PostAfter(kFlushPoll,
                                         [self = shared_from_this()] { self->CollectStep(); });
  }
}

// ----------------------------------------------------------------------------------- stopping

void Core::Stop(absl::AnyInvocable<void()> done) {
  std::vector<std::shared_ptr<Driver>> drivers;
  {
    std::lock_guard lock(mutex_);
    SKERRY_CHECK_MSG(!stopping_, "a host is stopped once");
    stopping_ = true;
    stop_done_ = std::move(done);
    for (const auto& [id, driver] : groups_) {
      if (!going_.contains(id)) drivers.push_back(driver);
    }
    groups_to_stop_ = drivers.size();
  }
  if (liveness_) liveness_->Stop();
  if (options_.transport != nullptr) options_.transport->Stop();
  for (const auto& driver : drivers) {
    driver->executor().Post([self = shared_from_this(), driver] {
      driver->Stop(/*destroy=*/false, [self](const Status&) { self->GroupStopped(); });
    });
  }
  if (drivers.empty()) FinishStop();
}

void Core::GroupStopped() {
  {
    std::lock_guard lock(mutex_);
    if (--groups_to_stop_ > 0) return;
  }
  FinishStop();
}

void Core::FinishStop() {
  absl::AnyInvocable<void()> done;
  {
    std::lock_guard lock(mutex_);
    if (groups_to_stop_ > 0 || collecting_ || !stop_done_) return;
    done = std::exchange(stop_done_, nullptr);
  }
  log_->Close(std::move(done));
}

class HostImpl final : public Host {
 public:
  explicit HostImpl(std::shared_ptr<Core> core) : core_(std::move(core)) {}

  Status Check(GroupId id, LogIndex applied, LogIndex installed) const override {
    return core_->Check(id, applied, installed);
  }
  Status Begin() override { return core_->Begin(); }
  bool Knows(GroupId id) const override { return core_->Knows(id); }
  std::vector<GroupId> RecoveredGroups() const override { return core_->RecoveredGroups(); }
  void CreateGroup(GroupId id, ReplicaId replica, raft::Configuration members, Executor& executor,
                   StateMachine& machine, absl::AnyInvocable<void(Result<Group*>)> done) override {
    core_->CreateGroup(id, replica, std::move(members), executor, machine, std::move(done));
  }
  Result<Group*> OpenGroup(GroupId id, Executor& executor, StateMachine& machine) override {
    return core_->OpenGroup(id, executor, machine);
  }
  void DestroyGroup(GroupId id, absl::AnyInvocable<void(Status)> done) override {
    core_->DestroyGroup(id, std::move(done));
  }
  void NotifyFlushed() override { core_->ScheduleCollect(); }
  bool IsAway(NodeId node) const override { return core_->IsAway(node); }
  bool Hears(NodeId node) const override { return core_->Hears(node); }
  void SetLevel(FeatureLevel level) override { core_->SetLevel(level); }
  const LevelInForce& level() const override { return core_->level(); }
  bool HasFollowedLevel() const override { return core_->HasFollowedLevel(); }
  uint64_t LogBytes() const override { return core_->LogBytes(); }
  void Stop(absl::AnyInvocable<void()> done) override { core_->Stop(std::move(done)); }

 private:
  const std::shared_ptr<Core> core_;
};

}  // namespace

Result<std::unique_ptr<Host>> Host::Open(HostOptions options) {
  auto core = std::make_shared<Core>(std::move(options));
  SKERRY_RETURN_IF_ERROR(core->Open());
  return std::unique_ptr<Host>(std::make_unique<HostImpl>(std::move(core)));
}

void Host::Stop() {
  std::mutex mutex;
  std::condition_variable stopped;
  bool done = false;
  Stop([&] {
    // Notified under the lock: the waiter's stack may be gone right after it.
    std::lock_guard lock(mutex);
    done = true;
    stopped.notify_one();
  });
  std::unique_lock lock(mutex);
  stopped.wait(lock, [&] { return done; });
}

}  // namespace skerry::host
