// Each bug of base/planted_bug.h that lies in support between nodes is planted, and the simulation
// must find it within a stated number of seeds. Built with SKERRY_PLANTED_BUGS, which no product
// has.

#include <string>

#include "base/planted_bug_testing.h"
#include "replication/liveness/liveness_testing.h"

namespace skerry::liveness {
namespace {

constexpr uint64_t kSeedsMax = 200;

class PlantedBugTest : public testing::TestWithParam<int> {};

TEST_P(PlantedBugTest, IsFound) {
  ExpectFound(static_cast<PlantedBug>(GetParam()), kSeedsMax, [](uint64_t seed) -> std::string {
    uint64_t counted = 0;
    return Live(seed, &counted);
  });
}

INSTANTIATE_TEST_SUITE_P(Liveness, PlantedBugTest,
                         testing::Range(static_cast<int>(kLastPlantedBugOfRaft) + 1,
                                        static_cast<int>(kLastPlantedBugOfLiveness) + 1),
                         [](const auto& info) {
                           return std::string(PlantedBugName(static_cast<PlantedBug>(info.param)));
                         });

}  // namespace
}  // namespace skerry::liveness
