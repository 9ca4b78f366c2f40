#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// Every text of the protocol layer: faults that the service finds before an operation begins. The
// rules of operations have theirs in server/operations. A dialect is data, so that another wording
// of the service joins by another row.

namespace skerry::dynamodb {

struct Dialect {
  // `tableName` (classic) or `TableName` in the path of a member.
  bool lower_first_letter = true;
};

inline constexpr Dialect kClassicDialect{};

namespace messages {

// --- SerializationException: the JSON does not have the shape of the request ---
inline constexpr std::string_view kStartOfStructure =
    "Start of structure or map found where not expected";
inline constexpr std::string_view kStartOfList = "Start of list found where not expected";
inline constexpr std::string_view kUnexpectedField = "Unexpected field type";  // for a map or list
inline constexpr std::string_view kUnexpectedValue = "Unexpected value type in payload";
inline constexpr std::string_view kUnexpectedToken = "Unexpected token received from parser";
inline constexpr std::string_view kOnlyBase64 =
    "only base-64-encoded strings are convertible to bytes";
std::string CannotBeConverted(std::string_view what, std::string_view type);
std::string MalformedJson(size_t position);
std::string Base64Length(size_t length);
std::string Base64Character(char c);
inline constexpr std::string_view kBase64LastCharacter =
    "Invalid last non-pad Base64 character dectected";

// --- ValidationException: constraints of the service's model ---
std::string MemberPath(const Dialect& dialect, std::string_view member);
// The clauses; `where` is the member's path.
std::string NotNull(std::string_view where);
std::string AtLeastLength(std::string_view value, std::string_view where, int64_t min);
std::string AtMostLength(std::string_view value, std::string_view where, int64_t max);
std::string AtLeast(std::string_view value, std::string_view where, int64_t min);
std::string AtMost(std::string_view value, std::string_view where, int64_t max);
std::string Pattern(std::string_view value, std::string_view where, std::string_view pattern);
std::string OneOf(std::string_view value, std::string_view where,
                  std::span<const std::string_view> allowed);
// "N validation error(s) detected: A; B".
std::string Violations(std::span<const std::string> clauses);

inline constexpr std::string_view kInvalidTableName =
    "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and "
    "may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'";
inline constexpr std::string_view kInvalidArn =
    "Valid ARN format is "
    "'arn:<awsPartition>:<vendor>:<region>:<subscriber>:resourceType/resourceName', where "
    "Resource name must have length less than or equal to 255, Resource name must have length "
    "greater than or equal to 3, Resource name must satisfyregular expression pattern: "
    "[a-zA-Z0-9_.-]+";

// --- ValidationException: attribute values ---
inline constexpr std::string_view kEmptyValue =
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
inline constexpr std::string_view kSeveralTypes =
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
    "supported datatypes";
inline constexpr std::string_view kNullMustBeTrue =
    "One or more parameter values were invalid: Null attribute value types must have the value of "
    "true";
inline constexpr std::string_view kEmptyStringSet =
    "One or more parameter values were invalid: An string set  may not be empty";
inline constexpr std::string_view kEmptyNumberSet =
    "One or more parameter values were invalid: An number set  may not be empty";
inline constexpr std::string_view kEmptyBinarySet =
    "One or more parameter values were invalid: Binary sets should not be empty";
inline constexpr std::string_view kNullInStringSet =
    "One or more parameter values were invalid: An string set may not have a null string as a "
    "member";
inline constexpr std::string_view kNotANumber =
    "A value provided cannot be converted into a number";
inline constexpr std::string_view kNullValue = "The supplied Item contains a null AttributeValue";
std::string NullValueOf(std::string_view name);
std::string DuplicateStrings(std::span<const std::string> values);
inline constexpr std::string_view kDuplicateNumbers = "Input collection contains duplicates";
inline constexpr std::string_view kDuplicateBinaries =
    "One or more parameter values were invalid: Input collection of type BS contains duplicates.";
inline constexpr std::string_view kEmptyName = "Empty attribute name";
inline constexpr std::string_view kNameTooLong =
    "Attribute name is too large, must be less than 65536 bytes";
inline constexpr std::string_view kTooDeep =
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
    "beyond supported limit";
std::string InvalidExpressionValue(std::string_view fault, std::string_view key);
std::string NullExpressionName(std::string_view key);

// --- The envelope ---
inline constexpr std::string_view kUnknownOperation = "An unknown operation was requested.";
inline constexpr std::string_view kUnsupportedVersion =
    "The action or operation requested is invalid. Verify that the action is typed correctly.";
std::string NotBuiltYet(std::string_view operation);
std::string MemberNotBuiltYet(std::string_view member);
inline constexpr std::string_view kInternalError =
    "The request processing has failed because of an unknown error, exception or failure.";
std::string OtherAccount(std::string_view arn);
std::string NoResourcePolicy(std::string_view arn);
std::string TableNotFound(std::string_view table);

}  // namespace messages
}  // namespace skerry::dynamodb
