#include "storage/partition/partition.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/planted_bug.h"
#include "proto/command/v1/command.pb.h"
#include "storage/partition/data_range.h"
#include "storage/partition/row_codec.h"
#include "storage/partition/row_key.h"
#include "storage/partition/split.h"

namespace skerry::partition {
namespace {

Status Moved() { return RangeMoved("these keys are another partition's now"); }

}  // namespace

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
  SKERRY_RETURN_IF_ERROR(LoadSplit());
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

Status Partition::LoadSplit() {
  SKERRY_ASSIGN_OR_RETURN(const Inheritance inheritance, ReadInheritance(engine_, group_));
  first_hash_.store(inheritance.range.first, std::memory_order_release);
  last_hash_.store(inheritance.range.last, std::memory_order_release);
  kept_.Observe(inheritance.hlc);
  SKERRY_ASSIGN_OR_RETURN(auto seal, ReadSeal(engine_, group_));
  sealed_.store(seal.has_value(), std::memory_order_release);
  std::lock_guard lock(mutex_);
  inheritance_ = inheritance;
  seal_ = std::move(seal);
  return OkStatus();
}

void Partition::StageMutations(const proto::command::v1::Command& command, LogIndex index,
                               engine::WriteBatch* batch) const {
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
    EncodeRow(mutation.key(), command.hlc(), index, mutation.value(), &value);
    batch->Put(key, value);
  }
}

void Partition::AddTo(std::vector<Statistics>* sums,
                      const proto::command::v1::StatisticsDelta& delta) const {
  for (size_t i = 0; i < sums->size(); ++i) {
    const uint32_t id = i == 0 ? 0 : schema_->local_indexes[i - 1].id;
    if (id != delta.index()) continue;
    (*sums)[i].items += delta.items();
    (*sums)[i].bytes += delta.bytes();
  }
}

// A command writes one item, so that all of it is of one hash.
void Partition::StageStatistics(const proto::command::v1::Command& command) {
  for (const auto& delta : command.statistics()) {
    AddTo(&staged_, delta);
    if (counting_ != nullptr && !Planted(PlantedBug::kCountForgetsChanges) &&
        counting_->Counts(HashOfRow(command.mutations(0).key()))) {
      AddTo(&counting_->changes_, delta);
    }
  }
}

Status Partition::Stage(const CommandAt& entry, engine::WriteBatch* batch,
                        std::optional<Seal>* seal, Status* outcome) {
  if (*seal || (sealed() && !Planted(PlantedBug::kAppliedBehindSplit))) {
    *outcome = Moved();
    return OkStatus();
  }
  proto::command::v1::Command command;
  if (!command.ParseFromArray(entry.command.data(), static_cast<int>(entry.command.size()))) {
    return Corruption("a command in the log of group " + std::to_string(group_.value) +
                      " cannot be read at index " + std::to_string(entry.index.value));
  }
  if (command.level() > newest_level_) {
    return FailedPrecondition(fmt::format(
        "the log of group {} holds a command of cluster version {} at index {}, and this program, "
        "as it was started, speaks up to {}: start one that speaks it",
        group_.value, command.level(), entry.index.value, newest_level_));
  }
  if (command.has_split()) {
    const uint64_t last_hash = command.split().last_hash();
    if (!range().Contains(last_hash) || last_hash == range().last) {
      *outcome = InvalidArgument("a partition is split between two of its own hashes");
      return OkStatus();
    }
    *seal = Seal{.index = entry.index, .split = command.split()};
  }
  StageMutations(command, entry.index, batch);
  StageStatistics(command);
  return kept_.Stage(command, batch);
}

Status Partition::StageChildren(const proto::command::v1::Split& split, uint64_t hlc,
                                engine::WriteBatch* batch, std::vector<HashRange>* orphans) {
  const DataId data(data_id_.load(std::memory_order_acquire));
  std::vector<Statistics> lower(staged_.size());
  for (const auto& delta : split.lower_statistics()) AddTo(&lower, delta);
  std::vector<Statistics> upper = staged_;
  for (size_t i = 0; i < upper.size(); ++i) {
    upper[i].items -= lower[i].items;
    upper[i].bytes -= lower[i].bytes;
  }
  // What the batch holds so far alone goes to the children.
  const engine::WriteBatch before = *batch;
  const auto stage = [&](const proto::command::v1::SplitChild& child, const HashRange& hashes,
                         const std::vector<Statistics>& sums) -> Status {
    const GroupId id(child.group());
    engine::PinnedValue value;
    SKERRY_ASSIGN_OR_RETURN(const engine::Lookup found,
                            engine_.Get(GroupKey(id, kStateField), nullptr, &value));
    if (found != engine::Lookup::kAbsent && !Planted(PlantedBug::kBaseOverReplica)) {
      // A replica that was made of a snapshot is here already, and has gone on from there.
      orphans->push_back(hashes);
      return OkStatus();
    }
    batch->Put(GroupKey(id, kDescriptorField), EncodeDescriptor({data, {}}));
    batch->Put(GroupKey(id, kRangeField), EncodeInheritance({hashes, hlc}));
    batch->Put(GroupKey(id, kStateField), EncodeState(LogIndex(0), Term(0), sums));
    return kept_.CopyTo(id, data, before, batch);
  };
  SKERRY_RETURN_IF_ERROR(stage(split.lower(), {range().first, split.last_hash()}, lower));
  return stage(split.upper(), {split.last_hash() + 1, range().last}, upper);
}

