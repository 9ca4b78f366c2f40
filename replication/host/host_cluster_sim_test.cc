// Several hosts on simulated executors, disks and network: groups of several replicas, clients that
// write and read, and nodes that lose power, are cut off, and come back. Checked: every
// acknowledged command is applied on all replicas, once and in one order; nothing is that was not
// proposed; a read by index sees what was acknowledged before it; and, when everything heals, all
// goes on.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>

#include "base/sim/sim_disk.h"
#include "base/sim/world.h"
#include "replication/group/driver.h"
#include "replication/host/host.h"
#include "replication/host/test_machine.h"
#include "replication/transport/sim/sim_network.h"

namespace skerry::host {
namespace {

using group::Group;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint64_t kNodes = 5;
constexpr uint64_t kGroups = 3;

class Cluster {
 public:
  explicit Cluster(uint64_t seed) : world(seed), prng(seed * 31 + 7), network(world) {
    network.options().encoded_one_in = 10;
    network.options().slow_one_in = 50;
    for (uint64_t id = 1; id <= kNodes; ++id) {
      nodes[id].id = id;
      nodes[id].disk = std::make_unique<sim::SimDisk>(world.prng());
    }
  }

  struct Replica {
    std::unique_ptr<TestMachine> machine = std::make_unique<TestMachine>();
    Group* group = nullptr;
    ReplicaId id;
    bool created = false;
  };
  struct Node {
    uint64_t id = 0;
    std::unique_ptr<sim::SimDisk> disk;
    std::unique_ptr<sim::DriftingClock> clock;
    std::unique_ptr<Host> host;
    bool paused = false;
    sim::SimExecutor* reactors[2] = {};
    std::map<uint64_t, Replica> replicas;
    std::vector<std::unique_ptr<TestMachine>> gone;  // until the end: somebody may still look
    bool started_before = false;
    Status fatal;
  };
  struct Commands {
    std::set<std::string> proposed;
    std::vector<std::string> acknowledged;
  };

  Executor& Reactor(Node& node, uint64_t group) { return *node.reactors[group % 2]; }

  void Start(Node& node) {
    node.fatal = OkStatus();
    // Within what leases allow for, and in the other life it may have been another machine.
    node.clock = std::make_unique<sim::DriftingClock>(
        world.clock(), static_cast<int64_t>(prng.Below(20001)) - 10000,
        seconds(static_cast<int64_t>(prng.Below(1000))));
    for (auto& reactor : node.reactors) reactor = &world.AddExecutor(int(node.id), "reactor");
    HostOptions options{.disk = *node.disk,
                        .directory = "log",
                        .identity = node.id,
                        .must_exist = node.started_before,
                        .clock = *node.clock,
                        .log_executor = world.AddExecutor(int(node.id), "log"),
                        .blocking_executor = world.AddExecutor(int(node.id), "blocking"),
                        .first_segment_bytes = 32 << 10,
                        .segment_bytes = 64 << 10,
                        .max_log_bytes = 256 << 10};
    network.Kill(NodeId(node.id));  // of a start that failed
    options.transport = &network.AddNode(NodeId(node.id), world.AddExecutor(int(node.id), "net"));
    options.tick = milliseconds(20);
    if (leases) options.liveness_executor = &world.AddExecutor(int(node.id), "liveness");
    options.seed = prng.Next();
    options.on_fatal = [&node](const Status& status) { node.fatal = status; };
    auto opened = Host::Open(std::move(options));
    node.fatal = opened.status();
    if (!node.fatal.ok()) return;
    node.fatal = (*opened)->Begin();
    if (!node.fatal.ok()) return;
    node.host = std::move(*opened);
    node.started_before = true;
    for (const GroupId id : node.host->RecoveredGroups()) {
      Replica& replica = node.replicas[id.value];
      auto group = node.host->OpenGroup(id, Reactor(node, id.value), *replica.machine);
      if (group.ok()) {
        replica.group = *group;
        replica.created = true;
        replica.id = (*group)->replica();
      } else {
        node.fatal = group.status();
      }
    }
    for (auto& [group, replica] : node.replicas) {
      // Its tombstone was durable, and the crash came before anybody heard of it.
      if (replica.created && replica.group == nullptr) Forget(node, replica);
    }
    Repair(node);
  }

  // What was to be created and is not, by a crash or a refusal, is created again, as a control
  // plane would.
  void Repair(Node& node) {
    for (auto& [group, replica] : node.replicas) {
      if (!replica.created && replica.id != ReplicaId(0)) Create(node, group, replica.id, {});
    }
  }

