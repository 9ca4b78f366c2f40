#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/feature_level.h"
#include "base/status.h"
#include "base/strong.h"
#include "storage/engine/engine.h"
#include "storage/partition/data_range.h"
#include "storage/partition/kept_answers.h"
#include "storage/partition/read.h"
#include "storage/partition/row_key.h"
#include "storage/partition/schema.h"

namespace skerry::partition {

// How many items and bytes a table or an index holds here; kept with each write, exact.
struct Statistics {
  int64_t items = 0;
  int64_t bytes = 0;
};

class SplitCount;

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

  // The split that ended the group, as the engine has it: Open and seal() without the schema.
  static Result<std::optional<Seal>> SplitIn(engine::Engine& engine, GroupId group) {
    return ReadSeal(engine, group);
  }

  // One atomic engine write for all of them and the applied index. outcomes[i] is left as it is on
  // success. A split writes with it what both children begin with; from there on commands change
  // nothing, and their outcome is kRangeMoved.
  Status Apply(std::span<const CommandAt> commands, LogIndex applied, Term applied_term,
               std::vector<Status>* outcomes);

  LogIndex applied() const { return LogIndex(applied_.load(std::memory_order_acquire)); }
  Term applied_term() const { return Term(applied_term_.load(std::memory_order_acquire)); }
  // What a crash now would leave (safety-rules 5).
  Result<LogIndex> FlushedIndex() const;

  // Which keys are this partition's; all others, and, once it was split, all: kRangeMoved.
  HashRange range() const {
    return {first_hash_.load(std::memory_order_acquire),
            last_hash_.load(std::memory_order_acquire)};
  }
  // What it has from the split that made it, if one did.
  Inheritance inheritance() const;
  bool sealed() const { return sealed_.load(std::memory_order_acquire); }
  // Of a sealed one.
  std::optional<Seal> seal() const;
  // Seal::children_made from here on; a flush makes it durable. On the applying executor.
  Status MarkChildrenMade();

  // What the last snapshot that was installed here said of itself (SnapshotWriter); empty if there
  // was none.
  std::string origin() const;

  // Removes every row and all that belongs to the group, in bounded batches. Safe to repeat. Of one
  // that was split: its children keep their rows.
  static Status Destroy(engine::Engine& engine, GroupId group);

  // Destroys what lies in the engine and belongs to none of `owned` (sorted): left by a crash
  // between a group's tombstone and the removal of its rows (safety-rules 6). What a split left for
  // children of an owned group stays. Before anything else runs.
  static Status Sweep(engine::Engine& engine, std::span<const GroupId> owned);

  // The newest feature level whose commands are applied; before the first Apply.
  void LimitTo(FeatureLevel newest) { newest_level_ = newest; }

  const Schema& schema() const { return *schema_; }
  std::shared_ptr<const Schema> shared_schema() const { return schema_; }
  engine::Engine& engine() const { return engine_; }
  GroupId group() const { return group_; }
  // By the index's id; 0 is the table.
  Statistics statistics(uint32_t index) const;

  // The stored item of that row key, or an empty view. `pin` holds the bytes. kRangeMoved.
  Result<std::string_view> Get(std::string_view row_key, engine::PinnedValue* pin) const;
  // Of what is asked for, the part in range(); kRangeMoved if there is none.
  Result<ReadPage> Read(const ReadRequest& request) const;

  // On the applying executor.
  const KeptAnswers& kept() const { return kept_; }

 private:
  friend class SnapshotReader;
  friend class SnapshotWriter;
  friend class SplitCount;
  friend Result<uint64_t> FindMiddle(const Partition& partition);

  Partition(engine::Engine& engine, GroupId group, std::shared_ptr<const Schema> schema);
  Status Load();
  Status LoadDescriptor();
  Status LoadSplit();
  std::string data_prefix() const;
  // A split among them ends up in *seal.
  Status Stage(const CommandAt& command, engine::WriteBatch* batch, std::optional<Seal>* seal,
               Status* outcome);
  void StageMutations(const proto::command::v1::Command& command, LogIndex index,
                      engine::WriteBatch* batch) const;
  void StageStatistics(const proto::command::v1::Command& command);
  void AddTo(std::vector<Statistics>* sums, const proto::command::v1::StatisticsDelta& delta) const;
  // What both children begin with. Rows in *orphans have an owner no more when the batch is
  // written.
  Status StageChildren(const proto::command::v1::Split& split, uint64_t hlc,
                       engine::WriteBatch* batch, std::vector<HashRange>* orphans);
  void Publish(LogIndex applied, Term applied_term, std::optional<Seal> seal);
  static std::string EncodeState(LogIndex applied, Term term, std::span<const Statistics> sums);
  Status DecodeState(std::string_view bytes, LogIndex* applied, Term* term,
                     std::vector<Statistics>* statistics) const;

  engine::Engine& engine_;
  const GroupId group_;
  const std::shared_ptr<const Schema> schema_;
  const std::string state_key_;
  FeatureLevel newest_level_ = kNewestLevel;
  std::atomic<uint64_t> data_id_;
  std::atomic<uint64_t> first_hash_ = 0;
  std::atomic<uint64_t> last_hash_ = UINT64_MAX;
  std::atomic<bool> sealed_ = false;
  std::atomic<uint64_t> applied_ = 0;
  std::atomic<uint64_t> applied_term_ = 0;
  std::vector<Statistics> staged_;  // of the applying executor
  KeptAnswers kept_;                // likewise
  SplitCount* counting_ = nullptr;  // likewise
  mutable std::mutex mutex_;
  std::vector<Statistics> published_ ABSL_GUARDED_BY(mutex_);
  std::string origin_ ABSL_GUARDED_BY(mutex_);
  Inheritance inheritance_ ABSL_GUARDED_BY(mutex_);
  std::optional<Seal> seal_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace skerry::partition
