#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "replication/transport/codec.h"
#include "replication/transport/grpc_setup.h"
#include "replication/transport/handshake.h"
#include "replication/transport/lane.h"
#include "replication/transport/peer.h"

// The two ends of a stream between nodes, as gRPC calls them back. For this library's sources
// alone.

namespace skerry::transport {

class DialledStream;
class AcceptedStream;

// The transport, as its streams know it. Thread-safe; outlives them.
class StreamOwner {
 public:
  virtual ~StreamOwner() = default;

  virtual const Handshake& handshake() const = 0;
  virtual LaneCounters& counters(LaneKind kind) = 0;
  virtual std::shared_ptr<Peer> Find(NodeId node) const = 0;

  // A peer that has been dialled has shaken hands.
  virtual void Established(Peer& peer, LaneKind kind) = 0;
  // Something that `address` sent is not to be had; counted, and a line in the log.
  virtual void Refused(std::string_view what, const std::string& address, std::string_view why) = 0;

  // False: no streams any more, this one ends at once.
  virtual bool Begun(AcceptedStream* stream) = 0;
  // The stream's last words, after which its owner destroys it.
  virtual void Ended(DialledStream* stream, const grpc::Status& status) = 0;
  virtual void Ended(AcceptedStream* stream) = 0;
};

const char* MethodOf(LaneKind kind);
std::optional<LaneKind> KindOf(const std::string& method);
// Of a stream of `kind`. kCorruption as DecodeFrame says it, and for packets of another kind.
Result<Frame> Decode(LaneKind kind, const grpc::ByteBuffer& buffer);

// What both ends share. A call is ended by the last Release, when its reading, its last write and
// whatever else holds it are over: gRPC takes no operation after that.
template <typename Reactor>
class StreamOf : public Reactor, public Stream {
 public:
  // Of Stream, and for the dialler's first frame.
  void Write(std::string frame) override {
    Hold();
    out_ = ToByteBuffer(std::move(frame));
    this->StartWrite(&out_);
  }

 protected:
  virtual void EndCall() = 0;
  void Hold() { uses_.fetch_add(1, std::memory_order_relaxed); }
  void Release() {
    if (uses_.fetch_sub(1, std::memory_order_acq_rel) == 1) EndCall();
  }
  void Read() { this->StartRead(&in_); }
  const grpc::ByteBuffer& in() const { return in_; }

 private:
  std::atomic<int> uses_ = 1;  // the reading
  grpc::ByteBuffer in_;
  grpc::ByteBuffer out_;
};

class DialledStream final
    : public StreamOf<grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>> {
 public:
  DialledStream(StreamOwner& owner, std::shared_ptr<Peer> peer, LaneKind kind)
      : owner_(owner), peer_(std::move(peer)), kind_(kind) {}

  void Begin(const std::optional<PeerTls>& tls);

  void Cancel() override { context_.TryCancel(); }
  void OnWriteDone(bool ok) override;
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override { owner_.Ended(this, status); }

  const std::shared_ptr<Peer>& peer() const { return peer_; }
  LaneKind kind() const { return kind_; }
  bool established() const { return established_; }
  // Why we ended it ourselves; empty: we did not.
  const std::string& fault() const { return fault_; }

 private:
  void EndCall() override { RemoveHold(); }
  Status Take();  // what has been read

  StreamOwner& owner_;
  const std::shared_ptr<Peer> peer_;
  const LaneKind kind_;
  std::unique_ptr<grpc::GenericStub> stub_;
  grpc::ClientContext context_;
  std::atomic<bool> established_ = false;
  std::string fault_;
};

class AcceptedStream final
    : public StreamOf<grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>> {
 public:
  // Ends if there is no hello within `hello_timeout`.
  AcceptedStream(StreamOwner& owner, grpc::GenericCallbackServerContext* context,
                 Duration hello_timeout);

  void Cancel() override { context_->TryCancel(); }
  void OnWriteDone(bool ok) override;
  void OnReadDone(bool ok) override;
  void OnDone() override { owner_.Ended(this); }

 private:
  void EndCall() override { Finish(status_); }
  void OnHelloTimeout(bool expired);
  bool Take();  // what has been read; false: status_ says why not
  // The peer that says it, or a status to end with.
  grpc::Status Accept(const Hello& hello);

  StreamOwner& owner_;
  grpc::GenericCallbackServerContext* const context_;
  grpc::Alarm hello_alarm_;
  std::atomic<bool> greeted_ = false;
  LaneKind kind_ = LaneKind::kMessages;
  grpc::Status status_;
  std::shared_ptr<Peer> peer_;  // once it has said who it is
};

}  // namespace skerry::transport
