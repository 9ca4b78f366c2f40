// Bugs of base/planted_bug.h that splits may have in storage, each planted: the property test must
// find them within a stated number of seeds. Built with SKERRY_PLANTED_BUGS, which no product has.

#include "base/planted_bug_testing.h"
#include "storage/partition/split_testing.h"

namespace skerry::partition {
namespace {

constexpr uint64_t kSeedsMax = 200;

std::string FoundIn(uint64_t seed) {
  std::vector<std::unique_ptr<TestStore>> stores;
  for (int i = 0; i < 3; ++i) stores.push_back(std::make_unique<MemoryTestStore>());
  SplitWorld world(seed, std::move(stores));
  world.Run(400);
  return testing::Test::HasFailure() ? "a check of the property test" : "";
}

class SplitPlantedTest : public testing::TestWithParam<PlantedBug> {};

TEST_P(SplitPlantedTest, IsFound) { ExpectFound(GetParam(), kSeedsMax, FoundIn); }

INSTANTIATE_TEST_SUITE_P(
    Partition, SplitPlantedTest,
    testing::Values(PlantedBug::kAppliedBehindSplit, PlantedBug::kScanBeyondRange,
                    PlantedBug::kSiblingDestroyed, PlantedBug::kKeptNotSplit,
                    PlantedBug::kSnapshotBeyondRange, PlantedBug::kChildrenSwept,
                    PlantedBug::kCountForgetsChanges, PlantedBug::kOldRowsTakeAll,
                    PlantedBug::kBaseOverReplica, PlantedBug::kSealedSendsRows),
    [](const auto& info) { return std::string(PlantedBugName(info.param)); });

TEST(NoSplitPlantedTest, NothingIsFound) {
  Plant(PlantedBug::kNone);
  for (uint64_t seed = 1; seed <= 20; ++seed) EXPECT_EQ(FoundIn(seed), "") << seed;
}

}  // namespace
}  // namespace skerry::partition