  static void Forget(Node& node, Replica& replica) {
    node.gone.push_back(std::exchange(replica.machine, std::make_unique<TestMachine>()));
    replica.created = false;
    replica.id = ReplicaId(0);
  }

  void Crash(Node& node, bool keep_unsynced) {
    for (auto& [id, replica] : node.replicas) {
      replica.group = nullptr;
      replica.machine->Crash();
    }
    network.Kill(NodeId(node.id));
    world.Kill(int(node.id));
    node.paused = false;
    node.host = nullptr;
    node.disk->Crash(keep_unsynced);
    node.disk->FailAfter(UINT64_MAX);
  }

  void Create(Node& node, uint64_t group, ReplicaId id, raft::Configuration members) {
    Replica& replica = node.replicas[group];
    if (replica.created || !node.host) return;
    replica.id = id;
    node.host->CreateGroup(GroupId(group), id, std::move(members), Reactor(node, group),
                           *replica.machine, [&replica](Result<Group*> created) {
                             if (!created.ok()) return;
                             replica.group = *created;
                             replica.created = true;
                           });
  }

  void Destroy(Node& node, uint64_t group) {
    Replica& replica = node.replicas[group];
    replica.group = nullptr;
    node.host->DestroyGroup(GroupId(group), [&replica, &node](Status status) {
      if (!status.ok()) return;
      Forget(node, replica);
    });
  }

  // From the group's executor, as its users do.
  void Propose(Node& node, uint64_t group) {
    Replica& replica = node.replicas[group];
    if (!node.host) return;
    const std::string command = std::to_string(++last_command) + ":" +
                                std::string(prng.Below(prng.Chance(1, 10) ? 3000 : 100), '.');
    Reactor(node, group).Post([this, &replica, group, command] {
      if (replica.group == nullptr || !replica.group->LeaderReady()) return;
      commands[group].proposed.insert(command);
      replica.group->Propose(command, [this, group, command](Result<LogIndex> result) {
        if (result.ok()) {
          commands[group].acknowledged.push_back(command);
        } else if (result.status().code() != StatusCode::kOutcomeUnknown) {
          refused.insert(command);
        }
      });
    });
  }

  void Read(Node& node, uint64_t group) {
    Replica& replica = node.replicas[group];
    if (!node.host) return;
    Reactor(node, group).Post([this, &replica, group] {
      if (replica.group == nullptr) return;
      const size_t owed = commands[group].acknowledged.size();
      if (replica.group->RenewLease()) {
        ++lease_reads;
        const auto& applied = replica.machine->state().commands;
        const std::set<std::string> seen(applied.begin(), applied.end());
        for (const std::string& command : commands[group].acknowledged) {
          EXPECT_TRUE(seen.contains(command))
              << "a read under a lease misses what was acknowledged before";
        }
        return;
      }
      replica.group->ReadIndex([this, &replica, group, owed](Result<LogIndex> index) {
        if (!index.ok()) return;
        ++reads;
        const auto& applied = replica.machine->state().commands;
        const std::set<std::string> seen(applied.begin(), applied.end());
        for (size_t i = 0; i < owed; ++i) {
          EXPECT_TRUE(seen.contains(commands[group].acknowledged[i]))
              << "a read misses what was acknowledged before";
        }
      });
    });
  }

  Node* Leader(uint64_t group) {
    Node* leader = nullptr;
    for (auto& [id, node] : nodes) {
      const auto it = node.replicas.find(group);
      if (it == node.replicas.end() || it->second.group == nullptr) continue;
      if (!it->second.group->LeaderReady()) continue;
      if (leader == nullptr ||
          it->second.group->term() > leader->replicas.at(group).group->term()) {
        leader = &node;
      }
    }
    return leader;
  }

