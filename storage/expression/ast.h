#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/document/attribute_value.h"

// Syntax trees of all expressions: nodes in one vector, children before their parents, so that a
// walk over the vector visits operands before operators and needs no stack.

namespace skerry::expression {

enum class Operator : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBetween,
  kIn,
  kAnd,
  kOr,
  kNot,
  kPlus,
  kMinus,
  kAttributeExists,
  kAttributeNotExists,
  kAttributeType,
  kBeginsWith,
  kContains,
  kSize,
  kIfNotExists,
  kListAppend,
  kUnknownFunction,
};

// As written in an expression and in messages: "=", "BETWEEN", "begins_with".
std::string_view OperatorName(Operator op);
bool IsFunction(Operator op);
// By its exact name; kUnknownFunction for others.
Operator FunctionByName(std::string_view name);

using NodeId = uint32_t;
inline constexpr NodeId kNoNode = UINT32_MAX;

enum class NodeKind : uint8_t {
  kPath,       // first, count: its elements
  kValue,      // first: its value
  kOperation,  // first, count: its operands in `children`
};

struct Node {
  NodeKind kind = NodeKind::kValue;
  Operator op = Operator::kEqual;
  uint16_t types = 0;  // bit per document::Type that the node's value may have
  uint32_t first = 0;
  uint32_t count = 0;
  uint32_t offset = 0;  // of the placeholder or function name in the text
  uint32_t length = 0;
};

// One step of a document path: a name, or an index into a list.
struct PathElement {
  std::string name;
  uint32_t index = 0;
  bool is_index = false;

  bool operator==(const PathElement&) const = default;
};

// A part of a Tree's elements.
struct PathView {
  const PathElement* data = nullptr;
  size_t size = 0;

  const PathElement* begin() const { return data; }
  const PathElement* end() const { return data + size; }
  const PathElement& operator[](size_t i) const { return data[i]; }
  PathView First(size_t n) const { return {data, n}; }
};
bool operator==(const PathView& a, const PathView& b);

// "[a, [0], b]", as messages show paths.
std::string PathText(const PathView& path);

// The value that a path names, or null.
const document::AttributeValue* FindPath(const PathView& path, const document::Item& item);

// A tree whose names and values are resolved; what evaluators work on. Immutable once compiled.
struct Tree {
  std::vector<Node> nodes;
  std::vector<NodeId> children;
  std::vector<PathElement> elements;
  std::vector<document::AttributeValue> values;

  PathView path(const Node& node) const { return {elements.data() + node.first, node.count}; }
  PathView path(NodeId id) const { return path(nodes[id]); }
  NodeId child(const Node& node, uint32_t i) const { return children[node.first + i]; }

  // Building by hand (legacy parameters).
  NodeId AddPath(std::string name);
  NodeId AddValue(document::AttributeValue value);
  NodeId AddOperation(Operator op, const std::vector<NodeId>& operands);
};

enum class Section : uint8_t { kSet, kRemove, kAdd, kDelete };
std::string_view SectionName(Section section);

struct UpdateAction {
  Section section = Section::kSet;
  NodeId path = kNoNode;
  NodeId value = kNoNode;  // none for kRemove
};

class Condition {
 public:
  Tree tree;
  NodeId root = kNoNode;  // none: always true
};

class Update {
 public:
  Tree tree;
  std::vector<UpdateAction> actions;  // in the order in which the service finds their faults
  // AttributeUpdates: its faults of type are told in other words than an expression's.
  bool legacy = false;
};

class Projection {
 public:
  Tree tree;
  std::vector<NodeId> paths;  // sorted by SortPaths
};

// Brings paths that share a beginning together, list indexes ascending.
void SortPaths(Projection* projection);

}  // namespace skerry::expression
