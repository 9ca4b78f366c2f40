#include <cstdio>
#include <cstdlib>
#include <string>

#include "server/replica/split_cluster_testing.h"

namespace skerry::replica {
namespace {

TEST(SplitClusterTest, KeysAreServedByOnePartitionAtATime) {
  const char* one = std::getenv("SKERRY_SEED");
  const char* many = std::getenv("SKERRY_SEEDS");
  const uint64_t first = one != nullptr ? std::stoull(one) : 1;
  const uint64_t last = one != nullptr ? first : many != nullptr ? std::stoull(many) : 15;
  uint64_t writes = 0, reads = 0, moved = 0, splits = 0, ends = 0, crashes = 0;
  for (uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("SKERRY_SEED=" + std::to_string(seed));
    SplitCluster cluster(seed);
    LiveAndSplit(cluster);
    if (testing::Test::HasFailure()) return;
    if (seed % 20 == 0) {
      SplitCluster again(seed);
      LiveAndSplit(again);
      EXPECT_EQ(again.world.fingerprint(), cluster.world.fingerprint()) << "not the same again";
    }
    writes += cluster.writes;
    reads += cluster.reads;
    moved += cluster.moved;
    splits += cluster.splits;
    ends += cluster.ends;
    crashes += cluster.crashes;
  }
  std::printf(
      "%llu increments, %llu reads, %llu told of the move, %llu splits, %llu ends, %llu crashes\n",
      (unsigned long long)writes, (unsigned long long)reads, (unsigned long long)moved,
      (unsigned long long)splits, (unsigned long long)ends, (unsigned long long)crashes);
  if (last - first < 10) return;
  EXPECT_GT(splits, 20u);
  EXPECT_GT(moved, 20u);
  EXPECT_GT(ends, 5u);
}

}  // namespace
}  // namespace skerry::replica
