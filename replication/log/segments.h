#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/status.h"
#include "replication/log/format.h"
#include "replication/log/recovery.h"

namespace skerry::log {

// The segment files of a log: which are live, the one made ready ahead of its use, and those that
// wait to be used again. Thread-safe. Every file stands durably under its name, with a header that
// says "prepared", before anything in it counts.
class SegmentSet {
 public:
  struct Options {
    Disk& disk;
    std::string directory;
    uint64_t identity = 0;
    uint64_t segment_bytes = 0;
    uint64_t keep_bytes = 0;  // live and free files together; free ones beyond it are removed
  };
  struct Segment {
    std::shared_ptr<File> file;
    uint64_t size = 0;
  };

  explicit SegmentSet(Options options) : options_(std::move(options)) {}

  // Takes over what recovery found.
  void Adopt(const RecoveredLog& recovered);

  // Makes the next segment ready (a free file, else a new one), if none is. May take milliseconds.
  // kResourceExhausted if the disk is full.
  Status Prepare(uint64_t bytes_min);
  // Takes the prepared segment (or prepares one of at least `bytes_min`), which is live from now
  // on; its header is not written yet.
  struct Begun {
    uint64_t number = 0;
    Segment segment;
  };
  Result<Begun> Begin(uint64_t bytes_min);
  // Segments below `oldest` are not needed any more.
  void ReleaseBelow(uint64_t oldest);

  // The file, or null if the segment is not live.
  std::shared_ptr<File> Find(uint64_t number) const;
  std::vector<uint64_t> Live() const;
  uint64_t LiveBytes() const;
  bool HasFreeFile() const;

 private:
  struct Free {
    uint64_t number = 0;
    uint64_t size = 0;
  };

  Status PrepareLocked(uint64_t bytes_min);
  Result<Segment> MakeFile(uint64_t number, uint64_t size);
  void DropFreeLocked(uint64_t number, uint64_t size);
  uint64_t LiveBytesLocked() const;

  const Options options_;

  std::mutex prepare_mutex_;  // one preparation at a time; taken before mutex_
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<uint64_t, Segment> live_;
  std::vector<Free> free_;
  std::optional<Begun> prepared_;
  uint64_t highest_number_ = 0;
};

}  // namespace skerry::log
