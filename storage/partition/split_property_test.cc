#include <cstdio>
#include <cstdlib>

#include "storage/engine/rocksdb/rocksdb_test_util.h"
#include "storage/partition/split_testing.h"

namespace skerry::partition {
namespace {

TEST(SplitPropertyTest, EachKeyIsOnePartitionsWhateverIsSplitCopiedEndedOrLost) {
  const char* one = std::getenv("SKERRY_SEED");
  const char* many = std::getenv("SKERRY_SEEDS");
  const uint64_t first = one != nullptr ? std::stoull(one) : 1;
  const uint64_t last = one != nullptr ? first : many != nullptr ? std::stoull(many) : 100;
  uint64_t writes = 0, splits = 0, crashes = 0, snapshots = 0, ends = 0, kept = 0;
  for (uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("SKERRY_SEED=" + std::to_string(seed));
    std::vector<std::unique_ptr<TestStore>> stores;
    for (int i = 0; i < 3; ++i) stores.push_back(std::make_unique<MemoryTestStore>());
    SplitWorld world(seed, std::move(stores));
    world.Run(400);
    if (testing::Test::HasFailure()) return;
    writes += world.writes;
    splits += world.splits;
    crashes += world.crashes;
    snapshots += world.snapshots;
    ends += world.ends;
    kept += world.kept;
  }
  std::printf(
      "%llu writes, %llu splits, %llu crashes, %llu snapshots, %llu ends, %llu answers looked up\n",
      (unsigned long long)writes, (unsigned long long)splits, (unsigned long long)crashes,
      (unsigned long long)snapshots, (unsigned long long)ends, (unsigned long long)kept);
  if (last - first < 20) return;
  EXPECT_GT(splits, 20u);
  EXPECT_GT(snapshots, 20u);
}

// As after a kill.
class RocksTestStore final : public TestStore {
 public:
  std::unique_ptr<engine::Engine> Open() override {
    return engine::MustOpen(directory_.path() / std::to_string(life_));
  }
  void Crash() override {
    const auto from = directory_.path() / std::to_string(life_);
    engine::CopyAsAfterAKill(from, directory_.path() / std::to_string(++life_));
  }

 private:
  engine::TemporaryDirectory directory_{engine::TemporaryDirectory::kSmall};
  int life_ = 0;
};

TEST(SplitPropertyTest, HoldsOnRocksDbToo) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    std::vector<std::unique_ptr<TestStore>> stores;
    for (int i = 0; i < 2; ++i) stores.push_back(std::make_unique<RocksTestStore>());
    SplitWorld world(seed, std::move(stores));
    world.Run(150);
    if (testing::Test::HasFailure()) return;
    EXPECT_GT(world.crashes, 0u);
  }
}

TEST(SplitPointTest, OfLoadIsNearTheMiddleAndNeverWithinOneHash) {
  EXPECT_EQ(FindMiddleOfLoad({}, {10, 20, 30, 40}), 24u);
  EXPECT_EQ(FindMiddleOfLoad({}, {5, 6}), 5u);
  EXPECT_EQ(FindMiddleOfLoad({}, {7, 7, 7, 7}), std::nullopt);
  EXPECT_EQ(FindMiddleOfLoad({}, {1, 7, 7, 7, 7, 7, 7, 7}), std::nullopt);
  EXPECT_EQ(FindMiddleOfLoad({}, {1, 1, 7, 7, 7, 7, 7}), 3u);
  EXPECT_EQ(FindMiddleOfLoad({0, 15}, {10, 20, 30, 40}), std::nullopt);
  EXPECT_EQ(FindMiddleOfLoad({}, {}), std::nullopt);
}

}  // namespace
}  // namespace skerry::partition
