#include "tests/simulation/upgrades.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "server/catalog/levels.h"

namespace skerry::simulation {
namespace {

using std::chrono::milliseconds;

constexpr Duration kBetweenMax = std::chrono::seconds(12);

}  // namespace

Upgrades::Upgrades(SimulatedCluster& cluster, Versions versions, uint64_t seed,
                   std::function<void(int)> restart)
    : cluster_(cluster), versions_(versions), prng_(seed), restart_(std::move(restart)) {}

void Upgrades::Begin() {
  goes_up_ = versions_ == Versions::kUpgraded;
  goes_down_ = versions_ == Versions::kDowngraded;
  next_ = Soon();
  if (versions_ == Versions::kNew || versions_ == Versions::kDowngraded) return;
  for (int i = 0; i < cluster_.size(); ++i) {
    // The founder's version is the cluster's.
    if (versions_ == Versions::kMixed && i > 0 && prng_.Chance(1, 2)) continue;
    cluster_.Pin(i, kOld);
  }
}

MonotonicTime Upgrades::Soon() {
  return cluster_.world().Now() +
         milliseconds(prng_.Below(std::chrono::duration_cast<milliseconds>(kBetweenMax).count()));
}

std::optional<int> Upgrades::AnyServing() {
  std::vector<int> serving;
  for (int i = 0; i < cluster_.size(); ++i) {
    if (cluster_.IsUp(i) && cluster_.IsServing(i) && !cluster_.IsPaused(i)) serving.push_back(i);
  }
  if (serving.empty()) return std::nullopt;
  return serving[prng_.Below(serving.size())];
}

void Upgrades::Tell(FeatureLevel hold) {
  const std::optional<int> node = AnyServing();
  if (!node) return;
  cluster_.reactor(*node, 0).Post([this, node = *node, hold] {
    Spawn(cluster_.core(node).catalog().HoldLevel(hold), [](const Status&) {});
  });
}

const catalog::ClusterRecord* Upgrades::Known() const {
  const catalog::ClusterRecord* known = nullptr;
  uint64_t version = 0;
  for (int i = 0; i < cluster_.size(); ++i) {
    if (!cluster_.IsUp(i)) continue;
    const auto view = cluster_.core(i).catalog().view();
    if (view->cluster_version <= version) continue;
    version = view->cluster_version;
    known = &view->cluster;  // the node's, until it steps on
  }
  return known;
}

// One node a time gets the other program. One that is down has it when it starts.
void Upgrades::ChangeOne(FeatureLevel newest) {
  std::vector<int> others;
  for (int i = 0; i < cluster_.size(); ++i) {
    if (cluster_.speaks(i).newest != newest) others.push_back(i);
  }
  if (others.empty()) {
    goes_up_ = std::exchange(goes_down_, false) && prng_.Chance(2, 3);
    return;
  }
  const int node = others[prng_.Below(others.size())];
  cluster_.Pin(node, newest);
  ++restarts_;
  if (cluster_.IsUp(node)) restart_(node);
}

void Upgrades::Tend() {
  if (stopped_ || !(goes_up_ || goes_down_) || cluster_.world().Now() < next_) return;
  next_ = Soon();
  const catalog::ClusterRecord* cluster = Known();
  if (cluster == nullptr) return;
  const FeatureLevel wanted = goes_down_ ? kOld : 0;
  if (cluster->level_hold() != wanted) {
    Tell(wanted);
  } else if (goes_up_ || catalog::ActiveLevel(*cluster) == kOld) {
    ChangeOne(goes_up_ ? kNewestLevel : kOld);
  }
}

std::optional<std::string> Upgrades::Unsettled(const std::vector<int>& without) const {
  const catalog::ClusterRecord* cluster = Known();
  if (cluster == nullptr || !without.empty()) return std::nullopt;
  FeatureLevel wanted = cluster->level_hold() == 0 ? kNewestLevel : cluster->level_hold();
  for (int i = 0; i < cluster_.size(); ++i) {
    if (cluster_.HasJoined(i)) wanted = std::min(wanted, cluster_.speaks(i).newest);
  }
  if (catalog::ActiveLevel(*cluster) != wanted) {
    return fmt::format("the cluster is at version {}, not {}", catalog::ActiveLevel(*cluster),
                       wanted);
  }
  for (int i = 0; i < cluster_.size(); ++i) {
    if (!cluster_.IsUp(i)) continue;
    const FeatureLevel level = cluster_.core(i).host().level().level();
    if (level != wanted) return fmt::format("node {} goes by version {}", i, level);
  }
  return std::nullopt;
}

std::vector<std::string> Upgrades::TakeViolations() {
  std::vector<std::string> wrong;
  for (int i = 0; i < cluster_.size(); ++i) {
    if (!cluster_.IsUp(i) || cluster_.core(i).host().level().beyond() == 0) continue;
    if (!reported_.insert(i).second) continue;
    wrong.push_back(fmt::format("node {} was sent what its version does not know", i));
  }
  return wrong;
}

}  // namespace skerry::simulation
