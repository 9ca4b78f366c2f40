#include "storage/partition/snapshot.h"

#include <algorithm>
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

// In the order of keys.
std::vector<std::string> ClassesOf(const Schema& schema) {
  std::vector<std::string> classes = {std::string(ClassOfRow(FirstRow(nullptr, 0)))};
  for (const LocalIndex& index : schema.local_indexes) {
    classes.emplace_back(ClassOfRow(FirstRow(&index, 0)));
  }
  std::sort(classes.begin(), classes.end());
  return classes;
}

Status NoPiece() { return InvalidArgument("these bytes are no piece of a partition's snapshot"); }

}  // namespace

SnapshotReader::SnapshotReader(const Partition& partition)
    : engine_(partition.engine()), snapshot_(engine_.NewSnapshot()), state_(FirstPiece(partition)) {
  // Its children have the rows, and have changed them since.
  if (partition.sealed() && !Planted(PlantedBug::kSealedSendsRows)) return;
  const DataId data(partition.data_id_.load(std::memory_order_acquire));
  if (!Planted(PlantedBug::kKeptNotInSnapshot)) {
    const std::string prefix = KeptPrefix(partition.group(), data);
    ranges_.push_back({prefix, prefix, document::PrefixSuccessor(prefix), kSentAsKept});
  }
  const std::string prefix = DataPrefix(data);
  if (partition.range().IsAll() || Planted(PlantedBug::kSnapshotBeyondRange)) {
    ranges_.push_back({prefix, prefix, document::PrefixSuccessor(prefix), {}});
    return;
  }
  for (const std::string& row_class : ClassesOf(partition.schema())) {
    RowBounds bounds = BoundsOf(partition.range(), prefix + row_class);
    ranges_.push_back({prefix, std::move(bounds.lower), std::move(bounds.upper), {}});
  }
}

std::string SnapshotReader::FirstPiece(const Partition& partition) {
  std::string piece;
  AppendBytes(
      Partition::EncodeState(partition.applied(), partition.applied_term(), partition.staged_),
      &piece);
  auto seal = partition.seal();
  // Whoever goes past the split by a snapshot never gets the base states of the children.
  if (seal) seal->children_made = true;
  const Inheritance inheritance = partition.inheritance();
  if (inheritance == Inheritance() && !seal) return piece;
  AppendBytes(EncodeInheritance(inheritance), &piece);
  if (seal) AppendBytes(EncodeSeal(*seal), &piece);
  return piece;
}

Result<std::string> SnapshotReader::Read(size_t bytes) {
  std::string piece;
  if (!std::exchange(state_sent_, true)) return state_;
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
  auto cursor = engine_.NewIterator({.lower = next_.empty() ? range.lower : next_,
                                     .upper = range.upper,
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
  std::string_view inheritance;
  std::string_view seal;
  if (!TakeBytes(&piece, &state) || state.empty()) return NoPiece();
  if (!piece.empty() && !TakeBytes(&piece, &inheritance)) return NoPiece();
  if (!piece.empty() && !TakeBytes(&piece, &seal)) return NoPiece();
  LogIndex applied;
  Term term;
  std::vector<Statistics> statistics(partition_.staged_.size());
  if (!piece.empty() || !partition_.DecodeState(state, &applied, &term, &statistics).ok() ||
      (!inheritance.empty() && !DecodeInheritance(inheritance).ok()) ||
      (!seal.empty() && !DecodeSeal(seal).ok())) {
    return NoPiece();
  }
  state_ = state;
  SKERRY_ASSIGN_OR_RETURN(auto table, partition_.engine().NewTableWriter());
  tables_.push_back(std::move(table));
  const auto put = [this](char field, std::string_view value) {
    if (value.empty()) return OkStatus();
    return tables_.back()->Put(GroupKey(partition_.group(), field), value);
  };
  SKERRY_RETURN_IF_ERROR(put(kDescriptorField, EncodeDescriptor(descriptor_)));
  SKERRY_RETURN_IF_ERROR(put(kSealField, seal));
  SKERRY_RETURN_IF_ERROR(put(kRangeField, inheritance));
  return put(kStateField, state_);
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
  // As the engine has it: a split may have written what this group begins with since it was opened.
  SKERRY_ASSIGN_OR_RETURN(const Ownership before,
                          ReadOwnership(partition_.engine(), partition_.group()));
  SKERRY_RETURN_IF_ERROR(partition_.engine().Ingest(std::move(tables_)));
  SKERRY_RETURN_IF_ERROR(partition_.Load());
  // Should this be lost in a crash, the next start sweeps.
  SKERRY_RETURN_IF_ERROR(
      KeptAnswers::DestroyOthers(partition_.engine(), partition_.group(), descriptor_.data));
  if (Planted(PlantedBug::kOldRowsTakeAll)) {
    return DestroyRows(partition_.engine(), before.data, {});
  }
  return ReleaseRows(partition_.engine(), partition_.group(), before);
}

}  // namespace skerry::partition
