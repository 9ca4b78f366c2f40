#include "server/operations/expressions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "server/operations/messages.h"

namespace skerry::operations {

Present WriteLegacy(const api::WriteCondition& condition) {
  return Present()
      .Add("Expected", condition.expected.has_value())
      .Add("ConditionalOperator", condition.conditional_operator.has_value());
}

Present WriteExpressions(const api::WriteCondition& condition) {
  return Present().Add("ConditionExpression", condition.condition_expression.has_value());
}

Status CheckNotMixed(const Present& legacy, const Present& expressions) {
  if (!legacy.any() || !expressions.any()) return OkStatus();
  return InvalidArgument(
      fmt::format("Can not use both expression and non-expression parameters in the same request: "
                  "Non-expression parameters: {{{}}} Expression parameters: {{{}}}",
                  fmt::join(legacy.names(), ", "), fmt::join(expressions.names(), ", ")));
}

Status CheckConditionalOperator(const std::optional<api::ConditionalOperator>& conditional,
                                size_t elements) {
  if (!conditional || elements > 1) return OkStatus();
  return InvalidArgument(std::string(elements == 0 ? messages::kConditionalOperatorAlone
                                                   : messages::kConditionalOperatorOfOne));
}

Status CheckSubstitutionsUsable(const expression::NameMap* names,
                                const document::AttributeMap* values, bool any_expression,
                                std::initializer_list<ExpressionMember> with_values) {
  if (names != nullptr && !any_expression) {
    return InvalidArgument(std::string(messages::kNamesWithoutExpression));
  }
  if (values == nullptr) return OkStatus();
  std::vector<std::string_view> absent;
  for (const ExpressionMember& member : with_values) {
    if (member.present) return OkStatus();
    absent.push_back(member.name);
  }
  return InvalidArgument(fmt::format("{}: {} {} null", messages::kValuesWithoutExpression,
                                     fmt::join(absent, " and "),
                                     absent.size() == 1 ? "is" : "are"));
}

WriteCompiler::WriteCompiler(const api::WriteCondition& condition,
                             const std::optional<std::string>* update_expression)
    : condition_(condition),
      update_expression_(update_expression),
      compiler_(OrNull(condition.expression_attribute_names),
                OrNull(condition.expression_attribute_values)) {}

Status WriteCompiler::CheckExpected() {
  if (!condition_.expected || condition_.expected->empty()) return OkStatus();
  SKERRY_ASSIGN_OR_RETURN(expected_,
                          expression::ConditionFromExpected(*condition_.expected,
                                                            IsOr(condition_.conditional_operator)));
  return OkStatus();
}

Status WriteCompiler::CheckParameters() {
  const bool has_update = update_expression_ != nullptr && update_expression_->has_value();
  const bool has_condition = condition_.condition_expression.has_value();
  const auto* names = OrNull(condition_.expression_attribute_names);
  const auto* values = OrNull(condition_.expression_attribute_values);
  const bool any = has_update || has_condition;
  if (update_expression_ != nullptr) {
    SKERRY_RETURN_IF_ERROR(CheckSubstitutionsUsable(
        names, values, any,
        {{"UpdateExpression", has_update}, {"ConditionExpression", has_condition}}));
  } else {
    SKERRY_RETURN_IF_ERROR(
        CheckSubstitutionsUsable(names, values, any, {{"ConditionExpression", has_condition}}));
  }
  SKERRY_RETURN_IF_ERROR(compiler_.CheckSubstitutions(any));
  return CheckConditionalOperator(condition_.conditional_operator, condition_.expected);
}

Status WriteCompiler::Compile(std::shared_ptr<const expression::Condition>* condition,
                              std::shared_ptr<const expression::Update>* update) {
  if (update_expression_ != nullptr && update_expression_->has_value()) {
    SKERRY_ASSIGN_OR_RETURN(*update, compiler_.CompileUpdate(**update_expression_));
  }
  *condition = expected_;
  if (condition_.condition_expression) {
    SKERRY_ASSIGN_OR_RETURN(
        *condition,
        compiler_.CompileCondition("ConditionExpression", *condition_.condition_expression));
  }
  return compiler_.CheckAllUsed();
}

}  // namespace skerry::operations
