#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <vector>

#include "base/prng.h"
#include "storage/engine/memory/memory_engine.h"
#include "storage/engine/rocksdb/rocksdb_test_util.h"

// The same random operations on both engines must look the same, crashes included: the memory
// engine stands for RocksDB in simulation. A failure prints its seed.

namespace skerry::engine {
namespace {

namespace fs = std::filesystem;

class Pair {
 public:
  explicit Pair(uint64_t seed) : random_(seed) {
    rocks_ = MustOpen(Path());
    memory_ = store_->Open();
  }

  void Run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      Step();
      CompareOneRead();
    }
    DropReaders();
    CompareAll(nullptr, nullptr);
  }

 private:
  struct Readers {
    std::unique_ptr<const Snapshot> rocks;
    std::unique_ptr<const Snapshot> memory;
  };

  fs::path Path() const { return directory_.path() / ("data" + std::to_string(lives_)); }
  std::string Key() {
    return std::string(1, 'a' + random_.Below(3)) + std::to_string(random_.Below(40));
  }
  std::string Value() {
    return std::string(random_.Below(30), 'a' + random_.Below(26)) + std::to_string(++writes_);
  }

  void Step() {
    const uint64_t choice = random_.Below(100);
    if (choice < 60) return Write();
    if (choice < 75) return CompareScan();
    if (choice < 82) return Flush();
    if (choice < 88) return TakeSnapshot();
    if (choice < 92) return Ingest();
    if (choice < 94) return CloseAndReopen();
    if (choice < 97) return CrashAndReopen();
    CompareAll(nullptr, nullptr);
  }

  void Write() {
    WriteBatch batch;
    for (uint64_t n = 1 + random_.Below(5); n > 0; --n) {
      const uint64_t choice = random_.Below(10);
      std::string key = Key();
      if (choice < 6) {
        batch.Put(key, Value());
        dirty_.insert(key);
      } else if (choice < 9) {
        batch.Delete(key);
        dirty_.insert(key);
      } else {
        std::string end = Key();
        batch.DeleteRange(key, end);
        range_deleted_ = true;
      }
    }
    ASSERT_TRUE(rocks_->Write(batch).ok());
    ASSERT_TRUE(memory_->Write(batch).ok());
  }

  void Flush() {
    ASSERT_TRUE(rocks_->Flush().ok());
    ASSERT_TRUE(memory_->Flush().ok());
    dirty_.clear();
    range_deleted_ = false;
  }

  // Whether a table flushes what lies under it is each engine's affair where nothing but deletions
  // of absent keys does; so flush both first, unless the table's range is clean.
  void Ingest() {
    std::set<std::string> keys;
    for (uint64_t n = 1 + random_.Below(6); n > 0; --n) keys.insert(Key());
    const auto under = dirty_.lower_bound(*keys.begin());
    if (range_deleted_ || (under != dirty_.end() && *under <= *keys.rbegin())) Flush();
    for (Engine* engine : {rocks_.get(), memory_.get()}) {
      auto table = engine->NewTableWriter();
      ASSERT_TRUE(table.ok());
      for (const std::string& key : keys) {
        ASSERT_TRUE((*table)->Put(key, "ingested" + std::to_string(writes_)).ok());
      }
      std::vector<std::unique_ptr<TableWriter>> tables;
      tables.push_back(std::move(*table));
      const Status status = engine->Ingest(std::move(tables));
      ASSERT_TRUE(status.ok()) << status.ToString();
    }
  }

  void TakeSnapshot() {
    if (readers_.size() >= 3) readers_.erase(readers_.begin() + random_.Below(readers_.size()));
    readers_.push_back({rocks_->NewSnapshot(), memory_->NewSnapshot()});
  }
  void DropReaders() { readers_.clear(); }

  void CloseAndReopen() {
    DropReaders();
    ASSERT_TRUE(rocks_->Close().ok());
    ASSERT_TRUE(memory_->Close().ok());
    rocks_ = MustOpen(Path());
    memory_ = store_->Open();
    dirty_.clear();
    range_deleted_ = false;
  }

