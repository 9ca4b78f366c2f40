#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/executor.h"
#include "base/sim/world.h"
#include "base/strong.h"
#include "replication/transport/transport.h"

// The network between nodes in simulation: everything that may happen to packets on their way,
// drawn from the World's seed.

namespace skerry::sim {

struct SimNetworkOptions {
  // One packet in so many; 0: none.
  uint64_t lost_one_in = 0;
  // Requests and responses never come twice: who asks with one copy counts on that
  // (transport::Transport).
  uint64_t doubled_one_in = 0;
  // Overtakes what was sent before it. Connections never do that; for what wants to be sure.
  uint64_t reordered_one_in = 0;
  // How long a packet is under way: evenly between the two, one in `slow_one_in` up to ten times as
  // long (and what follows it on its connection waits for it).
  Duration delay_min = std::chrono::microseconds(50);
  Duration delay_max = std::chrono::microseconds(500);
  uint64_t slow_one_in = 100;
  // Of one connection for snapshots; 0: without bound.
  uint64_t snapshot_bytes_per_second = 0;
  // What may be under way or wait between two nodes, as the queues of real nodes are bounded.
  uint64_t message_queue_bytes = uint64_t{32} << 20;
  uint64_t snapshot_queue_bytes = uint64_t{16} << 20;
  uint64_t request_queue_bytes = uint64_t{64} << 20;
  // One packet in so many goes through the codec; 0: none. Those that do not keep their size
  // unknown and are charged with that of their entries and data.
  uint64_t encoded_one_in = 1;
};

// All nodes' transports. A node is stopped by killing it, as World::Kill does with its executors.
// Not thread-safe.
class SimNetwork {
 public:
  // `world` outlives this, and lives no longer than this runs work: the network has an executor of
  // its own there.
  explicit SimNetwork(World& world) : SimNetwork(world, SimNetworkOptions()) {}
  SimNetwork(World& world, SimNetworkOptions options);
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;
  ~SimNetwork();

  // The transport of a node that starts (again). Its receivers are called on `executor`. Belongs to
  // the network until Kill(node) or the end.
  transport::Transport& AddNode(NodeId node, Executor& executor);
  // What is under way from and to it is gone, its transport is destroyed. Other nodes' receivers of
  // requests hear of it (OnDisconnected) after as long as a packet takes.
  void Kill(NodeId node);

  // What is sent or under way from `from` to `to` is lost from now on; the other direction works.
  // No stream ends by it.
  void Block(NodeId from, NodeId to);
  void Unblock(NodeId from, NodeId to);
  // Both directions, between each node of `one` and each of `other`.
  void Partition(const std::set<NodeId>& one, const std::set<NodeId>& other);
  void Heal();  // every block

  // A node that stands still (a stopped process, a machine without processor time): what is for it
  // and what it sends waits, and then comes all at once. Its executors are not this class's matter.
  void Pause(NodeId node);
  void Resume(NodeId node);

  // Changes what happens from now on.
  SimNetworkOptions& options() { return options_; }

  // Sees every packet as it is sent, whatever becomes of it; null: nobody does.
  using Observer = std::function<void(NodeId from, NodeId to, const transport::Packet& packet)>;
  void Observe(Observer observer) { observer_ = std::move(observer); }

  struct Counts {
    uint64_t sent = 0;
    uint64_t delivered = 0;
    uint64_t lost = 0;  // by chance, by a block, or with a node
    uint64_t doubled = 0;
    uint64_t reordered = 0;
    uint64_t full = 0;    // dropped because of a bound
    uint64_t nobody = 0;  // sent to a node that is not there
    uint64_t encoded = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  class SimTransport;
  struct UnderWay {
    MonotonicTime due;
    uint64_t bytes = 0;
    std::optional<transport::Packet> packet;  // none: the end of the stream
  };
  // One direction of one kind between two nodes.
  struct Link {
    std::deque<UnderWay> packets;
    uint64_t bytes = 0;
    MonotonicTime free_at;  // with a bandwidth: when the last byte will have been sent
    MonotonicTime wake_at = MonotonicTime::max();  // of the first Arrive that is posted
  };
  enum class Kind : uint8_t { kMessages, kSnapshots, kRequests };
  struct LinkId {
    NodeId from;
    NodeId to;
    Kind kind;
    auto operator<=>(const LinkId&) const = default;
  };

  void Send(NodeId from, NodeId to, transport::Packet packet);
  static Kind KindOf(const transport::Packet& packet);
  uint64_t BoundOf(Kind kind) const;
  void Put(const LinkId& id, Link& link, transport::Packet packet, uint64_t bytes);
  void PutEnd(NodeId gone, NodeId to);
  void Wake(const LinkId& id, Link& link);
  void Arrive(const LinkId& id);
  void Drop(Link& link);
  Duration DrawDelay();
  bool Draw(uint64_t one_in);

  World& world_;
  SimNetworkOptions options_;
  SimExecutor& executor_;
  std::map<NodeId, std::unique_ptr<SimTransport>> nodes_;
  std::map<LinkId, Link> links_;
  std::set<std::pair<NodeId, NodeId>> blocked_;
  std::set<NodeId> paused_;
  Counts counts_;
  Observer observer_;
  // What is posted asks whether this still is.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace skerry::sim
