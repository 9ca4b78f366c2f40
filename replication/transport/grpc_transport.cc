#include "replication/transport/grpc_transport.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/check.h"
#include "base/log.h"
#include "base/thread_executor.h"
#include "replication/transport/codec.h"
#include "replication/transport/lane.h"
#include "replication/transport/served_receiver.h"

namespace skerry::transport {
namespace {

using grpc::ByteBuffer;

constexpr uint32_t kVersionMin = 1;
constexpr uint32_t kVersionMax = 1;
// A frame of many packets is small; one packet may be as large as its queue.
constexpr int kReceiveBytes = 128 << 20;
// What may be under way before the other end has read it: some frames.
constexpr int kLookaheadBytes = 8 << 20;
constexpr size_t kRefusalBytes = 200;  // of what a peer says in a refusal

constexpr const char* MethodOf(LaneKind kind) {
  switch (kind) {
    case LaneKind::kMessages:
      return "/skerry.proto.raft.v1.Peer/Messages";
    case LaneKind::kSnapshots:
      return "/skerry.proto.raft.v1.Peer/Snapshots";
    case LaneKind::kRequests:
      return "/skerry.proto.raft.v1.Peer/Requests";
  }
  return "";
}

std::optional<LaneKind> KindOf(const std::string& method) {
  for (const LaneKind kind : kAllLanes) {
    if (method == MethodOf(kind)) return kind;
  }
  return std::nullopt;
}

ByteBuffer ToByteBuffer(std::string frame) {
  auto* owned = new std::string(std::move(frame));
  const grpc::Slice slice(
      owned->data(), owned->size(), [](void* p) { delete static_cast<std::string*>(p); }, owned);
  return ByteBuffer(&slice, 1);
}

// Of a stream of `kind`.
Result<Frame> Decode(LaneKind kind, const ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.TrySingleSlice(&slice).ok() && !buffer.DumpToSingleSlice(&slice).ok()) {
    return Corruption("what a peer sent cannot be read");
  }
  auto frame = DecodeFrame({reinterpret_cast<const char*>(slice.begin()), slice.size()});
  if (!frame.ok()) return frame;
  for (const Packet& packet : frame->packets) {
    if (LaneOf(packet) != kind) return Corruption("a peer's packet: not on the stream of its kind");
  }
  return frame;
}

// gRPC's own words, for which it would print lines of another form.
void LogOfGrpc(gpr_log_func_args* args) { LogWarning("grpc", {{"text", args->message}}); }

void TakeOverGrpcLog() {
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
    gpr_set_log_function(&LogOfGrpc);
  });
}

grpc::ChannelArguments ChannelArguments(const GrpcTransportOptions& options) {
  grpc::ChannelArguments arguments;
  // Each channel is a connection of its own.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Peers are reached directly, and as often as we try: no proxy of the environment, no copies
  // for calls to be made again, no look-up of settings.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);  // how long one try may take
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 2000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 3000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kLookaheadBytes);
  arguments.SetMaxReceiveMessageSize(kReceiveBytes);
  arguments.SetMaxSendMessageSize(-1);
  if (options.tls && !options.tls->server_name.empty()) {
    arguments.SetSslTargetNameOverride(options.tls->server_name);
  }
  return arguments;
}

std::shared_ptr<grpc::ChannelCredentials> ChannelCredentials(const GrpcTransportOptions& options) {
  if (!options.tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = options.tls->roots;
  if (options.tls->mutual) {
    ssl.pem_private_key = options.tls->key;
    ssl.pem_cert_chain = options.tls->certificates;
  }
  return grpc::SslCredentials(ssl);
}

std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const GrpcTransportOptions& options) {
  if (!options.tls) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions ssl(
      options.tls->mutual ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                          : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  ssl.pem_root_certs = options.tls->roots;
  ssl.pem_key_cert_pairs.push_back({options.tls->key, options.tls->certificates});
  return grpc::SslServerCredentials(ssl);
}

// What both ends of a stream share. A call is ended by Release when its reading and its last write
// are both over: gRPC takes no operation after that.
template <typename Reactor>
class StreamOf : public Reactor, public Stream {
 public:
  // Of Stream, and for the dialler's first frame.
  void Write(std::string frame) override {
    uses_.fetch_add(1, std::memory_order_relaxed);
    out_ = ToByteBuffer(std::move(frame));
    this->StartWrite(&out_);
  }

 protected:
  virtual void EndCall() = 0;
  void Release() {
    if (uses_.fetch_sub(1, std::memory_order_acq_rel) == 1) EndCall();
  }
  void Read() { this->StartRead(&in_); }
  const ByteBuffer& in() const { return in_; }

 private:
  std::atomic<int> uses_ = 1;  // the reading
  ByteBuffer in_;
  ByteBuffer out_;
};

}  // namespace

