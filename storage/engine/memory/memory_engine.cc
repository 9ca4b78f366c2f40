#include "storage/engine/memory/memory_engine.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "base/check.h"
#include "storage/engine/memory/versioned_map.h"

namespace skerry::engine {
namespace {

constexpr size_t kRowsAtOnce = 16;  // that an iterator reads under one lock

Status Closed() { return FailedPrecondition("the memory engine is closed"); }

using FlushDone = absl::AnyInvocable<void(Status) &&>;

// The store and all that its engine does. An engine is a handle with the store's generation when it
// was opened: after a crash or a close the handle is void, after a crash what it has posted too.
class Store final : public MemoryStore, public std::enable_shared_from_this<Store> {
 public:
  explicit Store(const MemoryOptions& options) : options_(options) {}

  std::unique_ptr<Engine> Open() override;
  void Crash() override;

  Status Write(uint64_t generation, const WriteBatch& batch);
  Result<Lookup> Get(uint64_t generation, std::string_view key, SequenceNumber at, bool persisted,
                     PinnedValue* value);
  Status Ingest(uint64_t generation, const std::vector<const VersionedMap::Pairs*>& tables);
  Status Flush(uint64_t generation);
  void FlushAsync(uint64_t generation, FlushDone done);
  void SetFlushListener(uint64_t generation, absl::AnyInvocable<void()> listener);
  Status Close(uint64_t generation);
  uint64_t BytesOf(std::string_view lower, std::string_view upper);
  Stats GetStats();
  Load GetLoad() const {
    return {.memory_bytes = bytes_.load(std::memory_order_relaxed),
            .memory_bytes_max = options_.limit_bytes,
            .drains = false};
  }

  SequenceNumber Hold();
  void Release(SequenceNumber at);
  void Scan(bool forward, std::string_view lower, std::string_view upper, bool from_end,
            SequenceNumber at, std::vector<VersionedMap::Row>* rows);

 private:
  // Needs mutex_.
  bool Alive(uint64_t generation) const { return open_ && generation == generation_; }
  // Ends a flush that began at that mark.
  void FinishFlush(uint64_t generation, const VersionedMap::Mark& up_to, FlushDone done);
  void CallListener();
  // Needs mutex_. After every change of map_.
  void PublishBytes() { bytes_.store(map_.bytes(), std::memory_order_relaxed); }

  const MemoryOptions options_;
  std::atomic<uint64_t> bytes_ = 0;  // map_.bytes()

  // Taken before mutex_ where both are. Held while the listener runs, so that replacing it waits.
  std::mutex listener_mutex_;
  absl::AnyInvocable<void()> listener_;  // guarded by listener_mutex_

  // One lock for readers too: they hold it for less time than a fairer kind takes to give it.
  std::mutex mutex_;
  // Guarded by mutex_.
  VersionedMap map_;
  uint64_t generation_ = 0;
  uint64_t crashed_ = 0;  // the last generation that did
  bool open_ = false;
  bool flush_pending_ = false;  // one that began by itself
  uint64_t flushes_ = 0;
};

class MemorySnapshot final : public Snapshot {
 public:
  explicit MemorySnapshot(std::shared_ptr<Store> store)
      : store_(std::move(store)), at_(store_->Hold()) {}
  ~MemorySnapshot() override { store_->Release(at_); }
  SequenceNumber at() const { return at_; }

 private:
  const std::shared_ptr<Store> store_;
  const SequenceNumber at_;
};

SequenceNumber MomentOf(const Snapshot* snapshot) {
  return snapshot == nullptr ? UINT64_MAX : static_cast<const MemorySnapshot*>(snapshot)->at();
}

// Reads rows of one moment in chunks; what it has read cannot change.
class MemoryIterator final : public Iterator {
 public:
  MemoryIterator(std::shared_ptr<Store> store, const IteratorOptions& options)
      : store_(std::move(store)), lower_(options.lower), upper_(options.upper) {
    if (options.snapshot == nullptr) {
      own_snapshot_ = std::make_unique<MemorySnapshot>(store_);
      at_ = own_snapshot_->at();
    } else {
      at_ = MomentOf(options.snapshot);
    }
  }

