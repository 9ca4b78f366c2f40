#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "base/prng.h"
#include "replication/group/group.h"
#include "replication/log/log.h"
#include "replication/raft/raft.h"

namespace skerry::group {

// Stops the node (host::HostOptions::on_fatal). Thread-safe; may return.
using FatalHook = absl::AnyInvocable<void(const Status&)>;

struct DriverOptions {
  GroupId id;
  ReplicaId replica;
  Executor& executor;
  StateMachine& machine;
  std::shared_ptr<log::Log> log;
  uint64_t max_pending_bytes = 64 << 20;
  FatalHook on_fatal;
};

// The Group that host makes: raft::Raft between the log and the state machine. Calls on the group's
// executor but for those marked thread-safe.
class Driver final : public Group, public log::Writer, public std::enable_shared_from_this<Driver> {
 public:
  explicit Driver(DriverOptions options);
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  // Host::Check.
  static Status CheckApplied(const log::Log& log, GroupId id, LogIndex applied);

  // A new group with this replica as its only voter: writes its first records. `done` runs once,
  // when LeaderReady() or when the group was stopped before.
  void Bootstrap(absl::AnyInvocable<void(Status)> done);
  // A group that the log holds: applies what is known to be committed, then campaigns. May be
  // called before the executor runs. See Host::OpenGroup for the errors.
  Status Recover();
  // No callback and no call of the state machine comes after it but those of waiters, which it
  // fails with kOutcomeUnknown. With `destroy` writes the tombstone; `done` when that is durable,
  // else soon.
  void Stop(bool destroy, absl::AnyInvocable<void(Status)> done);

  // Thread-safe: what the state machine has made durable need not be in the log.
  Status TruncateLog();
  void RequestFlush();

  // Group:
  LogIndex Propose(std::string command, ProposeDone done) override;
  bool LeaderReady() const override { return leader_ready_.load(std::memory_order_acquire); }
  void OnLeaderReady(absl::AnyInvocable<void()> done) override;
  Term term() const override { return Term(term_.load(std::memory_order_acquire)); }
  LogIndex applied() const override { return LogIndex(applied_.load(std::memory_order_acquire)); }
  LogIndex committed() const override {
    return LogIndex(committed_.load(std::memory_order_acquire));
  }
  LogIndex last_index() const override;
  GroupId id() const override { return options_.id; }
  ReplicaId replica() const override { return options_.replica; }

  // Group and log::Writer:
  Executor& executor() const override { return options_.executor; }

  // log::Writer:
  void OnWritten(const Status& status) override;

 private:
  struct Waiter {
    LogIndex index;
    Term term;
    ProposeDone done;
  };
  // What one write to the log, in flight, makes durable.
  struct InFlight {
    uint64_t ready = 0;                      // its number; 0: nothing of the algorithm's
    absl::AnyInvocable<void(Status)> done;  // of the tombstone
  };

  Status Replay(LogIndex from, LogIndex to, Term* last_term);
  Status StartRaft(raft::Options options);
  // Once per turn of the executor, however much was proposed in it.
  void ScheduleReady();
  void ProcessReady();
  void Persist(raft::Ready& ready);
  void Apply(const std::vector<raft::EntryPtr>& entries);
  Status ApplyToMachine(const std::vector<raft::EntryPtr>& entries);
  void AnswerWaiters(LogIndex applied);
  void FailWaiters(const Status& status);
  void Publish();

  DriverOptions options_;
  Prng prng_;
  std::optional<raft::Raft> raft_;
  // Of a new group: goes with the first write.
  std::unique_ptr<log::GroupState> new_state_;
  bool ready_scheduled_ = false;
  bool stopped_ = false;
  LogIndex handed_;  // given to the log; what is above was surely never written
  std::deque<InFlight> in_flight_;
  std::deque<Waiter> waiters_;
  std::vector<absl::AnyInvocable<void()>> leader_waiters_;
  absl::AnyInvocable<void(Status)> bootstrap_done_;
  std::vector<CommittedEntry> commands_;
  std::vector<Status> outcomes_;

  std::atomic<bool> leader_ready_ = false;
  std::atomic<uint64_t> term_ = 0;
  std::atomic<uint64_t> applied_ = 0;
  std::atomic<uint64_t> committed_ = 0;

  // Held while the blocking executor calls the state machine, so that Stop can wait for it.
  std::mutex machine_mutex_;
  bool machine_gone_ = false;  // guarded by machine_mutex_
};

}  // namespace skerry::group
