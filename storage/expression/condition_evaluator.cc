#include <algorithm>

#include "storage/expression/ast.h"
#include "storage/expression/compare.h"
#include "storage/expression/compiler.h"

namespace skerry::expression {
namespace {

using document::AttributeValue;
using document::Item;
using document::Type;

// Recursion is bounded: a tree has at most 300 operators.
class Evaluator {
 public:
  Evaluator(const Tree& tree, const Item& item) : tree_(tree), item_(item) {}

  bool True(NodeId id) const;

 private:
  // The operand's value, or null where it has none. *scratch holds computed values.
  const AttributeValue* Operand(const Node& node, uint32_t i, AttributeValue* scratch) const;
  bool Compare(const Node& node) const;
  bool Between(const Node& node) const;
  bool In(const Node& node) const;
  bool TypeIs(const Node& node) const;

  const Tree& tree_;
  const Item& item_;
};

const AttributeValue* Evaluator::Operand(const Node& parent, uint32_t i,
                                         AttributeValue* scratch) const {
  const Node& node = tree_.nodes[tree_.child(parent, i)];
  switch (node.kind) {
    case NodeKind::kPath:
      return FindPath(tree_.path(node), item_);
    case NodeKind::kValue:
      return &tree_.values[node.first];
    case NodeKind::kOperation:
      break;
  }
  // size is the only function that is an operand.
  AttributeValue inner;
  const AttributeValue* value = Operand(node, 0, &inner);
  const std::optional<size_t> size = value == nullptr ? std::nullopt : SizeOf(*value);
  if (!size.has_value()) return nullptr;
  *scratch = AttributeValue::N(document::Number::FromInt(static_cast<int64_t>(*size)));
  return scratch;
}

bool Evaluator::Compare(const Node& node) const {
  AttributeValue left_scratch;
  AttributeValue right_scratch;
  const AttributeValue* left = Operand(node, 0, &left_scratch);
  const AttributeValue* right = Operand(node, 1, &right_scratch);
  const bool both = left != nullptr && right != nullptr;
  if (node.op == Operator::kEqual) return both && *left == *right;
  // Unlike the other comparators, <> holds where an operand is missing.
  if (node.op == Operator::kNotEqual) return !both || !(*left == *right);
  if (!both) return false;
  const std::optional<std::strong_ordering> order = Order(*left, *right);
  if (!order.has_value()) return false;
  switch (node.op) {
    case Operator::kLess:
      return *order < 0;
    case Operator::kLessOrEqual:
      return *order <= 0;
    case Operator::kGreater:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

bool Evaluator::Between(const Node& node) const {
  AttributeValue scratch[3];
  const AttributeValue* value = Operand(node, 0, &scratch[0]);
  const AttributeValue* lower = Operand(node, 1, &scratch[1]);
  const AttributeValue* upper = Operand(node, 2, &scratch[2]);
  if (value == nullptr || lower == nullptr || upper == nullptr) return false;
  const auto above = Order(*value, *lower);
  const auto below = Order(*value, *upper);
  return above.has_value() && below.has_value() && *above >= 0 && *below <= 0;
}

bool Evaluator::In(const Node& node) const {
  AttributeValue value_scratch;
  const AttributeValue* value = Operand(node, 0, &value_scratch);
  if (value == nullptr) return false;
  for (uint32_t i = 1; i < node.count; ++i) {
    AttributeValue scratch;
    const AttributeValue* candidate = Operand(node, i, &scratch);
    if (candidate != nullptr && *candidate == *value) return true;
  }
  return false;
}

bool Evaluator::TypeIs(const Node& node) const {
  AttributeValue scratch;
  const AttributeValue* value = Operand(node, 0, &scratch);
  AttributeValue name_scratch;
  const AttributeValue* name = Operand(node, 1, &name_scratch);
  return value != nullptr && document::TypeName(value->type()) == name->string();
}

bool Evaluator::True(NodeId id) const {
  const Node& node = tree_.nodes[id];
  AttributeValue first_scratch;
  AttributeValue second_scratch;
  switch (node.op) {
    case Operator::kAnd:
      return True(tree_.child(node, 0)) && True(tree_.child(node, 1));
    case Operator::kOr:
      return True(tree_.child(node, 0)) || True(tree_.child(node, 1));
    case Operator::kNot:
      return !True(tree_.child(node, 0));
    case Operator::kBetween:
      return Between(node);
    case Operator::kIn:
      return In(node);
    case Operator::kAttributeExists:
      return Operand(node, 0, &first_scratch) != nullptr;
    case Operator::kAttributeNotExists:
      return Operand(node, 0, &first_scratch) == nullptr;
    case Operator::kAttributeType:
      return TypeIs(node);
    case Operator::kBeginsWith:
    case Operator::kContains: {
      const AttributeValue* whole = Operand(node, 0, &first_scratch);
      const AttributeValue* part = Operand(node, 1, &second_scratch);
      if (whole == nullptr || part == nullptr) return false;
      return node.op == Operator::kContains ? Contains(*whole, *part) : BeginsWith(*whole, *part);
    }
    default:
      return Compare(node);
  }
}

}  // namespace

Result<bool> Evaluate(const Condition& condition, const Item* item) {
  if (condition.root == kNoNode) return true;
  static const Item kNoAttributes;
  return Evaluator(condition.tree, item == nullptr ? kNoAttributes : *item).True(condition.root);
}

}  // namespace skerry::expression