  bool Valid() const override { return row_ < rows_.size(); }
  void Seek(std::string_view key) override { Read(true, std::max<std::string_view>(key, lower_)); }
  void SeekToFirst() override { Seek(lower_); }
  void SeekToLast() override {
    if (upper_.empty()) {
      ReadBackward({}, true);
    } else {
      ReadBackward(upper_, false);
    }
  }
  void SeekForPrev(std::string_view key) override {
    if (!upper_.empty() && key >= upper_) return SeekToLast();
    ReadBackward(std::string(key) + '\0', false);  // the first key above it
  }
  void Next() override { Move(true); }
  void Prev() override { Move(false); }
  std::string_view key() const override { return rows_[row_].key; }
  std::string_view value() const override { return rows_[row_].value.view(); }
  Status status() const override { return {}; }
  bool would_block() const override { return false; }

 private:
  void Move(bool forward) {
    SKERRY_CHECK(Valid());
    const std::string from = rows_[row_].key;
    if (forward == forward_ && row_ + 1 < rows_.size()) {
      ++row_;
    } else if (forward) {
      Read(true, from + '\0');
    } else {
      ReadBackward(from, false);
    }
  }
  void Read(bool forward, std::string_view from) {
    const std::string start(from);
    Start(forward);
    store_->Scan(true, start, upper_, false, at_, &rows_);
  }
  void ReadBackward(std::string_view from, bool from_end) {
    const std::string start(from);
    Start(false);
    store_->Scan(false, lower_, start, from_end, at_, &rows_);
  }
  void Start(bool forward) {
    forward_ = forward;
    rows_.clear();
    row_ = 0;
  }

  const std::shared_ptr<Store> store_;
  const std::string lower_;
  const std::string upper_;
  std::unique_ptr<MemorySnapshot> own_snapshot_;
  SequenceNumber at_ = 0;
  std::vector<VersionedMap::Row> rows_;
  size_t row_ = 0;
  bool forward_ = true;
};

class MemoryTableWriter final : public TableWriter {
 public:
  Status Put(std::string_view key, std::string_view value) override {
    if (!pairs_.empty() && key <= pairs_.back().first) {
      return InvalidArgument("keys of a table must ascend");
    }
    pairs_.emplace_back(key, value);
    bytes_ += key.size() + value.size();
    return {};
  }
  uint64_t bytes() const override { return bytes_; }
  const VersionedMap::Pairs& pairs() const { return pairs_; }

 private:
  VersionedMap::Pairs pairs_;
  uint64_t bytes_ = 0;
};

class MemoryEngine final : public Engine {
 public:
  MemoryEngine(std::shared_ptr<Store> store, uint64_t generation)
      : store_(std::move(store)), generation_(generation) {}
  ~MemoryEngine() override { (void)Close(); }

  Status Write(const WriteBatch& batch) override { return store_->Write(generation_, batch); }
  Result<Lookup> Get(std::string_view key, const Snapshot* snapshot, PinnedValue* value) override {
    return store_->Get(generation_, key, MomentOf(snapshot), false, value);
  }
  Result<Lookup> GetIfCached(std::string_view key, const Snapshot* snapshot,
                             PinnedValue* value) override {
    return Get(key, snapshot, value);
  }
  Result<Lookup> GetPersisted(std::string_view key, PinnedValue* value) override {
    return store_->Get(generation_, key, 0, true, value);
  }
  std::unique_ptr<Iterator> NewIterator(const IteratorOptions& options) override {
    return std::make_unique<MemoryIterator>(store_, options);
  }
  std::unique_ptr<const Snapshot> NewSnapshot() override {
    return std::make_unique<MemorySnapshot>(store_);
  }
  Status Flush() override { return store_->Flush(generation_); }
  void FlushAsync(FlushDone done) override { store_->FlushAsync(generation_, std::move(done)); }
  void SetFlushListener(absl::AnyInvocable<void()> listener) override {
    store_->SetFlushListener(generation_, std::move(listener));
  }
  Result<std::unique_ptr<TableWriter>> NewTableWriter() override {
    return std::unique_ptr<TableWriter>(std::make_unique<MemoryTableWriter>());
  }
  Status Ingest(std::vector<std::unique_ptr<TableWriter>> tables) override {
    std::vector<const VersionedMap::Pairs*> pairs;
    for (const auto& table : tables) {
      const auto& more = static_cast<const MemoryTableWriter&>(*table).pairs();
      if (!more.empty()) pairs.push_back(&more);
    }
    return store_->Ingest(generation_, pairs);
  }
  uint64_t ApproximateBytes(std::string_view lower, std::string_view upper) override {
    return store_->BytesOf(lower, upper);
  }
  Stats GetStats() override { return store_->GetStats(); }
  Load GetLoad() const override { return store_->GetLoad(); }
  Status Close() override { return store_->Close(generation_); }

