// Whole nodes of a cluster in virtual time.

#include <gtest/gtest.h>

#include <string>

#include "tests/simulation/simulated_cluster.h"

namespace skerry::simulation {
namespace {

using document::AttributeValue;

constexpr Duration kPatience = std::chrono::seconds(60);

template <typename T>
std::optional<T> Wait(SimulatedCluster& cluster, int node, Task<T> task) {
  std::optional<T> result;
  cluster.reactor(node, 0).Post(
      [&] { Spawn(std::move(task), [&result](T value) { result.emplace(std::move(value)); }); });
  cluster.world().RunUntil([&] { return result.has_value(); }, kPatience);
  return result;
}

api::CreateTableRequest TableOf(const std::string& name) {
  api::CreateTableRequest request;
  request.table_name = name;
  request.attribute_definitions = {{{"pk", api::ScalarAttributeType::kS}}};
  request.key_schema = {{{"pk", api::KeyType::kHash}}};
  request.billing_mode = api::BillingMode::kPayPerRequest;
  return request;
}

class ClusterTest : public testing::Test {
 protected:
  void Create(SimulatedCluster& cluster, int node, const std::string& name) {
    const api::RequestContext context{cluster.reactor(node, 0), api::kDefaultAccount};
    auto created =
        Wait(cluster, node, cluster.operations(node).CreateTable(context, TableOf(name)));
    ASSERT_TRUE(created.has_value());
    ASSERT_TRUE(created->ok()) << created->error().message;
  }
  void Put(SimulatedCluster& cluster, int node, const std::string& table, const std::string& key) {
    const api::RequestContext context{cluster.reactor(node, 0), api::kDefaultAccount};
    api::PutItemRequest request;
    request.table_name = table;
    request.item = {{"pk", AttributeValue::S(key)}};
    auto put = Wait(cluster, node, cluster.operations(node).PutItem(context, std::move(request)));
    ASSERT_TRUE(put.has_value()) << "no answer";
    ASSERT_TRUE(put->ok()) << put->error().message;
  }
  bool Has(SimulatedCluster& cluster, int node, const std::string& table, const std::string& key) {
    const api::RequestContext context{cluster.reactor(node, 0), api::kDefaultAccount};
    api::GetItemRequest request;
    request.table_name = table;
    request.key = {{"pk", AttributeValue::S(key)}};
    request.consistent_read = true;
    auto got = Wait(cluster, node, cluster.operations(node).GetItem(context, std::move(request)));
    EXPECT_TRUE(got.has_value()) << "no answer";
    if (!got) return false;
    EXPECT_TRUE(got->ok()) << (got->ok() ? "" : got->error().message);
    return got->ok() && (*got)->item.has_value();
  }
};

TEST_F(ClusterTest, ThreeNodesFindTogetherAndEachServesEverything) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SimulatedCluster cluster(seed, 3);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(cluster.Start(i).ok()) << "node " << i;
    Create(cluster, 1, "t");
    for (int i = 0; i < 30; ++i) Put(cluster, i % 3, "t", std::to_string(i));
    for (int i = 0; i < 30; ++i) EXPECT_TRUE(Has(cluster, (i + 1) % 3, "t", std::to_string(i)));
    EXPECT_FALSE(Has(cluster, 0, "t", "nothing"));
  }
}

TEST_F(ClusterTest, ATableOfANodeAloneIsSpreadWhenOthersJoin) {
  SimulatedCluster cluster(7, 3);
  ASSERT_TRUE(cluster.Start(0).ok());
  Create(cluster, 0, "t");
  for (int i = 0; i < 30; ++i) Put(cluster, 0, "t", std::to_string(i));
  ASSERT_TRUE(cluster.Start(1).ok());
  ASSERT_TRUE(cluster.Start(2).ok());
  const bool spread = cluster.world().RunUntil(
      [&] {
        const auto table = cluster.core(0).catalog().view()->Find(api::kDefaultAccount, "t");
        const auto& partition = table->record.partitions(0);
        return partition.replicas_size() == 3 && !partition.replicas(1).joining() &&
               !partition.replicas(2).joining();
      },
      kPatience);
  ASSERT_TRUE(spread);
  cluster.Crash(0, /*power_cut=*/true);
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(Has(cluster, 1 + i % 2, "t", std::to_string(i)));
  Put(cluster, 2, "t", "after");
  ASSERT_TRUE(cluster.Start(0).ok());
  EXPECT_TRUE(Has(cluster, 0, "t", "after"));
}

// A node whose request to join is slow asks another: both give it the same id.
TEST_F(ClusterTest, ANodeThatAsksTwoToJoinIsAdmittedOnce) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SimulatedCluster cluster(seed, 3);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(cluster.Start(i).ok()) << "node " << i;
    catalog::NodeRecord joining;
    joining.set_identity(99);
    joining.set_peer_address("elsewhere");
    std::vector<uint64_t> ids;
    for (int i = 0; i < 3; ++i) {
      cluster.reactor(i, 0).Post([&, i] {
        Spawn(cluster.core(i).catalog().Admit(joining), [&](Result<catalog::NodeRecord> admitted) {
          ASSERT_TRUE(admitted.ok()) << admitted.status().ToString();
          ids.push_back(admitted->id());
        });
      });
    }
    ASSERT_TRUE(cluster.world().RunUntil([&] { return ids.size() == 3; }, kPatience));
    EXPECT_EQ(ids[0], ids[1]) << "seed " << seed;
    EXPECT_EQ(ids[0], ids[2]) << "seed " << seed;
  }
}

// Its control loop ends, and with it nothing begins again.
TEST_F(ClusterTest, TheNodeThatLeadsTheCatalogStops) {
  SimulatedCluster cluster(3, 3);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(cluster.Start(i).ok()) << "node " << i;
  Create(cluster, 1, "t");
  EXPECT_TRUE(cluster.Stop(0, kPatience).ok());
  Put(cluster, 2, "t", "after");
  ASSERT_TRUE(cluster.Start(0).ok());
  EXPECT_TRUE(Has(cluster, 0, "t", "after"));
}

}  // namespace
}  // namespace skerry::simulation
