#include "replication/log/format.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"

namespace skerry::log {
namespace {

constexpr uint64_t kSegmentMagic = 0x31474553'59524b53;  // "SKRYSEG1"
constexpr uint32_t kBatchMagic = 0x31544142;             // "BAT1"

constexpr uint32_t kSegmentRelaxed = 1;
constexpr uint32_t kBatchClosed = 1;

constexpr uint8_t kAppendType = 1;
constexpr uint8_t kStateType = 2;
constexpr uint8_t kAppendHasVote = 1;
constexpr uint8_t kAppendRewritten = 2;
constexpr uint8_t kStateRemoved = 1;
constexpr uint8_t kStateAnew = 2;
constexpr uint8_t kHasFortified = 4;  // of both

constexpr size_t kAppendFixedBytes = 2 + 8 + 8 + 8 + 8 + 8 + 8 + 4;
constexpr size_t kEntryHeaderBytes = 8 + 1 + 4;

void Store32(char* p, uint32_t v) { std::memcpy(p, &v, sizeof v); }
void Store64(char* p, uint64_t v) { std::memcpy(p, &v, sizeof v); }

// Takes fixed-width integers from the front; after an underrun everything is 0 and ok() false.
class Taker {
 public:
  explicit Taker(std::string_view in) : in_(in) {}
  uint8_t U8() { return Take<uint8_t>(); }
  uint32_t U32() { return Take<uint32_t>(); }
  uint64_t U64() { return Take<uint64_t>(); }
  std::string_view Bytes(size_t n) {
    if (n > in_.size()) {
      ok_ = false;
      in_ = {};
      return {};
    }
    const std::string_view out = in_.substr(0, n);
    in_.remove_prefix(n);
    return out;
  }
  bool ok() const { return ok_; }
  size_t left() const { return in_.size(); }

