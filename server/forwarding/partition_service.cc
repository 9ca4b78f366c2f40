#include "server/forwarding/partition_service.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/forwarding/codec.h"

namespace skerry::forwarding {
namespace {

PartitionAnswer Refusal(Status status) {
  PartitionAnswer answer;
  answer.status = std::move(status);
  return answer;
}

// A strong read: whoever answers it leads, then and now.
Task<Status> Get(replica::Replica& replica, const GetRequest& get, PartitionAnswer* answer) {
  Status confirmed = co_await replica.ConfirmLeadership();
  if (!confirmed.ok()) co_return confirmed;
  engine::PinnedValue pin;
  const Result<std::string_view> encoded = replica.Get(get.row_key, &pin);
  if (!encoded.ok()) co_return encoded.status();
  answer->item = *encoded;
  co_return OkStatus();
}

Task<Status> Read(replica::Replica& replica, const partition::ReadRequest& read,
                  PartitionAnswer* answer) {
  Status confirmed = co_await replica.ConfirmLeadership();
  if (!confirmed.ok()) co_return confirmed;
  Result<partition::ReadPage> page = replica.Read(read);
  if (!page.ok()) co_return page.status();
  answer->page = std::move(*page);
  co_return OkStatus();
}

// By a replica that led: reads say so by their status, each write by its own.
bool WasServed(const PartitionAnswer& answer) {
  return answer.status.ok() &&
         (answer.writes.empty() || std::any_of(answer.writes.begin(), answer.writes.end(),
                                               [](const auto& write) { return write.ok(); }));
}

Task<Status> Serve(replica::Replica& replica, PartitionRequest request, PartitionAnswer* answer) {
  if (auto* writes = std::get_if<std::vector<partition::WriteRequest>>(&request.body)) {
    answer->writes = co_await replica.WriteAll(std::move(*writes));
    co_return OkStatus();
  }
  if (const auto* get = std::get_if<GetRequest>(&request.body)) {
    Status status = co_await Get(replica, *get, answer);
    co_return status;
  }
  Status status = co_await Read(replica, std::get<partition::ReadRequest>(request.body), answer);
  co_return status;
}

// `level` outlives the task.
Task<std::string> Answer(std::shared_ptr<replica::Replica> replica, std::string body,
                         MonotonicTime received, const LevelInForce& level) {
  co_await SwitchTo(replica->home());
  PartitionAnswer answer;
  Result<PartitionRequest> request = DecodeRequest(body, replica->schema());
  if (!request.ok()) {
    answer.status = request.status();
  } else if (replica->home().clock().Now() - received >= request->remaining) {
    // Nobody waits for it any more.
    answer.status = DeadlineExceeded("the request came too late");
  } else {
    answer.status = co_await Serve(*replica, std::move(*request), &answer);
    if (level.Has(Feature::kFollowerReads) && WasServed(answer)) {
      answer.applied = replica->applied();
    }
  }
  const ReplicaId leader = replica->leader();
  if (leader.value != 0) answer.leader = NodeOf(leader);
  co_return EncodeAnswer(answer);
}

}  // namespace

void ServePartitions(replica::Replicas& replicas, peers::Peers* peers) {
  peers->Serve(peers::Service::kPartition, [&replicas](NodeId, GroupId group, std::string_view body,
                                                       peers::Peers::Answer answer) {
    const std::shared_ptr<replica::Replica> replica = replicas.Find(group);
    if (replica == nullptr) {
      answer(EncodeAnswer(Refusal(Unavailable("this node has no replica of the partition"))));
      return;
    }
    const MonotonicTime received = replica->home().clock().Now();
    Spawn(Answer(replica, std::string(body), received, replicas.host().level()),
          [answer = std::move(answer)](std::string bytes) mutable { answer(std::move(bytes)); });
  });
}

}  // namespace skerry::forwarding
