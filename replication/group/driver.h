#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "base/feature_level.h"
#include "base/prng.h"
#include "replication/group/freshness.h"
#include "replication/group/group.h"
#include "replication/group/lease.h"
#include "replication/group/rounds.h"
#include "replication/group/snapshot_receiver.h"
#include "replication/group/snapshot_sender.h"
#include "replication/liveness/liveness.h"
#include "replication/log/log.h"
#include "replication/raft/raft.h"
#include "replication/transport/transport.h"

namespace skerry::group {

// Stops the node (host::HostOptions::on_fatal). Thread-safe; may return.
using FatalHook = absl::AnyInvocable<void(const Status&)>;

struct DriverOptions {
  GroupId id;
  ReplicaId replica;
  Executor& executor;
  Executor& blocking_executor;
  StateMachine& machine;
  std::shared_ptr<log::Log> log;
  // Null: this node has no peers. Outlives the driver's Stop.
  transport::Transport* transport = nullptr;
  // Of the node's groups. Null: what is proposed goes out at the end of the turn.
  std::shared_ptr<Rounds> rounds;
  // Null: no leases, and the group never sleeps.
  std::shared_ptr<liveness::Liveness> liveness;
  // What may be said to others, and what of theirs is known here.
  std::shared_ptr<const LevelInForce> level;
  const Clock& clock;  // that of the leases
  uint64_t seed = 0;   // of election timeouts and the ids of snapshots
  int election_ticks = 10;
  int heartbeat_ticks = 2;
  uint64_t max_pending_bytes = 64 << 20;
  FatalHook on_fatal;
  // Asks for Tick to be called from now on, on the executor, until it returns false.
  absl::AnyInvocable<void()> request_ticks;
};

// The Group that host makes: raft::Raft between the log, the peers and the state machine. Calls on
// the group's executor but for those marked thread-safe.
class Driver final : public Group,
                     public log::Writer,
                     public Rounds::Participant,
                     public std::enable_shared_from_this<Driver> {
 public:
  explicit Driver(DriverOptions options);
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  // Host::Check.
  static Status CheckApplied(const log::Log& log, GroupId id, LogIndex applied, LogIndex installed);

  // A new group with these first members, or, with none, a replica that waits for a snapshot:
  // writes its first record. The machine is as empty at every member. `done` runs once: when that
  // is durable, and, if this is the only voter, when LeaderReady(); or when the group was stopped
  // before.
  void Bootstrap(raft::Configuration configuration, absl::AnyInvocable<void(Status)> done);
  // A group that the log holds: applies what is known to be committed, then takes part. May be
  // called before the executor runs. See Host::OpenGroup for the errors.
  Status Recover();
  // No callback and no call of the state machine comes after it but those of waiters, which it
  // fails with kOutcomeUnknown. With `destroy` writes the tombstone; `done` when that is durable,
  // else soon.
  void Stop(bool destroy, absl::AnyInvocable<void(Status)> done);

  void OnPackets(std::vector<transport::Packet> packets);
  // What Liveness knows of some node has changed.
  void OnSupportChanged();
  // A unit of time has passed. False: this group needs no more of them until it asks again.
  bool Tick();

  // Thread-safe: what the state machine has made durable need not be in the log.
  Status TruncateLog();
  void RequestFlush();

  // Group:
  LogIndex Propose(std::string command, ProposeDone done) override;
  bool LeaderReady() const override { return leader_ready_.load(std::memory_order_acquire); }
  void OnLeaderReady(absl::AnyInvocable<void()> done) override;
  void ReadIndex(ReadDone done) override;
  std::shared_ptr<const LeaseView> lease() const override { return lease_; }
  std::shared_ptr<FreshnessView> freshness() const override { return freshness_; }
  bool RenewLease() override;
  void ChangeConfiguration(const raft::Configuration& target, ProposeDone done) override;
  Status TransferLeadership(ReplicaId target) override;
  void Campaign() override;
  raft::Configuration configuration() const override;
  std::vector<Member> progress() const override;
  ReplicaId leader() const override { return raft_ ? raft_->leader() : ReplicaId(0); }
  bool removed() const override { return raft_ && raft_->removed(); }
  Term term() const override { return Term(term_.load(std::memory_order_acquire)); }
  LogIndex applied() const override { return LogIndex(applied_.load(std::memory_order_acquire)); }
  LogIndex committed() const override {
    return LogIndex(committed_.load(std::memory_order_acquire));
  }
  LogIndex last_index() const override;
  GroupId id() const override { return options_.id; }
  ReplicaId replica() const override { return options_.replica; }
  // For tests: aborts if the algorithm's state contradicts itself.
  const raft::Raft* raft() const { return raft_ ? &*raft_ : nullptr; }

  // Group, log::Writer and Rounds::Participant:
  Executor& executor() const override { return options_.executor; }

  // log::Writer:
  void OnWritten(const Status& status) override;

  // Rounds::Participant:
  size_t OnRound(uint64_t round) override;

 private:
  struct Waiter {
    LogIndex index;
    Term term;
    ProposeDone done;
  };
  // What one write to the log, in flight, makes durable.
  struct InFlight {
    uint64_t ready = 0;                     // its number; 0: nothing of the algorithm's
    bool snapshot = false;                  // the log begins behind an installed snapshot
    absl::AnyInvocable<void(Status)> done;  // of the tombstone, of a new group
  };

  // --- recovery.cc
  Status Replay(LogIndex from, LogIndex to, Term* last_term);
  Status FindConfigurations(const log::GroupState& state);
  Status MendLog(const log::Log::GroupInfo& info, LogIndex applied, Term applied_term,
                 raft::Options* raft_options);
  Status StartRaft(raft::Options options);

  // --- driver.cc
  // Once per turn of the executor, however much was proposed in it.
  void ScheduleReady();
  void ProcessReady();
  // A leader of several keeps what is proposed for the node's next round.
  bool KeepsRounds() const;
  void EnterRound();
  void LeaveRound();
  void Persist(raft::Ready& ready);
  bool MaySend(const raft::Message& message) const;
  bool Knows(const raft::Message& message) const;
  void StampFreshness(raft::Message* message) const;
  void Send(NodeId to, decltype(transport::Packet::body) body);
  void Apply(const std::vector<raft::EntryPtr>& entries);
  Status ApplyToMachine(const std::vector<raft::EntryPtr>& entries);
  void AnswerWaiters(const std::vector<raft::EntryPtr>& entries);
  void AnswerReads();
  void FailWaiters(const Status& status);
  void FollowLeadership();
  bool NeedsTicks() const;
  void Publish();
  void PublishLease();
  void UseMembers();
  void Tell(Standing standing);
  void Fail(const Status& status);

  // --- peers.cc: what goes to and comes from other nodes beside messages
  void TakeReads(const std::vector<raft::ReadState>& reads);
  void RunBlocking(Work work);
  void StartFetch(const raft::Fetch& fetch);
  void StartSnapshot(ReplicaId to);
  void TickSnapshots();
  void MakeReceiver();
  void ReapSenders();
  void StartInstall(const raft::SnapshotMetadata& metadata);
  void FinishInstall(const raft::SnapshotMetadata& metadata, const Status& status);

  DriverOptions options_;
  Prng prng_;
  std::optional<ReplicaSupport> support_;  // outlives raft_
  const std::shared_ptr<PublishedLease> lease_;
  const std::shared_ptr<Freshness> freshness_;
  std::vector<NodeId> used_;  // nodes that are asked for support for this group's sake
  raft::Configuration used_for_;
  std::optional<raft::Raft> raft_;
  // Of a new group: goes with the first write.
  std::unique_ptr<log::GroupState> new_state_;
  bool ready_scheduled_ = false;
  bool processing_ = false;
  bool waiting_for_round_ = false;
  uint64_t round_ = 0;   // in which it takes part; 0: none
  LogIndex round_last_;  // what it brought
  bool ticking_ = false;
  bool binds_others_ = false;         // has asked them to be bound to it, since the node started
  std::optional<Standing> standing_;  // as the machine was told last
  bool stopped_ = false;
  LogIndex handed_;  // given to the log; what is above was surely never written
  std::deque<InFlight> in_flight_;
  std::deque<Waiter> waiters_;
  std::vector<absl::AnyInvocable<void()>> leader_waiters_;
  absl::AnyInvocable<void(Status)> bootstrap_done_;
  std::vector<CommittedEntry> commands_;
  std::vector<Status> outcomes_;

  std::map<uint64_t, ReadDone> reads_;                 // begun, by their ids
  std::multimap<LogIndex, ReadDone> confirmed_reads_;  // wait until that is applied
  std::map<ReplicaId, std::shared_ptr<SnapshotSender>> senders_;
  std::shared_ptr<SnapshotReceiver> receiver_;

  std::atomic<bool> leader_ready_ = false;
  std::atomic<uint64_t> term_ = 0;
  std::atomic<uint64_t> applied_ = 0;
  std::atomic<uint64_t> committed_ = 0;

  // Held while the blocking executor calls the state machine, so that Stop can wait for it.
  std::mutex machine_mutex_;
  bool machine_gone_ = false;                        // guarded by machine_mutex_
  log::Log::NumberedConfigurations configurations_;  // applied; guarded by machine_mutex_
};

}  // namespace skerry::group
