#pragma once

// For tests: replicas of one partition on several nodes in virtual time: engines, logs, groups and
// network are the product's own or their models. Clients count, create and read while nodes lose
// power, are cut off, and the partition moves. Checked: what was answered, against the order in
// which it was asked; and that all replicas end with the same rows.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "replication/transport/sim/sim_network.h"
#include "server/replica/repeating_client_testing.h"
#include "server/replica/replica_testing.h"
#include "server/replica/stamped_workload_testing.h"

namespace skerry::replica {

using document::AttributeValue;
using document::Item;
using document::Number;
using partition::WriteRequest;
using partition::WriteResult;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr GroupId kGroup{7};
inline constexpr uint64_t kNodes = 4;
inline constexpr uint64_t kKeys = 4;
inline constexpr int kClients = 0;  // whose executor lives as long as the World

inline std::shared_ptr<const partition::Schema> Schema() {
  auto schema = std::make_shared<partition::Schema>();
  schema->key.partition_key = "id";
  return schema;
}

inline WriteRequest Of(WriteRequest::Kind kind, Item item) {
  WriteRequest request;
  request.kind = kind;
  request.row_key = partition::ItemRowKey(Schema()->key, item);
  request.item = std::move(item);
  return request;
}

inline WriteRequest AddOne(const std::string& id) {
  const document::AttributeMap values = {{":n", AttributeValue::N(Number::FromInt(1))}};
  expression::Compiler compiler(nullptr, &values);
  WriteRequest request = Of(WriteRequest::Kind::kUpdate, Item{{"id", AttributeValue::S(id)}});
  request.update = *compiler.CompileUpdate("ADD n :n");
  request.want_new = true;
  return request;
}

inline WriteRequest PutNew(const std::string& id) {
  expression::Compiler compiler(nullptr, nullptr);
  WriteRequest request = Of(WriteRequest::Kind::kPut, Item{{"id", AttributeValue::S(id)}});
  request.condition = *compiler.CompileCondition("ConditionExpression", "attribute_not_exists(id)");
  return request;
}

inline int64_t CountIn(std::string_view encoded) {
  if (encoded.empty()) return 0;
  const auto item = document::DecodeItem(encoded);
  return item.ok() ? std::stoll(item->Find("n")->number().ToString()) : -1;
}

struct Member {
  uint64_t id = 0;
  int life = 0;  // executors of the World
  std::unique_ptr<sim::SimDisk> disk;
  std::shared_ptr<engine::MemoryStore> store = engine::MemoryStore::Create({});
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<sim::DriftingClock> clock;
  std::unique_ptr<host::Host> host;
  std::unique_ptr<Replicas> replicas;
  std::shared_ptr<Replica> replica;
  ReplicaId replica_id;
  bool started_before = false;
  bool failed = false;
  bool paused = false;
};

// A counter's history: what each increment was told, and what reads saw.
struct Counter {
  std::set<int64_t> told;
  int64_t acknowledged_max = 0;
  int64_t acknowledged = 0;
  std::map<MonotonicTime, int64_t> acknowledged_by;  // acknowledged_max, as time passed
  int64_t maybe = 0;                                 // whose outcome nobody knows
};

class Cluster {
 public:
  explicit Cluster(uint64_t seed)
      : world(seed),
        prng(seed * 13 + 5),
        network(world),
        client(
            world.AddExecutor(kClients, "clients"), prng,
            [this](uint64_t node, std::vector<WriteRequest> writes, auto done) {
              Deliver(members[node], std::move(writes), std::move(done));
            },
            [this] {
              const Member* leader = prng.Chance(2, 3) ? Leader() : nullptr;
              return leader != nullptr ? leader->id : 1 + prng.Below(kNodes);
            }),
        stamped(client, prng) {
    network.options().lost_one_in = prng.Chance(1, 2) ? 10 + prng.Below(50) : 0;
    network.options().doubled_one_in = prng.Chance(1, 2) ? 10 + prng.Below(50) : 0;
    network.options().encoded_one_in = 4;
    for (uint64_t id = 1; id <= kNodes; ++id) {
      members[id].id = id;
      members[id].disk = std::make_unique<sim::SimDisk>(world.prng());
    }
  }

  ~Cluster() {
    for (auto& [id, member] : members) {
      if (member.host) Crash(member, true);
    }
  }

