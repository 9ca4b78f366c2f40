// Placement over and over, from random clusters: it comes to rest, and on its way no partition has
// fewer voters that are there than it needs.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/prng.h"
#include "server/catalog/placement.h"

namespace skerry::catalog {
namespace {

using proto::catalog::v1::NODE_STATE_DRAINING;
using proto::catalog::v1::NODE_STATE_REMOVED;
using proto::catalog::v1::Partition;

// A cluster on which plans are carried out as the catalog's leader does it, at once.
class Cluster {
 public:
  explicit Cluster(uint64_t seed) : prng_(seed) {}

  void AddNode(const std::string& zone) {
    NodeRecord node;
    node.set_id(view_.nodes.size() + 1);
    node.set_zone(zone);
    view_.nodes[NodeId(node.id())] = {node, 1};
  }
  void AddTable() {
    auto table = std::make_shared<Table>();
    PlaceNewTable(view_, 3, &table->record);
    table->record.set_status(proto::catalog::v1::TABLE_STATUS_ACTIVE);
    for (auto& partition : *table->record.mutable_partitions()) partition.set_group(++last_group_);
    for (const auto& partition : table->record.partitions()) {
      leaders_[GroupId(partition.group())] = NodeOf(ReplicaId(partition.replicas(0).id()));
    }
    view_.tables["t" + std::to_string(view_.tables.size())] = table;
  }
  View& view() { return view_; }
  Situation now() const {
    Situation now{view_, 3};
    now.away = now.gone = now.dead = dead_;
    return now;
  }
  void Kill(NodeId node) { dead_.insert(node); }
  Prng& prng() { return prng_; }

  // One plan, carried out. False: there is none.
  bool Step() {
    for (const auto& [key, table] : view_.tables) {
      for (int i = 0; i < table->record.partitions_size(); ++i) {
        const auto move = NextMove(now(), table->record.partitions(i));
        if (move) {
          CarryOut(key, i, *move);
          return true;
        }
      }
    }
    if (dead_.empty()) {
      if (const auto better = NextRebalance(now())) {
        CarryOut(better->table, better->partition, better->move);
        return true;
      }
    }
    std::vector<LeaderOf> leaders;
    for (const auto& [key, table] : view_.tables) {
      for (int i = 0; i < table->record.partitions_size(); ++i) {
        const GroupId group(table->record.partitions(i).group());
        leaders.push_back({key, i, group, leaders_[group]});
      }
    }
    const auto leader = NextLeaderMove(now(), leaders, {});
    if (!leader) return false;
    const Partition& partition =
        view_.tables.at(leader->table)->record.partitions(leader->partition);
    leaders_[GroupId(partition.group())] = NodeOf(leader->to);
    return true;
  }

  void CarryOut(const std::string& key, int at, const Move& move) {
    auto table = std::make_shared<Table>(*view_.tables.at(key));
    Partition* partition = table->record.mutable_partitions(at);
    Begin(move, partition);
    ExpectMajority(*partition, /*joined=*/false);
    ExpectMajority(*partition, /*joined=*/true);
    auto* replicas = partition->mutable_replicas();
    for (int i = replicas->size() - 1; i >= 0; --i) {
      replicas->Mutable(i)->set_joining(false);
      if (replicas->Get(i).leaving()) replicas->DeleteSubrange(i, 1);
    }
    const GroupId group(partition->group());
    if (ReplicaOf(*partition, leaders_[group]).value == 0) {
      leaders_[group] = NodeOf(ReplicaId(partition->replicas(0).id()));
    }
    std::set<NodeId> nodes;
    for (const auto& replica : partition->replicas()) nodes.insert(NodeOf(ReplicaId(replica.id())));
    EXPECT_EQ(nodes.size(), static_cast<size_t>(partition->replicas_size()))
        << "two replicas on one node";
    view_.tables[key] = table;
  }

  // Of the voters before, or after, the change more than half are there.
  void ExpectMajority(const Partition& partition, bool joined) {
    int voters = 0;
    int there = 0;
    for (const auto& replica : partition.replicas()) {
      if (joined ? replica.leaving() : replica.joining()) continue;
      ++voters;
      if (!dead_.contains(NodeOf(ReplicaId(replica.id())))) ++there;
    }
    EXPECT_GT(2 * there, voters);
  }

  void ExpectAtRest() {
    std::map<NodeId, int> replicas;
    std::map<NodeId, int> leads;
    std::set<NodeId> fit;
    std::map<std::string, int> zones;
    for (const auto& [id, node] : view_.nodes) {
      if (node.record.state() != proto::catalog::v1::NODE_STATE_ACTIVE || dead_.contains(id)) {
        continue;
      }
      fit.insert(id);
      ++zones[node.record.zone()];
    }
    for (const auto& [key, table] : view_.tables) {
      for (const Partition& partition : table->record.partitions()) {
        ++leads[leaders_[GroupId(partition.group())]];
        std::map<std::string, int> here;
        for (const auto& replica : partition.replicas()) {
          const NodeId node = NodeOf(ReplicaId(replica.id()));
          ++replicas[node];
          EXPECT_TRUE(fit.contains(node)) << "node " << node.value << " should hold nothing";
          ++here[view_.nodes.at(node).record.zone()];
        }
        EXPECT_EQ(partition.replicas_size(), 3);
        if (zones.size() >= 3) {
          for (const auto& [zone, count] : here) EXPECT_EQ(count, 1) << zone;
        }
      }
    }
    if (zones.size() > 1) return;  // zones come before figures
    for (const NodeId a : fit) {
      for (const NodeId b : fit) {
        if (dead_.empty()) {
          EXPECT_LE(replicas[a] - replicas[b], 1);
        }
      }
    }
  }

