#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/executor.h"
#include "base/feature_level.h"
#include "base/status.h"
#include "base/strong.h"
#include "base/task.h"
#include "server/catalog/node_watch.h"
#include "server/catalog/placement.h"
#include "server/catalog/table.h"
#include "server/forwarding/group_client.h"
#include "server/forwarding/partition_client.h"
#include "server/replica/replicas.h"

namespace skerry::catalog {

inline constexpr GroupId kCatalogGroup{1};
// The node's replica of it. The founder's has the number of the group.
constexpr ReplicaId CatalogReplicaOn(NodeId node) {
  return node == NodeId(1) ? ReplicaId(kCatalogGroup.value) : ReplicaOn(node, 1);
}

// What a node of a cluster is to the others.
struct Membership {
  // This node's record as it should stand in the catalog: id, identity, addresses, zone.
  NodeRecord node;
  // The node that founds the cluster makes the catalog's group; any other waits for its replica to
  // be told everything.
  bool founder = false;
  std::string cluster_id;
  // What the view says of another node's address; empty: it is no peer any more. Called on the
  // catalog's executor.
  std::function<void(NodeId, const std::string& address)> on_peer;
  // This node cannot go on, and the status says why: it was removed from the cluster, or does not
  // speak its level. Called on the catalog's executor, at most once.
  std::function<void(const Status&)> on_unfit;
};

struct Options {
  // Slows the life cycle of tables down so that it looks like the service's (CREATING and DELETING
  // for so long).
  Duration transition_delay = Duration::zero();
  // How many replicas a partition has, once there are as many nodes.
  int replication_factor = 3;
  // A partition with more bytes than this becomes two; 0: none does by itself.
  uint64_t split_bytes = uint64_t{10} << 30;
  // How often a node looks at what it leads.
  Duration look_every = std::chrono::milliseconds(500);
  // On which reads of whole partitions may wait for the disk; null: the catalog's own.
  Executor* reader = nullptr;
  // A node of which nothing was heard for so long is dead: what it holds is made anew elsewhere.
  // Zero: never.
  Duration replace_dead_after = std::chrono::minutes(30);
  // The feature levels that this node speaks (base/feature_level.h).
  LevelRange speaks;
  std::optional<Membership> cluster;  // none: a node alone
};

// The control plane: which tables and nodes there are, and who holds what. It is kept in a hidden
// table in group 1, written by conditional puts through the same code as every other item. Each
// node of a cluster has a replica of that group, and what it applies there is the node's view,
// published immutable; the node makes and ends its own replicas as the view says. The node that
// leads the group brings tables from state to state, and replicas from node to node (Placement).
//
// Thread-safe: changes run one after another on the executor of the catalog's replica. Everything
// handed in outlives it.
class Catalog final : private replica::Replica::Observer {
 public:
  Catalog(replica::Replicas& replicas, forwarding::PartitionClient& partitions,
          forwarding::GroupClient& groups, Options options);
  ~Catalog() override;

  // Opens (or on a new node creates) the catalog's replica, loads the view, opens this node's
  // partitions, goes on with what a crash left half done and removes what no table owns. A node
  // alone serves everything when it ends; in a cluster it serves what it leads, and a new node has
  // found itself in the view.
  Task<Status> Start();

  std::shared_ptr<const View> view() const { return view_.load(std::memory_order_acquire); }
  // View holds what was acknowledged before the call, by whichever node. kUnavailable: the
  // catalog's leader cannot be asked. At once for a node alone.
  Task<Status> Refresh();
  // The node that leads the catalog's group, 0 if none is known here. After Start.
  NodeId leader() const;
  // This node's record as the view has it; absent: it is not in the view.
  std::optional<NodeRecord> OwnRecord() const;
  bool alone() const { return !options_.cluster.has_value(); }

  // Writes a new table in the state CREATING; the catalog's leader makes it ACTIVE.
  // kAlreadyExists if there is one of that account and name; kStorageFull and kResourceExhausted as
  // of a write that grows. The record's partitions are chosen here.
  Task<Result<TablePtr>> Create(TableRecord record);
  // Replaces the record of a table, kAborted if it is no longer at `seen`'s version. As Create.
  Task<Result<TablePtr>> Update(TablePtr seen, TableRecord record);
  // Writes DELETING, after which the table is removed. As Update, but in a full store too.
  Task<Result<TablePtr>> Delete(TablePtr seen);

