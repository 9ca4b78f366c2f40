#include "tests/simulation/simulation.h"

#include <fmt/format.h>

#include <algorithm>

#include "tests/simulation/checkers/counters.h"
#include "tests/simulation/checkers/linearizability.h"
#include "tests/simulation/checkers/sets.h"
#include "tests/simulation/checkers/wire.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/mix.h"
#include "tests/simulation/replicas.h"
#include "tests/simulation/upgrades.h"
#include "tests/simulation/workload.h"

namespace skerry::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kSlice = milliseconds(20);
constexpr Duration kCompareEvery = seconds(10);
constexpr Duration kServeWithin = seconds(60);
constexpr Duration kGoOn = seconds(15);  // clients, after everything has healed
constexpr Duration kEndWithin = seconds(60);
constexpr Duration kSettleWithin = seconds(120);
// Longer than the catalog's leader waits between two attempts to make something better.
constexpr Duration kRest = seconds(12);
constexpr uint64_t kLeast = 5;  // operations that must be done while they go on

class Run {
 public:
  Run(uint64_t seed, Duration length)
      : mix_(DrawMix(seed)),
        length_(length),
        cluster_(seed, mix_.cluster),
        workload_(cluster_, mix_.workload, seed * 3 + 1),
        faults_(cluster_, mix_, seed * 5 + 2),
        upgrades_(cluster_, mix_.versions, seed * 7 + 3,
                  [this](int node) { faults_.Restart(node); }),
        began_(cluster_.world().Now()) {
    cluster_.network().Observe([this](NodeId, NodeId, const transport::Packet& packet) {
      const auto* message = std::get_if<raft::Message>(&packet.body);
      if (message != nullptr) wire_.Saw(packet.group, *message);
    });
  }

  Report Take() {
    Begin() && Harm() && Finish();
    Judge();
    report_.mix = Describe(mix_);
    report_.fingerprint = cluster_.world().fingerprint();
    report_.steps = cluster_.world().steps();
    report_.simulated_seconds =
        std::chrono::duration<double>(cluster_.world().Now() - began_).count();
    report_.operations = workload_.done();
    report_.faults = faults_.counts();
    if (upgrades_.restarts() > 0) {
      report_.faults["nodes that got another version"] =
          static_cast<uint64_t>(upgrades_.restarts());
    }
    report_.answers = workload_.answers();
    return std::move(report_);
  }

 private:
  bool Wrong(std::string what) {
    report_.violations.push_back(std::move(what));
    return false;
  }
  bool Good() const { return report_.violations.empty(); }

  bool Begin() {
    upgrades_.Begin();
    for (int i = 0; i < mix_.first_nodes; ++i) {
      if (Status status = cluster_.Start(i); !status.ok()) {
        return Wrong(fmt::format("node {} does not start at first: {}", i, status.ToString()));
      }
    }
    if (Status status = workload_.Prepare(); !status.ok()) {
      return Wrong("the tables cannot be made: " + status.ToString());
    }
    workload_.Start();
    return true;
  }

  // One slice of time, with everything that has to be looked at between steps.
  void Slice(Duration slice) {
    cluster_.world().RunFor(slice);
    faults_.Tend();
    upgrades_.Tend();
    for (std::string& what : upgrades_.TakeViolations()) Wrong(std::move(what));
    workload_.NoticeCrashes();
    for (std::string& what : CheckLeases(cluster_)) Wrong(std::move(what));
    if (cluster_.world().Now() < compare_) return;
    compare_ = cluster_.world().Now() + kCompareEvery;
    Compare();
  }
  void Compare() {
    for (std::string& what : CompareStates(cluster_, &states_)) Wrong(std::move(what));
  }

  template <typename Condition>
  bool SliceUntil(const Condition& condition, Duration within) {
    const MonotonicTime end = cluster_.world().Now() + within;
    while (!condition()) {
      if (cluster_.world().Now() >= end || !Good()) return false;
      Slice(kSlice);
    }
    return true;
  }

  bool Harm() {
    const MonotonicTime end = cluster_.world().Now() + length_;
    while (cluster_.world().Now() < end && Good()) Slice(kSlice);
    return Good();
  }

