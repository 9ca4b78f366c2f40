#include "base/sim/sim_disk.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace skerry::sim {
namespace {

constexpr uint64_t kPage = PageStore::kPageBytes;
constexpr uint64_t kSector = 512;

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string PageOf(const PageStore& store, uint64_t index) {
  std::string page(kPage, '\0');
  store.Read(index * kPage, page.data(), kPage);
  return page;
}

}  // namespace

class SimDisk::SimFile final : public File {
 public:
  SimFile(SimDisk& disk, std::shared_ptr<Inode> inode, std::string path)
      : disk_(disk),
        generation_(disk.generation_),
        inode_(std::move(inode)),
        path_(std::move(path)) {}

  Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) const override {
    SKERRY_RETURN_IF_ERROR(disk_.CheckAlive(generation_, path_));
    return inode_->content.Read(offset, buffer, size);
  }

  Status WriteAt(uint64_t offset, std::string_view data) override {
    SKERRY_RETURN_IF_ERROR(disk_.CheckAlive(generation_, path_));
    SKERRY_RETURN_IF_ERROR(disk_.Spend(path_));
    const uint64_t end = offset + data.size();
    if (end > inode_->content.size()) SKERRY_RETURN_IF_ERROR(Grow(end));
    for (uint64_t page = offset / kPage; page * kPage < end; ++page) {
      inode_->before.try_emplace(page, PageOf(inode_->content, page));
    }
    inode_->content.Write(offset, data);
    return OkStatus();
  }

  Status Allocate(uint64_t size) override {
    SKERRY_RETURN_IF_ERROR(disk_.CheckAlive(generation_, path_));
    SKERRY_RETURN_IF_ERROR(disk_.Spend(path_));
    return size > inode_->content.size() ? Grow(size) : OkStatus();
  }

  Status Truncate(uint64_t size) override {
    SKERRY_RETURN_IF_ERROR(disk_.CheckAlive(generation_, path_));
    SKERRY_RETURN_IF_ERROR(disk_.Spend(path_));
    for (uint64_t page = size / kPage; page * kPage < inode_->content.size(); ++page) {
      inode_->before.try_emplace(page, PageOf(inode_->content, page));
    }
    inode_->content.Resize(size);
    inode_->size_changed = true;
    return OkStatus();
  }

  Result<uint64_t> Size() const override {
    SKERRY_RETURN_IF_ERROR(disk_.CheckAlive(generation_, path_));
    return inode_->content.size();
  }

  Status Sync() override {
    SKERRY_RETURN_IF_ERROR(disk_.CheckAlive(generation_, path_));
    SKERRY_RETURN_IF_ERROR(disk_.Spend(path_));
    if (std::exchange(disk_.fail_sync_, false)) {
      // As Linux does: the pages are clean afterwards, and gone from the device.
      disk_.CrashInode(inode_.get());
      return IoError(path_ + ": fdatasync: simulated failure");
    }
    ++disk_.syncs_;
    inode_->before.clear();
    inode_->synced_size = inode_->content.size();
    inode_->size_changed = false;
    return OkStatus();
  }

  const std::string& path() const override { return path_; }

 private:
  Status Grow(uint64_t size) {
    if (disk_.Used() + size - inode_->content.size() > disk_.options_.capacity) {
      return ResourceExhausted(path_ + ": no space left on the simulated disk");
    }
    inode_->content.Resize(size);
    inode_->size_changed = true;
    return OkStatus();
  }

  SimDisk& disk_;
  const uint64_t generation_;
  const std::shared_ptr<Inode> inode_;
  const std::string path_;
};

class SimDisk::SimLock final : public FileLock {
 public:
  SimLock(std::shared_ptr<std::set<std::string>> held, std::string path)
      : held_(std::move(held)), path_(std::move(path)) {}
  ~SimLock() override { held_->erase(path_); }

 private:
  const std::shared_ptr<std::set<std::string>> held_;  // of its own generation
  const std::string path_;
};

Status SimDisk::Spend(const std::string& path) {
  if (fuse_ == 0) return IoError(path + ": the power is gone");
  if (fuse_ != UINT64_MAX && --fuse_ == 0) return IoError(path + ": the power went");
  ++operations_;
  return OkStatus();
}

Status SimDisk::CheckAlive(uint64_t generation, const std::string& path) const {
  if (generation != generation_) return IoError(path + ": open before the crash");
  return fuse_ == 0 ? IoError(path + ": the power is gone") : OkStatus();
}

uint64_t SimDisk::Used() const {
  uint64_t bytes = 0;
  for (const auto& [path, inode] : names_) bytes += inode->content.size();
  return bytes;
}

void SimDisk::Apply(const NameChange& change, Names* names) {
  switch (change.kind) {
    case NameChange::Kind::kLink:
      (*names)[change.to] = change.inode;
      break;
    case NameChange::Kind::kRename:
      names->erase(change.from);
      (*names)[change.to] = change.inode;
      break;
    case NameChange::Kind::kRemove:
      names->erase(change.from);
      break;
  }
}

void SimDisk::ChangeNames(NameChange change) {
  Apply(change, &names_);
  pending_.push_back(std::move(change));
}

