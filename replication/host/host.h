#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/executor.h"
#include "base/feature_level.h"
#include "base/status.h"
#include "base/strong.h"
#include "replication/group/group.h"
#include "replication/group/state_machine.h"
#include "replication/raft/configuration.h"
#include "replication/transport/transport.h"

namespace skerry::host {

enum class Durability {
  kSynced,   // a proposal is answered after fdatasync
  kRelaxed,  // after write(); synced in the background. A power loss takes up to max_sync_delay of
             // acknowledged writes; a crash of the process none. For groups with one voter only.
};

// References outlive the Host.
struct HostOptions {
  Disk& disk;
  // The log's own directory, created if it is missing (its parent must exist). The caller holds the
  // data directory's lock.
  std::string directory;
  // Stands in every segment; another directory's segments are refused. Any number that is the data
  // directory's own.
  uint64_t identity = 0;
  // The data directory is not new: an empty or missing log directory is damage. (What says that it
  // is not new is written after the first Begin has succeeded.)
  bool must_exist = false;

  const Clock& clock;
  Executor& log_executor;       // the log writer's own
  Executor& blocking_executor;  // preparing segments, FlushedIndex, background fdatasync

  Durability durability = Durability::kSynced;
  Duration max_sync_delay = std::chrono::milliseconds(100);  // of kRelaxed

  uint64_t first_segment_bytes = 1 << 20;
  uint64_t segment_bytes = 64 << 20;
  // Beyond it the groups that pin the oldest segments are asked to flush; beyond twice of it
  // proposals are refused until they have.
  uint64_t max_log_bytes = 256 << 20;
  // Proposed and not yet applied, per group; beyond it proposals are refused.
  uint64_t max_pending_bytes_per_group = 64 << 20;

  // Of a node in a cluster; null: it is alone, and all its groups have one voter. Started by Open,
  // stopped by Stop.
  transport::Transport* transport = nullptr;
  // The unit of Raft's time. A leader is missed after election_ticks to twice of that.
  Duration tick = std::chrono::milliseconds(50);
  int election_ticks = 12;
  int heartbeat_ticks = 2;
  uint64_t seed = 0;  // of election timeouts

  // Of support between nodes, with a transport; where nothing takes long. Null: there is none, so
  // that reads ask a majority and each group has heartbeats of its own.
  Executor* liveness_executor = nullptr;
  // See liveness::Options. A leader's node that dies is given up after at most `support_promise`.
  Duration support_promise = std::chrono::milliseconds(1000);
  Duration support_interval = std::chrono::milliseconds(200);

  // What this node's program speaks, and the level that is in force at first.
  LevelRange spoken = {};
  FeatureLevel level = kNewestLevel;
  // That is only until somebody knows better: SetLevel, or before it a heartbeat of a node, which
  // none sends before it knows that the level has them. (Else a node that starts could wait for
  // ever for a leader that sleeps, since nothing would show that this node is there.)
  bool level_is_provisional = false;

  // Called at most once, on any thread, when the node must not go on (a failed write or fdatasync
  // of the log, a failed Apply). The message names the file. Prints and aborts if not set. If it
  // returns, nothing is acknowledged any more.
  absl::AnyInvocable<void(const Status&)> on_fatal;
};

// Owns the log and the groups of a node. Thread-safe. See replication/log/FORMAT.md for what lies
// on disk.
class Host {
 public:
  // Recovers the log. A torn tail is cut. Damage below what was synced is kCorruption and names
  // file, offset and remedy; a newer format or another identity kFailedPrecondition. Changes
  // nothing.
  static Result<std::unique_ptr<Host>> Open(HostOptions options);
  // Whether the engine, which holds the group's entries through `applied` and once installed a
  // snapshot through `installed` (0: none), and the log can go on together: kCorruption if either
  // has lost something. Between Open and Begin.
  virtual Status Check(GroupId id, LogIndex applied, LogIndex installed) const = 0;
  // From here the log is written. Once, before anything below; blocks on the disk.
  virtual Status Begin() = 0;

  virtual ~Host() = default;  // after Stop(), if it began

  // A replica of the group is here, opened or not.
  virtual bool Knows(GroupId id) const = 0;

  // Groups found by Open that were not destroyed, in order of their ids.
  virtual std::vector<GroupId> RecoveredGroups() const = 0;

  // A new replica of a group whose first members are `members`: the same at each of them, which are
  // all created with the same base state, durable in the engine before (safety-rules 3). Without
  // members: a replica that waits for its group's leader to send it a snapshot. `done` runs on
  // `executor`, with the group once its first record is durable and, if this is the only voter, it
  // leads and LeaderReady(); kAlreadyExists if this node has the group, or had a replica with this
  // id or a later one.
  virtual void CreateGroup(GroupId id, ReplicaId replica, raft::Configuration members,
                           Executor& executor, group::StateMachine& machine,
                           absl::AnyInvocable<void(Result<group::Group*>)> done) = 0;

  // Takes up a group of RecoveredGroups(). Called on `executor`, or before that runs anything.
  // Applies what the log has above machine.applied(), through the commit index that it recorded,
  // before it returns; then the group takes part, or, if it is the only voter, campaigns.
  // kCorruption if the log ends below machine.applied().
  virtual Result<group::Group*> OpenGroup(GroupId id, Executor& executor,
                                          group::StateMachine& machine) = 0;

  // Writes the group's tombstone; proposals under way end with kOutcomeUnknown or kUnavailable.
  // `done` runs on the group's executor (the log's, for a group never opened) when the tombstone is
  // durable and nothing calls the state machine any more.
  virtual void DestroyGroup(GroupId id, absl::AnyInvocable<void(Status)> done) = 0;

  // The engine has made something durable: looks whether segments can go. Cheap; any thread.
  virtual void NotifyFlushed() = 0;

  // Nothing was heard for about `support_promise` of a node that shares a group with this one, and
  // was heard of before. False without support between nodes.
  virtual bool IsAway(NodeId node) const = 0;
  // It supports this node now, which a node does that shares a group with this one and lives. At a
  // level without such support: there is a connection. True of a host that never has any.
  virtual bool Hears(NodeId node) const = 0;

  // The level that is in force from now on (base/feature_level.h): nothing newer is sent any more.
  virtual void SetLevel(FeatureLevel level) = 0;
  // Constant but for what it says; as long as the host.
  virtual const LevelInForce& level() const = 0;
  // Of support between nodes, nothing that the level does not have is under way here any more.
  virtual bool HasFollowedLevel() const = 0;

  // Size of all live segments, in bytes.
  virtual uint64_t LogBytes() const = 0;

  // Ends all groups (proposals under way: kOutcomeUnknown), writes and syncs what is queued, marks
  // the log as closed. `done` runs on the log's executor; after it no executor is used any more.
  virtual void Stop(absl::AnyInvocable<void()> done) = 0;
  // The same, and waits. Not on an executor of this host or its groups.
  void Stop();
};

}  // namespace skerry::host
