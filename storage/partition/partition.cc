#include "storage/partition/partition.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "proto/command/v1/command.pb.h"
#include "storage/partition/data_range.h"
#include "storage/partition/row_codec.h"
#include "storage/partition/row_key.h"

namespace skerry::partition {
Partition::Partition(engine::Engine& engine, GroupId group, std::shared_ptr<const Schema> schema)
    : engine_(engine),
      group_(group),
      schema_(std::move(schema)),
      state_key_(GroupKey(group, kStateField)),
      data_id_(group.value),
      staged_(schema_->local_indexes.size() + 1),
      kept_(engine, group),
      published_(staged_) {}

Result<std::unique_ptr<Partition>> Partition::Open(engine::Engine& engine, GroupId group,
                                                   std::shared_ptr<const Schema> schema) {
  std::unique_ptr<Partition> partition(new Partition(engine, group, std::move(schema)));
  SKERRY_RETURN_IF_ERROR(partition->Load());
  return partition;
}

Result<LogIndex> Partition::AppliedIn(engine::Engine& engine, GroupId group) {
  engine::PinnedValue value;
  SKERRY_ASSIGN_OR_RETURN(const engine::Lookup found,
                          engine.Get(GroupKey(group, kStateField), nullptr, &value));
  if (found == engine::Lookup::kAbsent) return LogIndex(0);
  std::string_view bytes = value.view();
  LogIndex applied;
  if (!TakeVarint(&bytes, &applied.value)) {
    return Corruption("the state of group " + std::to_string(group.value) + " cannot be read");
  }
  return applied;
}

Result<bool> Partition::IsPersisted(engine::Engine& engine, GroupId group) {
  // Rows are never there without it: they come in one write with it and go before it.
  engine::PinnedValue value;
  SKERRY_ASSIGN_OR_RETURN(const engine::Lookup found,
                          engine.GetPersisted(GroupKey(group, kStateField), &value));
  return found != engine::Lookup::kAbsent;
}

Result<std::string> Partition::OriginIn(engine::Engine& engine, GroupId group) {
  SKERRY_ASSIGN_OR_RETURN(auto descriptor, ReadDescriptor(engine, group));
  return descriptor ? std::move(descriptor->origin) : std::string();
}

std::string Partition::data_prefix() const {
  return DataPrefix(DataId(data_id_.load(std::memory_order_acquire)));
}

std::string Partition::origin() const {
  std::lock_guard lock(mutex_);
  return origin_;
}

Status Partition::LoadDescriptor() {
  SKERRY_ASSIGN_OR_RETURN(const auto descriptor, ReadDescriptor(engine_, group_));
  if (!descriptor) return OkStatus();
  data_id_.store(descriptor->data.value, std::memory_order_release);
  std::lock_guard lock(mutex_);
  origin_ = descriptor->origin;
  return OkStatus();
}

Status Partition::Load() {
  SKERRY_RETURN_IF_ERROR(LoadDescriptor());
  SKERRY_RETURN_IF_ERROR(kept_.Load(DataId(data_id_.load(std::memory_order_acquire))));
  engine::PinnedValue value;
  SKERRY_ASSIGN_OR_RETURN(const engine::Lookup found, engine_.Get(state_key_, nullptr, &value));
  if (found == engine::Lookup::kAbsent) return OkStatus();
  LogIndex applied;
  Term term;
  SKERRY_RETURN_IF_ERROR(DecodeState(value.view(), &applied, &term, &staged_));
  applied_ = applied.value;
  applied_term_ = term.value;
  std::lock_guard lock(mutex_);
  published_ = staged_;
  return OkStatus();
}

Status Partition::Stage(const CommandAt& entry, engine::WriteBatch* batch) {
  proto::command::v1::Command command;
  if (!command.ParseFromArray(entry.command.data(), static_cast<int>(entry.command.size()))) {
    return Corruption("a command in the log of group " + std::to_string(group_.value) +
                      " cannot be read at index " + std::to_string(entry.index.value));
  }
  std::string key = data_prefix();
  const size_t prefix_bytes = key.size();
  std::string value;
  for (const auto& mutation : command.mutations()) {
    key.resize(prefix_bytes);
    key += mutation.key();
    if (!mutation.has_value()) {
      batch->Delete(key);
      continue;
    }
    value.clear();
    EncodeRow(mutation.key(), command.hlc(), entry.index, mutation.value(), &value);
    batch->Put(key, value);
  }
  for (const auto& delta : command.statistics()) {
    for (size_t i = 0; i < staged_.size(); ++i) {
      const uint32_t id = i == 0 ? 0 : schema_->local_indexes[i - 1].id;
      if (id != delta.index()) continue;
      staged_[i].items += delta.items();
      staged_[i].bytes += delta.bytes();
    }
  }
  return kept_.Stage(command, batch);
}

Status Partition::Apply(std::span<const CommandAt> commands, LogIndex applied, Term applied_term,
                        std::vector<Status>* /*outcomes*/) {
  engine::WriteBatch batch;
  for (const CommandAt& command : commands) SKERRY_RETURN_IF_ERROR(Stage(command, &batch));
  kept_.Finish(&batch);
  batch.Put(state_key_, EncodeState(applied, applied_term));
  SKERRY_RETURN_IF_ERROR(engine_.Write(batch));
  kept_.Written();
  applied_term_.store(applied_term.value, std::memory_order_release);
  applied_.store(applied.value, std::memory_order_release);
  std::lock_guard lock(mutex_);
  published_ = staged_;
  return OkStatus();
}

std::string Partition::EncodeState(LogIndex applied, Term term) const {
  std::string bytes;
  AppendVarint(&bytes, applied.value);
  AppendVarint(&bytes, term.value);
  AppendVarint(&bytes, staged_.size());
  for (const Statistics& s : staged_) {
    AppendLittle64(&bytes, static_cast<uint64_t>(s.items));
    AppendLittle64(&bytes, static_cast<uint64_t>(s.bytes));
  }
  return bytes;
}

Status Partition::DecodeState(std::string_view bytes, LogIndex* applied, Term* term,
                              std::vector<Statistics>* statistics) const {
  uint64_t count = 0;
  if (!TakeVarint(&bytes, &applied->value) || !TakeVarint(&bytes, &term->value) ||
      !TakeVarint(&bytes, &count) || count != statistics->size() || bytes.size() != count * 16) {
    return Corruption("the state of group " + std::to_string(group_.value) + " cannot be read");
  }
  for (Statistics& s : *statistics) {
    s.items = static_cast<int64_t>(LoadLittle64(bytes.data()));
    s.bytes = static_cast<int64_t>(LoadLittle64(bytes.data() + 8));
    bytes.remove_prefix(16);
  }
  return OkStatus();
}

Result<LogIndex> Partition::FlushedIndex() const {
  engine::PinnedValue value;
  SKERRY_ASSIGN_OR_RETURN(const engine::Lookup found, engine_.GetPersisted(state_key_, &value));
  if (found == engine::Lookup::kAbsent) return LogIndex(0);
  LogIndex applied;
  Term term;
  std::vector<Statistics> statistics(schema_->local_indexes.size() + 1);
  SKERRY_RETURN_IF_ERROR(DecodeState(value.view(), &applied, &term, &statistics));
  return applied;
}

Status Partition::Destroy(engine::Engine& engine, GroupId group) {
  SKERRY_ASSIGN_OR_RETURN(const auto descriptor, ReadDescriptor(engine, group));
  const DataId data = descriptor ? descriptor->data : DataId(group.value);
  SKERRY_RETURN_IF_ERROR(DestroyRows(engine, data));
  SKERRY_RETURN_IF_ERROR(KeptAnswers::Destroy(engine, group));
  engine::WriteBatch batch;
  batch.Delete(GroupKey(group, kStateField));
  if (descriptor) batch.Delete(GroupKey(group, kDescriptorField));
  return engine.Write(batch);
}

Status Partition::Sweep(engine::Engine& engine, std::span<const GroupId> owned) {
  std::vector<GroupId> orphans;
  std::vector<DataId> stray;
  std::vector<DataId> in_use;
  for (GroupId group : owned) {
    SKERRY_ASSIGN_OR_RETURN(const auto descriptor, ReadDescriptor(engine, group));
    in_use.push_back(descriptor ? descriptor->data : DataId(group.value));
    if (descriptor) {
      SKERRY_RETURN_IF_ERROR(KeptAnswers::DestroyOthers(engine, group, descriptor->data));
    }
  }
  std::sort(in_use.begin(), in_use.end());
  const std::string upper = DataSpaceEnd();
  auto cursor = engine.NewIterator({.lower = {}, .upper = upper, .fill_cache = false});
  cursor->SeekToFirst();
  while (cursor->Valid()) {
    const uint64_t owner = OwnerOf(cursor->key());
    if (IsGroupKey(cursor->key())) {
      const GroupId group(owner);
      if (!std::binary_search(owned.begin(), owned.end(), group)) orphans.push_back(group);
    } else if (!std::binary_search(in_use.begin(), in_use.end(), DataId(owner))) {
      stray.emplace_back(owner);
    }
    cursor->Seek(AfterOwner(cursor->key()));
  }
  SKERRY_RETURN_IF_ERROR(cursor->status());
  cursor = nullptr;
  for (DataId data : stray) SKERRY_RETURN_IF_ERROR(DestroyRows(engine, data));
  for (GroupId group : orphans) SKERRY_RETURN_IF_ERROR(Destroy(engine, group));
  return OkStatus();
}

Statistics Partition::statistics(uint32_t index) const {
  std::lock_guard lock(mutex_);
  for (size_t i = 0; i < published_.size(); ++i) {
    if ((i == 0 ? 0 : schema_->local_indexes[i - 1].id) == index) return published_[i];
  }
  return {};
}

Result<std::string_view> Partition::Get(std::string_view row_key, engine::PinnedValue* pin) const {
  std::string key = data_prefix();
  key += row_key;
  SKERRY_ASSIGN_OR_RETURN(const engine::Lookup found, engine_.Get(key, nullptr, pin));
  if (found == engine::Lookup::kAbsent) return std::string_view();
  return DecodeRow(row_key, pin->view());
}

}  // namespace skerry::partition
