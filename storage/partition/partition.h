#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/status.h"
#include "base/strong.h"
#include "storage/engine/engine.h"
#include "storage/partition/kept_answers.h"
#include "storage/partition/read.h"
#include "storage/partition/schema.h"

namespace skerry::partition {

// How many items and bytes a table or an index holds here; kept with each write, exact.
struct Statistics {
  int64_t items = 0;
  int64_t bytes = 0;
};

// The deterministic state machine of one partition over the ordered engine: commands in, rows out
// (FORMAT.md). Knows no log and no network. Apply comes from one executor; everything else is
// thread-safe and may run beside it.
class Partition {
 public:
  struct CommandAt {
    LogIndex index;
    std::string_view command;  // a serialized proto::command::v1::Command
  };

  // Reads what the engine holds of the group. A group that was never applied to is empty: its data
  // id is its group id, so that creating one needs no write (ids are never reused; a snapshot
  // brings a descriptor of its own, which names another).
  static Result<std::unique_ptr<Partition>> Open(engine::Engine& engine, GroupId group,
                                                 std::shared_ptr<const Schema> schema);

  // What the engine has applied of the group, 0 if nothing: Open and applied() without the schema.
  static Result<LogIndex> AppliedIn(engine::Engine& engine, GroupId group);
  // Whether a crash now would leave anything of the group.
  static Result<bool> IsPersisted(engine::Engine& engine, GroupId group);
  // And origin().
  static Result<std::string> OriginIn(engine::Engine& engine, GroupId group);

  // One atomic engine write for all of them and the applied index. outcomes[i] is left as it is on
  // success.
  Status Apply(std::span<const CommandAt> commands, LogIndex applied, Term applied_term,
               std::vector<Status>* outcomes);

  LogIndex applied() const { return LogIndex(applied_.load(std::memory_order_acquire)); }
  Term applied_term() const { return Term(applied_term_.load(std::memory_order_acquire)); }
  // What a crash now would leave (safety-rules 5).
  Result<LogIndex> FlushedIndex() const;

  // What the last snapshot that was installed here said of itself (SnapshotWriter); empty if there
  // was none.
  std::string origin() const;

  // Removes every row and all that belongs to the group, in bounded batches. Safe to repeat.
  static Status Destroy(engine::Engine& engine, GroupId group);

  // Destroys what lies in the engine and belongs to none of `owned` (sorted): left by a crash
  // between a group's tombstone and the removal of its rows (safety-rules 6). Before anything else
  // runs.
  static Status Sweep(engine::Engine& engine, std::span<const GroupId> owned);

  const Schema& schema() const { return *schema_; }
  engine::Engine& engine() const { return engine_; }
  GroupId group() const { return group_; }
  // By the index's id; 0 is the table.
  Statistics statistics(uint32_t index) const;

  // The stored item of that row key, or an empty view. `pin` holds the bytes.
  Result<std::string_view> Get(std::string_view row_key, engine::PinnedValue* pin) const;
  Result<ReadPage> Read(const ReadRequest& request) const;

  // On the applying executor.
  const KeptAnswers& kept() const { return kept_; }

 private:
  friend class SnapshotReader;
  friend class SnapshotWriter;

  Partition(engine::Engine& engine, GroupId group, std::shared_ptr<const Schema> schema);
  Status Load();
  Status LoadDescriptor();
  std::string data_prefix() const;
  Status Stage(const CommandAt& command, engine::WriteBatch* batch);
  std::string EncodeState(LogIndex applied, Term term) const;
  Status DecodeState(std::string_view bytes, LogIndex* applied, Term* term,
                     std::vector<Statistics>* statistics) const;

  engine::Engine& engine_;
  const GroupId group_;
  const std::shared_ptr<const Schema> schema_;
  const std::string state_key_;
  std::atomic<uint64_t> data_id_;
  std::atomic<uint64_t> applied_ = 0;
  std::atomic<uint64_t> applied_term_ = 0;
  std::vector<Statistics> staged_;  // of the applying executor
  KeptAnswers kept_;                // likewise
  mutable std::mutex mutex_;
  std::vector<Statistics> published_ ABSL_GUARDED_BY(mutex_);
  std::string origin_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace skerry::partition
