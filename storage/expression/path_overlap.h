#pragma once

#include <vector>

#include "base/status.h"
#include "storage/expression/ast.h"

namespace skerry::expression {

// Fails, without "Invalid ...: ", if one path is another or contains it, or if two paths need the
// same place to be a list and a map. Paths are taken last to first, as the service does: of several
// faults that order decides which is told. Borrows the tree.
class PathOverlap {
 public:
  explicit PathOverlap(const Tree& tree) : tree_(tree) {}

  Status Add(NodeId path);

 private:
  Status Compare(const PathView& added, const PathView& other) const;

  const Tree& tree_;
  std::vector<NodeId> paths_;
};

}  // namespace skerry::expression
