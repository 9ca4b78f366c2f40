#include "storage/expression/path_tree.h"

#include <algorithm>

#include "storage/expression/messages.h"
#include "storage/expression/service_order.h"

namespace skerry::expression {

// A path element's hash is a constant less its name's or index's own; of the constant all bits that
// can be seen through an expression of 4 KB are known.
uint32_t PathTree::Hash(const PathElement& element) {
  return 8334 - (element.is_index ? element.index : JavaHash(element.name));
}

uint32_t PathTree::FindChild(const Branch& branch, const PathElement& element,
                             uint32_t hash) const {
  for (uint32_t child : branch.children) {
    if (branches_[child].hash == hash && *branches_[child].element == element) return child;
  }
  return 0;
}

std::vector<uint32_t> PathTree::OrderedChildren(const Branch& branch) const {
  std::vector<uint32_t> children = branch.children;
  const size_t capacity = JavaCapacityGrown(children.size());
  std::stable_sort(children.begin(), children.end(), [&](uint32_t a, uint32_t b) {
    return JavaBucket(branches_[a].hash, capacity) < JavaBucket(branches_[b].hash, capacity);
  });
  return children;
}

NodeId PathTree::FirstBelow(const Branch& branch) const {
  const Branch* below = &branch;
  while (!below->children.empty()) below = &branches_[OrderedChildren(*below).front()];
  return below->path;
}

Status PathTree::Add(NodeId id) {
  const PathView path = tree_.path(id);
  uint32_t at = 0;
  for (size_t i = 0; i < path.size; ++i) {
    const Branch& branch = branches_[at];
    const PathElement& element = path[i];
    if (!branch.children.empty() &&
        branches_[branch.children[0]].element->is_index != element.is_index) {
      return InvalidArgument(
          messages::PathsConflict(PathText(path), PathText(tree_.path(FirstBelow(branch)))));
    }
    const uint32_t hash = Hash(element);
    const bool last = i + 1 == path.size;
    uint32_t child = FindChild(branch, element, hash);
    if (child != 0 && (last || branches_[child].path != kNoNode)) {
      return InvalidArgument(
          messages::PathsOverlap(PathText(path), PathText(tree_.path(FirstBelow(branch)))));
    }
    if (child == 0) {
      child = static_cast<uint32_t>(branches_.size());
      branches_[at].children.push_back(child);
      branches_.push_back({.element = &element, .hash = hash});
    }
    at = child;
  }
  branches_[at].path = id;
  return OkStatus();
}

std::vector<NodeId> PathTree::InServiceOrder() const {
  std::vector<NodeId> paths;
  std::vector<uint32_t> open = {0};
  while (!open.empty()) {
    const Branch& branch = branches_[open.back()];
    open.pop_back();
    if (branch.path != kNoNode) paths.push_back(branch.path);
    const std::vector<uint32_t> children = OrderedChildren(branch);
    open.insert(open.end(), children.rbegin(), children.rend());
  }
  return paths;
}

}  // namespace skerry::expression
