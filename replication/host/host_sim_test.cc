// A host on simulated executors and disk: random writers, flushes, groups that come and go, kills
// and power cuts at any operation of the disk. Checked after each start: every acknowledged command
// is applied, once and in order, and nothing that was never proposed.

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>

#include "base/sim/sim_disk.h"
#include "base/sim/world.h"
#include "replication/host/host.h"
#include "replication/host/test_machine.h"

namespace skerry::host {
namespace {

using group::Group;
using std::chrono::milliseconds;
using std::chrono::seconds;

// One node: its machines stand for the engine and survive its crashes as an engine would.
class Node {
 public:
  Node(uint64_t seed, Durability durability)
      : world(seed), disk(world.prng()), durability_(durability) {}

  struct Replica {
    std::unique_ptr<TestMachine> machine = std::make_unique<TestMachine>();
    Group* group = nullptr;
    std::vector<std::string> proposed;      // in the order of their proposal, over all lives
    std::vector<std::string> acknowledged;  // likewise
    bool created = false;
    bool destroying = false;
    bool destroyed = false;
  };

  Status Start() {
    fatal = OkStatus();
    for (int i = 0; i < 2; ++i) reactors_[i] = &world.AddExecutor(0, "reactor");
    HostOptions options{.disk = disk,
                        .directory = "log",
                        .identity = 1,
                        .must_exist = started_before_,
                        .clock = world.clock(),
                        .log_executor = world.AddExecutor(0, "log"),
                        .blocking_executor = world.AddExecutor(0, "blocking"),
                        .durability = durability_,
                        .first_segment_bytes = 32 << 10,
                        .segment_bytes = 64 << 10,
                        .max_log_bytes = max_log_bytes};
    options.on_fatal = [this](const Status& status) { fatal = status; };
    auto opened = Host::Open(std::move(options));
    if (!opened.ok()) return opened.status();
    host = std::move(*opened);
    SKERRY_RETURN_IF_ERROR(host->Begin());
    started_before_ = true;
    for (const GroupId id : host->RecoveredGroups()) {
      const auto it = replicas.find(id.value);
      if (it == replicas.end()) return Internal("a group that nobody created");
      if (it->second.destroyed) return Internal("a destroyed group came back");
      auto group = host->OpenGroup(id, Reactor(id.value), *it->second.machine);
      if (!group.ok()) return group.status();
      it->second.group = *group;
    }
    return OkStatus();
  }

  Executor& Reactor(uint64_t group) { return *reactors_[group % 2]; }

  void Crash(bool keep_unsynced) {
    for (auto& [id, replica] : replicas) {
      replica.group = nullptr;
      replica.machine->Crash();
    }
    world.Kill(0);
    host = nullptr;
    disk.Crash(keep_unsynced);
  }

  void Stop() {
    bool stopped = false;
    host->Stop([&] { stopped = true; });
    EXPECT_TRUE(world.RunUntil([&] { return stopped; }, seconds(60)));
    for (auto& [id, replica] : replicas) replica.group = nullptr;
    world.Kill(0);
    host = nullptr;
  }

  void Create(uint64_t id) {
    Replica& replica = replicas[id];
    host->CreateGroup(GroupId(id), ReplicaId(id + 1000), {.voters = {ReplicaId(id + 1000)}},
                      Reactor(id), *replica.machine, [&replica](Result<Group*> group) {
                        if (!group.ok()) return;
                        EXPECT_TRUE((*group)->LeaderReady());
                        replica.group = *group;
                        replica.created = true;
                      });
  }

  void Destroy(uint64_t id) {
    Replica& replica = replicas[id];
    replica.group = nullptr;
    replica.destroying = true;
    host->DestroyGroup(GroupId(id), [&replica](Status status) {
      if (status.ok()) replica.destroyed = true;
    });
  }

  // From the group's executor, as its users do.
  void Propose(uint64_t id, std::string command) {
    Replica& replica = replicas[id];
    Reactor(id).Post([&replica, command = std::move(command)] {
      if (replica.group == nullptr || !replica.group->LeaderReady()) return;
      replica.proposed.push_back(command);
      replica.group->Propose(command, [&replica, command](Result<LogIndex> result) {
        if (command.starts_with('!')) {
          EXPECT_FALSE(result.ok());
        } else if (result.ok()) {
          EXPECT_LE(*result, replica.machine->applied());
          replica.acknowledged.push_back(command);
        } else if (result.status().code() != StatusCode::kOutcomeUnknown) {
          // Surely never applied.
          std::erase(replica.proposed, command);
        }
      });
    });
  }

