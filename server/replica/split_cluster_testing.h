#pragma once

// For tests: a partition on three nodes in virtual time that is split, and its children again,
// while clients count and read, nodes lose power and are cut off. The test is the catalog: it tells
// clients where keys are, makes children again that could not be made, ends parents whose split is
// applied everywhere. Checked: no increment is lost or doubled, no strong read misses one,
// whichever group served it; at the end the living groups tile the hashes, and have the same rows
// everywhere.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/replica/replica_cluster_testing.h"
#include "storage/document/key_encoding.h"

namespace skerry::replica {

struct SplitMember {
  uint64_t id = 0;
  int life = 0;
  std::unique_ptr<sim::SimDisk> disk;
  std::shared_ptr<engine::MemoryStore> store = engine::MemoryStore::Create({});
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<host::Host> host;
  std::unique_ptr<Replicas> replicas;
  std::map<GroupId, std::shared_ptr<Replica>> open;
  std::set<GroupId> has_children;  // those of these parents are made, in this life
  std::set<GroupId> ended;
  bool started_before = false;
  bool failed = false;
  bool tend = false;  // soon
};

class SplitCluster {
 public:
  static constexpr uint64_t kSplitNodes = 3;
  static constexpr uint64_t kSplitKeys = 12;

  explicit SplitCluster(uint64_t seed) : world(seed), prng(seed * 17 + 3), network(world) {
    network.options().lost_one_in = prng.Chance(1, 2) ? 10 + prng.Below(50) : 0;
    network.options().doubled_one_in = prng.Chance(1, 2) ? 10 + prng.Below(50) : 0;
    network.options().encoded_one_in = 4;
    for (uint64_t id = 1; id <= kSplitNodes; ++id) {
      members[id].id = id;
      members[id].disk = std::make_unique<sim::SimDisk>(world.prng());
    }
  }
  ~SplitCluster() {
    for (auto& [id, member] : members) {
      if (member.host) Crash(member, true);
    }
  }

  raft::Configuration NewMembers() {
    raft::Configuration fresh;
    ++last_replica;
    for (uint64_t id = 1; id <= kSplitNodes; ++id) {
      fresh.voters.push_back(ReplicaOn(NodeId(id), last_replica));
    }
    return fresh;
  }

  void Start(SplitMember& member) {
    member.life = ++last_life;
    member.failed = false;
    std::vector<Executor*> reactors = {&world.AddExecutor(member.life, "reactor-0"),
                                       &world.AddExecutor(member.life, "reactor-1")};
    host::HostOptions options{.disk = *member.disk,
                              .directory = "log",
                              .identity = member.id,
                              .must_exist = member.started_before,
                              .clock = world.clock(),
                              .log_executor = world.AddExecutor(member.life, "log"),
                              .blocking_executor = world.AddExecutor(member.life, "blocking"),
                              .first_segment_bytes = 32 << 10,
                              .segment_bytes = 64 << 10,
                              .max_log_bytes = 256 << 10};
    options.transport =
        &network.AddNode(NodeId(member.id), world.AddExecutor(member.life, "network"));
    options.tick = milliseconds(20);
    options.seed = prng.Next();
    options.on_fatal = [&member](const Status&) { member.failed = true; };
    auto opened = host::Host::Open(std::move(options));
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    member.host = std::move(*opened);
    const Status begun = member.host->Begin();
    ASSERT_TRUE(begun.ok()) << begun.ToString();
    member.started_before = true;
    member.engine = member.store->Open();
    member.engine->SetFlushListener([&member] { member.host->NotifyFlushed(); });
    member.replicas = std::make_unique<Replicas>(*member.host, *member.engine, reactors);
    member.replicas->OnSplit([this, &member](GroupId) {
      if (prng.Chance(1, 2)) member.tend = true;
    });
    member.replicas->OnChild([&member](std::shared_ptr<Replica> child) {
      member.open[child->group()] = std::move(child);
    });
    const std::vector<GroupId> owned = member.host->RecoveredGroups();
    ASSERT_TRUE(member.replicas->SweepData(owned).ok());
    for (const GroupId group : owned) Keep(member, member.replicas->Open(group, Schema()));
  }

