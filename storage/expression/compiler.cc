#include "storage/expression/compiler.h"

#include <utility>

#include "storage/expression/ast.h"
#include "storage/expression/messages.h"
#include "storage/expression/parser.h"
#include "storage/expression/substitutions.h"
#include "storage/expression/validator.h"

namespace skerry::expression {

namespace {

constexpr std::string_view kUpdateParameter = "UpdateExpression";
constexpr std::string_view kProjectionParameter = "ProjectionExpression";
constexpr std::string_view kKeyParameter = "KeyConditionExpression";

// A failure of this folder's inner functions, as the request's own.
Status Invalid(std::string_view parameter, const Status& failure) {
  return InvalidArgument(messages::Invalid(parameter, failure.message()));
}

Status CheckSize(std::string_view text, bool with_size) {
  if (text.empty()) return InvalidArgument(messages::EmptyExpression());
  if (text.size() > kMaxExpressionBytes) {
    return InvalidArgument(messages::ExpressionTooLarge(text.size(), with_size));
  }
  return OkStatus();
}

// Grammar and form; what remains needs the placeholders.
template <typename Parse>
Result<Syntax> Read(std::string_view text, bool with_size, Parse parse) {
  SKERRY_RETURN_IF_ERROR(CheckSize(text, with_size));
  SKERRY_ASSIGN_OR_RETURN(Syntax syntax, parse(text));
  SKERRY_RETURN_IF_ERROR(CheckForm(syntax));
  return syntax;
}

Result<Condition> CompileTree(std::string_view parameter, std::string_view text,
                              Substitutions* substitutions) {
  Result<Syntax> syntax = Read(text, /*with_size=*/true, ParseCondition);
  if (!syntax.ok()) return Invalid(parameter, syntax.status());
  Result<Condition> condition = ResolveCondition(std::move(syntax).value(), substitutions);
  if (!condition.ok()) return Invalid(parameter, condition.status());
  return condition;
}

}  // namespace

struct Compiler::State {
  Substitutions substitutions;
};

Compiler::Compiler(const NameMap* names, const document::AttributeMap* values)
    : state_(std::make_unique<State>(State{Substitutions(names, values)})) {}
Compiler::~Compiler() = default;

Status Compiler::CheckSubstitutions(bool any_expression) {
  const Substitutions& substitutions = state_->substitutions;
  if (!any_expression && substitutions.names() != nullptr) {
    return InvalidArgument(messages::MapOnlyWithExpressions("ExpressionAttributeNames"));
  }
  if (!any_expression && substitutions.values() != nullptr) {
    return InvalidArgument(messages::MapOnlyWithExpressions("ExpressionAttributeValues"));
  }
  return substitutions.CheckMaps();
}

Result<std::shared_ptr<const Condition>> Compiler::CompileCondition(std::string_view parameter,
                                                                    std::string_view text) {
  SKERRY_ASSIGN_OR_RETURN(Condition condition,
                          CompileTree(parameter, text, &state_->substitutions));
  return std::shared_ptr<const Condition>(std::make_shared<Condition>(std::move(condition)));
}

Result<std::shared_ptr<const Update>> Compiler::CompileUpdate(std::string_view text) {
  Result<Syntax> syntax = Read(text, /*with_size=*/false, ParseUpdate);
  if (!syntax.ok()) return Invalid(kUpdateParameter, syntax.status());
  Result<Update> update = ResolveUpdate(std::move(syntax).value(), &state_->substitutions);
  if (!update.ok()) return Invalid(kUpdateParameter, update.status());
  return std::shared_ptr<const Update>(std::make_shared<Update>(std::move(update).value()));
}

Result<std::shared_ptr<const Projection>> Compiler::CompileProjection(std::string_view text) {
  Result<Syntax> syntax = Read(text, /*with_size=*/false, ParseProjection);
  if (!syntax.ok()) return Invalid(kProjectionParameter, syntax.status());
  Result<Projection> projection =
      ResolveProjection(std::move(syntax).value(), &state_->substitutions);
  if (!projection.ok()) return Invalid(kProjectionParameter, projection.status());
  SortPaths(&projection.value());
  return std::shared_ptr<const Projection>(
      std::make_shared<Projection>(std::move(projection).value()));
}

Result<std::shared_ptr<const Condition>> Compiler::CompileKeyCondition(std::string_view text) {
  return CompileCondition(kKeyParameter, text);
}

Status Compiler::CheckAllUsed() const { return state_->substitutions.CheckAllUsed(); }

}  // namespace skerry::expression
