#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/strong.h"
#include "replication/raft/types.h"

// The peer port: how nodes of a cluster talk to each other for the sake of replication.

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

// What goes from node to node: something for one group's replica there.
struct Packet {
  GroupId group;
  std::variant<raft::Message, SnapshotChunk, SnapshotChunkResponse> body;
};

class Receiver {
 public:
  virtual ~Receiver() = default;
  // Packets of one node, in the order of their sending, some perhaps lost. On a thread or executor
  // of the transport's; returns soon. `from` has shown that it is that node of this cluster.
  // Messages and snapshots come on streams of their own: calls for both, and for several nodes, may
  // overlap. All ids are non-zero and configurations pass Configuration::Check; that a packet's
  // replicas live on the two nodes is for the receiver to see.
  virtual void OnPackets(NodeId from, std::vector<Packet> packets) = 0;
};

// Thread-safe. Delivers each packet at most once per connection, or not at all: whoever needs an
// answer asks again.
class Transport {
 public:
  virtual ~Transport() = default;

  // Packets that are sent before it go nowhere. Once; the receiver outlives Stop().
  virtual void Start(Receiver& receiver) = 0;

  // Queues and returns at once. What does not fit within the bounds of the queue to that node is
  // dropped, and so is everything while there is no connection, or no such peer. Messages and
  // snapshots have queues and connections of their own, so that a large snapshot holds up no
  // heartbeat.
  virtual void Send(NodeId to, Packet packet) = 0;

  // No call of the receiver begins after it.
  virtual void Stop() = 0;
};

}  // namespace skerry::transport
