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
#include "base/disk.h"
#include "base/executor.h"
#include "base/status.h"
#include "base/strong.h"
#include "replication/log/batch_builder.h"
#include "replication/log/format.h"
#include "replication/log/index.h"
#include "replication/log/recovery.h"
#include "replication/log/segments.h"

namespace skerry::log {

// Who wrote something and waits for it.
class Writer {
 public:
  virtual ~Writer() = default;
  // Once for each write, in the order in which this writer handed them in, on executor(): it is as
  // durable as was asked, or (kOutcomeUnknown) the log has failed. Several come in one post.
  virtual void OnWritten(const Status& status) = 0;
  virtual Executor& executor() const = 0;
};

// References outlive the Log.
struct Options {
  Disk& disk;
  std::string directory;  // created if it is missing
  uint64_t identity = 0;
  bool must_exist = false;
  Executor& executor;           // the log writer's
  Executor& blocking_executor;  // prepares segments, syncs in the background
  bool relaxed = false;         // answer after write(), sync at most max_sync_delay later
  Duration max_sync_delay = std::chrono::milliseconds(100);
  uint64_t first_segment_bytes = 1 << 20;
  uint64_t segment_bytes = 64 << 20;
  uint64_t max_bytes = 256 << 20;  // beyond twice of it Admission() refuses
  // A write or sync failed: nothing is acknowledged from then on. On either executor, once.
  absl::AnyInvocable<void(const Status&)> on_fatal;
};

// Entries of one group to be appended, and its term and vote if they changed.
struct Append {
  GroupId group;
  bool has_vote = false;
  bool must_sync = false;      // durable before OnWritten even if the log is relaxed
  raft::HardState hard_state;  // commit always; the rest if has_vote
  std::vector<raft::EntryPtr> entries;
};

// The durable log that all groups of a node share: segments in one directory, one writer, one
// fdatasync for all that is queued. Owns the files. Thread-safe. A failure to write or sync is
// fatal (Options::on_fatal), but for a full disk when a segment is to be begun: then the queue
// waits until there is space, and Admission() says so.
class Log : public std::enable_shared_from_this<Log> {
 public:
  // Recovers what is there, and changes nothing: whoever finds that it does not fit the rest lets
  // go of it again. See log::Recover for the errors; kCorruption also if must_exist and there is no
  // log.
  static Result<std::shared_ptr<Log>> Open(Options options);
  // Seals what was there and durably starts a new segment. Once, before anything is handed in.
  Status Begin();

  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log() = default;

  struct GroupInfo {
    GroupState state;
    LogIndex last;
    Term last_term;
  };
  // Groups that were found or created and not removed, in order.
  std::vector<GroupId> Groups() const;
  std::optional<GroupInfo> Find(GroupId group) const;  // a removed one too, while it is remembered
  // The log was written with relaxed durability: after a power loss it may end before the engine.
  bool was_relaxed() const {
    return was_relaxed_;
  }  // Writes are carried out in the order of the calls. A group is created before anything else of
     // it,
  // with its first entries in the same batch.
  void Create(GroupState state, Append first, std::shared_ptr<Writer> writer);
  void Write(Append append, std::shared_ptr<Writer> writer);
  // Writes the tombstone; the group's earlier records are dead from then on.
  void Remove(GroupId group, std::shared_ptr<Writer> writer);
  // The group's log is empty and starts after (index, term) now: the engine is ahead of it, or a
  // snapshot was installed, which comes with its configuration.
  void Restart(GroupId group, LogIndex index, Term term,
               std::optional<raft::Configuration> configuration, std::shared_ptr<Writer> writer);

  // Entries [from, to] of the group, as many from the front as fit in max_bytes, but at least one.
  // Reads the disk. Sees what OnWritten has been called for.
  Result<std::vector<raft::EntryPtr>> Read(GroupId group, LogIndex from, LogIndex to,
                                           uint64_t max_bytes) const;

  // Success, or why nothing should be proposed now (kResourceExhausted, kUnavailable). Cheap.
  Status Admission() const;

  using NumberedConfigurations = std::vector<std::pair<LogIndex, raft::Configuration>>;
  // The configurations among the group's entries, in order. Reads the disk if there are any.
  Result<NumberedConfigurations> ReadConfigurations(GroupId group) const;

  // What is durable in the engine need not be in the log. `applied`: the configurations that were
  // applied, those that the log's state holds already may be left out.
  void Truncate(GroupId group, LogIndex through, const NumberedConfigurations& applied = {});
  // Groups whose entries keep the oldest segment from going, if that is not the one being written.
  std::vector<GroupId> PinningGroups() const;
  // Lets go of the oldest segments as far as nothing in them is needed; with `rewrite` the entries
  // that are still needed in the oldest one are written anew first. `done` on the log's executor.
  void Collect(bool rewrite, absl::AnyInvocable<void()> done);