  void Crash(SplitMember& member, bool power_cut) {
    network.Kill(NodeId(member.id));
    world.Kill(member.life);
    member.open.clear();
    member.has_children.clear();
    member.replicas = nullptr;
    member.engine->SetFlushListener(nullptr);
    member.host = nullptr;
    member.store->Crash();
    member.engine = nullptr;
    member.disk->Crash(/*keep_unsynced=*/!power_cut);
  }

  template <typename T, typename Done>
  void Run(Task<T> task, Done done, SplitMember& member) {
    auto held = std::make_shared<Task<T>>(std::move(task));
    Executor& executor = world.AddExecutor(member.life, "client");
    executor.Post(
        [held, done = std::move(done)]() mutable { Spawn(std::move(*held), std::move(done)); });
  }

  void Keep(SplitMember& member, Task<Result<std::shared_ptr<Replica>>> task) {
    Run(
        std::move(task),
        [&member, life = member.life](Result<std::shared_ptr<Replica>> replica) {
          EXPECT_TRUE(replica.ok()) << replica.status().ToString();
          if (replica.ok() && member.life == life) member.open[(*replica)->group()] = *replica;
        },
        member);
  }

  // What a catalog does, for one node.
  void Tend(SplitMember& member) {
    if (!member.host) return;
    for (const auto& [group, replica] : std::map(member.open)) {
      const auto seal = replica->seal();
      if (!seal) continue;
      Learn(*seal, replica->range());
      if (!member.has_children.contains(group)) {
        Run(
            member.replicas->CreateChildren(replica),
            [&member, group = group, life = member.life](const Status& made) {
              if (made.ok() && member.life == life) member.has_children.insert(group);
            },
            member);
      } else if (prng.Chance(1, 3) && SplitEverywhere(group) && !ParentOwes(member, group)) {
        member.ended.insert(group);
        auto going = replica;
        member.open.erase(group);
        Run(
            member.replicas->Destroy(std::move(going)),
            [this](const Status& status) {
              if (status.ok()) ++ends;
            },
            member);
      }
    }
  }

  // A node whose replica lacks what the log has no more, and which gets no snapshot of a parent
  // that was split: it ends there, and the children come by theirs.
  void Mend(SplitMember& member) {
    const std::vector<GroupId> living = Living();
    for (const auto& [group, range] : ranges) {
      if (std::find(living.begin(), living.end(), group) != living.end()) {
        Replace(member, group);
        continue;
      }
      const auto replica = ReplicaOf(member, group);
      if ((replica && replica->seal()) || ParentOwes(member, group)) continue;
      if (!member.ended.insert(group).second || !replica) continue;
      ++mended;
      member.open.erase(group);
      Run(member.replicas->Destroy(replica), [](const Status&) {}, member);
    }
  }

  void Replace(SplitMember& member, GroupId group) {
    SplitMember* leader = LeaderOf(group);
    if (leader == nullptr || member.replicas == nullptr) return;
    for (const auto& [parent, replica] : member.open) {
      if (!replica->seal() || member.has_children.contains(parent)) continue;
      return;  // it may come of itself
    }
    if (const auto here = ReplicaOf(member, group)) {
      const auto now = ReplicaOf(*leader, group)->configuration();
      const auto added = replacements.find({member.id, group});
      if (now.IsJoint() || added == replacements.end() || now.Contains(added->second)) return;
      raft::Configuration target;
      for (const ReplicaId voter : now.voters) {
        if (NodeOf(voter) != NodeId(member.id)) target.voters.push_back(voter);
      }
      target.voters.push_back(added->second);
      std::sort(target.voters.begin(), target.voters.end());
      Run(ReplicaOf(*leader, group)->ChangeConfiguration(target), [](const Status&) {}, *leader);
      return;
    }
    if (!replacements.contains({member.id, group})) {
      const ReplicaId id = ReplicaOn(NodeId(member.id), ++last_replica);
      replacements[{member.id, group}] = id;
      Run(
          member.replicas->CreateMember(group, id, {}, Schema()),
          [this, &member, group, life = member.life](Result<std::shared_ptr<Replica>> replica) {
            if (member.life != life) return;
            if (replica.ok()) {
              member.open[group] = *replica;
            } else {
              // The log is at its bound: again later, as a catalog would.
              EXPECT_EQ(replica.status().code(), StatusCode::kResourceExhausted);
              replacements.erase({member.id, group});
            }
          },
          member);
    }
  }

