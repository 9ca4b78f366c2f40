#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "base/strong.h"
#include "replication/raft/types.h"

// The bytes of a log segment. FORMAT.md is the specification and says why; numbers here never
// change their meaning. All integers are little-endian.

namespace skerry::log {

constexpr uint32_t kFormatVersion = 1;
// Headers and batches start at multiples of it, and no page that was synced is written again.
constexpr uint64_t kPage = 4096;
constexpr size_t kBatchHeaderBytes = 64;
constexpr size_t kRecordHeaderBytes = 8;
constexpr uint32_t kMaxRecordBytes = 64 << 20;

// A place in the log. Segments are numbered from 1; {0, 0} is before everything.
struct Position {
  uint64_t segment = 0;
  uint64_t offset = 0;
  auto operator<=>(const Position&) const = default;
};

enum class SegmentState : uint32_t {
  kPrepared = 0,  // allocated ahead of its use; nothing in it counts
  kStarted = 1,
};

// The first page of a segment.
struct SegmentHeader {
  SegmentState state = SegmentState::kPrepared;
  bool relaxed =
      false;  // written with Durability::kRelaxed: the engine may be ahead after power loss
  uint64_t number = 0;
  uint64_t identity = 0;
  // The segment before (0: none), where its content ends, and the checksum of its last record or
  // header. Written only when all of that is durable: so it seals that segment.
  Position previous_end;
  uint32_t previous_checksum = 0;
  uint64_t oldest = 0;  // the oldest segment that is needed
  uint64_t size = 0;    // of the file
};

struct BatchHeader {
  Position position;
  uint32_t previous_checksum = 0;  // of the record (or header) before, in this segment
  uint32_t checksum = 0;           // of this header; filled by Encode and Decode
  uint32_t records = 0;
  uint32_t body_bytes = 0;  // after the header, without padding
  Position synced;          // all before it was durable when this was written
  uint64_t oldest = 0;      // segments before it are not needed any more
  bool closed = false;      // the log was closed in order: nothing follows
};

// kPage bytes.
std::string EncodeSegmentHeader(const SegmentHeader& header);
// Where the chain of checksums of the segment starts.
uint32_t SegmentHeaderChecksum(std::string_view page);
// kCorruption, or kFailedPrecondition if a newer version wrote it.
Result<SegmentHeader> DecodeSegmentHeader(std::string_view page);

// Writes kBatchHeaderBytes at `out`; returns the checksum.
uint32_t EncodeBatchHeader(const BatchHeader& header, char* out);
// False if the bytes are no header that belongs at `position`.
bool DecodeBatchHeader(std::string_view bytes, Position position, BatchHeader* header);

// The checksum of a record: over the one before it, its position, its length and its payload.
uint32_t RecordChecksum(uint32_t previous, Position position, std::string_view length_and_payload);

// A record as a reader found it; the payload is valid until the reader's next call.
struct RecordView {
  Position position;
  uint32_t previous_checksum = 0;
  std::string_view payload;
};

// --- Payloads ---------------------------------------------------------------------------------

// Entries of one group, in the order of their indexes (a rewritten record may hold only a part of
// what the original did, with the original's sequence number).
struct AppendRecord {
  GroupId group;
  uint64_t sequence = 0;
  bool has_vote = false;
  bool rewritten = false;
  // Term, vote and what the voter is bound by if has_vote; commit always.
  raft::HardState hard_state;
  LogIndex first;
  std::vector<raft::EntryPtr> entries;  // when encoding
};

// All of a group but its entries, as it stands at this sequence number.
struct GroupState {
  ReplicaId replica;
  bool removed = false;  // a tombstone: nothing with a lower sequence number counts
  // The log begins anew here, behind `start`: no entry with a lower sequence number counts. True of
  // the one record that says so.
  bool anew = false;
  raft::HardState hard_state;
  LogIndex start;   // entries through it are gone; what they did is durable in the engine
  Term start_term;  // of the entry at `start`
  LogIndex configuration_index;
  raft::Configuration configuration;  // as of `configuration_index`, at most `start`
};
struct StateRecord {
  GroupId group;
  uint64_t sequence = 0;
  GroupState state;
};

using Record = std::variant<AppendRecord, StateRecord>;

// Bytes that the payload of the record will take; an append's up to kFortifiedBytes more.
constexpr size_t kFortifiedBytes = 3 * 8;
size_t AppendPayloadBytes(const std::vector<raft::EntryPtr>& entries);
size_t StatePayloadBytes(const GroupState& state);

void EncodeAppend(const AppendRecord& record, std::string* out);
void EncodeState(const StateRecord& record, std::string* out);

// What an append says, without its entries' data.
struct AppendSummary {
  GroupId group;
  uint64_t sequence = 0;
  bool has_vote = false;
  bool rewritten = false;
  raft::HardState hard_state;
  LogIndex first;
  LogIndex last;   // first - 1 if there is no entry
  Term last_term;  // of the last entry
  uint64_t bytes = 0;
  bool has_configuration = false;  // among the entries
};
using RecordSummary = std::variant<AppendSummary, StateRecord>;

// Both: kCorruption if the payload is malformed, kFailedPrecondition if its type is unknown.
Result<RecordSummary> SummarizeRecord(std::string_view payload);
// The entries of an append record with indexes in [from, to], added to *out.
Status DecodeEntries(std::string_view payload, LogIndex from, LogIndex to,
                     std::vector<raft::EntryPtr>* out);

}  // namespace skerry::log
