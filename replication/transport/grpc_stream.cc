#include "replication/transport/grpc_stream.h"

#include <chrono>
#include <utility>

namespace skerry::transport {

const char* MethodOf(LaneKind kind) {
  switch (kind) {
    case LaneKind::kMessages:
      return "/skerry.proto.raft.v1.Peer/Messages";
    case LaneKind::kSnapshots:
      return "/skerry.proto.raft.v1.Peer/Snapshots";
    case LaneKind::kRequests:
      return "/skerry.proto.raft.v1.Peer/Requests";
  }
  SKERRY_CHECK_MSG(false, "a lane without a method");
}

std::optional<LaneKind> KindOf(const std::string& method) {
  for (const LaneKind kind : kAllLanes) {
    if (method == MethodOf(kind)) return kind;
  }
  return std::nullopt;
}

Result<Frame> Decode(LaneKind kind, const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  const std::optional<std::string_view> bytes = ViewOf(buffer, &slice);
  if (!bytes) return Corruption("what a peer sent cannot be read");
  SKERRY_ASSIGN_OR_RETURN(Frame frame, DecodeFrame(*bytes));
  for (const Packet& packet : frame.packets) {
    if (LaneOf(packet) != kind) return Corruption("a peer's packet: not on the stream of its kind");
  }
  return frame;
}

// --- The dialling end

void DialledStream::Begin(const std::optional<PeerTls>& tls) {
  // A channel for each try: gRPC's own waiting between tries is then none of our concern.
  stub_ = std::make_unique<grpc::GenericStub>(MakeChannel(peer_->address(), tls));
  stub_->PrepareBidiStreamingCall(&context_, MethodOf(kind_), {}, this);
  AddHold();
  Write(EncodeHello(owner_.handshake().HelloTo(peer_->node())));
  StartCall();
}

void DialledStream::OnWriteDone(bool ok) {
  if (established_) {
    if (ok) {
      peer_->Written(kind_, this);
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

void DialledStream::OnReadDone(bool ok) {
  if (ok) {
    const Status taken = Take();
    if (taken.ok()) {
      Read();
      return;
    }
    fault_ = taken.message();
  }
  peer_->Detach(kind_, this);
  if (ok) Cancel();  // otherwise it has ended, with a status that is worth knowing
  Release();
}

Status DialledStream::Take() {
  SKERRY_ASSIGN_OR_RETURN(Frame frame, Decode(kind_, in()));
  owner_.counters(kind_).bytes_received.Add(in().Length());
  if (!established_) {
    if (!frame.hello) return FailedPrecondition("no hello");
    SKERRY_RETURN_IF_ERROR(owner_.handshake().CheckDialled(*frame.hello, peer_->node()));
    established_ = true;
    peer_->Attach(kind_, this, std::nullopt);
    owner_.Established(*peer_, kind_);
  }
  peer_->Deliver(kind_, this, std::move(frame));
  return OkStatus();
}

// --- The accepting end

AcceptedStream::AcceptedStream(StreamOwner& owner, grpc::GenericCallbackServerContext* context,
                               Duration hello_timeout)
    : owner_(owner), context_(context) {
  if (const std::optional<LaneKind> kind = KindOf(context->method())) {
    kind_ = *kind;
  } else {
    status_ = grpc::Status(grpc::UNIMPLEMENTED, "not a method of peers");
  }
  if (!owner_.Begun(this)) status_ = grpc::Status(grpc::UNAVAILABLE, "the node is stopping");
  if (!status_.ok()) {
    Release();
    return;
  }
  Hold();
  hello_alarm_.Set(
      std::chrono::system_clock::now() +
          std::chrono::duration_cast<std::chrono::system_clock::duration>(hello_timeout),
      [this](bool expired) { OnHelloTimeout(expired); });
  Read();
}

void AcceptedStream::OnHelloTimeout(bool expired) {
  if (expired && !greeted_) {
    owner_.Refused("a stranger is refused", context_->peer(), "no hello in time");
    Cancel();  // the reading ends by it
  }
  Release();
}

void AcceptedStream::OnWriteDone(bool ok) {
  if (ok) {
    peer_->Written(kind_, this);
  } else {
    Cancel();
  }
  Release();
}

void AcceptedStream::OnReadDone(bool ok) {
  if (!greeted_.exchange(true)) hello_alarm_.Cancel();
  if (ok && Take()) {
    Read();
    return;
  }
  if (peer_ != nullptr) peer_->Detach(kind_, this);
  Release();
}

bool AcceptedStream::Take() {
  Result<Frame> frame = Decode(kind_, in());
  if (!frame.ok()) {
    status_ = grpc::Status(grpc::INVALID_ARGUMENT, std::string(frame.status().message()));
    owner_.Refused("a peer's stream is broken off", context_->peer(), status_.error_message());
    return false;
  }
  owner_.counters(kind_).bytes_received.Add(in().Length());
  if (peer_ == nullptr) {
    status_ =
        frame->hello ? Accept(*frame->hello) : grpc::Status(grpc::FAILED_PRECONDITION, "no hello");
    if (!status_.ok()) {
      owner_.Refused("a stranger is refused", context_->peer(), status_.error_message());
      return false;
    }
    peer_->Attach(kind_, this, EncodeHello(owner_.handshake().HelloTo(peer_->node())));
    // Whoever removed the peer meanwhile found no stream to break.
    if (owner_.Find(peer_->node()) != peer_) Cancel();
  }
  peer_->Deliver(kind_, this, std::move(frame).value());
  return true;
}

grpc::Status AcceptedStream::Accept(const Hello& hello) {
  if (const Status status = owner_.handshake().CheckDialling(hello); !status.ok()) {
    return {grpc::FAILED_PRECONDITION, std::string(status.message())};
  }
  peer_ = owner_.Find(hello.from);
  if (peer_ == nullptr) {
    return {grpc::UNAVAILABLE, "node " + std::to_string(hello.from.value) + " is not known here"};
  }
  return grpc::Status::OK;
}

}  // namespace skerry::transport
