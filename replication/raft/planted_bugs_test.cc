// Each bug of base/planted_bug.h that lies in the algorithm is planted, and the simulation must
// find it within a stated number of seeds. Built with SKERRY_PLANTED_BUGS, which no product has.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/planted_bug.h"
#include "replication/raft/cluster_sim.h"

namespace skerry::raft {
namespace {

constexpr int kSteps = 4000;

// Within how many seeds each must be found. Which seed does it changes with every change of the
// algorithm, so these are several times what it takes.
uint64_t SeedsMax(PlantedBug bug) {
  switch (bug) {
    case PlantedBug::kSnapshotKeepsLog:  // a long tail that contradicts the snapshot is rare
      return 1000;
    case PlantedBug::kCheckQuorumMissing:
    case PlantedBug::kJointNeedsOneMajority:
    case PlantedBug::kRemovedVotesOn:
      return 400;
    default:
      return 200;
  }
}

// The first seed that finds the bug: by a checker, or by a CHECK that aborts. 0: none did.
// In a process of its own, since a planted bug may end it.
uint64_t SeedThatFinds(PlantedBug bug) {
  const uint64_t seeds = SeedsMax(bug);
  int progress[2];
  EXPECT_EQ(pipe(progress), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(progress[0]);
    std::freopen("/dev/null", "w", stderr);  // what a CHECK says
    Plant(bug);
    for (uint64_t seed = 1; seed <= seeds; ++seed) {
      if (write(progress[1], &seed, sizeof seed) != sizeof seed) _exit(2);
      const std::string failure = ClusterSim(seed).Run(kSteps);
      if (failure.empty()) continue;
      if (std::getenv("SKERRY_VERBOSE") != nullptr) std::puts(failure.c_str());
      std::fflush(stdout);
      _exit(1);
    }
    _exit(0);
  }
  close(progress[1]);
  uint64_t last = 0;
  for (uint64_t next; read(progress[0], &next, sizeof next) == sizeof next;) last = next;
  close(progress[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  if (WIFSIGNALED(status) || WEXITSTATUS(status) == 1) return last;
  EXPECT_EQ(WEXITSTATUS(status), 0);
  return 0;
}

class PlantedBugTest : public testing::TestWithParam<int> {};

TEST_P(PlantedBugTest, IsFound) {
  const auto bug = static_cast<PlantedBug>(GetParam());
  const uint64_t seed = SeedThatFinds(bug);
  std::printf("%-28s %6llu seeds  %.*s\n", std::string(PlantedBugName(bug)).c_str(),
              (unsigned long long)seed, int(PlantedBugText(bug).size()),
              PlantedBugText(bug).data());
  EXPECT_GT(seed, 0U) << PlantedBugText(bug) << ": not found in " << SeedsMax(bug) << " seeds";
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