  // The group's parent is here and has not yet said that its children are made.
  bool ParentOwes(SplitMember& member, GroupId group) {
    for (const auto& [parent, replica] : member.open) {
      const auto seal = replica->seal();
      if (!seal || seal->children_made) continue;
      if (seal->split.lower().group() == group.value ||
          seal->split.upper().group() == group.value) {
        return true;
      }
    }
    return false;
  }

  bool SplitEverywhere(GroupId group) {
    for (auto& [id, member] : members) {
      if (!member.ended.contains(group) && !member.has_children.contains(group)) return false;
    }
    return true;
  }

  void Learn(const partition::Seal& seal, partition::HashRange range) {
    const GroupId lower(seal.split.lower().group());
    if (ranges.contains(lower)) return;
    ranges[lower] = {range.first, seal.split.last_hash()};
    ranges[GroupId(seal.split.upper().group())] = {seal.split.last_hash() + 1, range.last};
    ++splits;
  }

  // Any group that has, or had, the key; mostly the last.
  GroupId GroupOf(uint64_t hash) {
    std::vector<GroupId> all;
    for (const auto& [group, range] : ranges) {
      if (range.Contains(hash)) all.push_back(group);
    }
    return prng.Chance(4, 5) ? all.back() : all[prng.Below(all.size())];
  }

  std::shared_ptr<Replica> ReplicaOf(SplitMember& member, GroupId group) {
    const auto found = member.open.find(group);
    return found == member.open.end() ? nullptr : found->second;
  }

  SplitMember* LeaderOf(GroupId group) {
    std::vector<SplitMember*> leaders;
    for (auto& [id, member] : members) {
      const auto replica = ReplicaOf(member, group);
      if (replica && replica->ready()) leaders.push_back(&member);
    }
    return leaders.empty() ? nullptr : leaders[prng.Below(leaders.size())];
  }

  std::pair<std::string, WriteRequest> AnyKey() {
    const std::string id = "counter" + std::to_string(prng.Below(kSplitKeys));
    return {id, AddOne(id)};
  }

  void Count() {
    auto [id, request] = AnyKey();
    const GroupId group = GroupOf(partition::HashOfRow(request.row_key));
    SplitMember* leader = LeaderOf(group);
    SplitMember& member =
        leader != nullptr && prng.Chance(5, 6) ? *leader : members[1 + prng.Below(kSplitNodes)];
    const auto replica = ReplicaOf(member, group);
    if (!replica) return;
    Counter& counter = counters[id];
    const int64_t before = counter.acknowledged_max;
    ++counter.maybe;
    Run(
        replica->Write(std::move(request)),
        [this, &counter, before, replica](Result<WriteResult> result) {
          if (result.ok()) {
            const int64_t value = CountIn(result->new_item);
            --counter.maybe;
            ++counter.acknowledged;
            ++writes;
            EXPECT_GT(value, before) << "an increment that began later got a lower value";
            EXPECT_TRUE(counter.told.insert(value).second) << "one increment was lost";
            counter.acknowledged_max = std::max(counter.acknowledged_max, value);
          } else if (result.status().code() != StatusCode::kOutcomeUnknown) {
            if (result.status().code() == StatusCode::kRangeMoved) ++moved;
            --counter.maybe;
          }
        },
        member);
  }

  void Read() {
    auto [id, request] = AnyKey();
    const int64_t before = counters[id].acknowledged_max;
    for (auto& [node, member] : members) {
      for (const auto& [group, replica] : member.open) {
        if (!replica->range().Contains(partition::HashOfRow(request.row_key))) continue;
        Run(
            replica->ConfirmLeadership(),
            [this, row_key = request.row_key, before, replica = replica](Status status) {
              if (!status.ok()) return;
              engine::PinnedValue pin;
              const auto item = replica->Get(row_key, &pin);
              if (!item.ok()) return;
              ++reads;
              EXPECT_GE(CountIn(*item), before)
                  << "a strong read misses an acknowledged write, by group "
                  << replica->group().value << " on node " << replica->node().value << "\n"
                  << Describe();
            },
            member);
      }
    }
  }

