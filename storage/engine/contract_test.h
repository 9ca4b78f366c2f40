#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "storage/engine/engine.h"

// What every engine must do, by the words of engine.h. An implementation's own test instantiates
// EngineContract with a world of its kind.

namespace skerry::engine {

class EngineWorld {
 public:
  virtual ~EngineWorld() = default;
  virtual Engine& engine() = 0;
  virtual void CloseAndReopen() = 0;
  virtual void CrashAndReopen() = 0;
};

using NewEngineWorld = std::function<std::unique_ptr<EngineWorld>()>;

class EngineContract : public testing::TestWithParam<NewEngineWorld> {
 protected:
  Engine& engine() { return world_->engine(); }

  void Put(std::string_view key, std::string_view value) {
    WriteBatch batch;
    batch.Put(key, value);
    ASSERT_TRUE(engine().Write(batch).ok());
  }
  void Delete(std::string_view key) {
    WriteBatch batch;
    batch.Delete(key);
    ASSERT_TRUE(engine().Write(batch).ok());
  }
  void DeleteRange(std::string_view begin, std::string_view end) {
    WriteBatch batch;
    batch.DeleteRange(begin, end);
    ASSERT_TRUE(engine().Write(batch).ok());
  }
  // The value, or "-" where there is none.
  std::string Get(std::string_view key, const Snapshot* snapshot = nullptr) {
    PinnedValue value;
    Result<Lookup> found = engine().Get(key, snapshot, &value);
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    return found.ok() && *found == Lookup::kFound ? std::string(value.view()) : "-";
  }
  std::string GetPersisted(std::string_view key) {
    PinnedValue value;
    Result<Lookup> found = engine().GetPersisted(key, &value);
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    return found.ok() && *found == Lookup::kFound ? std::string(value.view()) : "-";
  }
  // "a=1 b=2 ", forward or backward.
  std::string Scan(const IteratorOptions& options = {}, bool forward = true) {
    const auto i = engine().NewIterator(options);
    std::string rows;
    for (forward ? i->SeekToFirst() : i->SeekToLast(); i->Valid();
         forward ? i->Next() : i->Prev()) {
      rows += std::string(i->key()) + "=" + std::string(i->value()) + " ";
    }
    EXPECT_TRUE(i->status().ok()) << i->status().ToString();
    return rows;
  }
  Status Ingest(const std::vector<std::pair<std::string, std::string>>& rows) {
    Result<std::unique_ptr<TableWriter>> table = engine().NewTableWriter();
    if (!table.ok()) return table.status();
    for (const auto& [key, value] : rows) SKERRY_RETURN_IF_ERROR((*table)->Put(key, value));
    std::vector<std::unique_ptr<TableWriter>> tables;
    tables.push_back(std::move(*table));
    return engine().Ingest(std::move(tables));
  }

