#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/mix.h"
#include "tests/simulation/simulated_cluster.h"

namespace skerry::simulation {

// What goes wrong, when, and how it is mended: one fault after the other, of those that a mix has,
// drawn from a seed. Several may be there at a time.
class Faults {
 public:
  // References outlive it.
  Faults(SimulatedCluster& cluster, const Mix& mix, uint64_t seed);

  // To be called often, between steps of the World: ends what is over, buries nodes that have
  // stopped, starts those that are due, and begins the next fault if it is time.
  void Tend();
  // Ends everything; nodes that can start do so soon. Nothing new begins.
  void Heal();

  // Ends the node, which is up, as SIGTERM or a crash does; it starts again soon.
  void Restart(int node);

  // Cannot start any more, as it should be: its log is rotten.
  bool IsRotten(int node) const { return rotten_.contains(node); }
  bool any_rotten() const { return !rotten_.empty(); }
  const std::map<std::string, uint64_t>& counts() const { return counts_; }
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  void Begin(Fault fault);
  void Down(int node, Duration for_how_long);
  void BuryFailed();
  void StartDue();
  void OnFailure(int node, const Status& failure);
  // Undoes a fault of a node's present life, later.
  void Later(Duration delay, int node, std::function<void()> undo);

  void Partition(const std::set<NodeId>& one);
  void BadNetwork();
  void Transfer();
  void Move();
  void JoinOne();
  void Drain(int node);
  void RemoveUntilDone(int node);
  void ReplaceRemoved();
  void Rot();

  MonotonicTime Now() const { return cluster_.world().Now(); }
  Duration Between(Duration least, Duration most);
  std::optional<int> AnyUp();
  std::optional<int> AnyServing();

  SimulatedCluster& cluster_;
  const Mix& mix_;
  Prng prng_;
  bool healed_ = false;
  uint64_t weights_ = 0;
  MonotonicTime next_;
  std::map<int, MonotonicTime> due_;  // nodes that are down, and when they start
  std::multimap<MonotonicTime, std::function<void()>> undo_;
  std::map<int, NodeId> leaving_;      // nodes that an operator has begun to remove
  std::map<int, MonotonicTime> gone_;  // those that were removed, and when their machines end
  std::set<int> touched_by_rot_;
  std::set<int> rotten_;
  std::map<std::string, uint64_t> counts_;
  std::vector<std::string> violations_;
};

}  // namespace skerry::simulation
