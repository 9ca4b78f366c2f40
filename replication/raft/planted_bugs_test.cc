// Each bug of base/planted_bug.h that lies in the algorithm is planted, and the simulation must
// find it within a stated number of seeds. Built with SKERRY_PLANTED_BUGS, which no product has.

#include <gtest/gtest.h>

#include <string>

#include "base/planted_bug_testing.h"
#include "replication/raft/cluster_sim.h"

namespace skerry::raft {
namespace {

constexpr int kSteps = 4000;

// Within how many seeds each must be found. Which seed does it changes with every change of the
// algorithm, so these are several times what it takes.
uint64_t SeedsMax(PlantedBug bug) {
  switch (bug) {
    case PlantedBug::kSnapshotKeepsLog:  // a long tail that contradicts the snapshot is rare
    // Two leaders at once, of which the former one is still supported, and not bound to.
    case PlantedBug::kLeaseUnfortified:
    case PlantedBug::kLeaseOfOtherEpoch:
    case PlantedBug::kLeaseKeptOverTransfer:
      return 3000;
    case PlantedBug::kCheckQuorumMissing:
    case PlantedBug::kJointNeedsOneMajority:
    case PlantedBug::kRemovedVotesOn:
      return 400;
    default:
      return 200;
  }
}

class PlantedBugTest : public testing::TestWithParam<int> {};

TEST_P(PlantedBugTest, IsFound) {
  const auto bug = static_cast<PlantedBug>(GetParam());
  ExpectFound(bug, SeedsMax(bug), [](uint64_t seed) { return ClusterSim(seed).Run(kSteps); });
}

INSTANTIATE_TEST_SUITE_P(Raft, PlantedBugTest,
                         testing::Range(1, static_cast<int>(kLastPlantedBugOfRaft) + 1),
                         [](const auto& info) {
                           return std::string(PlantedBugName(static_cast<PlantedBug>(info.param)));
                         });

TEST(NoPlantedBugTest, NothingIsFound) {
  Plant(PlantedBug::kNone);
  for (uint64_t seed = 1; seed <= 100; ++seed) EXPECT_EQ(ClusterSim(seed).Run(kSteps), "");
}

}  // namespace
}  // namespace skerry::raft