  // Ends when the table, which Create or Delete gave, has left the state that it was given in, or
  // this node knows that it will be a while (no room), or has waited for ten seconds; at once where
  // transitions are slowed down. Ends on the catalog's executor.
  Task<void> Settled(TablePtr changed);

  // A node that wants to belong to the cluster: its record with everything but the id, which comes
  // back, and what it speaks. The same identity gets the same id again. kFailedPrecondition if this
  // node is in no cluster, or that one was removed or does not speak the cluster's level.
  Task<Result<NodeRecord>> Admit(NodeRecord node, LevelRange speaks = {});

  // Has a partition of the table become two, at `last_hash` or where its leader finds its middle.
  // It is planned when the task ends, and done soon after. As Update; kNotFound: the table has no
  // such partition (any more), kFailedPrecondition: its replicas are being moved, or it is being
  // split.
  Task<Result<TablePtr>> Split(TablePtr seen, GroupId group, std::optional<uint64_t> last_hash);
  // What an operator asks for. kNotFound and kFailedPrecondition say why not; kUnavailable as of
  // Refresh. They end when it is written down: what follows is the work of the catalog's leader.
  //
  // The node gets nothing new and gives up what it has; unless `fewer_replicas` only where as many
  // other nodes are left as a partition has replicas. Undrain takes that back.
  Task<Status> Drain(NodeId node, bool fewer_replicas);
  Task<Status> Undrain(NodeId node);
  // Of a node that has been drained, or is away and can be done without: it never comes back.
  Task<Status> Remove(NodeId node);
  // A replica of a partition from one node to another.
  Task<Status> MoveReplica(std::string account, std::string table, GroupId group, NodeId from,
                           NodeId to);

  // The cluster's feature level goes no higher, and comes back to this one if it is above; 0: it
  // rises again as soon as all nodes speak more. kInvalidArgument and kFailedPrecondition: see
  // CheckHold.
  Task<Status> HoldLevel(FeatureLevel level);

  // For a graceful stop: runs `done` on the catalog's executor when no job is under way. Jobs that
  // wait for room give up.
  void WhenIdle(absl::AnyInvocable<void()> done);

 private:
  // What is done for one table, one step after another.
  struct Job {
    bool again = false;    // the view has changed meanwhile
    bool delayed = false;  // Options::transition_delay has passed
  };
  // Who waits for a table to leave a state.
  struct Settling {
    std::string table_id;
    proto::catalog::v1::TableStatus status;
    absl::AnyInvocable<void()> done;
  };
  struct Here {
    ReplicaId id;
    std::shared_ptr<replica::Replica> replica;
  };
  // Of a group that is wanted here under whatever id it has.
  static constexpr ReplicaId kAnyReplica{UINT64_MAX};

  // Observer:
  void OnApplied(const proto::command::v1::Command& command) override;
  void OnReplaced() override;
  void OnLeadership() override;

  // --- catalog.cc
  Task<Status> OpenCatalogGroup();
  Status Load();
  Task<Status> OpenPartitions();
  Task<void> BecomeCurrent();
  Task<Status> RemoveOrphans();
  Task<Result<TablePtr>> Write(TableRecord record, uint64_t seen_version);
  Task<Status> Erase(TablePtr table);
  Task<Result<GroupId>> NextGroup();
  TablePtr MakeTable(TableRecord record, uint64_t version) const;
  Result<std::string> Take(std::string_view encoded, View* view);
  void Publish(std::shared_ptr<const View> view);
  void PublishReplica(const std::string& key, GroupId group,
                      std::shared_ptr<replica::Replica> replica);
  NodeId self() const;
  bool leads() const { return store_ != nullptr && store_->ready(); }
  Executor& home() const { return store_->home(); }

  // --- table_jobs.cc
  void TendTo(const std::string& key);
  void TendToAll();
  Task<void> Tend(std::string key);
  Task<Status> TendOnce(const std::string& key);
  Task<Status> EndReplicas(const std::string& key, const TablePtr& table);
  Task<Status> MakeReplicas(const std::string& key, const TablePtr& table);
  static bool HasParentHere(const Table& table, GroupId group, const std::map<GroupId, Here>& here);
  Task<Result<std::shared_ptr<replica::Replica>>> MakeReplica(
      TablePtr table, const proto::catalog::v1::Partition& partition, ReplicaId id);
  Task<Status> AwaitLeaders(const TablePtr& table);
  void EndWaits(const std::string& key, bool all);
  void WakeIdleWaiters();