  void Start(Member& member) {
    member.life = ++last_life;
    SetClock(member);
    member.failed = false;
    member.paused = false;
    std::vector<Executor*> reactors = {&world.AddExecutor(member.life, "reactor-0"),
                                       &world.AddExecutor(member.life, "reactor-1")};
    member.clock = std::make_unique<sim::DriftingClock>(
        reactors.front()->clock(), static_cast<int64_t>(prng.Below(20001)) - 10000,
        seconds(static_cast<int64_t>(prng.Below(1000))));
    host::HostOptions options{.disk = *member.disk,
                              .directory = "log",
                              .identity = member.id,
                              .must_exist = member.started_before,
                              .clock = *member.clock,
                              .log_executor = world.AddExecutor(member.life, "log"),
                              .blocking_executor = world.AddExecutor(member.life, "blocking"),
                              .first_segment_bytes = 32 << 10,
                              .segment_bytes = 64 << 10,
                              .max_log_bytes = 256 << 10};
    options.transport =
        &network.AddNode(NodeId(member.id), world.AddExecutor(member.life, "network"));
    options.tick = milliseconds(20);
    options.liveness_executor = &world.AddExecutor(member.life, "liveness");
    options.support_promise = promise;
    options.support_interval = promise / 5;
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
    std::vector<GroupId> owned = member.host->RecoveredGroups();
    ASSERT_TRUE(member.replicas->SweepData(owned).ok());
    if (!owned.empty()) {
      Keep(member, member.replicas->Open(kGroup, Schema()));
    } else if (member.replica_id != ReplicaId(0)) {
      Keep(member, member.replicas->CreateMember(kGroup, member.replica_id, {}, Schema()));
    }
  }

  void Crash(Member& member, bool power_cut) {
    network.Kill(NodeId(member.id));
    world.Kill(member.life);
    if (member.replica) lease_reads += member.replica->lease_reads();
    member.replica = nullptr;
    member.replicas = nullptr;
    member.engine->SetFlushListener(nullptr);
    member.host = nullptr;  // and with it snapshots that are on their way
    member.store->Crash();
    member.engine = nullptr;
    member.disk->Crash(/*keep_unsynced=*/!power_cut);
    member.disk->FailAfter(UINT64_MAX);
  }

  void Keep(Member& member, Task<Result<std::shared_ptr<Replica>>> task) {
    Run(
        std::move(task),
        [this, &member, life = member.life](Result<std::shared_ptr<Replica>> replica) {
          if (!replica.ok()) refusal_of_creation = replica.status().ToString();
          // A program that cannot open its groups ends.
          if (!replica.ok() && member.disk->blown()) member.failed = true;
          if (replica.ok() && member.life == life) member.replica = *replica;
        },
        member);
  }

  // In a turn of its own on the first reactor; not at all if the node dies before.
  template <typename T, typename Done>
  void Run(Task<T> task, Done done, Member& member) {
    auto held = std::make_shared<Task<T>>(std::move(task));
    // Any executor of the node will do: tasks change to the one that they need.
    Executor& executor = world.AddExecutor(member.life, "client");
    executor.Post(
        [held, done = std::move(done)]() mutable { Spawn(std::move(*held), std::move(done)); });
  }

  // One that leads, or still believes so.
  Member* Leader() {
    std::vector<Member*> leaders;
    for (auto& [id, member] : members) {
      if (member.replica && member.replica->ready()) leaders.push_back(&member);
    }
    return leaders.empty() ? nullptr : leaders[prng.Below(leaders.size())];
  }

  // A node's wall clock is right to 25 seconds.
  void SetClock(Member& member) {
    world.SetSkew(member.life, seconds(25) * (static_cast<int>(prng.Below(3)) - 1));
  }
  // A time in which nothing happens.
  void LetTimePass(milliseconds how_much) {
    passed += how_much;
    world.clock().SetWallOffset(std::chrono::hours(24 * 365 * 55) + passed);
  }

  void Deliver(Member& member, std::vector<WriteRequest> writes,
               std::function<void(std::vector<Result<WriteResult>>)> done) {
    if (!member.replica) return;
    Run(
        member.replica->WriteAll(std::move(writes)),
        [done = std::move(done), replica = member.replica](
            std::vector<Result<WriteResult>> results) { done(std::move(results)); },
        member);
  }

