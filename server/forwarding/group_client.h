#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <vector>

#include "base/status.h"
#include "base/task.h"
#include "proto/node/v1/group.pb.h"
#include "replication/raft/configuration.h"
#include "server/forwarding/location.h"
#include "server/peers/peers.h"
#include "storage/partition/partition.h"

namespace skerry::forwarding {

// What a group's leader says of it.
struct GroupStatus {
  ReplicaId leader;
  Term term;
  LogIndex applied;
  LogIndex last;
  raft::Configuration configuration;
  std::vector<group::Group::Member> members;  // all but the leader
  // How much there is: of the table at 0, and of each local index at its id.
  std::map<uint32_t, partition::Statistics> sizes;
};

// Asks the leader of a group about the group, and for changes of it. Thread-safe; each call is one
// try at whoever is believed to lead: kUnavailable if nobody is found. The Location outlives the
// task.
class GroupClient {
 public:
  explicit GroupClient(peers::Peers& peers) : peers_(peers) {}

  // `confirm`: the leader makes sure that it still leads, so that what was acknowledged before the
  // call is at or below `applied`.
  Task<Result<GroupStatus>> Describe(const Location& location, bool confirm);
  // From the configuration that the caller has seen to another. kAborted if the group has another
  // one by now, kFailedPrecondition while a change is under way.
  Task<Status> Change(const Location& location, raft::Configuration seen,
                      raft::Configuration target);
  Task<Status> TransferLeadership(const Location& location, ReplicaId target);
  // Has the replica on `node` stand for election, if nobody leads.
  Task<Status> Campaign(const Location& location, NodeId node);

 private:
  Task<Result<proto::node::v1::GroupAnswer>> AskNode(const Location& location, NodeId node,
                                                     proto::node::v1::GroupRequest request);
  Task<Result<proto::node::v1::GroupAnswer>> AskLeader(const Location& location,
                                                       proto::node::v1::GroupRequest request);
  NodeId LeaderOf(const Location& location) const;

  peers::Peers& peers_;
  std::atomic<uint64_t> next_ = 0;  // of the nodes to try where no leader is known
};

}  // namespace skerry::forwarding