  // --- splits.cc
  void LookAgainLater();
  Task<void> Look();
  Task<Status> PlanSplits(TablePtr table);
  Task<Status> MakeChildren(std::string key);
  std::map<GroupId, ReplicaId> WantedHere(const std::string& key, const TablePtr& table) const;
  Task<void> TendToSplits(std::string key);
  Task<Result<TablePtr>> PlanSplit(TablePtr seen, int at, std::optional<uint64_t> last_hash);
  Task<Status> DropPlan(TablePtr table, int at);
  Task<Status> SplitHere(TablePtr table, int at);
  Task<Status> Record(TablePtr table, int at, partition::Seal seal);
  Task<Status> EndParent(TablePtr table, int at);
  Executor& reader() const;

  // --- nodes.cc
  Task<Status> Found();
  Task<Status> KeepOwnRecord();
  Task<Status> ChangeNode(NodeId node,
                          absl::AnyInvocable<Result<proto::catalog::v1::NodeState>() const> decide);
  bool IsThere(NodeId node) const;
  Status MayRemove(NodeId node, const raft::Configuration& catalog_members) const;
  void TellPeers(const View& before, const View& now);

  // --- upgrade.cc
  bool May(Feature feature) const;
  Status CheckLevel() const;
  void FollowLevel();
  void LookWhetherFit();
  bool IsBackAt(FeatureLevel level) const;
  Task<Status> ReportLevels();
  Task<Status> TendToLevel();

  // --- control.cc
  Task<void> Control();
  Situation LookAtNodes(const View& seen);
  Task<Status> TendToCatalogGroup(Situation now);
  Task<Status> TendToPartitions(Situation now);
  Task<Status> MovePartition(Situation now, TablePtr table, int at);
  Task<Status> WritePartition(TablePtr table, int at, proto::catalog::v1::Partition partition);
  Task<Status> Balance(Situation now);
  Task<Status> BalanceLeaders(Situation now);

  replica::Replicas& replicas_;
  forwarding::PartitionClient& partitions_;
  forwarding::GroupClient& groups_;
  Options options_;
  std::shared_ptr<replica::Replica> store_;
  forwarding::Location location_;  // of the catalog's own group
  std::atomic<std::shared_ptr<const View>> view_;

  // Everything below lives on the catalog's executor.
  std::map<std::string, std::string, std::less<>>
      row_keys_;                    // of tables, to their keys in the view
  uint64_t known_group_limit_ = 0;  // ids below it are reserved, by whichever node
  uint64_t next_group_ = 0;         // the first free one of the block that this node reserved
  uint64_t block_end_ = 0;
  // This node's replicas, by table.
  std::map<std::string, std::map<GroupId, Here>, std::less<>> here_;
  std::map<std::string, Job> jobs_;
  std::multimap<std::string, std::shared_ptr<Settling>> settling_;
  LogIndex loaded_through_;  // of the snapshot that the view was last read from
  NodeWatch watch_;          // of the catalog's leader
  std::map<NodeId, MonotonicTime> removed_since_;  // as this node has seen it
  MonotonicTime next_balance_;
  std::map<GroupId, MonotonicTime> leaders_stay_;  // until when
  bool unfit_ = false;                             // this node is, and on_unfit knows
  bool loading_ = true;                            // what is applied comes with Load
  bool current_ = false;                           // the view is no older than this process
  bool becoming_current_ = false;
  bool refreshed_ = false;  // the view is no older than this process
  // Current, and what this node speaks is in the cluster's record: see FollowLevel.
  bool level_known_ = false;
  int plans_under_way_ = 0;  // of splits that this node writes into records
  bool controlling_ = false;
  bool looking_ = false;
  // Parents whose children are awaited here, since when, and partitions that cannot be split now,
  // until when they are let be.
  std::map<GroupId, MonotonicTime> awaiting_children_;
  std::map<GroupId, MonotonicTime> let_be_until_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for timers
  bool stopping_ = false;
  std::vector<absl::AnyInvocable<void()>> idle_waiters_;
};

}  // namespace skerry::catalog
