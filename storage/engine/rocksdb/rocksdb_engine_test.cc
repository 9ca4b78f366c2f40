#include "storage/engine/rocksdb/rocksdb_engine.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "storage/engine/contract_test.h"
#include "storage/engine/rocksdb/rocksdb_test_util.h"

namespace skerry::engine {
namespace {

namespace fs = std::filesystem;

// A crash is a copy of the files as they are while the engine runs: what a killed process leaves.
class RocksWorld final : public EngineWorld {
 public:
  RocksWorld() { engine_ = MustOpen(Path()); }
  Engine& engine() override { return *engine_; }
  void CloseAndReopen() override {
    engine_.reset();
    engine_ = MustOpen(Path());
  }
  void CrashAndReopen() override {
    const fs::path before = Path();
    ++lives_;
    CopyAsAfterAKill(before, Path());
    engine_.reset();
    engine_ = MustOpen(Path());
  }

 private:
  fs::path Path() const { return directory_.path() / ("data" + std::to_string(lives_)); }

  TemporaryDirectory directory_{TemporaryDirectory::kSmall};
  int lives_ = 0;
  std::unique_ptr<Engine> engine_;
};

INSTANTIATE_TEST_SUITE_P(RocksDb, EngineContract,
                         testing::Values([] { return std::make_unique<RocksWorld>(); }));

Status Put(Engine& engine, std::string_view key, std::string_view value) {
  WriteBatch batch;
  batch.Put(key, value);
  return engine.Write(batch);
}

// What opening fails with; success is a failure of the test.
Status OpenFailure(const fs::path& path) {
  Result<std::unique_ptr<Engine>> engine = OpenRocksDb({.path = path.string()});
  EXPECT_FALSE(engine.ok());
  return engine.status();
}

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void WriteFile(const fs::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

// The one file of the directory with that beginning or end.
fs::path FileLike(const fs::path& directory, std::string_view part) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(part) || name.ends_with(part)) return entry.path();
  }
  ADD_FAILURE() << "no file like " << part << " in " << directory;
  return {};
}

class RocksDirectoryTest : public testing::Test {
 protected:
  // A closed store with one data file.
  void MakeStore() {
    const auto engine = MustOpen(path_);
    for (int i = 0; i < 1000; ++i) {
      ASSERT_TRUE(Put(*engine, std::to_string(i), std::string(100, 'v')).ok());
    }
    ASSERT_TRUE(engine->Close().ok());
  }
  static void ExpectNames(const Status& status, StatusCode code, const fs::path& file) {
    EXPECT_EQ(status.code(), code) << status.ToString();
    EXPECT_NE(status.message().find(file.filename().string()), std::string::npos)
        << status.message();
    EXPECT_EQ(status.message().find('\n'), std::string::npos) << status.message();
  }

  TemporaryDirectory directory_{TemporaryDirectory::kSmall};
  const fs::path path_ = directory_.path() / "data";
};

TEST_F(RocksDirectoryTest, AForeignDirectoryIsNotTouched) {
  fs::create_directory(path_);
  WriteFile(path_ / "thesis.tex", "years of work");
  ExpectNames(OpenFailure(path_), StatusCode::kFailedPrecondition, "ENGINE");
  EXPECT_EQ(std::distance(fs::directory_iterator(path_), {}), 1);
}

TEST_F(RocksDirectoryTest, ANewerDirectoryIsRefused) {
  MakeStore();
  WriteFile(path_ / "ENGINE", "skerry engine 2\n");
  const Status status = OpenFailure(path_);
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("newer version"), std::string::npos) << status.message();
}

TEST_F(RocksDirectoryTest, AHalfCopiedDirectoryIsNoEmptyOne) {
  MakeStore();
  fs::remove(path_ / "CURRENT");
  ExpectNames(OpenFailure(path_), StatusCode::kFailedPrecondition, "CURRENT");
}

TEST_F(RocksDirectoryTest, ACreationThatWasCutShortStartsAgain) {
  for (const char* marker : {"skerry engine 1 creating\n", ""}) {
    MakeStore();
    WriteFile(path_ / "ENGINE", marker);
    fs::remove(path_ / "CURRENT");
    const auto engine = MustOpen(path_);
    PinnedValue value;
    EXPECT_EQ(*engine->Get("1", nullptr, &value), Lookup::kAbsent);
    ASSERT_TRUE(engine->Close().ok());
    fs::remove_all(path_);
  }
}

TEST_F(RocksDirectoryTest, IsOpenedOnceAtATime) {
  const auto engine = MustOpen(path_);
  const Status status = OpenFailure(path_);
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("in use"), std::string::npos) << status.message();
}

TEST_F(RocksDirectoryTest, LeftOverTablesAreRemoved) {
  MakeStore();
  WriteFile(path_ / "incoming" / "7.sst", "half a table");
  MustOpen(path_);
  EXPECT_TRUE(fs::is_empty(path_ / "incoming"));
}

TEST_F(RocksDirectoryTest, AMissingDataFileIsNamed) {
  MakeStore();
  const fs::path file = FileLike(path_, ".sst");
  fs::remove(file);
  ExpectNames(OpenFailure(path_), StatusCode::kCorruption, file);
}

TEST_F(RocksDirectoryTest, ATruncatedDataFileIsNamed) {
  MakeStore();
  const fs::path file = FileLike(path_, ".sst");
  fs::resize_file(file, fs::file_size(file) - 10);
  ExpectNames(OpenFailure(path_), StatusCode::kCorruption, file);
}

