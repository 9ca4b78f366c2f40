#include "storage/engine/rocksdb/rocksdb_engine.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <future>
#include <mutex>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/posix_disk.h"
#include "base/thread_executor.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/listener.h"
#include "rocksdb/write_buffer_manager.h"
#include "storage/engine/rocksdb/convert.h"
#include "storage/engine/rocksdb/directory.h"
#include "storage/engine/rocksdb/file_system.h"
#include "storage/engine/rocksdb/iterator.h"
#include "storage/engine/rocksdb/options.h"
#include "storage/engine/rocksdb/table_writer.h"

namespace skerry::engine {
namespace {

using FlushDone = absl::AnyInvocable<void(Status) &&>;

// Where admission begins to refuse for files that wait to be merged, and where it lets nothing in.
// Of the first level each file costs every read a search.
constexpr uint64_t kFirstLevelFilesFrom = 20;
constexpr uint64_t kFirstLevelFilesMax = 48;
constexpr uint64_t kPendingBytesFrom = uint64_t{8} << 30;
constexpr uint64_t kPendingBytesMax = uint64_t{64} << 30;

uint64_t PermilleBetween(uint64_t from, uint64_t max, uint64_t value) {
  if (value <= from) return 0;
  return std::min<uint64_t>((value - from) * 1000 / (max - from), 1000);
}

uint64_t PropertyOf(rocksdb::DB* db, const std::string& name) {
  uint64_t value = 0;
  return db->GetIntProperty(name, &value) ? value : 0;
}

// Passes the end of a flush on and keeps the figures that only flushes and compactions change.
// Outlives the engine, as RocksDB holds it.
class WorkListener final : public rocksdb::EventListener {
 public:
  void Set(absl::AnyInvocable<void()> listener) {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
  }
  uint64_t flushes() const { return flushes_.load(std::memory_order_relaxed); }
  uint32_t behind_permille() const { return behind_permille_.load(std::memory_order_relaxed); }

  void OnFlushCompleted(rocksdb::DB* db, const rocksdb::FlushJobInfo&) override {
    Measure(db);
    flushes_.fetch_add(1, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);  // held during the call, so that Set waits for it
    if (listener_) listener_();
  }
  void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo&) override {
    Measure(db);
  }

 private:
  void Measure(rocksdb::DB* db) {
    std::string files;
    uint64_t first_level = 0;
    if (db->GetProperty(rocksdb::DB::Properties::kNumFilesAtLevelPrefix + "0", &files)) {
      std::from_chars(files.data(), files.data() + files.size(), first_level);
    }
    const uint64_t pending =
        PropertyOf(db, rocksdb::DB::Properties::kEstimatePendingCompactionBytes);
    behind_permille_.store(
        static_cast<uint32_t>(
            std::max(PermilleBetween(kFirstLevelFilesFrom, kFirstLevelFilesMax, first_level),
                     PermilleBetween(kPendingBytesFrom, kPendingBytesMax, pending))),
        std::memory_order_relaxed);
  }

  std::atomic<uint64_t> flushes_ = 0;
  std::atomic<uint32_t> behind_permille_ = 0;
  std::mutex mutex_;
  absl::AnyInvocable<void()> listener_;
};

class RocksSnapshot final : public Snapshot {
 public:
  explicit RocksSnapshot(rocksdb::DB* db) : db_(db), snapshot_(db->GetSnapshot()) {}
  ~RocksSnapshot() override { db_->ReleaseSnapshot(snapshot_); }
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB* const db_;
  const rocksdb::Snapshot* const snapshot_;
};

const rocksdb::Snapshot* Unwrap(const Snapshot* snapshot) {
  return snapshot == nullptr ? nullptr : static_cast<const RocksSnapshot*>(snapshot)->get();
}

struct SliceHolder {
  SliceHolder() = default;
  SliceHolder(SliceHolder&& other) noexcept : slice(std::move(other.slice)) {}
  rocksdb::PinnableSlice slice;
  std::string_view view() const { return {slice.data(), slice.size()}; }
};

class RocksEngine final : public Engine {
 public:
  RocksEngine(RocksDbOptions options, std::shared_ptr<WorkListener> listener,
              std::shared_ptr<rocksdb::WriteBufferManager> memtables,
              std::unique_ptr<rocksdb::Env> env, std::unique_ptr<rocksdb::DB> db)
      : options_(std::move(options)),
        listener_(std::move(listener)),
        memtables_(std::move(memtables)),
        env_(std::move(env)),
        db_(std::move(db)) {}
  ~RocksEngine() override { (void)Close(); }