class GrpcTransport::Impl {
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
        service_(*this) {}
  ~Impl() { Stop(); }

  void Start(Receiver& receiver);
  void ServeRequests(Receiver* receiver) { request_receiver_.Serve(receiver); }
  void Send(NodeId to, const Packet& packet);
  void Stop();
  Result<int> Listen(const std::string& address);
  void SetPeer(NodeId node, std::string address);
  void RemovePeer(NodeId node);
  bool IsConnected(NodeId node) const;

 private:
  struct Peer;
  class Dialled;
  class Accepted;

  class Service final : public grpc::CallbackGenericService {
   public:
    explicit Service(Impl& impl) : impl_(impl) {}
    grpc::ServerGenericBidiReactor* CreateReactor(
        grpc::GenericCallbackServerContext* context) override;

   private:
    Impl& impl_;
  };

  std::shared_ptr<Peer> Find(NodeId node) const;
  Hello OurHello(NodeId to) const;
  // OK, or why the sender of `hello` is not who should be at the other end.
  grpc::Status Check(const Hello& hello) const;
  // The peer that says `hello`, or why there is none.
  grpc::Status Accept(const Hello& hello, std::shared_ptr<Peer>* peer) const;
  void Refused(std::string_view what, const std::string& peer, const std::string& why);
  Receiver& ReceiverOf(LaneKind kind);
  // Hands a frame's packets on.
  void Deliver(Peer& peer, LaneKind kind, Stream* stream, Frame frame);
  // The lane's, telling whoever gets requests of the end of a stream.
  void Attach(Peer& peer, LaneKind kind, Stream* stream, std::optional<std::string> first);
  void Detach(Peer& peer, LaneKind kind, Stream* stream);

  // All under mutex_:
  void Dial(const std::shared_ptr<Peer>& peer, LaneKind kind);
  void DialLater(const std::shared_ptr<Peer>& peer, LaneKind kind);
  void Forget(const std::shared_ptr<Peer>& peer);

  void Established(const std::shared_ptr<Peer>& peer, LaneKind kind);
  void OnDone(Dialled* stream, const grpc::Status& status);
  void OnDone(Accepted* stream);
  bool Register(Accepted* stream);

  const GrpcTransportOptions options_;
  std::array<LaneCounters, kLanes> counters_;
  Counter& refused_;
  Counter& failed_;
  Service service_;
  const SystemClock clock_;
  ServedReceiver request_receiver_;

  mutable std::shared_mutex peers_mutex_;                    // after mutex_
  std::unordered_map<NodeId, std::shared_ptr<Peer>> peers_;  // guarded by peers_mutex_

  std::mutex mutex_;
  // Guarded by mutex_.
  std::condition_variable idle_;
  Receiver* receiver_ = nullptr;  // constant after Start
  bool stopping_ = false;
  std::unique_ptr<grpc::Server> server_;
  std::unordered_set<Dialled*> dialled_;
  std::unordered_set<Accepted*> accepted_;
  // For the time between two tries, and the end of channels; begins with the first peer that is
  // dialled.
  std::unique_ptr<ThreadExecutor> timer_;
};

