#include "server/catalog/node_watch.h"

#include <algorithm>

namespace skerry::catalog {
namespace {

constexpr Duration kBackForMax = std::chrono::seconds(10);
constexpr Duration kGoneAfter = std::chrono::seconds(30);

}  // namespace

void NodeWatch::Look(MonotonicTime now, NodeId node, bool heard) {
  Seen& seen = seen_[node];
  if (seen.heard != heard) seen.changed = now;
  seen.heard = heard;
  if (!heard) {
    if (!seen.away) seen.away_since = now;
    seen.away = true;
  } else if (seen.away) {
    const Duration was_away = seen.changed - seen.away_since;
    if (now - seen.changed >= std::min(was_away, kBackForMax)) seen.away = false;
  }
}

void NodeWatch::Tell(MonotonicTime now, Situation* situation) const {
  const bool replaces = replace_dead_after_ > Duration::zero();
  const Duration gone_after = replaces ? std::min(kGoneAfter, replace_dead_after_) : kGoneAfter;
  for (const auto& [node, seen] : seen_) {
    if (!seen.away) continue;
    situation->away.insert(node);
    const Duration away_for = now - seen.away_since;
    if (away_for >= gone_after) situation->gone.insert(node);
    if (replaces && away_for >= replace_dead_after_) situation->dead.insert(node);
  }
}

}  // namespace skerry::catalog
