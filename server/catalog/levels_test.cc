#include "server/catalog/levels.h"

#include <gtest/gtest.h>

namespace skerry::catalog {
namespace {

constexpr LevelRange kOld{1, 1};
constexpr LevelRange kBoth{1, 2};

// A cluster of nodes 1 and on that speak that, at a level.
View ClusterOf(const std::vector<LevelRange>& speak, FeatureLevel level, FeatureLevel hold = 0) {
  View view;
  view.cluster_version = 1;
  view.cluster.set_level(level);
  view.cluster.set_level_hold(hold);
  for (size_t i = 0; i < speak.size(); ++i) {
    const NodeId id(i + 1);
    view.nodes[id].record.set_id(id.value);
    SetSpoken(id, speak[i], 0, &view.cluster);
  }
  return view;
}

void AllComeBackTo(FeatureLevel level, View* view) {
  for (const auto& [id, node] : view->nodes) {
    SetSpoken(id, SpokenBy(view->cluster, id), level, &view->cluster);
  }
}

TEST(Levels, RiseOnceEverybodySpeaksMore) {
  EXPECT_EQ(NextLevel(ClusterOf({kBoth, kBoth, kOld}, 1)), std::nullopt);
  EXPECT_EQ(NextLevel(ClusterOf({kBoth, kBoth, kBoth}, 1)), 2);
  EXPECT_EQ(NextLevel(ClusterOf({kBoth, kBoth, kBoth}, 2)), std::nullopt);
  EXPECT_EQ(NextLevel(ClusterOf({kBoth, kBoth}, 1, /*hold=*/1)), std::nullopt);
  EXPECT_EQ(NextLevel(View()), std::nullopt) << "no cluster was founded";
}

TEST(Levels, WhoHasSaidNothingSpeaksTheFirst) {
  View view = ClusterOf({kBoth}, 0);
  EXPECT_EQ(ActiveLevel(view.cluster), 1);
  view.nodes[NodeId(7)].record.set_id(7);
  EXPECT_EQ(SpokenBy(view.cluster, NodeId(7)), kOld);
  EXPECT_EQ(NextLevel(view), std::nullopt);
  EXPECT_EQ(LevelWaitsFor(view), std::vector<std::string>{"node 7 speaks version 1"});
  view.nodes[NodeId(7)].record.set_state(proto::catalog::v1::NODE_STATE_REMOVED);
  EXPECT_EQ(NextLevel(view), 2) << "it never comes back";
}

// Its record is not there yet, and it is on its way.
TEST(Levels, WhoWasLetInCounts) {
  View view = ClusterOf({kBoth}, 1);
  view.cluster.add_admissions()->set_node(2);
  EXPECT_EQ(NextLevel(view), std::nullopt);
  SetSpoken(NodeId(2), kBoth, 0, &view.cluster);
  EXPECT_EQ(NextLevel(view), 2);
}

TEST(Levels, FallOnceEverybodyHasFollowed) {
  View view = ClusterOf({kBoth, kBoth}, 2, /*hold=*/1);
  EXPECT_EQ(UsableLevel(view.cluster), 1) << "nothing newer begins";
  EXPECT_EQ(NextLevel(view), std::nullopt);
  SetSpoken(NodeId(1), kBoth, 1, &view.cluster);
  EXPECT_EQ(NextLevel(view), std::nullopt);
  EXPECT_EQ(LevelWaitsFor(view), std::vector<std::string>{"node 2 has not come back to it yet"});
  SetSpoken(NodeId(2), kBoth, 1, &view.cluster);
  EXPECT_EQ(NextLevel(view), 1);
}

TEST(Levels, DoNotFallOverSplitsAndDrains) {
  View view = ClusterOf({kBoth, kBoth}, 2, /*hold=*/1);
  AllComeBackTo(1, &view);
  auto table = std::make_shared<Table>();
  table->record.set_name("t");
  table->record.add_partitions()->mutable_split()->set_lower_group(5);
  view.tables["t"] = table;
  EXPECT_EQ(NextLevel(view), std::nullopt);
  table->record.mutable_partitions(0)->clear_split();
  EXPECT_EQ(NextLevel(view), 1);
  table->record.add_split_partitions();
  EXPECT_EQ(NextLevel(view), std::nullopt);
  table->record.clear_split_partitions();
  view.nodes[NodeId(2)].record.set_state(proto::catalog::v1::NODE_STATE_DRAINING);
  EXPECT_EQ(NextLevel(view), std::nullopt);
  EXPECT_EQ(CheckHold(view, 1).code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(CheckHold(view, 2).ok());
}

TEST(Levels, AreHeldWhereSomebodySpeaksThem) {
  EXPECT_TRUE(CheckHold(ClusterOf({kBoth, kOld}, 1), 1).ok());
  EXPECT_EQ(CheckHold(ClusterOf({kBoth, {2, 2}}, 2), 1).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(CheckHold(ClusterOf({kBoth}, 2), 0).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(CheckHold(ClusterOf({kBoth}, 2), kNewestLevel + 1).code(),
            StatusCode::kInvalidArgument);
}

TEST(Levels, RefuseWhoDoesNotSpeakThem) {
  const View now = ClusterOf({kBoth}, 2);
  EXPECT_TRUE(CheckSpeaks(now.cluster, kBoth).ok());
  const Status old = CheckSpeaks(now.cluster, kOld);
  EXPECT_EQ(old.code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(old.message().find("version --hold 1"), std::string::npos) << old.message();
  EXPECT_EQ(CheckSpeaks(ClusterOf({kOld}, 1).cluster, {2, 2}).code(),
            StatusCode::kFailedPrecondition);
  // On its way back is not back yet.
  EXPECT_FALSE(CheckSpeaks(ClusterOf({kBoth}, 2, 1).cluster, kOld).ok());
}

}  // namespace
}  // namespace skerry::catalog
