#include "storage/expression/legacy.h"

#include <array>
#include <optional>
#include <utility>

#include "storage/expression/ast.h"
#include "storage/expression/compare.h"
#include "storage/expression/compiler.h"
#include "storage/expression/key_condition.h"
#include "storage/expression/messages.h"

namespace skerry::expression {
namespace {

using document::AttributeValue;
using document::Type;
using Values = std::vector<AttributeValue>;

enum class Comparison : uint8_t {
  kEq,
  kNe,
  kLe,
  kLt,
  kGe,
  kGt,
  kNotNull,
  kNull,
  kContains,
  kNotContains,
  kBeginsWith,
  kIn,
  kBetween,
};

constexpr auto kComparisonNames =
    std::to_array<std::string_view>({"EQ", "NE", "LE", "LT", "GE", "GT", "NOT_NULL", "NULL",
                                     "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH", "IN", "BETWEEN"});

std::optional<Comparison> ComparisonByName(std::string_view name) {
  for (size_t i = 0; i < kComparisonNames.size(); ++i) {
    if (kComparisonNames[i] == name) return static_cast<Comparison>(i);
  }
  return std::nullopt;
}

bool CountAllowed(Comparison comparison, size_t count) {
  switch (comparison) {
    case Comparison::kNull:
    case Comparison::kNotNull:
      return count == 0;
    case Comparison::kBetween:
      return count == 2;
    case Comparison::kIn:
      return count >= 1;
    default:
      return count == 1;
  }
}

bool TypeAllowed(Comparison comparison, Type type) {
  switch (comparison) {
    case Comparison::kLe:
    case Comparison::kLt:
    case Comparison::kGe:
    case Comparison::kGt:
    case Comparison::kIn:
    case Comparison::kBetween:
      return type == Type::kString || type == Type::kNumber || type == Type::kBinary;
    case Comparison::kBeginsWith:
      return type == Type::kString || type == Type::kBinary;
    case Comparison::kContains:
    case Comparison::kNotContains:
      return type <= Type::kNull;
    default:
      return true;
  }
}

// Number and types of the arguments. Types stand in their enumeration's order: scalars first.
Status CheckArguments(Comparison comparison, const Values& arguments) {
  const std::string_view name = kComparisonNames[static_cast<size_t>(comparison)];
  if (!CountAllowed(comparison, arguments.size())) {
    return InvalidArgument(messages::LegacyArgumentCount(name));
  }
  for (const AttributeValue& argument : arguments) {
    if (!TypeAllowed(comparison, argument.type())) {
      return InvalidArgument(
          messages::LegacyArgumentType(name, document::TypeName(argument.type())));
    }
    if (argument.type() != arguments[0].type()) {
      return InvalidArgument(messages::LegacyMixedTypes());
    }
  }
  if (comparison == Comparison::kBetween && *Order(arguments[0], arguments[1]) > 0) {
    return InvalidArgument(messages::LegacyBetweenBounds());
  }
  return OkStatus();
}

Status CheckName(std::string_view name) {
  return name.empty() ? InvalidArgument(messages::LegacyEmptyName()) : OkStatus();
}

Result<Comparison> ParseComparison(std::string_view name) {
  const std::optional<Comparison> comparison = ComparisonByName(name);
  if (!comparison.has_value()) return InvalidArgument(messages::LegacyUnknownComparison());
  return *comparison;
}

// Builds one tree out of comparisons joined by one operator.
class ConditionBuilder {
 public:
  explicit ConditionBuilder(Operator join) : join_(join) {}

  void Add(const std::string& name, Comparison comparison, const Values& arguments) {
    terms_.push_back(Term(name, comparison, arguments));
  }

  Condition Take() {
    Tree& tree = condition_.tree;
    for (size_t i = terms_.size(); i > 0; --i) {
      condition_.root = i == terms_.size()
                            ? terms_[i - 1]
                            : tree.AddOperation(join_, {terms_[i - 1], condition_.root});
    }
    return std::move(condition_);
  }

 private:
  NodeId Operation(Operator op, const std::string& name, const Values& arguments) {
    Tree& tree = condition_.tree;
    std::vector<NodeId> operands = {tree.AddPath(name)};
    for (const AttributeValue& argument : arguments) operands.push_back(tree.AddValue(argument));
    return tree.AddOperation(op, operands);
  }

