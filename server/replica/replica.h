#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/any_invocable.h"
#include "base/executor.h"
#include "base/hlc.h"
#include "base/status.h"
#include "base/task.h"
#include "replication/group/group.h"
#include "replication/group/state_machine.h"
#include "server/replica/admission.h"
#include "storage/partition/partition.h"
#include "storage/partition/split.h"
#include "storage/partition/write.h"

namespace skerry::replica {

// A partition becomes two (partition.h): where it is cut, and who the two are.
struct SplitPlan {
  struct Child {
    GroupId group;
    // One replica on each node that has one of the parent, a voter where that is one.
    raft::Configuration members;
  };
  uint64_t last_hash = 0;  // of the lower one
  Child lower;
  Child upper;
};

// This node's replica of one partition: where storage and Raft meet. Writes are evaluated on the
// replica's home executor against the state and the overlay of writes under way, and proposed in
// the same turn, so that the executor is the latch of every key; reads run wherever they are asked
// for.
//
// In a group of several voters this replica may serve while it leads, and says kUnavailable else; a
// strong read, and an answer that commits nothing of its own, needs ConfirmLeadership.
//
// Owned by the node's Replicas; Write, Get and Read are thread-safe, the StateMachine side belongs
// to the group.
class Replica final : public group::StateMachine {
 public:
  // `system`: the catalog's own. Admission outlives the replica.
  Replica(std::unique_ptr<partition::Partition> partition, Executor& home, Admission& admission,
          bool system);
  ~Replica() override;

  // installed().index of a group that nobody has opened yet.
  static Result<LogIndex> InstalledIn(engine::Engine& engine, GroupId group);

  // Called once, on the home executor, when the split of this partition was applied; before Attach.
  void WhenSplit(absl::AnyInvocable<void()> hook) { on_split_ = std::move(hook); }

  // Partition::LimitTo; before Attach.
  void LimitTo(FeatureLevel newest) { partition_->LimitTo(newest); }

  // Once, on the home executor: from here the replica serves as soon as the group leads.
  void Attach(group::Group* group);
  // On the home executor, before the group is destroyed: from here every request fails with
  // kUnavailable.
  void Detach();

  // Who wants to know what was applied (the catalog, of its own partition). Set before Attach and
  // called on the home executor, after the engine has it.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void OnApplied(const proto::command::v1::Command& command) = 0;
    // Everything may have changed: a snapshot was installed.
    virtual void OnReplaced() = 0;
    virtual void OnLeadership() = 0;  // ready() has changed
  };
  void Observe(Observer* observer) { observer_ = observer; }

  // Evaluates and, if the condition holds, replicates one item's write. Ends on the home executor.
  // A result is returned only when it can no longer be lost: an answer that depends on an
  // uncommitted write waits for it (docs/architecture.md). Statuses: kInvalidArgument (the
  // service's message), kUnavailable, kOutcomeUnknown, those of Admission::Admit, ...
  //
  // A request with a stamp takes effect at most once, and each copy of it gets the same answer;
  // kInternal: it was applied, and what the answer was is gone. kOutcomeUnknown also if the stamp
  // is so old that an earlier copy may have been forgotten. Any other failure but kInvalidArgument
  // speaks of this copy alone: an earlier one may have been applied.
  Task<Result<partition::WriteResult>> Write(partition::WriteRequest request);
  // The same for several, in order; they share one log record. One result each.
  Task<std::vector<Result<partition::WriteResult>>> WriteAll(
      std::vector<partition::WriteRequest> requests);

  // The item's stored form, empty if there is none; `pin` holds it. A strong read: sees every write
  // that was acknowledged before it began. kUnavailable while the group has no ready leader here
  // (WhenReady waits for it).
  Result<std::string_view> Get(std::string_view row_key, engine::PinnedValue* pin) const;
  Result<partition::ReadPage> Read(const partition::ReadRequest& request) const;
  // The same of a replica that follows, and has applied lately what its leader said, and all that
  // Saw was told of: eventual reads (safety-rules 17). kUnavailable: it cannot tell, ask the
  // leader.
  Result<std::string_view> GetFresh(std::string_view row_key, engine::PinnedValue* pin) const;
  Result<partition::ReadPage> ReadFresh(const partition::ReadRequest& request) const;
  // Whether these would be answered.
  bool IsFresh() const;
  // Whoever leads has answered a client of this node that asked at `asked`, from a state that had
  // applied `index`: clients see what they saw before, and this replica's own state is fresh if it
  // has applied as much.
  void Saw(LogIndex index, MonotonicTime asked);
  // What this replica has applied, whoever leads: some state of the past. On the home executor.
  Result<partition::ReadPage> ReadHere(const partition::ReadRequest& request) const {
    return partition_->Read(request);
  }

