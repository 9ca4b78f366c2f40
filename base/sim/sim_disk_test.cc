#include "base/sim/sim_disk.h"

#include <gtest/gtest.h>

#include <set>

namespace skerry::sim {
namespace {

const std::string kOld(4096, 'o');
const std::string kNew(4096, 'n');

TEST(SimDiskTest, SyncedBytesAndNamesSurvive) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Prng prng(seed);
    SimDisk disk(prng);
    ASSERT_TRUE(disk.CreateDirectory("d").ok());
    auto file = disk.Open("d/f", OpenMode::kCreate);
    ASSERT_TRUE((*file)->WriteAt(0, kOld).ok());
    ASSERT_TRUE((*file)->Sync().ok());
    ASSERT_TRUE(disk.SyncDirectory("d").ok());
    disk.Crash();
    EXPECT_EQ(disk.ReadAll("d/f"), kOld);
    EXPECT_FALSE((*file)->Sync().ok());
  }
}

TEST(SimDiskTest, UnsyncedPagesAreOldNewOrTorn) {
  std::set<std::string> outcomes;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Prng prng(seed);
    SimDisk disk(prng);
    auto file = disk.Open("f", OpenMode::kCreate);
    ASSERT_TRUE((*file)->WriteAt(0, kOld).ok());
    ASSERT_TRUE((*file)->Sync().ok());
    ASSERT_TRUE(disk.SyncDirectory("").ok());
    ASSERT_TRUE((*file)->WriteAt(0, kNew).ok());
    disk.Crash();
    const std::string content = disk.ReadAll("f");
    outcomes.insert(content == kOld ? "old" : content == kNew ? "new" : "torn");
  }
  EXPECT_EQ(outcomes, (std::set<std::string>{"new", "old", "torn"}));
}

TEST(SimDiskTest, UnsyncedNamesMayBeAsBefore) {
  std::set<std::vector<std::string>> outcomes;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Prng prng(seed);
    SimDisk disk(prng);
    ASSERT_TRUE(disk.Open("a", OpenMode::kCreate).ok());
    ASSERT_TRUE(disk.SyncDirectory("").ok());
    ASSERT_TRUE(disk.Rename("a", "b").ok());
    ASSERT_TRUE(disk.Remove("b").ok());
    disk.Crash();
    outcomes.insert(disk.Files());
  }
  EXPECT_EQ(outcomes, (std::set<std::vector<std::string>>{{}, {"a"}, {"b"}}));
}

TEST(SimDiskTest, AFailedSyncLosesAndSaysSo) {
  Prng prng(3);
  SimDisk disk(prng, {.lost_percent = 100, .torn_percent = 0});
  auto file = disk.Open("f", OpenMode::kCreate);
  ASSERT_TRUE((*file)->WriteAt(0, kOld).ok());
  ASSERT_TRUE((*file)->Sync().ok());
  ASSERT_TRUE((*file)->WriteAt(0, kNew).ok());
  disk.FailNextSync();
  EXPECT_EQ((*file)->Sync().code(), StatusCode::kIoError);
  EXPECT_TRUE((*file)->Sync().ok());
  EXPECT_EQ(disk.ReadAll("f"), kOld);
}

TEST(SimDiskTest, TheFuseStopsEverything) {
  Prng prng(3);
  SimDisk disk(prng);
  auto file = disk.Open("f", OpenMode::kCreate);
  disk.FailAfter(2);
  EXPECT_TRUE((*file)->WriteAt(0, kOld).ok());
  EXPECT_FALSE((*file)->WriteAt(0, kNew).ok());
  EXPECT_FALSE((*file)->Sync().ok());
  EXPECT_TRUE(disk.blown());
  disk.Crash();
  EXPECT_FALSE(disk.blown());
}

TEST(SimDiskTest, AFullDiskRefusesToGrow) {
  Prng prng(3);
  SimDisk disk(prng, {.capacity = 10000});
  auto file = disk.Open("f", OpenMode::kCreate);
  EXPECT_TRUE((*file)->Allocate(8192).ok());
  EXPECT_EQ((*file)->Allocate(12288).code(), StatusCode::kResourceExhausted);
  EXPECT_TRUE((*file)->WriteAt(4096, kNew).ok());
}

}  // namespace
}  // namespace skerry::sim