Status Partition::Apply(std::span<const CommandAt> commands, LogIndex applied, Term applied_term,
                        std::vector<Status>* outcomes) {
  engine::WriteBatch batch;
  std::optional<Seal> seal;
  for (size_t i = 0; i < commands.size(); ++i) {
    SKERRY_RETURN_IF_ERROR(Stage(commands[i], &batch, &seal, &(*outcomes)[i]));
  }
  kept_.Finish(&batch);
  std::vector<HashRange> orphans;
  if (seal) {
    SKERRY_RETURN_IF_ERROR(StageChildren(seal->split, kept_.hlc(), &batch, &orphans));
    batch.Put(GroupKey(group_, kSealField), EncodeSeal(*seal));
  }
  batch.Put(state_key_, EncodeState(applied, applied_term, staged_));
  SKERRY_RETURN_IF_ERROR(engine_.Write(batch));
  kept_.Written();
  Publish(applied, applied_term, std::move(seal));
  const DataId data(data_id_.load(std::memory_order_acquire));
  for (const HashRange& hashes : orphans) {
    SKERRY_RETURN_IF_ERROR(DestroyRows(engine_, data, hashes));
  }
  return OkStatus();
}

void Partition::Publish(LogIndex applied, Term applied_term, std::optional<Seal> seal) {
  std::lock_guard lock(mutex_);
  if (seal) {
    seal_ = std::move(seal);
    sealed_.store(true, std::memory_order_release);
  }
  published_ = staged_;
  applied_term_.store(applied_term.value, std::memory_order_release);
  applied_.store(applied.value, std::memory_order_release);
}

Status Partition::MarkChildrenMade() {
  std::optional<Seal> made = seal();
  SKERRY_CHECK_MSG(made.has_value(), "only a split has children");
  made->children_made = true;
  engine::WriteBatch batch;
  batch.Put(GroupKey(group_, kSealField), EncodeSeal(*made));
  SKERRY_RETURN_IF_ERROR(engine_.Write(batch));
  std::lock_guard lock(mutex_);
  seal_ = std::move(made);
  return OkStatus();
}

Inheritance Partition::inheritance() const {
  std::lock_guard lock(mutex_);
  return inheritance_;
}

std::optional<Seal> Partition::seal() const {
  std::lock_guard lock(mutex_);
  return seal_;
}

std::string Partition::EncodeState(LogIndex applied, Term term, std::span<const Statistics> sums) {
  std::string bytes;
  AppendVarint(&bytes, applied.value);
  AppendVarint(&bytes, term.value);
  AppendVarint(&bytes, sums.size());
  for (const Statistics& s : sums) {
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

Statistics Partition::statistics(uint32_t index) const {
  std::lock_guard lock(mutex_);
  for (size_t i = 0; i < published_.size(); ++i) {
    if ((i == 0 ? 0 : schema_->local_indexes[i - 1].id) == index) return published_[i];
  }
  return {};
}

Result<std::string_view> Partition::Get(std::string_view row_key, engine::PinnedValue* pin) const {
  if (!range().Contains(HashOfRow(row_key))) return Moved();
  std::string key = data_prefix();
  key += row_key;
  SKERRY_ASSIGN_OR_RETURN(const engine::Lookup found, engine_.Get(key, nullptr, pin));
  // Looked at after the read: what a child has written here since the split is none of this one's.
  if (sealed() && !Planted(PlantedBug::kSplitServedOn)) return Moved();
  if (found == engine::Lookup::kAbsent) return std::string_view();
  return DecodeRow(row_key, pin->view());
}

Result<ReadPage> Partition::Read(const ReadRequest& request) const {
  ReadRequest own = request;
  if (!Planted(PlantedBug::kScanBeyondRange)) {
    const HashRange hashes = range();
    own.lower = std::max(own.lower, FirstRow(request.index, hashes.first));
    own.upper =
        std::min(own.upper, hashes.last == UINT64_MAX ? RowsEnd(request.index)
                                                      : FirstRow(request.index, hashes.last + 1));
  }
  if (request.lower >= request.upper) return ReadPage();
  if (own.lower >= own.upper) return Moved();
  Result<ReadPage> page = ReadRows(*this, own, data_prefix());
  if (sealed() && !Planted(PlantedBug::kSplitServedOn)) return Moved();
  return page;
}

}  // namespace skerry::partition