// A node that we know of. Peers that were removed live on until their streams have ended.
struct GrpcTransport::Impl::Peer {
  Peer(const GrpcTransportOptions& options, std::array<LaneCounters, kLanes>& counters, NodeId id,
       std::string where)
      : node(id),
        address(std::move(where)),
        lanes{Lane(options.message_queue_bytes, counters[0]),
              Lane(options.snapshot_queue_bytes, counters[1]),
              Lane(options.request_queue_bytes, counters[2])} {
    back_off.fill(options.reconnect_min);
  }

  Lane& lane(LaneKind kind) { return lanes[static_cast<size_t>(kind)]; }

  const NodeId node;
  const std::string address;
  std::array<Lane, kLanes> lanes;
  // Guarded by the transport's mutex_.
  bool removed = false;
  std::array<Duration, kLanes> back_off;
  std::array<std::string, kLanes> failure;  // the last that was logged
};

// --- The dialling end

class GrpcTransport::Impl::Dialled final
    : public StreamOf<grpc::ClientBidiReactor<ByteBuffer, ByteBuffer>> {
 public:
  Dialled(Impl& impl, std::shared_ptr<Peer> peer, LaneKind kind)
      : impl_(impl), peer_(std::move(peer)), kind_(kind) {}

  void Begin() {
    // A channel for each try: gRPC's own waiting between tries is then none of our concern.
    stub_ = std::make_unique<grpc::GenericStub>(grpc::CreateCustomChannel(
        peer_->address, ChannelCredentials(impl_.options_), ChannelArguments(impl_.options_)));
    stub_->PrepareBidiStreamingCall(&context_, MethodOf(kind_), {}, this);
    AddHold();
    Write(EncodeHello(impl_.OurHello(peer_->node)));
    StartCall();
  }

  void Cancel() override { context_.TryCancel(); }

  void OnWriteDone(bool ok) override {
    if (established_) {
      if (ok) {
        peer_->lane(kind_).Written(this);
      } else {
        Cancel();
      }
    } else if (ok) {
      Read();
    } else {
      Release();  // nothing will be read
    }
    Release();
  }

  void OnReadDone(bool ok) override {
    if (ok && Take()) {
      Read();
      return;
    }
    impl_.Detach(*peer_, kind_, this);
    if (ok) Cancel();  // otherwise it has ended, with a status that is worth knowing
    Release();
  }

  void OnDone(const grpc::Status& status) override { impl_.OnDone(this, status); }

  const std::shared_ptr<Peer>& peer() const { return peer_; }
  LaneKind kind() const { return kind_; }
  bool established() const { return established_; }
  // Why we ended it ourselves; empty: we did not.
  const std::string& fault() const { return fault_; }

 private:
  void EndCall() override { RemoveHold(); }

  bool Take() {
    Result<Frame> frame = Decode(kind_, in());
    if (!frame.ok()) {
      fault_ = frame.status().message();
      return false;
    }
    impl_.counters_[static_cast<size_t>(kind_)].bytes_received.Add(in().Length());
    if (!established_) {
      grpc::Status status = frame->hello ? impl_.Check(*frame->hello)
                                         : grpc::Status(grpc::FAILED_PRECONDITION, "no hello");
      if (status.ok() && frame->hello->from != peer_->node) {
        status = grpc::Status(grpc::FAILED_PRECONDITION,
                              "it is node " + std::to_string(frame->hello->from.value));
      }
      if (!status.ok()) {
        fault_ = status.error_message();
        return false;
      }
      established_ = true;
      impl_.Attach(*peer_, kind_, this, std::nullopt);
      impl_.Established(peer_, kind_);
    }
    impl_.Deliver(*peer_, kind_, this, std::move(frame).value());
    return true;
  }

  Impl& impl_;
  const std::shared_ptr<Peer> peer_;
  const LaneKind kind_;
  std::unique_ptr<grpc::GenericStub> stub_;
  grpc::ClientContext context_;
  std::atomic<bool> established_ = false;
  std::string fault_;
};

// --- The accepting end

