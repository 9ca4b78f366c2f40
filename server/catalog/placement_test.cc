#include "server/catalog/placement.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace skerry::catalog {
namespace {

using proto::catalog::v1::NODE_STATE_DRAINING;
using proto::catalog::v1::Partition;

void AddNode(View* view, uint64_t id, const std::string& zone = "") {
  NodeRecord node;
  node.set_id(id);
  node.set_zone(zone);
  view->nodes[NodeId(id)] = {node, 1};
}

View Nodes(int count) {
  View view;
  for (int i = 1; i <= count; ++i) AddNode(&view, static_cast<uint64_t>(i));
  return view;
}

Situation Of(const View& view) { return {view, 3}; }

Partition On(std::initializer_list<uint64_t> nodes) {
  Partition partition;
  for (const uint64_t node : nodes) {
    partition.set_last_number(partition.last_number() + 1);
    partition.add_replicas()->set_id(ReplicaOn(NodeId(node), partition.last_number()).value);
  }
  return partition;
}

TEST(PlacementTest, ANewTablesPartitionsTileTheHashesAndTheirReplicasTheNodes) {
  for (int nodes = 1; nodes <= 7; ++nodes) {
    TableRecord record;
    PlaceNewTable(Nodes(nodes), 3, &record);
    ASSERT_EQ(record.partitions_size(), nodes);
    std::map<NodeId, int> load;
    uint64_t next = 0;
    for (const Partition& partition : record.partitions()) {
      EXPECT_EQ(partition.first_hash(), next);
      EXPECT_GE(partition.last_hash(), partition.first_hash());
      next = partition.last_hash() + 1;
      std::set<NodeId> of_this;
      for (const auto& replica : partition.replicas()) {
        of_this.insert(NodeOf(ReplicaId(replica.id())));
        ++load[NodeOf(ReplicaId(replica.id()))];
      }
      EXPECT_EQ(of_this.size(), static_cast<size_t>(std::min(nodes, 3)));
      EXPECT_EQ(partition.replicas_size(), std::min(nodes, 3)) << "a node has one replica of each";
    }
    EXPECT_EQ(next, 0u) << "the last ends with the last hash";
    for (const auto& [node, replicas] : load) EXPECT_EQ(replicas, std::min(nodes, 3));
  }
}

TEST(PlacementTest, ReplicasAreSpreadOverZonesBeforeLoad) {
  View view;
  AddNode(&view, 1, "a");
  AddNode(&view, 2, "a");
  AddNode(&view, 3, "b");
  AddNode(&view, 4, "c");
  const auto move = NextMove(Of(view), On({1, 3}));
  ASSERT_TRUE(move && move->add);
  EXPECT_EQ(*move->add, NodeId(4)) << "node 2 is as empty, in a zone that has one";
}

TEST(PlacementTest, APartitionGetsWhatItLacksOneAtATime) {
  const View view = Nodes(3);
  Partition partition = On({1});
  const auto move = NextMove(Of(view), partition);
  ASSERT_TRUE(move && move->add);
  EXPECT_EQ(*move->add, NodeId(2));
  partition = On({1, 2});
  partition.mutable_replicas(1)->set_joining(true);
  EXPECT_FALSE(NextMove(Of(view), partition)) << "one is on its way";
  EXPECT_FALSE(NextMove(Of(view), On({1, 2, 3})));
  const View two = Nodes(2);
  EXPECT_FALSE(NextMove(Of(two), On({1, 2}))) << "there is no place for a third";
}

TEST(PlacementTest, ADrainingNodesReplicaIsReplacedInOneStep) {
  View view = Nodes(4);
  view.nodes[NodeId(2)].record.set_state(NODE_STATE_DRAINING);
  const auto move = NextMove(Of(view), On({1, 2, 3}));
  ASSERT_TRUE(move && move->add && move->remove);
  EXPECT_EQ(*move->add, NodeId(4));
  EXPECT_EQ(NodeOf(*move->remove), NodeId(2));
  const auto spare = NextMove(Of(view), On({1, 2, 3, 4}));
  ASSERT_TRUE(spare && spare->remove);
  EXPECT_FALSE(spare->add) << "there are three others";
  TableRecord record;
  PlaceNewTable(view, 3, &record);
  for (const Partition& partition : record.partitions()) {
    EXPECT_EQ(ReplicaOf(partition, NodeId(2)), ReplicaId(0));
  }
}

TEST(PlacementTest, WithoutAPlaceADrainedReplicaGoesAndADeadOneIsWaitedFor) {
  View view = Nodes(3);
  Situation now = Of(view);
  now.away = now.gone = now.dead = {NodeId(3)};
  EXPECT_FALSE(NextMove(now, On({1, 2, 3})));
  view.nodes[NodeId(3)].record.set_state(NODE_STATE_DRAINING);
  const auto move = NextMove(Of(view), On({1, 2, 3}));
  ASSERT_TRUE(move && move->remove);
  EXPECT_FALSE(move->add);
}

TEST(PlacementTest, TheDeadAreReplacedButNotThoseWhoAreAwayForAWhile) {
  const View view = Nodes(5);
  Situation now = Of(view);
  now.away = {NodeId(3), NodeId(4)};
  EXPECT_FALSE(NextMove(now, On({1, 2, 3})));
  now.gone = now.dead = {NodeId(3)};
  const auto move = NextMove(now, On({1, 2, 3}));
  ASSERT_TRUE(move && move->add && move->remove);
  EXPECT_EQ(*move->add, NodeId(5)) << "node 4 is away";
  EXPECT_EQ(NodeOf(*move->remove), NodeId(3));
}

TEST(PlacementTest, NothingIsMovedWithoutAMajority) {
  const View view = Nodes(5);
  Situation now = Of(view);
  now.away = now.gone = now.dead = {NodeId(2), NodeId(3)};
  EXPECT_FALSE(NextMove(now, On({1, 2, 3})));
  now.away = now.gone = now.dead = {NodeId(2)};
  EXPECT_FALSE(NextMove(now, On({1, 2})));
}

TEST(PlacementTest, NobodyGoesWhomTheOthersNeedForTheirMajority) {
  View view = Nodes(3);
  view.nodes[NodeId(1)].record.set_state(NODE_STATE_DRAINING);
  Situation now = Of(view);
  now.away = {NodeId(2)};
  EXPECT_FALSE(NextMove(now, On({1, 2, 3}))) << "of two only one would be there";
}

TEST(PlacementTest, WhatIsOnItsWayToWhoIsGoneIsStranded) {
  View view = Nodes(4);
  Partition partition = On({1, 2, 3});
  Begin({NodeId(4), ReplicaId(partition.replicas(2).id())}, &partition);
  EXPECT_FALSE(IsSettled(partition));
  EXPECT_FALSE(NextMove(Of(view), partition));
  Situation now = Of(view);
  now.away = {NodeId(4)};
  EXPECT_FALSE(Stranded(now, partition));
  now.gone = {NodeId(4)};
  ASSERT_TRUE(Stranded(now, partition));
  EXPECT_EQ(NodeOf(*Stranded(now, partition)), NodeId(4));
  view.nodes[NodeId(4)].record.set_state(NODE_STATE_DRAINING);
  EXPECT_TRUE(Stranded(Of(view), partition));
}

TEST(PlacementTest, TheCatalogHasAnOddNumberOfVoters) {
  const std::map<int, int> voters = {{1, 1}, {2, 1}, {3, 3}, {4, 3}, {5, 5}, {6, 5}, {40, 5}};
  for (const auto& [nodes, votes] : voters) EXPECT_EQ(CatalogVoters(nodes), votes) << nodes;
}

TEST(PlacementTest, CatalogVotersStayUnlessTheyDrainOrAreDeadAndThereIsAnother) {
  View view = Nodes(6);
  const auto on = [](std::initializer_list<uint64_t> nodes) {
    std::vector<ReplicaId> replicas;
    for (const uint64_t node : nodes) replicas.push_back(ReplicaOn(NodeId(node), 1));
    return replicas;
  };
  EXPECT_EQ(CatalogVotersOf(Of(view), on({1, 2, 3, 4, 6}), on({5})), on({1, 2, 3, 4, 6}));
  Situation now = Of(view);
  now.away = {NodeId(2)};
  EXPECT_EQ(CatalogVotersOf(now, on({1, 2, 3, 4, 6}), on({5})), on({1, 2, 3, 4, 6}));
  now.dead = {NodeId(2)};
  EXPECT_EQ(CatalogVotersOf(now, on({1, 2, 3, 4, 6}), on({5})), on({1, 3, 4, 5, 6}));
  now.away = now.dead = {NodeId(2), NodeId(5)};
  EXPECT_EQ(CatalogVotersOf(now, on({1, 2, 3, 4, 6}), on({5})), on({1, 2, 3, 4, 6}));
  view.nodes[NodeId(1)].record.set_state(NODE_STATE_DRAINING);
  EXPECT_EQ(CatalogVotersOf(Of(view), on({1, 2, 3, 4, 6}), on({5})), on({2, 3, 4, 5, 6}));
}

}  // namespace
}  // namespace skerry::catalog
