#include "server/forwarding/expression_codec.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "storage/document/item_codec.h"
#include "storage/expression/path_tree.h"

namespace skerry::forwarding {
namespace {

namespace pb = proto::node::v1;
using document::Type;
using expression::kNoNode;
using expression::Node;
using expression::NodeId;
using expression::NodeKind;
using expression::Operator;
using expression::Section;
using expression::Tree;

// The wire has the enumerations' own numbers.
static_assert(static_cast<int>(NodeKind::kPath) == pb::Node::PATH);
static_assert(static_cast<int>(NodeKind::kValue) == pb::Node::VALUE);
static_assert(static_cast<int>(NodeKind::kOperation) == pb::Node::OPERATION);
static_assert(static_cast<int>(Operator::kEqual) == 0 && static_cast<int>(Operator::kIn) == 7 &&
              static_cast<int>(Operator::kNot) == 10 && static_cast<int>(Operator::kMinus) == 12 &&
              static_cast<int>(Operator::kSize) == 18 &&
              static_cast<int>(Operator::kUnknownFunction) == 21);
static_assert(static_cast<int>(Section::kSet) == 0 && static_cast<int>(Section::kDelete) == 3);

constexpr uint32_t kMaxPathElements = 32;
constexpr uint32_t kMaxListIndex = INT32_MAX;

// --- To the wire

void Put(const Tree& tree, pb::Tree* out) {
  out->mutable_nodes()->Reserve(static_cast<int>(tree.nodes.size()));
  for (const Node& node : tree.nodes) {
    pb::Node& added = *out->add_nodes();
    added.set_kind(static_cast<uint32_t>(node.kind));
    added.set_op(static_cast<uint32_t>(node.op));
    added.set_first(node.first);
    added.set_count(node.count);
  }
  out->mutable_children()->Add(tree.children.begin(), tree.children.end());
  for (const expression::PathElement& element : tree.elements) {
    pb::PathElement& added = *out->add_elements();
    if (element.is_index) {
      added.set_index(element.index);
    } else {
      added.set_name(element.name);
    }
  }
  for (const document::AttributeValue& value : tree.values) {
    document::EncodeValue(value, out->add_values());
  }
}

// --- From the wire

Status Malformed(std::string_view what) {
  return InvalidArgument("a peer's expression: " + std::string(what));
}
Status NotUnderstood(std::string_view what, uint32_t number) {
  return Unimplemented("a peer's expression: " + std::string(what) + ' ' + std::to_string(number));
}

// What a node may be an operand of.
enum class Role : uint8_t {
  kPath,
  kValue,
  kSize,      // the function: an operand within conditions
  kComputed,  // an operand within updates
  kTruth,     // a condition
};

bool InCondition(Role role) { return role <= Role::kSize; }
bool InUpdate(Role role) {
  return role == Role::kPath || role == Role::kValue || role == Role::kComputed;
}

// Builds a tree and looks at each of its nodes once: operands stand before their operators.
class TreeReader {
 public:
  explicit TreeReader(pb::Tree* in) : in_(in) {}

  Status Read();
  // A node to begin at. Each has at most one that needs it, so that evaluating a tree takes no
  // longer than it is large.
  Status Claim(NodeId id);

  Role role(NodeId id) const { return roles_[id]; }
  size_t levels(NodeId id) const { return levels_[id]; }
  const Tree& tree() const { return tree_; }
  Tree Take() { return std::move(tree_); }

 private:
  Status ReadElements();
  Status ReadValues();
  Status ReadNode(const pb::Node& in);
  Status CheckPath(const Node& node) const;
  Status CheckValue(const Node& node);
  Status CheckOperation(const Node& node);
  bool OperandsFit(const Node& node, Role* role) const;
  bool NamesType(const Node& node) const;

  Role operand(const Node& node, uint32_t i) const { return roles_[tree_.child(node, i)]; }
  bool All(const Node& node, uint32_t count, bool (*fits)(Role)) const {
    if (node.count != count) return false;
    for (uint32_t i = 0; i < count; ++i) {
      if (!fits(operand(node, i))) return false;
    }
    return true;
  }

