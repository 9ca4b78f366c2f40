#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "base/status.h"
#include "base/task.h"
#include "replication/host/host.h"
#include "server/replica/admission.h"
#include "server/replica/replica.h"
#include "storage/engine/engine.h"

namespace skerry::replica {

// Whose data a group holds: the catalog's writes find room where clients' do not.
enum class Owner : uint8_t { kClients, kCatalog };

// Makes, opens and removes this node's replicas. Thread-safe; everything handed in outlives it.
class Replicas {
 public:
  Replicas(host::Host& host, engine::Engine& engine, std::vector<Executor*> reactors,
           AdmissionOptions admission = {})
      : host_(host),
        engine_(engine),
        reactors_(std::move(reactors)),
        admission_([&engine] { return engine.GetLoad(); }, admission) {}

  // A new, empty group with this replica as its only voter; serves when the task ends. The task
  // ends on the replica's home executor, as those below do.
  Task<Result<std::shared_ptr<Replica>>> Create(GroupId group,
                                                std::shared_ptr<const partition::Schema> schema,
                                                Owner owner = Owner::kClients,
                                                Replica::Observer* observer = nullptr);
  // A member of a new group of several, or, without members, a replica that waits for its group's
  // leader to send it everything (Host::CreateGroup). The task ends when its first record is
  // durable.
  Task<Result<std::shared_ptr<Replica>>> CreateMember(
      GroupId group, ReplicaId id, raft::Configuration members,
      std::shared_ptr<const partition::Schema> schema, Owner owner = Owner::kClients,
      Replica::Observer* observer = nullptr);
  // A group that the log knows from before (Host::RecoveredGroups). Serves soon after
  // (Replica::WhenReady).
  Task<Result<std::shared_ptr<Replica>>> Open(GroupId group,
                                              std::shared_ptr<const partition::Schema> schema,
                                              Owner owner = Owner::kClients,
                                              Replica::Observer* observer = nullptr);
  // The group's replica on this node, if it was opened; null else.
  std::shared_ptr<Replica> Find(GroupId group) const;
  // Makes the groups that the split of `parent` says, as far as they are not here: each with the
  // replica that the split names on this node, what it begins with durable before (safety-rules 3),
  // handed over by OnChild. Nothing if the parent was not split. To be repeated after a failure,
  // and at a start once the parent is open; after a success nothing is made again, so that neither
  // a child nor the parent may end on this node before there was one. A child that has no replica
  // on this node is not made; what the split left for it is removed. kAborted: another call is
  // under way.
  Task<Status> CreateChildren(std::shared_ptr<Replica> parent);
  // Both are set before any replica is made. The first is called on the home executor of a replica
  // that has applied the split of its partition: its owner owes CreateChildren. The second takes
  // over a replica that it made, on its home executor.
  void OnSplit(std::function<void(GroupId parent)> hook) { on_split_ = std::move(hook); }
  void OnChild(std::function<void(std::shared_ptr<Replica>)> hook) { on_child_ = std::move(hook); }

  // Ends the group for good and removes its data. One that was split: CreateChildren has succeeded
  // before.
  Task<Status> Destroy(std::shared_ptr<Replica> replica);
  // The same for a group that nobody opened (found in the log, owned by no table).
  Task<Status> DestroyUnopened(GroupId group);
  // Removes rows that belong to none of `owned` (sorted). Before anything else is served.
  Status SweepData(const std::vector<GroupId>& owned) {
    return partition::Partition::Sweep(engine_, owned);
  }

  host::Host& host() { return host_; }
  // For what takes room without being a write of a client's: a new table.
  Admission& admission() { return admission_; }

 private:
  Executor& HomeOf(GroupId group) { return *reactors_[group.value % reactors_.size()]; }
  void Register(const std::shared_ptr<Replica>& replica);
  Task<Status> EndGroup(GroupId group);
  Task<Status> ClearEarlier(GroupId group);
  void Hook(Replica& replica);
  Task<Status> Flush();
  Task<Status> CreateChild(const proto::command::v1::SplitChild& child,
                           std::shared_ptr<Replica> parent);

  host::Host& host_;
  engine::Engine& engine_;
  const std::vector<Executor*> reactors_;
  Admission admission_;
  mutable std::mutex mutex_;
  std::unordered_map<GroupId, std::shared_ptr<Replica>> open_;  // guarded by mutex_
  std::function<void(GroupId)> on_split_;
  std::function<void(std::shared_ptr<Replica>)> on_child_;
};

}  // namespace skerry::replica
