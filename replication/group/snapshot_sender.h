#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "base/executor.h"
#include "replication/group/state_machine.h"
#include "replication/raft/types.h"
#include "replication/transport/transport.h"

namespace skerry::group {

// Carries one snapshot to one replica: a piece at a time, the next when the last was acknowledged,
// and again when no answer comes. Lives on the group's executor; pieces are read on the blocking
// executor.
class SnapshotSender : public std::enable_shared_from_this<SnapshotSender> {
 public:
  struct Options {
    GroupId group;
    // from, to, term, snapshot and metadata of all chunks.
    transport::SnapshotChunk head;
    std::unique_ptr<SnapshotReader> reader;
    Executor& executor;
    // Runs work on the blocking executor unless the state machine has gone.
    absl::AnyInvocable<void(Work)> run_blocking;
    absl::AnyInvocable<void(transport::SnapshotChunk)> send;
    size_t piece_bytes = 256 << 10;
    int resend_ticks = 10;    // without an answer
    int give_up_ticks = 100;  // without progress
  };

  explicit SnapshotSender(Options options) : options_(std::move(options)) {}

  void Begin() { ReadNext(); }
  void OnResponse(const transport::SnapshotChunkResponse& response);
  void Tick();
  // Nothing is sent any more.
  void Stop() { state_ = State::kFailed; }
  // No work runs on the blocking executor any more: the reader goes before its machine.
  void DropReader() { options_.reader = nullptr; }

  enum class State : uint8_t { kSending, kArrived, kFailed };
  State state() const { return state_; }
  LogIndex index() const { return options_.head.metadata.index; }

 private:
  void ReadNext();
  void OnRead(Result<std::string> piece);
  void SendCurrent();

  Options options_;
  State state_ = State::kSending;
  bool reading_ = false;
  uint64_t sequence_ = 0;  // of the piece that waits for its answer
  std::string piece_;
  bool last_ = false;
  int ticks_since_sent_ = 0;
  int ticks_since_progress_ = 0;
};

}  // namespace skerry::group
