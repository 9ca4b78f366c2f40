// The cluster's feature level on one node: what it reports, what it follows, and, by the catalog's
// leader and the operator, how the level rises and falls (docs/adr/0010).

#include <string>
#include <utility>

#include "base/log.h"
#include "server/catalog/catalog.h"
#include "server/catalog/levels.h"
#include "server/catalog/store_items.h"

namespace skerry::catalog {

bool Catalog::May(Feature feature) const {
  return (alone() || level_known_) && replicas_.host().level().Has(feature);
}

Status Catalog::CheckLevel() const {
  if (alone() || view()->cluster_version == 0) return OkStatus();
  return CheckSpeaks(view()->cluster, options_.speaks);
}

// After each change of the view. Until this node knows that its view is no older than its process,
// and has said what it speaks, it may have missed that the cluster is on its way back: it uses
// nothing that some program might not know (HostOptions::level_is_provisional).
void Catalog::FollowLevel() {
  if (!alone() && !level_known_) return;
  FeatureLevel usable = options_.speaks.newest;
  if (!alone()) usable = std::min(usable, UsableLevel(view()->cluster));
  const FeatureLevel before = replicas_.host().level().level();
  replicas_.host().SetLevel(usable);
  if (alone() || usable == before) return;
  LogInfo("the cluster's version that this node goes by is another one",
          {{"before", std::to_string(before)}, {"now", std::to_string(usable)}});
}

// A view that this node cannot go on with: it was removed, or left behind. What a node has on its
// disk may be a level that the cluster has come back from meanwhile: that is not looked at.
void Catalog::LookWhetherFit() {
  if (alone() || unfit_ || loading_) return;
  const std::optional<NodeRecord> own = OwnRecord();
  Status status = refreshed_ ? CheckLevel() : OkStatus();
  if (own && own->state() == proto::catalog::v1::NODE_STATE_REMOVED) {
    status = FailedPrecondition(
        "this node was removed from the cluster: with an empty data directory it joins as another "
        "one");
  }
  unfit_ = !status.ok();
  if (unfit_ && options_.cluster->on_unfit) options_.cluster->on_unfit(status);
}

// Nothing of what is above the level is under way here, and nothing of it is in a log that this
// node has: it is only the parents of splits that have commands of level 2 in theirs.
bool Catalog::IsBackAt(FeatureLevel level) const {
  if (!replicas_.host().HasFollowedLevel() || plans_under_way_ > 0) return false;
  if (level >= LevelOf(Feature::kSplits)) return true;
  std::set<GroupId> served;
  for (const auto& [key, table] : view()->tables) {
    if (table->record.split_partitions_size() > 0) return false;
    for (const auto& partition : table->record.partitions()) {
      if (partition.has_split()) return false;
      served.emplace(partition.group());
    }
  }
  for (const auto& [key, replicas] : here_) {
    for (const auto& [group, here] : replicas) {
      if (!served.contains(group) || here.replica->seal()) return false;
    }
  }
  return true;
}

// What this node's program speaks, and whether it is back at a level that the operator wants; in
// the same record as the level, so that it cannot rise meanwhile. kAborted: the record has changed.
Task<Status> Catalog::ReportLevels() {
  if (view()->cluster_version == 0) co_return OkStatus();
  ClusterRecord cluster = view()->cluster;
  if (Status fit = CheckSpeaks(cluster, options_.speaks); !fit.ok()) co_return fit;
  const FeatureLevel usable = UsableLevel(cluster);
  const bool goes_back = usable < ActiveLevel(cluster);
  const FeatureLevel back_at = goes_back && level_known_ && IsBackAt(usable) ? usable : 0;
  if (!SetSpoken(self(), options_.speaks, back_at, &cluster)) co_return OkStatus();
  const Result<partition::WriteResult> written =
      co_await partitions_.Write(location_, PutCluster(cluster, view()->cluster_version));
  if (written.ok() && written->condition_failed) co_return Aborted("the record has changed");
  co_return written.status();
}

// By the catalog's leader. The levels that the nodes have reported stand in the record that is
// changed, so that none of them can have become another one since it was looked at.
Task<Status> Catalog::TendToLevel() {
  const std::shared_ptr<const View> seen = view();
  const std::optional<FeatureLevel> next = NextLevel(*seen);
  if (!next) co_return OkStatus();
  ClusterRecord cluster = seen->cluster;
  cluster.set_level(*next);
  for (auto& levels : *cluster.mutable_node_levels()) levels.clear_back_at();
  const Result<partition::WriteResult> written =
      co_await partitions_.Write(location_, PutCluster(cluster, seen->cluster_version));
  if (written.ok() && !written->condition_failed) {
    LogInfo(
        "the cluster's version changes",
        {{"before", std::to_string(ActiveLevel(seen->cluster))}, {"now", std::to_string(*next)}});
  }
  co_return written.status();
}

Task<Status> Catalog::HoldLevel(FeatureLevel level) {
  if (alone()) co_return FailedPrecondition("this node is in no cluster");
  co_await SwitchTo(home());
  while (true) {
    Status fresh = co_await Refresh();
    co_await SwitchTo(home());
    if (!fresh.ok()) co_return fresh;
    const std::shared_ptr<const View> now = view();
    if (level != 0) fresh = CheckHold(*now, level);
    if (!fresh.ok()) co_return fresh;
    ClusterRecord cluster = now->cluster;
    if (cluster.level_hold() == level) co_return OkStatus();
    cluster.set_level_hold(level);
    // What was said of another hold says nothing of this one.
    for (auto& levels : *cluster.mutable_node_levels()) levels.clear_back_at();
    const Result<partition::WriteResult> written =
        co_await partitions_.Write(location_, PutCluster(cluster, now->cluster_version));
    co_await SwitchTo(home());
    if (!written.ok()) co_return written.status();
    if (!written->condition_failed) co_return OkStatus();
  }
}

}  // namespace skerry::catalog