  // Moves the group to other nodes; those that are new get a replica that waits for a snapshot.
  void Move(uint64_t group) {
    Node* leader = Leader(group);
    if (leader == nullptr) return;
    std::set<uint64_t> where;
    while (where.size() < 3) where.insert(1 + prng.Below(kNodes));
    raft::Configuration target;
    for (const uint64_t id : where) {
      Node& node = nodes[id];
      Replica& replica = node.replicas[group];
      if (replica.created && !leader->replicas[group].group->configuration().Contains(replica.id)) {
        // It was a member before: it ends, once it was told, and comes back under another id.
        if (replica.group != nullptr && replica.group->removed()) Destroy(node, group);
        return;
      }
      if (!replica.created) {
        if (!node.host) return;
        if (replica.id == ReplicaId(0)) {
          replica.id = ReplicaOn(NodeId(id), uint32_t(++last_replica));
        }
        Create(node, group, replica.id, {});
      }
      target.voters.push_back(replica.id);
    }
    std::sort(target.voters.begin(), target.voters.end());
    Replica& at = leader->replicas[group];
    Reactor(*leader, group).Post([this, &at, target] {
      if (at.group == nullptr) return;
      at.group->ChangeConfiguration(target, [this](Result<LogIndex> done) {
        if (done.ok()) ++moves;
      });
    });
  }

  // At most one replica of a group has a lease at any instant.
  void CheckLeases() {
    for (uint64_t group = 1; group <= kGroups; ++group) {
      int holders = 0;
      for (auto& [id, node] : nodes) {
        const auto it = node.replicas.find(group);
        if (it == node.replicas.end() || it->second.group == nullptr) continue;
        if (it->second.group->lease()->Valid()) ++holders;
      }
      EXPECT_LE(holders, 1) << "two leases of group " << group;
    }
  }

  void Pause(Node& node) {
    node.paused = true;
    world.Pause(int(node.id));
    network.Pause(NodeId(node.id));
  }
  void Resume(Node& node) {
    if (!std::exchange(node.paused, false)) return;
    world.Resume(int(node.id));
    network.Resume(NodeId(node.id));
  }

  // One replica's list is the begin of the other's: all apply the same, in one order.
  void CheckAgreement() {
    for (uint64_t group = 1; group <= kGroups; ++group) {
      const std::vector<std::string>* longest = nullptr;
      for (auto& [id, node] : nodes) {
        const auto it = node.replicas.find(group);
        if (it == node.replicas.end()) continue;
        const auto& applied = it->second.machine->state().commands;
        if (longest == nullptr || applied.size() > longest->size()) longest = &applied;
      }
      if (longest == nullptr) continue;
      std::set<std::string> once;
      for (const std::string& command : *longest) {
        EXPECT_TRUE(commands[group].proposed.contains(command)) << "a stranger is applied";
        EXPECT_TRUE(once.insert(command).second) << "applied twice: " << command.substr(0, 10);
        EXPECT_FALSE(refused.contains(command)) << "refused, but applied";
      }
      for (auto& [id, node] : nodes) {
        const auto it = node.replicas.find(group);
        if (it == node.replicas.end()) continue;
        const auto& applied = it->second.machine->state().commands;
        EXPECT_TRUE(std::equal(applied.begin(), applied.end(), longest->begin()))
            << "group " << group << ": node " << id << " has another order";
      }
    }
  }

  bool Healthy() {
    for (uint64_t group = 1; group <= kGroups; ++group) {
      Node* leader = Leader(group);
      if (leader == nullptr) return false;
      Replica& at = leader->replicas[group];
      const raft::Configuration members = at.group->configuration();
      if (members.IsJoint()) return false;
      std::set<std::string> applied;
      for (const std::string& c : at.machine->state().commands) applied.insert(c);
      for (const std::string& command : commands[group].acknowledged) {
        if (!applied.contains(command)) {
          ADD_FAILURE() << "group " << group << " lost " << command.substr(0, 10);
          return true;
        }
      }
      for (const ReplicaId member : members.Members()) {
        Replica& replica = nodes[NodeOf(member).value].replicas[group];
        if (replica.group == nullptr && world.steps() % 5000 == 0) {
          Repair(nodes[NodeOf(member).value]);
        }
        if (replica.group == nullptr || replica.group->applied() < at.group->applied()) {
          return false;
        }
      }
    }
    return true;
  }

  static std::string DescribeRaft(const Group& group) {
    const raft::Raft& raft = *dynamic_cast<const group::Driver&>(group).raft();
    std::string text = " commit " + std::to_string(raft.commit().value) + " persisted " +
                       std::to_string(raft.persisted().value) +
                       (raft.removed() ? " removed\n" : "\n");
    for (const ReplicaId member : raft.configuration().Members()) {
      const raft::Progress* progress = raft.ProgressOf(member);
      if (progress == nullptr) continue;
      constexpr const char* kStates[] = {"probe", "replicate", "snapshot"};
      text += "    " + std::to_string(member.value) + " " + kStates[int(progress->state())] +
              " match " + std::to_string(progress->match().value) + " next " +
              std::to_string(progress->next().value) + (progress->Paused() ? " paused\n" : "\n");
    }
    return text;
  }