  pb::Tree* in_;
  Tree tree_;
  // By node.
  std::vector<Role> roles_;
  std::vector<uint32_t> levels_;  // of operators
  std::vector<bool> claimed_;
  std::vector<bool> value_claimed_;  // by value
};

Status TreeReader::Read() {
  SKERRY_RETURN_IF_ERROR(ReadElements());
  SKERRY_RETURN_IF_ERROR(ReadValues());
  tree_.children.assign(in_->children().begin(), in_->children().end());
  const auto count = static_cast<size_t>(in_->nodes_size());
  tree_.nodes.reserve(count);
  roles_.reserve(count);
  levels_.reserve(count);
  claimed_.resize(count);
  for (const pb::Node& node : in_->nodes()) SKERRY_RETURN_IF_ERROR(ReadNode(node));
  return OkStatus();
}

Status TreeReader::Claim(NodeId id) {
  if (id >= roles_.size()) return Malformed("a node that is not there, or not yet");
  if (claimed_[id]) return Malformed("a node in two places");
  claimed_[id] = true;
  return OkStatus();
}

Status TreeReader::ReadElements() {
  tree_.elements.reserve(static_cast<size_t>(in_->elements_size()));
  for (pb::PathElement& element : *in_->mutable_elements()) {
    if (!element.has_index()) {
      tree_.elements.push_back({.name = std::move(*element.mutable_name())});
      continue;
    }
    if (!element.name().empty()) return Malformed("a path element that is two things");
    if (element.index() > kMaxListIndex) return Malformed("a list index out of range");
    tree_.elements.push_back({.index = element.index(), .is_index = true});
  }
  return OkStatus();
}

Status TreeReader::ReadValues() {
  tree_.values.reserve(static_cast<size_t>(in_->values_size()));
  for (const std::string& encoded : in_->values()) {
    Result<document::AttributeValue> value = document::DecodeValue(encoded);
    if (!value.ok()) return Malformed(value.status().message());
    tree_.values.push_back(std::move(*value));
  }
  value_claimed_.resize(tree_.values.size());
  return OkStatus();
}

Status TreeReader::ReadNode(const pb::Node& in) {
  if (in.kind() > pb::Node::OPERATION) return NotUnderstood("node of kind", in.kind());
  if (in.op() >= static_cast<uint32_t>(Operator::kUnknownFunction)) {
    return NotUnderstood("operator", in.op());
  }
  const Node node{.kind = static_cast<NodeKind>(in.kind()),
                  .op = static_cast<Operator>(in.op()),
                  .first = in.first(),
                  .count = in.count()};
  switch (node.kind) {
    case NodeKind::kPath:
      SKERRY_RETURN_IF_ERROR(CheckPath(node));
      roles_.push_back(Role::kPath);
      levels_.push_back(0);
      break;
    case NodeKind::kValue:
      SKERRY_RETURN_IF_ERROR(CheckValue(node));
      roles_.push_back(Role::kValue);
      levels_.push_back(0);
      break;
    case NodeKind::kOperation:
      SKERRY_RETURN_IF_ERROR(CheckOperation(node));
      break;
  }
  tree_.nodes.push_back(node);
  return OkStatus();
}

Status TreeReader::CheckPath(const Node& node) const {
  const size_t size = tree_.elements.size();
  if (node.count == 0 || node.count > kMaxPathElements || node.first > size ||
      node.count > size - node.first) {
    return Malformed("a path outside of the elements");
  }
  if (tree_.elements[node.first].is_index) return Malformed("a path that begins with an index");
  return OkStatus();
}

Status TreeReader::CheckValue(const Node& node) {
  if (node.first >= tree_.values.size()) return Malformed("a value that is not there");
  if (value_claimed_[node.first]) return Malformed("a value in two places");
  value_claimed_[node.first] = true;
  return OkStatus();
}

Status TreeReader::CheckOperation(const Node& node) {
  const size_t size = tree_.children.size();
  if (node.count == 0 || node.first > size || node.count > size - node.first) {
    return Malformed("operands outside of the children");
  }
  uint32_t levels = 0;
  for (uint32_t i = 0; i < node.count; ++i) {
    const NodeId child = tree_.child(node, i);
    SKERRY_RETURN_IF_ERROR(Claim(child));
    levels = std::max(levels, levels_[child]);
  }
  Role role = Role::kTruth;
  if (!OperandsFit(node, &role)) {
    return Malformed("wrong operands of " + std::string(OperatorName(node.op)));
  }
  roles_.push_back(role);
  levels_.push_back(levels + 1);
  return OkStatus();
}

// What evaluators count on.
bool TreeReader::OperandsFit(const Node& node, Role* role) const {
  const auto truth = [](Role r) { return r == Role::kTruth; };
  const auto path = [](Role r) { return r == Role::kPath; };
  const auto plain = [](Role r) { return r == Role::kPath || r == Role::kValue; };
  switch (node.op) {
    case Operator::kEqual:
    case Operator::kNotEqual:
    case Operator::kLess:
    case Operator::kLessOrEqual:
    case Operator::kGreater:
    case Operator::kGreaterOrEqual:
    case Operator::kBeginsWith:
    case Operator::kContains:
      return All(node, 2, InCondition);
    case Operator::kBetween:
      return All(node, 3, InCondition);
    case Operator::kIn:
      return All(node, node.count, InCondition);
    case Operator::kAnd:
    case Operator::kOr:
      return All(node, 2, truth);
    case Operator::kNot:
      return All(node, 1, truth);
    case Operator::kAttributeExists:
    case Operator::kAttributeNotExists:
      return All(node, 1, path);
    case Operator::kAttributeType:
      return All(node, 2, InCondition) && NamesType(node);
    case Operator::kSize:
      *role = Role::kSize;
      return All(node, 1, plain);
    case Operator::kPlus:
    case Operator::kMinus:
    case Operator::kListAppend:
      *role = Role::kComputed;
      return All(node, 2, InUpdate);
    case Operator::kIfNotExists:
      *role = Role::kComputed;
      return All(node, 2, InUpdate) && operand(node, 0) == Role::kPath;
    case Operator::kUnknownFunction:
      break;
  }
  return false;
}

// attribute_type's second operand is a constant string.
bool TreeReader::NamesType(const Node& node) const {
  const Node& name = tree_.nodes[tree_.child(node, 1)];
  return name.kind == NodeKind::kValue && tree_.values[name.first].is(Type::kString);
}

Status CheckActionValue(const TreeReader& reader, const expression::UpdateAction& action,
                        bool legacy) {
  if (action.section == Section::kSet) {
    if (!InUpdate(reader.role(action.value))) return Malformed("SET to what is no value");
    if (reader.levels(action.value) > kMaxUpdateLevels) return Malformed("too many levels");
    return OkStatus();
  }
  if (reader.role(action.value) != Role::kValue) return Malformed("ADD or DELETE of no constant");
  const Tree& tree = reader.tree();
  const Type type = tree.values[tree.nodes[action.value].first].type();
  const bool set = type >= Type::kStringSet && type <= Type::kBinarySet;
  const bool add = type == Type::kNumber || (legacy && type == Type::kList);
  if (!set && !(add && action.section == Section::kAdd)) {
    return Malformed("ADD or DELETE of a wrong type");
  }
  return OkStatus();
}

Result<expression::UpdateAction> ReadAction(const pb::UpdateAction& in, bool legacy,
                                            TreeReader* reader) {
  if (in.section() > static_cast<uint32_t>(Section::kDelete)) {
    return NotUnderstood("section", in.section());
  }
  expression::UpdateAction action{.section = static_cast<Section>(in.section()), .path = in.path()};
  SKERRY_RETURN_IF_ERROR(reader->Claim(action.path));
  if (reader->role(action.path) != Role::kPath) return Malformed("a change of what is no path");
  if (in.has_value() != (action.section != Section::kRemove)) {
    return Malformed("an action without its value, or REMOVE with one");
  }
  if (!in.has_value()) return action;
  action.value = in.value();
  SKERRY_RETURN_IF_ERROR(reader->Claim(action.value));
  SKERRY_RETURN_IF_ERROR(CheckActionValue(*reader, action, legacy));
  return action;
}

}  // namespace

void PutCondition(const expression::Condition& condition, pb::Condition* out) {
  Put(condition.tree, out->mutable_tree());
  if (condition.root != kNoNode) out->set_root(condition.root);
}

void PutUpdate(const expression::Update& update, pb::Update* out) {
  Put(update.tree, out->mutable_tree());
  for (const expression::UpdateAction& action : update.actions) {
    pb::UpdateAction& added = *out->add_actions();
    added.set_section(static_cast<uint32_t>(action.section));
    added.set_path(action.path);
    if (action.value != kNoNode) added.set_value(action.value);
  }
  out->set_legacy(update.legacy);
}

void PutProjection(const expression::Projection& projection, pb::Projection* out) {
  Put(projection.tree, out->mutable_tree());
  out->mutable_paths()->Add(projection.paths.begin(), projection.paths.end());
}

Result<std::shared_ptr<const expression::Condition>> TakeCondition(pb::Condition* condition) {
  TreeReader reader(condition->mutable_tree());
  SKERRY_RETURN_IF_ERROR(reader.Read());
  auto taken = std::make_shared<expression::Condition>();
  if (condition->has_root()) {
    taken->root = condition->root();
    SKERRY_RETURN_IF_ERROR(reader.Claim(taken->root));
    if (reader.role(taken->root) != Role::kTruth) return Malformed("a condition that is none");
    if (reader.levels(taken->root) > kMaxConditionLevels) return Malformed("too many levels");
  }
  taken->tree = reader.Take();
  return std::shared_ptr<const expression::Condition>(std::move(taken));
}

Result<std::shared_ptr<const expression::Update>> TakeUpdate(pb::Update* update) {
  TreeReader reader(update->mutable_tree());
  SKERRY_RETURN_IF_ERROR(reader.Read());
  auto taken = std::make_shared<expression::Update>();
  taken->legacy = update->legacy();
  expression::PathTree paths(reader.tree());
  taken->actions.reserve(static_cast<size_t>(update->actions_size()));
  for (const pb::UpdateAction& in : update->actions()) {
    SKERRY_ASSIGN_OR_RETURN(const expression::UpdateAction action,
                            ReadAction(in, taken->legacy, &reader));
    if (Status added = paths.Add(action.path); !added.ok()) return Malformed(added.message());
    taken->actions.push_back(action);
  }
  taken->tree = reader.Take();
  return std::shared_ptr<const expression::Update>(std::move(taken));
}

Result<std::shared_ptr<const expression::Projection>> TakeProjection(pb::Projection* projection) {
  TreeReader reader(projection->mutable_tree());
  SKERRY_RETURN_IF_ERROR(reader.Read());
  auto taken = std::make_shared<expression::Projection>();
  expression::PathTree paths(reader.tree());
  taken->paths.reserve(static_cast<size_t>(projection->paths_size()));
  for (const NodeId path : projection->paths()) {
    SKERRY_RETURN_IF_ERROR(reader.Claim(path));
    if (reader.role(path) != Role::kPath) return Malformed("a projection of what is no path");
    if (Status added = paths.Add(path); !added.ok()) return Malformed(added.message());
    taken->paths.push_back(path);
  }
  taken->tree = reader.Take();
  expression::SortPaths(taken.get());
  return std::shared_ptr<const expression::Projection>(std::move(taken));
}

}  // namespace skerry::forwarding
