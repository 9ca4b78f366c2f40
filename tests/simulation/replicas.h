#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/checkers/states.h"
#include "tests/simulation/simulated_cluster.h"

namespace skerry::simulation {

// What the nodes' replicas hold, for the checkers.

struct HeldState {
  LogIndex applied;
  uint64_t hash = 0;  // of rows, figures and kept answers, without what is the node's own
};
// None if the node's engine holds nothing of the group.
std::optional<HeldState> StateOf(engine::Engine& engine, GroupId group);

// The groups that a node's view of the catalog says it has a replica of, and the catalog's.
std::vector<GroupId> GroupsOf(SimulatedCluster& cluster, int node);

// Shows what all nodes hold to the checker; what was wrong.
std::vector<std::string> CompareStates(SimulatedCluster& cluster, StateChecker* checker);

// Of each group one replica at most has a lease; what was wrong.
std::vector<std::string> CheckLeases(SimulatedCluster& cluster);

// A node's view of tables and nodes, as text; the same on all nodes that have applied the same.
std::string ViewOf(SimulatedCluster& cluster, int node);

// All nodes but those in `without` have applied the same of each group that they share, have the
// same view, and no replica is on its way. Else what is missing.
std::optional<std::string> Unsettled(SimulatedCluster& cluster, const std::vector<int>& without);

// Who has and who leads what, and what was applied, as text: the same as long as nothing is moved.
std::string StandOf(SimulatedCluster& cluster);

}  // namespace skerry::simulation
