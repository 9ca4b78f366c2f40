#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/status.h"
#include "replication/log/format.h"
#include "replication/log/index.h"

namespace skerry::log {

// Path of a segment's file.
std::string SegmentPath(const std::string& directory, uint64_t number);
// The number in a segment file's name, or 0 if it is none.
uint64_t SegmentNumber(const std::string& file_name);

struct RecoveredSegment {
  std::shared_ptr<File> file;
  uint64_t size = 0;
  uint64_t end = 0;  // of its content
};

struct RecoveredLog {
  std::map<uint64_t, RecoveredSegment> segments;  // that are needed, in order, synced
  std::vector<uint64_t> free;                     // files that hold nothing needed
  Index index;
  Position end;           // of the newest segment's content; {0, 0} for a new log
  uint32_t checksum = 0;  // of the last record
  uint64_t oldest = 0;
  uint64_t highest_number = 0;  // of any file: the next segment's number is above it
  bool relaxed = false;         // written, in part, with Durability::kRelaxed
};

// Reads the log in `directory` (which exists) and tells a torn tail, which is left out, from
// damage. Damage is kCorruption and names file, offset and remedy; a newer format, or a segment of
// another identity, kFailedPrecondition. Changes nothing but that the newest segment is synced:
// what was read is durable. Safety-rules 8 and 9.
Result<RecoveredLog> Recover(Disk& disk, const std::string& directory, uint64_t identity);

}  // namespace skerry::log
