// What an operator does with a cluster, and what becomes of it, on whole nodes in virtual time.

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/node/cluster_commands.h"
#include "storage/partition/row_key.h"
#include "tests/simulation/simulated_cluster.h"

namespace skerry::simulation {
namespace {

using document::AttributeValue;

constexpr Duration kPatience = std::chrono::seconds(120);

class OperatingTest : public testing::Test {
 protected:
  void Begin(uint64_t seed, int nodes) { Begin(seed, {.nodes = nodes}); }
  void Begin(uint64_t seed, ClusterOptions options) {
    cluster_.emplace(seed, std::move(options));
    acknowledged_.clear();
  }
  SimulatedCluster& cluster() { return *cluster_; }

  template <typename T>
  std::optional<T> Wait(int node, Task<T> task, Duration patience = kPatience) {
    auto result = std::make_shared<std::optional<T>>();
    cluster().reactor(node, 0).Post(
        [&] { Spawn(std::move(task), [result](T value) { result->emplace(std::move(value)); }); });
    cluster().world().RunUntil([&] { return result->has_value(); }, patience);
    return std::move(*result);
  }
  Status Told(int node, Task<Status> task) {
    const auto told = Wait(node, std::move(task));
    return told ? *told : DeadlineExceeded("no answer");
  }

  void Create(int node, const std::string& name) {
    api::CreateTableRequest request;
    request.table_name = name;
    request.attribute_definitions = {{{"pk", api::ScalarAttributeType::kS}}};
    request.key_schema = {{{"pk", api::KeyType::kHash}}};
    request.billing_mode = api::BillingMode::kPayPerRequest;
    const api::RequestContext context{cluster().reactor(node, 0), api::kDefaultAccount};
    const auto created =
        Wait(node, cluster().operations(node).CreateTable(context, std::move(request)));
    ASSERT_TRUE(created.has_value());
    ASSERT_TRUE(created->ok()) << created->error().message;
  }
  // A write through `node`; what is acknowledged is remembered.
  bool Put(int node, const std::string& key) {
    api::PutItemRequest request;
    request.table_name = "t";
    request.item = {{"pk", AttributeValue::S(key)}};
    const api::RequestContext context{cluster().reactor(node, 0), api::kDefaultAccount};
    const auto put = Wait(node, cluster().operations(node).PutItem(context, std::move(request)));
    if (!put || !put->ok()) return false;
    acknowledged_.insert(key);
    return true;
  }
  bool Has(int node, const std::string& key) {
    api::GetItemRequest request;
    request.table_name = "t";
    request.key = {{"pk", AttributeValue::S(key)}};
    request.consistent_read = true;
    const api::RequestContext context{cluster().reactor(node, 0), api::kDefaultAccount};
    const auto got = Wait(node, cluster().operations(node).GetItem(context, std::move(request)));
    return got && got->ok() && (*got)->item.has_value();
  }
  void ExpectAllThere(int node) {
    for (const std::string& key : acknowledged_) EXPECT_TRUE(Has(node, key)) << key;
  }

  std::shared_ptr<const catalog::View> view(int node) {
    return cluster().core(node).catalog().view();
  }
  // Replicas on node `id`, as `node` sees it.
  int ReplicasOn(int node, uint64_t id) {
    int replicas = 0;
    for (const auto& [key, table] : view(node)->tables) {
      for (const auto& partition : table->record.partitions()) {
        if (catalog::ReplicaOf(partition, NodeId(id)).value != 0) ++replicas;
      }
    }
    return replicas;
  }
  // Every partition has three replicas and nothing is under way.
  bool IsWhole(int node) {
    for (const auto& [key, table] : view(node)->tables) {
      if (!table->readable()) return false;
      for (const auto& partition : table->record.partitions()) {
        if (partition.replicas_size() != 3 || !catalog::IsSettled(partition)) return false;
      }
    }
    return true;
  }

  bool SplitsAreOver(int node) {
    for (const auto& [key, table] : view(node)->tables) {
      if (table->record.split_partitions_size() > 0) return false;
      for (const auto& partition : table->record.partitions()) {
        if (partition.has_split()) return false;
      }
    }
    return true;
  }

