#include "tests/simulation/mix.h"

#include <fmt/format.h>

#include <array>
#include <initializer_list>

namespace skerry::simulation {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::array<const char*, kFaults> kNames = {
    "crashes",    "power cuts",     "blackouts",      "torn writes",  "stops",
    "pauses",     "one-way blocks", "isolated nodes", "partitions",   "bad networks",
    "slow disks", "hung disks",     "full disks",     "failed syncs", "clock jumps",
    "transfers",  "moves",          "joins",          "drains",       "rot"};

// One of several.
uint64_t OneOf(Prng& prng, std::initializer_list<uint64_t> values) {
  return values.begin()[prng.Below(values.size())];
}

void DrawCluster(Prng& prng, Mix* mix) {
  ClusterOptions& cluster = mix->cluster;
  mix->first_nodes = prng.Chance(2, 3) ? 3 : 5;
  cluster.nodes = mix->first_nodes + static_cast<int>(prng.Below(3));
  cluster.replication_factor = mix->first_nodes == 5 && prng.Chance(1, 3) ? 5 : 3;
  cluster.leases = prng.Chance(3, 4);
  cluster.max_log_bytes = uint64_t{256} << (10 + prng.Below(5));  // 256 KiB to 4 MiB
  cluster.segment_bytes = cluster.max_log_bytes / (4 << prng.Below(2));
  cluster.flush_after_bytes = uint64_t{16} << (10 + prng.Below(6));
  cluster.replace_dead_after =
      prng.Chance(1, 3) ? milliseconds(5'000 + prng.Below(40'000)) : std::chrono::minutes(30);
  cluster.tick = milliseconds(OneOf(prng, {20, 50, 50, 100}));
  cluster.support_promise = milliseconds(OneOf(prng, {400, 1000, 1000, 3000}));
  cluster.drift_ppm_max = prng.Chance(1, 2) ? 10'000 : 0;
  cluster.skew_max = prng.Chance(1, 2) ? milliseconds(prng.Below(15'000)) : milliseconds(0);
  cluster.disk.lost_percent = prng.Below(101);
  cluster.disk.torn_percent = prng.Below(101);
  sim::SimNetworkOptions& network = cluster.network;
  network.encoded_one_in = 8;
  network.lost_one_in = prng.Chance(1, 2) ? 20 + prng.Below(500) : 0;
  network.doubled_one_in = prng.Chance(1, 2) ? 20 + prng.Below(500) : 0;
  network.reordered_one_in = prng.Chance(1, 4) ? 50 + prng.Below(500) : 0;
  network.delay_max = microseconds(OneOf(prng, {300, 500, 2'000, 20'000}));
  network.slow_one_in = 20 + prng.Below(200);
  cluster.split_bytes = prng.Chance(2, 3) ? uint64_t{1} << (10 + prng.Below(6)) : 0;
  network.snapshot_bytes_per_second = prng.Chance(1, 2) ? uint64_t{1} << (16 + prng.Below(8)) : 0;
}

void DrawWorkload(Prng& prng, Mix* mix) {
  WorkloadOptions& workload = mix->workload;
  workload.clients = static_cast<int>(4 + prng.Below(12));
  workload.think_max = milliseconds(workload.clients * 40);
  workload.patience_max = milliseconds(2'000 + prng.Below(11'000));
  workload.tables = static_cast<int>(1 + prng.Below(3));
  workload.registers = static_cast<int>(2 + prng.Below(10));
  workload.counters = static_cast<int>(1 + prng.Below(3));
  workload.sets = static_cast<int>(1 + prng.Below(3));
  workload.operations_max = static_cast<int>(20 + prng.Below(60));
  workload.value_bytes_max = OneOf(prng, {50, 200, 200, 2'000, 20'000});
  OperationWeights& w = workload.weights;
  for (uint64_t* weight :
       {&w.put, &w.create, &w.compare_and_set, &w.add, &w.get, &w.count, &w.set}) {
    *weight = 2 * prng.Below(8);
  }
  w.get += 2;
  w.count += 2;
  for (uint64_t* weight : {&w.remove, &w.batch_write, &w.batch_get, &w.query, &w.scan}) {
    *weight = prng.Below(3);
  }
  w.table = prng.Below(2);
  if (w.put + w.create + w.compare_and_set == 0) w.put = 2;
}

// A part of all faults, each as often as the seed says.
void DrawFaults(Prng& prng, Mix* mix) {
  for (int i = 0; i < kFaults; ++i) {
    if (prng.Chance(2, 5)) continue;
    mix->faults[static_cast<Fault>(i)] = 1 + prng.Below(10);
  }
  mix->faults.erase(Fault::kRot);
  if (prng.Chance(1, 6)) mix->faults[Fault::kRot] = 2;
  // A rotten node is as good as lost: with one removed beside it, a majority might be.
  mix->removals = !mix->faults.contains(Fault::kRot);
  if (mix->cluster.nodes > mix->first_nodes) {
    mix->faults[Fault::kJoin] = 3;
    mix->faults[Fault::kMove] = 1 + prng.Below(8);
  } else {
    mix->faults.erase(Fault::kJoin);
    if (mix->cluster.replication_factor >= mix->first_nodes) {
      mix->faults.erase(Fault::kMove);
      mix->faults.erase(Fault::kDrain);
    }
  }
  mix->between_faults = milliseconds(500 << prng.Below(5));  // half a second to eight
}

}  // namespace

const char* NameOf(Fault fault) { return kNames[static_cast<size_t>(fault)]; }

const char* NameOf(Versions versions) {
  switch (versions) {
    case Versions::kOld:
      return "old";
    case Versions::kMixed:
      return "mixed";
    case Versions::kUpgraded:
      return "upgraded";
    case Versions::kDowngraded:
      return "downgraded";
    default:
      return "new";
  }
}

Mix DrawMix(uint64_t seed) {
  Prng prng(seed * 0x9e3779b97f4a7c15 + 1);
  Mix mix;
  DrawCluster(prng, &mix);
  DrawWorkload(prng, &mix);
  DrawFaults(prng, &mix);
  if (prng.Chance(1, 2)) mix.versions = static_cast<Versions>(1 + prng.Below(4));
  return mix;
}

std::string Describe(const Mix& mix) {
  const ClusterOptions& cluster = mix.cluster;
  const WorkloadOptions& workload = mix.workload;
  const auto ms = [](Duration duration) {
    return std::chrono::duration_cast<milliseconds>(duration).count();
  };
  std::string text = fmt::format(
      "{} nodes and {} that may join, {} replicas, leases {}, log {} KiB in segments of {}, tick "
      "{} ms, split above {} bytes, dead after {} ms, support {} ms, drift {} ppm, skew {} ms; {} "
      "clients, {} tables, "
      "values to {} bytes; a fault "
      "each {} ms:",
      mix.first_nodes, cluster.nodes - mix.first_nodes, cluster.replication_factor,
      cluster.leases ? "on" : "off", cluster.max_log_bytes >> 10, cluster.segment_bytes >> 10,
      ms(cluster.tick), cluster.split_bytes, ms(cluster.replace_dead_after),
      ms(cluster.support_promise), cluster.drift_ppm_max, ms(cluster.skew_max), workload.clients,
      workload.tables, workload.value_bytes_max, ms(mix.between_faults));
  text.insert(0, fmt::format("versions {}, ", NameOf(mix.versions)));
  for (const auto& [fault, weight] : mix.faults) {
    text += fmt::format(" {} {}", weight, NameOf(fault));
  }
  return text;
}

}  // namespace skerry::simulation
