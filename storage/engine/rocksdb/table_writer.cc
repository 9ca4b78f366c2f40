#include "storage/engine/rocksdb/table_writer.h"

#include <utility>

#include "base/posix_disk.h"
#include "rocksdb/sst_file_writer.h"
#include "storage/engine/rocksdb/convert.h"

namespace skerry::engine {
namespace {

class RocksTableWriter final : public TableWriter {
 public:
  RocksTableWriter(const rocksdb::Options& options, std::string path, std::string file)
      : path_(std::move(path)), file_(std::move(file)), writer_(rocksdb::EnvOptions(), options) {}
  ~RocksTableWriter() override {
    PosixDisk disk;
    (void)disk.Remove(file_);  // gone already if it was ingested
  }

  Status Open() {
    const rocksdb::Status status = writer_.Open(file_);
    return status.ok() ? Status() : FromRocksDb(status, path_);
  }
  Status Put(std::string_view key, std::string_view value) override {
    if (entries_ > 0 && key <= last_key_) {
      return InvalidArgument("keys of a table must ascend");
    }
    const rocksdb::Status status = writer_.Put(ToSlice(key), ToSlice(value));
    if (!status.ok()) return FromRocksDb(status, path_);
    last_key_ = key;
    ++entries_;
    bytes_ += key.size() + value.size();
    return {};
  }
  uint64_t bytes() const override { return bytes_; }
  Result<std::string> Finish() {
    if (entries_ == 0) return std::string();
    const rocksdb::Status status = writer_.Finish();
    if (!status.ok()) return FromRocksDb(status, path_);
    return file_;
  }

 private:
  const std::string path_;
  const std::string file_;
  rocksdb::SstFileWriter writer_;
  std::string last_key_;
  uint64_t entries_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<TableWriter>> MakeTableWriter(const rocksdb::Options& options,
                                                     const std::string& path, std::string file) {
  auto writer = std::make_unique<RocksTableWriter>(options, path, std::move(file));
  SKERRY_RETURN_IF_ERROR(writer->Open());
  return std::unique_ptr<TableWriter>(std::move(writer));
}

Result<std::string> FinishTable(TableWriter* table) {
  return static_cast<RocksTableWriter*>(table)->Finish();
}

}  // namespace skerry::engine
