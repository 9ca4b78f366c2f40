#include "server/peers/peers.h"

#include <utility>

#include "base/check.h"

namespace skerry::peers {
namespace {

// How exactly time limits are kept.
constexpr Duration kSweepEvery = std::chrono::milliseconds(100);

}  // namespace

Peers::Peers(NodeId self, transport::Transport* transport, std::vector<Executor*> executors,
             uint64_t seed)
    : self_(self),
      transport_(transport),
      executors_(std::move(executors)),
      outgoing_(executors_.size()),
      next_id_(seed) {}

Peers::~Peers() = default;

void Peers::Serve(Service service, Handler handler) {
  handlers_[static_cast<size_t>(service)] = std::move(handler);
}

void Peers::Start() {
  if (transport_ != nullptr) transport_->ServeRequests(this);
}

void Peers::Stop() {
  if (transport_ != nullptr) transport_->ServeRequests(nullptr);
  std::map<uint64_t, Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    waiting = std::exchange(waiting_, {});
  }
  for (auto& [id, one] : waiting) {
    Finish(id, std::move(one.done), OutcomeUnknown("the node is stopping"));
  }
}

Task<Result<std::string>> Peers::Ask(NodeId to, GroupId group, Service service, std::string body,
                                     Duration timeout) {
  SKERRY_CHECK(group.value != 0);
  if (transport_ == nullptr || to == self_) {
    co_return Unavailable("this node has no such peer");
  }
  if (!transport_->IsConnected(to) || is_away_(to))
    co_return Unavailable("the node cannot be reached");
  body.insert(body.begin(), static_cast<char>(service));
  co_return co_await AwaitCallback<Result<std::string>>(
      [&](Done done) { Send(to, group, std::move(body), timeout, std::move(done)); });
}

void Peers::Send(NodeId to, GroupId group, std::string body, Duration timeout, Done done) {
  const uint64_t id = NextId();
  {
    std::unique_lock lock(mutex_);
    if (stopped_) {
      lock.unlock();
      Finish(id, std::move(done), Unavailable("the node is stopping"));
      return;
    }
    const MonotonicTime until = executors_.front()->clock().Now() + timeout;
    waiting_.emplace(id, Waiting{to, until, std::move(done)});
    ScheduleSweep();
  }
  Emit(to, {group, transport::Request{id, std::move(body)}});
}

size_t Peers::Current() const {
  size_t at = 0;
  while (at < executors_.size() && !executors_[at]->IsCurrent()) ++at;
  return at;
}

// An answer is taken up where its request was made, if that is one of the executors.
uint64_t Peers::NextId() {
  const uint64_t count = executors_.size();
  const uint64_t next = next_id_.fetch_add(count, std::memory_order_relaxed);
  const size_t here = Current();
  return here == count ? next : next - next % count + here;
}

// A message of the transport costs much more than what is in it.
void Peers::Emit(NodeId to, transport::Packet packet) {
  const size_t here = Current();
  if (here == executors_.size()) {
    transport_->Send(to, std::move(packet));
    return;
  }
  auto& outgoing = outgoing_[here];
  const bool first = outgoing.empty();
  outgoing[to].push_back(std::move(packet));
  if (!first) return;
  executors_[here]->Post([this, here, weak = std::weak_ptr<bool>(alive_)] {
    if (weak.expired()) return;
    for (auto& [node, packets] : std::exchange(outgoing_[here], {})) {
      transport_->SendAll(node, std::move(packets));
    }
  });
}

// Never inline: whoever asked may be holding something.
void Peers::Finish(uint64_t id, Done done, Result<std::string> result) {
  ExecutorOf(id).Post(
      [done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
}

void Peers::OnPackets(NodeId from, std::vector<transport::Packet> packets) {
  for (transport::Packet& packet : packets) {
    if (auto* request = std::get_if<transport::Request>(&packet.body)) {
      OnRequest(from, packet.group, std::move(*request));
    } else if (auto* response = std::get_if<transport::Response>(&packet.body)) {
      OnResponse(from, std::move(*response));
    }
  }
}

void Peers::OnRequest(NodeId from, GroupId group, transport::Request request) {
  const auto service =
      request.body.empty() ? kServices : static_cast<size_t>(static_cast<uint8_t>(request.body[0]));
  // Of a later version: its sender finds that nobody answers, as if this node were away.
  if (service >= kServices || !handlers_[service]) return;
  handlers_[service](from, group, std::string_view(request.body).substr(1),
                     [this, from, group, id = request.id](std::string body) {
                       Emit(from, {group, transport::Response{id, std::move(body)}});
                     });
}

void Peers::OnResponse(NodeId from, transport::Response response) {
  Done done;
  {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(response.id);
    if (found == waiting_.end() || found->second.node != from) return;  // too late
    done = std::move(found->second.done);
    waiting_.erase(found);
  }
  Finish(response.id, std::move(done), std::move(response.body));
}

void Peers::OnDisconnected(NodeId node) {
  std::map<uint64_t, Done> broken;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      if (it->second.node == node) {
        broken.emplace(it->first, std::move(it->second.done));
        it = waiting_.erase(it);
      } else {
        ++it;
      }
    }
  }
  for (auto& [id, done] : broken) {
    Finish(id, std::move(done), OutcomeUnknown("the connection to the node broke"));
  }
}

void Peers::ScheduleSweep() {
  if (std::exchange(sweeping_, true)) return;
  executors_.front()->PostAfter(kSweepEvery, [this, weak = std::weak_ptr<bool>(alive_)] {
    if (!weak.expired()) Sweep();
  });
}

void Peers::Sweep() {
  const MonotonicTime now = executors_.front()->clock().Now();
  std::map<uint64_t, Done> late;
  std::map<uint64_t, Done> away;
  {
    const std::lock_guard lock(mutex_);
    sweeping_ = false;
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      Waiting& waiting = it->second;
      if (waiting.until > now && !is_away_(waiting.node)) {
        ++it;
        continue;
      }
      (waiting.until <= now ? late : away).emplace(it->first, std::move(waiting.done));
      it = waiting_.erase(it);
    }
    if (!waiting_.empty()) ScheduleSweep();
  }
  for (auto& [id, done] : late) {
    Finish(id, std::move(done), DeadlineExceeded("the node has not answered in time"));
  }
  for (auto& [id, done] : away) {
    Finish(id, std::move(done), OutcomeUnknown("nothing is heard of the node"));
  }
}

}  // namespace skerry::peers
