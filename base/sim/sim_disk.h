#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/page_store.h"
#include "base/prng.h"

namespace skerry::sim {

// A disk that keeps what was synced, and of the rest what the seed says: at a crash each page
// written since the file's last Sync is old, new or torn at a sector, and names that were not made
// durable by SyncDirectory may be as before. Not thread-safe; one node's.
class SimDisk final : public Disk {
 public:
  struct Options {
    uint64_t capacity = UINT64_MAX;  // bytes; counts allocated space
    // Of 100 pages written and not synced, how many a crash loses; of those, how many are torn.
    uint64_t lost_percent = 50;
    uint64_t torn_percent = 20;
  };

  explicit SimDisk(Prng& prng) : SimDisk(prng, Options()) {}
  SimDisk(Prng& prng, Options options) : prng_(prng), options_(options) {}

  // --- the port
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Result<bool> Exists(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  Status CreateDirectory(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;

  // --- what a test does to it
  // The power goes: all open files and locks are dead, what was not synced is lost or torn. With
  // `keep_unsynced` only the process died: the page cache survives.
  void Crash(bool keep_unsynced = false);
  // After so many more operations that change something, all fail as if the power had gone.
  void FailAfter(uint64_t operations) { fuse_ = operations; }
  bool blown() const { return fuse_ == 0; }
  // The next Sync of any file fails, and loses what it should have made durable.
  void FailNextSync(bool fail = true) { fail_sync_ = fail; }
  void SetCapacity(uint64_t bytes) { options_.capacity = bytes; }
  uint64_t Used() const;  // of the capacity
  // Bit rot: inverts one bit of what is stored.
  void FlipBit(const std::string& path, uint64_t offset, int bit);
  void Truncate(const std::string& path, uint64_t size);
  // A write of another place's that ended up here.
  void Overwrite(const std::string& path, uint64_t offset, std::string_view bytes);
  // Copies of content, for tests that try many crashes of one state.
  std::string ReadAll(const std::string& path) const;
  void WriteAll(const std::string& path, const std::string& content);
  std::vector<std::string> Files() const;

  uint64_t operations() const { return operations_; }
  uint64_t syncs() const { return syncs_; }

 private:
  struct Inode {
    PageStore content;
    // Pages as they were at the last Sync, for those written since; and the size then.
    std::map<uint64_t, std::string> before;
    uint64_t synced_size = 0;
    bool size_changed = false;
  };
  // A change of names that no SyncDirectory has made durable.
  struct NameChange {
    enum class Kind { kLink, kRename, kRemove } kind;
    std::string from;  // kRename, kRemove
    std::string to;    // kLink, kRename
    std::shared_ptr<Inode> inode;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  class SimFile;
  class SimLock;

  Status Spend(const std::string& path);  // one operation that changes something
  Status CheckAlive(uint64_t generation, const std::string& path) const;
  static void Apply(const NameChange& change, Names* names);
  void ChangeNames(NameChange change);
  void CrashInode(Inode* inode);

  Prng& prng_;
  Options options_;
  uint64_t generation_ = 0;  // of open files; a crash begins the next
  uint64_t fuse_ = UINT64_MAX;
  bool fail_sync_ = false;
  uint64_t operations_ = 0;
  uint64_t syncs_ = 0;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> pending_;
  std::set<std::string> directories_;  // durable at once
  std::shared_ptr<std::set<std::string>> locks_ = std::make_shared<std::set<std::string>>();
};

}  // namespace skerry::sim