  std::optional<SimulatedCluster> cluster_;
  std::set<std::string> acknowledged_;
};

TEST_F(OperatingTest, ADrainUnderTrafficLosesNothingAndTheNodeCanBeRemoved) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Begin(seed, 4);
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(cluster().Start(i).ok());
    Create(0, "t");
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(Put(i % 4, "before-" + std::to_string(i)));
    ASSERT_GT(ReplicasOn(0, 2), 0);
    EXPECT_EQ(Told(2, cluster().core(2).catalog().Remove(NodeId(2))).code(),
              StatusCode::kFailedPrecondition);
    ASSERT_TRUE(Told(2, cluster().core(2).catalog().Drain(NodeId(2), false)).ok());
    int written = 0;
    while (ReplicasOn(0, 2) > 0 || !IsWhole(0)) {
      ASSERT_LT(written, 2000) << "it does not get empty";
      ASSERT_TRUE(Put(written % 4, "while-" + std::to_string(written)))
          << "a request saw worse than a retry";
      ++written;
    }
    // The catalog does without its vote soon, too.
    Status removed = Aborted("not asked yet");
    cluster().world().RunUntil(
        [&] {
          removed = Told(0, cluster().core(0).catalog().Remove(NodeId(2)));
          return removed.ok();
        },
        kPatience);
    ASSERT_TRUE(removed.ok()) << removed.ToString();
    cluster().Crash(1, /*power_cut=*/true);
    ExpectAllThere(3);
    EXPECT_TRUE(Put(0, "after"));
  }
}

// What is split is not moved, and what is moved is not split: both get done.
TEST_F(OperatingTest, ADrainWhilePartitionsAreSplit) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Begin(seed, {.nodes = 4, .split_bytes = 3000});
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(cluster().Start(i).ok());
    Create(0, "t");
    const std::string padding(300, 'x');
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(Put(i % 4, "before-" + std::to_string(i) + padding));
    ASSERT_TRUE(Told(0, cluster().core(0).catalog().Drain(NodeId(2), false)).ok());
    for (int i = 0; i < 80; ++i) {
      ASSERT_TRUE(Put(i % 4, "while-" + std::to_string(i) + padding))
          << "a request saw worse than a retry";
    }
    EXPECT_TRUE(cluster().world().RunUntil(
        [&] { return ReplicasOn(0, 2) == 0 && IsWhole(0) && SplitsAreOver(0); }, kPatience));
    EXPECT_GT(view(0)->Find(api::kDefaultAccount, "t")->record.partitions_size(), 6);
    Status removed = Aborted("not asked yet");
    cluster().world().RunUntil(
        [&] {
          removed = Told(0, cluster().core(0).catalog().Remove(NodeId(2)));
          return removed.ok();
        },
        kPatience);
    ASSERT_TRUE(removed.ok()) << removed.ToString();
    cluster().Crash(1, /*power_cut=*/true);
    ExpectAllThere(3);
  }
}

// One that comes back when the log that it would need is gone gets past the split by a snapshot,
// and with what it then knows of the children, nothing, it helps them to a leader.
TEST_F(OperatingTest, WhoWasAwayWhilePartitionsWereSplitIsAsGoodAsAnotherAfterwards) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Begin(seed, {.nodes = 3,
                 .split_bytes = 3000,
                 .max_log_bytes = 256 << 10,
                 .segment_bytes = 16 << 10,
                 .flush_after_bytes = 1 << 10});
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(cluster().Start(i).ok());
    Create(0, "t");
    cluster().world().RunFor(std::chrono::seconds(2));
    cluster().Crash(2, /*power_cut=*/true);
    const std::string padding(300, 'x');
    for (int i = 0; i < 80; ++i) ASSERT_TRUE(Put(i % 2, "while-" + std::to_string(i) + padding));
    const auto partitions = [&] {
      return view(0)->Find(api::kDefaultAccount, "t")->record.partitions_size();
    };
    const int before = partitions();
    ASSERT_TRUE(cluster().world().RunUntil([&] { return partitions() >= before + 3; }, kPatience));
    cluster().world().RunFor(std::chrono::seconds(10));  // their children have leaders
    cluster().Crash(0, /*power_cut=*/true);
    ASSERT_TRUE(cluster().Start(2).ok());
    // One generation of children after the other gets its leaders.
    const MonotonicTime end = cluster().world().Now() + kPatience;
    for (const std::string& key : acknowledged_) {
      while (!Has(1, key) && cluster().world().Now() < end) {
      }
    }
    ExpectAllThere(1);
  }
}