  uint64_t bytes() const { return live_bytes_.load(std::memory_order_relaxed); }
  size_t segments() const { return segments_.Live().size(); }
  // Called on the log's executor each time a segment was begun. Set before anything is written.
  void OnSegmentBegun(absl::AnyInvocable<void()> callback);

  // Writes what is queued, syncs, marks the log as closed. `done` on the log's executor. Nothing
  // may be handed in afterwards.
  void Close(absl::AnyInvocable<void()> done);

 private:
  enum class Kind : uint8_t { kState, kAppend, kRemove, kRestart };
  struct Request {
    Kind kind = Kind::kAppend;
    bool must_sync = false;
    Append append;
    std::unique_ptr<GroupState> state;  // kState, kRestart
    GroupId group;
    uint64_t bytes = 0;  // of the record's payload, about
    std::shared_ptr<Writer> writer;
  };
  // What a record of the batch being built does to the index once it is written. (A group's state
  // is as of the queue position at once: later records of the batch are built from it.)
  struct Effect {
    enum class Kind : uint8_t { kAppend, kState, kRewrite } kind = Kind::kAppend;
    GroupId group;
    uint64_t sequence = 0;
    LogIndex first;  // kAppend
    LogIndex last;
    Term last_term;
    bool configuration = false;
    bool removed = false;  // kState
    bool anew = false;     // kState
    LogIndex start;
  };

  explicit Log(Options options);
  Status Recover();

  // --- the writer (log.cc); on the log's executor but for Enqueue
  void Enqueue(Request request);
  void Turn();
  bool TakeRequests();  // false if there are none: the next Enqueue schedules a turn
  Status WriteTaken();
  void AddRequest(Request& request);
  void AddAppend(Append& append, GroupLog* group);
  void AddState(GroupId id, GroupState state);
  // Begins the next segment if the current one has no room for `bytes`.
  Status MakeRoom(uint64_t bytes);
  Status BeginSegment(uint64_t bytes_min);
  Status WriteBatch(bool sync, bool closed);
  void ApplyEffects();
  void ApplyEffect(Effect& effect, const BatchBuilder::Placed& placed);
  Status SyncCurrent();
  void Answer(const Status& status);
  void Fail(const Status& status);
  void PrepareAhead();

  // --- marks, background syncing, closing (log_background.cc); likewise
  void ScheduleMark();
  void WriteMark();
  void ScheduleSync();
  void SyncInBackground();
  void FinishClose();

  // --- garbage collection (log_collect.cc); likewise
  Status CollectNow(bool rewrite);
  Status RewriteEntries(uint64_t segment);
  Status RewriteStates(uint64_t new_oldest);
  uint64_t FirstPinned() const;
  Result<std::vector<raft::EntryPtr>> ReadRecord(const RecordRef& ref, LogIndex from,
                                                 LogIndex to) const;

  Options options_;
  Executor& executor_;
  bool was_relaxed_ = false;

  mutable std::mutex queue_mutex_;
  // Guarded by queue_mutex_.
  std::deque<Request> queue_;
  bool scheduled_ = false;

  mutable std::mutex index_mutex_;
  // Guarded by index_mutex_. Changed on the log's executor alone, but for Truncate. May be ahead of
  // the disk by the batch that is being written.
  Index index_;

  SegmentSet segments_;
  std::optional<RecoveredLog> recovered_;  // between Open and Begin

  // The rest up to the atomics belongs to the log's executor.
  std::vector<Request> taken_;
  BatchBuilder batch_;
  std::vector<Effect> effects_;
  SegmentSet::Begun current_;
  Position end_;           // where the next batch goes
  uint32_t checksum_ = 0;  // of the last record written
  Position synced_;        // all before it is durable
  Position marked_;        // the highest `synced` that a written header states
  Position data_end_;      // of the last batch with records
  uint64_t oldest_ = 0;
  bool preparing_ = false;
  bool mark_scheduled_ = false;
  bool sync_scheduled_ = false;
  int background_ = 0;  // pieces of work of this on the blocking executor
  absl::AnyInvocable<void()> on_segment_begun_;
  absl::AnyInvocable<void()> close_done_;

  std::atomic<uint64_t> queued_bytes_ = 0;
  std::atomic<uint64_t> live_bytes_ = 0;
  std::atomic<bool> no_space_ = false;
  std::atomic<bool> failed_ = false;
};

}  // namespace skerry::log
