#include "storage/expression/path_overlap.h"

#include <algorithm>

#include "storage/expression/messages.h"

namespace skerry::expression {

Status PathOverlap::Compare(const PathView& added, const PathView& other) const {
  const size_t shorter = std::min(added.size, other.size);
  for (size_t i = 0; i < shorter; ++i) {
    if (added[i].is_index != other[i].is_index) {
      return InvalidArgument(messages::PathsConflict(PathText(added), PathText(other)));
    }
    if (added[i] != other[i]) return OkStatus();
  }
  return InvalidArgument(messages::PathsOverlap(PathText(added), PathText(other)));
}

Status PathOverlap::Add(NodeId path) {
  for (NodeId other : paths_) {
    SKERRY_RETURN_IF_ERROR(Compare(tree_.path(path), tree_.path(other)));
  }
  paths_.push_back(path);
  return OkStatus();
}

}  // namespace skerry::expression