TEST_F(OperatingTest, ADrainIsRefusedWhereTooFewWouldBeLeft) {
  Begin(1, 3);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(cluster().Start(i).ok());
  Create(0, "t");
  EXPECT_EQ(Told(0, cluster().core(0).catalog().Drain(NodeId(3), false)).code(),
            StatusCode::kFailedPrecondition);
  EXPECT_EQ(Told(0, cluster().core(0).catalog().Drain(NodeId(9), true)).code(),
            StatusCode::kNotFound);
  ASSERT_TRUE(Told(0, cluster().core(0).catalog().Drain(NodeId(3), true)).ok());
  EXPECT_TRUE(cluster().world().RunUntil([&] { return ReplicasOn(0, 3) == 0; }, kPatience));
  EXPECT_TRUE(Put(2, "through the empty node"));
  ASSERT_TRUE(Told(0, cluster().core(0).catalog().Undrain(NodeId(3))).ok());
  EXPECT_TRUE(cluster().world().RunUntil([&] { return IsWhole(0); }, kPatience));
  ExpectAllThere(2);
}

TEST_F(OperatingTest, WhatADeadNodeHeldIsMadeAnewElsewhere) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Begin(seed, {.nodes = 4, .replace_dead_after = std::chrono::seconds(60)});
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(cluster().Start(i).ok());
    Create(0, "t");
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(Put(i % 4, std::to_string(i)));
    const int held = ReplicasOn(0, 3);
    ASSERT_GT(held, 0);
    cluster().Crash(2, /*power_cut=*/true);
    cluster().world().RunFor(std::chrono::seconds(50));
    EXPECT_EQ(ReplicasOn(0, 3), held) << "it may come back";
    ASSERT_TRUE(
        cluster().world().RunUntil([&] { return ReplicasOn(0, 3) == 0 && IsWhole(0); }, kPatience));
    // Another one may die now.
    cluster().Crash(1, /*power_cut=*/true);
    ExpectAllThere(3);
    ASSERT_TRUE(cluster().Start(1).ok());
    // It comes back, and gets its share.
    ASSERT_TRUE(cluster().Start(2).ok());
    EXPECT_TRUE(cluster().world().RunUntil(
        [&] { return ReplicasOn(0, 3) >= held - 1 && IsWhole(0); }, kPatience));
    ExpectAllThere(2);
  }
}

TEST_F(OperatingTest, ANodeThatJoinsGetsItsShare) {
  Begin(3, 4);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(cluster().Start(i).ok());
  Create(0, "t");
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Put(i % 3, std::to_string(i)));
  ASSERT_TRUE(cluster().Start(3).ok());
  const auto spread = [&] {
    return IsWhole(0) && ReplicasOn(0, 4) == 2;  // of nine
  };
  EXPECT_TRUE(cluster().world().RunUntil(spread, kPatience));
  cluster().world().RunFor(std::chrono::seconds(30));
  EXPECT_TRUE(spread()) << "it has come to rest";
  ExpectAllThere(3);
}

TEST_F(OperatingTest, AReplicaIsMovedByHand) {
  Begin(4, 4);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(cluster().Start(i).ok());
  Create(0, "t");
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Put(i % 4, std::to_string(i)));
  const auto table = view(0)->Find(api::kDefaultAccount, "t");
  const auto& partition = table->record.partitions(0);
  uint64_t absent = 0;
  for (uint64_t id = 1; id <= 4; ++id) {
    if (catalog::ReplicaOf(partition, NodeId(id)).value == 0) absent = id;
  }
  const NodeId from = NodeOf(ReplicaId(partition.replicas(0).id()));
  const GroupId group(partition.group());
  auto& catalog = cluster().core(0).catalog();
  const auto move = [&](std::string name, GroupId which, NodeId source, NodeId target) {
    return Told(0, catalog.MoveReplica(std::string(api::kDefaultAccount), std::move(name), which,
                                       source, target))
        .code();
  };
  EXPECT_EQ(move("u", group, from, NodeId(absent)), StatusCode::kNotFound);
  EXPECT_EQ(move("t", GroupId(999), from, NodeId(absent)), StatusCode::kNotFound);
  EXPECT_EQ(move("t", group, NodeId(absent), from), StatusCode::kNotFound);
  EXPECT_EQ(move("t", group, from, from), StatusCode::kFailedPrecondition);
  EXPECT_EQ(move("t", group, from, NodeId(absent)), StatusCode::kOk);
  EXPECT_TRUE(cluster().world().RunUntil(
      [&] {
        const auto now = view(0)->Find(api::kDefaultAccount, "t");
        return IsWhole(0) &&
               catalog::ReplicaOf(now->record.partitions(0), NodeId(absent)).value != 0;
      },
      kPatience));
  ExpectAllThere(1);
}

