#include "replication/transport/grpc_transport.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/thread_executor.h"
#include "replication/transport/grpc_join.h"
#include "replication/transport/grpc_setup.h"
#include "replication/transport/grpc_stream.h"
#include "replication/transport/handshake.h"
#include "replication/transport/peer.h"

namespace skerry::transport {
namespace {

constexpr size_t kRefusalBytes = 200;  // of what a peer says in a refusal

}  // namespace

class GrpcTransport::Impl final : public StreamOwner {
 public:
  Impl(GrpcTransportOptions options, Metrics* metrics)
      : options_(std::move(options)),
        counters_{LaneCounters(LaneKind::kMessages, metrics),
                  LaneCounters(LaneKind::kSnapshots, metrics),
                  LaneCounters(LaneKind::kRequests, metrics)},
        refused_(metrics->AddCounter("skerry_transport_refused_total",
                                     "Peers and strangers that were refused")),
        failed_(metrics->AddCounter("skerry_transport_dials_failed_total",
                                    "Tries to reach a peer that led to no stream")),
        handshake_(options_.node, options_.cluster),
        service_(*this) {}
  ~Impl() override { Stop(); }

  void Start(Receiver& receiver);
  void ServeRequests(Receiver* receiver) { receivers_.requests.Serve(receiver); }
  void Send(NodeId to, std::span<const Packet> packets);
  void Stop();
  Result<int> Listen(const std::string& address);
  void SetPeer(NodeId node, std::string address);
  void RemovePeer(NodeId node);
  bool IsConnected(NodeId node) const;
  void OnJoin(JoinHandler handler) { join_.Serve(std::move(handler)); }

 private:
  class Service final : public grpc::CallbackGenericService {
   public:
    explicit Service(Impl& impl) : impl_(impl) {}
    grpc::ServerGenericBidiReactor* CreateReactor(
        grpc::GenericCallbackServerContext* context) override;

   private:
    Impl& impl_;
  };

  // Of StreamOwner:
  const Handshake& handshake() const override { return handshake_; }
  LaneCounters& counters(LaneKind kind) override { return counters_[static_cast<size_t>(kind)]; }
  std::shared_ptr<Peer> Find(NodeId node) const override;
  void Established(Peer& peer, LaneKind kind) override;
  void Refused(std::string_view what, const std::string& address, std::string_view why) override;
  bool Begun(AcceptedStream* stream) override;
  void Ended(DialledStream* stream, const grpc::Status& status) override;
  void Ended(AcceptedStream* stream) override;

  std::shared_ptr<Peer> MakePeer(NodeId node, std::string address);

  // All under mutex_:
  void Dial(const std::shared_ptr<Peer>& peer, LaneKind kind);
  void DialLater(const std::shared_ptr<Peer>& peer, LaneKind kind);
  void Forget(Peer& peer);

  const GrpcTransportOptions options_;
  std::array<LaneCounters, kLanes> counters_;
  Counter& refused_;
  Counter& failed_;
  const Handshake handshake_;
  JoinService join_;
  Service service_;
  const SystemClock clock_;
  Receivers receivers_;  // `packets` is guarded by mutex_ until Start, and constant after it

  mutable std::shared_mutex peers_mutex_;                    // after mutex_
  std::unordered_map<NodeId, std::shared_ptr<Peer>> peers_;  // guarded by peers_mutex_

  std::mutex mutex_;
  // Guarded by mutex_.
  std::condition_variable idle_;
  bool stopping_ = false;
  std::unique_ptr<grpc::Server> server_;
  std::unordered_set<DialledStream*> dialled_;
  std::unordered_set<AcceptedStream*> accepted_;
  // For the time between two tries, and the end of channels; begins with the first peer that is
  // dialled.
  std::unique_ptr<ThreadExecutor> timer_;
};

grpc::ServerGenericBidiReactor* GrpcTransport::Impl::Service::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  if (context->method() == kJoinMethod) return impl_.join_.NewCall(context);
  return new AcceptedStream(impl_, context, impl_.options_.hello_timeout);
}

void GrpcTransport::Impl::Refused(std::string_view what, const std::string& address,
                                  std::string_view why) {
  refused_.Add();
  LogWarning(what, {{"peer", address}, {"reason", std::string(why)}});
}

