#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/btree_map.h"
#include "base/hlc.h"
#include "base/status.h"
#include "base/strong.h"
#include "proto/command/v1/command.pb.h"
#include "storage/engine/engine.h"
#include "storage/partition/stamp.h"
#include "storage/partition/write.h"

// The answers of stamped writes, kept so that a repetition is told what the first was told and
// changes nothing (safety-rules 13). They belong to the group, go with its snapshots, and are
// written and pruned by applying commands alone, so that every replica has the same.

namespace skerry::partition {

// From the issue of the stamp, in HLC time. A command prunes what is older than the first by its
// own timestamp; a leader whose clock is not below any command that it has applied refuses stamps
// that are older than the second: so what it does not find never was, and not: is forgotten.
inline constexpr uint64_t kAnswersKept = Hlc::Span(std::chrono::minutes(1));
inline constexpr uint64_t kStampAgeMax = Hlc::Span(std::chrono::seconds(50));
// A stamp from further ahead is refused, too: its answer would be kept for as much longer.
inline constexpr uint64_t kStampLeadMax = Hlc::Span(std::chrono::seconds(30));

// Larger answers are not kept, only that their write was applied.
inline constexpr size_t kKeptAnswerBytesMax = 4096;

// Of a write's result or of the failure of its evaluation (kInvalidArgument).
std::string EncodeAnswer(const Result<WriteResult>& answer);
// kCorruption: these are not an answer's bytes.
Result<WriteResult> DecodeAnswer(std::string_view bytes);
// To a repetition whose answer was not kept.
Status AnswerNotKept();

// Of one group. Used by the executor that applies.
class KeptAnswers {
 public:
  KeptAnswers(engine::Engine& engine, GroupId group) : engine_(engine), group_(group) {}

  // What the engine holds. They lie under the group and its data id: a snapshot brings them under
  // another one, so that none of before is left among them.
  Status Load(DataId data);

  // False: none is kept. As of what is applied.
  Result<bool> Find(const Stamp& stamp, Result<WriteResult>* answer) const;

  uint64_t count() const { return count_; }
  uint64_t bytes() const { return bytes_; }  // of the answers
  // How many of the oldest a command with that timestamp could prune; looks at `at_most`.
  Result<uint64_t> CountPrunable(uint64_t hlc, uint64_t at_most) const;
  // Not below the timestamp of any command applied since the group's first stamped one; of earlier
  // ones, not below those applied since it was opened.
  uint64_t hlc() const { return hlc_; }

  // hlc() is not below this from here on.
  void Observe(uint64_t hlc) { hlc_ = std::max(hlc_, hlc); }

  // What the group has, with the changes of a batch that is not written yet, becomes another's
  // too, which is made by writing *out: a split's (safety-rules 13). Writes what is in the engine
  // at once, in bounded batches, where nobody looks before.
  Status CopyTo(GroupId group, DataId data, const engine::WriteBatch& batch,
                engine::WriteBatch* out) const;

  // A command's part in a batch; then Finish, once, and when the batch was written, Written.
  Status Stage(const proto::command::v1::Command& command, engine::WriteBatch* batch);
  void Finish(engine::WriteBatch* batch) const;
  void Written();

  // Removes all of the group's, and all that do not lie under the data id.
  static Status Destroy(engine::Engine& engine, GroupId group);
  static Status DestroyOthers(engine::Engine& engine, GroupId group, DataId data);

 private:
  struct Oldest;

  Result<Oldest> FindOldest();
  Status Prune(uint64_t hlc, engine::WriteBatch* batch);

  engine::Engine& engine_;
  const GroupId group_;
  std::string prefix_;
  bool any_ = false;  // there has been one
  uint64_t count_ = 0;
  uint64_t bytes_ = 0;
  uint64_t hlc_ = 0;
  uint64_t stored_hlc_ = 0;     // of commands since the first stamped one: the same on each replica
  uint64_t oldest_issued_ = 0;  // no row is older
  std::string pruned_through_;  // engine key: where looking for the oldest row begins
  std::unique_ptr<engine::Iterator> cursor_;  // of the batch: on the oldest row that it leaves
  // Rows of the batch, which the cursor does not see: engine key and bytes of the answer.
  absl::btree_map<std::string, size_t> staged_;
};

}  // namespace skerry::partition
