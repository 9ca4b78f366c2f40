#include "storage/partition/messages.h"

#include <fmt/format.h>

namespace skerry::partition::messages {
namespace {

std::string_view EmptyNoun(document::Type type) {
  return type == document::Type::kBinary ? "binary" : "string";
}

}  // namespace

std::string MissingKey(std::string_view name) {
  return fmt::format("One or more parameter values were invalid: Missing the key {} in the item",
                     name);
}

std::string KeyTypeMismatch(std::string_view name, document::Type expected, document::Type actual) {
  return fmt::format(
      "One or more parameter values were invalid: Type mismatch for key {} expected: {} actual: {}",
      name, document::TypeName(expected), document::TypeName(actual));
}

std::string EmptyKeyValue(std::string_view name, document::Type type) {
  return fmt::format(
      "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
      "contain "
      "an empty {} value. Key: {}",
      EmptyNoun(type), name);
}

std::string IndexKeyTypeMismatch(std::string_view name, document::Type expected,
                                 document::Type actual, std::string_view index) {
  return fmt::format(
      "One or more parameter values were invalid: Type mismatch for Index Key {} Expected: {} "
      "Actual: {} "
      "IndexName: {}",
      name, document::TypeName(expected), document::TypeName(actual), index);
}

std::string EmptyIndexKeyValue(std::string_view name, document::Type type, std::string_view index) {
  return fmt::format(
      "One or more parameter values are not valid. A value specified for a secondary index key is "
      "not "
      "supported. The AttributeValue for a key attribute cannot contain an empty {} value. "
      "IndexName: {}, "
      "IndexKey: {}",
      EmptyNoun(type), index, name);
}

std::string EmptyIndexKeyUpdate(document::Type type) {
  return fmt::format(
      "One or more parameter values are not valid. The update expression attempted to update a "
      "secondary "
      "index key to a value that is not supported. The AttributeValue for a key attribute cannot "
      "contain an "
      "empty {} value.",
      EmptyNoun(type));
}

}  // namespace skerry::partition::messages