 private:
  const std::shared_ptr<Store> store_;
  const uint64_t generation_;
};

struct SharedHolder {
  SharedBytes bytes;
  std::string_view view() const { return bytes.view(); }
};

std::unique_ptr<Engine> Store::Open() {
  const std::lock_guard lock(mutex_);
  SKERRY_CHECK_MSG(!open_, "a memory store is opened twice");
  open_ = true;
  return std::make_unique<MemoryEngine>(shared_from_this(), ++generation_);
}

void Store::Crash() {
  {
    const std::lock_guard lock(mutex_);
    map_.Crash();
    PublishBytes();
    crashed_ = generation_;
    open_ = false;
    flush_pending_ = false;
  }
  const std::lock_guard lock(listener_mutex_);
  listener_ = nullptr;
}

Status Store::Write(uint64_t generation, const WriteBatch& batch) {
  VersionedMap::Mark flush_at;
  {
    const std::lock_guard lock(mutex_);
    if (!Alive(generation)) return Closed();
    if (batch.empty()) return {};
    if (map_.bytes() + batch.bytes() > options_.limit_bytes) {
      bool grows = false;
      batch.ForEach([&grows](WriteBatch::Operation op, std::string_view, std::string_view) {
        grows |= op == WriteBatch::Operation::kPut;
      });
      if (grows) return ResourceExhausted("the memory given to the in-memory store is used up");
    }
    map_.Apply(batch, /*flushed=*/!options_.outlives_crashes);
    PublishBytes();
    if (map_.unflushed_bytes() >= options_.flush_after_bytes && !flush_pending_) {
      flush_pending_ = true;
      flush_at = map_.mark();
    }
  }
  if (flush_at.at == 0) return {};
  const auto ignore = [](const Status&) {};
  if (options_.executor == nullptr) {
    FinishFlush(generation, flush_at, ignore);
  } else {
    options_.executor->Post([self = shared_from_this(), generation, flush_at, ignore] {
      self->FinishFlush(generation, flush_at, ignore);
    });
  }
  return {};
}

Result<Lookup> Store::Get(uint64_t generation, std::string_view key, SequenceNumber at,
                          bool persisted, PinnedValue* value) {
  SharedHolder& holder = value->Emplace<SharedHolder>();
  {
    const std::lock_guard lock(mutex_);
    if (!Alive(generation)) return Closed();
    holder.bytes = persisted ? map_.FindPersisted(key) : map_.Find(key, at);
  }
  if (holder.bytes.null()) {
    value->Reset();
    return Lookup::kAbsent;
  }
  value->Publish(holder);
  return Lookup::kFound;
}

Status Store::Ingest(uint64_t generation, const std::vector<const VersionedMap::Pairs*>& tables) {
  bool flushed = false;
  {
    const std::lock_guard lock(mutex_);
    if (!Alive(generation)) return Closed();
    size_t bytes = 0;
    for (const VersionedMap::Pairs* table : tables) {
      // As RocksDB does: what lies under a table must be in files first.
      flushed |= map_.HasUnflushed(table->front().first, table->back().first);
      for (const auto& [key, value] : *table) bytes += key.size() + value.size();
    }
    if (map_.bytes() + bytes > options_.limit_bytes) {
      return ResourceExhausted("the memory given to the in-memory store is used up");
    }
    if (flushed) {
      map_.MarkFlushed(map_.mark());
      ++flushes_;
    }
    if (!tables.empty()) map_.ApplyDurably(tables);
    PublishBytes();
  }
  if (flushed) CallListener();
  return {};
}

void Store::FinishFlush(uint64_t generation, const VersionedMap::Mark& up_to, FlushDone done) {
  bool closed = false;
  {
    const std::lock_guard lock(mutex_);
    if (generation <= crashed_) return;
    if (!Alive(generation)) {
      closed = true;  // and so flushed
    } else {
      map_.MarkFlushed(up_to);
      PublishBytes();
      flush_pending_ = false;
      ++flushes_;
    }
  }
  if (!closed) CallListener();
  std::move(done)(Status());
}

void Store::CallListener() {
  const std::lock_guard lock(listener_mutex_);
  if (listener_) listener_();
}

Status Store::Flush(uint64_t generation) {
  VersionedMap::Mark up_to;
  {
    const std::lock_guard lock(mutex_);
    if (!Alive(generation)) return Closed();
    up_to = map_.mark();
  }
  FinishFlush(generation, up_to, [](const Status&) {});
  return {};
}

void Store::FlushAsync(uint64_t generation, FlushDone done) {
  VersionedMap::Mark up_to;
  bool alive = false;
  {
    const std::lock_guard lock(mutex_);
    alive = Alive(generation);
    up_to = map_.mark();
  }
  if (!alive) return std::move(done)(Closed());
  if (options_.executor == nullptr) return FinishFlush(generation, up_to, std::move(done));
  options_.executor->Post(
      [self = shared_from_this(), generation, up_to, done = std::move(done)]() mutable {
        self->FinishFlush(generation, up_to, std::move(done));
      });
}

void Store::SetFlushListener(uint64_t generation, absl::AnyInvocable<void()> listener) {
  const std::lock_guard listener_lock(listener_mutex_);
  const std::lock_guard lock(mutex_);
  if (Alive(generation)) listener_ = std::move(listener);
}

Status Store::Close(uint64_t generation) {
  {
    const std::lock_guard lock(mutex_);
    if (!Alive(generation)) return {};
    map_.MarkFlushed(map_.mark());
    PublishBytes();
    open_ = false;
    flush_pending_ = false;
  }
  const std::lock_guard lock(listener_mutex_);
  listener_ = nullptr;
  return {};
}

uint64_t Store::BytesOf(std::string_view lower, std::string_view upper) {
  const std::lock_guard lock(mutex_);
  return map_.BytesOf(lower, upper);
}

Stats Store::GetStats() {
  const std::lock_guard lock(mutex_);
  Stats stats;
  stats.memtable_bytes = map_.bytes();
  stats.memory_limit = options_.limit_bytes;
  stats.estimated_keys = map_.keys();
  stats.flushes = flushes_;
  return stats;
}

SequenceNumber Store::Hold() {
  const std::lock_guard lock(mutex_);
  map_.Hold(map_.last());
  return map_.last();
}

void Store::Release(SequenceNumber at) {
  const std::lock_guard lock(mutex_);
  map_.Release(at);
  PublishBytes();
}

void Store::Scan(bool forward, std::string_view lower, std::string_view upper, bool from_end,
                 SequenceNumber at, std::vector<VersionedMap::Row>* rows) {
  const std::lock_guard lock(mutex_);
  if (forward) {
    map_.ScanForward(lower, upper, at, kRowsAtOnce, rows);
  } else {
    map_.ScanBackward(lower, upper, from_end, at, kRowsAtOnce, rows);
  }
}

}  // namespace

std::shared_ptr<MemoryStore> MemoryStore::Create(const MemoryOptions& options) {
  return std::make_shared<Store>(options);
}

std::unique_ptr<Engine> NewMemoryEngine(const MemoryOptions& options) {
  return MemoryStore::Create(options)->Open();
}

}  // namespace skerry::engine
