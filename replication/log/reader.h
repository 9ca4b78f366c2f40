#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/status.h"
#include "replication/log/format.h"

namespace skerry::log {

struct Batch {
  BatchHeader header;
  std::vector<RecordView> records;
  uint64_t end = 0;       // where the next batch starts
  uint32_t checksum = 0;  // of the last record, or of the header if there is none
};

// Reads one segment front to back, checking every checksum and the chain through them; holds one
// batch in memory. Used by recovery, by the inspection tool and by a fuzzer: any bytes whatever
// give batches, or a reason why there are no more. Not thread-safe. The file outlives this.
class SegmentReader {
 public:
  // `number` is the one of the file's name; nothing that names another is accepted.
  SegmentReader(const File& file, uint64_t number) : file_(file), number_(number) {}

  // First of all. kCorruption: no header that belongs here; kFailedPrecondition: a newer format.
  Result<SegmentHeader> ReadHeader();

  // The next batch, or false at offset(), for `reason()`: what stands there is no valid
  // continuation (the end of what was written, a tear or damage: log/recovery.cc tells which).
  // Fails if the file cannot be read.
  Result<bool> Next(Batch* batch);

  uint64_t offset() const { return offset_; }
  uint32_t checksum() const { return checksum_; }  // of the last valid record or header
  const std::string& reason() const { return reason_; }

  // Searches the rest of the segment, from offset() on, for headers of batches that belong to it,
  // whatever stands between, and returns the highest `synced` among them.
  Result<Position> HighestSyncedBeyond();

 private:
  // Makes bytes [offset, offset + size) of the file available, fewer at its end.
  Result<std::string_view> Fetch(uint64_t offset, size_t size);
  bool Refuse(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }

  const File& file_;
  const uint64_t number_;
  uint64_t offset_ = 0;
  uint32_t checksum_ = 0;
  std::string reason_;

  std::string buffer_;
  uint64_t buffer_offset_ = 0;
};

}  // namespace skerry::log
