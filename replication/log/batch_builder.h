#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "replication/log/format.h"

namespace skerry::log {

// Puts the bytes of one batch together. Not thread-safe; reused, so that its buffer is.
class BatchBuilder {
 public:
  struct Placed {
    Position position;
    uint32_t previous_checksum = 0;
    uint32_t payload_bytes = 0;
  };

  // What a batch with `records` records of so many payload bytes in all takes on disk.
  static uint64_t SizeOnDisk(size_t records, uint64_t payload_bytes);

  void Begin();
  void Add(const AppendRecord& record);
  void Add(const StateRecord& record);
  size_t records() const { return starts_.size(); }
  // Bytes so far, without padding.
  size_t bytes() const { return buffer_.size(); }

  // Fills in checksums and padding. `header` comes with position, previous_checksum, synced, oldest
  // and closed. The result is valid until Begin.
  std::string_view Finish(BatchHeader header);
  const std::vector<Placed>& placed() const { return placed_; }
  uint32_t checksum() const { return checksum_; }  // of the last record, or the header

 private:
  template <typename Record, typename Encode>
  void AddRecord(const Record& record, Encode encode);

  std::string buffer_;
  std::vector<uint32_t> starts_;
  std::vector<Placed> placed_;
  uint32_t checksum_ = 0;
};

}  // namespace skerry::log