 private:
  template <typename T>
  T Take() {
    T v = 0;
    const std::string_view bytes = Bytes(sizeof v);
    if (ok_) std::memcpy(&v, bytes.data(), sizeof v);
    return v;
  }
  std::string_view in_;
  bool ok_ = true;
};

void PutFortified(const raft::Fortified& fortified, std::string* out) {
  if (fortified.epoch == 0) return;
  AppendLittle64(out, fortified.term.value);
  AppendLittle64(out, fortified.leader.value);
  AppendLittle64(out, fortified.epoch);
}

raft::Fortified TakeFortified(uint8_t flags, Taker* in) {
  raft::Fortified fortified;
  if ((flags & kHasFortified) == 0) return fortified;
  fortified.term = Term(in->U64());
  fortified.leader = ReplicaId(in->U64());
  fortified.epoch = in->U64();
  return fortified;
}

Status Malformed(std::string_view what) {
  return Corruption("malformed " + std::string(what) + " record");
}

struct AppendPrefix {
  AppendSummary summary;
  uint32_t count = 0;
};

// The fixed part; what is left in *in are the entries.
Result<AppendPrefix> TakeAppendPrefix(Taker* in) {
  AppendPrefix prefix;
  AppendSummary& s = prefix.summary;
  const uint8_t flags = in->U8();
  s.has_vote = flags & kAppendHasVote;
  s.rewritten = flags & kAppendRewritten;
  s.group = GroupId(in->U64());
  s.sequence = in->U64();
  s.hard_state.term = Term(in->U64());
  s.hard_state.vote = ReplicaId(in->U64());
  s.hard_state.commit = LogIndex(in->U64());
  s.first = LogIndex(in->U64());
  prefix.count = in->U32();
  s.hard_state.fortified = TakeFortified(flags, in);
  if (!in->ok() || (flags & ~(kAppendHasVote | kAppendRewritten | kHasFortified)) != 0 ||
      s.group.value == 0 || s.first.value == 0 || s.first.value + prefix.count < s.first.value ||
      prefix.count > in->left() / kEntryHeaderBytes) {
    return Malformed("append");
  }
  s.last = LogIndex(s.first.value + prefix.count - 1);
  return prefix;
}

struct EntryHeader {
  Term term;
  raft::EntryKind kind = raft::EntryKind::kNoOp;
  std::string_view data;
};

bool TakeEntry(Taker* in, EntryHeader* entry) {
  entry->term = Term(in->U64());
  const uint8_t kind = in->U8();
  entry->kind = static_cast<raft::EntryKind>(kind);
  entry->data = in->Bytes(in->U32());
  return in->ok() && kind <= static_cast<uint8_t>(raft::EntryKind::kConfiguration);
}

Result<RecordSummary> SummarizeAppend(Taker in) {
  SKERRY_ASSIGN_OR_RETURN(AppendPrefix prefix, TakeAppendPrefix(&in));
  for (uint32_t i = 0; i < prefix.count; ++i) {
    EntryHeader entry;
    if (!TakeEntry(&in, &entry) || entry.term < prefix.summary.last_term) {
      return Malformed("append");
    }
    prefix.summary.last_term = entry.term;
    prefix.summary.bytes += entry.data.size();
    prefix.summary.has_configuration |= entry.kind == raft::EntryKind::kConfiguration;
  }
  if (in.left() != 0) return Malformed("append");
  return RecordSummary(prefix.summary);
}

void PutReplicas(const std::vector<ReplicaId>& replicas, std::string* out) {
  AppendLittle32(out, static_cast<uint32_t>(replicas.size()));
  for (const ReplicaId replica : replicas) AppendLittle64(out, replica.value);
}

void TakeReplicas(Taker* in, std::vector<ReplicaId>* replicas) {
  const uint32_t count = in->U32();
  if (count > in->left() / 8) {
    in->Bytes(SIZE_MAX);
    return;
  }
  replicas->reserve(count);
  for (uint32_t i = 0; i < count; ++i) replicas->push_back(ReplicaId(in->U64()));
}

Result<RecordSummary> SummarizeState(Taker in) {
  StateRecord record;
  GroupState& s = record.state;
  const uint8_t flags = in.U8();
  s.removed = flags & kStateRemoved;
  s.anew = flags & kStateAnew;
  record.group = GroupId(in.U64());
  record.sequence = in.U64();
  s.replica = ReplicaId(in.U64());
  s.hard_state.term = Term(in.U64());
  s.hard_state.vote = ReplicaId(in.U64());
  s.hard_state.commit = LogIndex(in.U64());
  s.start = LogIndex(in.U64());
  s.start_term = Term(in.U64());
  s.configuration_index = LogIndex(in.U64());
  TakeReplicas(&in, &s.configuration.voters);
  TakeReplicas(&in, &s.configuration.outgoing);
  TakeReplicas(&in, &s.configuration.learners);
  TakeReplicas(&in, &s.configuration.learners_next);
  s.hard_state.fortified = TakeFortified(flags, &in);
  if (!in.ok() || in.left() != 0 || (flags & ~(kStateRemoved | kStateAnew | kHasFortified)) != 0 ||
      record.group.value == 0) {
    return Malformed("state");
  }
  return RecordSummary(std::move(record));
}

}  // namespace

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string page(kPage, '\0');
  char* p = page.data();
  Store64(p, kSegmentMagic);
  Store32(p + 12, kFormatVersion);
  Store32(p + 16, static_cast<uint32_t>(header.state));
  Store32(p + 20, header.relaxed ? kSegmentRelaxed : 0);
  Store64(p + 24, header.number);
  Store64(p + 32, header.identity);
  Store64(p + 40, header.previous_end.segment);
  Store64(p + 48, header.previous_end.offset);
  Store32(p + 56, header.previous_checksum);
  Store64(p + 64, header.oldest);
  Store64(p + 72, header.size);
  Store32(p + 8, Crc32c(std::string_view(page).substr(12)));
  return page;
}