  Status Write(const WriteBatch& batch) override;
  Result<Lookup> Get(std::string_view key, const Snapshot* snapshot, PinnedValue* value) override {
    rocksdb::ReadOptions read;
    read.snapshot = Unwrap(snapshot);
    return Read(read, key, value);
  }
  Result<Lookup> GetIfCached(std::string_view key, const Snapshot* snapshot,
                             PinnedValue* value) override {
    rocksdb::ReadOptions read;
    read.snapshot = Unwrap(snapshot);
    read.read_tier = rocksdb::kBlockCacheTier;
    return Read(read, key, value);
  }
  Result<Lookup> GetPersisted(std::string_view key, PinnedValue* value) override {
    rocksdb::ReadOptions read;
    read.read_tier = rocksdb::kPersistedTier;
    return Read(read, key, value);
  }
  std::unique_ptr<Iterator> NewIterator(const IteratorOptions& options) override {
    SKERRY_CHECK_MSG(!closed(), "iterator of a closed engine");
    return MakeIterator(db_.get(), options_.path, Unwrap(options.snapshot), options);
  }
  std::unique_ptr<const Snapshot> NewSnapshot() override {
    SKERRY_CHECK_MSG(!closed(), "snapshot of a closed engine");
    return std::make_unique<RocksSnapshot>(db_.get());
  }
  Status Flush() override;
  void FlushAsync(FlushDone done) override;
  void SetFlushListener(absl::AnyInvocable<void()> listener) override {
    listener_->Set(std::move(listener));
  }
  Result<std::unique_ptr<TableWriter>> NewTableWriter() override;
  Status Ingest(std::vector<std::unique_ptr<TableWriter>> tables) override;
  uint64_t ApproximateBytes(std::string_view lower, std::string_view upper) override;
  Stats GetStats() override;
  Load GetLoad() const override {
    // RocksDB flushes at the budget; what comes on top is being flushed or waits for it.
    return {.memory_bytes = memtables_->memory_usage(),
            .memory_bytes_max = 2 * memtables_->buffer_size(),
            .behind_permille = listener_->behind_permille()};
  }
  Status Close() override;

 private:
  bool closed() const { return closed_.load(std::memory_order_acquire); }
  Status Closed() const {
    return FailedPrecondition("the store in " + options_.path + " is closed");
  }
  Status Convert(const rocksdb::Status& status) const {
    return status.ok() ? Status() : FromRocksDb(status, options_.path);
  }
  Result<Lookup> Read(const rocksdb::ReadOptions& read, std::string_view key, PinnedValue* value);
  // Has unflushed writes flushed when they are memtable_max_age old.
  void NoteDirty();
  uint64_t Property(const std::string& name) { return PropertyOf(db_.get(), name); }

