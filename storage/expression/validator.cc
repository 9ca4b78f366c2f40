#include "storage/expression/validator.h"

#include <absl/container/inlined_vector.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "storage/expression/compare.h"
#include "storage/expression/messages.h"
#include "storage/expression/path_tree.h"
#include "storage/expression/reserved_words.h"

namespace skerry::expression {
namespace {

using document::AttributeValue;
using document::Type;

constexpr size_t kMaxOperators = 300;
constexpr size_t kMaxInOperands = 100;
constexpr size_t kMaxPathLevels = 32;
constexpr uint32_t kMaxListIndex = INT32_MAX;

// ---------------------------------------------------------------------------------------------
// First pass

// Where a node stands, which decides the functions that it may be.
enum class Place : uint8_t { kCondition, kConditionOperand, kUpdateValue, kUpdateOperand };

bool IsUpdateFunction(Operator op) {
  return op == Operator::kIfNotExists || op == Operator::kListAppend;
}

Status CheckFunctionPlace(Operator op, std::string_view name, Place place) {
  if (op == Operator::kUnknownFunction) return InvalidArgument(messages::UnknownFunction(name));
  bool misused = false;
  switch (place) {
    case Place::kCondition:
    case Place::kConditionOperand:
      if (IsUpdateFunction(op)) return InvalidArgument(messages::FunctionNotInCondition(name));
      misused = (op == Operator::kSize) != (place == Place::kConditionOperand);
      break;
    case Place::kUpdateValue:
    case Place::kUpdateOperand:
      if (!IsUpdateFunction(op)) return InvalidArgument(messages::FunctionNotInUpdate(name));
      misused = op == Operator::kListAppend && place == Place::kUpdateOperand;
      break;
  }
  if (misused) return InvalidArgument(messages::FunctionMisused(name));
  return OkStatus();
}

Place OperandPlace(Operator op, Place place) {
  if (place == Place::kUpdateValue || place == Place::kUpdateOperand) return Place::kUpdateOperand;
  const bool logical = op == Operator::kAnd || op == Operator::kOr || op == Operator::kNot;
  return logical ? Place::kCondition : Place::kConditionOperand;
}

Status CheckPathForm(const Syntax& syntax, const Node& node) {
  for (uint32_t i = node.first; i < node.first + node.count; ++i) {
    const RawElement& element = syntax.elements[i];
    const std::string_view text = syntax.Text(element.offset, element.length);
    if (element.kind == RawElement::Kind::kName && IsReservedWord(text)) {
      return InvalidArgument(messages::ReservedKeyword(text));
    }
    if (element.kind == RawElement::Kind::kIndex) {
      uint32_t index = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
      if (error != std::errc() || index > kMaxListIndex) {
        return InvalidArgument(messages::ListIndexOutOfRange(text));
      }
    }
  }
  return OkStatus();
}

Status CheckTreeForm(const Syntax& syntax, NodeId root, Place place) {
  absl::InlinedVector<std::pair<NodeId, Place>, 32> open = {{root, place}};
  while (!open.empty()) {
    const auto [id, where] = open.back();
    open.pop_back();
    const Node& node = syntax.nodes[id];
    if (node.kind == NodeKind::kPath) SKERRY_RETURN_IF_ERROR(CheckPathForm(syntax, node));
    if (node.kind != NodeKind::kOperation) continue;
    if (IsFunction(node.op)) {
      SKERRY_RETURN_IF_ERROR(
          CheckFunctionPlace(node.op, syntax.Text(node.offset, node.length), where));
    }
    for (uint32_t i = node.count; i > 0; --i) {
      open.emplace_back(syntax.children[node.first + i - 1], OperandPlace(node.op, where));
    }
  }
  return OkStatus();
}

// ---------------------------------------------------------------------------------------------
// Second pass

constexpr uint16_t Bit(Type type) {
  return static_cast<uint16_t>(1U << static_cast<unsigned>(type));
}
constexpr uint16_t kAnyType = (1U << (static_cast<unsigned>(Type::kMap) + 1)) - 1;
constexpr uint16_t kOrdered = Bit(Type::kString) | Bit(Type::kNumber) | Bit(Type::kBinary);
constexpr uint16_t kSized = kAnyType & ~(Bit(Type::kNumber) | Bit(Type::kBool) | Bit(Type::kNull));

// The types that every operand of `op` must be able to have.
uint16_t AllowedTypes(Operator op) {
  switch (op) {
    case Operator::kLess:
    case Operator::kLessOrEqual:
    case Operator::kGreater:
    case Operator::kGreaterOrEqual:
    case Operator::kBetween:
      return kOrdered;
    case Operator::kPlus:
    case Operator::kMinus:
      return Bit(Type::kNumber);
    case Operator::kBeginsWith:
      return Bit(Type::kString) | Bit(Type::kBinary);
    case Operator::kSize:
      return kSized;
    case Operator::kListAppend:
      return Bit(Type::kList);
    default:
      return kAnyType;
  }
}

uint16_t ResultTypes(Operator op) {
  switch (op) {
    case Operator::kSize:
    case Operator::kPlus:
    case Operator::kMinus:
      return Bit(Type::kNumber);
    case Operator::kListAppend:
      return Bit(Type::kList);
    case Operator::kIfNotExists:
      return kAnyType;
    default:
      return Bit(Type::kBool);
  }
}

size_t FunctionArity(Operator op) {
  switch (op) {
    case Operator::kAttributeExists:
    case Operator::kAttributeNotExists:
    case Operator::kSize:
      return 1;
    default:
      return 2;
  }
}

bool NeedsPath(Operator op) {
  return op == Operator::kAttributeExists || op == Operator::kAttributeNotExists ||
         op == Operator::kIfNotExists;
}

// Whether the operator refuses a first operand that is one of the others.
bool NeedsDistinctOperands(Operator op) {
  switch (op) {
    case Operator::kEqual:
    case Operator::kNotEqual:
    case Operator::kLess:
    case Operator::kLessOrEqual:
    case Operator::kGreater:
    case Operator::kGreaterOrEqual:
    case Operator::kBetween:
    case Operator::kIn:
    case Operator::kAttributeType:
    case Operator::kBeginsWith:
    case Operator::kContains:
    case Operator::kIfNotExists:
      return true;
    default:
      return false;
  }
}

std::string_view MaskTypeName(uint16_t types) {
  for (unsigned i = 0; i <= static_cast<unsigned>(Type::kMap); ++i) {
    if (types == (1U << i)) return document::TypeName(static_cast<Type>(i));
  }
  return messages::AnyTypeSet();
}

// A bound of BETWEEN as its messages show it. Binaries appear as the service's buffer object.
std::string BoundText(const AttributeValue& value) {
  std::string text;
  if (value.is(Type::kNumber)) {
    text = value.number().ToString();
  } else if (value.is(Type::kString)) {
    text = value.string();
  } else if (value.is(Type::kBinary)) {
    text = fmt::format("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", value.binary().size());
  }
  return fmt::format("AttributeValue: {{{}:{}}}", document::TypeName(value.type()), text);
}

bool IsTypeName(std::string_view name) {
  for (unsigned i = 0; i <= static_cast<unsigned>(Type::kMap); ++i) {
    if (name == document::TypeName(static_cast<Type>(i))) return true;
  }
  return false;
}

// Resolves a Syntax into a Tree node by node, in the order asked for.
class Resolver {
 public:
  Resolver(Syntax syntax, Substitutions* substitutions)
      : text_(syntax.text), raw_(std::move(syntax.elements)), substitutions_(substitutions) {
    tree_.nodes = std::move(syntax.nodes);
    tree_.children = std::move(syntax.children);
    tree_.elements.resize(raw_.size());
  }