uint32_t SegmentHeaderChecksum(std::string_view page) { return LoadLittle32(page.data() + 8); }

Result<SegmentHeader> DecodeSegmentHeader(std::string_view page) {
  if (page.size() < kPage) return Corruption("segment header cut short");
  const char* p = page.data();
  if (LoadLittle64(p) != kSegmentMagic) return Corruption("no segment header");
  if (LoadLittle32(p + 8) != Crc32c(page.substr(12, kPage - 12))) {
    return Corruption("segment header damaged");
  }
  const uint32_t version = LoadLittle32(p + 12);
  if (version != kFormatVersion) {
    return FailedPrecondition("log format version " + std::to_string(version) +
                              " is not known to this version of the program, which writes " +
                              std::to_string(kFormatVersion));
  }
  SegmentHeader header;
  const uint32_t state = LoadLittle32(p + 16);
  const uint32_t flags = LoadLittle32(p + 20);
  if (state > static_cast<uint32_t>(SegmentState::kStarted) || (flags & ~kSegmentRelaxed) != 0) {
    return Corruption("segment header malformed");
  }
  header.state = static_cast<SegmentState>(state);
  header.relaxed = flags & kSegmentRelaxed;
  header.number = LoadLittle64(p + 24);
  header.identity = LoadLittle64(p + 32);
  header.previous_end = {LoadLittle64(p + 40), LoadLittle64(p + 48)};
  header.previous_checksum = LoadLittle32(p + 56);
  header.oldest = LoadLittle64(p + 64);
  header.size = LoadLittle64(p + 72);
  return header;
}

uint32_t EncodeBatchHeader(const BatchHeader& header, char* out) {
  Store32(out, kBatchMagic);
  Store64(out + 8, header.position.segment);
  Store32(out + 16, static_cast<uint32_t>(header.position.offset));
  Store32(out + 20, header.closed ? kBatchClosed : 0);
  Store32(out + 24, header.previous_checksum);
  Store32(out + 28, header.records);
  Store32(out + 32, header.body_bytes);
  Store32(out + 36, static_cast<uint32_t>(header.synced.offset));
  Store64(out + 40, header.synced.segment);
  Store64(out + 48, header.oldest);
  Store64(out + 56, 0);
  const uint32_t checksum = Crc32c(std::string_view(out + 8, kBatchHeaderBytes - 8));
  Store32(out + 4, checksum);
  return checksum;
}

bool DecodeBatchHeader(std::string_view bytes, Position position, BatchHeader* header) {
  if (bytes.size() < kBatchHeaderBytes) return false;
  const char* p = bytes.data();
  if (LoadLittle32(p) != kBatchMagic) return false;
  header->checksum = LoadLittle32(p + 4);
  if (header->checksum != Crc32c(bytes.substr(8, kBatchHeaderBytes - 8))) return false;
  header->position = {LoadLittle64(p + 8), LoadLittle32(p + 16)};
  if (header->position != position) return false;
  const uint32_t flags = LoadLittle32(p + 20);
  if ((flags & ~kBatchClosed) != 0) return false;
  header->closed = flags & kBatchClosed;
  header->previous_checksum = LoadLittle32(p + 24);
  header->records = LoadLittle32(p + 28);
  header->body_bytes = LoadLittle32(p + 32);
  header->synced = {LoadLittle64(p + 40), LoadLittle32(p + 36)};
  header->oldest = LoadLittle64(p + 48);
  return true;
}

uint32_t RecordChecksum(uint32_t previous, Position position, std::string_view length_and_payload) {
  char chain[20];
  Store32(chain, previous);
  Store64(chain + 4, position.segment);
  Store64(chain + 12, position.offset);
  return Crc32c(length_and_payload, Crc32c(std::string_view(chain, sizeof chain)));
}

size_t AppendPayloadBytes(const std::vector<raft::EntryPtr>& entries) {
  size_t bytes = kAppendFixedBytes;
  for (const raft::EntryPtr& entry : entries) bytes += kEntryHeaderBytes + entry->data.size();
  return bytes;
}