  const RocksDbOptions options_;
  const std::shared_ptr<WorkListener> listener_;
  const std::shared_ptr<rocksdb::WriteBufferManager> memtables_;
  const std::unique_ptr<rocksdb::Env> env_;
  const std::unique_ptr<rocksdb::DB> db_;
  std::atomic<bool> closed_ = false;
  std::atomic<bool> flush_is_due_ = false;  // a timer for it runs
  std::atomic<uint64_t> next_table_ = 0;
  SystemClock clock_;
  // Flushes that somebody waits for elsewhere, and the timer. Last: its work uses the rest.
  ThreadExecutor background_{"skerry-flush", clock_};
};

Status RocksEngine::Write(const WriteBatch& batch) {
  if (closed()) return Closed();
  if (batch.empty()) return {};
  rocksdb::WriteBatch converted = ToRocksDb(batch);
  rocksdb::WriteOptions write;
  write.disableWAL = true;
  const rocksdb::Status status = db_->Write(write, &converted);
  if (!status.ok()) return Convert(status);
  NoteDirty();
  return {};
}

void RocksEngine::NoteDirty() {
  if (options_.memtable_max_age <= Duration::zero()) return;
  if (flush_is_due_.load(std::memory_order_relaxed) || flush_is_due_.exchange(true)) return;
  background_.PostAfter(options_.memtable_max_age, [this] {
    flush_is_due_.store(false);
    (void)Flush();  // a failure is RocksDB's background error: the next write reports it
  });
}

Result<Lookup> RocksEngine::Read(const rocksdb::ReadOptions& read, std::string_view key,
                                 PinnedValue* value) {
  if (closed()) [[unlikely]] {
    value->Reset();
    return Closed();
  }
  SliceHolder& holder = value->Emplace<SliceHolder>();
  const rocksdb::Status status =
      db_->Get(read, db_->DefaultColumnFamily(), ToSlice(key), &holder.slice);
  if (status.ok()) [[likely]] {
    value->Publish(holder);
    return Lookup::kFound;
  }
  value->Reset();
  if (status.IsNotFound()) return Lookup::kAbsent;
  if (status.IsIncomplete()) return Lookup::kWouldBlock;
  return Convert(status);
}

Status RocksEngine::Flush() {
  if (closed()) return Closed();
  rocksdb::FlushOptions flush;
  flush.wait = true;
  flush.allow_write_stall = true;  // a flush is what ends one
  return Convert(db_->Flush(flush));
}

void RocksEngine::FlushAsync(FlushDone done) {
  if (closed()) return std::move(done)(Closed());
  background_.Post([this, done = std::move(done)]() mutable { std::move(done)(Flush()); });
}

Result<std::unique_ptr<TableWriter>> RocksEngine::NewTableWriter() {
  if (closed()) return Closed();
  return MakeTableWriter(
      db_->GetOptions(), options_.path,
      IncomingDirectory(options_.path) + "/" + std::to_string(next_table_.fetch_add(1)) + ".sst");
}

Status RocksEngine::Ingest(std::vector<std::unique_ptr<TableWriter>> tables) {
  if (closed()) return Closed();
  std::vector<std::string> files;
  for (const auto& table : tables) {
    SKERRY_ASSIGN_OR_RETURN(const std::string file, FinishTable(table.get()));
    if (!file.empty()) files.push_back(file);
  }
  if (files.empty()) return {};
  rocksdb::IngestExternalFileOptions ingest;
  ingest.move_files = true;
  ingest.write_global_seqno = false;
  return Convert(db_->IngestExternalFile(files, ingest));
}

uint64_t RocksEngine::ApproximateBytes(std::string_view lower, std::string_view upper) {
  if (closed()) return 0;
  rocksdb::SizeApproximationOptions approximate;
  approximate.include_memtables = true;
  approximate.include_files = true;
  const rocksdb::Range range(ToSlice(lower), ToSlice(upper));
  uint64_t bytes = 0;
  const rocksdb::Status status =
      db_->GetApproximateSizes(approximate, db_->DefaultColumnFamily(), &range, 1, &bytes);
  return status.ok() ? bytes : 0;
}

Stats RocksEngine::GetStats() {
  Stats stats;
  if (closed()) return stats;
  stats.memtable_bytes = Property(rocksdb::DB::Properties::kSizeAllMemTables);
  stats.memory_limit = options_.memory_bytes;
  const rocksdb::ColumnFamilyMetaData files = [this] {
    rocksdb::ColumnFamilyMetaData data;
    db_->GetColumnFamilyMetaData(&data);
    return data;
  }();
  stats.table_bytes = files.size;
  stats.table_files = files.file_count;
  stats.cache_bytes = Property(rocksdb::DB::Properties::kBlockCacheUsage);
  stats.cache_capacity = Property(rocksdb::DB::Properties::kBlockCacheCapacity);
  stats.estimated_keys = Property(rocksdb::DB::Properties::kEstimateNumKeys);
  stats.pending_compaction_bytes =
      Property(rocksdb::DB::Properties::kEstimatePendingCompactionBytes);
  stats.running_flushes = Property(rocksdb::DB::Properties::kNumRunningFlushes);
  stats.running_compactions = Property(rocksdb::DB::Properties::kNumRunningCompactions);
  stats.flushes = listener_->flushes();
  stats.writes_stopped = Property(rocksdb::DB::Properties::kIsWriteStopped) != 0;
  return stats;
}

Status RocksEngine::Close() {
  if (closed()) return {};
  const Status flushed = Flush();
  // Flushes that were asked for before tell their callers.
  std::promise<void> told;
  background_.Post([&told] { told.set_value(); });
  told.get_future().wait();
  closed_.store(true, std::memory_order_release);
  background_.Stop();
  const rocksdb::Status status = db_->Close();
  listener_->Set(nullptr);
  return flushed.ok() ? Convert(status) : flushed;
}

}  // namespace

Result<std::unique_ptr<Engine>> OpenRocksDb(const RocksDbOptions& options) {
  PosixDisk disk;
  bool create = false;
  SKERRY_RETURN_IF_ERROR(PrepareDirectory(disk, options.path, &create));
  auto listener = std::make_shared<WorkListener>();
  const std::shared_ptr<StoreFileSystem> files = StoreFileSystem::Create(create);
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
  rocksdb::Options tuned = TunedOptions(options, listener);
  tuned.env = env.get();
  tuned.create_if_missing = create;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(tuned, options.path, &db);
  if (!status.ok()) return FromRocksDb(status, options.path);
  auto engine =
      std::make_unique<RocksEngine>(options, std::move(listener), tuned.write_buffer_manager,
                                    std::move(env), std::unique_ptr<rocksdb::DB>(db));
  if (create) {
    files->CreationEnds();
    SKERRY_RETURN_IF_ERROR(CompleteDirectory(disk, options.path));
  }
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace skerry::engine
