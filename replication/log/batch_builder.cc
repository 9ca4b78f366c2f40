#include "replication/log/batch_builder.h"

#include <cstring>

#include "base/bytes.h"
#include "base/check.h"

namespace skerry::log {
namespace {

// A buffer that one long record has blown up is given back.
constexpr size_t kKeptBytes = 8 << 20;

uint64_t RoundUp(uint64_t v) { return (v + kPage - 1) / kPage * kPage; }

void Store32(char* p, uint32_t v) { std::memcpy(p, &v, sizeof v); }

}  // namespace

uint64_t BatchBuilder::SizeOnDisk(size_t records, uint64_t payload_bytes) {
  return RoundUp(kBatchHeaderBytes + records * kRecordHeaderBytes + payload_bytes);
}

void BatchBuilder::Begin() {
  if (buffer_.capacity() > kKeptBytes) buffer_ = std::string();
  buffer_.assign(kBatchHeaderBytes, '\0');
  starts_.clear();
  placed_.clear();
}

template <typename Record, typename Encode>
void BatchBuilder::AddRecord(const Record& record, Encode encode) {
  const size_t start = buffer_.size();
  starts_.push_back(static_cast<uint32_t>(start));
  buffer_.append(kRecordHeaderBytes, '\0');
  encode(record, &buffer_);
  const size_t length = buffer_.size() - start - kRecordHeaderBytes;
  SKERRY_CHECK(length <= kMaxRecordBytes);
  Store32(buffer_.data() + start + 4, static_cast<uint32_t>(length));
}

void BatchBuilder::Add(const AppendRecord& record) { AddRecord(record, EncodeAppend); }
void BatchBuilder::Add(const StateRecord& record) { AddRecord(record, EncodeState); }

std::string_view BatchBuilder::Finish(BatchHeader header) {
  header.records = static_cast<uint32_t>(starts_.size());
  header.body_bytes = static_cast<uint32_t>(buffer_.size() - kBatchHeaderBytes);
  checksum_ = EncodeBatchHeader(header, buffer_.data());
  for (const uint32_t start : starts_) {
    char* p = buffer_.data() + start;
    const uint32_t length = LoadLittle32(p + 4);
    const Position position{header.position.segment, header.position.offset + start};
    placed_.push_back({position, checksum_, length});
    checksum_ = RecordChecksum(checksum_, position,
                               std::string_view(p + 4, 4 + static_cast<size_t>(length)));
    Store32(p, checksum_);
  }
  buffer_.resize(RoundUp(buffer_.size()), '\0');
  return buffer_;
}

}  // namespace skerry::log