  void Count(Member& member) {
    if (!member.replica) return;
    const std::string id = "counter" + std::to_string(prng.Below(kKeys));
    Counter& counter = counters[id];
    const int64_t before = counter.acknowledged_max;
    ++counter.maybe;
    Run(
        member.replica->Write(AddOne(id)),
        [this, &counter, before, replica = member.replica](Result<WriteResult> result) {
          if (result.ok()) {
            const int64_t value = CountIn(result->new_item);
            --counter.maybe;
            ++counter.acknowledged;
            ++writes;
            EXPECT_GT(value, before) << "an increment that began later got a lower value";
            EXPECT_TRUE(counter.told.insert(value).second) << "one increment was lost";
            counter.acknowledged_max = std::max(counter.acknowledged_max, value);
            counter.acknowledged_by[world.clock().Now()] = counter.acknowledged_max;
          } else if (result.status().code() != StatusCode::kOutcomeUnknown) {
            --counter.maybe;
          }
        },
        member);
  }

  void Create(Member& member) {
    if (!member.replica) return;
    // Mostly a new one, and again the one before.
    if (prng.Chance(1, 2)) ++last_once;
    const std::string id = "once" + std::to_string(last_once);
    Run(
        member.replica->Write(PutNew(id)),
        [this, id, was_created = created.contains(id),
         replica = member.replica](Result<WriteResult> result) {
          if (!result.ok()) return;
          if (result->condition_failed) {
            ++refusals;
            refused.insert(id);
          } else {
            EXPECT_FALSE(was_created) << id << " was created twice";
            EXPECT_TRUE(created.insert(id).second) << id << " was created twice";
          }
        },
        member);
  }

  void Read(Member& member) {
    if (!member.replica) return;
    auto [row_key, before] = stamped.AnyCounter();
    if (prng.Chance(1, 2)) {
      const std::string id = "counter" + std::to_string(prng.Below(kKeys));
      row_key = Of(WriteRequest::Kind::kDelete, {{"id", AttributeValue::S(id)}}).row_key;
      before = counters[id].acknowledged_max;
    }
    auto replica = member.replica;
    Run(
        replica->ConfirmLeadership(),
        [this, row_key = std::move(row_key), before = before, replica](Status status) {
          if (!status.ok()) return;
          engine::PinnedValue pin;
          const auto item = replica->Get(row_key, &pin);
          if (!item.ok()) return;
          ++reads;
          EXPECT_GE(CountIn(*item), before) << "a strong read misses an acknowledged write";
        },
        member);
  }

  // By any replica that calls itself fresh: some state that is not older than ten seconds.
  void ReadEventually(Member& member) {
    if (!member.replica || !member.host || member.paused || !prng.Chance(1, 4)) return;
    const uint64_t key = prng.Below(kKeys);
    const std::string id = "counter" + std::to_string(key);
    const std::string row_key =
        Of(WriteRequest::Kind::kDelete, {{"id", AttributeValue::S(id)}}).row_key;
    engine::PinnedValue pin;
    const auto item = member.replica->GetFresh(row_key, &pin);
    if (!item.ok()) return;
    ++eventual_reads;
    const auto& history = counters[id].acknowledged_by;
    const MonotonicTime bound = world.clock().Now() - seconds(10) - milliseconds(500);
    const auto after = history.upper_bound(bound);
    if (after == history.begin()) return;
    EXPECT_GE(CountIn(*item), std::prev(after)->second)
        << "an eventual read misses what was acknowledged more than ten seconds ago";
  }

  void Pause(Member& member) {
    member.paused = true;
    world.Pause(member.life);
    network.Pause(NodeId(member.id));
  }
  void ResumeAll() {
    for (auto& [id, member] : members) {
      if (!std::exchange(member.paused, false)) continue;
      world.Resume(member.life);
      network.Resume(NodeId(member.id));
    }
  }

  void Move() {
    Member* leader = Leader();
    if (leader == nullptr) return;
    const uint64_t left_out = 1 + prng.Below(kNodes);
    const auto now = leader->replica->configuration();
    raft::Configuration target;
    for (auto& [id, member] : members) {
      if (id == left_out) continue;
      if (!member.host) return;
      const bool is_member = now.Contains(member.replica_id);
      const bool waits = member.replica && member.replica->configuration().IsEmpty();
      if (member.replica && !is_member && !waits) {
        // It was one before: it ends once it was told, and comes back under another id.
        if (member.replica->removed()) {
          Run(
              member.replicas->Destroy(std::exchange(member.replica, nullptr)),
              [&member](Status status) {
                if (status.ok()) member.replica_id = ReplicaId(0);
              },
              member);
        }
        return;
      }
      if (!member.replica && !is_member) {
        if (member.replica_id == ReplicaId(0)) {
          member.replica_id = ReplicaOn(NodeId(id), ++last_replica);
          Keep(member, member.replicas->CreateMember(kGroup, member.replica_id, {}, Schema()));
        }
        return;
      }
      target.voters.push_back(member.replica_id);
    }
    std::sort(target.voters.begin(), target.voters.end());
    Run(
        leader->replica->ChangeConfiguration(target),
        [this](Status status) { moves += status.ok() ? 1 : 0; }, *leader);
  }

