#include "replication/log/reader.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"

namespace skerry::log {
namespace {

constexpr size_t kReadAhead = 256 << 10;

uint64_t RoundUp(uint64_t v) { return (v + kPage - 1) / kPage * kPage; }

}  // namespace

Result<std::string_view> SegmentReader::Fetch(uint64_t offset, size_t size) {
  const bool inside = offset >= buffer_offset_ && offset + size <= buffer_offset_ + buffer_.size();
  if (!inside) {
    buffer_.resize(std::max(size, kReadAhead));
    SKERRY_ASSIGN_OR_RETURN(const size_t got, file_.ReadAt(offset, buffer_.data(), buffer_.size()));
    buffer_.resize(got);
    buffer_offset_ = offset;
  }
  return std::string_view(buffer_).substr(offset - buffer_offset_, size);
}

Result<SegmentHeader> SegmentReader::ReadHeader() {
  SKERRY_ASSIGN_OR_RETURN(const std::string_view page, Fetch(0, kPage));
  SKERRY_ASSIGN_OR_RETURN(SegmentHeader header, DecodeSegmentHeader(page));
  if (header.number != number_) {
    return Corruption("segment header is the one of segment " + std::to_string(header.number));
  }
  offset_ = kPage;
  checksum_ = SegmentHeaderChecksum(page);
  return header;
}

Result<bool> SegmentReader::Next(Batch* batch) {
  batch->records.clear();
  SKERRY_ASSIGN_OR_RETURN(const std::string_view head, Fetch(offset_, kBatchHeaderBytes));
  if (head.size() < kBatchHeaderBytes) return Refuse("end of file");
  BatchHeader& header = batch->header;
  if (!DecodeBatchHeader(head, {number_, offset_}, &header)) return Refuse("no batch header");
  if (header.previous_checksum != checksum_)
    return Refuse("batch does not continue the one before");

  const size_t size = kBatchHeaderBytes + header.body_bytes;
  SKERRY_ASSIGN_OR_RETURN(const uint64_t file_size, file_.Size());
  if (offset_ + size > file_size) return Refuse("batch is longer than the file");
  SKERRY_ASSIGN_OR_RETURN(const std::string_view bytes, Fetch(offset_, size));
  if (bytes.size() < size) return Refuse("batch is longer than the file");

  uint32_t checksum = header.checksum;
  size_t at = kBatchHeaderBytes;
  while (at < size) {
    if (size - at < kRecordHeaderBytes) return Refuse("record header cut short");
    const uint32_t stored = LoadLittle32(bytes.data() + at);
    const uint32_t length = LoadLittle32(bytes.data() + at + 4);
    if (length > size - at - kRecordHeaderBytes) return Refuse("record longer than its batch");
    const Position position{number_, offset_ + at};
    const std::string_view body = bytes.substr(at + 4, 4 + size_t{length});
    if (RecordChecksum(checksum, position, body) != stored) return Refuse("record checksum");
    batch->records.push_back({position, checksum, body.substr(4)});
    checksum = stored;
    at += kRecordHeaderBytes + length;
  }
  if (batch->records.size() != header.records) return Refuse("record count");

  checksum_ = batch->checksum = checksum;
  offset_ = batch->end = RoundUp(offset_ + size);
  return true;
}

Result<Position> SegmentReader::HighestSyncedBeyond() {
  Position highest;
  SKERRY_ASSIGN_OR_RETURN(const uint64_t file_size, file_.Size());
  for (uint64_t at = std::max(RoundUp(offset_), kPage); at < file_size; at += kPage) {
    SKERRY_ASSIGN_OR_RETURN(const std::string_view head, Fetch(at, kBatchHeaderBytes));
    BatchHeader header;
    if (DecodeBatchHeader(head, {number_, at}, &header)) highest = std::max(highest, header.synced);
  }
  return highest;
}

}  // namespace skerry::log