  std::unique_ptr<EngineWorld> world_ = GetParam()();
};

TEST_P(EngineContract, ReadsWhatWasWritten) {
  EXPECT_EQ(Get("a"), "-");
  Put("a", "1");
  Put("", "empty key");
  Put("b", "");
  Put(std::string("a\0", 2), "zero byte");
  EXPECT_EQ(Get("a"), "1");
  EXPECT_EQ(Get(""), "empty key");
  EXPECT_EQ(Get("b"), "");
  EXPECT_EQ(Get(std::string("a\0", 2)), "zero byte");
  Put("a", "2");
  Delete("b");
  Delete("never there");
  EXPECT_EQ(Get("a"), "2");
  EXPECT_EQ(Get("b"), "-");
}

TEST_P(EngineContract, BatchesTakeEffectInOrder) {
  Put("c", "old");
  WriteBatch batch;
  batch.Put("a", "1");
  batch.Delete("a");
  batch.Put("a", "2");
  batch.Put("b", "1");
  batch.DeleteRange("b", "d");
  batch.Put("c", "new");
  ASSERT_TRUE(engine().Write(batch).ok());
  EXPECT_EQ(Scan(), "a=2 c=new ");
  EXPECT_TRUE(engine().Write(WriteBatch()).ok());
}

TEST_P(EngineContract, PinnedValuesOutliveOverwriting) {
  const std::string large(5000, 'v');
  Put("k", large);
  PinnedValue pinned;
  ASSERT_EQ(*engine().Get("k", nullptr, &pinned), Lookup::kFound);
  Put("k", "other");
  ASSERT_TRUE(engine().Flush().ok());
  EXPECT_EQ(pinned.view(), large);
  ASSERT_EQ(*engine().Get("none", nullptr, &pinned), Lookup::kAbsent);
  EXPECT_EQ(pinned.view(), "");
}

TEST_P(EngineContract, CachedReadsAnswerOrWouldBlock) {
  Put("k", "v");
  PinnedValue value;
  ASSERT_EQ(*engine().GetIfCached("k", nullptr, &value), Lookup::kFound);
  EXPECT_EQ(value.view(), "v");
  EXPECT_EQ(*engine().GetIfCached("none", nullptr, &value), Lookup::kAbsent);
  world_->CloseAndReopen();
  const Lookup cold = *engine().GetIfCached("k", nullptr, &value);
  EXPECT_TRUE(cold == Lookup::kFound || cold == Lookup::kWouldBlock);
  EXPECT_EQ(Get("k"), "v");
  EXPECT_EQ(*engine().GetIfCached("k", nullptr, &value), Lookup::kFound);
}

TEST_P(EngineContract, IteratesBothWaysWithinBounds) {
  for (const char* key : {"a", "b", "c", "d", "e"}) Put(key, key);
  EXPECT_EQ(Scan(), "a=a b=b c=c d=d e=e ");
  EXPECT_EQ(Scan({}, false), "e=e d=d c=c b=b a=a ");
  EXPECT_EQ(Scan({.lower = "b", .upper = "d"}), "b=b c=c ");
  EXPECT_EQ(Scan({.lower = "b", .upper = "d"}, false), "c=c b=b ");
  EXPECT_EQ(Scan({.lower = "bb", .upper = "bc"}), "");
  EXPECT_EQ(Scan({.lower = "x"}, false), "");
  EXPECT_EQ(Scan({.upper = "a"}), "");
}

TEST_P(EngineContract, SeeksToTheNearestKey) {
  for (const char* key : {"b", "d", "f"}) Put(key, key);
  const auto i = engine().NewIterator({.lower = "b", .upper = "f"});
  EXPECT_FALSE(i->Valid());
  const auto seek = [&](std::string_view key) {
    i->Seek(key);
    return i->Valid() ? std::string(i->key()) : "-";
  };
  const auto seek_for_prev = [&](std::string_view key) {
    i->SeekForPrev(key);
    return i->Valid() ? std::string(i->key()) : "-";
  };
  EXPECT_EQ(seek("a"), "b");
  EXPECT_EQ(seek("b"), "b");
  EXPECT_EQ(seek("c"), "d");
  EXPECT_EQ(seek("e"), "-");
  EXPECT_EQ(seek("z"), "-");
  EXPECT_EQ(seek_for_prev("z"), "d");
  EXPECT_EQ(seek_for_prev("d"), "d");
  EXPECT_EQ(seek_for_prev("c"), "b");
  EXPECT_EQ(seek_for_prev("a"), "-");
}

TEST_P(EngineContract, TurnsRoundInTheMiddle) {
  for (int n = 100; n < 200; ++n) Put(std::to_string(n), std::to_string(n));
  const auto i = engine().NewIterator({});
  i->Seek("150");
  for (int n = 150; n < 180; ++n, i->Next()) ASSERT_EQ(i->key(), std::to_string(n));
  for (int n = 180; n > 120; --n, i->Prev()) ASSERT_EQ(i->key(), std::to_string(n));
  for (int n = 120; n < 200; ++n, i->Next()) ASSERT_EQ(i->value(), std::to_string(n));
  EXPECT_FALSE(i->Valid());
  EXPECT_TRUE(i->status().ok());
}

TEST_P(EngineContract, SnapshotsAndIteratorsDoNotMove) {
  Put("a", "1");
  Put("b", "1");
  const auto before = engine().NewSnapshot();
  const auto open_iterator = engine().NewIterator({});
  Put("a", "2");
  Delete("b");
  Put("c", "2");
  ASSERT_TRUE(engine().Flush().ok());
  const auto between = engine().NewSnapshot();
  DeleteRange("a", "z");
  ASSERT_TRUE(engine().Flush().ok());
  EXPECT_EQ(Scan({.snapshot = before.get()}), "a=1 b=1 ");
  EXPECT_EQ(Scan({.snapshot = between.get()}), "a=2 c=2 ");
  EXPECT_EQ(Get("b", before.get()), "1");
  EXPECT_EQ(Get("b", between.get()), "-");
  EXPECT_EQ(Get("c", before.get()), "-");
  EXPECT_EQ(Scan(), "");
  open_iterator->SeekToFirst();
  EXPECT_EQ(open_iterator->value(), "1");
}

TEST_P(EngineContract, PersistedIsWhatWasFlushed) {
  Put("a", "1");
  EXPECT_EQ(GetPersisted("a"), "-");
  ASSERT_TRUE(engine().Flush().ok());
  EXPECT_EQ(GetPersisted("a"), "1");
  Put("a", "2");
  EXPECT_EQ(GetPersisted("a"), "1");
  Delete("a");
  EXPECT_EQ(Get("a"), "-");
  EXPECT_EQ(GetPersisted("a"), "1");
  ASSERT_TRUE(engine().Flush().ok());
  EXPECT_EQ(GetPersisted("a"), "-");
}

TEST_P(EngineContract, ACrashKeepsWhatWasFlushedAndNothingElse) {
  Put("a", "1");
  Put("b", "1");
  Put("c", "1");
  ASSERT_TRUE(engine().Flush().ok());
  Put("a", "2");
  Delete("b");
  DeleteRange("c", "d");
  Put("e", "2");
  EXPECT_EQ(Scan(), "a=2 e=2 ");
  world_->CrashAndReopen();
  EXPECT_EQ(Scan(), "a=1 b=1 c=1 ");
  EXPECT_EQ(GetPersisted("b"), "1");
  Put("f", "3");
  world_->CrashAndReopen();
  EXPECT_EQ(Scan(), "a=1 b=1 c=1 ");
}

TEST_P(EngineContract, ClosingLosesNothing) {
  Put("a", "1");
  Put("b", "1");
  DeleteRange("b", "c");
  world_->CloseAndReopen();
  EXPECT_EQ(Scan(), "a=1 ");
  EXPECT_EQ(GetPersisted("a"), "1");
}

TEST_P(EngineContract, AfterCloseEverythingFails) {
  Put("a", "1");
  ASSERT_TRUE(engine().Close().ok());
  WriteBatch batch;
  batch.Put("a", "2");
  EXPECT_EQ(engine().Write(batch).code(), StatusCode::kFailedPrecondition);
  PinnedValue value;
  EXPECT_EQ(engine().Get("a", nullptr, &value).status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(engine().Flush().code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(engine().Close().ok());
}

TEST_P(EngineContract, IngestedTablesLieOnTop) {
  Put("a", "old");
  Put("b", "old");
  Put("x", "old");
  ASSERT_TRUE(Ingest({{"a", "new"}, {"c", "new"}}).ok());
  EXPECT_EQ(Scan(), "a=new b=old c=new x=old ");
  Put("c", "newer");
  EXPECT_EQ(Get("c"), "newer");
}

// safety-rules 6: the order that a snapshot's installation must know about.
TEST_P(EngineContract, IngestedTablesAreDurableAheadOfEarlierWrites) {
  Put("a", "1");
  ASSERT_TRUE(Ingest({{"m", "ingested"}, {"n", "ingested"}}).ok());
  Put("m", "later");
  EXPECT_EQ(GetPersisted("m"), "ingested");
  EXPECT_EQ(GetPersisted("a"), "-");
  world_->CrashAndReopen();
  EXPECT_EQ(Scan(), "m=ingested n=ingested ");
}

TEST_P(EngineContract, TablesMustAscend) {
  auto table = engine().NewTableWriter();
  ASSERT_TRUE(table.ok());
  ASSERT_TRUE((*table)->Put("b", "1").ok());
  EXPECT_EQ((*table)->Put("b", "2").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ((*table)->Put("a", "1").code(), StatusCode::kInvalidArgument);
}

TEST_P(EngineContract, EmptyTablesAreNothing) {
  EXPECT_TRUE(Ingest({}).ok());
  EXPECT_TRUE(engine().Ingest({}).ok());
  EXPECT_EQ(Scan(), "");
}

TEST_P(EngineContract, FlushesCallTheListener) {
  std::atomic<int> calls = 0;
  engine().SetFlushListener([&calls] { ++calls; });
  Put("a", "1");
  ASSERT_TRUE(engine().Flush().ok());
  // The listener may run a little after the flush's own caller.
  for (int i = 0; i < 1000 && calls.load() == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_GE(calls.load(), 1);
  engine().SetFlushListener(nullptr);
  const int before = calls.load();
  Put("a", "2");
  ASSERT_TRUE(engine().Flush().ok());
  EXPECT_EQ(calls.load(), before);
}

TEST_P(EngineContract, FlushesWithoutWaiting) {
  Put("a", "1");
  std::promise<Status> done;
  engine().FlushAsync([&done](const Status& status) { done.set_value(status); });
  EXPECT_TRUE(done.get_future().get().ok());
  EXPECT_EQ(GetPersisted("a"), "1");
}

// Worth most under the thread sanitizer.
TEST_P(EngineContract, ReadersSeeWholeBatchesWhileOthersWrite) {
  constexpr int kWrites = 3000;
  std::atomic<bool> stop = false;
  std::atomic<int> reads = 0;
  const auto reader = [&] {
    int last = 0;
    while (!stop.load()) {
      const auto snapshot = engine().NewSnapshot();
      const std::string left = Get("left", snapshot.get());
      EXPECT_EQ(left, Get("right", snapshot.get()));
      EXPECT_EQ(Scan({.lower = "l", .upper = "s", .snapshot = snapshot.get()}),
                left == "-" ? "" : "left=" + left + " right=" + left + " ");
      const int now = left == "-" ? 0 : std::stoi(left);
      EXPECT_GE(now, last);
      last = now;
      ++reads;
    }
  };
  std::thread first(reader);
  std::thread second(reader);
  for (int n = 1; n <= kWrites || reads.load() < 20; ++n) {
    WriteBatch batch;
    if (n % 100 == 0) batch.DeleteRange("l", "s");
    batch.Put("left", std::to_string(n));
    batch.Put("right", std::to_string(n));
    ASSERT_TRUE(engine().Write(batch).ok());
    if (n % 1000 == 0) {
      ASSERT_TRUE(engine().Flush().ok());
    }
  }
  stop.store(true);
  first.join();
  second.join();
}

TEST_P(EngineContract, PendingFlushesEndWithTheEngine) {
  Put("a", "1");
  std::atomic<int> ended = 0;
  for (int i = 0; i < 5; ++i) {
    engine().FlushAsync([&ended](const Status& status) {
      EXPECT_TRUE(status.ok()) << status.ToString();
      ++ended;
    });
  }
  ASSERT_TRUE(engine().Close().ok());
  EXPECT_EQ(ended.load(), 5);
}

TEST_P(EngineContract, SizesGrowWithTheData) {
  EXPECT_LT(engine().ApproximateBytes("a", "b"), 100000U);
  for (int n = 0; n < 1000; ++n) Put("a" + std::to_string(n), std::string(1000, 'v'));
  EXPECT_GT(engine().ApproximateBytes("a", "b"), 10000U);
  EXPECT_LT(engine().ApproximateBytes("b", "c"), 100000U);
  const Stats stats = engine().GetStats();
  EXPECT_GT(stats.memtable_bytes + stats.table_bytes, 10000U);
  EXPECT_FALSE(stats.writes_stopped);
}

}  // namespace skerry::engine
