#include "server/catalog/levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/planted_bug.h"

namespace skerry::catalog {
namespace {

using proto::catalog::v1::NODE_STATE_DRAINING;
using proto::catalog::v1::NODE_STATE_REMOVED;
using proto::catalog::v1::NodeLevels;

const NodeLevels* Find(const ClusterRecord& cluster, NodeId node) {
  for (const NodeLevels& levels : cluster.node_levels()) {
    if (NodeId(levels.node()) == node) return &levels;
  }
  return nullptr;
}

// All that may take part: those with a record, and those that were let in and have none yet.
std::set<NodeId> Members(const View& view) {
  std::set<NodeId> members;
  for (const auto& [id, node] : view.nodes) members.insert(id);
  for (const NodeLevels& levels : view.cluster.node_levels()) members.emplace(levels.node());
  for (const auto& admission : view.cluster.admissions()) members.emplace(admission.node());
  std::erase_if(members, [&view](NodeId id) {
    const auto found = view.nodes.find(id);
    return found != view.nodes.end() && found->second.record.state() == NODE_STATE_REMOVED;
  });
  return members;
}

bool IsSplit(const TableRecord& record) {
  return record.split_partitions_size() > 0 ||
         std::any_of(record.partitions().begin(), record.partitions().end(),
                     [](const auto& partition) { return partition.has_split(); });
}

std::string TextOf(LevelRange spoken) {
  if (spoken.oldest == spoken.newest) return fmt::format("version {}", spoken.newest);
  return fmt::format("versions {} to {}", spoken.oldest, spoken.newest);
}

bool OnItsWayBack(const ClusterRecord& cluster) {
  return UsableLevel(cluster) < ActiveLevel(cluster);
}

// The level that is aimed at while nobody has to come back: what all speak, bounded by the hold.
FeatureLevel Aim(const View& view) {
  FeatureLevel aim = kNewestLevel;
  for (const NodeId id : Members(view)) {
    if (Planted(PlantedBug::kLevelRaisedEarly)) continue;
    aim = std::min(aim, SpokenBy(view.cluster, id).newest);
  }
  if (view.cluster.level_hold() != 0) aim = std::min(aim, view.cluster.level_hold());
  return aim;
}

}  // namespace

FeatureLevel ActiveLevel(const ClusterRecord& cluster) {
  return std::max<FeatureLevel>(cluster.level(), 1);
}

FeatureLevel UsableLevel(const ClusterRecord& cluster) {
  const FeatureLevel level = ActiveLevel(cluster);
  return cluster.level_hold() == 0 ? level : std::min<FeatureLevel>(level, cluster.level_hold());
}

LevelRange SpokenBy(const ClusterRecord& cluster, NodeId node) {
  const NodeLevels* levels = Find(cluster, node);
  if (levels == nullptr) return {1, 1};
  return {std::max<FeatureLevel>(levels->oldest(), 1), std::max<FeatureLevel>(levels->newest(), 1)};
}

bool SetSpoken(NodeId node, LevelRange spoken, FeatureLevel back_at, ClusterRecord* cluster) {
  NodeLevels wanted;
  wanted.set_node(node.value);
  wanted.set_oldest(spoken.oldest);
  wanted.set_newest(spoken.newest);
  wanted.set_back_at(back_at);
  for (NodeLevels& levels : *cluster->mutable_node_levels()) {
    if (NodeId(levels.node()) != node) continue;
    const bool same = levels.oldest() == wanted.oldest() && levels.newest() == wanted.newest() &&
                      levels.back_at() == wanted.back_at();
    if (!same) levels = std::move(wanted);
    return !same;
  }
  *cluster->add_node_levels() = std::move(wanted);
  return true;
}

Status CheckSpeaks(const ClusterRecord& cluster, LevelRange spoken) {
  const FeatureLevel level = ActiveLevel(cluster);
  if (spoken.Has(level)) return OkStatus();
  if (level > spoken.newest) {
    return FailedPrecondition(fmt::format(
        "the cluster is at version {}, and this program, as it was started, speaks {}: start a "
        "newer one, without --pin-version, or take the cluster back before with `skerry cluster "
        "version --hold {}`",
        level, TextOf(spoken), spoken.newest));
  }
  return FailedPrecondition(fmt::format(
      "the cluster is at version {}, and this program speaks {}: start an older one, and a newer "
      "one once all nodes have that (see `skerry cluster version`)",
      level, TextOf(spoken)));
}

std::vector<std::string> LevelWaitsFor(const View& view) {
  std::vector<std::string> waits;
  const ClusterRecord& cluster = view.cluster;
  const FeatureLevel usable = UsableLevel(cluster);
  if (!OnItsWayBack(cluster)) {
    const FeatureLevel aim = cluster.level_hold() == 0 ? kNewestLevel : cluster.level_hold();
    for (const NodeId id : Members(view)) {
      const LevelRange spoken = SpokenBy(cluster, id);
      if (ActiveLevel(cluster) < aim && spoken.newest < aim) {
        waits.push_back(fmt::format("node {} speaks {}", id.value, TextOf(spoken)));
      }
    }
    return waits;
  }
  for (const auto& [id, node] : view.nodes) {
    if (usable < LevelOf(Feature::kDrains) && node.record.state() == NODE_STATE_DRAINING) {
      waits.push_back(fmt::format("node {} is draining", id.value));
    }
  }
  for (const auto& [key, table] : view.tables) {
    if (usable < LevelOf(Feature::kSplits) && IsSplit(table->record)) {
      waits.push_back(fmt::format("a partition of table {} is being split", table->record.name()));
    }
  }
  for (const auto& [id, node] : view.nodes) {
    if (node.record.state() == NODE_STATE_REMOVED) continue;
    const NodeLevels* levels = Find(cluster, id);
    const bool back = levels != nullptr && levels->back_at() != 0 && levels->back_at() <= usable;
    if (!back) waits.push_back(fmt::format("node {} has not come back to it yet", id.value));
  }
  return waits;
}

std::optional<FeatureLevel> NextLevel(const View& view) {
  const ClusterRecord& cluster = view.cluster;
  if (view.cluster_version == 0) return std::nullopt;
  if (OnItsWayBack(cluster)) {
    if (!LevelWaitsFor(view).empty() && !Planted(PlantedBug::kLevelLoweredEarly)) {
      return std::nullopt;
    }
    return UsableLevel(cluster);
  }
  const FeatureLevel aim = Aim(view);
  if (aim <= ActiveLevel(cluster)) return std::nullopt;
  for (const NodeId id : Members(view)) {
    if (SpokenBy(cluster, id).oldest > aim) return std::nullopt;
  }
  return aim;
}

Status CheckHold(const View& view, FeatureLevel level) {
  if (level < kOldestLevel || level > kNewestLevel) {
    return InvalidArgument(
        fmt::format("this node's program speaks versions {} to {}", kOldestLevel, kNewestLevel));
  }
  for (const NodeId id : Members(view)) {
    const LevelRange spoken = SpokenBy(view.cluster, id);
    if (spoken.oldest > level) {
      return FailedPrecondition(fmt::format("node {} speaks {}: give it an older program first",
                                            id.value, TextOf(spoken)));
    }
  }
  if (level >= LevelOf(Feature::kDrains)) return OkStatus();
  for (const auto& [id, node] : view.nodes) {
    if (node.record.state() == NODE_STATE_DRAINING) {
      return FailedPrecondition(fmt::format(
          "node {} is draining, which version {} does not know: remove it or undrain it first",
          id.value, level));
    }
  }
  return OkStatus();
}

}  // namespace skerry::catalog
