#include "server/operations/projections.h"

#include <set>

#include "server/operations/expressions.h"

namespace skerry::operations {

Status CheckProjectionParameters(const std::optional<std::string>& projection_expression,
                                 const std::optional<api::NameMap>& names,
                                 const std::optional<std::vector<std::string>>& attributes_to_get) {
  SKERRY_RETURN_IF_ERROR(
      CheckNotMixed(Present().Add("AttributesToGet", attributes_to_get.has_value()),
                    Present().Add("ProjectionExpression", projection_expression.has_value())));
  return CheckSubstitutionsUsable(OrNull(names), nullptr, projection_expression.has_value(), {});
}

Status CheckAttributesToGet(const std::optional<std::vector<std::string>>& attributes_to_get) {
  return attributes_to_get ? ProjectionOfNames(*attributes_to_get).status() : OkStatus();
}

Result<std::shared_ptr<const expression::Projection>> ProjectionOfNames(
    const std::vector<std::string>& attributes_to_get) {
  std::set<std::string_view> seen;
  for (const std::string& name : attributes_to_get) {
    if (seen.insert(name).second) continue;
    return InvalidArgument(
        "One or more parameter values were invalid: Duplicate value in attribute name: " + name);
  }
  return expression::ProjectionFromAttributesToGet(attributes_to_get);
}

Result<std::shared_ptr<const expression::Projection>> CompileProjection(
    const std::optional<std::string>& projection_expression,
    const std::optional<api::NameMap>& names,
    const std::optional<std::vector<std::string>>& attributes_to_get,
    const partition::Schema& schema) {
  std::shared_ptr<const expression::Projection> projection;
  if (attributes_to_get) {
    SKERRY_ASSIGN_OR_RETURN(projection, ProjectionOfNames(*attributes_to_get));
  }
  if (projection_expression || names) {
    expression::Compiler compiler(OrNull(names), nullptr);
    SKERRY_RETURN_IF_ERROR(compiler.CheckSubstitutions(projection_expression.has_value()));
    if (projection_expression) {
      SKERRY_ASSIGN_OR_RETURN(projection, compiler.CompileProjection(*projection_expression));
    }
    SKERRY_RETURN_IF_ERROR(compiler.CheckAllUsed());
  }
  if (projection_expression) {
    SKERRY_RETURN_IF_ERROR(CheckKeyPaths(projection.get(), schema));
  }
  return projection;
}

Result<document::EncodedItem> Shown(const expression::Projection* projection,
                                    std::string_view encoded) {
  if (projection == nullptr) return document::EncodedItem(encoded);
  SKERRY_ASSIGN_OR_RETURN(const document::Item item, document::DecodeItem(encoded));
  document::EncodedItem shown;
  document::EncodeItem(expression::Project(*projection, item), &shown);
  return shown;
}

}  // namespace skerry::operations