class GrpcTransport::Impl::Accepted final
    : public StreamOf<grpc::ServerBidiReactor<ByteBuffer, ByteBuffer>> {
 public:
  Accepted(Impl& impl, grpc::GenericCallbackServerContext* context)
      : impl_(impl), context_(context) {
    if (const auto kind = KindOf(context->method())) {
      kind_ = *kind;
    } else {
      status_ = grpc::Status(grpc::UNIMPLEMENTED, "not a method of peers");
    }
    if (!impl_.Register(this)) status_ = grpc::Status(grpc::UNAVAILABLE, "the node is stopping");
    if (status_.ok()) {
      Read();
    } else {
      Release();
    }
  }

  void Cancel() override { context_->TryCancel(); }

  void OnWriteDone(bool ok) override {
    if (ok) {
      peer_->lane(kind_).Written(this);
    } else {
      Cancel();
    }
    Release();
  }

  void OnReadDone(bool ok) override {
    if (ok && Take()) {
      Read();
      return;
    }
    if (peer_ != nullptr) impl_.Detach(*peer_, kind_, this);
    Release();
  }

  void OnDone() override { impl_.OnDone(this); }

 private:
  void EndCall() override { Finish(status_); }

  bool Take() {
    Result<Frame> frame = Decode(kind_, in());
    if (!frame.ok()) {
      status_ = grpc::Status(grpc::INVALID_ARGUMENT, std::string(frame.status().message()));
      impl_.Refused("a peer's stream is broken off", context_->peer(), status_.error_message());
      return false;
    }
    impl_.counters_[static_cast<size_t>(kind_)].bytes_received.Add(in().Length());
    if (peer_ == nullptr) {
      status_ = frame->hello ? impl_.Accept(*frame->hello, &peer_)
                             : grpc::Status(grpc::FAILED_PRECONDITION, "no hello");
      if (!status_.ok()) {
        impl_.Refused("a stranger is refused", context_->peer(), status_.error_message());
        return false;
      }
      impl_.Attach(*peer_, kind_, this, EncodeHello(impl_.OurHello(peer_->node)));
      // Whoever removed the peer meanwhile found no stream to break.
      if (impl_.Find(peer_->node) != peer_) Cancel();
    }
    impl_.Deliver(*peer_, kind_, this, std::move(frame).value());
    return true;
  }

  Impl& impl_;
  grpc::GenericCallbackServerContext* const context_;
  LaneKind kind_ = LaneKind::kMessages;
  grpc::Status status_;
  std::shared_ptr<Peer> peer_;  // once it has said who it is
};

grpc::ServerGenericBidiReactor* GrpcTransport::Impl::Service::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  return new Accepted(impl_, context);
}

// --- Shaking hands

Hello GrpcTransport::Impl::OurHello(NodeId to) const {
  return {.cluster = options_.cluster,
          .from = options_.node,
          .to = to,
          .version_min = kVersionMin,
          .version_max = kVersionMax};
}

grpc::Status GrpcTransport::Impl::Check(const Hello& hello) const {
  std::string why;
  if (hello.cluster != options_.cluster) {
    why = "it is of cluster " + absl::CHexEscape(hello.cluster.substr(0, 64)) + ", this is " +
          absl::CHexEscape(options_.cluster);
  } else if (hello.to != options_.node) {
    why = "it looks for node " + std::to_string(hello.to.value) + ", this is " +
          std::to_string(options_.node.value);
  } else if (hello.version_max < kVersionMin || hello.version_min > kVersionMax) {
    why = "it speaks versions " + std::to_string(hello.version_min) + " to " +
          std::to_string(hello.version_max) + ", this " + std::to_string(kVersionMin) + " to " +
          std::to_string(kVersionMax);
  } else {
    return grpc::Status::OK;
  }
  return {grpc::FAILED_PRECONDITION, why};
}

grpc::Status GrpcTransport::Impl::Accept(const Hello& hello, std::shared_ptr<Peer>* peer) const {
  if (grpc::Status status = Check(hello); !status.ok()) return status;
  if (hello.from >= options_.node) {
    return {grpc::FAILED_PRECONDITION, "node " + std::to_string(hello.from.value) +
                                           " does not dial node " +
                                           std::to_string(options_.node.value)};
  }
  const std::shared_ptr<Peer> found = Find(hello.from);
  if (found == nullptr) {
    return {grpc::UNAVAILABLE, "node " + std::to_string(hello.from.value) + " is not known here"};
  }
  *peer = found;
  return grpc::Status::OK;
}