  void Split() {
    if (ranges.size() > 12) return;
    const auto [any, request] = AnyKey();
    const GroupId group = GroupOf(partition::HashOfRow(request.row_key));
    SplitMember* leader = LeaderOf(group);
    if (leader == nullptr) return;
    SplitPlan plan;
    plan.last_hash = partition::HashOfRow(request.row_key);
    plan.lower = {GroupId(++last_group), NewMembers()};
    plan.upper = {GroupId(++last_group), NewMembers()};
    const auto replica = ReplicaOf(*leader, group);
    Run(
        replica->Split(std::move(plan), world.AddExecutor(leader->life, "reader")),
        [this, replica](const Status& status) { told += status.ok() ? 1 : 0; }, *leader);
  }

  // Living groups: those that are not split as far as anybody knows.
  std::vector<GroupId> Living() {
    std::set<GroupId> split;
    for (auto& [id, member] : members) {
      for (const auto& [group, replica] : member.open) {
        if (replica->seal()) split.insert(group);
      }
      split.insert(member.ended.begin(), member.ended.end());
    }
    std::vector<GroupId> living;
    for (const auto& [group, range] : ranges) {
      if (!split.contains(group)) living.push_back(group);
    }
    return living;
  }

  // Looks now and then only, since it looks at much.
  bool Healthy() {
    if (world.steps() % 50 != 0) return false;
    if (world.steps() % 200 == 0) {
      for (auto& [id, member] : members) {
        Tend(member);
        if (mending) Mend(member);
      }
    }
    for (const GroupId group : Living()) {
      SplitMember* leader = LeaderOf(group);
      if (leader == nullptr) return false;
      for (auto& [id, member] : members) {
        const auto replica = ReplicaOf(member, group);
        if (!replica || replica->applied() < ReplicaOf(*leader, group)->applied()) return false;
      }
    }
    for (auto& [id, member] : members) {
      for (const auto& [group, replica] : member.open) {
        if (replica->seal() && !member.has_children.contains(group)) return false;
      }
    }
    return true;
  }

  std::string Describe() {
    std::string text;
    for (auto& [id, member] : members) {
      text += "node " + std::to_string(id) + (member.host ? ":" : " is down:");
      for (const auto& [group, replica] : member.open) {
        text += " " + std::to_string(group.value) + (replica->ready() ? "L" : "") +
                (replica->seal() ? "S" : "") + std::to_string(replica->applied().value);
      }
      text += "\n";
    }
    return text;
  }

