#include "storage/partition/kept_answers.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/bytes.h"
#include "base/planted_bug.h"
#include "storage/document/key_encoding.h"
#include "storage/partition/data_range.h"
#include "storage/partition/row_key.h"

namespace skerry::partition {
namespace {

using document::Item;
using proto::command::v1::Answer;

// More than it adds, so that rows do not heap up; few, so that no command is a long one.
constexpr int kPrunedPerCommand = 8;
constexpr size_t kCopiedBatchBytes = 1 << 20;
// Format bytes.
constexpr char kWithAnswer = 1;
constexpr char kWithoutAnswer = 2;

std::string RowKey(const std::string& prefix, const Stamp& stamp) {
  std::string key;
  key.reserve(prefix.size() + kKeptRowBytes);
  key = prefix;
  AppendBig64(&key, stamp.issued_hlc);
  AppendBig64(&key, stamp.node.value);
  AppendBig64(&key, stamp.incarnation);
  AppendBig64(&key, stamp.sequence);
  return key;
}

uint64_t IssuedOf(const std::string& prefix, std::string_view key) {
  return LoadBig64(key.data() + prefix.size());
}

Stamp FromProto(const proto::command::v1::Stamp& stamp) {
  return {.node = NodeId(stamp.node()),
          .incarnation = stamp.incarnation(),
          .sequence = stamp.sequence(),
          .issued_hlc = stamp.issued_hlc()};
}

Status Unreadable(GroupId group) {
  return Corruption("the kept answers of group " + std::to_string(group.value) +
                    " cannot be read; restore the data directory from a backup");
}

std::string Encoded(const Item& item) {
  std::string bytes;
  if (item.size() != 0) document::EncodeItem(item, &bytes);
  return bytes;
}

Result<Item> Decoded(const std::string& bytes) {
  if (bytes.empty()) return Item();
  return document::DecodeItem(bytes);
}

}  // namespace

std::string EncodeAnswer(const Result<WriteResult>& result) {
  Answer answer;
  if (!result.ok()) {
    answer.set_invalid_argument(std::string(result.status().message()));
    return answer.SerializeAsString();
  }
  answer.set_condition_failed(result->condition_failed);
  answer.set_old_item(result->old_item);
  answer.set_new_item(result->new_item);
  answer.set_updated_old(Encoded(result->updated_old));
  answer.set_updated_new(Encoded(result->updated_new));
  answer.set_old_size(result->old_size);
  answer.set_new_size(result->new_size);
  for (const WriteResult::IndexWrite& write : result->index_writes) {
    auto* one = answer.add_index_writes();
    one->set_index(static_cast<uint32_t>(write.index));
    one->set_units(write.units);
  }
  return answer.SerializeAsString();
}

Result<WriteResult> DecodeAnswer(std::string_view bytes) {
  Answer answer;
  if (!answer.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Corruption("a kept answer cannot be read");
  }
  if (answer.has_invalid_argument()) return InvalidArgument(answer.invalid_argument());
  WriteResult result;
  result.condition_failed = answer.condition_failed();
  SKERRY_ASSIGN_OR_RETURN(result.updated_old, Decoded(answer.updated_old()));
  SKERRY_ASSIGN_OR_RETURN(result.updated_new, Decoded(answer.updated_new()));
  result.old_item = std::move(*answer.mutable_old_item());
  result.new_item = std::move(*answer.mutable_new_item());
  result.old_size = answer.old_size();
  result.new_size = answer.new_size();
  for (const auto& write : answer.index_writes()) {
    result.index_writes.push_back({write.index(), write.units()});
  }
  return result;
}

Status AnswerNotKept() {
  return {StatusCode::kInternal, "the write was applied; its answer was too large to be kept"};
}

Status KeptAnswers::Load(DataId data) {
  prefix_ = KeptPrefix(group_, data);
  pruned_through_ = prefix_ + '\0';  // above the record of the figures
  any_ = false;
  count_ = bytes_ = stored_hlc_ = 0;
  oldest_issued_ = 0;
  engine::PinnedValue value;
  SKERRY_ASSIGN_OR_RETURN(const engine::Lookup found, engine_.Get(prefix_, nullptr, &value));
  if (found == engine::Lookup::kAbsent) return OkStatus();
  std::string_view bytes = value.view();
  if (!TakeVarint(&bytes, &count_) || !TakeVarint(&bytes, &bytes_) ||
      bytes.size() != sizeof(uint64_t)) {
    return Unreadable(group_);
  }
  any_ = true;
  stored_hlc_ = LoadLittle64(bytes.data());
  hlc_ = std::max(hlc_, stored_hlc_);
  return OkStatus();
}

Result<bool> KeptAnswers::Find(const Stamp& stamp, Result<WriteResult>* answer) const {
  if (count_ == 0) return false;
  engine::PinnedValue value;
  SKERRY_ASSIGN_OR_RETURN(const engine::Lookup found,
                          engine_.Get(RowKey(prefix_, stamp), nullptr, &value));
  if (found == engine::Lookup::kAbsent) return false;
  const std::string_view bytes = value.view();
  if (bytes.empty()) return Unreadable(group_);
  *answer = bytes.front() == kWithAnswer ? DecodeAnswer(bytes.substr(1)) : AnswerNotKept();
  return true;
}

Result<uint64_t> KeptAnswers::CountPrunable(uint64_t hlc, uint64_t at_most) const {
  const std::string end = document::PrefixSuccessor(prefix_);
  auto cursor = engine_.NewIterator({.lower = pruned_through_, .upper = end, .fill_cache = false});
  uint64_t count = 0;
  for (cursor->SeekToFirst(); cursor->Valid() && count < at_most; cursor->Next()) {
    if (IssuedOf(prefix_, cursor->key()) + kAnswersKept >= hlc) return count;
    ++count;
  }
  SKERRY_RETURN_IF_ERROR(cursor->status());
  return count;
}

Status KeptAnswers::Stage(const proto::command::v1::Command& command, engine::WriteBatch* batch) {
  hlc_ = std::max(hlc_, command.hlc());
  if (command.has_stamp()) {
    any_ = true;
    SKERRY_RETURN_IF_ERROR(Prune(command.hlc(), batch));
    std::string value;
    value.reserve(1 + command.answer().size());
    value.push_back(command.has_answer() ? kWithAnswer : kWithoutAnswer);
    value += command.answer();
    const Stamp stamp = FromProto(command.stamp());
    std::string key = RowKey(prefix_, stamp);
    batch->Put(key, value);
    ++count_;
    bytes_ += command.answer().size();
    oldest_issued_ = std::min(oldest_issued_, stamp.issued_hlc);
    if (key < pruned_through_) pruned_through_ = key;
    staged_.emplace(std::move(key), command.answer().size());
  }
  if (any_) stored_hlc_ = std::max(stored_hlc_, command.hlc());
  return OkStatus();
}

// The oldest row of engine and batch together, however commands are divided into batches.
struct KeptAnswers::Oldest {
  std::string_view key;  // empty: there is none
  size_t bytes = 0;
  bool staged = false;
};

Result<KeptAnswers::Oldest> KeptAnswers::FindOldest() {
  if (cursor_ == nullptr) {
    const std::string end = document::PrefixSuccessor(prefix_);
    cursor_ = engine_.NewIterator({.lower = pruned_through_, .upper = end, .fill_cache = false});
    cursor_->SeekToFirst();
  }
  Oldest oldest;
  if (cursor_->Valid()) {
    if (cursor_->value().empty()) return Unreadable(group_);
    oldest = {cursor_->key(), cursor_->value().size() - 1, false};
  } else {
    SKERRY_RETURN_IF_ERROR(cursor_->status());
  }
  if (!staged_.empty() && (oldest.key.empty() || staged_.begin()->first < oldest.key)) {
    oldest = {staged_.begin()->first, staged_.begin()->second, true};
  }
  return oldest;
}

Status KeptAnswers::Prune(uint64_t hlc, engine::WriteBatch* batch) {
  const uint64_t kept = Planted(PlantedBug::kKeptPrunedEarly) ? kAnswersKept / 20 : kAnswersKept;
  if (hlc <= kept) return OkStatus();
  const uint64_t horizon = hlc - kept;
  for (int i = 0; i < kPrunedPerCommand && oldest_issued_ < horizon; ++i) {
    SKERRY_ASSIGN_OR_RETURN(const Oldest oldest, FindOldest());
    oldest_issued_ =
        oldest.key.empty() ? std::numeric_limits<uint64_t>::max() : IssuedOf(prefix_, oldest.key);
    if (oldest_issued_ >= horizon) break;
    batch->Delete(oldest.key);
    --count_;
    bytes_ -= oldest.bytes;
    if (oldest.staged) {
      staged_.erase(staged_.begin());
    } else {
      // What is looked for next time need not pass by the deletions that lie here by then.
      pruned_through_.assign(oldest.key);
      cursor_->Next();
    }
  }
  return OkStatus();
}

void KeptAnswers::Finish(engine::WriteBatch* batch) const {
  if (!any_) return;
  std::string bytes;
  AppendVarint(&bytes, count_);
  AppendVarint(&bytes, bytes_);
  AppendLittle64(&bytes, stored_hlc_);
  batch->Put(prefix_, bytes);
}

Status KeptAnswers::CopyTo(GroupId group, DataId data, const engine::WriteBatch& batch,
                           engine::WriteBatch* out) const {
  if (Planted(PlantedBug::kKeptNotSplit)) return OkStatus();
  const std::string to = KeptPrefix(group, data);
  // A copy that a crash broke off may hold what was pruned since.
  SKERRY_RETURN_IF_ERROR(DestroyPrefix(engine_, to));
  const std::string end = document::PrefixSuccessor(prefix_);
  auto cursor = engine_.NewIterator({.lower = prefix_, .upper = end, .fill_cache = false});
  engine::WriteBatch copied;
  for (cursor->SeekToFirst(); cursor->Valid(); cursor->Next()) {
    copied.Put(to + std::string(cursor->key().substr(prefix_.size())), cursor->value());
    if (copied.bytes() < kCopiedBatchBytes) continue;
    SKERRY_RETURN_IF_ERROR(engine_.Write(copied));
    copied.Clear();
  }
  SKERRY_RETURN_IF_ERROR(cursor->status());
  SKERRY_RETURN_IF_ERROR(engine_.Write(copied));
  batch.ForEach(
      [&](engine::WriteBatch::Operation operation, std::string_view key, std::string_view value) {
        if (!key.starts_with(prefix_)) return;
        const std::string copy = to + std::string(key.substr(prefix_.size()));
        if (operation == engine::WriteBatch::Operation::kPut) {
          out->Put(copy, value);
        } else {
          out->Delete(copy);
        }
      });
  return OkStatus();
}

void KeptAnswers::Written() {
  cursor_ = nullptr;
  staged_.clear();
}

Status KeptAnswers::Destroy(engine::Engine& engine, GroupId group) {
  return DestroyPrefix(engine, GroupKey(group, kKeptField));
}

Status KeptAnswers::DestroyOthers(engine::Engine& engine, GroupId group, DataId data) {
  const std::string own = KeptPrefix(group, data);
  const std::string all = GroupKey(group, kKeptField);
  SKERRY_RETURN_IF_ERROR(DestroyKeys(engine, all, own));
  return DestroyKeys(engine, document::PrefixSuccessor(own), document::PrefixSuccessor(all));
}

}  // namespace skerry::partition