Result<std::unique_ptr<File>> SimDisk::Open(const std::string& path, OpenMode mode) {
  auto it = names_.find(path);
  if (mode == OpenMode::kCreate) {
    SKERRY_RETURN_IF_ERROR(Spend(path));
    if (it != names_.end()) return AlreadyExists(path + ": open: the file exists");
    ChangeNames({NameChange::Kind::kLink, {}, path, std::make_shared<Inode>()});
    it = names_.find(path);
  } else if (it == names_.end()) {
    return NotFound(path + ": open: no such file");
  }
  return std::unique_ptr<File>(std::make_unique<SimFile>(*this, it->second, path));
}

Result<bool> SimDisk::Exists(const std::string& path) {
  return names_.contains(path) || directories_.contains(path);
}

Result<std::vector<std::string>> SimDisk::List(const std::string& directory) {
  if (!directories_.contains(directory)) return NotFound(directory + ": list: no such directory");
  std::vector<std::string> found;
  for (const auto& [path, inode] : names_) {
    if (ParentOf(path) == directory) found.push_back(path.substr(directory.size() + 1));
  }
  for (const std::string& path : directories_) {
    if (ParentOf(path) == directory) found.push_back(path.substr(directory.size() + 1));
  }
  std::sort(found.begin(), found.end());
  return found;
}

Status SimDisk::CreateDirectory(const std::string& path) {
  SKERRY_RETURN_IF_ERROR(Spend(path));
  directories_.insert(path);
  return OkStatus();
}

Status SimDisk::SyncDirectory(const std::string& path) {
  SKERRY_RETURN_IF_ERROR(Spend(path));
  std::vector<NameChange> others;
  for (NameChange& change : pending_) {
    const std::string& name = change.to.empty() ? change.from : change.to;
    if (ParentOf(name) == path) {
      Apply(change, &durable_names_);
    } else {
      others.push_back(std::move(change));
    }
  }
  pending_ = std::move(others);
  return OkStatus();
}

Status SimDisk::Rename(const std::string& from, const std::string& to) {
  SKERRY_RETURN_IF_ERROR(Spend(from));
  const auto it = names_.find(from);
  if (it == names_.end()) return NotFound(from + ": rename: no such file");
  ChangeNames({NameChange::Kind::kRename, from, to, it->second});
  return OkStatus();
}

Status SimDisk::Remove(const std::string& path) {
  SKERRY_RETURN_IF_ERROR(Spend(path));
  const auto it = names_.find(path);
  if (it == names_.end()) return NotFound(path + ": remove: no such file");
  ChangeNames({NameChange::Kind::kRemove, path, {}, nullptr});
  return OkStatus();
}

Result<std::unique_ptr<FileLock>> SimDisk::Lock(const std::string& path) {
  if (!locks_->insert(path).second) return FailedPrecondition(path + ": in use");
  return std::unique_ptr<FileLock>(std::make_unique<SimLock>(locks_, path));
}

void SimDisk::CrashInode(Inode* inode) {
  for (const auto& [index, old_page] : inode->before) {
    if (!prng_.Chance(options_.lost_percent, 100)) continue;
    std::string page = old_page;
    if (prng_.Chance(options_.torn_percent, 100)) {
      // Some sectors are new.
      const std::string new_page = PageOf(inode->content, index);
      for (uint64_t at = 0; at < kPage; at += kSector) {
        if (prng_.Chance(1, 2)) page.replace(at, kSector, new_page, at, kSector);
      }
    }
    const uint64_t size = inode->content.size();
    inode->content.Write(index * kPage, page);
    inode->content.Resize(size);
  }
  inode->before.clear();
  if (inode->size_changed && prng_.Chance(options_.lost_percent, 100)) {
    inode->content.Resize(inode->synced_size);
  }
  inode->size_changed = false;
  inode->synced_size = inode->content.size();
}

void SimDisk::Crash(bool keep_unsynced) {
  ++generation_;
  fuse_ = UINT64_MAX;
  fail_sync_ = false;
  locks_ = std::make_shared<std::set<std::string>>();
  if (keep_unsynced) return;
  // The file system's journal is in order: a prefix of the changes is there.
  const uint64_t kept = prng_.Below(pending_.size() + 1);
  for (uint64_t i = 0; i < kept; ++i) Apply(pending_[i], &durable_names_);
  pending_.clear();
  names_ = durable_names_;
  for (const auto& [path, inode] : names_) CrashInode(inode.get());
}

void SimDisk::FlipBit(const std::string& path, uint64_t offset, int bit) {
  PageStore& content = names_.at(path)->content;
  char byte = 0;
  SKERRY_CHECK(content.Read(offset, &byte, 1) == 1);
  byte = static_cast<char>(byte ^ (1 << bit));
  content.Write(offset, std::string_view(&byte, 1));
}

void SimDisk::Truncate(const std::string& path, uint64_t size) {
  names_.at(path)->content.Resize(size);
}

void SimDisk::Overwrite(const std::string& path, uint64_t offset, std::string_view bytes) {
  names_.at(path)->content.Write(offset, bytes);
}

std::string SimDisk::ReadAll(const std::string& path) const {
  const PageStore& content = names_.at(path)->content;
  std::string bytes(content.size(), '\0');
  content.Read(0, bytes.data(), bytes.size());
  return bytes;
}

void SimDisk::WriteAll(const std::string& path, const std::string& content) {
  std::shared_ptr<Inode>& inode = names_[path];
  inode = std::make_shared<Inode>();
  inode->content.Write(0, content);
  inode->synced_size = content.size();
  durable_names_[path] = inode;
}

std::vector<std::string> SimDisk::Files() const {
  std::vector<std::string> files;
  for (const auto& [path, inode] : names_) files.push_back(path);
  return files;
}

}  // namespace skerry::sim
