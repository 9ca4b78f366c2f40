#pragma once

#include <map>

#include "base/clock.h"
#include "base/strong.h"
#include "server/catalog/placement.h"

namespace skerry::catalog {

// For how long nodes have been away, as the catalog's leader sees it. A node that was away is back
// once it was heard of for as long as it had been away, ten seconds at most: one that comes and
// goes gets nothing meanwhile. Single-threaded.
class NodeWatch {
 public:
  // Zero: nobody is ever taken for dead.
  explicit NodeWatch(Duration replace_dead_after) : replace_dead_after_(replace_dead_after) {}

  // What is heard of the node at this moment. Often.
  void Look(MonotonicTime now, NodeId node, bool heard);
  // Fills in who is away, gone and dead.
  void Tell(MonotonicTime now, Situation* situation) const;
  // What was seen is old.
  void Forget() { seen_.clear(); }

 private:
  struct Seen {
    bool away = false;
    bool heard = true;
    MonotonicTime away_since;
    MonotonicTime changed;  // since when it is heard, or is not
  };
  const Duration replace_dead_after_;
  std::map<NodeId, Seen> seen_;
};

}  // namespace skerry::catalog
