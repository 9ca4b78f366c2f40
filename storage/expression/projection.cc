#include <algorithm>
#include <optional>
#include <set>

#include "storage/expression/ast.h"
#include "storage/expression/compiler.h"

namespace skerry::expression {
namespace {

using document::AttributeMap;
using document::AttributeValue;
using document::Item;
using document::List;
using document::Type;

// Paths that share their first `depth` elements, sorted: those with the same next element are
// neighbours. Recursion is as deep as paths are long: 32.
class Projector {
 public:
  explicit Projector(const Projection& projection) : projection_(projection) {}

  Item TopLevel(const Item& item) const {
    Item result;
    ForEachGroup(0, projection_.paths.size(), 0,
                 [&](size_t begin, size_t end, const PathElement& element) {
                   const AttributeValue* value = item.Find(element.name);
                   if (value == nullptr) return;
                   std::optional<AttributeValue> part = Part(begin, end, 1, *value);
                   if (part.has_value()) result.Set(element.name, *std::move(part));
                 });
    return result;
  }

 private:
  PathView Path(size_t i) const { return projection_.tree.path(projection_.paths[i]); }

  template <typename F>
  void ForEachGroup(size_t begin, size_t end, size_t depth, const F& visit) const {
    for (size_t i = begin; i < end;) {
      const PathElement& element = Path(i)[depth];
      size_t next = i + 1;
      while (next < end && Path(next)[depth] == element) ++next;
      visit(i, next, element);
      i = next;
    }
  }

  // What paths [begin, end) select of a value that stands behind their first `depth` elements.
  std::optional<AttributeValue> Part(size_t begin, size_t end, size_t depth,
                                     const AttributeValue& value) const {
    if (Path(begin).size == depth) return value;
    const bool by_index = Path(begin)[depth].is_index;
    if (by_index != value.is(Type::kList) || (!by_index && !value.is(Type::kMap))) {
      return std::nullopt;
    }
    List list;
    AttributeMap map;
    ForEachGroup(begin, end, depth, [&](size_t first, size_t last, const PathElement& element) {
      if (by_index && element.index >= value.list().size()) return;
      const AttributeValue* child =
          by_index ? &value.list()[element.index] : value.map().Find(element.name);
      if (child == nullptr) return;
      std::optional<AttributeValue> part = Part(first, last, depth + 1, *child);
      if (!part.has_value()) return;
      if (by_index) {
        list.push_back(*std::move(part));
      } else {
        map.Set(element.name, *std::move(part));
      }
    });
    if (list.empty() && map.empty()) return std::nullopt;
    return by_index ? AttributeValue::L(std::move(list)) : AttributeValue::M(std::move(map));
  }

  const Projection& projection_;
};

bool ElementBefore(const PathElement& a, const PathElement& b) {
  return a.is_index && b.is_index ? a.index < b.index : a.name < b.name;
}

}  // namespace

void SortPaths(Projection* projection) {
  const Tree& tree = projection->tree;
  std::sort(projection->paths.begin(), projection->paths.end(), [&](NodeId a, NodeId b) {
    const PathView one = tree.path(a);
    const PathView two = tree.path(b);
    return std::lexicographical_compare(one.begin(), one.end(), two.begin(), two.end(),
                                        ElementBefore);
  });
}

Item Project(const Projection& projection, const Item& item) {
  return Projector(projection).TopLevel(item);
}

std::vector<std::string> TopLevelNames(const Projection& projection) {
  std::vector<std::string> names;
  for (NodeId path : projection.paths) {
    const std::string& name = projection.tree.path(path)[0].name;
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  return names;
}

std::vector<std::string> TopLevelNames(const Condition& condition) {
  std::set<std::string> names;
  for (const Node& node : condition.tree.nodes) {
    if (node.kind == NodeKind::kPath) names.insert(condition.tree.path(node)[0].name);
  }
  return {names.begin(), names.end()};
}

}  // namespace skerry::expression
