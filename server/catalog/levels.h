#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/feature_level.h"
#include "base/status.h"
#include "server/catalog/table.h"

// The cluster's feature level (base/feature_level.h, docs/adr/0010), as the catalog's records have
// it: what may be used, what each node speaks, and what comes next. Pure functions.

namespace skerry::catalog {

FeatureLevel ActiveLevel(const ClusterRecord& cluster);
// What may be begun: below ActiveLevel while the cluster is on its way back.
FeatureLevel UsableLevel(const ClusterRecord& cluster);

// Level 1 alone if it has said nothing.
LevelRange SpokenBy(const ClusterRecord& cluster, NodeId node);
// What the node says is `spoken`, and back_at; true: the record was another one.
bool SetSpoken(NodeId node, LevelRange spoken, FeatureLevel back_at, ClusterRecord* cluster);

// kFailedPrecondition, with the remedy, if a program that speaks `spoken` cannot take part.
Status CheckSpeaks(const ClusterRecord& cluster, LevelRange spoken);

// What stands between the cluster's level and the one that it is to have, for the operator: each
// node that does not speak it or has not come back yet, splits under way. Empty: nothing, or it has
// that level.
std::vector<std::string> LevelWaitsFor(const View& view);
// What the level should be now, if it is another one: as high as all nodes speak and the operator
// lets it, or back at what the operator wants once everybody has followed.
std::optional<FeatureLevel> NextLevel(const View& view);

// Whether the operator may hold the cluster at `level`; kInvalidArgument and kFailedPrecondition
// say why not.
Status CheckHold(const View& view, FeatureLevel level);

}  // namespace skerry::catalog
