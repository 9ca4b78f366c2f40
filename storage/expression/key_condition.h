#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "storage/expression/ast.h"
#include "storage/expression/compiler.h"

namespace skerry::expression {

// One condition of a conjunction on keys.
struct KeyTerm {
  std::string_view name;
  // None: an operator that selects no range of sort keys.
  std::optional<KeyCondition::Range> range;
  // The constants; null where the operator has none. Borrowed.
  const document::AttributeValue* low = nullptr;
  const document::AttributeValue* high = nullptr;
};

// Chooses the terms for partition and sort key and checks them against the schema. Failures carry
// whole messages.
Result<KeyCondition> KeyConditionFromTerms(const std::vector<KeyTerm>& terms,
                                           const KeySchema& schema);

}  // namespace skerry::expression
