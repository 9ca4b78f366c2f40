#include "storage/partition/snapshot.h"

#include <utility>

#include "base/bytes.h"
#include "base/planted_bug.h"
#include "storage/document/key_encoding.h"
#include "storage/partition/row_key.h"

namespace skerry::partition {
namespace {

constexpr uint64_t kTableBytes = 64 << 20;

void AppendBytes(std::string_view bytes, std::string* out) {
  AppendVarint(out, bytes.size());
  out->append(bytes);
}

bool TakeBytes(std::string_view* in, std::string_view* bytes) {
  uint64_t size = 0;
  if (!TakeVarint(in, &size) || size > in->size()) return false;
  *bytes = in->substr(0, size);
  in->remove_prefix(size);
  return true;
}

// Stands before the keys of kept answers, below every class of rows.
constexpr char kKeptClass = 0x00;
constexpr std::string_view kSentAsKept(&kKeptClass, 1);

Status NoPiece() { return InvalidArgument("these bytes are no piece of a partition's snapshot"); }

}  // namespace

SnapshotReader::SnapshotReader(const Partition& partition)
    : engine_(partition.engine()),
      snapshot_(engine_.NewSnapshot()),
      state_(partition.EncodeState(partition.applied(), partition.applied_term())) {
  const DataId data(partition.data_id_.load(std::memory_order_acquire));
  if (!Planted(PlantedBug::kKeptNotInSnapshot)) {
    ranges_.push_back({KeptPrefix(partition.group(), data), kSentAsKept});
  }
  ranges_.push_back({DataPrefix(data), {}});
}

Result<std::string> SnapshotReader::Read(size_t bytes) {
  std::string piece;
  if (!std::exchange(state_sent_, true)) {
    AppendBytes(state_, &piece);
    return piece;
  }
  while (piece.size() < bytes && !ranges_.empty()) {
    SKERRY_RETURN_IF_ERROR(ReadRange(ranges_.front(), bytes, &piece));
    if (piece.size() < bytes) {
      ranges_.erase(ranges_.begin());
      next_.clear();
    }
  }
  return piece;
}

Status SnapshotReader::ReadRange(const Range& range, size_t bytes, std::string* piece) {
  const std::string end = document::PrefixSuccessor(range.prefix);
  auto cursor = engine_.NewIterator({.lower = next_.empty() ? range.prefix : next_,
                                     .upper = end,
                                     .snapshot = snapshot_.get(),
                                     .readahead_bytes = bytes,
                                     .fill_cache = false});
  for (cursor->SeekToFirst(); cursor->Valid() && piece->size() < bytes; cursor->Next()) {
    const std::string_view key = cursor->key().substr(range.prefix.size());
    AppendVarint(piece, range.sent_as.size() + key.size());
    piece->append(range.sent_as).append(key);
    AppendBytes(cursor->value(), piece);
    next_.assign(cursor->key());
    next_.push_back('\0');
  }
  return cursor->status();
}

SnapshotWriter::SnapshotWriter(Partition& partition, uint64_t fresh, std::string origin)
    : partition_(partition),
      descriptor_{DataId(kFreshDataIds | fresh), std::move(origin)},
      prefix_(DataPrefix(descriptor_.data)) {}

Status SnapshotWriter::Add(std::string_view piece) {
  if (state_.empty()) return AddState(piece);
  while (!piece.empty()) {
    std::string_view row_key;
    std::string_view value;
    if (!TakeBytes(&piece, &row_key) || !TakeBytes(&piece, &value)) return NoPiece();
    if (row_key <= std::string_view(last_row_)) return NoPiece();
    SKERRY_RETURN_IF_ERROR(PutRow(row_key, value));
  }
  return OkStatus();
}

// The group's own keys stand before all rows, so the first table begins with them.
Status SnapshotWriter::AddState(std::string_view piece) {
  std::string_view state;
  if (!TakeBytes(&piece, &state) || !piece.empty() || state.empty()) return NoPiece();
  LogIndex applied;
  Term term;
  std::vector<Statistics> statistics(partition_.staged_.size());
  if (!partition_.DecodeState(state, &applied, &term, &statistics).ok()) return NoPiece();
  state_ = state;
  SKERRY_ASSIGN_OR_RETURN(auto table, partition_.engine().NewTableWriter());
  tables_.push_back(std::move(table));
  SKERRY_RETURN_IF_ERROR(tables_.back()->Put(GroupKey(partition_.group(), kDescriptorField),
                                             EncodeDescriptor(descriptor_)));
  return tables_.back()->Put(GroupKey(partition_.group(), kStateField), state_);
}

Status SnapshotWriter::PutRow(std::string_view row_key, std::string_view value) {
  if (tables_.back()->bytes() >= kTableBytes) {
    SKERRY_ASSIGN_OR_RETURN(auto table, partition_.engine().NewTableWriter());
    tables_.push_back(std::move(table));
  }
  last_row_ = row_key;
  if (row_key.front() != kKeptClass) return tables_.back()->Put(prefix_ + last_row_, value);
  row_key.remove_prefix(1);
  if (!row_key.empty() && row_key.size() != kKeptRowBytes) return NoPiece();
  std::string key = KeptPrefix(partition_.group(), descriptor_.data);
  return tables_.back()->Put(key.append(row_key), value);
}

Status SnapshotWriter::Install() {
  if (state_.empty()) return NoPiece();
  const DataId before(partition_.data_id_.load(std::memory_order_acquire));
  SKERRY_RETURN_IF_ERROR(partition_.engine().Ingest(std::move(tables_)));
  SKERRY_RETURN_IF_ERROR(partition_.Load());
  // Should this be lost in a crash, the next start sweeps.
  SKERRY_RETURN_IF_ERROR(
      KeptAnswers::DestroyOthers(partition_.engine(), partition_.group(), descriptor_.data));
  return DestroyRows(partition_.engine(), before);
}

}  // namespace skerry::partition