  // Operands stand before their operators, so ascending order is the service's.
  Status ResolveRange(NodeId first, NodeId last);
  Status ResolveNode(NodeId id);
  const Tree& tree() const { return tree_; }
  Tree TakeTree() { return std::move(tree_); }

 private:
  Status ResolvePath(const Node& node);
  Status ResolveValue(Node* node);
  Status CheckOperation(Node* node);
  Status CheckDistinct(const Node& node) const;
  Status CheckTypeOperand(const Node& node) const;
  Status CheckBetween(const Node& node) const;

  const Node& Operand(const Node& node, uint32_t i) const {
    return tree_.nodes[tree_.child(node, i)];
  }
  const AttributeValue& Value(const Node& node) const { return tree_.values[node.first]; }

  std::string_view text_;
  std::vector<RawElement> raw_;
  Substitutions* substitutions_;
  Tree tree_;
  size_t operators_ = 0;
};

Status Resolver::ResolveRange(NodeId first, NodeId last) {
  for (NodeId id = first; id <= last; ++id) SKERRY_RETURN_IF_ERROR(ResolveNode(id));
  return OkStatus();
}

Status Resolver::ResolveNode(NodeId id) {
  Node& node = tree_.nodes[id];
  switch (node.kind) {
    case NodeKind::kPath:
      node.types = kAnyType;
      return ResolvePath(node);
    case NodeKind::kValue:
      return ResolveValue(&node);
    case NodeKind::kOperation:
      return CheckOperation(&node);
  }
  return OkStatus();
}

Status Resolver::ResolvePath(const Node& node) {
  if (node.count > kMaxPathLevels) return InvalidArgument(messages::PathTooDeep(node.count));
  for (uint32_t i = node.first; i < node.first + node.count; ++i) {
    const RawElement& raw = raw_[i];
    const std::string_view text = text_.substr(raw.offset, raw.length);
    PathElement& element = tree_.elements[i];
    switch (raw.kind) {
      case RawElement::Kind::kName:
        element.name = text;
        break;
      case RawElement::Kind::kPlaceholder: {
        const std::string* name = substitutions_->FindName(text);
        if (name == nullptr) return InvalidArgument(messages::UndefinedName(text));
        element.name = *name;
        break;
      }
      case RawElement::Kind::kIndex:
        element.is_index = true;
        std::from_chars(text.data(), text.data() + text.size(), element.index);
        break;
    }
  }
  return OkStatus();
}

Status Resolver::ResolveValue(Node* node) {
  const std::string_view placeholder = text_.substr(node->offset, node->length);
  const AttributeValue* value = substitutions_->FindValue(placeholder);
  if (value == nullptr) return InvalidArgument(messages::UndefinedValue(placeholder));
  node->first = static_cast<uint32_t>(tree_.values.size());
  node->types = Bit(value->type());
  tree_.values.push_back(*value);
  return OkStatus();
}

Status Resolver::CheckDistinct(const Node& node) const {
  const Node& first = Operand(node, 0);
  if (first.kind != NodeKind::kPath) return OkStatus();
  for (uint32_t i = 1; i < node.count; ++i) {
    const Node& other = Operand(node, i);
    if (other.kind == NodeKind::kPath && tree_.path(first) == tree_.path(other)) {
      return InvalidArgument(
          messages::OperandsNotDistinct(OperatorName(node.op), PathText(tree_.path(first))));
    }
  }
  return OkStatus();
}

// attribute_type: its second operand is the constant name of a type.
Status Resolver::CheckTypeOperand(const Node& node) const {
  const Node& operand = Operand(node, 1);
  if (operand.types != Bit(Type::kString)) {
    return InvalidArgument(
        messages::OperandType(OperatorName(node.op), MaskTypeName(operand.types)));
  }
  const std::string& name = Value(operand).string();
  if (!IsTypeName(name)) return InvalidArgument(messages::UnknownTypeName(name));
  return OkStatus();
}

Status Resolver::CheckBetween(const Node& node) const {
  const Node& lower = Operand(node, 1);
  const Node& upper = Operand(node, 2);
  if (lower.kind != NodeKind::kValue || upper.kind != NodeKind::kValue) return OkStatus();
  const AttributeValue& low = Value(lower);
  const AttributeValue& high = Value(upper);
  if (low.type() != high.type()) {
    return InvalidArgument(messages::BetweenTypes(BoundText(low), BoundText(high)));
  }
  const bool reversed = low.is(Type::kNumber)   ? high.number() < low.number()
                        : low.is(Type::kString) ? high.string() < low.string()
                                                : high.binary() < low.binary();
  if (reversed) return InvalidArgument(messages::BetweenBounds(BoundText(low), BoundText(high)));
  return OkStatus();
}

Status Resolver::CheckOperation(Node* node) {
  const std::string_view name = OperatorName(node->op);
  if (IsFunction(node->op) && node->count != FunctionArity(node->op)) {
    return InvalidArgument(messages::OperandCount(name, node->count));
  }
  const uint16_t allowed = AllowedTypes(node->op);
  for (uint32_t i = 0; i < node->count; ++i) {
    const uint16_t types = Operand(*node, i).types;
    if ((types & allowed) == 0) {
      return InvalidArgument(messages::OperandType(name, MaskTypeName(types)));
    }
  }
  if (NeedsPath(node->op) && Operand(*node, 0).kind != NodeKind::kPath) {
    return InvalidArgument(messages::NeedsPath(name));
  }
  if (NeedsDistinctOperands(node->op)) SKERRY_RETURN_IF_ERROR(CheckDistinct(*node));
  if (node->op == Operator::kAttributeType) SKERRY_RETURN_IF_ERROR(CheckTypeOperand(*node));
  if (node->op == Operator::kBetween) SKERRY_RETURN_IF_ERROR(CheckBetween(*node));
  if (node->op == Operator::kIn && node->count - 1 > kMaxInOperands) {
    return InvalidArgument(messages::TooManyInOperands(node->count - 1));
  }
  if (++operators_ > kMaxOperators) return InvalidArgument(messages::TooManyOperators(operators_));
  node->types = ResultTypes(node->op);
  return OkStatus();
}

Status CheckClauseOperand(const Tree& tree, const UpdateAction& action) {
  const bool add = action.section == Section::kAdd;
  if (!add && action.section != Section::kDelete) return OkStatus();
  uint16_t allowed = Bit(Type::kStringSet) | Bit(Type::kNumberSet) | Bit(Type::kBinarySet);
  if (add) allowed |= Bit(Type::kNumber);
  const Node& operand = tree.nodes[action.value];
  if ((operand.types & allowed) != 0) return OkStatus();
  const Type type = tree.values[operand.first].type();
  return InvalidArgument(
      messages::ClauseOperandType(SectionName(action.section), LongTypeName(type)));
}

}  // namespace

Status CheckForm(const Syntax& syntax) {
  if (syntax.redundant_parentheses) return InvalidArgument(messages::RedundantParentheses());
  if (syntax.root != kNoNode) return CheckTreeForm(syntax, syntax.root, Place::kCondition);
  for (NodeId path : syntax.paths) {
    SKERRY_RETURN_IF_ERROR(CheckPathForm(syntax, syntax.nodes[path]));
  }
  for (size_t i = 0; i < syntax.actions.size(); ++i) {
    const UpdateAction& action = syntax.actions[i];
    SKERRY_RETURN_IF_ERROR(CheckPathForm(syntax, syntax.nodes[action.path]));
    if (action.value != kNoNode) {
      SKERRY_RETURN_IF_ERROR(CheckTreeForm(syntax, action.value, Place::kUpdateValue));
    }
    if (i + 1 == syntax.used_twice_end) {
      return InvalidArgument(messages::SectionUsedTwice(SectionName(syntax.used_twice)));
    }
  }
  return OkStatus();
}

Result<Condition> ResolveCondition(Syntax syntax, Substitutions* substitutions) {
  Condition condition;
  condition.root = syntax.root;
  Resolver resolver(std::move(syntax), substitutions);
  SKERRY_RETURN_IF_ERROR(resolver.ResolveRange(0, condition.root));
  condition.tree = resolver.TakeTree();
  return condition;
}

// Puts the actions into the order in which the service takes them.
void OrderActions(const PathTree& paths, std::vector<UpdateAction>* actions) {
  std::vector<UpdateAction> ordered;
  ordered.reserve(actions->size());
  for (NodeId path : paths.InServiceOrder()) {
    ordered.push_back(*std::find_if(actions->begin(), actions->end(),
                                    [&](const UpdateAction& a) { return a.path == path; }));
  }
  *actions = std::move(ordered);
}

Result<Update> ResolveUpdate(Syntax syntax, Substitutions* substitutions) {
  Update update;
  update.actions = std::move(syntax.actions);
  Resolver resolver(std::move(syntax), substitutions);
  PathTree paths(resolver.tree());
  for (auto action = update.actions.rbegin(); action != update.actions.rend(); ++action) {
    SKERRY_RETURN_IF_ERROR(resolver.ResolveNode(action->path));
    SKERRY_RETURN_IF_ERROR(paths.Add(action->path));
  }
  for (auto action = update.actions.rbegin(); action != update.actions.rend(); ++action) {
    if (action->value == kNoNode) continue;
    SKERRY_RETURN_IF_ERROR(resolver.ResolveRange(action->path + 1, action->value));
    SKERRY_RETURN_IF_ERROR(CheckClauseOperand(resolver.tree(), *action));
  }
  if (update.actions.size() > 1) OrderActions(paths, &update.actions);
  update.tree = resolver.TakeTree();
  return update;
}

Result<Projection> ResolveProjection(Syntax syntax, Substitutions* substitutions) {
  Projection projection;
  projection.paths = std::move(syntax.paths);
  Resolver resolver(std::move(syntax), substitutions);
  PathTree paths(resolver.tree());
  for (auto path = projection.paths.rbegin(); path != projection.paths.rend(); ++path) {
    SKERRY_RETURN_IF_ERROR(resolver.ResolveNode(*path));
    SKERRY_RETURN_IF_ERROR(paths.Add(*path));
  }
  projection.tree = resolver.TakeTree();
  return projection;
}

}  // namespace skerry::expression
