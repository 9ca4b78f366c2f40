// simulate: whole nodes in virtual time. A seed replays a run exactly.
//
//   simulate --seed N | --seeds A..B

#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "tests/simulation/counters.h"
#include "tests/simulation/simulated_node.h"

namespace skerry::simulation {
namespace {

constexpr int kLives = 8;
constexpr int kClients = 8;

struct Outcome {
  Status status;
  uint64_t fingerprint = 0;
  uint64_t acknowledged = 0;
  double simulated_seconds = 0;
};

Status Live(SimulatedNode& node, Counters& counters, int life) {
  SKERRY_RETURN_IF_ERROR(node.Start());
  SKERRY_RETURN_IF_ERROR(counters.Prepare());
  SKERRY_RETURN_IF_ERROR(counters.Check());
  counters.StartClients(kClients);
  node.world().RunFor(std::chrono::milliseconds(node.prng().Below(4000)));
  if (life + 1 < kLives && node.prng().Chance(4, 5)) {
    counters.ForgetClients();
    node.Crash(/*power_cut=*/node.prng().Chance(1, 2));
    return OkStatus();
  }
  counters.StopClients();
  if (!node.world().RunUntil([&] { return counters.idle(); }, std::chrono::seconds(60))) {
    return Internal("clients wait for ever");
  }
  SKERRY_RETURN_IF_ERROR(counters.Check());
  return node.Stop();
}

Outcome Run(uint64_t seed) {
  SimulatedNode node(seed);
  Counters counters(node);
  const MonotonicTime begin = node.world().Now();
  Outcome outcome;
  for (int life = 0; life < kLives && outcome.status.ok(); ++life) {
    outcome.status = Live(node, counters, life);
  }
  outcome.fingerprint = node.world().fingerprint();
  outcome.acknowledged = counters.acknowledged();
  outcome.simulated_seconds = std::chrono::duration<double>(node.world().Now() - begin).count();
  return outcome;
}

bool RunSeed(uint64_t seed) {
  const Outcome first = Run(seed);
  const Outcome again = Run(seed);
  Status status = first.status;
  if (status.ok() && first.fingerprint != again.fingerprint) {
    status = Internal("two runs of the seed differ: something is not deterministic");
  }
  fmt::print("seed {}: {} ({} writes acknowledged, {:.1f} simulated seconds)\n", seed,
             status.ToString(), first.acknowledged, first.simulated_seconds);
  if (!status.ok()) fmt::print("replay: simulate --seed {}\n", seed);
  return status.ok();
}

int Main(int argc, char** argv) {
  uint64_t first = 1;
  uint64_t last = 1;
  if (argc == 3 && std::strcmp(argv[1], "--seed") == 0) {
    first = last = std::stoull(argv[2]);
  } else if (argc == 3 && std::strcmp(argv[1], "--seeds") == 0 &&
             std::sscanf(argv[2], "%lu..%lu", &first, &last) == 2) {
  } else if (argc != 1) {
    fmt::print(stderr, "usage: simulate --seed N | --seeds A..B\n");
    return 2;
  }
  int passed = 0;
  int failed = 0;
  for (uint64_t seed = first; seed <= last; ++seed) {
    RunSeed(seed) ? ++passed : ++failed;
    std::fflush(stdout);
  }
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace skerry::simulation

int main(int argc, char** argv) { return skerry::simulation::Main(argc, argv); }