  sim::World world;
  sim::SimDisk disk;
  std::unique_ptr<Host> host;
  std::map<uint64_t, Replica> replicas;
  Status fatal;
  uint64_t max_log_bytes = 256 << 10;

 private:
  const Durability durability_;
  bool started_before_ = false;
  sim::SimExecutor* reactors_[2] = {};
};

bool IsSubsequence(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  size_t at = 0;
  for (const std::string& item : whole) {
    if (at < part.size() && part[at] == item) ++at;
  }
  return at == part.size();
}

void CheckGroup(uint64_t id, Node::Replica& replica, bool may_lose) {
  const std::vector<std::string>& applied = replica.machine->state().commands;
  EXPECT_TRUE(IsSubsequence(applied, replica.proposed)) << "group " << id << " applied a stranger";
  if (!may_lose) {
    EXPECT_TRUE(IsSubsequence(replica.acknowledged, applied)) << "group " << id << " lost a write";
  }
  if (may_lose) replica.acknowledged.clear();
}

struct Plan {
  Durability durability = Durability::kSynced;
  bool power_cuts = true;  // else only the process dies
};

void Live(uint64_t seed, const Plan& plan) {
  Node node(seed, plan.durability);
  Prng prng(seed * 77);
  uint64_t commands = 0;
  uint64_t last_id = 0;
  const bool may_lose = plan.durability == Durability::kRelaxed && plan.power_cuts;
  for (int life = 0; life < 6; ++life) {
    Status started = node.Start();
    while (!started.ok()) {
      ASSERT_TRUE(node.disk.blown()) << started.ToString();
      node.Crash(!plan.power_cuts);
      started = node.Start();
    }
    // All groups lead again within moments, and hold what they must.
    ASSERT_TRUE(node.world.RunUntil(
        [&] {
          for (auto& [id, replica] : node.replicas) {
            if (replica.group != nullptr && !replica.group->LeaderReady()) return false;
          }
          return true;
        },
        seconds(1)));
    for (auto& [id, replica] : node.replicas) {
      if (replica.group != nullptr) {
        CheckGroup(id, replica, may_lose);
      } else if (!replica.destroying) {
        ASSERT_FALSE(replica.created) << "group " << id << " is lost";
      }
    }
    if (testing::Test::HasFailure()) return;

    node.disk.FailAfter(prng.Chance(1, 3) ? UINT64_MAX : 20 + prng.Below(300));
    for (int i = 0; i < 150 && node.fatal.ok(); ++i) {
      const uint64_t choice = prng.Below(100);
      uint64_t id = last_id == 0 ? 0 : 1 + prng.Below(last_id);
      Node::Replica* replica = id == 0 ? nullptr : &node.replicas[id];
      const bool open = replica != nullptr && replica->group != nullptr;
      if (choice < 5 || last_id == 0) {
        node.Create(++last_id);
      } else if (choice < 80) {
        std::string command = (prng.Chance(1, 20) ? "!" : "") + std::to_string(++commands) + ":";
        node.Propose(id, command + std::string(prng.Below(3000), '.'));
      } else if (choice < 83 && open) {
        node.Destroy(id);
      } else if (choice < 90 && open) {
        replica->machine->Flush();
        node.host->NotifyFlushed();
      } else {
        node.world.RunFor(std::chrono::microseconds(prng.Below(5000)));
      }
    }
    if (node.fatal.ok() && prng.Chance(1, 4)) {
      node.disk.FailAfter(UINT64_MAX);
      node.Stop();
      for (auto& [id, replica] : node.replicas) replica.machine->Crash();
      if (plan.power_cuts) node.disk.Crash();
    } else {
      ASSERT_TRUE(node.fatal.ok() || node.disk.blown()) << node.fatal.ToString();
      node.Crash(!plan.power_cuts || prng.Chance(1, 3));
    }
  }
}

void LiveManyTimes(const Plan& plan) {
  // More with SKERRY_SEEDS=n; one alone with SKERRY_SEED=n.
  const char* one = std::getenv("SKERRY_SEED");
  const char* many = std::getenv("SKERRY_SEEDS");
  const uint64_t first = one != nullptr ? std::stoull(one) : 1;
  const uint64_t last = one != nullptr ? first : many != nullptr ? std::stoull(many) : 100;
  for (uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Live(seed, plan);
    if (testing::Test::HasFailure()) break;
  }
}

TEST(HostSimTest, PowerCutsLoseNothingAcknowledged) { LiveManyTimes({}); }

TEST(HostSimTest, RelaxedLosesNothingWhenTheProcessDies) {
  LiveManyTimes({Durability::kRelaxed, /*power_cuts=*/false});
}

TEST(HostSimTest, RelaxedStartsAgainAfterAPowerCut) {
  LiveManyTimes({Durability::kRelaxed, /*power_cuts=*/true});
}

// Makes group 1 and waits for it.
void CreateFirst(Node& node) {
  ASSERT_TRUE(node.Start().ok());
  node.Create(1);
  ASSERT_TRUE(node.world.RunUntil([&] { return node.replicas[1].created; }));
}

TEST(HostSimTest, ProposalsOfOneTurnAreAppliedTogether) {
  Node node(1, Durability::kSynced);
  CreateFirst(node);
  Node::Replica& replica = node.replicas[1];
  const int applies = replica.machine->applies();
  const uint64_t syncs = node.disk.syncs();
  int done = 0;
  node.Reactor(1).Post([&] {
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(replica.group->Propose("x", [&](Result<LogIndex>) { ++done; }),
                LogIndex(2 + static_cast<uint64_t>(i)));
    }
    EXPECT_EQ(done, 0);
  });
  ASSERT_TRUE(node.world.RunUntil([&] { return done == 100; }));
  EXPECT_EQ(replica.machine->applies() - applies, 1);
  EXPECT_LE(node.disk.syncs() - syncs, 2u);  // one may be of the next segment, made ready
}

TEST(HostSimTest, ALogBeyondItsBoundAsksForFlushesAndRefuses) {
  Node node(1, Durability::kSynced);
  CreateFirst(node);
  Node::Replica& replica = node.replicas[1];
  Status last;
  for (int i = 0; i < 400 && last.ok(); ++i) {
    node.Reactor(1).Post([&] {
      replica.group->Propose(std::string(3000, 'x'),
                             [&](Result<LogIndex> r) { last = r.status(); });
    });
    node.world.RunFor(milliseconds(1));
  }
  EXPECT_EQ(last.code(), StatusCode::kResourceExhausted);
  EXPECT_GT(replica.machine->flush_requests(), 0);
  replica.machine->Flush();
  node.host->NotifyFlushed();
  node.world.RunFor(seconds(1));
  EXPECT_LE(node.host->LogBytes(), 128u << 10);
  bool accepted = false;
  node.Reactor(1).Post(
      [&] { replica.group->Propose("y", [&](Result<LogIndex> r) { accepted = r.ok(); }); });
  ASSERT_TRUE(node.world.RunUntil([&] { return accepted; }));
}

TEST(HostSimTest, StragglersOfAGroupThatNeverFlushesAreRewritten) {
  Node node(1, Durability::kSynced);
  CreateFirst(node);
  node.Create(2);
  ASSERT_TRUE(node.world.RunUntil([&] { return node.replicas[2].created; }));
  node.Propose(2, "straggler");
  node.world.RunFor(milliseconds(10));
  node.replicas[1].machine->FlushAlways();
  for (int i = 0; i < 300; ++i) {
    node.Propose(1, std::to_string(i) + std::string(3000, 'x'));
    node.world.RunFor(milliseconds(20));
  }
  node.world.RunFor(seconds(10));
  EXPECT_LE(node.host->LogBytes(), 512u << 10);
  node.Crash(false);
  ASSERT_TRUE(node.Start().ok());
  node.world.RunFor(milliseconds(100));
  EXPECT_EQ(node.replicas[2].machine->state().commands, std::vector<std::string>{"straggler"});
}

// An engine that has nothing to flush says at once that it did.
TEST(HostSimTest, AFlushThatFreesNothingIsNotAskedForAgainAtOnce) {
  Node node(1, Durability::kSynced);
  CreateFirst(node);
  TestMachine& machine = *node.replicas[1].machine;
  machine.OnFlushRequest([&node] { node.host->NotifyFlushed(); });
  for (int i = 0; i < 100; ++i) {
    node.Propose(1, std::to_string(i) + std::string(3000, 'x'));
    node.world.RunFor(milliseconds(1));
  }
  const int before = machine.flush_requests();
  const uint64_t steps = node.world.steps();
  node.world.RunFor(seconds(2));
  EXPECT_GT(machine.flush_requests(), before);
  EXPECT_LE(machine.flush_requests() - before, 4);
  EXPECT_LE(node.world.steps() - steps, 500u);
}

TEST(HostSimTest, AStopMakesRelaxedWritesDurable) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Node node(seed, Durability::kRelaxed);
    CreateFirst(node);
    node.Propose(1, "a");
    ASSERT_TRUE(node.world.RunUntil([&] { return !node.replicas[1].acknowledged.empty(); }));
    node.Stop();
    node.Crash(false);
    ASSERT_TRUE(node.Start().ok());
    node.world.RunFor(milliseconds(100));
    EXPECT_EQ(node.replicas[1].machine->state().commands, std::vector<std::string>{"a"});
  }
}

