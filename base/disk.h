#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

// Files and directories as the log and the data directory's marker need them, as a port: the
// machine's own (base/posix_disk.h), one that keeps nothing (base/memory_disk.h), and one that
// forgets and tears what was not synced (base/sim/sim_disk.h). Linux only.
//
// Durability owed by the caller: bytes are durable after File::Sync; a file that was created,
// renamed or removed is durably so after SyncDirectory of the directory that holds it. A failed
// Sync says that bytes may be lost for good, whatever a second one returns: the caller stops.
//
// Every failure's message starts with the path. Codes: kNotFound, kAlreadyExists,
// kResourceExhausted (disk or quota full), kFailedPrecondition (locked by another process),
// kIoError.

namespace skerry {

// A regular file, open until destroyed. Calls on one file may come from several threads, as long as
// writes and reads that overlap are ordered by the callers.
class File {
 public:
  virtual ~File() = default;

  // Reads up to `size` bytes; fewer (also 0) only at the end of the file.
  virtual Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) const = 0;
  // Writes all of `data`, growing the file if need be. After a failure the bytes may be there in
  // part.
  virtual Status WriteAt(uint64_t offset, std::string_view data) = 0;
  // Reserves space so that the file is at least `size` bytes long and writes below it cannot run
  // out of space; bytes never written read as zero. Takes no time that grows with the size.
  virtual Status Allocate(uint64_t size) = 0;
  virtual Status Truncate(uint64_t size) = 0;
  virtual Result<uint64_t> Size() const = 0;
  // fdatasync: all that was written, and the length, is durable.
  virtual Status Sync() = 0;
  // A hint: the next reads shall come from the device, not from clean cached pages.
  virtual void DropCache() {}
  virtual const std::string& path() const = 0;
};

// Held until destroyed, or until the process ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class OpenMode {
  kRead,       // must exist
  kReadWrite,  // must exist
  kCreate,     // must not exist; reading and writing
};

// Thread-safe. Outlives the files that it opened.
class Disk {
 public:
  virtual ~Disk() = default;

  virtual Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) = 0;
  virtual Result<bool> Exists(const std::string& path) = 0;
  // Names (no paths) of the directory's entries, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> List(const std::string& directory) = 0;
  // Success also if the directory is there already. Its parent must exist.
  virtual Status CreateDirectory(const std::string& path) = 0;
  virtual Status SyncDirectory(const std::string& path) = 0;
  // Replaces `to` if it exists. Files that are open under the old name stay usable.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;
  // Creates the file if need be; kFailedPrecondition while another process (or holder) has it.
  virtual Result<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;
};

// The whole content of a small file; kResourceExhausted if it is longer than `limit`.
Result<std::string> ReadWholeFile(Disk& disk, const std::string& path, uint64_t limit);

// After success `directory/name` durably holds `content`; after a crash it has either the old
// content or the new. Uses `directory/name.tmp`.
Status ReplaceFile(Disk& disk, const std::string& directory, const std::string& name,
                   std::string_view content);

}  // namespace skerry
