#include "server/dynamodb/table_name.h"

#include <algorithm>
#include <array>

namespace skerry::dynamodb {
namespace {

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

bool IsTableName(std::string_view name) {
  return name.size() >= 3 && name.size() <= 255 && IsNamePattern(name);
}

// arn : partition : service : region : account : resource
constexpr size_t kArnFields = 6;

}  // namespace

bool IsNamePattern(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), IsNameCharacter);
}

std::optional<api::ApiError> ResolveName(const NameRules& rules, std::string* name) {
  std::string_view text = *name;
  if (text.starts_with("arn:")) {
    std::array<std::string_view, kArnFields> fields;
    for (size_t i = 0; i + 1 < kArnFields; ++i) {
      const size_t colon = text.find(':');
      if (colon == std::string_view::npos) {
        return api::ValidationException(std::string(messages::kInvalidArn));
      }
      fields[i] = text.substr(0, colon);
      text.remove_prefix(colon + 1);
    }
    if (!fields[1].starts_with("aws") || fields[2] != "dynamodb" || !text.starts_with("table/")) {
      return api::ValidationException(std::string(messages::kInvalidArn));
    }
    text.remove_prefix(std::string_view("table/").size());
    if (IsTableName(text) && rules.separate_accounts && fields[4] != rules.account) {
      return api::ApiError{api::ErrorType::kAccessDenied, messages::OtherAccount(*name), {}};
    }
  }
  if (!IsTableName(text)) {
    return api::ValidationException(std::string(messages::kInvalidTableName));
  }
  if (text.size() != name->size()) *name = std::string(text);
  return std::nullopt;
}

}  // namespace skerry::dynamodb
