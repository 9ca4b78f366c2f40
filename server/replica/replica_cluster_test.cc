#include <cstdio>
#include <cstdlib>
#include <string>

#include "server/replica/replica_cluster_testing.h"

namespace skerry::replica {
namespace {

TEST(ReplicaClusterTest, AnswersAreThoseOfOneCopy) {
  const char* one = std::getenv("SKERRY_SEED");
  const char* many = std::getenv("SKERRY_SEEDS");
  const uint64_t first = one != nullptr ? std::stoull(one) : 1;
  const uint64_t last = one != nullptr ? first : many != nullptr ? std::stoull(many) : 30;
  uint64_t eventual_reads = 0;
  uint64_t writes = 0, reads = 0, lease_reads = 0, refusals = 0, moves = 0, crashes = 0;
  uint64_t stamped = 0, copies = 0, late = 0, locks = 0, taken = 0, gone = 0;
  for (uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("SKERRY_SEED=" + std::to_string(seed));
    Cluster cluster(seed);
    Live(cluster);
    if (testing::Test::HasFailure()) return;
    if (seed % 20 == 0) {
      Cluster again(seed);
      Live(again);
      EXPECT_EQ(again.world.fingerprint(), cluster.world.fingerprint()) << "not the same again";
    }
    writes += cluster.writes;
    reads += cluster.reads;
    eventual_reads += cluster.eventual_reads;
    for (auto& [id, member] : cluster.members) {
      if (member.replica) cluster.lease_reads += member.replica->lease_reads();
    }
    lease_reads += cluster.lease_reads;
    refusals += cluster.refusals;
    moves += cluster.moves;
    crashes += cluster.crashes;
    stamped += cluster.stamped.increments();
    copies += cluster.client.copies();
    late += cluster.client.late_answers();
    locks += cluster.stamped.locks();
    taken += cluster.stamped.refusals();
    gone += cluster.stamped.answers_gone();
  }
  std::printf(
      "%llu increments, %llu reads, %llu eventual ones, %llu confirmed by a lease, %llu refusals, "
      "%llu moves, %llu "
      "crashes\n",
      (unsigned long long)writes, (unsigned long long)reads, (unsigned long long)eventual_reads,
      (unsigned long long)lease_reads, (unsigned long long)refusals, (unsigned long long)moves,
      (unsigned long long)crashes);
  std::printf(
      "stamped: %llu copies sent, %llu increments applied, %llu of them without their answer; %llu "
      "locks given and %llu refused; %llu answers to late copies\n",
      (unsigned long long)copies, (unsigned long long)stamped, (unsigned long long)gone,
      (unsigned long long)locks, (unsigned long long)taken, (unsigned long long)late);
  if (last - first < 20) return;
  EXPECT_GT(stamped, 200u);
  EXPECT_GT(locks, 100u);
  EXPECT_GT(taken, 50u);
  EXPECT_GT(late, 20u);
  EXPECT_GT(writes, 500u);
  EXPECT_GT(reads, 200u);
  EXPECT_GT(eventual_reads, 200u);
  EXPECT_GT(lease_reads, 200u);
  EXPECT_GT(refusals, 50u);
  EXPECT_GT(moves, 5u);
}

}  // namespace
}  // namespace skerry::replica
