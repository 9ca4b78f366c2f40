#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/status.h"
#include "base/strong.h"
#include "replication/transport/join.h"
#include "replication/transport/peer_tls.h"
#include "replication/transport/transport.h"

namespace skerry::transport {

struct GrpcTransportOptions {
  NodeId node;
  std::string cluster;  // any bytes; nodes with other ones are refused
  std::optional<PeerTls> tls;
  // Bounds of what waits for one peer.
  uint64_t message_queue_bytes = uint64_t{32} << 20;
  uint64_t snapshot_queue_bytes = uint64_t{16} << 20;
  uint64_t request_queue_bytes = uint64_t{64} << 20;
  // Between two tries to reach a peer: doubled from the first to the second.
  Duration reconnect_min = std::chrono::milliseconds(50);
  Duration reconnect_max = std::chrono::seconds(2);
  // How long a stream that was accepted may stand before its other end says who it is.
  Duration hello_timeout = std::chrono::seconds(5);
};

// The transport of real nodes, over gRPC: of each pair of nodes the one with the smaller id dials,
// three connections with one bidirectional stream each (messages, snapshots, requests). Both say
// who they are first; strangers are refused, with a line in the log.
//
// No thread and no socket before the first Listen or SetPeer. The threads are gRPC's, few and
// shared by the whole process (README.md names them); receivers are called on two of them, so that
// one that blocks holds up other peers. Send may write to the socket itself.
//
// Thread-safe, except that Start and Stop are called in order. Nothing here is called back under a
// lock that SetPeer, RemovePeer or Send needs; a receiver may call those, but not Stop.
class GrpcTransport final : public Transport {
 public:
  // `metrics` outlives this.
  GrpcTransport(GrpcTransportOptions options, Metrics* metrics);
  ~GrpcTransport() override;  // Stop()

  void Start(Receiver& receiver) override;
  void ServeRequests(Receiver* receiver) override;
  void Send(NodeId to, Packet packet) override;
  void SendAll(NodeId to, std::vector<Packet> packets) override;
  // Breaks all streams (of which receivers of requests are told), waits for calls of receivers that
  // are under way. Idempotent.
  void Stop() override;

  // Peers may dial from now on; once, after Start. `address`: host:port, port 0 for any. The port,
  // or kUnavailable; kInvalidArgument for certificates that cannot be used.
  Result<int> Listen(const std::string& address);

  // Both nodes of a pair have to know each other; only who dials needs the address. A new address
  // of a known peer breaks its streams.
  void SetPeer(NodeId node, std::string address);
  void RemovePeer(NodeId node);

  // From now on `handler` answers nodes that are no members yet (CallJoin); null, as at first: they
  // are refused with kUnimplemented. At most a few calls wait for their answers at once. Waits for
  // a call of the former handler that is under way, and is not to be called from one.
  void OnJoin(JoinHandler handler);

  // Whether packets of every kind would be sent now.
  bool IsConnected(NodeId node) const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace skerry::transport