  std::map<std::string, std::string> RowsOf(Member& member) {
    std::map<std::string, std::string> rows;
    auto cursor = member.engine->NewIterator({});
    for (cursor->SeekToFirst(); cursor->Valid(); cursor->Next()) {
      if (partition::IsGroupKey(cursor->key())) {
        // Of those the kept answers, without the node's data id.
        const std::string kept = partition::GroupKey(kGroup, partition::kKeptField);
        if (!cursor->key().starts_with(kept)) continue;
        rows["kept" + std::string(cursor->key().substr(kept.size() + 8))] =
            std::string(cursor->value());
        continue;
      }
      rows[std::string(cursor->key().substr(9))] = std::string(cursor->value());
    }
    return rows;
  }

  bool Healthy() {
    Member* leader = Leader();
    if (leader == nullptr) return false;
    const auto now = leader->replica->configuration();
    if (now.IsJoint()) return false;
    for (auto& [id, member] : members) {
      if (!now.Contains(member.replica_id)) continue;
      // What could not be created is created again, as a control plane would.
      if (!member.replica && world.steps() % 5000 == 0) {
        Keep(member, member.replicas->CreateMember(kGroup, member.replica_id, {}, Schema()));
      }
      if (!member.replica || member.replica->applied() < leader->replica->applied()) return false;
    }
    return true;
  }

  std::string Describe() {
    std::string text;
    for (auto& [id, member] : members) {
      text += "node " + std::to_string(id) + ": " + std::to_string(member.replica_id.value);
      if (member.replica) {
        text += (member.replica->ready() ? " leads" : " follows") + std::string(" applied ") +
                std::to_string(member.replica->applied().value) +
                (member.replica->removed() ? " removed" : "") + " (" +
                raft::ToString(member.replica->configuration()) + ")";
      }
      text += "\n";
    }
    return text;
  }

