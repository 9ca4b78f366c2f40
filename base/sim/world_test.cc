#include "base/sim/world.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace skerry::sim {
namespace {

using std::chrono::seconds;

// Two executors that post to each other; the log of what ran.
std::string Play(uint64_t seed, uint64_t* fingerprint) {
  World world(seed);
  SimExecutor& a = world.AddExecutor(0, "a");
  SimExecutor& b = world.AddExecutor(0, "b");
  std::string log;
  for (int i = 0; i < 5; ++i) {
    a.Post([&, i] {
      log += static_cast<char>('a' + i);
      b.Post([&log, i] { log += static_cast<char>('A' + i); });
    });
  }
  for (int i = 0; i < 5; ++i) {
    b.Post([&log, i] { log += static_cast<char>('0' + i); });
  }
  EXPECT_TRUE(world.RunUntilIdle());
  *fingerprint = world.fingerprint();
  return log;
}

TEST(WorldTest, ASeedReplaysAndSeedsDiffer) {
  std::set<std::string> logs;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    uint64_t first = 0;
    uint64_t second = 0;
    const std::string log = Play(seed, &first);
    EXPECT_EQ(Play(seed, &second), log);
    EXPECT_EQ(first, second);
    logs.insert(log);
  }
  EXPECT_GT(logs.size(), 20u);
}

TEST(WorldTest, AnExecutorKeepsItsOrder) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    uint64_t ignored = 0;
    const std::string log = Play(seed, &ignored);
    std::string a;
    std::string b;
    for (const char c : log) (c >= 'a' ? a : b) += c;
    EXPECT_EQ(a, "abcde");
    std::string digits;
    std::string capitals;
    for (const char c : b) (c <= '9' ? digits : capitals) += c;
    EXPECT_EQ(digits, "01234");
    EXPECT_EQ(capitals, "ABCDE");
  }
}

TEST(WorldTest, TimeMovesToTheNextTimer) {
  World world(1);
  SimExecutor& executor = world.AddExecutor(0, "e");
  const MonotonicTime begin = world.Now();
  MonotonicTime ran;
  executor.PostAfter(seconds(1000), [&] { ran = executor.clock().Now(); });
  EXPECT_FALSE(world.RunUntilIdle(seconds(0)));
  EXPECT_TRUE(world.RunUntilIdle());
  EXPECT_GE(ran, begin + seconds(1000));
  EXPECT_LT(ran, begin + seconds(1001));
}

TEST(WorldTest, RunForStopsAtItsEnd) {
  World world(1);
  SimExecutor& executor = world.AddExecutor(0, "e");
  int runs = 0;
  executor.PostAfter(seconds(1), [&] { ++runs; });
  executor.PostAfter(seconds(3), [&] { ++runs; });
  const MonotonicTime begin = world.Now();
  world.RunFor(seconds(2));
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(world.Now(), begin + seconds(2));
}

TEST(WorldTest, KillDestroysANodesWorkAlone) {
  World world(1);
  SimExecutor& killed = world.AddExecutor(1, "killed");
  SimExecutor& other = world.AddExecutor(2, "other");
  int runs = 0;
  killed.Post([&] { runs += 100; });
  other.Post([&] { ++runs; });
  world.Kill(1);
  killed.Post([&] { runs += 100; });
  EXPECT_TRUE(world.RunUntilIdle());
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace skerry::sim