 private:
  Prng prng_;
  View view_;
  std::set<NodeId> dead_;
  std::map<GroupId, NodeId> leaders_;
  uint64_t last_group_ = 1;
};

void Settle(Cluster* cluster) {
  int steps = 0;
  while (cluster->Step()) ASSERT_LT(++steps, 5000) << "it does not come to rest";
}

TEST(BalanceTest, ComesToRestFromAnywhereAndNeverBelowAMajority) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Cluster cluster(seed);
    const uint64_t zones = 1 + cluster.prng().Below(4);
    const auto add = [&] {
      cluster.AddNode("z" + std::to_string(cluster.view().nodes.size() % zones));
    };
    for (uint64_t i = 0; i < 3 + cluster.prng().Below(4); ++i) add();
    for (uint64_t i = 0; i < 1 + cluster.prng().Below(5); ++i) cluster.AddTable();
    // Nodes come, one drains, one dies.
    for (uint64_t i = 0; i < 1 + cluster.prng().Below(4); ++i) add();
    Settle(&cluster);
    cluster.ExpectAtRest();
    if (cluster.view().nodes.size() < 5) continue;
    const NodeId drained(1 + cluster.prng().Below(cluster.view().nodes.size()));
    cluster.view().nodes[drained].record.set_state(NODE_STATE_DRAINING);
    Settle(&cluster);
    if (zones == 1) cluster.ExpectAtRest();
    cluster.view().nodes[drained].record.set_state(NODE_STATE_REMOVED);
    const NodeId dead(1 + cluster.prng().Below(cluster.view().nodes.size()));
    if (dead == drained) continue;
    cluster.Kill(dead);
    Settle(&cluster);
    for (const auto& [key, table] : cluster.view().tables) {
      for (const Partition& partition : table->record.partitions()) {
        EXPECT_EQ(ReplicaOf(partition, drained).value, 0u);
        EXPECT_EQ(ReplicaOf(partition, dead).value, 0u);
      }
    }
  }
}

TEST(BalanceTest, ANodeThatJoinsGetsItsShareOfReplicasAndLeaderships) {
  Cluster cluster(1);
  for (int i = 0; i < 3; ++i) cluster.AddNode("");
  for (int i = 0; i < 4; ++i) cluster.AddTable();
  cluster.AddNode("");
  Settle(&cluster);
  cluster.ExpectAtRest();
  const Situation now = cluster.now();
  int replicas = 0;
  for (const auto& [key, table] : now.view.tables) {
    for (const Partition& partition : table->record.partitions()) {
      if (ReplicaOf(partition, NodeId(4)).value != 0) ++replicas;
    }
  }
  EXPECT_EQ(replicas, 9) << "a quarter of 36";
}

TEST(BalanceTest, WhatIsBeingSplitStaysWhereItIs) {
  Cluster cluster(1);
  for (int i = 0; i < 3; ++i) cluster.AddNode("");
  cluster.AddTable();
  cluster.AddNode("");
  ASSERT_TRUE(NextRebalance(cluster.now()));
  auto planned = std::make_shared<Table>(*cluster.view().tables.at("t0"));
  for (auto& partition : *planned->record.mutable_partitions()) partition.mutable_split();
  cluster.view().tables["t0"] = planned;
  EXPECT_FALSE(NextRebalance(cluster.now())) << "planned";
  auto split = std::make_shared<Table>(*planned);
  for (auto& partition : *split->record.mutable_partitions()) {
    partition.clear_split();
    split->record.add_split_partitions()->mutable_split()->set_upper_group(partition.group());
  }
  cluster.view().tables["t0"] = split;
  EXPECT_FALSE(NextRebalance(cluster.now())) << "the parent is not gone yet";
  auto done = std::make_shared<Table>(*split);
  done->record.clear_split_partitions();
  cluster.view().tables["t0"] = done;
  EXPECT_TRUE(NextRebalance(cluster.now()));
}

TEST(BalanceTest, LeadershipsGoOnlyToVotersThatAreThere) {
  View view;
  for (uint64_t id = 1; id <= 3; ++id) {
    NodeRecord node;
    node.set_id(id);
    view.nodes[NodeId(id)] = {node, 1};
  }
  auto table = std::make_shared<Table>();
  PlaceNewTable(view, 3, &table->record);
  view.tables["t"] = table;
  std::vector<LeaderOf> leaders;
  for (int i = 0; i < 3; ++i) {
    leaders.push_back({"t", i, GroupId(static_cast<uint64_t>(i) + 2), NodeId(1)});
  }
  Situation now{view, 3};
  auto move = NextLeaderMove(now, leaders, {});
  ASSERT_TRUE(move);
  EXPECT_EQ(NodeOf(move->to), NodeId(2));
  now.away = {NodeId(2)};
  move = NextLeaderMove(now, leaders, {});
  ASSERT_TRUE(move);
  EXPECT_EQ(NodeOf(move->to), NodeId(3));
  EXPECT_FALSE(NextLeaderMove(now, leaders, {GroupId(2), GroupId(3), GroupId(4)}));
  now.away = {NodeId(2), NodeId(3)};
  EXPECT_FALSE(NextLeaderMove(now, leaders, {}));
  now.away = {};
  leaders[1].node = NodeId(2);
  EXPECT_FALSE(NextLeaderMove(now, {leaders[1]}, {})) << "one more is no reason";
  view.nodes[NodeId(2)].record.set_state(NODE_STATE_DRAINING);
  EXPECT_TRUE(NextLeaderMove(now, {leaders[1]}, {})) << "a node that drains leads nothing";
}

}  // namespace
}  // namespace skerry::catalog