  // What a killed process leaves is what its files are at that moment.
  void CrashAndReopen() {
    DropReaders();
    const fs::path before = Path();
    ++lives_;
    CopyAsAfterAKill(before, Path());
    rocks_.reset();
    fs::remove_all(before);
    rocks_ = MustOpen(Path());
    store_->Crash();
    memory_ = store_->Open();
    dirty_.clear();
    range_deleted_ = false;
    CompareAll(nullptr, nullptr);
  }

  static std::string Show(const Result<Lookup>& found, const PinnedValue& value) {
    if (!found.ok()) return found.status().ToString();
    return *found == Lookup::kFound ? "=" + std::string(value.view()) : "absent";
  }

  void CompareOneRead() {
    const std::string key = Key();
    PinnedValue a;
    PinnedValue b;
    ASSERT_EQ(Show(rocks_->Get(key, nullptr, &a), a), Show(memory_->Get(key, nullptr, &b), b))
        << key;
    ASSERT_EQ(Show(rocks_->GetPersisted(key, &a), a), Show(memory_->GetPersisted(key, &b), b))
        << "persisted " << key;
    if (readers_.empty()) return;
    const Readers& at = readers_[random_.Below(readers_.size())];
    ASSERT_EQ(Show(rocks_->Get(key, at.rocks.get(), &a), a),
              Show(memory_->Get(key, at.memory.get(), &b), b))
        << "snapshot " << key;
  }

  // A walk of random seeks and moves.
  void CompareScan() {
    const std::string lower = random_.Chance(1, 2) ? Key() : "";
    const std::string upper = random_.Chance(1, 2) ? Key() : "";
    const Readers* at = readers_.empty() || random_.Chance(1, 2)
                            ? nullptr
                            : &readers_[random_.Below(readers_.size())];
    if (!upper.empty() && upper < lower) return;
    const auto a = rocks_->NewIterator(
        {.lower = lower, .upper = upper, .snapshot = at == nullptr ? nullptr : at->rocks.get()});
    const auto b = memory_->NewIterator(
        {.lower = lower, .upper = upper, .snapshot = at == nullptr ? nullptr : at->memory.get()});
    for (int i = 0; i < 40; ++i) {
      const uint64_t choice = a->Valid() ? random_.Below(20) : 16 + random_.Below(4);
      const std::string key = Key();
      for (Iterator* iterator : {a.get(), b.get()}) {
        if (choice < 10) {
          iterator->Next();
        } else if (choice < 16) {
          iterator->Prev();
        } else if (choice == 16) {
          iterator->Seek(key);
        } else if (choice == 17) {
          iterator->SeekForPrev(key);
        } else if (choice == 18) {
          iterator->SeekToFirst();
        } else {
          iterator->SeekToLast();
        }
      }
      ASSERT_EQ(a->Valid(), b->Valid()) << choice << " " << key << " in " << lower << ".." << upper;
      if (!a->Valid()) continue;
      ASSERT_EQ(a->key(), b->key()) << choice << " " << key;
      ASSERT_EQ(a->value(), b->value());
    }
  }

  void CompareAll(const Snapshot* rocks, const Snapshot* memory) {
    const auto a = rocks_->NewIterator({.snapshot = rocks});
    const auto b = memory_->NewIterator({.snapshot = memory});
    b->SeekToFirst();
    for (a->SeekToFirst(); a->Valid(); a->Next(), b->Next()) {
      ASSERT_TRUE(b->Valid()) << a->key();
      ASSERT_EQ(a->key(), b->key());
      ASSERT_EQ(a->value(), b->value());
    }
    ASSERT_TRUE(a->status().ok());
    ASSERT_FALSE(b->Valid());
  }

  Prng random_;
  TemporaryDirectory directory_{TemporaryDirectory::kSmall};
  int lives_ = 0;
  std::unique_ptr<Engine> rocks_;
  const std::shared_ptr<MemoryStore> store_ = MemoryStore::Create({});
  std::unique_ptr<Engine> memory_;
  std::vector<Readers> readers_;
  std::set<std::string> dirty_;  // keys written since the last flush
  bool range_deleted_ = false;
  int writes_ = 0;
};

TEST(EngineDifferentialTest, BothEnginesLookTheSame) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Pair(seed).Run(400);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace skerry::engine
