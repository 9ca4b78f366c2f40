#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/disk.h"
#include "base/status.h"

namespace skerry::node {

// A node's data directory: the file SKERRY says whose it is, in which format and whether its making
// was finished; LOCK keeps a second process out; log/ and engine/ are the parts'. Every failure is
// one line for the operator: what is wrong with which file and what to do.
class DataDirectory {
 public:
  // 1 without, 2 with a membership.
  static constexpr int kFormat = 2;

  // Locks the directory, and makes it if it is missing or empty. kFailedPrecondition: not empty and
  // not ours, of a newer format, in use. kCorruption: half copied or damaged. kIoError: cannot be
  // written to.
  static Result<DataDirectory> Open(Disk& disk, const std::string& path);

  // Drawn when the directory was made; stands in every segment of its log.
  uint64_t identity() const { return identity_; }
  // The directory was in use before: what it should hold must be there.
  bool complete() const { return complete_; }
  // The node of a cluster that this directory is of; cluster empty: of none.
  struct Membership {
    std::string cluster;
    uint64_t node = 0;
  };
  const Membership& membership() const { return membership_; }
  // Durably. A node has one membership in its life.
  Status Join(Membership membership);

  // From here on it must. Once, when everything in it was made durably.
  Status MarkComplete();

  std::string log_path() const { return path_ + "/log"; }
  std::string engine_path() const { return path_ + "/engine"; }

 private:
  DataDirectory(Disk& disk, std::string path) : disk_(&disk), path_(std::move(path)) {}
  Status Make(uint64_t identity);
  Status ReadMarker();
  Status WriteMarker();

  Disk* disk_;
  std::string path_;
  std::unique_ptr<FileLock> lock_;
  uint64_t identity_ = 0;
  bool complete_ = false;
  Membership membership_;
};

}  // namespace skerry::node
