#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/strong.h"
#include "replication/transport/codec.h"
#include "replication/transport/lane.h"
#include "replication/transport/served_receiver.h"

namespace skerry::transport {

// Whom packets of peers go to.
struct Receivers {
  Receiver& Of(LaneKind kind) { return kind == LaneKind::kRequests ? requests : *packets; }

  Receiver* packets = nullptr;  // set before there is a stream
  ServedReceiver requests;
};

// A node that we know of: a lane for each kind of packets. Thread-safe, but for `dialling`.
class Peer {
 public:
  // `counters` and `receivers` outlive this.
  Peer(NodeId node, std::string address, const std::array<uint64_t, kLanes>& queue_bytes,
       std::array<LaneCounters, kLanes>& counters, Receivers& receivers);

  NodeId node() const { return node_; }
  const std::string& address() const { return address_; }

  void Send(std::span<const Packet> packets);
  bool connected() const;  // by every lane
  void CancelStreams();

  // As Lane has them; whoever serves requests is told of the end of a stream of its kind.
  void Attach(LaneKind kind, Stream* stream, std::optional<std::string> first);
  void Detach(LaneKind kind, Stream* stream);
  void Written(LaneKind kind, Stream* stream) { lane(kind).Written(stream); }
  void Deliver(LaneKind kind, Stream* stream, Frame frame);

  // What is known of the tries to reach it; guarded by the lock of whoever dials.
  struct Dialling {
    bool over = false;  // the peer was removed, and lives until its streams have ended
    std::array<Duration, kLanes> back_off{};
    std::array<std::string, kLanes> failure;  // the last that was logged
  };
  Dialling dialling;

 private:
  Lane& lane(LaneKind kind) { return lanes_[static_cast<size_t>(kind)]; }

  const NodeId node_;
  const std::string address_;
  std::array<LaneCounters, kLanes>& counters_;
  Receivers& receivers_;
  std::array<Lane, kLanes> lanes_;
};

}  // namespace skerry::transport