  sim::World world;
  Prng prng;
  sim::SimNetwork network;
  std::map<uint64_t, Member> members;
  RepeatingClient client;
  StampedWorkload stamped;
  milliseconds passed{0};
  std::map<std::string, Counter> counters;
  std::set<std::string> created, refused;
  int last_life = 0;
  uint32_t last_replica = 0;
  uint64_t last_once = 0;
  std::string refusal_of_creation;  // the last
  // Mostly short, so that much happens in a run.
  const Duration promise = milliseconds(prng.Chance(3, 4) ? 200 : 1000);
  uint64_t lease_reads = 0;
  uint64_t eventual_reads = 0;
  uint64_t writes = 0, reads = 0, refusals = 0, moves = 0, crashes = 0;
};

inline void Live(Cluster& cluster) {
  Prng& prng = cluster.prng;
  raft::Configuration first;
  for (auto& [id, member] : cluster.members) {
    cluster.Start(member);
    if (id > 3) continue;
    member.replica_id = ReplicaOn(NodeId(id), ++cluster.last_replica);
    first.voters.push_back(member.replica_id);
  }
  for (uint64_t id = 1; id <= 3; ++id) {
    Member& member = cluster.members[id];
    cluster.Keep(member, member.replicas->CreateMember(kGroup, member.replica_id, first, Schema()));
  }
  ASSERT_TRUE(cluster.world.RunUntil([&] { return cluster.Healthy(); }, seconds(30)));

  const uint64_t crash_weight = prng.Below(5);
  const uint64_t cut_weight = prng.Below(5);
  const uint64_t move_weight = prng.Below(5);
  for (int i = 0; i < 500 && !testing::Test::HasFailure(); ++i) {
    Member& any = cluster.members[1 + prng.Below(kNodes)];
    Member* leader = cluster.Leader();
    Member& target = leader != nullptr && prng.Chance(4, 5) ? *leader : any;
    const uint64_t choice = prng.Below(100);
    if (!any.host) {
      if (prng.Chance(1, 5)) cluster.Start(any);
    } else if (any.failed || choice < crash_weight) {
      cluster.Crash(any, prng.Chance(1, 2));
      ++cluster.crashes;
    } else if (choice < 10) {
      if (prng.Chance(cut_weight, 10)) {
        cluster.network.Heal();
        std::set<NodeId> others;
        for (uint64_t id = 1; id <= kNodes; ++id) {
          if (id != any.id) others.insert(NodeId(id));
        }
        cluster.network.Partition({NodeId(any.id)}, others);
      } else {
        cluster.network.Heal();
      }
    } else if (choice < 10 + move_weight) {
      cluster.Move();
    } else if (choice < 16) {
      (void)any.engine->Flush().ok();
    } else if (choice < 23) {
      cluster.stamped.Count(target.id, prng.Chance(1, 8) ? 1 + prng.Below(10) : 1);
    } else if (choice < 28) {
      cluster.stamped.Lock(target.id);
    } else if (choice < 38) {
      // Several at once now and then, so that a leader that is cut off has a long tail.
      const uint64_t writes = prng.Chance(1, 8) ? 1 + prng.Below(20) : 1;
      for (uint64_t n = 0; n < writes; ++n) cluster.Count(target);
    } else if (choice < 48) {
      cluster.Create(target);
      if (prng.Chance(1, 3)) cluster.Create(target);
    } else if (choice < 60) {
      // Also of those that only believe that they lead.
      for (auto& [id, member] : cluster.members) {
        cluster.Read(member);
        cluster.ReadEventually(member);
      }
    } else if (choice < 61) {
      any.disk->FailAfter(prng.Below(30));
    } else if (choice < 62) {
      cluster.SetClock(any);
    } else if (choice < 63) {
      cluster.LetTimePass(seconds(20 + prng.Below(40)));
      // Longer than a replica that hears nothing is fresh.
      if (prng.Chance(1, 4)) cluster.world.RunFor(milliseconds(10'600));
    } else if (choice < 64) {
      if (prng.Chance(1, 2)) {
        cluster.ResumeAll();
      } else {
        cluster.Pause(any);
      }
    } else {
      cluster.world.RunFor(milliseconds(prng.Below(100)));
    }
  }
  if (testing::Test::HasFailure()) return;

  cluster.ResumeAll();
  cluster.network.Heal();
  cluster.network.options().lost_one_in = 0;
  for (auto& [id, member] : cluster.members) {
    if (member.host && member.failed) cluster.Crash(member, false);
    member.disk->FailAfter(UINT64_MAX);
    if (!member.host) cluster.Start(member);
  }
  ASSERT_TRUE(cluster.world.RunUntil([&] { return cluster.Healthy(); }, seconds(120)))
      << "it healed, and does not serve again\n"
      << cluster.Describe() << cluster.refusal_of_creation;
  // Until the last copies have come.
  cluster.world.RunFor(seconds(10));
  ASSERT_TRUE(cluster.world.RunUntil([&] { return cluster.Healthy(); }, seconds(120)));

  Member& leader = *cluster.Leader();
  const auto rows = cluster.RowsOf(leader);
  for (auto& [id, member] : cluster.members) {
    if (!leader.replica->configuration().Contains(member.replica_id)) continue;
    EXPECT_EQ(cluster.RowsOf(member), rows) << "node " << id << " has other rows";
    EXPECT_EQ(member.replica->statistics(0).items, leader.replica->statistics(0).items);
  }
  const auto kept = std::count_if(rows.begin(), rows.end(),
                                  [](const auto& row) { return row.first.starts_with("kept"); });
  EXPECT_EQ(leader.replica->statistics(0).items, static_cast<int64_t>(rows.size()) - kept);
  // Nothing is ever deleted: who was told that an item exists was told so for good.
  for (const std::string& id : cluster.refused) {
    engine::PinnedValue pin;
    const auto item = leader.replica->Get(PutNew(id).row_key, &pin);
    EXPECT_TRUE(item.ok() && !item->empty()) << id << " was said to exist, and does not";
  }
  cluster.stamped.CheckEnd([&](const std::string& row_key) {
    engine::PinnedValue pin;
    const auto item = leader.replica->Get(row_key, &pin);
    EXPECT_TRUE(item.ok());
    return item.ok() ? std::string(*item) : "";
  });
  for (const auto& [id, counter] : cluster.counters) {
    engine::PinnedValue pin;
    const auto item = leader.replica->Get(
        Of(WriteRequest::Kind::kDelete, {{"id", AttributeValue::S(id)}}).row_key, &pin);
    ASSERT_TRUE(item.ok());
    EXPECT_GE(CountIn(*item), counter.acknowledged) << id;
    EXPECT_LE(CountIn(*item), counter.acknowledged + counter.maybe) << id;
  }
}

}  // namespace skerry::replica
