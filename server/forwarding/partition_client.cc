#include "server/forwarding/partition_client.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/forwarding/codec.h"

namespace skerry::forwarding {
namespace {

using partition::ReadPage;
using partition::ReadRequest;
using partition::WriteRequest;
using partition::WriteResult;
using WriteResults = std::vector<Result<WriteResult>>;

// One node's answer is not waited for longer: another may lead by then.
constexpr Duration kAttempt = std::chrono::seconds(3);
constexpr Duration kFirstPause = std::chrono::milliseconds(5);
constexpr Duration kPauseMax = std::chrono::milliseconds(100);

// Nothing was done, and somebody else, or a later try, may do it.
bool NotServed(const Status& status) { return status.code() == StatusCode::kUnavailable; }
// What the partition says of a write itself, by whichever copy.
bool IsAnswer(const Status& status) {
  return status.ok() || status.code() == StatusCode::kInvalidArgument ||
         status.code() == StatusCode::kInternal;
}
// Nobody knows whether it was done.
bool Unknown(const Status& status) { return status.code() == StatusCode::kOutcomeUnknown; }
Status Ended() { return RangeMoved("the partition was split"); }
bool HasEnded(const Location& location) { return location.ended->load(std::memory_order_acquire); }

}  // namespace

// Where a request has been on its way to the leader.
struct PartitionClient::Search {
  MonotonicTime until;
  Duration pause = kFirstPause;
  NodeId last;          // the node that was asked last
  size_t next = 0;      // of the location's nodes, where nobody is known to lead
  bool hinted = false;  // the last answer named another node
};

// Whom to ask: this node if it leads, else who is believed to, else one after the other.
NodeId PartitionClient::Next(const Location& location, Search* search) const {
  const NodeId self = peers_.self();
  NodeId node;
  if (location.replica != nullptr) {
    if (location.replica->ready()) return self;
    const ReplicaId leader = location.replica->leader();
    if (leader.value != 0) node = NodeOf(leader);
  }
  const NodeId hint(location.leader->load(std::memory_order_relaxed));
  if (hint.value != 0 && (node.value == 0 || node == search->last)) node = hint;
  const bool again = node == search->last && !search->hinted;
  if ((node.value == 0 || node == self || again) && !location.nodes.empty()) {
    node = location.nodes[search->next++ % location.nodes.size()];
  }
  search->hinted = false;  // used up: this node's own answers name nobody
  return node;
}

// After a failure: whether to ask again, after a pause.
Task<bool> PartitionClient::Again(Search* search, bool at_once) {
  if (peers_.alone() || timers_.clock().Now() >= search->until) co_return false;
  if (at_once) co_return true;
  co_await Sleep(timers_, search->pause);
  search->pause = std::min(search->pause * 2, kPauseMax);
  co_return true;
}

Task<Result<PartitionAnswer>> PartitionClient::AskPeer(const Location& location, NodeId node,
                                                       PartitionRequest request, Search* search) {
  const MonotonicTime now = timers_.clock().Now();
  const Duration timeout = std::min<Duration>(kAttempt, search->until - now);
  request.remaining = timeout;
  Result<std::string> bytes = co_await peers_.Ask(node, location.group, peers::Service::kPartition,
                                                  EncodeRequest(request), timeout);
  if (!bytes.ok()) {
    location.leader->store(0, std::memory_order_relaxed);
    if (NotServed(bytes.status())) co_return bytes.status();
    // It may have been served all the same.
    co_return OutcomeUnknown(std::string(bytes.status().message()));
  }
  Result<PartitionAnswer> answer = DecodeAnswer(*bytes);
  if (!answer.ok()) co_return OutcomeUnknown("a node's answer cannot be read");
  // Its clients' next eventual reads are to see it, too.
  if (answer->applied.value != 0 && location.replica != nullptr) {
    location.replica->Saw(answer->applied, now);
  }
  if (answer->leader.value != 0) {
    search->hinted = answer->leader != node;
    location.leader->store(answer->leader.value, std::memory_order_relaxed);
  }
  co_return answer;
}

Task<Result<WriteResult>> PartitionClient::Write(const Location& location, WriteRequest request) {
  if (location.replica != nullptr && location.replica->alone()) {
    co_return co_await location.replica->Write(std::move(request));
  }
  std::vector<WriteRequest> one;
  one.push_back(std::move(request));
  WriteResults results = co_await WriteAll(location, std::move(one));
  co_return std::move(results.front());
}

Task<WriteResults> PartitionClient::WriteAll(const Location& location,
                                             std::vector<WriteRequest> requests,
                                             std::vector<Moved>* moved) {
  if (location.replica != nullptr && location.replica->alone() && moved == nullptr) {
    co_return co_await location.replica->WriteAll(std::move(requests));
  }
  WriteResults results(requests.size(), Unavailable("nobody leads the partition"));
  std::vector<size_t> open(requests.size());
  std::vector<bool> sent(requests.size(), false);  // a copy is, or may be, out
  for (size_t i = 0; i < open.size(); ++i) {
    open[i] = i;
    sent[i] = requests[i].stamp.has_value();
    if (!sent[i]) Stamp(&requests[i]);
  }
  std::vector<bool> maybe_done(requests.size(), false);  // nobody knows what became of one
  Search search{.until = timers_.clock().Now() + kPatience};
  while (true) {
    std::vector<WriteRequest> part;
    for (const size_t i : open) {
      part.push_back(requests[i]);
      part.back().sole_copy = !sent[i];
      sent[i] = true;
    }
    const NodeId node = Next(location, &search);
    search.last = node;
    WriteResults answers = co_await WriteAt(location, node, std::move(part), &search);
    std::vector<size_t> still_open;
    for (size_t k = 0; k < open.size(); ++k) {
      const size_t i = open[k];
      results[i] = std::move(answers[k]);
      const Status status = results[i].status();
      if (Unknown(status)) maybe_done[i] = true;
      const bool elsewhere = status.code() == StatusCode::kRangeMoved ||
                             ((NotServed(status) || Unknown(status)) && HasEnded(location));
      if (elsewhere && moved != nullptr) {
        results[i] = Ended();
        moved->push_back({i, std::move(requests[i]), maybe_done[i]});
      } else if (NotServed(status) || Unknown(status)) {
        still_open.push_back(i);
      } else if (maybe_done[i] && !IsAnswer(status)) {
        // It speaks of this copy alone; an earlier one may have been done.
        results[i] = OutcomeUnknown("the write may or may not have been done");
      }
    }
    open = std::move(still_open);
    if (open.empty()) break;
    const bool again = co_await Again(&search, search.hinted);
    if (!again) break;
  }
  for (const size_t i : open) {
    if (maybe_done[i]) results[i] = OutcomeUnknown("the write may or may not have been done");
  }
  co_return results;
}

Task<WriteResults> PartitionClient::WriteAt(const Location& location, NodeId node,
                                            std::vector<WriteRequest> requests, Search* search) {
  const size_t count = requests.size();
  if (node == peers_.self()) {
    if (location.replica == nullptr) co_return WriteResults(count, Unavailable("not here"));
    co_return co_await location.replica->WriteAll(std::move(requests));
  }
  if (node.value == 0) co_return WriteResults(count, Unavailable("nobody leads the partition"));
  PartitionRequest request;
  request.body = std::move(requests);
  Result<PartitionAnswer> answer = co_await AskPeer(location, node, std::move(request), search);
  if (!answer.ok()) co_return WriteResults(count, answer.status());
  if (!answer->status.ok()) co_return WriteResults(count, answer->status);
  if (answer->writes.size() != count) {
    co_return WriteResults(count, OutcomeUnknown("a node's answer does not fit its request"));
  }
  co_return std::move(answer->writes);
}

Task<Result<StoredItem>> PartitionClient::Get(const Location& location, std::string row_key,
                                              Consistency consistency) {
  if (consistency == Consistency::kEventual && location.replica != nullptr &&
      !location.replica->ready()) {
    engine::PinnedValue pin;
    Result<std::string_view> encoded = location.replica->GetFresh(row_key, &pin);
    if (encoded.ok()) co_return StoredItem(std::move(pin), *encoded);
  }
  Search search{.until = timers_.clock().Now() + kPatience};
  while (true) {
    const NodeId node = Next(location, &search);
    search.last = node;
    Result<StoredItem> item = co_await GetAt(location, node, row_key, &search);
    if (item.ok() || !(NotServed(item.status()) || Unknown(item.status()))) co_return item;
    if (HasEnded(location)) co_return Ended();
    const bool again = co_await Again(&search, search.hinted);
    if (!again) co_return Unavailable("nobody leads the partition");
  }
}

Task<Result<StoredItem>> PartitionClient::GetAt(const Location& location, NodeId node,
                                                const std::string& row_key, Search* search) {
  if (node == peers_.self()) {
    if (location.replica == nullptr) co_return Unavailable("not here");
    if (!location.replica->alone()) {
      Status confirmed = co_await location.replica->ConfirmLeadership();
      if (!confirmed.ok()) co_return confirmed;
    }
    engine::PinnedValue pin;
    Result<std::string_view> encoded = location.replica->Get(row_key, &pin);
    if (!encoded.ok()) co_return encoded.status();
    co_return StoredItem(std::move(pin), *encoded);
  }
  if (node.value == 0) co_return Unavailable("nobody leads the partition");
  PartitionRequest request;
  request.body = GetRequest{row_key, /*consistent=*/true};
  Result<PartitionAnswer> answer = co_await AskPeer(location, node, std::move(request), search);
  if (!answer.ok()) co_return answer.status();
  if (!answer->status.ok()) co_return answer->status;
  co_return StoredItem(std::move(answer->item));
}

Task<Result<ReadPage>> PartitionClient::Read(const Location& location, ReadRequest request,
                                             Consistency consistency) {
  if (consistency == Consistency::kEventual && location.replica != nullptr &&
      !location.replica->ready()) {
    Result<ReadPage> page = location.replica->ReadFresh(request);
    if (page.ok()) co_return page;
  }
  Search search{.until = timers_.clock().Now() + kPatience};
  while (true) {
    const NodeId node = Next(location, &search);
    search.last = node;
    Result<ReadPage> page = co_await ReadAt(location, node, request, &search);
    if (page.ok() || !(NotServed(page.status()) || Unknown(page.status()))) co_return page;
    if (HasEnded(location)) co_return Ended();
    const bool again = co_await Again(&search, search.hinted);
    if (!again) co_return Unavailable("nobody leads the partition");
  }
}

Task<Result<ReadPage>> PartitionClient::ReadAt(const Location& location, NodeId node,
                                               const ReadRequest& read, Search* search) {
  if (node == peers_.self()) {
    if (location.replica == nullptr) co_return Unavailable("not here");
    if (location.replica->alone()) {
      if (!location.replica->ready()) co_await location.replica->WhenReady();
    } else {
      Status confirmed = co_await location.replica->ConfirmLeadership();
      if (!confirmed.ok()) co_return confirmed;
    }
    co_return location.replica->Read(read);
  }
  if (node.value == 0) co_return Unavailable("nobody leads the partition");
  PartitionRequest request;
  request.body = read;
  Result<PartitionAnswer> answer = co_await AskPeer(location, node, std::move(request), search);
  if (!answer.ok()) co_return answer.status();
  if (!answer->status.ok()) co_return answer->status;
  co_return std::move(answer->page);
}

void PartitionClient::Stamp(WriteRequest* request) {
  request->stamp = partition::Stamp{
      .node = peers_.self(),
      .incarnation = incarnation_,
      .sequence = sequence_.fetch_add(1, std::memory_order_relaxed) + 1,
      .issued_hlc = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                              timers_.clock().WallTime())
                                              .count())
                    << 16};
}

}  // namespace skerry::forwarding
