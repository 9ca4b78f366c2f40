#include "server/node/cluster_page.h"

#include <gtest/gtest.h>

#include "server/catalog/levels.h"

#include <memory>

namespace skerry::node {
namespace {

TEST(ClusterPageTest, ListsNodesAndPartitions) {
  catalog::View view;
  catalog::NodeRecord node;
  node.set_id(2);
  node.set_zone("a\"b");
  node.set_endpoint("127.0.0.1:8000");
  view.nodes[NodeId(2)] = {node, 1};
  catalog::NodeRecord gone;
  gone.set_id(3);
  gone.set_state(proto::catalog::v1::NODE_STATE_REMOVED);
  view.nodes[NodeId(3)] = {gone, 1};
  auto table = std::make_shared<catalog::Table>();
  table->record.set_account("000000000000");
  table->record.set_name("t");
  auto* partition = table->record.add_partitions();
  partition->set_group(7);
  partition->set_last_hash(UINT64_MAX);
  partition->add_replicas()->set_id(ReplicaOn(NodeId(2), 1).value);
  partition->add_replicas()->set_id(ReplicaOn(NodeId(3), 2).value);
  partition->mutable_replicas(1)->set_joining(true);
  catalog::PartitionRoute& route = table->partitions.emplace_back();
  route.group = GroupId(7);
  route.leader->store(3);
  view.tables["key"] = table;
  view.cluster.set_level(2);
  view.cluster.set_level_hold(1);
  catalog::SetSpoken(NodeId(2), {1, 2}, 0, &view.cluster);
  const ClusterState state{view, NodeId(2), NodeId(3), [](NodeId) { return true; }};
  EXPECT_EQ(ClusterPage(state),
            "{\"self\":2,\"catalog_leader\":3,\"version\":2,\"version_hold\":1,"
            "\"version_waits_for\":[\"node 2 has not come back to it yet\"],"
            "\"nodes\":[{\"id\":2,\"state\":\"active\",\"away\":false,\"zone\":\"a\\\"b\","
            "\"replicas\":1,\"leads\":0,"
            "\"peer_address\":\"\",\"endpoint\":\"127.0.0.1:8000\",\"admin_endpoint\":\"\","
            "\"oldest_version\":1,\"newest_version\":2},"
            "{\"id\":3,\"state\":\"removed\",\"away\":true,\"zone\":\"\","
            "\"replicas\":1,\"leads\":1,"
            "\"peer_address\":\"\",\"endpoint\":\"\",\"admin_endpoint\":\"\","
            "\"oldest_version\":1,\"newest_version\":1}],"
            "\"partitions\":[{\"account\":\"000000000000\",\"table\":\"t\",\"group\":7,"
            "\"first_hash\":\"0000000000000000\",\"last_hash\":\"ffffffffffffffff\",\"leader\":3,"
            "\"replicas\":[{\"node\":2,\"voter\":true,\"leaving\":false},"
            "{\"node\":3,\"voter\":false,\"leaving\":false}]}]}\n");
}

}  // namespace
}  // namespace skerry::node