void GrpcTransport::Impl::Established(Peer& peer, LaneKind kind) {
  const auto lane = static_cast<size_t>(kind);
  const std::lock_guard lock(mutex_);
  peer.dialling.back_off[lane] = options_.reconnect_min;
  peer.dialling.failure[lane].clear();
}

// --- Dialling

void GrpcTransport::Impl::Dial(const std::shared_ptr<Peer>& peer, LaneKind kind) {
  if (timer_ == nullptr) timer_ = std::make_unique<ThreadExecutor>("peer-dial", clock_);
  auto* stream = new DialledStream(*this, peer, kind);
  dialled_.insert(stream);
  stream->Begin(options_.tls);
}

void GrpcTransport::Impl::DialLater(const std::shared_ptr<Peer>& peer, LaneKind kind) {
  const auto lane = static_cast<size_t>(kind);
  const Duration delay = peer->dialling.back_off[lane];
  peer->dialling.back_off[lane] = std::min(delay * 2, options_.reconnect_max);
  timer_->PostAfter(delay, [this, peer, kind] {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && !peer->dialling.over) Dial(peer, kind);
  });
}

void GrpcTransport::Impl::Ended(DialledStream* stream, const grpc::Status& status) {
  const std::shared_ptr<Peer> peer = stream->peer();
  const LaneKind kind = stream->kind();
  const bool established = stream->established();
  std::string reason =
      !stream->fault().empty() ? stream->fault() : status.error_message().substr(0, kRefusalBytes);
  if (reason.empty()) reason = "closed";
  const bool refused = !stream->fault().empty() || status.error_code() == grpc::FAILED_PRECONDITION;
  const std::lock_guard lock(mutex_);
  if (!established) failed_.Add();
  dialled_.erase(stream);
  // Not here: with the process's last channel gRPC ends its threads, and this is one of them.
  timer_->Post([gone = std::unique_ptr<DialledStream>(stream)] {});
  if (!stopping_ && !peer->dialling.over) {
    // Once for each reason: a node that is away is tried again and again.
    std::string& failure = peer->dialling.failure[static_cast<size_t>(kind)];
    if (failure != reason) {
      failure = reason;
      if (refused) refused_.Add();
      LogWarning(established ? "a peer's stream has ended"
                 : refused   ? "a peer is refused, or refuses"
                             : "a peer cannot be reached",
                 {{"node", std::to_string(peer->node().value)},
                  {"address", peer->address()},
                  {"lane", std::string(NameOf(kind))},
                  {"reason", reason}});
    }
    DialLater(peer, kind);
  }
  idle_.notify_all();
}

void GrpcTransport::Impl::Ended(AcceptedStream* stream) {
  const std::lock_guard lock(mutex_);
  accepted_.erase(stream);
  delete stream;
  idle_.notify_all();
}

bool GrpcTransport::Impl::Begun(AcceptedStream* stream) {
  const std::lock_guard lock(mutex_);
  accepted_.insert(stream);
  return !stopping_;
}

// --- The port

void GrpcTransport::Impl::Start(Receiver& receiver) {
  const std::lock_guard lock(mutex_);
  SKERRY_CHECK_MSG(receivers_.packets == nullptr, "a transport is started once");
  receivers_.packets = &receiver;
  const std::shared_lock peers_lock(peers_mutex_);
  for (const auto& [node, peer] : peers_) {
    if (node < options_.node) continue;
    for (const LaneKind kind : kAllLanes) Dial(peer, kind);
  }
}

Result<int> GrpcTransport::Impl::Listen(const std::string& address) {
  TakeOverGrpcLog();
  const std::lock_guard lock(mutex_);
  SKERRY_CHECK_MSG(receivers_.packets != nullptr && server_ == nullptr,
                   "listens once, after the start");
  if (stopping_) return Unavailable("the transport is stopped");
  grpc::ServerBuilder builder;
  int port = 0;
  SetUpServer(address, options_.tls, builder, &port);
  builder.RegisterCallbackGenericService(&service_);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0) {
    server_ = nullptr;
    return Unavailable("cannot listen for peers on " + address +
                       (options_.tls ? ": in use, or certificates that cannot be used" : ""));
  }
  return port;
}

std::shared_ptr<Peer> GrpcTransport::Impl::Find(NodeId node) const {
  const std::shared_lock lock(peers_mutex_);
  const auto found = peers_.find(node);
  return found == peers_.end() ? nullptr : found->second;
}

