#include "storage/engine/rocksdb/convert.h"

#include <utility>

namespace skerry::engine {

rocksdb::WriteBatch ToRocksDb(const WriteBatch& batch) {
  // Its header, and for each change tags and lengths that are no longer than ours.
  rocksdb::WriteBatch converted(batch.bytes() + 32);
  batch.ForEach(
      [&converted](WriteBatch::Operation op, std::string_view key, std::string_view value) {
        switch (op) {
          case WriteBatch::Operation::kPut:
            (void)converted.Put(ToSlice(key), ToSlice(value));
            break;
          case WriteBatch::Operation::kDelete:
            (void)converted.Delete(ToSlice(key));
            break;
          case WriteBatch::Operation::kDeleteRange:
            if (key < value) (void)converted.DeleteRange(ToSlice(key), ToSlice(value));
            break;
        }
      });
  return converted;
}

Status FromRocksDb(const rocksdb::Status& status, const std::string& path) {
  std::string what = status.ToString();
  // Of a missing table RocksDB names the spelling that it tried last, which we never had.
  for (size_t at = what.find(".ldb"); at != std::string::npos; at = what.find(".ldb", at)) {
    what.replace(at, 4, ".sst");
  }
  if (status.IsCorruption()) {
    return Corruption("the store in " + path + " is damaged: " + what + "; restore " + path +
                      " from a backup, or remove the node's data and let its peers repair it");
  }
  if (what.find("lock file") != std::string::npos || what.find("lock hold") != std::string::npos) {
    return FailedPrecondition(path + " is in use by another process: stop that first (" + what +
                              ")");
  }
  if (status.IsNoSpace()) {
    return IoError("no space left for the store in " + path + ": free some and start again (" +
                   what + ")");
  }
  if (status.IsShutdownInProgress())
    return FailedPrecondition("the store in " + path + " is closed");
  // Among others what a failed flush left behind: RocksDB takes no more writes.
  return IoError("the store in " + path + " failed: " + what +
                 "; look after the disk and start the node again");
}

}  // namespace skerry::engine