  NodeId Term(const std::string& name, Comparison comparison, const Values& arguments) {
    static constexpr auto kOperators = std::to_array<Operator>(
        {Operator::kEqual, Operator::kNotEqual, Operator::kLessOrEqual, Operator::kLess,
         Operator::kGreaterOrEqual, Operator::kGreater, Operator::kAttributeExists,
         Operator::kAttributeNotExists, Operator::kContains, Operator::kContains,
         Operator::kBeginsWith, Operator::kIn, Operator::kBetween});
    Tree& tree = condition_.tree;
    const NodeId term = Operation(kOperators[static_cast<size_t>(comparison)], name, arguments);
    if (comparison != Comparison::kNotContains) return term;
    // Unlike NE, NOT_CONTAINS is false where the attribute is missing.
    const NodeId exists = Operation(Operator::kAttributeExists, name, {});
    return tree.AddOperation(Operator::kAnd, {exists, tree.AddOperation(Operator::kNot, {term})});
  }

  Operator join_;
  Condition condition_;
  std::vector<NodeId> terms_;
};

struct Comparable {
  Comparison comparison = Comparison::kEq;
  Values arguments;
};

Status CheckExpectedMembers(const std::string& name, const LegacyExpected& expected) {
  const bool has_list = expected.attribute_value_list.has_value();
  const bool has_comparison = expected.comparison_operator.has_value();
  if (has_comparison && expected.exists.has_value()) {
    return InvalidArgument(messages::ExpectedTogether("Exists", "ComparisonOperator", name));
  }
  if (expected.value.has_value() && has_list) {
    return InvalidArgument(messages::ExpectedTogether("Value", "AttributeValueList", name));
  }
  if (has_list && !has_comparison) return InvalidArgument(messages::ExpectedListAlone(name));
  return OkStatus();
}

Result<Comparable> ReadExpected(const std::string& name, const LegacyExpected& expected) {
  SKERRY_RETURN_IF_ERROR(CheckExpectedMembers(name, expected));
  Comparable result;
  if (expected.value.has_value()) result.arguments.push_back(*expected.value);
  if (expected.attribute_value_list.has_value()) {
    result.arguments = *expected.attribute_value_list;
  }
  const bool any = expected.value.has_value() || expected.attribute_value_list.has_value();
  if (expected.comparison_operator.has_value()) {
    const std::string& comparison = *expected.comparison_operator;
    if (!any && comparison != "NULL" && comparison != "NOT_NULL") {
      return InvalidArgument(messages::ExpectedNoArguments(comparison, name));
    }
    SKERRY_ASSIGN_OR_RETURN(result.comparison, ParseComparison(comparison));
  } else if (expected.exists == false) {
    if (any) return InvalidArgument(messages::ExpectedValueNotUsable(name));
    result.comparison = Comparison::kNull;
  } else if (!any) {
    return InvalidArgument(
        messages::ExpectedValueMissing(expected.exists.has_value() ? "true" : "null", name));
  }
  SKERRY_RETURN_IF_ERROR(CheckArguments(result.comparison, result.arguments));
  return result;
}

Result<Comparable> ReadCondition(const std::string& name, const LegacyCondition& condition) {
  SKERRY_RETURN_IF_ERROR(CheckName(name));
  Comparable result;
  SKERRY_ASSIGN_OR_RETURN(result.comparison, ParseComparison(condition.comparison_operator));
  if (condition.attribute_value_list.has_value()) {
    result.arguments = *condition.attribute_value_list;
  }
  SKERRY_RETURN_IF_ERROR(CheckArguments(result.comparison, result.arguments));
  return result;
}

std::shared_ptr<const Condition> Share(Condition condition) {
  return std::make_shared<Condition>(std::move(condition));
}

Operator Join(bool or_operator) { return or_operator ? Operator::kOr : Operator::kAnd; }

bool AddAllows(Type type) {
  switch (type) {
    case Type::kNumber:
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet:
    case Type::kList:
      return true;
    default:
      return false;
  }
}

bool DeleteAllows(Type type) {
  return AddAllows(type) && type >= Type::kStringSet && type < Type::kList;
}

Result<Section> ReadAction(const LegacyUpdate& update) {
  const std::string action = update.action.value_or("PUT");
  if (action != "PUT" && action != "ADD" && action != "DELETE") {
    return InvalidArgument(messages::LegacyUnknownAction());
  }
  if (!update.value.has_value()) {
    if (action != "DELETE") return InvalidArgument(messages::LegacyValueMissing());
    return Section::kRemove;
  }
  const Type type = update.value->type();
  const bool allowed = action == "PUT" || (action == "ADD" ? AddAllows(type) : DeleteAllows(type));
  if (!allowed) return InvalidArgument(messages::LegacyActionType(action, LongTypeName(type)));
  if (action == "PUT") return Section::kSet;
  return action == "ADD" ? Section::kAdd : Section::kDelete;
}

std::optional<KeyCondition::Range> KeyRange(Comparison comparison) {
  using Range = KeyCondition::Range;
  switch (comparison) {
    case Comparison::kEq:
      return Range::kEqual;
    case Comparison::kLe:
      return Range::kLessOrEqual;
    case Comparison::kLt:
      return Range::kLess;
    case Comparison::kGe:
      return Range::kGreaterOrEqual;
    case Comparison::kGt:
      return Range::kGreater;
    case Comparison::kBeginsWith:
      return Range::kBeginsWith;
    case Comparison::kBetween:
      return Range::kBetween;
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<std::shared_ptr<const Condition>> ConditionFromExpected(
    const ByName<LegacyExpected>& expected, bool or_operator) {
  ConditionBuilder builder(Join(or_operator));
  for (const auto& [name, condition] : expected) {
    SKERRY_ASSIGN_OR_RETURN(const Comparable read, ReadExpected(name, condition));
    SKERRY_RETURN_IF_ERROR(CheckName(name));
    builder.Add(name, read.comparison, read.arguments);
  }
  return Share(builder.Take());
}

Result<std::shared_ptr<const Condition>> ConditionFromFilter(const ByName<LegacyCondition>& filter,
                                                             bool or_operator) {
  ConditionBuilder builder(Join(or_operator));
  for (const auto& [name, condition] : filter) {
    SKERRY_ASSIGN_OR_RETURN(const Comparable read, ReadCondition(name, condition));
    builder.Add(name, read.comparison, read.arguments);
  }
  return Share(builder.Take());
}

Result<std::shared_ptr<const Update>> UpdateFromLegacy(const ByName<LegacyUpdate>& updates,
                                                       const KeySchema* schema) {
  auto result = std::make_shared<Update>();
  result->legacy = true;
  for (const auto& [name, update] : updates) {
    SKERRY_RETURN_IF_ERROR(CheckName(name));
    if (schema != nullptr && (name == schema->partition_key || name == schema->sort_key)) {
      return InvalidArgument(messages::UpdatesKey(name));
    }
    UpdateAction action;
    SKERRY_ASSIGN_OR_RETURN(action.section, ReadAction(update));
    action.path = result->tree.AddPath(name);
    if (update.value.has_value()) action.value = result->tree.AddValue(*update.value);
    result->actions.push_back(action);
  }
  return std::shared_ptr<const Update>(std::move(result));
}

Result<std::shared_ptr<const Projection>> ProjectionFromAttributesToGet(
    const std::vector<std::string>& names) {
  auto projection = std::make_shared<Projection>();
  for (const std::string& name : names) {
    SKERRY_RETURN_IF_ERROR(CheckName(name));
    projection->paths.push_back(projection->tree.AddPath(name));
  }
  SortPaths(projection.get());
  return std::shared_ptr<const Projection>(std::move(projection));
}

Result<KeyCondition> KeyConditionFromLegacy(const ByName<LegacyCondition>& conditions,
                                            const KeySchema& schema) {
  std::vector<KeyTerm> terms;
  for (const auto& [name, condition] : conditions) {
    SKERRY_ASSIGN_OR_RETURN(const Comparable read, ReadCondition(name, condition));
    KeyTerm term{.name = name, .range = KeyRange(read.comparison)};
    if (condition.attribute_value_list.has_value() && !condition.attribute_value_list->empty()) {
      term.low = &condition.attribute_value_list->front();
      term.high = &condition.attribute_value_list->back();
    }
    terms.push_back(term);
  }
  return KeyConditionFromTerms(terms, schema);
}

}  // namespace skerry::expression