size_t StatePayloadBytes(const GroupState& state) {
  const raft::Configuration& c = state.configuration;
  return 2 + 9 * 8 + 4 * 4 + (state.hard_state.fortified.epoch == 0 ? 0 : kFortifiedBytes) +
         8 * (c.voters.size() + c.outgoing.size() + c.learners.size() + c.learners_next.size());
}

void EncodeAppend(const AppendRecord& record, std::string* out) {
  out->push_back(static_cast<char>(kAppendType));
  out->push_back(static_cast<char>((record.has_vote ? kAppendHasVote : 0) |
                                   (record.rewritten ? kAppendRewritten : 0) |
                                   (record.hard_state.fortified.epoch != 0 ? kHasFortified : 0)));
  AppendLittle64(out, record.group.value);
  AppendLittle64(out, record.sequence);
  AppendLittle64(out, record.hard_state.term.value);
  AppendLittle64(out, record.hard_state.vote.value);
  AppendLittle64(out, record.hard_state.commit.value);
  AppendLittle64(out, record.first.value);
  AppendLittle32(out, static_cast<uint32_t>(record.entries.size()));
  PutFortified(record.hard_state.fortified, out);
  for (const raft::EntryPtr& entry : record.entries) {
    AppendLittle64(out, entry->term.value);
    out->push_back(static_cast<char>(entry->kind));
    AppendLittle32(out, static_cast<uint32_t>(entry->data.size()));
    out->append(entry->data);
  }
}

void EncodeState(const StateRecord& record, std::string* out) {
  const GroupState& s = record.state;
  out->push_back(static_cast<char>(kStateType));
  out->push_back(static_cast<char>((s.removed ? kStateRemoved : 0) | (s.anew ? kStateAnew : 0) |
                                   (s.hard_state.fortified.epoch != 0 ? kHasFortified : 0)));
  AppendLittle64(out, record.group.value);
  AppendLittle64(out, record.sequence);
  AppendLittle64(out, s.replica.value);
  AppendLittle64(out, s.hard_state.term.value);
  AppendLittle64(out, s.hard_state.vote.value);
  AppendLittle64(out, s.hard_state.commit.value);
  AppendLittle64(out, s.start.value);
  AppendLittle64(out, s.start_term.value);
  AppendLittle64(out, s.configuration_index.value);
  PutReplicas(s.configuration.voters, out);
  PutReplicas(s.configuration.outgoing, out);
  PutReplicas(s.configuration.learners, out);
  PutReplicas(s.configuration.learners_next, out);
  PutFortified(s.hard_state.fortified, out);
}

Result<RecordSummary> SummarizeRecord(std::string_view payload) {
  Taker in(payload);
  const uint8_t type = in.U8();
  if (!in.ok()) return Malformed("empty");
  if (type == kAppendType) return SummarizeAppend(in);
  if (type == kStateType) return SummarizeState(in);
  return FailedPrecondition("a record of type " + std::to_string(type) +
                            " is not known to this version of the program");
}

Status DecodeEntries(std::string_view payload, LogIndex from, LogIndex to,
                     std::vector<raft::EntryPtr>* out) {
  Taker in(payload);
  if (in.U8() != kAppendType) return Malformed("append");
  SKERRY_ASSIGN_OR_RETURN(const AppendPrefix prefix, TakeAppendPrefix(&in));
  for (uint32_t i = 0; i < prefix.count; ++i) {
    EntryHeader entry;
    if (!TakeEntry(&in, &entry)) return Malformed("append");
    const LogIndex index(prefix.summary.first.value + i);
    if (index < from || index > to) continue;
    out->push_back(std::make_shared<raft::Entry>(
        raft::Entry{index, entry.term, entry.kind, std::string(entry.data)}));
  }
  return OkStatus();
}

}  // namespace skerry::log
