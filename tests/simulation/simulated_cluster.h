#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/sim/sim_disk.h"
#include "base/sim/world.h"
#include "replication/transport/sim/sim_network.h"
#include "server/node/core.h"
#include "storage/engine/memory/memory_engine.h"

namespace skerry::simulation {

// A cluster of whole nodes in virtual time: each has two reactors, a log writer, a blocking
// executor, and a disk and an engine's store that outlive its crashes; a network between them that
// loses, doubles and delays. The first node founds the cluster, the others join it.
class SimulatedCluster {
 public:
  SimulatedCluster(uint64_t seed, int nodes, sim::SimNetworkOptions network = {});
  ~SimulatedCluster();

  // Recovers, or founds or joins the cluster, and serves. At first, and after a Crash.
  Status Start(int i);
  // Like Start, but returns before the node serves; IsServing tells.
  Status Begin(int i);
  bool IsServing(int i) const { return nodes_[i]->serving; }
  bool IsUp(int i) const { return nodes_[i]->core != nullptr; }
  // The process dies; with `power_cut` the disk loses what was not synced, too.
  void Crash(int i, bool power_cut);

  int size() const { return static_cast<int>(nodes_.size()); }
  node::Core& core(int i) { return *nodes_[i]->core; }
  api::Operations& operations(int i) { return nodes_[i]->core->operations(); }
  Executor& reactor(int i, size_t k) { return *nodes_[i]->reactors[k % 2]; }
  // Of the node's present life; rises with each start.
  int life(int i) const { return nodes_[i]->life; }
  sim::World& world() { return world_; }
  sim::SimNetwork& network() { return network_; }
  Prng& prng() { return world_.prng(); }

 private:
  struct Node {
    explicit Node(Prng& prng);
    sim::SimDisk disk;
    std::shared_ptr<engine::MemoryStore> store;
    std::vector<Executor*> reactors;
    std::unique_ptr<node::Core> core;
    int life = 0;
    bool was_started = false;
    bool serving = false;
    catalog::NodeRecord record;
  };

  Status Join(int i);

  sim::World world_;
  sim::SimNetwork network_;
  std::vector<std::unique_ptr<Node>> nodes_;
  int last_life_ = 0;
};

}  // namespace skerry::simulation