// More than one piece of the log has to be read back.
TEST(HostSimTest, ALongLogIsAppliedAgainInFull) {
  Node node(1, Durability::kSynced);
  node.max_log_bytes = 64 << 20;
  CreateFirst(node);
  std::vector<std::string> expected;
  for (int i = 0; i < 100; ++i) {
    expected.push_back(std::to_string(i) + std::string(50000, 'x'));
    node.Propose(1, expected.back());
    node.world.RunFor(milliseconds(i % 3));
  }
  ASSERT_TRUE(node.world.RunUntil([&] { return node.replicas[1].acknowledged.size() == 100; }));
  node.Crash(false);
  ASSERT_TRUE(node.Start().ok());
  node.world.RunFor(milliseconds(100));
  EXPECT_EQ(node.replicas[1].machine->state().commands, expected);
}

TEST(HostSimTest, AnEngineThatLostItsFlushesIsRefused) {
  Node node(1, Durability::kSynced);
  CreateFirst(node);
  for (int i = 0; i < 100; ++i) {
    node.Propose(1, std::to_string(i) + std::string(3000, 'x'));
    node.world.RunFor(milliseconds(2));
  }
  node.replicas[1].machine->Flush();
  node.host->NotifyFlushed();
  node.world.RunFor(seconds(1));
  node.Stop();
  node.replicas[1].machine = std::make_unique<TestMachine>();
  const Status status = node.Start();
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
  EXPECT_NE(status.message().find("the engine has lost writes"), std::string::npos);
}