  // Of a group with several voters: after success every write that was acknowledged before the call
  // is seen by Get and Read here, whatever happens to the leadership in between: what is applied
  // here only grows. At once with a leader's lease, else by asking a majority. kUnavailable: this
  // replica does not lead. Ends where it was called, or on the home executor.
  Task<Status> ConfirmLeadership();
  // How often a lease was enough.
  uint64_t lease_reads() const { return lease_reads_.load(std::memory_order_relaxed); }
  // Whether this replica has its group's lease (group::LeaseView).
  bool leased() const { return lease_ != nullptr && lease_->Valid(); }
  // ConfirmLeadership is not needed: nobody else can lead.
  bool alone() const { return alone_.load(std::memory_order_acquire); }

  // What the group's members are, and what its leader knows of them; on the home executor.
  raft::Configuration configuration() const;
  std::vector<group::Group::Member> progress() const;
  LogIndex last_index() const;
  Task<Status> ChangeConfiguration(raft::Configuration target);
  // To a replica of the group that votes; refused writes end within some round trips.
  Task<Status> TransferLeadership(ReplicaId target);
  // Group::Campaign, on the home executor.
  void Campaign();
  // Who leads, as far as this replica knows; 0: nobody.
  ReplicaId leader() const { return ReplicaId(leader_.load(std::memory_order_acquire)); }
  ReplicaId id() const;  // 0 after Detach; on the home executor
  // Splits the partition. At its leader; ends on the home executor, after success when the split is
  // applied here: from then on, or soon after at the other replicas, every request fails with
  // kRangeMoved, and Replicas makes the children. What lies below the cut is counted before, on
  // `reader`, which may wait for disks, beside the writes; at the end writes and strong reads
  // are refused with kUnavailable for a round trip or two (safety-rules 4). kInvalidArgument: the
  // plan does not fit the partition; kFailedPrecondition: a change of the members is under way;
  // kRangeMoved: it was split before; kUnavailable, kOutcomeUnknown: as of writes.
  Task<Status> Split(SplitPlan plan, Executor& reader);
  // partition::FindMiddle; may wait for disks. Thread-safe.
  Result<uint64_t> FindMiddle() const { return partition::FindMiddle(*partition_); }
  // Its keys are about to be another partition's, or are: requests are refused.
  bool moving() const { return splitting_.load(std::memory_order_acquire) || partition_->sealed(); }
  // Which keys are this partition's, and the split that ended it.
  partition::HashRange range() const { return partition_->range(); }
  std::optional<partition::Seal> seal() const { return partition_->seal(); }

  // False: somebody has begun before, and has not ended. Thread-safe.
  bool BeginChildren() { return !making_children_.exchange(true, std::memory_order_acq_rel); }
  void EndChildren() { making_children_.store(false, std::memory_order_release); }

  // On the home executor.
  Status MarkChildrenMade() { return partition_->MarkChildrenMade(); }
  // On which this is, after Attach.
  NodeId node() const { return node_; }
  std::shared_ptr<const partition::Schema> shared_schema() const {
    return partition_->shared_schema();
  }

  // A leader has said that this replica belongs to the group no more.
  bool removed() const { return group_ != nullptr && group_->removed(); }

  bool ready() const { return ready_.load(std::memory_order_acquire); }
  // Ends on the home executor, when the replica serves or was detached.
  Task<void> WhenReady();

  const partition::Schema& schema() const { return partition_->schema(); }
  partition::Statistics statistics(uint32_t index) const { return partition_->statistics(index); }
  GroupId group() const { return partition_->group(); }
  Executor& home() const { return home_; }

