// Prints runs of the simulation as the module TraceData of TLA+, which tests/model/RaftTrace.tla
// matches against the model of Raft. Built with SKERRY_PLANTED_BUGS, so that a run with a bug can
// be written too; no checker of the simulation ends a run earlier than the model would.
//
//   raft_trace_for_model --voters N --seeds A..B --steps N [--bug NAME]

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "base/planted_bug.h"
#include "replication/raft/cluster_sim.h"

namespace skerry::raft {
namespace {

PlantedBug Named(const std::string& name) {
  for (int i = 0; i < static_cast<int>(PlantedBug::kCount); ++i) {
    if (PlantedBugName(static_cast<PlantedBug>(i)) == name) return static_cast<PlantedBug>(i);
  }
  std::fprintf(stderr, "no planted bug is called %s\n", name.c_str());
  std::exit(2);
}

int Main(int argc, char** argv) {
  std::map<std::string, std::string> given = {
      {"--voters", "3"}, {"--seeds", "1..1"}, {"--steps", "500"}, {"--bug", "None"}};
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!given.contains(argv[i])) {
      std::fprintf(stderr, "unknown option %s\n", argv[i]);
      return 2;
    }
    given[argv[i]] = argv[i + 1];
  }
  const auto number = [](const std::string& text) {
    return std::strtoull(text.c_str(), nullptr, 10);
  };
  const std::string seeds = given["--seeds"];
  const uint64_t first = number(seeds);
  const size_t dots = seeds.find("..");
  const uint64_t last = dots == std::string::npos ? first : number(seeds.substr(dots + 2));
  const uint64_t voters = number(given["--voters"]);
  Plant(Named(given["--bug"]));
  std::string runs;
  uint64_t last_term = 1;
  size_t steps = 0;
  for (uint64_t seed = first; seed <= last; ++seed) {
    ClusterSimTrace trace(voters);
    ClusterSim sim(seed, voters);
    const std::string failure = sim.RunTraced(static_cast<int>(number(given["--steps"])), &trace);
    if (!failure.empty() && given["--bug"] == "None") {
      std::fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, failure.c_str());
      return 1;
    }
    runs += (seed > first ? ",\n" : "") + trace.ToTla();
    last_term = std::max(last_term, trace.last_term());
    steps += trace.steps();
  }
  std::printf("---- MODULE TraceData ----\nRuns == <<\n%s\n>>\n====\n", runs.c_str());
  std::fprintf(stderr, "%zu steps, last term %llu\n", steps, (unsigned long long)last_term);
  return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace skerry::raft

int main(int argc, char** argv) { return skerry::raft::Main(argc, argv); }
