#pragma once

#include <memory>

#include "rocksdb/file_system.h"

// RocksDB's file system, with less work at a start: most of the time of opening a store is waiting
// for the disk.

namespace skerry::engine {

class StoreFileSystem : public rocksdb::FileSystemWrapper {
 public:
  // While a store is being created nothing is synced: until CompleteDirectory it is discarded at
  // the next start anyway.
  static std::shared_ptr<StoreFileSystem> Create(bool creating);

  // From here on everything is synced. The caller syncs what was created before.
  virtual void CreationEnds() = 0;

 protected:
  using FileSystemWrapper::FileSystemWrapper;
};

}  // namespace skerry::engine
