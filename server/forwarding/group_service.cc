#include "server/forwarding/group_service.h"

#include <utility>

namespace skerry::forwarding {
namespace {

using proto::node::v1::GroupAnswer;
using proto::node::v1::GroupRequest;

void SetStatus(const Status& status, GroupAnswer* answer) {
  answer->set_code(static_cast<uint32_t>(status.code()));
  answer->set_message(std::string(status.message()));
}

Task<Status> TellStatus(replica::Replica& replica, bool confirm, GroupAnswer* answer) {
  if (!replica.ready()) co_return Unavailable("this replica does not lead");
  if (confirm) {
    Status confirmed = co_await replica.ConfirmLeadership();
    if (!confirmed.ok()) co_return confirmed;
  }
  answer->set_term(replica.applied_term().value);
  answer->set_applied(replica.applied().value);
  answer->set_last(replica.last_index().value);
  answer->set_configuration(raft::EncodeConfiguration(replica.configuration()));
  for (const auto& member : replica.progress()) {
    auto* told = answer->add_members();
    told->set_replica(member.replica.value);
    told->set_match(member.match.value);
  }
  for (const auto& [index, size] : SizesOf(replica)) {
    auto* told = answer->add_sizes();
    told->set_index(index);
    told->set_items(size.items);
    told->set_bytes(size.bytes);
  }
  co_return OkStatus();
}

Task<Status> Change(replica::Replica& replica, const GroupRequest::Change& change) {
  const Result<raft::Configuration> seen = raft::DecodeConfiguration(change.seen());
  const Result<raft::Configuration> target = raft::DecodeConfiguration(change.target());
  if (!seen.ok()) co_return seen.status();
  if (!target.ok()) co_return target.status();
  if (!replica.ready()) co_return Unavailable("this replica does not lead");
  if (!(replica.configuration() == *seen)) {
    co_return Aborted("the group's configuration is another one by now");
  }
  Status changed = co_await replica.ChangeConfiguration(*target);
  // A refusal of this kind would be taken for a sign to ask another node.
  if (changed.code() == StatusCode::kUnavailable) co_return Aborted(std::string(changed.message()));
  co_return changed;
}

Task<Status> Do(replica::Replica& replica, const GroupRequest& request, GroupAnswer* answer) {
  switch (request.kind_case()) {
    case GroupRequest::kStatus: {
      Status status = co_await TellStatus(replica, request.status().confirm(), answer);
      co_return status;
    }
    case GroupRequest::kChange: {
      Status status = co_await Change(replica, request.change());
      co_return status;
    }
    case GroupRequest::kTransfer: {
      if (!replica.ready()) co_return Unavailable("this replica does not lead");
      Status status = co_await replica.TransferLeadership(ReplicaId(request.transfer().target()));
      co_return status;
    }
    case GroupRequest::kCampaign:
      replica.Campaign();
      co_return OkStatus();
    case GroupRequest::KIND_NOT_SET:
      break;
  }
  co_return Unimplemented("a request of a later version");
}

}  // namespace

std::map<uint32_t, partition::Statistics> SizesOf(const replica::Replica& replica) {
  std::map<uint32_t, partition::Statistics> sizes;
  sizes[0] = replica.statistics(0);
  for (const partition::LocalIndex& index : replica.schema().local_indexes) {
    sizes[index.id] = replica.statistics(index.id);
  }
  return sizes;
}

Task<GroupAnswer> ServeGroupRequest(std::shared_ptr<replica::Replica> replica,
                                    GroupRequest request) {
  co_await SwitchTo(replica->home());
  GroupAnswer answer;
  const Status status = co_await Do(*replica, request, &answer);
  SetStatus(status, &answer);
  answer.set_leader(replica->leader().value);
  co_return answer;
}

void ServeGroups(replica::Replicas& replicas, peers::Peers* peers) {
  peers->Serve(peers::Service::kGroup, [&replicas](NodeId, GroupId group, std::string_view body,
                                                   peers::Peers::Answer answer) {
    GroupRequest request;
    GroupAnswer refusal;
    const std::shared_ptr<replica::Replica> replica = replicas.Find(group);
    if (!request.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
      SetStatus(InvalidArgument("no request about a group"), &refusal);
      answer(refusal.SerializeAsString());
    } else if (replica == nullptr) {
      SetStatus(Unavailable("this node has no replica of the group"), &refusal);
      answer(refusal.SerializeAsString());
    } else {
      Spawn(ServeGroupRequest(replica, std::move(request)),
            [answer = std::move(answer)](GroupAnswer served) mutable {
              answer(served.SerializeAsString());
            });
    }
  });
}

}  // namespace skerry::forwarding