  std::vector<int> Without() const {
    std::vector<int> without;
    for (int i = 0; i < cluster_.size(); ++i) {
      if (faults_.IsRotten(i)) without.push_back(i);
    }
    return without;
  }

  // The liveness phase: everything heals, and all that clients and nodes have begun ends.
  bool Finish() {
    faults_.Heal();
    upgrades_.Stop();
    const auto serve = [this] {
      for (int i = 0; i < cluster_.size(); ++i) {
        if (!cluster_.HasJoined(i) || faults_.IsRotten(i)) continue;
        if (!cluster_.IsUp(i) || !cluster_.IsServing(i)) return false;
      }
      return true;
    };
    if (!SliceUntil(serve, kServeWithin)) return !Good() || Wrong("not all nodes serve again");
    const uint64_t before = workload_.done();
    SliceUntil([] { return false; }, kGoOn);
    if (Good() && workload_.done() < before + kLeast) {
      Wrong("clients do not get on after everything has healed");
    }
    workload_.Stop();
    if (!SliceUntil([this] { return workload_.idle(); }, kEndWithin)) {
      return !Good() || Wrong("clients wait for ever");
    }
    const std::vector<int> without = Without();
    if (!SliceUntil([&] { return !Unsettled(cluster_, without); }, kSettleWithin)) {
      return !Good() || Wrong("no rest after everything has healed: " +
                              Unsettled(cluster_, without).value_or("it came just now"));
    }
    if (!SliceUntil([&] { return !upgrades_.Unsettled(without); }, kSettleWithin)) {
      return !Good() || Wrong("after everything has healed " +
                              upgrades_.Unsettled(without).value_or("it came just now"));
    }
    // Of a node that stays down the catalog's leader may go on hoping.
    if (without.empty() && !SliceUntil([this] { return HasComeToRest(); }, kSettleWithin)) {
      return !Good() || Wrong("replicas or leaderships go on being moved");
    }
    Compare();
    for (int i = 0; i < cluster_.size() && Good(); ++i) {
      if (!cluster_.IsUp(i)) continue;
      if (Status read = workload_.ReadAll(i); !read.ok()) {
        return Wrong(fmt::format("the last reads through node {}: {}", i, read.ToString()));
      }
    }
    return Good();
  }

  // Everything is as it has been for a while, and as it should be.
  bool HasComeToRest() {
    std::string stand = StandOf(cluster_);
    if (stand != stand_) {
      stand_ = std::move(stand);
      stands_since_ = cluster_.world().Now();
    }
    return cluster_.world().Now() - stands_since_ >= kRest && !Unsettled(cluster_, {});
  }

  void Judge() {
    uint64_t undecided = 0;
    for (const auto& [item, history] : workload_.registers()) {
      const Verdict verdict = CheckLinearizable(history);
      if (verdict.bad()) Wrong(item + ": " + verdict.why);
      if (verdict.kind == Verdict::Kind::kUndecided) ++undecided;
    }
    for (const auto& [item, history] : workload_.counters()) {
      const Verdict verdict = CheckCounter(history);
      if (verdict.bad()) Wrong(item + ": " + verdict.why);
    }
    for (const auto& [item, history] : workload_.sets()) {
      const Verdict verdict = CheckSet(history);
      if (verdict.bad()) Wrong(item + ": " + verdict.why);
    }
    for (const auto* others :
         {&workload_.violations(), &faults_.violations(), &wire_.violations()}) {
      for (const std::string& what : *others) Wrong(what);
    }
    report_.checked["histories"] =
        workload_.registers().size() + workload_.counters().size() + workload_.sets().size();
    report_.checked["undecided histories"] = undecided;
    report_.checked["states compared"] = states_.compared();
    report_.checked["leaders"] = wire_.leaders();
    report_.checked["messages"] = wire_.messages();
  }

  const Mix mix_;
  const Duration length_;
  SimulatedCluster cluster_;
  Workload workload_;
  Faults faults_;
  Upgrades upgrades_;
  WireChecker wire_;
  StateChecker states_;
  Report report_;
  const MonotonicTime began_;
  MonotonicTime compare_;
  std::string stand_;
  MonotonicTime stands_since_;
};

}  // namespace

Report Simulate(uint64_t seed, Duration length) { return Run(seed, length).Take(); }

}  // namespace skerry::simulation
