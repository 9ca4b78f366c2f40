#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/expression/ast.h"
#include "storage/expression/compiler.h"
#include "storage/expression/messages.h"

namespace skerry::expression {
namespace {

using document::AttributeMap;
using document::AttributeValue;
using document::Item;
using document::List;
using document::Number;
using document::Type;

// Lists and maps that may stand around a value.
constexpr size_t kMaxNesting = 31;

// The value that a path names, to be changed.
AttributeValue* FindMutable(const PathView& path, Item* item) {
  return const_cast<AttributeValue*>(FindPath(path, *item));
}

size_t Nesting(const AttributeValue& value) {
  size_t deepest = 0;
  if (value.is(Type::kList)) {
    for (const AttributeValue& element : value.list()) {
      deepest = std::max(deepest, Nesting(element));
    }
  } else if (value.is(Type::kMap)) {
    for (const auto& [name, element] : value.map()) deepest = std::max(deepest, Nesting(element));
  } else {
    return 0;
  }
  return deepest + 1;
}

template <typename T>
std::vector<T> Union(const std::vector<T>& a, const std::vector<T>& b) {
  std::vector<T> result;
  result.reserve(a.size() + b.size());
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

template <typename T>
std::vector<T> Difference(const std::vector<T>& a, const std::vector<T>& b) {
  std::vector<T> result;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

// ADD to a value of the same type that is there.
Result<AttributeValue> Add(const AttributeValue& value, const AttributeValue& operand) {
  switch (value.type()) {
    case Type::kNumber: {
      SKERRY_ASSIGN_OR_RETURN(const Number sum, Number::Add(value.number(), operand.number()));
      return AttributeValue::N(sum);
    }
    case Type::kStringSet:
      return AttributeValue::SS(Union(value.string_set(), operand.string_set()));
    case Type::kNumberSet:
      return AttributeValue::NS(Union(value.number_set(), operand.number_set()));
    case Type::kBinarySet:
      return AttributeValue::BS(Union(value.binary_set(), operand.binary_set()));
    case Type::kList: {  // AttributeUpdates only
      List list = value.list();
      list.insert(list.end(), operand.list().begin(), operand.list().end());
      return AttributeValue::L(std::move(list));
    }
    default:
      return InvalidArgument(messages::WrongOperandType());
  }
}

// DELETE from a set of the same type; nothing where no member is left.
Result<std::optional<AttributeValue>> Remove(const AttributeValue& value,
                                             const AttributeValue& operand) {
  using Left = std::optional<AttributeValue>;
  auto left = [](auto members, auto make) {
    return members.empty() ? Left() : Left(make(std::move(members)));
  };
  switch (value.type()) {
    case Type::kStringSet:
      return left(Difference(value.string_set(), operand.string_set()), AttributeValue::SS);
    case Type::kNumberSet:
      return left(Difference(value.number_set(), operand.number_set()), AttributeValue::NS);
    case Type::kBinarySet:
      return left(Difference(value.binary_set(), operand.binary_set()), AttributeValue::BS);
    default:
      return InvalidArgument(messages::WrongOperandType());
  }
}

// One application. All operands are read from the old item. List indexes mean the old list:
// elements are replaced at once, appended when all actions are done, removed last.
class Updater {
 public:
  Updater(const Update& update, const Item& old, Item* item)
      : update_(update), tree_(update.tree), old_(old), item_(*item) {}

  Status Run();

 private:
  // AttributeUpdates: all types are checked before anything is added.
  Status CheckLegacyTypes() const;
  Status Act(const UpdateAction& action);
  Status Set(const PathView& path, AttributeValue value);
  void Erase(const PathView& path);
  Status Combine(const UpdateAction& action, const PathView& path);
  void AppendPending();
  void RemovePending();

  // Bounded recursion: operands nest at most 300 deep. Missing attributes are failures.
  Result<AttributeValue> Evaluate(NodeId id) const;
  Result<std::pair<AttributeValue, AttributeValue>> EvaluatePair(const Node& node, Type type) const;
  Result<AttributeValue> Calculate(const Node& node) const;
  Result<AttributeValue> AppendLists(const Node& node) const;
  Result<AttributeValue> IfNotExists(const Node& node) const;

  struct Append {
    PathView path;
    AttributeValue value;
  };

  const Update& update_;
  const Tree& tree_;
  const Item& old_;
  Item& item_;
  std::vector<Append> appends_;
  std::vector<PathView> removals_;
};

// The operands of +, - or list_append. Functions among them are evaluated before paths and
// constants are looked at: of several faults that decides which is told.
Result<std::pair<AttributeValue, AttributeValue>> Updater::EvaluatePair(const Node& node,
                                                                        Type type) const {
  const NodeId left_id = tree_.child(node, 0);
  const NodeId right_id = tree_.child(node, 1);
  AttributeValue left;
  AttributeValue right;
  const bool left_early = tree_.nodes[left_id].kind == NodeKind::kOperation;
  const bool right_early = tree_.nodes[right_id].kind == NodeKind::kOperation;
  if (left_early) {
    SKERRY_ASSIGN_OR_RETURN(left, Evaluate(left_id));
  }
  if (right_early) {
    SKERRY_ASSIGN_OR_RETURN(right, Evaluate(right_id));
  }
  if (!left_early) {
    SKERRY_ASSIGN_OR_RETURN(left, Evaluate(left_id));
  }
  if (!left.is(type)) return InvalidArgument(messages::WrongOperandType());
  if (!right_early) {
    SKERRY_ASSIGN_OR_RETURN(right, Evaluate(right_id));
  }
  if (!right.is(type)) return InvalidArgument(messages::WrongOperandType());
  return std::pair(std::move(left), std::move(right));
}

Result<AttributeValue> Updater::Calculate(const Node& node) const {
  SKERRY_ASSIGN_OR_RETURN(const auto pair, EvaluatePair(node, Type::kNumber));
  const Number& left = pair.first.number();
  const Number& right = pair.second.number();
  SKERRY_ASSIGN_OR_RETURN(const Number number, node.op == Operator::kPlus
                                                   ? Number::Add(left, right)
                                                   : Number::Subtract(left, right));
  return AttributeValue::N(number);
}

Result<AttributeValue> Updater::AppendLists(const Node& node) const {
  SKERRY_ASSIGN_OR_RETURN(auto pair, EvaluatePair(node, Type::kList));
  List& left = pair.first.list();
  List& right = pair.second.list();
  left.insert(left.end(), std::make_move_iterator(right.begin()),
              std::make_move_iterator(right.end()));
  return std::move(pair.first);
}

Result<AttributeValue> Updater::IfNotExists(const Node& node) const {
  const AttributeValue* value = FindPath(tree_.path(tree_.child(node, 0)), old_);
  const NodeId otherwise = tree_.child(node, 1);
  // The second operand must exist even where it is not needed.
  if (value != nullptr && tree_.nodes[otherwise].kind == NodeKind::kValue) return *value;
  Result<AttributeValue> fallback = Evaluate(otherwise);
  if (value == nullptr || !fallback.ok()) return fallback;
  return *value;
}

Result<AttributeValue> Updater::Evaluate(NodeId id) const {
  const Node& node = tree_.nodes[id];
  switch (node.kind) {
    case NodeKind::kPath: {
      const AttributeValue* value = FindPath(tree_.path(node), old_);
      if (value == nullptr) return InvalidArgument(messages::MissingOperand());
      return *value;
    }
    case NodeKind::kValue:
      return tree_.values[node.first];
    case NodeKind::kOperation:
      break;
  }
  switch (node.op) {
    case Operator::kIfNotExists:
      return IfNotExists(node);
    case Operator::kListAppend:
      return AppendLists(node);
    default:
      return Calculate(node);
  }
}

Status Updater::Set(const PathView& path, AttributeValue value) {
  const PathElement& last = path[path.size - 1];
  const bool container = value.is(Type::kList) || value.is(Type::kMap);
  if ((container || path.size > kMaxNesting) && path.size - 1 + Nesting(value) > kMaxNesting) {
    return InvalidArgument(messages::NestedTooDeep());
  }
  if (path.size == 1) {
    item_.Set(last.name, std::move(value));
    return OkStatus();
  }
  AttributeValue* parent = FindMutable(path.First(path.size - 1), &item_);
  if (!last.is_index) {
    parent->map().Set(last.name, std::move(value));
  } else if (last.index < parent->list().size()) {
    parent->list()[last.index] = std::move(value);
  } else {
    appends_.push_back({path, std::move(value)});
  }
  return OkStatus();
}

void Updater::Erase(const PathView& path) {
  const PathElement& last = path[path.size - 1];
  if (path.size == 1) {
    item_.Erase(last.name);
    return;
  }
  AttributeValue* parent = FindMutable(path.First(path.size - 1), &item_);
  if (!last.is_index) {
    parent->map().Erase(last.name);
  } else if (last.index < parent->list().size()) {
    removals_.push_back(path);
  }
}

// ADD and DELETE.
Status Updater::Combine(const UpdateAction& action, const PathView& path) {
  const AttributeValue& operand = tree_.values[tree_.nodes[action.value].first];
  const AttributeValue* value = FindPath(path, old_);
  if (value != nullptr && value->type() != operand.type()) {
    return InvalidArgument(messages::WrongOperandType());
  }
  if (action.section == Section::kAdd) {
    if (value == nullptr) return Set(path, operand);
    SKERRY_ASSIGN_OR_RETURN(AttributeValue sum, Add(*value, operand));
    return Set(path, std::move(sum));
  }
  if (value == nullptr) return OkStatus();
  SKERRY_ASSIGN_OR_RETURN(std::optional<AttributeValue> left, Remove(*value, operand));
  if (left.has_value()) return Set(path, *std::move(left));
  Erase(path);
  return OkStatus();
}

Status Updater::Act(const UpdateAction& action) {
  const PathView path = tree_.path(action.path);
  if (path.size > 1) {
    const AttributeValue* parent = FindPath(path.First(path.size - 1), old_);
    const Type wanted = path[path.size - 1].is_index ? Type::kList : Type::kMap;
    if (parent == nullptr || !parent->is(wanted)) {
      return InvalidArgument(messages::InvalidUpdatePath());
    }
  }
  switch (action.section) {
    case Section::kSet: {
      SKERRY_ASSIGN_OR_RETURN(AttributeValue value, Evaluate(action.value));
      return Set(path, std::move(value));
    }
    case Section::kRemove:
      Erase(path);
      return OkStatus();
    default:
      return Combine(action, path);
  }
}

// Elements beyond a list's end are appended in the order of the indexes asked for.
void Updater::AppendPending() {
  auto index = [](const Append& append) { return append.path[append.path.size - 1].index; };
  std::stable_sort(appends_.begin(), appends_.end(),
                   [&](const Append& a, const Append& b) { return index(a) < index(b); });
  for (Append& append : appends_) {
    AttributeValue* list = FindMutable(append.path.First(append.path.size - 1), &item_);
    list->list().push_back(std::move(append.value));
  }
}

// Later elements before earlier ones, so that no index shifts under another removal.
void Updater::RemovePending() {
  auto before = [](const PathElement& a, const PathElement& b) {
    return a.is_index && b.is_index ? a.index > b.index : a.name < b.name;
  };
  std::sort(removals_.begin(), removals_.end(), [&](const PathView& a, const PathView& b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), before);
  });
  for (const PathView& path : removals_) {
    List& list = FindMutable(path.First(path.size - 1), &item_)->list();
    list.erase(list.begin() + path[path.size - 1].index);
  }
}

Status Updater::CheckLegacyTypes() const {
  for (const UpdateAction& action : update_.actions) {
    if (action.section != Section::kAdd && action.section != Section::kDelete) continue;
    const AttributeValue* value = FindPath(tree_.path(action.path), old_);
    if (value != nullptr && value->type() != tree_.values[tree_.nodes[action.value].first].type()) {
      return InvalidArgument(messages::LegacyTypeMismatch());
    }
  }
  return OkStatus();
}

Status Updater::Run() {
  if (update_.legacy) SKERRY_RETURN_IF_ERROR(CheckLegacyTypes());
  for (const UpdateAction& action : update_.actions) SKERRY_RETURN_IF_ERROR(Act(action));
  if (!appends_.empty()) AppendPending();
  if (!removals_.empty()) RemovePending();
  return OkStatus();
}

// The whole top-level attributes of `item` in which the update's paths name a value.
Item Touched(const Update& update, const Item& item) {
  Item touched;
  for (const UpdateAction& action : update.actions) {
    const PathView path = update.tree.path(action.path);
    if (touched.Find(path[0].name) != nullptr || FindPath(path, item) == nullptr) continue;
    touched.Set(path[0].name, *item.Find(path[0].name));
  }
  return touched;
}

}  // namespace

Result<UpdateOutcome> Apply(const Update& update, const Item* old, const Item& key,
                            Returned returned) {
  // Operands may name the key of an item that is about to be made.
  const Item& before = old == nullptr ? key : *old;
  UpdateOutcome outcome;
  outcome.item = before;
  SKERRY_RETURN_IF_ERROR(Updater(update, before, &outcome.item).Run());
  if (returned == Returned::kUpdated) {
    outcome.updated_old = Touched(update, before);
    outcome.updated_new = Touched(update, outcome.item);
  }
  return outcome;
}

Status CheckKeysUntouched(const Update& update, const KeySchema& schema) {
  auto touches = [&](const std::string& name) {
    return std::any_of(update.actions.begin(), update.actions.end(), [&](const UpdateAction& a) {
      return update.tree.path(a.path)[0].name == name;
    });
  };
  if (touches(schema.partition_key)) {
    return InvalidArgument(messages::UpdatesKey(schema.partition_key));
  }
  if (schema.sort_key.has_value() && touches(*schema.sort_key)) {
    return InvalidArgument(messages::UpdatesKey(*schema.sort_key));
  }
  return OkStatus();
}

}  // namespace skerry::expression
