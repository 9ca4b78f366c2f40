#include "storage/engine/memory/memory_engine.h"

#include <gtest/gtest.h>

#include <deque>

#include "base/clock.h"
#include "storage/engine/contract_test.h"

namespace skerry::engine {
namespace {

class MemoryWorld final : public EngineWorld {
 public:
  explicit MemoryWorld(const MemoryOptions& options) : store_(MemoryStore::Create(options)) {}
  Engine& engine() override { return *engine_; }
  void CloseAndReopen() override {
    engine_.reset();
    engine_ = store_->Open();
  }
  void CrashAndReopen() override {
    store_->Crash();
    engine_ = store_->Open();
  }

 private:
  std::shared_ptr<MemoryStore> store_;
  std::unique_ptr<Engine> engine_ = store_->Open();
};

INSTANTIATE_TEST_SUITE_P(Memory, EngineContract, testing::Values([] {
                           return std::make_unique<MemoryWorld>(MemoryOptions());
                         }));

// Runs what was posted when it is told to.
class ManualExecutor final : public Executor {
 public:
  void Post(Work work) override { queue_.push_back(std::move(work)); }
  void PostAfter(Duration, Work work) override { Post(std::move(work)); }
  bool IsCurrent() const override { return true; }
  const Clock& clock() const override { return clock_; }
  void Run() {
    while (!queue_.empty()) {
      Work work = std::move(queue_.front());
      queue_.pop_front();
      work();
    }
  }