TEST(HostSimTest, ALogThatEndsBeforeTheEngineIsRefused) {
  Node node(1, Durability::kSynced);
  CreateFirst(node);
  std::map<std::string, std::string> old;
  for (const auto& file : node.disk.Files()) old[file] = node.disk.ReadAll(file);
  node.Propose(1, "a");
  node.world.RunFor(milliseconds(10));
  node.replicas[1].machine->Flush();
  node.Crash(false);
  for (const auto& [file, content] : old) node.disk.WriteAll(file, content);
  const Status status = node.Start();
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
  EXPECT_NE(status.message().find("the log has lost records"), std::string::npos);
}

TEST(HostSimTest, AFailedSyncStopsTheNodeAndOutcomesAreUnknown) {
  Node node(1, Durability::kSynced);
  CreateFirst(node);
  Node::Replica& replica = node.replicas[1];
  Status first;
  Status second;
  node.disk.FailNextSync();
  node.Reactor(1).Post(
      [&] { replica.group->Propose("a", [&](Result<LogIndex> r) { first = r.status(); }); });
  ASSERT_TRUE(node.world.RunUntil([&] { return !first.ok(); }));
  EXPECT_EQ(first.code(), StatusCode::kOutcomeUnknown);
  EXPECT_EQ(node.fatal.code(), StatusCode::kIoError);
  EXPECT_FALSE(replica.group->LeaderReady());
  node.Reactor(1).Post(
      [&] { replica.group->Propose("b", [&](Result<LogIndex> r) { second = r.status(); }); });
  ASSERT_TRUE(node.world.RunUntil([&] { return !second.ok(); }));
  EXPECT_EQ(second.code(), StatusCode::kUnavailable);
}

TEST(HostSimTest, AnIdleNodeDoesNothing) {
  Node node(1, Durability::kSynced);
  CreateFirst(node);
  node.Propose(1, "a");
  EXPECT_TRUE(node.world.RunUntilIdle(seconds(2)));
}

}  // namespace
}  // namespace skerry::host
