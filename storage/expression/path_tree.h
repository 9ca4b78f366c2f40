#pragma once

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "storage/expression/ast.h"

namespace skerry::expression {

// The paths that an expression writes or selects, by their common beginnings. Borrows the tree.
class PathTree {
 public:
  explicit PathTree(const Tree& tree) : tree_(tree), branches_(1) {}

  // Fails, without "Invalid ...: ", if the path is, contains or is contained in one that is there
  // (an overlap), or needs a list where another needs a map (a conflict).
  Status Add(NodeId path);

  // The order in which the service visits the paths, which depends on that of adding (it adds the
  // last of the text first): in it the first fault of an update's evaluation is found.
  std::vector<NodeId> InServiceOrder() const;

 private:
  struct Branch {
    const PathElement* element = nullptr;
    uint32_t hash = 0;
    NodeId path = kNoNode;  // of a leaf
    std::vector<uint32_t> children;
  };

  static uint32_t Hash(const PathElement& element);
  // The child of that element, or 0.
  uint32_t FindChild(const Branch& branch, const PathElement& element, uint32_t hash) const;
  std::vector<uint32_t> OrderedChildren(const Branch& branch) const;
  // The path that the service names as the other one: the first below a branch, whichever it is.
  NodeId FirstBelow(const Branch& branch) const;

  const Tree& tree_;
  std::vector<Branch> branches_;  // the root first
};

}  // namespace skerry::expression
