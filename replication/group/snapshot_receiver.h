#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/functional/any_invocable.h"
#include "base/executor.h"
#include "replication/group/state_machine.h"
#include "replication/raft/types.h"
#include "replication/transport/transport.h"

namespace skerry::group {

// Takes in the snapshot that a leader sends to this replica, one at a time: the newest of the
// highest term. Lives on the group's executor; pieces are taken in on the blocking executor.
class SnapshotReceiver : public std::enable_shared_from_this<SnapshotReceiver> {
 public:
  struct Options {
    GroupId group;
    StateMachine& machine;
    Executor& executor;
    absl::AnyInvocable<void(Work)> run_blocking;
    absl::AnyInvocable<void(NodeId, transport::SnapshotChunkResponse)> send;
    // It has arrived whole: the message that offers it to Raft.
    absl::AnyInvocable<void(raft::Message)> arrived;
  };

  explicit SnapshotReceiver(Options options) : options_(std::move(options)) {}

  void OnChunk(const transport::SnapshotChunk& chunk);

  // The snapshot that has arrived whole, if it is this one. The caller installs it and then calls
  // Forget.
  SnapshotWriter* Arrived(const raft::SnapshotMetadata& metadata);
  void Forget() { incoming_ = nullptr; }
  // No work runs on the blocking executor any more: the writer goes before its machine.
  void DropWriter();

 private:
  // One snapshot on its way in. The blocking executor's work holds it while it writes.
  struct Incoming {
    transport::SnapshotChunk head;  // of its first chunk, without data
    std::unique_ptr<SnapshotWriter> writer;
    uint64_t next = 0;  // taken in so far
    bool writing = false;
    bool whole = false;
  };

  bool Begin(const transport::SnapshotChunk& chunk);
  void OnAdded(const std::shared_ptr<Incoming>& incoming, bool last, const Status& status);
  void Respond(const transport::SnapshotChunk& chunk, uint64_t next, bool refused);

  Options options_;
  std::shared_ptr<Incoming> incoming_;
};

}  // namespace skerry::group
