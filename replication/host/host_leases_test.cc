// What leases on support between nodes are for, in virtual time and with a host's default times:
// how soon a group whose leader's node has died takes writes again, and what groups cost that
// nobody asks for anything.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <vector>

#include "base/sim/sim_disk.h"
#include "base/sim/world.h"
#include "replication/host/host.h"
#include "replication/host/test_machine.h"
#include "replication/transport/sim/sim_network.h"

namespace skerry::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint64_t kNodes = 3;

// Three nodes, each with a replica of each group.
class Cluster {
 public:
  Cluster(uint64_t seed, uint64_t groups) : world(seed), network(world), groups_(groups) {
    network.options().encoded_one_in = 0;
    for (uint64_t id = 1; id <= kNodes; ++id) {
      Node& node = nodes[id];
      node.disk = std::make_unique<sim::SimDisk>(world.prng());
      node.reactor = &world.AddExecutor(int(id), "reactor");
      HostOptions options{.disk = *node.disk,
                          .directory = "log",
                          .identity = id,
                          .clock = world.clock(),
                          .log_executor = world.AddExecutor(int(id), "log"),
                          .blocking_executor = world.AddExecutor(int(id), "blocking")};
      options.transport = &network.AddNode(NodeId(id), world.AddExecutor(int(id), "net"));
      options.liveness_executor = &world.AddExecutor(int(id), "liveness");
      options.seed = seed * 10 + id;
      auto opened = Host::Open(std::move(options));
      EXPECT_TRUE(opened.ok());
      EXPECT_TRUE((*opened)->Begin().ok());
      node.host = std::move(*opened);
    }
    for (uint64_t group = 1; group <= groups; ++group) {
      raft::Configuration members;
      for (uint64_t id = 1; id <= kNodes; ++id) {
        members.voters.push_back(ReplicaOn(NodeId(id), uint32_t(group)));
      }
      for (auto& [id, node] : nodes) {
        auto& replica = node.replicas[group];
        replica.machine = std::make_unique<TestMachine>(/*keep_commands=*/false);
        node.host->CreateGroup(GroupId(group), ReplicaOn(NodeId(id), uint32_t(group)), members,
                               *node.reactor, *replica.machine,
                               [&replica](Result<group::Group*> created) {
                                 ASSERT_TRUE(created.ok());
                                 replica.group = *created;
                               });
      }
    }
  }

  struct Replica {
    std::unique_ptr<TestMachine> machine;
    group::Group* group = nullptr;
  };
  struct Node {
    std::unique_ptr<sim::SimDisk> disk;
    sim::SimExecutor* reactor = nullptr;
    std::unique_ptr<Host> host;
    std::map<uint64_t, Replica> replicas;
  };

  void Kill(uint64_t id) {
    for (auto& [group, replica] : nodes[id].replicas) replica.group = nullptr;
    network.Kill(NodeId(id));
    world.Kill(int(id));
    nodes[id].host = nullptr;
  }

  // The node that leads, 0: none.
  uint64_t Leader(uint64_t group) {
    for (auto& [id, node] : nodes) {
      const Replica& replica = node.replicas[group];
      if (replica.group != nullptr && replica.group->LeaderReady()) return id;
    }
    return 0;
  }
  bool Leased(uint64_t group) {
    const uint64_t leader = Leader(group);
    return leader != 0 && nodes[leader].replicas[group].group->RenewLease();
  }
  bool AllLeased() {
    for (uint64_t group = 1; group <= groups_; ++group) {
      if (!Leased(group)) return false;
    }
    return true;
  }
  // Until a write was acknowledged, asked for again and again at whoever leads.
  Duration TimeToWrite(uint64_t group) {
    const MonotonicTime begin = world.Now();
    bool done = false;
    while (!done && world.Now() - begin < seconds(60)) {
      const uint64_t leader = Leader(group);
      if (leader != 0) {
        nodes[leader].reactor->Post([&, at = nodes[leader].replicas[group].group] {
          at->Propose("write", [&](Result<LogIndex> result) { done |= result.ok(); });
        });
      }
      world.RunFor(milliseconds(5));
    }
    return world.Now() - begin;
  }

  sim::World world;
  sim::SimNetwork network;
  std::map<uint64_t, Node> nodes;

 private:
  const uint64_t groups_;
};

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

