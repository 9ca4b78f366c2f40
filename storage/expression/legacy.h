#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/document/attribute_value.h"

// The parameters that came before expressions (AWS, "Legacy conditional parameters"), as they
// arrive. The functions of compiler.h turn them into the same trees.

namespace skerry::expression {

// Condition of KeyConditions, QueryFilter and ScanFilter.
struct LegacyCondition {
  std::string comparison_operator;  // EQ, NE, IN, ...; one of the model's names
  std::optional<std::vector<document::AttributeValue>> attribute_value_list;
};
// ExpectedAttributeValue of Expected.
struct LegacyExpected {
  std::optional<document::AttributeValue> value;
  std::optional<bool> exists;
  std::optional<std::string> comparison_operator;
  std::optional<std::vector<document::AttributeValue>> attribute_value_list;
};
// AttributeValueUpdate of AttributeUpdates.
struct LegacyUpdate {
  std::optional<document::AttributeValue> value;
  std::optional<std::string> action;  // PUT (also when absent), ADD, DELETE
};

template <typename T>
using ByName = std::vector<std::pair<std::string, T>>;

}  // namespace skerry::expression
