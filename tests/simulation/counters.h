#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/status.h"
#include "base/task.h"
#include "tests/simulation/simulated_node.h"

namespace skerry::simulation {

// A workload and its checker: clients add one to counters, each item by UpdateItem ADD, some on the
// condition of what they last saw, and remember what was acknowledged. A counter may never stand
// below its acknowledged additions, nor above those that were ever tried; an item whose addition
// was refused by its condition does not change.
class Counters {
 public:
  explicit Counters(SimulatedNode& node) : node_(node) {}

  // Makes the table if it is not there and waits until it is active.
  Status Prepare();
  // Clients run until Finish or a crash.
  void StartClients(int clients);
  void StopClients() { running_ = false; }
  bool idle() const { return active_ == 0; }
  // After a crash: whoever waited will never hear.
  void ForgetClients();
  // Reads every counter strongly and compares.
  Status Check();

  uint64_t acknowledged() const { return acknowledged_total_; }

 private:
  struct Counter {
    uint64_t acknowledged = 0;
    uint64_t tried = 0;
  };
  Task<void> Client(uint64_t life, size_t reactor);
  Task<void> AddOne(const api::RequestContext& context, std::string key, uint64_t life);
  Task<Status> CheckAll();

  SimulatedNode& node_;
  std::map<std::string, Counter> counters_;
  uint64_t life_ = 0;
  uint64_t acknowledged_total_ = 0;
  int active_ = 0;
  bool running_ = false;
};

}  // namespace skerry::simulation
