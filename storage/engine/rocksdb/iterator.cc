#include "storage/engine/rocksdb/iterator.h"

#include <utility>

#include "rocksdb/iterator.h"
#include "storage/engine/rocksdb/convert.h"

namespace skerry::engine {
namespace {

class RocksIterator final : public Iterator {
 public:
  RocksIterator(rocksdb::DB* db, const std::string& path, const rocksdb::Snapshot* snapshot,
                const IteratorOptions& options)
      : path_(path), lower_(options.lower), upper_(options.upper) {
    lower_slice_ = ToSlice(lower_);
    upper_slice_ = ToSlice(upper_);
    rocksdb::ReadOptions read;
    read.snapshot = snapshot;
    read.fill_cache = options.fill_cache;
    read.readahead_size = options.readahead_bytes;
    if (!lower_.empty()) read.iterate_lower_bound = &lower_slice_;
    if (!upper_.empty()) read.iterate_upper_bound = &upper_slice_;
    if (options.cached_only) read.read_tier = rocksdb::kBlockCacheTier;
    iterator_.reset(db->NewIterator(read));
  }

  bool Valid() const override { return iterator_->Valid(); }
  void Seek(std::string_view key) override { iterator_->Seek(ToSlice(key)); }
  void SeekForPrev(std::string_view key) override { iterator_->SeekForPrev(ToSlice(key)); }
  void SeekToFirst() override { iterator_->SeekToFirst(); }
  void SeekToLast() override { iterator_->SeekToLast(); }
  void Next() override { iterator_->Next(); }
  void Prev() override { iterator_->Prev(); }
  std::string_view key() const override { return ToView(iterator_->key()); }
  std::string_view value() const override { return ToView(iterator_->value()); }
  Status status() const override {
    const rocksdb::Status status = iterator_->status();
    return status.ok() || status.IsIncomplete() ? Status() : FromRocksDb(status, path_);
  }
  bool would_block() const override { return iterator_->status().IsIncomplete(); }

 private:
  const std::string path_;
  const std::string lower_;
  const std::string upper_;
  // RocksDB points to these.
  rocksdb::Slice lower_slice_;
  rocksdb::Slice upper_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace

std::unique_ptr<Iterator> MakeIterator(rocksdb::DB* db, const std::string& path,
                                       const rocksdb::Snapshot* snapshot,
                                       const IteratorOptions& options) {
  return std::make_unique<RocksIterator>(db, path, snapshot, options);
}

}  // namespace skerry::engine
