#include "server/dynamodb/messages.h"

#include <fmt/format.h>

namespace skerry::dynamodb::messages {
namespace {

std::string Clause(std::string_view value, std::string_view where, std::string_view rule) {
  return fmt::format("Value '{}' at '{}' failed to satisfy constraint: Member must {}", value,
                     where, rule);
}

}  // namespace

std::string CannotBeConverted(std::string_view what, std::string_view type) {
  return fmt::format("{} cannot be converted to {}", what, type);
}

std::string MalformedJson(size_t position) {
  return fmt::format("The request body is not well-formed JSON (byte {})", position);
}

std::string Base64Length(size_t length) {
  return fmt::format("Base64 encoded length is expected a multiple of 4 bytes but found: {}",
                     length);
}

std::string Base64Character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20 || byte > 0x7e) return fmt::format("Invalid Base64 character: 0x{:02X}", byte);
  return fmt::format("Invalid Base64 character: '{}'", c);
}

std::string MemberPath(const Dialect& dialect, std::string_view member) {
  std::string path(member);
  if (dialect.lower_first_letter && !path.empty() && path[0] >= 'A' && path[0] <= 'Z') {
    path[0] = static_cast<char>(path[0] | 0x20);
  }
  return path;
}

std::string NotNull(std::string_view where) {
  return fmt::format("Value null at '{}' failed to satisfy constraint: Member must not be null",
                     where);
}

std::string AtLeastLength(std::string_view value, std::string_view where, int64_t min) {
  return Clause(value, where, fmt::format("have length greater than or equal to {}", min));
}

std::string AtMostLength(std::string_view value, std::string_view where, int64_t max) {
  return Clause(value, where, fmt::format("have length less than or equal to {}", max));
}

std::string AtLeast(std::string_view value, std::string_view where, int64_t min) {
  return Clause(value, where, fmt::format("have value greater than or equal to {}", min));
}

std::string AtMost(std::string_view value, std::string_view where, int64_t max) {
  return Clause(value, where, fmt::format("have value less than or equal to {}", max));
}

std::string Pattern(std::string_view value, std::string_view where, std::string_view pattern) {
  return Clause(value, where, fmt::format("satisfy regular expression pattern: {}", pattern));
}

std::string OneOf(std::string_view value, std::string_view where,
                  std::span<const std::string_view> allowed) {
  return Clause(value, where,
                fmt::format("satisfy enum value set: [{}]", fmt::join(allowed, ", ")));
}

std::string Violations(std::span<const std::string> clauses) {
  return fmt::format("{} validation error{} detected: {}", clauses.size(),
                     clauses.size() == 1 ? "" : "s", fmt::join(clauses, "; "));
}

std::string NullValueOf(std::string_view name) {
  return fmt::format("{}: {} is null", kNullValue, name);
}

std::string DuplicateStrings(std::span<const std::string> values) {
  return fmt::format(
      "One or more parameter values were invalid: Input collection [{}] contains duplicates",
      fmt::join(values, ", "));
}

std::string InvalidExpressionValue(std::string_view fault, std::string_view key) {
  return fmt::format("ExpressionAttributeValues contains invalid value: {} for key {}", fault, key);
}

std::string NullExpressionName(std::string_view key) {
  return fmt::format("ExpressionAttributeNames contains invalid value: null for key {}", key);
}

std::string NotBuiltYet(std::string_view operation) {
  return fmt::format("{} Skerry does not have the operation {} yet.", kUnknownOperation, operation);
}

std::string MemberNotBuiltYet(std::string_view member) {
  return fmt::format("{} is not supported: Skerry does not have it yet", member);
}

std::string OtherAccount(std::string_view arn) {
  return fmt::format("The resource {} belongs to another account", arn);
}

std::string NoResourcePolicy(std::string_view arn) {
  return fmt::format("Resource-based policy not found for the provided ResourceArn: {}", arn);
}

std::string TableNotFound(std::string_view table) {
  return fmt::format("Table not found: {}", table);
}

}  // namespace skerry::dynamodb::messages
