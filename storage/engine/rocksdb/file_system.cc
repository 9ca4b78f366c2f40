#include "storage/engine/rocksdb/file_system.h"

#include <atomic>
#include <string_view>
#include <utility>

namespace skerry::engine {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// True while syncs are left out; shared with the files that were opened meanwhile.
using Relaxed = std::shared_ptr<std::atomic<bool>>;

class RelaxedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  RelaxedFile(std::unique_ptr<rocksdb::FSWritableFile> file, Relaxed relaxed)
      : FSWritableFileOwnerWrapper(std::move(file)), relaxed_(std::move(relaxed)) {}
  IOStatus Sync(const IOOptions& options, IODebugContext* dbg) override {
    return relaxed_->load() ? IOStatus::OK() : FSWritableFileOwnerWrapper::Sync(options, dbg);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    return relaxed_->load() ? IOStatus::OK() : FSWritableFileOwnerWrapper::Fsync(options, dbg);
  }

 private:
  const Relaxed relaxed_;
};

class RelaxedDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  RelaxedDirectory(std::unique_ptr<rocksdb::FSDirectory> directory, Relaxed relaxed)
      : FSDirectoryWrapper(std::move(directory)), relaxed_(std::move(relaxed)) {}
  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    return relaxed_->load() ? IOStatus::OK() : FSDirectoryWrapper::Fsync(options, dbg);
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* dbg,
                               const rocksdb::DirFsyncOptions& directory_options) override {
    return relaxed_->load()
               ? IOStatus::OK()
               : FSDirectoryWrapper::FsyncWithDirOptions(options, dbg, directory_options);
  }

 private:
  const Relaxed relaxed_;
};

class QuickFileSystem final : public StoreFileSystem {
 public:
  explicit QuickFileSystem(bool creating)
      : StoreFileSystem(rocksdb::FileSystem::Default()),
        relaxed_(std::make_shared<std::atomic<bool>>(creating)) {}

  const char* Name() const override { return "SkerryStore"; }
  void CreationEnds() override { relaxed_->store(false); }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* dbg) override {
    // A record of the options for people, written, synced, read again and parsed at every start.
    // RocksDB goes on without it.
    if (std::string_view(path).substr(path.rfind('/') + 1).starts_with("OPTIONS-")) {
      return IOStatus::NotSupported("no file of options is kept");
    }
    IOStatus status = FileSystemWrapper::NewWritableFile(path, options, file, dbg);
    if (status.ok() && relaxed_->load()) {
      *file = std::make_unique<RelaxedFile>(std::move(*file), relaxed_);
    }
    return status;
  }

  IOStatus NewDirectory(const std::string& name, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* directory,
                        IODebugContext* dbg) override {
    IOStatus status = FileSystemWrapper::NewDirectory(name, options, directory, dbg);
    if (status.ok() && relaxed_->load()) {
      *directory = std::make_unique<RelaxedDirectory>(std::move(*directory), relaxed_);
    }
    return status;
  }

 private:
  const Relaxed relaxed_;
};

}  // namespace

std::shared_ptr<StoreFileSystem> StoreFileSystem::Create(bool creating) {
  return std::make_shared<QuickFileSystem>(creating);
}

}  // namespace skerry::engine