 private:
  SystemClock clock_;
  std::deque<Work> queue_;
};

std::string Read(Engine& engine, std::string_view key) {
  PinnedValue value;
  return *engine.Get(key, nullptr, &value) == Lookup::kFound ? std::string(value.view()) : "-";
}

Status Put(Engine& engine, std::string_view key, std::string_view value) {
  WriteBatch batch;
  batch.Put(key, value);
  return engine.Write(batch);
}

TEST(MemoryEngineTest, MemoryIsBounded) {
  const auto engine = NewMemoryEngine({.limit_bytes = 100000});
  Status status;
  int written = 0;
  for (; written < 200 && status.ok(); ++written) {
    status = Put(*engine, std::to_string(written), std::string(1000, 'v'));
  }
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_GT(written, 80);
  EXPECT_LT(written, 100);
  EXPECT_EQ(Read(*engine, std::to_string(written - 1)), "-");
  WriteBatch deletion;
  deletion.DeleteRange("", "z");
  ASSERT_TRUE(engine->Write(deletion).ok());
  ASSERT_TRUE(engine->Flush().ok());
  EXPECT_EQ(engine->GetStats().memtable_bytes, 0U);
  EXPECT_TRUE(Put(*engine, "a", std::string(1000, 'v')).ok());
}

TEST(MemoryEngineTest, OldVersionsGoWithTheirReaders) {
  const auto engine = NewMemoryEngine({});
  ASSERT_TRUE(Put(*engine, "k", std::string(1000, 'v')).ok());
  ASSERT_TRUE(engine->Flush().ok());
  const uint64_t alone = engine->GetStats().memtable_bytes;
  auto snapshot = engine->NewSnapshot();
  for (int n = 0; n < 10; ++n) ASSERT_TRUE(Put(*engine, "k", std::string(1000, 'w')).ok());
  ASSERT_TRUE(engine->Flush().ok());
  EXPECT_GT(engine->GetStats().memtable_bytes, alone + 1000);
  EXPECT_LT(engine->GetStats().memtable_bytes, alone + 1200);
  snapshot.reset();
  ASSERT_TRUE(Put(*engine, "other", "").ok());
  EXPECT_LT(engine->GetStats().memtable_bytes, alone + 300);
}

TEST(MemoryEngineTest, FlushesByItselfAfterMuchWriting) {
  const auto engine = NewMemoryEngine({.flush_after_bytes = 10000});
  int flushes = 0;
  engine->SetFlushListener([&flushes] { ++flushes; });
  for (int n = 0; n < 100; ++n) ASSERT_TRUE(Put(*engine, "k", std::string(1000, 'v')).ok());
  EXPECT_GE(flushes, 9);
  EXPECT_LE(flushes, 12);
  PinnedValue value;
  EXPECT_EQ(*engine->GetPersisted("k", &value), Lookup::kFound);
}

TEST(MemoryEngineTest, ACrashMayComeBeforeTheEndOfAFlush) {
  ManualExecutor executor;
  const auto store = MemoryStore::Create({.executor = &executor});
  auto engine = store->Open();
  ASSERT_TRUE(Put(*engine, "a", "1").ok());
  int done = 0;
  engine->FlushAsync([&done](const Status&) { ++done; });
  ASSERT_TRUE(Put(*engine, "b", "2").ok());
  executor.Run();
  EXPECT_EQ(done, 1);
  ASSERT_TRUE(Put(*engine, "a", "3").ok());
  engine->FlushAsync([&done](const Status&) { ++done; });
  store->Crash();
  executor.Run();
  EXPECT_EQ(done, 1);
  EXPECT_EQ(Put(*engine, "a", "4").code(), StatusCode::kFailedPrecondition);
  engine.reset();
  engine = store->Open();
  EXPECT_EQ(Read(*engine, "a"), "1");  // what the finished flush had when it began
  EXPECT_EQ(Read(*engine, "b"), "-");
}

TEST(MemoryEngineTest, AFlushThatEndsAfterCloseTellsItsCaller) {
  ManualExecutor executor;
  const auto store = MemoryStore::Create({.executor = &executor});
  auto engine = store->Open();
  ASSERT_TRUE(Put(*engine, "a", "1").ok());
  int done = 0;
  engine->FlushAsync([&done](const Status& status) { done += status.ok() ? 1 : 100; });
  ASSERT_TRUE(engine->Close().ok());
  engine = store->Open();
  executor.Run();
  EXPECT_EQ(done, 1);
}

TEST(MemoryEngineTest, ASnapshotMayGoAfterTheCrashOfItsEngine) {
  const auto store = MemoryStore::Create({});
  auto dead = store->Open();
  WriteBatch batch;
  batch.Put("k", "1");
  ASSERT_TRUE(dead->Write(batch).ok());
  ASSERT_TRUE(dead->Flush().ok());
  auto old = dead->NewSnapshot();
  store->Crash();
  auto engine = store->Open();
  const auto fresh = engine->NewSnapshot();
  batch.Put("k", "2");
  ASSERT_TRUE(engine->Write(batch).ok());
  old = nullptr;
  dead = nullptr;
  PinnedValue value;
  ASSERT_EQ(*engine->Get("k", fresh.get(), &value), Lookup::kFound);
  EXPECT_EQ(value.view(), "1");
}

TEST(MemoryEngineTest, AStoreThatOutlivesNoCrashKeepsNothingForOne) {
  const auto engine = NewMemoryEngine({.flush_after_bytes = 1 << 30, .outlives_crashes = false});
  ASSERT_TRUE(Put(*engine, "k", std::string(1000, 'v')).ok());
  const uint64_t alone = engine->GetLoad().memory_bytes;
  for (int n = 0; n < 10; ++n) ASSERT_TRUE(Put(*engine, "k", std::string(1000, 'w')).ok());
  EXPECT_EQ(engine->GetLoad().memory_bytes, alone);
  PinnedValue value;
  ASSERT_EQ(*engine->GetPersisted("k", &value), Lookup::kFound);
  EXPECT_EQ(value.view(), std::string(1000, 'w'));
  WriteBatch deletion;
  deletion.Delete("k");
  ASSERT_TRUE(engine->Write(deletion).ok());
  EXPECT_EQ(engine->GetLoad().memory_bytes, 0U);
  EXPECT_EQ(*engine->GetPersisted("k", &value), Lookup::kAbsent);
}

// A full store takes no writes: nothing but the readers themselves can give their memory back.
TEST(MemoryEngineTest, OldVersionsGoWithTheLastReaderWithoutAnotherWrite) {
  const auto engine = NewMemoryEngine({.outlives_crashes = false});
  for (int n = 0; n < 100; ++n) ASSERT_TRUE(Put(*engine, std::to_string(n), "v").ok());
  auto snapshot = engine->NewSnapshot();
  WriteBatch deletion;
  deletion.DeleteRange("", "z");
  ASSERT_TRUE(engine->Write(deletion).ok());
  EXPECT_GT(engine->GetLoad().memory_bytes, 0U);
  snapshot.reset();
  EXPECT_EQ(engine->GetLoad().memory_bytes, 0U);
}

TEST(MemoryEngineTest, TellsItsLoad) {
  const auto engine = NewMemoryEngine({.limit_bytes = 100000});
  ASSERT_TRUE(Put(*engine, "k", std::string(1000, 'v')).ok());
  const Load load = engine->GetLoad();
  EXPECT_EQ(load.memory_bytes, engine->GetStats().memtable_bytes);
  EXPECT_EQ(load.memory_bytes_max, 100000U);
  EXPECT_FALSE(load.drains);
  EXPECT_EQ(load.behind_permille, 0U);
}

}  // namespace
}  // namespace skerry::engine
