#include "base/memory_disk.h"

#include <algorithm>
#include <utility>

#include "base/page_store.h"

namespace skerry {

struct MemoryDisk::Inode {
  std::mutex mutex;
  PageStore pages;  // guarded by mutex
};

struct MemoryDisk::LockTable {
  std::mutex mutex;
  std::set<std::string> held;  // guarded by mutex
};

class MemoryDisk::MemoryFile final : public File {
 public:
  MemoryFile(std::shared_ptr<Inode> inode, std::string path)
      : inode_(std::move(inode)), path_(std::move(path)) {}

  Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) const override {
    std::lock_guard lock(inode_->mutex);
    return inode_->pages.Read(offset, buffer, size);
  }
  Status WriteAt(uint64_t offset, std::string_view data) override {
    std::lock_guard lock(inode_->mutex);
    inode_->pages.Write(offset, data);
    return OkStatus();
  }
  Status Allocate(uint64_t size) override {
    std::lock_guard lock(inode_->mutex);
    if (size > inode_->pages.size()) inode_->pages.Resize(size);
    return OkStatus();
  }
  Status Truncate(uint64_t size) override {
    std::lock_guard lock(inode_->mutex);
    inode_->pages.Resize(size);
    return OkStatus();
  }
  Result<uint64_t> Size() const override {
    std::lock_guard lock(inode_->mutex);
    return inode_->pages.size();
  }
  Status Sync() override { return OkStatus(); }
  const std::string& path() const override { return path_; }

 private:
  const std::shared_ptr<Inode> inode_;
  const std::string path_;
};

class MemoryDisk::MemoryLock final : public FileLock {
 public:
  MemoryLock(std::shared_ptr<LockTable> table, std::string path)
      : table_(std::move(table)), path_(std::move(path)) {}
  ~MemoryLock() override {
    std::lock_guard lock(table_->mutex);
    table_->held.erase(path_);
  }

 private:
  const std::shared_ptr<LockTable> table_;
  const std::string path_;
};

MemoryDisk::~MemoryDisk() = default;

Result<std::unique_ptr<File>> MemoryDisk::Open(const std::string& path, OpenMode mode) {
  std::lock_guard lock(mutex_);
  auto it = files_.find(path);
  if (mode == OpenMode::kCreate) {
    if (it != files_.end()) return AlreadyExists(path + ": open: the file exists");
    it = files_.emplace(path, std::make_shared<Inode>()).first;
  } else if (it == files_.end()) {
    return NotFound(path + ": open: no such file");
  }
  return std::unique_ptr<File>(std::make_unique<MemoryFile>(it->second, path));
}

Result<bool> MemoryDisk::Exists(const std::string& path) {
  std::lock_guard lock(mutex_);
  return files_.contains(path) || directories_.contains(path);
}

Result<std::vector<std::string>> MemoryDisk::List(const std::string& directory) {
  std::lock_guard lock(mutex_);
  if (!directories_.contains(directory)) return NotFound(directory + ": list: no such directory");
  const std::string prefix = directory + "/";
  std::vector<std::string> names;
  const auto add = [&](const std::string& path) {
    if (path.starts_with(prefix) && path.find('/', prefix.size()) == std::string::npos) {
      names.push_back(path.substr(prefix.size()));
    }
  };
  for (const auto& [path, inode] : files_) add(path);
  for (const std::string& path : directories_) add(path);
  std::sort(names.begin(), names.end());
  return names;
}

Status MemoryDisk::CreateDirectory(const std::string& path) {
  std::lock_guard lock(mutex_);
  if (files_.contains(path)) return AlreadyExists(path + ": create directory: a file is there");
  directories_.insert(path);
  return OkStatus();
}

Status MemoryDisk::SyncDirectory(const std::string&) { return OkStatus(); }

Status MemoryDisk::Rename(const std::string& from, const std::string& to) {
  std::lock_guard lock(mutex_);
  auto node = files_.extract(from);
  if (node.empty()) return NotFound(from + ": rename: no such file");
  files_.insert_or_assign(to, std::move(node.mapped()));
  return OkStatus();
}

Status MemoryDisk::Remove(const std::string& path) {
  std::lock_guard lock(mutex_);
  if (files_.erase(path) == 0) return NotFound(path + ": remove: no such file");
  return OkStatus();
}

Result<std::unique_ptr<FileLock>> MemoryDisk::Lock(const std::string& path) {
  std::shared_ptr<LockTable> table;
  {
    std::lock_guard lock(mutex_);
    if (!locks_) locks_ = std::make_shared<LockTable>();
    table = locks_;
  }
  std::lock_guard lock(table->mutex);
  if (!table->held.insert(path).second) return FailedPrecondition(path + ": in use");
  return std::unique_ptr<FileLock>(std::make_unique<MemoryLock>(table, path));
}

uint64_t MemoryDisk::allocated() const {
  std::lock_guard lock(mutex_);
  uint64_t bytes = 0;
  for (const auto& [path, inode] : files_) {
    std::lock_guard inode_lock(inode->mutex);
    bytes += inode->pages.allocated();
  }
  return bytes;
}

}  // namespace skerry
