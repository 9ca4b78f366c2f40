// Each bug of base/planted_bug.h that lies in what a node makes of Raft is planted, and the
// simulation must find it within a stated number of seeds. Built with SKERRY_PLANTED_BUGS, which no
// product has.

#include <string>

#include "base/planted_bug_testing.h"
#include "server/replica/replica_cluster_testing.h"
#include "server/replica/split_cluster_testing.h"

namespace skerry::replica {
namespace {

constexpr uint64_t kSeedsMax = 600;

class PlantedBugTest : public testing::TestWithParam<int> {};

TEST_P(PlantedBugTest, IsFound) {
  ExpectFound(static_cast<PlantedBug>(GetParam()), kSeedsMax, [](uint64_t seed) -> std::string {
    Cluster cluster(seed);
    Live(cluster);
    return testing::Test::HasFailure() ? "a check of the simulation" : "";
  });
}

INSTANTIATE_TEST_SUITE_P(Replica, PlantedBugTest,
                         testing::Range(static_cast<int>(kLastPlantedBugOfLiveness) + 1,
                                        static_cast<int>(kLastPlantedBugOfReplicas) + 1),
                         [](const auto& info) {
                           return std::string(PlantedBugName(static_cast<PlantedBug>(info.param)));
                         });

class PlantedSplitBugTest : public testing::TestWithParam<int> {};

TEST_P(PlantedSplitBugTest, IsFound) {
  ExpectFound(static_cast<PlantedBug>(GetParam()), kSeedsMax, [](uint64_t seed) -> std::string {
    SplitCluster cluster(seed);
    LiveAndSplit(cluster);
    return testing::Test::HasFailure() ? "a check of the simulation" : "";
  });
}

INSTANTIATE_TEST_SUITE_P(Replica, PlantedSplitBugTest,
                         testing::Range(static_cast<int>(kLastPlantedBugOfSplitStorage) + 1,
                                        static_cast<int>(kLastPlantedBugOfSplitReplicas) + 1),
                         [](const auto& info) {
                           return std::string(PlantedBugName(static_cast<PlantedBug>(info.param)));
                         });

TEST(NoPlantedBugTest, NothingIsFound) {
  Plant(PlantedBug::kNone);
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster cluster(seed);
    Live(cluster);
    ASSERT_FALSE(HasFailure()) << seed;
  }
}

}  // namespace
}  // namespace skerry::replica