  // group::StateMachine
  Status Apply(std::span<const group::CommittedEntry> entries, LogIndex applied, Term applied_term,
               std::vector<Status>* outcomes) override;
  LogIndex applied() const override { return partition_->applied(); }
  Term applied_term() const override { return partition_->applied_term(); }
  Result<LogIndex> FlushedIndex() override;
  void RequestFlush() override;
  void OnStanding(group::Standing standing) override;
  Result<std::unique_ptr<group::SnapshotReader>> TakeSnapshot() override;
  Result<std::unique_ptr<group::SnapshotWriter>> ReceiveSnapshot(
      const raft::SnapshotMetadata& metadata) override;
  void OnInstalled() override;
  raft::SnapshotMetadata installed() const override;

 private:
  // Who waits for proposals to be applied: resumed when the last of them is.
  struct Waiting {
    std::coroutine_handle<> handle;
    size_t remaining = 0;
  };
  struct Waiter {
    Waiting* waiting;
    Status* status;  // gets the proposal's failure
  };
  // A write that was proposed and is not applied yet.
  struct Proposal {
    std::string row_key;         // empty: it writes no item
    document::EncodedItem item;  // what the key will hold; empty: nothing
    std::optional<partition::Stamp> stamp;
    Ticket room;
    absl::InlinedVector<Waiter, 2> waiters;
  };
  // What one evaluation left to wait for.
  struct Started {
    Result<partition::WriteResult> result = Internal("not evaluated");
    uint64_t depends_on =
        0;                // the proposal that must be applied before the result may leave; 0: none
    Status failure = {};  // of that proposal
    bool own = false;     // the proposal is this request's
    Term term;            // in which it was evaluated
  };
  struct Settled;

  // A stamped write under way: its proposal and the answer to keep, as in the command.
  struct Stamped {
    uint64_t proposal;
    std::optional<std::string> answer;
  };

  // What is told to requests now, if they are not served.
  Status Refusal() const;
  Status CheckPlan(const SplitPlan& plan) const;
  Task<Status> CountBelow(partition::SplitCount& count, Executor& reader);
  Task<void> SettleAll();
  Task<Status> Drain();
  Task<Status> ProposeSplit(const SplitPlan& plan, const partition::SplitCount& count);
  void Release();

  Started Start(partition::WriteRequest& request);
  bool FindEarlier(const partition::Stamp& stamp, Started* started) const;
  Status CheckStamp(const partition::Stamp& stamp) const;
  void KeepAnswer(const partition::Stamp& stamp, const Result<partition::WriteResult>& answer,
                  proto::command::v1::Command* command) const;
  Task<Status> WaitToServe();
  Task<void> ConfirmAnswers(std::span<Started> started);
  Task<Status> ConfirmTerm(Term term);
  void BecomeReady();
  template <typename T, typename F>
  Result<T> WhileFresh(F read) const;
  // The proposal's number. A refusal comes by OnDone like every other failure.
  uint64_t Propose(partition::WriteRequest& request, proto::command::v1::Command command,
                   Ticket room);
  void OnDone(uint64_t number, const Status& status);

  const std::unique_ptr<partition::Partition> partition_;
  Executor& home_;
  Admission& admission_;
  const bool system_;
  std::atomic<bool> ready_ = false;
  // From before the split is appended, in the term: nothing is evaluated or read.
  std::atomic<bool> splitting_ = false;
  bool split_planned_ = false;
  std::atomic<bool> making_children_ = false;
  NodeId node_;
  absl::AnyInvocable<void()> on_split_;
  std::atomic<bool> alone_ = true;  // until the group says otherwise
  std::atomic<uint64_t> leader_ = 0;
  Observer* observer_ = nullptr;
  group::Group* group_ = nullptr;
  std::shared_ptr<const group::LeaseView> lease_;  // null before Attach, constant after
  std::atomic<uint64_t> lease_reads_ = 0;
  std::shared_ptr<group::FreshnessView> freshness_;  // as lease_
  std::atomic<bool> attached_ = false;               // both are there to be used by anybody
  std::atomic<uint64_t> seen_ = 0;                   // see Saw
  bool detached_ = false;
  std::vector<std::coroutine_handle<>> ready_waiters_;
  Hlc hlc_;
  uint64_t last_proposal_ = 0;
  absl::flat_hash_map<uint64_t, Proposal> proposals_;
  absl::flat_hash_map<std::string, uint64_t>
      overlay_;  // row key to the last proposal that writes it
  absl::flat_hash_map<partition::Stamp, Stamped> stamped_;
  std::vector<partition::Partition::CommandAt> apply_buffer_;
};

}  // namespace skerry::replica