TEST(HostLeasesTest, WritesGoOnSoonAfterANodeHasDied) {
  std::vector<double> times;
  const uint64_t seeds = FromEnvironment("SKERRY_SEEDS", 200);
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    Cluster cluster(seed, 1);
    ASSERT_TRUE(cluster.world.RunUntil([&] { return cluster.AllLeased(); }, seconds(30)));
    cluster.world.RunFor(milliseconds(2000 + 7 * seed % 400));
    cluster.Kill(cluster.Leader(1));
    times.push_back(std::chrono::duration<double>(cluster.TimeToWrite(1)).count());
  }
  std::sort(times.begin(), times.end());
  const double p50 = times[times.size() / 2];
  const double p99 = times[times.size() * 99 / 100];
  std::printf(
      "writes again after a leader's node has died: p50 %.3f s, p99 %.3f s, at most %.3f s\n", p50,
      p99, times.back());
  EXPECT_LT(p50, 1.5);
  EXPECT_LT(p99, 1.5);
}

TEST(HostLeasesTest, GroupsThatDoNothingCostNothing) {
  const uint64_t groups = FromEnvironment("SKERRY_GROUPS", 300);
  Cluster cluster(1, groups);
  ASSERT_TRUE(cluster.world.RunUntil(
      [&] { return cluster.world.steps() % 5000 == 0 && cluster.AllLeased(); }, seconds(300)));
  cluster.world.RunFor(seconds(5));
  const uint64_t steps = cluster.world.steps();
  const uint64_t sent = cluster.network.counts().sent;
  const double cpu = CpuSeconds();
  cluster.world.RunFor(seconds(60));
  const double used = CpuSeconds() - cpu;
  std::printf(
      "%llu groups on three nodes, a minute without requests: %llu packets, %llu steps, "
      "%.4f s of processor time\n",
      (unsigned long long)groups, (unsigned long long)(cluster.network.counts().sent - sent),
      (unsigned long long)(cluster.world.steps() - steps), used);
  // Heartbeats between nodes and their answers alone: five a second between each two.
  EXPECT_LT(cluster.network.counts().sent - sent, 4000u);
  EXPECT_LT(used, 0.6);
  EXPECT_TRUE(cluster.AllLeased());

  // And they wake.
  const uint64_t leader = cluster.Leader(1);
  EXPECT_LT(cluster.TimeToWrite(1), milliseconds(50));
  cluster.Kill(leader);
  EXPECT_LT(cluster.TimeToWrite(1), seconds(10));
}

// The others are bound to it, and its node lives on; what tells one of them to campaign may be
// lost.
TEST(HostLeasesTest, ALeaderLeavesItsGroupAndIsEndedAtOnce) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster cluster(seed, 2);  // another group keeps the support between the nodes up
    ASSERT_TRUE(cluster.world.RunUntil([&] { return cluster.AllLeased(); }, seconds(30)));
    cluster.world.RunFor(seconds(5));
    const uint64_t leader = cluster.Leader(1);
    Cluster::Node& node = cluster.nodes[leader];
    raft::Configuration others;
    for (uint64_t id = 1; id <= kNodes; ++id) {
      if (id != leader) others.voters.push_back(ReplicaOn(NodeId(id), 1));
    }
    cluster.network.options().lost_one_in = 3;
    node.reactor->Post([&] {
      node.replicas[1].group->ChangeConfiguration(others, [](const Result<LogIndex>&) {});
    });
    ASSERT_TRUE(cluster.world.RunUntil([&] { return cluster.Leader(1) != leader; }, seconds(30)));
    node.replicas[1].group = nullptr;
    bool ended = false;
    node.host->DestroyGroup(GroupId(1), [&](const Status& status) { ended = status.ok(); });
    ASSERT_TRUE(cluster.world.RunUntil([&] { return ended; }, seconds(30)));
    cluster.network.options().lost_one_in = 0;
    EXPECT_LT(cluster.TimeToWrite(1), seconds(10)) << "seed " << seed;
  }
}

// A process that wakes up after its lease finds none.
TEST(HostLeasesTest, ANodeStandsStillAndItsLeaseEnds) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster cluster(seed, 1);
    ASSERT_TRUE(cluster.world.RunUntil([&] { return cluster.AllLeased(); }, seconds(30)));
    const uint64_t leader = cluster.Leader(1);
    const auto lease = cluster.nodes[leader].replicas[1].group->lease();
    EXPECT_TRUE(lease->Valid());
    cluster.world.Pause(int(leader));
    cluster.network.Pause(NodeId(leader));
    cluster.world.RunFor(milliseconds(905));
    EXPECT_FALSE(lease->Valid());
    cluster.world.RunFor(seconds(5));
    cluster.world.Resume(int(leader));
    cluster.network.Resume(NodeId(leader));
    EXPECT_FALSE(lease->Valid());
    ASSERT_TRUE(cluster.world.RunUntil([&] { return cluster.AllLeased(); }, seconds(30)));
  }
}

}  // namespace
}  // namespace skerry::host
