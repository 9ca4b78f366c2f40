#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/strong.h"
#include "replication/raft/types.h"

// The peer port: how nodes of a cluster talk to each other.

namespace skerry::transport {

// A piece of a snapshot on its way to a replica (thesis chapter 5). The pieces of one are numbered
// from 0; the receiver asks for each by acknowledging those before it, so that a broken connection
// costs what was under way and no more.
struct SnapshotChunk {
  ReplicaId from;
  ReplicaId to;
  Term term;              // of the leader that sends it
  uint64_t snapshot = 0;  // never used again by this sender
  raft::SnapshotMetadata metadata;
  uint64_t sequence = 0;
  bool last = false;
  uint32_t checksum = 0;  // CRC-32C of `data`; right in what is received
  std::string data;
};

struct SnapshotChunkResponse {
  ReplicaId from;
  ReplicaId to;
  uint64_t snapshot = 0;
  uint64_t next = 0;     // all chunks below it have arrived
  bool refused = false;  // the receiver does not want it (any more)
};

// What one node asks of another, for a group. The bytes are the two nodes' own matter.
struct Request {
  uint64_t id = 0;  // the asking node's
  std::string body;
};

struct Response {
  uint64_t id = 0;  // of the request
  std::string body;
};

// Store liveness: see replication/liveness/liveness.h. Not of a group: Packet::group is 0.
struct NodeHeartbeat {
  uint64_t epoch = 0;  // of the node that asks for support
  MonotonicTime sent;  // by its clock, which means nothing to others
  Duration promise{};  // for how long it wants to be supported
};

struct NodeHeartbeatResponse {
  uint64_t epoch = 0;  // that is supported; without a promise: the lowest that may ever be
  MonotonicTime sent;  // of the heartbeat
  Duration promise{};  // from the heartbeat's arrival on; 0: none
};

// What goes from node to node: something for one group's replica there, or about a group.
struct Packet {
  GroupId group;
  std::variant<raft::Message, SnapshotChunk, SnapshotChunkResponse, Request, Response,
               NodeHeartbeat, NodeHeartbeatResponse>
      body;
};

class Receiver {
 public:
  virtual ~Receiver() = default;
  // Packets of one node, in the order of their sending, some perhaps lost. On a thread or executor
  // of the transport's; returns soon. `from` has shown that it is that node of this cluster.
  // Messages, snapshots and requests (with responses) come on streams of their own: calls for
  // several of them, and for several nodes, may overlap. Groups' (but for heartbeats of nodes) and
  // replicas' ids are non-zero and
  // configurations pass Configuration::Check; that a packet's replicas live on the two nodes is for
  // the receiver to see.
  virtual void OnPackets(NodeId from, std::vector<Packet> packets) = 0;

  // To the receiver of requests: the stream of requests to and from `node` has ended. What was sent
  // on it may be lost or done, and no response to it comes any more. Before any packet of the next
  // stream, overlapping with no other call for `node`. Not for a stream that never stood: what is
  // sent while there is none is dropped without a word. When the address of `node` changes, the
  // call for the stream there was may come when the next one stands already.
  virtual void OnDisconnected(NodeId /*node*/) {}
};

// Thread-safe. Delivers each packet at most once per connection, or not at all: whoever needs an
// answer asks again.
class Transport {
 public:
  virtual ~Transport() = default;

  // Packets that are sent before it go nowhere. Once; the receiver outlives Stop(). It gets
  // messages, heartbeats of nodes and snapshots.
  virtual void Start(Receiver& receiver) = 0;

  // From now on `receiver` gets requests and responses; null: they are dropped. When it returns, no
  // call of the former one is under way and none will begin, so that it may go. At any time, but
  // not from a call of a receiver of requests.
  virtual void ServeRequests(Receiver* receiver) = 0;

  // Queues and returns at once. What does not fit within the bounds of the queue to that node is
  // dropped, and so is everything while there is no connection, or no such peer. Messages,
  // snapshots and requests have queues and connections of their own, so that neither a large
  // snapshot nor many requests hold up a heartbeat.
  virtual void Send(NodeId to, Packet packet) = 0;
  // Send for each, in order; what goes the same way leaves together.
  virtual void SendAll(NodeId to, std::vector<Packet> packets) {
    for (Packet& packet : packets) Send(to, std::move(packet));
  }

  // What is sent to the node now would leave. Says nothing of whether it would arrive.
  virtual bool IsConnected(NodeId node) const = 0;

  // No call of a receiver begins after it.
  virtual void Stop() = 0;
};

}  // namespace skerry::transport