TEST_F(OperatingTest, CommandsOfTheAdminPort) {
  Begin(6, 3);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(cluster().Start(i).ok());
  Create(0, "t");
  const auto told = [&](const std::string& command, const std::string& body) {
    node::Core& core = cluster().core(1);
    const auto answer =
        Wait(1, node::RunClusterCommand(core.catalog(), core.groups(), command, body));
    if (!answer) return std::string("no answer");
    if (!answer->ok()) return answer->status().ToString();
    return **answer;
  };
  const auto begins = [](const std::string& text, const std::string& with) {
    EXPECT_TRUE(text.starts_with(with)) << text << "\ninstead of " << with;
  };
  begins(told("explode", "{}"), "NOT_FOUND");
  for (const char* wrong : {"", "[]", "{", "{}", R"({"node":"2"})", R"({"node":-1})"}) {
    begins(told("drain", wrong), "INVALID_ARGUMENT");
  }
  begins(told("drain", R"({"node":2,"fewer_replicas":1})"), "INVALID_ARGUMENT");
  begins(told("drain", R"({"node":9,"fewer_replicas":true})"), "NOT_FOUND");
  begins(told("drain", R"({"node":2})"), "FAILED_PRECONDITION");
  EXPECT_EQ(told("drain", R"({"node":3,"fewer_replicas":true})"),
            "{\"node\":3,\"state\":\"draining\"}\n");
  EXPECT_EQ(told("undrain", R"({"node":3})"), "{\"node\":3,\"state\":\"active\"}\n");
  begins(told("remove", R"({"node":3})"), "FAILED_PRECONDITION");
  begins(told("transfer-leader", R"({"table":"u","to":2})"), "NOT_FOUND");
  begins(told("transfer-leader", R"({"table":"t"})"), "INVALID_ARGUMENT");
  ASSERT_TRUE(cluster().world().RunUntil([&] { return IsWhole(1); }, kPatience));
  begins(told("transfer-leader", R"({"table":"t","to":2})"), "{\"transferred\":");
  begins(told("move", R"({"table":"t","partition":1,"from":1})"), "INVALID_ARGUMENT");
  begins(told("move", R"({"table":"t","partition":999999,"from":1,"to":2})"), "NOT_FOUND");
  begins(told("split", R"({"table":"u","partition":1})"), "NOT_FOUND");
  begins(told("split", R"({"table":"t","partition":999999})"), "NOT_FOUND");
  for (const char* wrong : {R"({"table":"t"})", R"({"table":"t","partition":"1"})",
                            R"({"table":"t","partition":1,"key":"a"})"}) {
    begins(told("split", wrong), "INVALID_ARGUMENT");
  }
  begins(told("split", R"({"table":"t","key":"a"})"), "{\"partition\":");
  begins(told("recover", R"({"table":"t","partition":1,"from":1})"), "UNIMPLEMENTED");
}

// The data plane goes on without the catalog: a partition with a majority of its replicas serves,
// whatever has become of the catalog's.
TEST_F(OperatingTest, PartitionsServeWhileTheCatalogHasLostItsMajority) {
  Begin(5, 5);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(cluster().Start(i).ok());
  ASSERT_TRUE(cluster().world().RunUntil(
      [&] {
        const auto leader = cluster().core(0).catalog().leader();
        return leader.value != 0 && view(0)->nodes.size() == 5;
      },
      kPatience));
  Create(0, "t");
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(Put(i % 5, std::to_string(i)));
  // All five have had time to get their votes.
  cluster().world().RunFor(std::chrono::seconds(10));
  const auto table = view(0)->Find(api::kDefaultAccount, "t");
  for (const int dead : {2, 3, 4}) cluster().Crash(dead, /*power_cut=*/false);
  cluster().world().RunFor(std::chrono::seconds(5));
  EXPECT_EQ(Told(0, cluster().core(0).catalog().Refresh()).code(), StatusCode::kUnavailable)
      << "the catalog still has a majority: the test shows nothing";
  int served = 0;
  for (const std::string& key : std::set<std::string>(acknowledged_)) {
    const uint64_t hash = partition::HashOfRow(
        partition::ItemRowKey(table->schema->key, document::Item{{"pk", AttributeValue::S(key)}}));
    for (const auto& partition : table->record.partitions()) {
      if (hash < partition.first_hash() || hash > partition.last_hash()) continue;
      const int there = (catalog::ReplicaOf(partition, NodeId(1)).value != 0 ? 1 : 0) +
                        (catalog::ReplicaOf(partition, NodeId(2)).value != 0 ? 1 : 0);
      if (there < 2) continue;
      ++served;
      EXPECT_TRUE(Has(served % 2, key)) << key;
      EXPECT_TRUE(Put(served % 2, key)) << key;
    }
  }
  EXPECT_GT(served, 0) << "no partition has two replicas on nodes 1 and 2: the test shows nothing";
}

}  // namespace
}  // namespace skerry::simulation