void GrpcTransport::Impl::Refused(std::string_view what, const std::string& peer,
                                  const std::string& why) {
  refused_.Add();
  LogWarning(what, {{"peer", peer}, {"reason", why}});
}

void GrpcTransport::Impl::Established(const std::shared_ptr<Peer>& peer, LaneKind kind) {
  const auto lane = static_cast<size_t>(kind);
  const std::lock_guard lock(mutex_);
  peer->back_off[lane] = options_.reconnect_min;
  peer->failure[lane].clear();
}

Receiver& GrpcTransport::Impl::ReceiverOf(LaneKind kind) {
  return kind == LaneKind::kRequests ? request_receiver_ : *receiver_;
}

void GrpcTransport::Impl::Deliver(Peer& peer, LaneKind kind, Stream* stream, Frame frame) {
  if (frame.not_understood > 0) {
    counters_[static_cast<size_t>(kind)].not_understood.Add(frame.not_understood);
  }
  peer.lane(kind).Deliver(stream, peer.node, std::move(frame.packets), ReceiverOf(kind));
}

void GrpcTransport::Impl::Attach(Peer& peer, LaneKind kind, Stream* stream,
                                 std::optional<std::string> first) {
  Lane& lane = peer.lane(kind);
  const bool another_ended = lane.Attach(stream, std::move(first));
  if (another_ended && kind == LaneKind::kRequests) {
    lane.TellDisconnected(peer.node, request_receiver_);
  }
}

void GrpcTransport::Impl::Detach(Peer& peer, LaneKind kind, Stream* stream) {
  Lane& lane = peer.lane(kind);
  const bool ended = lane.Detach(stream);
  if (ended && kind == LaneKind::kRequests) lane.TellDisconnected(peer.node, request_receiver_);
}

// --- Dialling

void GrpcTransport::Impl::Dial(const std::shared_ptr<Peer>& peer, LaneKind kind) {
  if (timer_ == nullptr) timer_ = std::make_unique<ThreadExecutor>("peer-dial", clock_);
  auto* stream = new Dialled(*this, peer, kind);
  dialled_.insert(stream);
  stream->Begin();
}

void GrpcTransport::Impl::DialLater(const std::shared_ptr<Peer>& peer, LaneKind kind) {
  const auto lane = static_cast<size_t>(kind);
  const Duration delay = peer->back_off[lane];
  peer->back_off[lane] = std::min(delay * 2, options_.reconnect_max);
  timer_->PostAfter(delay, [this, peer, kind] {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && !peer->removed) Dial(peer, kind);
  });
}

void GrpcTransport::Impl::OnDone(Dialled* stream, const grpc::Status& status) {
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
  timer_->Post([gone = std::unique_ptr<Dialled>(stream)] {});
  if (!stopping_ && !peer->removed) {
    // Once for each reason: a node that is away is tried again and again.
    std::string& failure = peer->failure[static_cast<size_t>(kind)];
    if (failure != reason) {
      failure = reason;
      if (refused) refused_.Add();
      LogWarning(established ? "a peer's stream has ended"
                 : refused   ? "a peer is refused, or refuses"
                             : "a peer cannot be reached",
                 {{"node", std::to_string(peer->node.value)},
                  {"address", peer->address},
                  {"lane", std::string(NameOf(kind))},
                  {"reason", reason}});
    }
    DialLater(peer, kind);
  }
  idle_.notify_all();
}

void GrpcTransport::Impl::OnDone(Accepted* stream) {
  const std::lock_guard lock(mutex_);
  accepted_.erase(stream);
  delete stream;
  idle_.notify_all();
}

bool GrpcTransport::Impl::Register(Accepted* stream) {
  const std::lock_guard lock(mutex_);
  accepted_.insert(stream);
  return !stopping_;
}

// --- The port

