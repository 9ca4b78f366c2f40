#include "replication/raft/cluster_sim.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace skerry::raft {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

TEST(RaftClusterSimTest, HoldsItsInvariantsUnderFaults) {
  const uint64_t first = FromEnvironment("SKERRY_SEED", 1);
  const uint64_t seeds = FromEnvironment("SKERRY_SEEDS", 1000);
  ClusterSim::Counts sum;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    ClusterSim sim(seed);
    const std::string failure = sim.Run(4000);
    ASSERT_EQ(failure, "") << "SKERRY_SEED=" << seed << " SKERRY_SEEDS=1";
    const auto& counts = sim.counts();
    sum.elections += counts.elections;
    sum.commands += counts.commands;
    sum.reads += counts.reads;
    sum.crashes += counts.crashes;
    sum.snapshots += counts.snapshots;
    sum.configurations += counts.configurations;
    sum.transfers += counts.transfers;
    sum.messages += counts.messages;
    sum.lost += counts.lost;
    sum.fetches += counts.fetches;
    sum.leases += counts.leases;
    sum.withdrawals += counts.withdrawals;
    sum.sleeps += counts.sleeps;
    sum.held += counts.held;
  }
  std::printf(
      "%llu seeds: %llu elections, %llu commands, %llu reads, %llu crashes, %llu snapshots, "
      "%llu configurations, %llu transfers, %llu messages (%llu lost), %llu fetches, "
      "%llu steps under a lease, %llu withdrawals, %llu ticks slept through, %llu held back\n",
      (unsigned long long)seeds, (unsigned long long)sum.elections,
      (unsigned long long)sum.commands, (unsigned long long)sum.reads,
      (unsigned long long)sum.crashes, (unsigned long long)sum.snapshots,
      (unsigned long long)sum.configurations, (unsigned long long)sum.transfers,
      (unsigned long long)sum.messages, (unsigned long long)sum.lost,
      (unsigned long long)sum.fetches, (unsigned long long)sum.leases,
      (unsigned long long)sum.withdrawals, (unsigned long long)sum.sleeps,
      (unsigned long long)sum.held);
  if (seeds < 100) return;
  // A run that reaches nothing shows nothing.
  EXPECT_GT(sum.commands, seeds * 5);
  EXPECT_GT(sum.elections, seeds);
  EXPECT_GT(sum.snapshots, seeds / 10);
  EXPECT_GT(sum.configurations, seeds / 4);
  EXPECT_GT(sum.reads, seeds / 4);
  EXPECT_GT(sum.fetches, seeds / 10);
  EXPECT_GT(sum.leases, seeds * 50);
  EXPECT_GT(sum.withdrawals, seeds);
  EXPECT_GT(sum.sleeps, seeds);
  EXPECT_GT(sum.held, seeds);
}

TEST(RaftClusterSimTest, ASeedReplaysExactly) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    ClusterSim once(seed);
    ClusterSim again(seed);
    EXPECT_EQ(once.Run(2000), again.Run(2000));
    EXPECT_EQ(once.fingerprint(), again.fingerprint()) << seed;
  }
}

}  // namespace
}  // namespace skerry::raft
