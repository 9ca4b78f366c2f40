#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/sim/sim_disk.h"
#include "base/sim/world.h"
#include "replication/transport/sim/sim_network.h"
#include "server/node/core.h"
#include "storage/engine/memory/memory_engine.h"

namespace skerry::simulation {

struct ClusterOptions {
  int nodes = 3;
  sim::SimNetworkOptions network = {};
  sim::SimDisk::Options disk = {};
  bool leases = true;
  int replication_factor = 3;
  Duration replace_dead_after = std::chrono::minutes(30);
  uint64_t split_bytes = 0;  // catalog::Options::split_bytes; 0: no partition is split
  // Of each node's log; segments of 0 bytes: what a real node would take.
  uint64_t max_log_bytes = 4 << 20;
  uint64_t segment_bytes = 0;
  // Small, so that crashes find every mixture of flushed and unflushed.
  uint64_t flush_after_bytes = 64 << 10;
  Duration tick = std::chrono::milliseconds(50);
  Duration support_promise = std::chrono::milliseconds(1000);
  // Nodes' monotonic clocks run apart by so many millionths at most, and their wall clocks differ
  // from the true time by so much.
  int64_t drift_ppm_max = 0;
  Duration skew_max = {};
};

// A cluster of whole nodes in virtual time: each has two reactors, a log writer, a blocking
// executor, and a disk and an engine's store that outlive its crashes; a network between them that
// loses, doubles and delays. The first node founds the cluster, the others join it. Nodes are
// numbered from 0; their ids in the cluster are in the order in which they joined.
class SimulatedCluster {
 public:
  SimulatedCluster(uint64_t seed, int nodes) : SimulatedCluster(seed, {.nodes = nodes}) {}
  SimulatedCluster(uint64_t seed, ClusterOptions options);
  ~SimulatedCluster();

  // Recovers, or founds or joins the cluster, and serves. At first, and after a Crash.
  Status Start(int i);
  // Like Start, but returns before the node serves; IsServing tells. A failure leaves it down.
  Status Begin(int i);
  bool IsServing(int i) const { return nodes_[i]->serving; }
  bool IsUp(int i) const { return nodes_[i]->core != nullptr; }
  bool HasJoined(int i) const { return nodes_[i]->record.id() != 0; }
  // Why the process must end, as the node itself says: a real one has by now. Success: nothing.
  const Status& failure(int i) const { return nodes_[i]->failure; }
  // The process dies; with `power_cut` the disk loses what was not synced, too.
  void Crash(int i, bool power_cut);
  // Ends it as SIGTERM does; after `within` as a crash does.
  Status Stop(int i, Duration within);

  // Its machine is replaced by an empty one, which may join as another node. It is down before.
  void Wipe(int i);
  // The node, which has ended by itself or is about to, knows that it was removed.
  bool KnowsOfRemoval(int i) const;

  // The process, or the machine, stands still.
  void Pause(int i);
  void Resume(int i);
  bool IsPaused(int i) const { return nodes_[i]->paused; }
  // Whatever touches the disk waits, or takes longer, until the node is started again.
  void StallDisk(int i, bool stalled);
  void SlowDisk(int i, Duration by);
  void JumpWallClock(int i, Duration skew) { world_.SetSkew(nodes_[i]->life, Micros(skew)); }

  // From its next start on the node is one whose program speaks up to `newest` (--pin-version).
  void Pin(int i, FeatureLevel newest) { nodes_[i]->speaks.newest = newest; }
  LevelRange speaks(int i) const { return nodes_[i]->speaks; }

  int size() const { return static_cast<int>(nodes_.size()); }
  NodeId id(int i) const { return NodeId(nodes_[i]->record.id()); }
  node::Core& core(int i) { return *nodes_[i]->core; }
  sim::SimDisk& disk(int i) { return nodes_[i]->disk; }
  api::Operations& operations(int i) { return nodes_[i]->core->operations(); }
  Executor& reactor(int i, size_t k) { return *nodes_[i]->reactors[k % 2]; }
  // Of the node's present life; rises with each start.
  int life(int i) const { return nodes_[i]->life; }
  sim::World& world() { return world_; }
  sim::SimNetwork& network() { return network_; }
  Prng& prng() { return world_.prng(); }

 private:
  struct Node {
    Node(Prng& prng, const ClusterOptions& options);
    sim::SimDisk disk;
    std::shared_ptr<engine::MemoryStore> store;
    std::vector<Executor*> reactors;
    std::vector<sim::SimExecutor*> on_disk;  // what the disk holds up
    std::unique_ptr<sim::DriftingClock> clock;
    std::unique_ptr<node::Core> core;
    int life = 0;
    bool was_started = false;
    bool serving = false;
    bool paused = false;
    Status failure;
    catalog::NodeRecord record;
    LevelRange speaks;
  };

  std::unique_ptr<Node> NewNode(int i);
  Status Join(int i);
  static std::chrono::microseconds Micros(Duration duration) {
    return std::chrono::duration_cast<std::chrono::microseconds>(duration);
  }
  void SetClocks(Node& node);
  Status OpenCore(Node& node, const std::string& name);
  void Bury(Node& node);

  const ClusterOptions options_;
  sim::World world_;
  sim::SimNetwork network_;
  std::vector<std::unique_ptr<Node>> nodes_;
  int last_life_ = 0;
  uint64_t last_identity_ = 0;
};

}  // namespace skerry::simulation