void GrpcTransport::Impl::Start(Receiver& receiver) {
  const std::lock_guard lock(mutex_);
  SKERRY_CHECK_MSG(receiver_ == nullptr, "a transport is started once");
  receiver_ = &receiver;
  const std::shared_lock peers_lock(peers_mutex_);
  for (const auto& [node, peer] : peers_) {
    if (node < options_.node) continue;
    for (const LaneKind kind : kAllLanes) Dial(peer, kind);
  }
}

Result<int> GrpcTransport::Impl::Listen(const std::string& address) {
  TakeOverGrpcLog();
  const std::lock_guard lock(mutex_);
  SKERRY_CHECK_MSG(receiver_ != nullptr && server_ == nullptr, "listens once, after the start");
  if (stopping_) return Unavailable("the transport is stopped");
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, ServerCredentials(options_), &port);
  builder.RegisterCallbackGenericService(&service_);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 4);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 2000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 3000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kLookaheadBytes);
  builder.SetMaxReceiveMessageSize(kReceiveBytes);
  builder.SetMaxSendMessageSize(-1);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0) {
    server_ = nullptr;
    return Unavailable("cannot listen for peers on " + address +
                       (options_.tls ? ": in use, or certificates that cannot be used" : ""));
  }
  return port;
}

std::shared_ptr<GrpcTransport::Impl::Peer> GrpcTransport::Impl::Find(NodeId node) const {
  const std::shared_lock lock(peers_mutex_);
  const auto found = peers_.find(node);
  return found == peers_.end() ? nullptr : found->second;
}

void GrpcTransport::Impl::Send(NodeId to, const Packet& packet) {
  const LaneKind kind = LaneOf(packet);
  const std::shared_ptr<Peer> peer = Find(to);
  if (peer == nullptr) {
    counters_[static_cast<size_t>(kind)].dropped_unknown.Add();
    return;
  }
  peer->lane(kind).Send(packet);
}

bool GrpcTransport::Impl::IsConnected(NodeId node) const {
  const std::shared_ptr<Peer> peer = Find(node);
  return peer != nullptr && std::all_of(peer->lanes.begin(), peer->lanes.end(),
                                        [](const Lane& lane) { return lane.connected(); });
}

void GrpcTransport::Impl::SetPeer(NodeId node, std::string address) {
  SKERRY_CHECK_MSG(node != options_.node, "a node is no peer of its own");
  TakeOverGrpcLog();
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  const std::shared_ptr<Peer> before = Find(node);
  if (before != nullptr && before->address == address) return;
  const auto peer = std::make_shared<Peer>(options_, counters_, node, std::move(address));
  {
    const std::lock_guard peers_lock(peers_mutex_);
    peers_[node] = peer;
  }
  if (before != nullptr) Forget(before);
  if (receiver_ == nullptr || node < options_.node) return;
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
  Forget(before);
}

void GrpcTransport::Impl::Forget(const std::shared_ptr<Peer>& peer) {
  peer->removed = true;
  for (Lane& lane : peer->lanes) lane.Cancel();  // those of the other end
  for (Dialled* stream : dialled_) {
    if (stream->peer() == peer) stream->Cancel();
  }
}

void GrpcTransport::Impl::Stop() {
  grpc::Server* server = nullptr;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    server = server_.get();
    for (Dialled* stream : dialled_) stream->Cancel();
  }
  // Breaks what was accepted, and waits for it.
  if (server != nullptr) server->Shutdown(std::chrono::system_clock::now());
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
void GrpcTransport::Send(NodeId to, Packet packet) { impl_->Send(to, packet); }
void GrpcTransport::Stop() { impl_->Stop(); }
Result<int> GrpcTransport::Listen(const std::string& address) { return impl_->Listen(address); }
void GrpcTransport::SetPeer(NodeId node, std::string address) {
  impl_->SetPeer(node, std::move(address));
}
void GrpcTransport::RemovePeer(NodeId node) { impl_->RemovePeer(node); }
bool GrpcTransport::IsConnected(NodeId node) const { return impl_->IsConnected(node); }

}  // namespace skerry::transport