TEST_F(RocksDirectoryTest, AFlippedBitInDataIsFoundAndNamed) {
  MakeStore();
  const fs::path file = FileLike(path_, ".sst");
  std::string bytes = ReadFile(file);
  bytes[100] ^= 1;
  WriteFile(file, bytes);
  Result<std::unique_ptr<Engine>> opened = OpenRocksDb({.path = path_.string()});
  if (!opened.ok()) return ExpectNames(opened.status(), StatusCode::kCorruption, file);
  Engine& engine = **opened;
  PinnedValue value;
  ExpectNames(engine.Get("0", nullptr, &value).status(), StatusCode::kCorruption, file);
  const auto i = engine.NewIterator({});
  for (i->SeekToFirst(); i->Valid(); i->Next()) {
  }
  ExpectNames(i->status(), StatusCode::kCorruption, file);
}

TEST_F(RocksDirectoryTest, AFlippedBitInTheManifestIsNamed) {
  MakeStore();
  const fs::path file = FileLike(path_, "MANIFEST-");
  const std::string bytes = ReadFile(file);
  for (const size_t at : {size_t{3}, bytes.size() / 2}) {
    std::string damaged = bytes;
    damaged[at] ^= 1;
    WriteFile(file, damaged);
    EXPECT_EQ(OpenFailure(path_).code(), StatusCode::kCorruption);
  }
}

TEST(RocksEngineTest, OldWritesAreFlushedByThemselves) {
  TemporaryDirectory directory;
  auto engine = OpenRocksDb({.path = (directory.path() / "data").string(),
                             .memtable_max_age = std::chrono::milliseconds(50)});
  ASSERT_TRUE(engine.ok());
  for (const char* round : {"1", "2"}) {
    ASSERT_TRUE(Put(**engine, "k", round).ok());
    PinnedValue value;
    for (int i = 0; i < 1000; ++i) {
      if (*(*engine)->GetPersisted("k", &value) == Lookup::kFound && value.view() == round) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(value.view(), round);
  }
}

TEST(RocksEngineTest, ColdReadsWouldBlockAndWarmOnesDoNot) {
  TemporaryDirectory directory;
  const fs::path path = directory.path() / "data";
  {
    const auto engine = MustOpen(path);
    ASSERT_TRUE(Put(*engine, "k", std::string(1000, 'v')).ok());
  }
  const auto engine = MustOpen(path);
  PinnedValue value;
  EXPECT_EQ(*engine->GetIfCached("k", nullptr, &value), Lookup::kWouldBlock);
  const auto cold = engine->NewIterator({.cached_only = true});
  cold->SeekToFirst();
  EXPECT_FALSE(cold->Valid());
  EXPECT_TRUE(cold->would_block());
  EXPECT_TRUE(cold->status().ok());
  EXPECT_EQ(*engine->Get("k", nullptr, &value), Lookup::kFound);
  EXPECT_EQ(*engine->GetIfCached("k", nullptr, &value), Lookup::kFound);
  const auto warm = engine->NewIterator({.cached_only = true});
  warm->SeekToFirst();
  EXPECT_TRUE(warm->Valid());
}

// Until there is room for another write, as whoever proposes writes does (engine::Load). RocksDB
// lets go of a flushed memtable soon after the flush, on a thread of its own.
void WaitForRoom(const Engine& engine, uint64_t memory_bytes_max) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (engine.GetLoad().memory_bytes >= memory_bytes_max) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << engine.GetLoad().memory_bytes;
    std::this_thread::yield();
  }
}

TEST(RocksEngineTest, MemoryStaysWithinItsBudget) {
  TemporaryDirectory directory;
  constexpr uint64_t kBudget = uint64_t{12} << 20;
  auto engine =
      OpenRocksDb({.path = (directory.path() / "data").string(), .memory_bytes = kBudget});
  ASSERT_TRUE(engine.ok());
  uint64_t most = 0;
  for (int i = 0; i < 30000; ++i) {
    WaitForRoom(**engine, (*engine)->GetLoad().memory_bytes_max);
    ASSERT_TRUE(Put(**engine, std::to_string(i * 7919), std::string(1000, 'a' + i % 26)).ok());
    if (i % 100 == 0) {
      const Stats stats = (*engine)->GetStats();
      most = std::max(most, stats.memtable_bytes + stats.cache_bytes);
    }
  }
  const auto i = (*engine)->NewIterator({});
  for (i->SeekToFirst(); i->Valid(); i->Next()) {
  }
  const Stats stats = (*engine)->GetStats();
  EXPECT_LE(stats.cache_bytes, kBudget * 5 / 4);
  EXPECT_LE(most, kBudget * 3);
  EXPECT_GT(stats.flushes, 0U);
}

// Who proposes writes stops before RocksDB would hold them back itself.
TEST(RocksEngineTest, TellsWhatIsNotInFilesYet) {
  const TemporaryDirectory directory;
  auto engine =
      OpenRocksDb({.path = (directory.path() / "data").string(), .memory_bytes = size_t{24} << 20});
  ASSERT_TRUE(engine.ok()) << engine.status().ToString();
  const Load idle = (*engine)->GetLoad();
  EXPECT_TRUE(idle.drains);
  EXPECT_EQ(idle.memory_bytes_max, uint64_t{16} << 20);
  WriteBatch batch;
  for (int n = 0; n < 30; ++n) batch.Put(std::to_string(n), std::string(100000, 'v'));
  ASSERT_TRUE((*engine)->Write(batch).ok());
  EXPECT_GE((*engine)->GetLoad().memory_bytes, 3000000U);
  ASSERT_TRUE((*engine)->Flush().ok());
  WaitForRoom(**engine, 1000000);
  EXPECT_EQ((*engine)->GetLoad().behind_permille, 0U);
}

}  // namespace
}  // namespace skerry::engine
