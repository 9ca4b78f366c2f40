#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "base/prng.h"
#include "tests/simulation/mix.h"
#include "tests/simulation/simulated_cluster.h"

namespace skerry::simulation {

// The programs of a cluster's nodes, of one version or the one before, and how that changes while
// all goes on: as an operator does it who follows docs/operating.md, one node after the other and
// in no hurry, whatever else goes wrong meanwhile.
class Upgrades {
 public:
  // `restart`: ends a node that is up, and has it start again soon. References outlive this.
  Upgrades(SimulatedCluster& cluster, Versions versions, uint64_t seed,
           std::function<void(int)> restart);

  // Before the first node starts.
  void Begin();
  // To be called often, between steps of the World.
  void Tend();
  // No node changes its program any more.
  void Stop() { stopped_ = true; }

  // What is not as it should come to be: the level that all nodes speak, or that the operator
  // wants. Of nodes in `without` nothing can be expected.
  std::optional<std::string> Unsettled(const std::vector<int>& without) const;
  int restarts() const { return restarts_; }
  // What was wrong at sight: something came to a node whose program does not know it.
  std::vector<std::string> TakeViolations();

 private:
  static constexpr FeatureLevel kOld = kOldestLevel;

  MonotonicTime Soon();
  std::optional<int> AnyServing();
  void Tell(FeatureLevel hold);
  // The record as the node that knows most has it.
  const catalog::ClusterRecord* Known() const;
  void ChangeOne(FeatureLevel newest);

  SimulatedCluster& cluster_;
  const Versions versions_;
  Prng prng_;
  const std::function<void(int)> restart_;
  bool stopped_ = false;
  bool goes_down_ = false;
  bool goes_up_ = false;
  MonotonicTime next_;
  int restarts_ = 0;
  std::set<int> reported_;
};

}  // namespace skerry::simulation
