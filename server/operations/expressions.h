#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "server/api/item_types.h"
#include "storage/expression/compiler.h"
#include "storage/partition/schema.h"

// What the operations' expressions have in common: which parameters may stand together, and how
// those of a request become one compiled whole. Failures are InvalidArgument with the service's
// message.

namespace skerry::operations {

// Names of the members that were sent, in the order in which the service lists them.
class Present {
 public:
  Present& Add(std::string_view name, bool present) {
    if (present) names_.push_back(name);
    return *this;
  }
  Present& AddFirst(std::string_view name, bool present) {
    if (present) names_.insert(names_.begin(), name);
    return *this;
  }
  bool any() const { return !names_.empty(); }
  const std::vector<std::string_view>& names() const { return names_; }

 private:
  std::vector<std::string_view> names_;
};

// Of the single writes: what they all have.
Present WriteLegacy(const api::WriteCondition& condition);
Present WriteExpressions(const api::WriteCondition& condition);

// Legacy parameters and expressions must not be mixed.
Status CheckNotMixed(const Present& legacy, const Present& expressions);

// A single write's condition and update. The service looks at parameters first, then at table and
// key, then at the text of expressions: so in two steps.
class WriteCompiler {
 public:
  // `update_expression` is null but for UpdateItem. Both outlive this.
  WriteCompiler(const api::WriteCondition& condition,
                const std::optional<std::string>* update_expression);

  // First of all: the form of Expected.
  Status CheckExpected();
  // Before the table is looked up: substitutions without expressions, ConditionalOperator.
  Status CheckParameters();
  // After the key was checked. Either may stay null: none was asked for.
  Status Compile(std::shared_ptr<const expression::Condition>* condition,
                 std::shared_ptr<const expression::Update>* update);

 private:
  const api::WriteCondition& condition_;
  const std::optional<std::string>* update_expression_;
  expression::Compiler compiler_;
  std::shared_ptr<const expression::Condition> expected_;
};

// No path may go into a key attribute, the table's or an index's: keys are scalars. `expression` is
// a condition, an update or a projection, and may be null.
template <typename Expression>
Status CheckKeyPaths(const Expression* expression, const partition::Schema& schema) {
  if (expression == nullptr) return OkStatus();
  SKERRY_RETURN_IF_ERROR(expression::CheckKeyPaths(*expression, schema.key));
  for (const partition::LocalIndex& index : schema.local_indexes) {
    SKERRY_RETURN_IF_ERROR(expression::CheckIndexKeyPaths(*expression, *index.key.sort_key));
  }
  return OkStatus();
}

// ConditionalOperator makes sense with a legacy filter of several elements only.
Status CheckConditionalOperator(const std::optional<api::ConditionalOperator>& conditional,
                                size_t elements);
template <typename Filter>
Status CheckConditionalOperator(const std::optional<api::ConditionalOperator>& conditional,
                                const std::optional<Filter>& filter) {
  return CheckConditionalOperator(conditional, filter ? filter->size() : 0);
}

// Names and values without an expression that could use them. `with_values` are the members that
// could use values.
struct ExpressionMember {
  std::string_view name;
  bool present;
};
Status CheckSubstitutionsUsable(const expression::NameMap* names,
                                const document::AttributeMap* values, bool any_expression,
                                std::initializer_list<ExpressionMember> with_values);
inline bool IsOr(const std::optional<api::ConditionalOperator>& conditional) {
  return conditional == api::ConditionalOperator::kOr;
}

template <typename T>
const T* OrNull(const std::optional<T>& value) {
  return value ? &*value : nullptr;
}

}  // namespace skerry::operations
