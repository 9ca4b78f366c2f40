#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/disk.h"

namespace skerry {

// Files that live and die with this object, for nodes that keep nothing (`--in-memory`). Costs the
// memory of the pages that were written and not removed; syncing does nothing. Thread-safe.
class MemoryDisk final : public Disk {
 public:
  MemoryDisk() = default;
  ~MemoryDisk() override;

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Result<bool> Exists(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  Status CreateDirectory(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;

  // Memory taken by pages.
  uint64_t allocated() const;

 private:
  struct Inode;
  class MemoryFile;
  struct LockTable;
  class MemoryLock;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<std::string, std::shared_ptr<Inode>> files_;
  std::set<std::string> directories_;
  std::shared_ptr<LockTable> locks_;
};

}  // namespace skerry
