#pragma once

#include <memory>
#include <vector>

#include "base/sim/sim_disk.h"
#include "base/sim/world.h"
#include "server/node/core.h"
#include "storage/engine/memory/memory_engine.h"

namespace skerry::simulation {

// One whole node in virtual time: two reactors, a log writer and a blocking executor, the disk and
// the engine's store that outlive its crashes.
class SimulatedNode {
 public:
  explicit SimulatedNode(uint64_t seed);
  ~SimulatedNode();

  // Recovers and serves. At first, and after a Crash or Stop.
  Status Start();
  // The process dies; with `power_cut` the disk loses what was not synced, too.
  void Crash(bool power_cut);
  // Ends it as SIGTERM does.
  Status Stop();

  api::Operations& operations() { return core_->operations(); }
  Executor& reactor(size_t i) { return *reactors_[i % reactors_.size()]; }
  sim::World& world() { return world_; }
  Prng& prng() { return world_.prng(); }

 private:
  sim::World world_;
  sim::SimDisk disk_;
  std::shared_ptr<engine::MemoryStore> store_;
  std::vector<Executor*> reactors_;
  std::unique_ptr<node::Core> core_;
  int life_ = 0;
  bool was_started_ = false;
};

}  // namespace skerry::simulation