  std::string Describe() {
    std::string text;
    for (auto& [id, node] : nodes) {
      for (auto& [group, replica] : node.replicas) {
        text += "node " + std::to_string(id) + " group " + std::to_string(group) + ": ";
        if (replica.group == nullptr) {
          text += "none\n";
          continue;
        }
        text += (replica.group->LeaderReady() ? "leads, term " : "term ") +
                std::to_string(replica.group->term().value) + " leader " +
                std::to_string(replica.group->leader().value) + " last " +
                std::to_string(replica.group->last_index().value) + " applied " +
                std::to_string(replica.group->applied().value) + " (" +
                raft::ToString(replica.group->configuration()) + ")" + DescribeRaft(*replica.group);
      }
    }
    return text;
  }

  sim::World world;
  Prng prng;
  sim::SimNetwork network;
  std::map<uint64_t, Node> nodes;
  std::map<uint64_t, Commands> commands;
  std::set<std::string> refused;
  uint64_t last_command = 0;
  uint64_t last_replica = 100;
  bool leases = true;
  uint64_t reads = 0;
  uint64_t lease_reads = 0;
  uint64_t moves = 0;
  uint64_t crashes = 0;
};

struct Sum {
  uint64_t commands = 0, reads = 0, lease_reads = 0, moves = 0, crashes = 0, installs = 0;
};

void Live(uint64_t seed, Sum* sum) {
  Cluster cluster(seed);
  Prng& prng = cluster.prng;
  cluster.leases = !prng.Chance(1, 8);
  for (auto& [id, node] : cluster.nodes) {
    cluster.Start(node);
    ASSERT_TRUE(node.fatal.ok()) << node.fatal.ToString();
  }
  for (uint64_t group = 1; group <= kGroups; ++group) {
    raft::Configuration members;
    for (uint64_t i = 0; i < 3; ++i) {
      const uint64_t node = 1 + (group + i) % kNodes;
      members.voters.push_back(ReplicaOn(NodeId(node), uint32_t(group)));
    }
    std::sort(members.voters.begin(), members.voters.end());
    for (const ReplicaId id : members.voters) {
      cluster.Create(cluster.nodes[NodeOf(id).value], group, id, members);
    }
  }
  ASSERT_TRUE(cluster.world.RunUntil([&] { return cluster.Healthy(); }, seconds(30)))
      << cluster.Describe();

  const uint64_t crash_weight = prng.Below(8);
  const uint64_t move_weight = prng.Below(4);
  const uint64_t cut_weight = prng.Below(4);
  cluster.network.options().lost_one_in = prng.Chance(1, 2) ? 7 + prng.Below(60) : 0;
  cluster.network.options().doubled_one_in = prng.Chance(1, 2) ? 7 + prng.Below(60) : 0;
  for (int i = 0; i < 600 && !testing::Test::HasFailure(); ++i) {
    const uint64_t choice = prng.Below(100);
    const uint64_t group = 1 + prng.Below(kGroups);
    auto& node = cluster.nodes[1 + prng.Below(kNodes)];
    Cluster::Node* leader = cluster.Leader(group);
    cluster.CheckLeases();
    if (!node.host) {
      if (prng.Chance(1, 6)) {
        cluster.Start(node);
        ASSERT_TRUE(node.fatal.ok() || node.disk->blown()) << node.fatal.ToString();
      }
    } else if (!node.fatal.ok()) {
      ASSERT_TRUE(node.disk->blown()) << node.fatal.ToString();
      cluster.Crash(node, false);
      ++cluster.crashes;
    } else if (choice < 50) {
      cluster.Propose(leader != nullptr ? *leader : node, group);
    } else if (choice < 60) {
      cluster.Read(leader != nullptr && prng.Chance(3, 4) ? *leader : node, group);
    } else if (choice < 65) {
      for (auto& [id, replica] : node.replicas) {
        if (replica.group != nullptr) replica.machine->Flush();
      }
      node.host->NotifyFlushed();
    } else if (choice < 65 + crash_weight) {
      if (prng.Chance(1, 2)) {
        node.disk->FailAfter(prng.Below(60));
      } else {
        cluster.Crash(node, prng.Chance(1, 2));
        ++cluster.crashes;
      }
    } else if (choice < 73 + move_weight) {
      cluster.Move(group);
    } else if (choice < 77 + cut_weight) {
      cluster.network.Heal();
      const NodeId alone(1 + prng.Below(kNodes));
      const bool one_way = prng.Chance(1, 3);
      for (uint64_t id = 1; id <= kNodes; ++id) {
        if (NodeId(id) == alone) continue;
        cluster.network.Block(alone, NodeId(id));
        if (!one_way) cluster.network.Block(NodeId(id), alone);
      }
    } else if (choice < 82) {
      cluster.network.Heal();
    } else if (choice < 83) {
      cluster.Pause(node);
    } else if (choice < 84) {
      for (auto& [id, paused] : cluster.nodes) cluster.Resume(paused);
    } else if (choice < 86 && leader != nullptr) {
      auto& at = leader->replicas[group];
      const auto members = at.group->configuration().voters;
      const ReplicaId to = members[prng.Below(members.size())];
      cluster.Reactor(*leader, group).Post([&at, to] {
        if (at.group != nullptr) (void)at.group->TransferLeadership(to).ok();
      });
    } else {
      cluster.world.RunFor(milliseconds(prng.Below(200)));
    }
    if (i % 20 == 0) cluster.CheckAgreement();
  }
  cluster.CheckAgreement();
  if (testing::Test::HasFailure()) return;

  for (auto& [id, node] : cluster.nodes) cluster.Resume(node);
  cluster.network.Heal();
  cluster.network.options().lost_one_in = 0;
  for (auto& [id, node] : cluster.nodes) {
    if (node.host && !node.fatal.ok()) cluster.Crash(node, false);
    node.disk->FailAfter(UINT64_MAX);
    if (!node.host) cluster.Start(node);
    ASSERT_TRUE(node.fatal.ok()) << node.fatal.ToString();
  }
  // Who stood still, or was cut off, and believes that it leads learns better.
  cluster.world.RunFor(seconds(5));
  ASSERT_TRUE(cluster.world.RunUntil([&] { return cluster.Healthy(); }, seconds(120)))
      << cluster.Describe();
  for (uint64_t group = 1; group <= kGroups; ++group) {
    const size_t before = cluster.commands[group].acknowledged.size();
    ASSERT_TRUE(cluster.world.RunUntil(
        [&] {
          if (cluster.world.steps() % 1000 == 0 && cluster.Leader(group) != nullptr) {
            cluster.Propose(*cluster.Leader(group), group);
          }
          return cluster.commands[group].acknowledged.size() > before;
        },
        seconds(60)))
        << cluster.Describe();
  }
  ASSERT_TRUE(cluster.world.RunUntil([&] { return cluster.Healthy(); }, seconds(60)))
      << cluster.Describe();
  cluster.CheckAgreement();
  for (auto& [group, commands] : cluster.commands) sum->commands += commands.acknowledged.size();
  sum->reads += cluster.reads;
  sum->lease_reads += cluster.lease_reads;
  sum->moves += cluster.moves;
  sum->crashes += cluster.crashes;
  for (auto& [id, node] : cluster.nodes) {
    for (auto& [group, replica] : node.replicas)
      sum->installs += uint64_t(replica.machine->installs());
  }
}

TEST(HostClusterSimTest, NothingAcknowledgedIsLostOrDoubled) {
  const char* one = std::getenv("SKERRY_SEED");
  const char* many = std::getenv("SKERRY_SEEDS");
  const uint64_t first = one != nullptr ? std::stoull(one) : 1;
  const uint64_t last = one != nullptr ? first : many != nullptr ? std::stoull(many) : 30;
  Sum sum;
  for (uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("SKERRY_SEED=" + std::to_string(seed));
    Live(seed, &sum);
    if (testing::Test::HasFailure()) return;
  }
  std::printf(
      "%llu commands, %llu reads, %llu under a lease, %llu moves, %llu crashes, %llu snapshots "
      "installed\n",
      (unsigned long long)sum.commands, (unsigned long long)sum.reads,
      (unsigned long long)sum.lease_reads, (unsigned long long)sum.moves,
      (unsigned long long)sum.crashes, (unsigned long long)sum.installs);
  if (last - first < 20) return;
  EXPECT_GT(sum.commands, 1000u);
  EXPECT_GT(sum.reads, 100u);
  EXPECT_GT(sum.lease_reads, 100u);
  EXPECT_GT(sum.moves, 5u);
  EXPECT_GT(sum.installs, 5u);
}

}  // namespace
}  // namespace skerry::host
