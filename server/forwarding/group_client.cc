#include "server/forwarding/group_client.h"

#include <utility>

#include "proto/node/v1/group.pb.h"
#include "server/forwarding/group_service.h"

namespace skerry::forwarding {
namespace {

using proto::node::v1::GroupAnswer;
using proto::node::v1::GroupRequest;

constexpr Duration kTimeout = std::chrono::seconds(2);

Status StatusOf(const GroupAnswer& answer) {
  if (answer.code() == 0) return OkStatus();
  const bool known = answer.code() <= static_cast<uint32_t>(StatusCode::kRangeMoved);
  return {known ? static_cast<StatusCode>(answer.code()) : StatusCode::kInternal, answer.message()};
}

Result<GroupStatus> Read(const GroupAnswer& answer) {
  GroupStatus status;
  status.leader = ReplicaId(answer.leader());
  status.term = Term(answer.term());
  status.applied = LogIndex(answer.applied());
  status.last = LogIndex(answer.last());
  SKERRY_ASSIGN_OR_RETURN(status.configuration, raft::DecodeConfiguration(answer.configuration()));
  for (const auto& member : answer.members()) {
    status.members.push_back({ReplicaId(member.replica()), LogIndex(member.match())});
  }
  for (const auto& size : answer.sizes()) {
    status.sizes[size.index()] = {size.items(), size.bytes()};
  }
  return status;
}

}  // namespace

// One try at `node`; 0: here.
Task<Result<GroupAnswer>> GroupClient::AskNode(const Location& location, NodeId node,
                                               GroupRequest request) {
  if (node == peers_.self()) {
    if (location.replica == nullptr) co_return Unavailable("this node has no such replica");
    GroupAnswer answer = co_await ServeGroupRequest(location.replica, std::move(request));
    co_return answer;
  }
  Result<std::string> bytes = co_await peers_.Ask(node, location.group, peers::Service::kGroup,
                                                  request.SerializeAsString(), kTimeout);
  if (!bytes.ok()) co_return bytes.status();
  GroupAnswer answer;
  if (!answer.ParseFromString(*bytes)) co_return Corruption("a node's answer cannot be read");
  co_return answer;
}

// Whom this node takes for the leader, and once more whom that one names.
Task<Result<GroupAnswer>> GroupClient::AskLeader(const Location& location, GroupRequest request) {
  Status failure = Unavailable("nobody is known to lead the group");
  NodeId last;
  for (int i = 0; i < 3; ++i) {
    NodeId node = LeaderOf(location);
    if (node.value == 0 || node == last) {
      if (location.nodes.empty()) break;
      // Round all that have a replica.
      node = location.nodes[next_.fetch_add(1, std::memory_order_relaxed) % location.nodes.size()];
    }
    last = node;
    Result<GroupAnswer> answer = co_await AskNode(location, node, request);
    if (!answer.ok()) {
      failure = answer.status();
      location.leader->store(0, std::memory_order_relaxed);
      continue;
    }
    const NodeId leader = answer->leader() == 0 ? NodeId(0) : NodeOf(ReplicaId(answer->leader()));
    location.leader->store(leader.value, std::memory_order_relaxed);
    Status status = StatusOf(*answer);
    if (status.code() != StatusCode::kUnavailable) co_return answer;
    failure = std::move(status);
  }
  co_return failure;
}

NodeId GroupClient::LeaderOf(const Location& location) const {
  if (location.replica != nullptr) {
    if (location.replica->ready()) return peers_.self();
    const ReplicaId leader = location.replica->leader();
    if (leader.value != 0 && NodeOf(leader) != peers_.self()) return NodeOf(leader);
  }
  return NodeId(location.leader->load(std::memory_order_relaxed));
}

Task<Result<GroupStatus>> GroupClient::Describe(const Location& location, bool confirm) {
  GroupRequest request;
  request.mutable_status()->set_confirm(confirm);
  Result<GroupAnswer> answer = co_await AskLeader(location, std::move(request));
  if (!answer.ok()) co_return answer.status();
  Status status = StatusOf(*answer);
  if (!status.ok()) co_return status;
  co_return Read(*answer);
}

Task<Status> GroupClient::Change(const Location& location, raft::Configuration seen,
                                 raft::Configuration target) {
  GroupRequest request;
  request.mutable_change()->set_seen(raft::EncodeConfiguration(seen));
  request.mutable_change()->set_target(raft::EncodeConfiguration(target));
  const Result<GroupAnswer> answer = co_await AskLeader(location, std::move(request));
  if (!answer.ok()) co_return answer.status();
  co_return StatusOf(*answer);
}

Task<Status> GroupClient::TransferLeadership(const Location& location, ReplicaId target) {
  GroupRequest request;
  request.mutable_transfer()->set_target(target.value);
  const Result<GroupAnswer> answer = co_await AskLeader(location, std::move(request));
  if (!answer.ok()) co_return answer.status();
  co_return StatusOf(*answer);
}

Task<Status> GroupClient::Campaign(const Location& location, NodeId node) {
  GroupRequest request;
  request.mutable_campaign();
  const Result<GroupAnswer> answer = co_await AskNode(location, node, std::move(request));
  if (!answer.ok()) co_return answer.status();
  co_return StatusOf(*answer);
}

}  // namespace skerry::forwarding
