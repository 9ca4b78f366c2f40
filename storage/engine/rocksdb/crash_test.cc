#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>

#include "base/prng.h"
#include "storage/engine/rocksdb/rocksdb_test_util.h"

// A process that writes is killed at random moments. What it leaves must be a prefix of what it
// wrote, with nothing missing that it had seen as persisted (safety-rules 5).

namespace skerry::engine {
namespace {

constexpr char kAppliedKey[] = "!applied";
constexpr size_t kMemory = size_t{8} << 20;  // the least: memtables fill up and are flushed often

std::string ValueOf(Engine& engine, std::string_view key, bool persisted) {
  PinnedValue value;
  const Result<Lookup> found =
      persisted ? engine.GetPersisted(key, &value) : engine.Get(key, nullptr, &value);
  EXPECT_TRUE(found.ok()) << found.status().ToString();
  return found.ok() && *found == Lookup::kFound ? std::string(value.view()) : "";
}
uint64_t NumberOf(const std::string& text) { return text.empty() ? 0 : std::stoull(text); }

// The n-th batch that anybody writes: always the same.
WriteBatch BatchOf(uint64_t n) {
  Prng random(n);
  WriteBatch batch;
  for (uint64_t i = 1 + random.Below(8); i > 0; --i) {
    const std::string key = "k" + std::to_string(random.Below(2000));
    const uint64_t choice = random.Below(100);
    if (choice < 80) {
      batch.Put(key, std::to_string(n) + std::string(random.Below(2000), 'v'));
    } else if (choice < 98) {
      batch.Delete(key);
    } else {
      batch.DeleteRange(key, key + "~");
    }
  }
  batch.Put(kAppliedKey, std::to_string(n));
  return batch;
}

void Apply(const WriteBatch& batch, std::map<std::string, std::string>* state) {
  batch.ForEach([state](WriteBatch::Operation op, std::string_view key, std::string_view value) {
    switch (op) {
      case WriteBatch::Operation::kPut:
        (*state)[std::string(key)] = value;
        break;
      case WriteBatch::Operation::kDelete:
        state->erase(std::string(key));
        break;
      case WriteBatch::Operation::kDeleteRange:
        state->erase(state->lower_bound(std::string(key)), state->lower_bound(std::string(value)));
        break;
    }
  });
}

// The process that is killed: goes on from where the store is, and tells by the pipe `report` what
// it knows to be persisted. Run by the test below alone.
TEST(EngineCrashChild, DISABLED_WritesUntilItIsKilled) {
  const char* path = std::getenv("SKERRY_CRASH_PATH");
  const char* report = std::getenv("SKERRY_CRASH_REPORT");
  ASSERT_NE(path, nullptr);
  ASSERT_NE(report, nullptr);
  auto engine = OpenRocksDb({.path = path, .memory_bytes = kMemory});
  ASSERT_TRUE(engine.ok());
  const int pipe = std::atoi(report);
  for (uint64_t n = NumberOf(ValueOf(**engine, kAppliedKey, false)) + 1;; ++n) {
    ASSERT_TRUE((*engine)->Write(BatchOf(n)).ok());
    if (n % 500 == 0) (*engine)->FlushAsync([](const Status&) {});
    if (n % 50 == 0) {
      const uint64_t persisted = NumberOf(ValueOf(**engine, kAppliedKey, true));
      ASSERT_EQ(::write(pipe, &persisted, sizeof persisted),
                static_cast<ssize_t>(sizeof persisted));
    }
  }
}

// Runs the child until it has made so many reports, and kills it a little later. The last that it
// reported as persisted.
uint64_t RunAndKill(const std::string& path, uint64_t reports, std::chrono::microseconds later) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const std::string report = std::to_string(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    ::setenv("SKERRY_CRASH_PATH", path.c_str(), 1);
    ::setenv("SKERRY_CRASH_REPORT", report.c_str(), 1);
    ::execl("/proc/self/exe", "engine_rocksdb_test", "--gtest_also_run_disabled_tests",
            "--gtest_filter=EngineCrashChild.*", "--gtest_brief=1", nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  uint64_t persisted = 0;
  const auto read_report = [&] {
    uint64_t number = 0;
    if (::read(ends[0], &number, sizeof number) != static_cast<ssize_t>(sizeof number))
      return false;
    persisted = std::max(persisted, number);
    return true;
  };
  for (uint64_t i = 0; i < reports; ++i) {
    if (read_report()) continue;
    ADD_FAILURE() << "the child ended by itself";
    break;
  }
  std::this_thread::sleep_for(later);
  EXPECT_EQ(::kill(child, SIGKILL), 0);
  while (read_report()) {
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
  ::close(ends[0]);
  return persisted;
}

TEST(EngineCrashTest, AKilledProcessLeavesAPrefixOfItsWrites) {
  TemporaryDirectory directory;
  const std::string path = (directory.path() / "data").string();
  Prng random(20260101);
  std::map<std::string, std::string> state;
  uint64_t applied = 0;
  int kills_with_progress = 0;
  for (int round = 0; round < 20; ++round) {
    // Now and then as early as when it opens or creates the store.
    const uint64_t reports = random.Chance(1, 4) ? 0 : random.Below(60);
    const uint64_t persisted =
        RunAndKill(path, reports, std::chrono::microseconds(random.Below(50000)));
    auto engine = OpenRocksDb({.path = path, .memory_bytes = kMemory});
    ASSERT_TRUE(engine.ok()) << engine.status().ToString();
    const uint64_t recovered = NumberOf(ValueOf(**engine, kAppliedKey, false));
    ASSERT_GE(recovered, persisted);
    ASSERT_GE(recovered, applied);
    kills_with_progress += recovered > applied ? 1 : 0;
    while (applied < recovered) Apply(BatchOf(++applied), &state);
    const auto i = (*engine)->NewIterator({});
    auto expected = state.begin();
    for (i->SeekToFirst(); i->Valid(); i->Next(), ++expected) {
      ASSERT_NE(expected, state.end()) << i->key();
      ASSERT_EQ(i->key(), expected->first) << "after batch " << recovered;
      ASSERT_EQ(i->value(), expected->second) << i->key();
    }
    ASSERT_TRUE(i->status().ok());
    ASSERT_EQ(expected, state.end());
  }
  EXPECT_GT(kills_with_progress, 3);
  EXPECT_GT(applied, 1000U);
}

}  // namespace
}  // namespace skerry::engine