void GrpcTransport::Impl::Send(NodeId to, std::span<const Packet> packets) {
  const std::shared_ptr<Peer> peer = Find(to);
  if (peer != nullptr) {
    peer->Send(packets);
    return;
  }
  for (const Packet& packet : packets) counters(LaneOf(packet)).dropped_unknown.Add();
}

bool GrpcTransport::Impl::IsConnected(NodeId node) const {
  const std::shared_ptr<Peer> peer = Find(node);
  return peer != nullptr && peer->connected();
}

void GrpcTransport::Impl::SetPeer(NodeId node, std::string address) {
  SKERRY_CHECK_MSG(node != options_.node, "a node is no peer of its own");
  TakeOverGrpcLog();
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  const std::shared_ptr<Peer> before = Find(node);
  if (before != nullptr && before->address() == address) return;
  const std::shared_ptr<Peer> peer = MakePeer(node, std::move(address));
  {
    const std::lock_guard peers_lock(peers_mutex_);
    peers_[node] = peer;
  }
  if (before != nullptr) Forget(*before);
  if (receivers_.packets == nullptr || node < options_.node) return;
  for (const LaneKind kind : kAllLanes) Dial(peer, kind);
}

void GrpcTransport::Impl::RemovePeer(NodeId node) {
  const std::lock_guard lock(mutex_);
  const std::shared_ptr<Peer> before = Find(node);
  if (before == nullptr) return;
  {
    const std::lock_guard peers_lock(peers_mutex_);
    peers_.erase(node);
  }
  Forget(*before);
}

std::shared_ptr<Peer> GrpcTransport::Impl::MakePeer(NodeId node, std::string address) {
  const std::array<uint64_t, kLanes> bounds = {
      options_.message_queue_bytes, options_.snapshot_queue_bytes, options_.request_queue_bytes};
  auto peer = std::make_shared<Peer>(node, std::move(address), bounds, counters_, receivers_);
  peer->dialling.back_off.fill(options_.reconnect_min);
  return peer;
}

void GrpcTransport::Impl::Forget(Peer& peer) {
  peer.dialling.over = true;
  peer.CancelStreams();  // those of the other end
  for (DialledStream* stream : dialled_) {
    if (stream->peer().get() == &peer) stream->Cancel();
  }
}

void GrpcTransport::Impl::Stop() {
  grpc::Server* server = nullptr;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    server = server_.get();
    for (DialledStream* stream : dialled_) stream->Cancel();
  }
  // Breaks what was accepted, and waits for it.
  if (server != nullptr) server->Shutdown(std::chrono::system_clock::now());
  join_.AwaitEnd();
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return dialled_.empty() && accepted_.empty(); });
  server_ = nullptr;
  const std::unique_ptr<ThreadExecutor> timer = std::move(timer_);
  lock.unlock();  // for the work that it may be at
  if (timer != nullptr) timer->Stop();
}

GrpcTransport::GrpcTransport(GrpcTransportOptions options, Metrics* metrics)
    : impl_(std::make_unique<Impl>(std::move(options), metrics)) {}
GrpcTransport::~GrpcTransport() = default;

void GrpcTransport::Start(Receiver& receiver) { impl_->Start(receiver); }
void GrpcTransport::ServeRequests(Receiver* receiver) { impl_->ServeRequests(receiver); }
void GrpcTransport::Send(NodeId to, Packet packet) { impl_->Send(to, std::span(&packet, 1)); }
void GrpcTransport::SendAll(NodeId to, std::vector<Packet> packets) { impl_->Send(to, packets); }
void GrpcTransport::Stop() { impl_->Stop(); }
Result<int> GrpcTransport::Listen(const std::string& address) { return impl_->Listen(address); }
void GrpcTransport::SetPeer(NodeId node, std::string address) {
  impl_->SetPeer(node, std::move(address));
}
void GrpcTransport::RemovePeer(NodeId node) { impl_->RemovePeer(node); }
void GrpcTransport::OnJoin(JoinHandler handler) { impl_->OnJoin(std::move(handler)); }
bool GrpcTransport::IsConnected(NodeId node) const { return impl_->IsConnected(node); }

}  // namespace skerry::transport
