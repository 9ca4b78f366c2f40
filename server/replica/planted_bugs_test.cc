// Each bug of base/planted_bug.h that lies in what a node makes of Raft is planted, and the
// simulation must find it within a stated number of seeds. Built with SKERRY_PLANTED_BUGS, which no
// product has.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "base/planted_bug.h"
#include "server/replica/replica_cluster_testing.h"

namespace skerry::replica {
namespace {

constexpr uint64_t kSeedsMax = 600;

// The first seed that finds the bug: by a checker, or by a CHECK that aborts. 0: none did. In a
// process of its own, since a planted bug may end it.
uint64_t SeedThatFinds(PlantedBug bug) {
  int progress[2];
  EXPECT_EQ(pipe(progress), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(progress[0]);
    std::freopen("/dev/null", "w", stderr);  // what a CHECK says
    std::freopen("/dev/null", "w", stdout);
    Plant(bug);
    for (uint64_t seed = 1; seed <= kSeedsMax; ++seed) {
      if (write(progress[1], &seed, sizeof seed) != sizeof seed) _exit(2);
      Cluster cluster(seed);
      Live(cluster);
      if (testing::Test::HasFailure()) _exit(1);
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
  std::printf("%-28s %6llu seeds  %s\n", std::string(PlantedBugName(bug)).c_str(),
              (unsigned long long)seed, std::string(PlantedBugText(bug)).c_str());
  EXPECT_GT(seed, 0U) << PlantedBugText(bug) << ": not found in " << kSeedsMax << " seeds";
}

INSTANTIATE_TEST_SUITE_P(Replica, PlantedBugTest,
                         testing::Range(static_cast<int>(kLastPlantedBugOfRaft) + 1,
                                        static_cast<int>(PlantedBug::kCount)),
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