  sim::World world;
  Prng prng;
  sim::SimNetwork network;
  std::map<uint64_t, SplitMember> members;
  std::map<GroupId, partition::HashRange> ranges;
  std::map<std::string, Counter> counters;
  std::map<std::pair<uint64_t, GroupId>, ReplicaId> replacements;
  bool mending = false;
  int last_life = 0;
  uint32_t last_replica = 0;
  uint64_t last_group = kGroup.value;
  uint64_t writes = 0, reads = 0, moved = 0, splits = 0, told = 0, ends = 0, crashes = 0,
           mended = 0;
};

inline void CheckEnd(SplitCluster& cluster) {
  // They tile the hashes.
  std::map<uint64_t, uint64_t> spans;
  for (const GroupId group : cluster.Living()) {
    const auto range = cluster.ranges[group];
    EXPECT_TRUE(spans.emplace(range.first, range.last).second);
  }
  uint64_t next = 0;
  for (const auto& [first, last] : spans) {
    EXPECT_EQ(first, next);
    next = last + 1;
  }
  EXPECT_EQ(next, 0u);
  for (const auto& [id, counter] : cluster.counters) {
    const std::string row_key = AddOne(id).row_key;
    for (const GroupId group : cluster.Living()) {
      if (!cluster.ranges[group].Contains(partition::HashOfRow(row_key))) continue;
      engine::PinnedValue pin;
      const auto item = cluster.ReplicaOf(*cluster.LeaderOf(group), group)->Get(row_key, &pin);
      ASSERT_TRUE(item.ok()) << item.status().ToString();
      EXPECT_GE(CountIn(*item), counter.acknowledged) << id;
      EXPECT_LE(CountIn(*item), counter.acknowledged + counter.maybe) << id;
    }
  }
  for (const GroupId group : cluster.Living()) {
    std::map<std::string, std::string> rows;
    for (auto& [id, member] : cluster.members) {
      std::map<std::string, std::string> here;
      const auto ownership = partition::ReadOwnership(*member.engine, group);
      ASSERT_TRUE(ownership.ok());
      const std::string prefix = partition::DataPrefix(ownership->data);
      const std::string end = document::PrefixSuccessor(prefix);
      auto cursor = member.engine->NewIterator({.lower = prefix, .upper = end});
      for (cursor->SeekToFirst(); cursor->Valid(); cursor->Next()) {
        const std::string key(cursor->key().substr(prefix.size()));
        if (ownership->range.Contains(partition::HashOfRow(key))) here[key] = cursor->value();
      }
      if (id == 1) rows = here;
      EXPECT_EQ(here, rows) << "node " << id << " has other rows of group " << group.value;
      EXPECT_EQ(cluster.ReplicaOf(member, group)->statistics(0).items,
                static_cast<int64_t>(here.size()))
          << "the figures of group " << group.value << " are wrong";
    }
  }
}

inline void LiveAndSplit(SplitCluster& cluster) {
  Prng& prng = cluster.prng;
  const raft::Configuration first = cluster.NewMembers();
  for (auto& [id, member] : cluster.members) {
    cluster.Start(member);
    cluster.Keep(member,
                 member.replicas->CreateMember(kGroup, first.voters[id - 1], first, Schema()));
  }
  cluster.ranges[kGroup] = {};
  ASSERT_TRUE(cluster.world.RunUntil([&] { return cluster.Healthy(); }, seconds(30)));

  const uint64_t crash_weight = prng.Below(5);
  const uint64_t cut_weight = prng.Below(5);
  for (int i = 0; i < 500 && !testing::Test::HasFailure(); ++i) {
    SplitMember& any = cluster.members[1 + prng.Below(SplitCluster::kSplitNodes)];
    const uint64_t choice = prng.Below(100);
    for (auto& [id, member] : cluster.members) {
      if (std::exchange(member.tend, false)) cluster.Tend(member);
    }
    if (!any.host) {
      if (prng.Chance(1, 5)) cluster.Start(any);
    } else if (any.failed || choice < crash_weight) {
      cluster.Crash(any, prng.Chance(1, 2));
      ++cluster.crashes;
    } else if (choice < 10) {
      cluster.network.Heal();
      if (prng.Chance(cut_weight, 10)) {
        std::set<NodeId> others;
        for (uint64_t id = 1; id <= SplitCluster::kSplitNodes; ++id) {
          if (id != any.id) others.insert(NodeId(id));
        }
        cluster.network.Partition({NodeId(any.id)}, others);
      }
    } else if (choice < 14) {
      cluster.Split();
    } else if (choice < 24) {
      cluster.Tend(any);
    } else if (choice < 28) {
      (void)any.engine->Flush().ok();
    } else if (choice < 50) {
      const uint64_t writes = prng.Chance(1, 8) ? 1 + prng.Below(20) : 1;
      for (uint64_t n = 0; n < writes; ++n) cluster.Count();
    } else if (choice < 62) {
      cluster.Read();
    } else {
      cluster.world.RunFor(milliseconds(prng.Below(100)));
    }
  }
  if (testing::Test::HasFailure()) return;

  cluster.network.Heal();
  cluster.network.options().lost_one_in = 0;
  for (auto& [id, member] : cluster.members) {
    if (member.host && member.failed) cluster.Crash(member, false);
    if (!member.host) cluster.Start(member);
  }
  if (!cluster.world.RunUntil([&] { return cluster.Healthy(); }, seconds(20))) {
    cluster.mending = true;
  }
  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(cluster.world.RunUntil([&] { return cluster.Healthy(); }, seconds(120)))
        << "it healed, and does not serve again\n"
        << cluster.Describe();
    cluster.world.RunFor(seconds(2));
  }
  ASSERT_TRUE(cluster.world.RunUntil([&] { return cluster.Healthy(); }, seconds(120)));
  CheckEnd(cluster);
}

}  // namespace skerry::replica
