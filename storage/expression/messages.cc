#include "storage/expression/messages.h"

#include <fmt/format.h>

namespace skerry::expression::messages {

std::string Invalid(std::string_view parameter, std::string_view detail) {
  return fmt::format("Invalid {}: {}", parameter, detail);
}

std::string EmptyExpression() { return "The expression can not be empty;"; }
std::string ExpressionTooLarge(size_t size, bool with_size) {
  std::string text = "Expression size has exceeded the maximum allowed size;";
  if (with_size) text += fmt::format(" expression size: {}", size);
  return text;
}
std::string SyntaxError(std::string_view token, std::string_view near) {
  return fmt::format("Syntax error; token: \"{}\", near: \"{}\"", token, near);
}
std::string RedundantParentheses() { return "The expression has redundant parentheses;"; }
std::string SectionUsedTwice(std::string_view section) {
  return fmt::format("The \"{}\" section can only be used once in an update expression;", section);
}

std::string ReservedKeyword(std::string_view word) {
  return fmt::format("Attribute name is a reserved keyword; reserved keyword: {}", word);
}
std::string ListIndexOutOfRange(std::string_view digits) {
  return fmt::format("List index is not within the allowable range; index: [{}]", digits);
}
std::string UndefinedName(std::string_view placeholder) {
  return fmt::format(
      "An expression attribute name used in the document path is not defined; attribute name: {}",
      placeholder);
}
std::string UndefinedValue(std::string_view placeholder) {
  return fmt::format(
      "An expression attribute value used in expression is not defined; attribute value: {}",
      placeholder);
}
std::string PathTooDeep(size_t levels) {
  return fmt::format("The document path has too many nesting levels; nesting levels: {}", levels);
}
std::string PathsOverlap(std::string_view one, std::string_view two) {
  return fmt::format(
      "Two document paths overlap with each other; must remove or rewrite one of these paths; "
      "path one: {}, path two: {}",
      one, two);
}
std::string PathsConflict(std::string_view one, std::string_view two) {
  return fmt::format(
      "Two document paths conflict with each other; must remove or rewrite one of these paths; "
      "path one: {}, path two: {}",
      one, two);
}

std::string UnknownFunction(std::string_view function) {
  return fmt::format("Invalid function name; function: {}", function);
}
std::string FunctionNotInCondition(std::string_view function) {
  return fmt::format("The function is not allowed in a condition expression; function: {}",
                     function);
}
std::string FunctionNotInUpdate(std::string_view function) {
  return fmt::format("The function is not allowed in an update expression; function: {}", function);
}
std::string FunctionMisused(std::string_view function) {
  return fmt::format(
      "The function is not allowed to be used this way in an expression; function: {}", function);
}
std::string OperandCount(std::string_view function, size_t count) {
  return fmt::format(
      "Incorrect number of operands for operator or function; operator or function: {}, number of "
      "operands: {}",
      function, count);
}
std::string OperandType(std::string_view function, std::string_view type) {
  return fmt::format(
      "Incorrect operand type for operator or function; operator or function: {}, operand type: {}",
      function, type);
}
std::string_view AnyTypeSet() {
  return "{L,SS,HD,S,M,FLOAT,NS,FS,DICT,N,B,NULL,DOUBLESET,DECIMAL,INT,BOOL,DOUBLE,INTSET,BS,"
         "DECIMALSET,HDS}";
}
std::string ClauseOperandType(std::string_view clause, std::string_view type) {
  return fmt::format(
      "Incorrect operand type for operator or function; operator: {0}, operand type: {1}, typeSet: "
      "ALLOWED_FOR_{0}_OPERAND",
      clause, type);
}
std::string NeedsPath(std::string_view function) {
  return fmt::format("Operator or function requires a document path; operator or function: {}",
                     function);
}
std::string OperandsNotDistinct(std::string_view function, std::string_view path) {
  return fmt::format(
      "The first operand must be distinct from the remaining operands for this operator or "
      "function; operator: {}, first operand: {}",
      function, path);
}
std::string UnknownTypeName(std::string_view name) {
  return fmt::format(
      "Invalid attribute type name found; type: {}, valid types: {{N,BS,L,B,NULL,M,S,SS,NS,BOOL}}",
      name);
}
std::string BetweenTypes(std::string_view lower, std::string_view upper) {
  return fmt::format(
      "The BETWEEN operator requires same data type for lower and upper bounds; lower bound "
      "operand: {}, upper bound operand: {}",
      lower, upper);
}
std::string BetweenBounds(std::string_view lower, std::string_view upper) {
  return fmt::format(
      "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower "
      "bound operand: {}, upper bound operand: {}",
      lower, upper);
}
std::string TooManyInOperands(size_t count) {
  return fmt::format("The IN operator is provided with too many operands; number of operands: {}",
                     count);
}
std::string TooManyOperators(size_t count) {
  return fmt::format("The expression contains too many operators; operator count: {}", count);
}

std::string MapOnlyWithExpressions(std::string_view map) {
  return fmt::format("{} can only be specified when using expressions", map);
}
std::string MapEmpty(std::string_view map) { return fmt::format("{} must not be empty", map); }
std::string PlaceholderSyntax(std::string_view map, std::string_view key) {
  return fmt::format("{} contains invalid key: Syntax error; key: \"{}\"", map, key);
}
std::string PlaceholderEmpty(std::string_view map) {
  return fmt::format("{} contains invalid key: The expression attribute map contains an empty key;",
                     map);
}
std::string PlaceholderTooLong(std::string_view map, size_t size, bool with_size) {
  std::string text = fmt::format(
      "{} contains invalid key: The expression attribute map contains a key that is too long;",
      map);
  if (with_size) text += fmt::format(" size of key: {}", size);
  return text;
}
std::string EmptyAttributeName(std::string_view key) {
  return fmt::format(
      "ExpressionAttributeNames contains invalid value: Empty attribute name for key {}", key);
}
std::string AttributeNameTooLarge(std::string_view key) {
  return fmt::format(
      "ExpressionAttributeNames contains invalid value: Attribute name is too large, must be less "
      "than 65536 bytes for key {}",
      key);
}
std::string Unused(std::string_view map, std::string_view keys) {
  return fmt::format("Value provided in {} unused in expressions: keys: {{{}}}", map, keys);
}

std::string MissingOperand() {
  return "The provided expression refers to an attribute that does not exist in the item";
}
std::string WrongOperandType() {
  return "An operand in the update expression has an incorrect data type";
}
std::string InvalidUpdatePath() {
  return "The document path provided in the update expression is invalid for update";
}
std::string UpdatesKey(std::string_view attribute) {
  return fmt::format(
      "One or more parameter values were invalid: Cannot update attribute {}. This attribute is "
      "part of the key",
      attribute);
}
std::string KeyPathNotScalar(std::string_view role, std::string_view attribute) {
  return fmt::format(
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
      "{}: {}",
      role, attribute);
}
std::string NestedTooDeep() { return "Nesting Levels have exceeded supported limits"; }

std::string KeyOperator(std::string_view op) {
  return fmt::format("Invalid operator used in KeyConditionExpression: {}", op);
}
std::string KeyNested() { return "KeyConditionExpressions cannot contain nested operations"; }
std::string KeyOnePerKey() {
  return "KeyConditionExpressions must only contain one condition per key";
}
std::string KeyConditionCount() { return "Conditions can be of length 1 or 2 only"; }
std::string KeyFirstOperand(std::string_view op) {
  return fmt::format(
      "Invalid condition in KeyConditionExpression: {} operator must have the key attribute as its "
      "first operand",
      op);
}
std::string KeyManyNames() {
  return "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
         "condition";
}
std::string KeyNoName() {
  return "Invalid condition in KeyConditionExpression: No key attribute specified";
}
std::string KeyMissed() { return "Query condition missed key schema element"; }
std::string KeyUnsupported() { return "Query key condition not supported"; }
std::string KeyType() {
  return "One or more parameter values were invalid: Condition parameter type does not match "
         "schema type";
}
std::string KeyNestedName() {
  return "KeyConditionExpressions cannot have conditions on nested attributes";
}
std::string KeyNotIndexable() {
  return "Attempted conditional constraint is not an indexable operation";
}
std::string KeyNeedsScalar(std::string_view role) {
  return fmt::format("Only scalar types can be used as {} Key values", role);
}

namespace {
std::string InvalidParameters(std::string_view detail) {
  return fmt::format("One or more parameter values were invalid: {}", detail);
}
}  // namespace

std::string LegacyEmptyName() { return "Empty attribute name"; }
std::string LegacyUnknownComparison() { return "Comparison type does not exist in DynamoDB"; }
std::string LegacyArgumentCount(std::string_view comparison) {
  return InvalidParameters(
      fmt::format("Invalid number of argument(s) for the {} ComparisonOperator", comparison));
}
std::string LegacyArgumentType(std::string_view comparison, std::string_view type) {
  return InvalidParameters(fmt::format(
      "ComparisonOperator {} is not valid for {} AttributeValue type", comparison, type));
}
std::string LegacyMixedTypes() {
  return InvalidParameters("AttributeValues inside AttributeValueList must be of same type");
}
std::string LegacyBetweenBounds() {
  return "The BETWEEN condition was provided a range where the lower bound is greater than the "
         "upper bound";
}
std::string ExpectedTogether(std::string_view one, std::string_view other,
                             std::string_view attribute) {
  return InvalidParameters(
      fmt::format("{} and {} cannot be used together for Attribute: {}", one, other, attribute));
}
std::string ExpectedListAlone(std::string_view attribute) {
  return InvalidParameters(
      fmt::format("AttributeValueList can only be used with a ComparisonOperator for Attribute: {}",
                  attribute));
}
std::string ExpectedNoArguments(std::string_view comparison, std::string_view attribute) {
  return InvalidParameters(
      fmt::format("Value or AttributeValueList must be used with ComparisonOperator: {} for "
                  "Attribute: {}",
                  comparison, attribute));
}
std::string ExpectedValueMissing(std::string_view exists, std::string_view attribute) {
  return InvalidParameters(
      fmt::format("Value must be provided when Exists is {} for Attribute: {}", exists, attribute));
}
std::string ExpectedValueNotUsable(std::string_view attribute) {
  return InvalidParameters(
      fmt::format("Value cannot be used when Exists is false for Attribute: {}", attribute));
}
std::string LegacyUnknownAction() {
  return "Member must satisfy enum value set: [ADD, DELETE, PUT]";
}
std::string LegacyValueMissing() {
  return InvalidParameters("Only DELETE action is allowed when no attribute value is specified");
}
std::string LegacyActionType(std::string_view action, std::string_view type) {
  return InvalidParameters(fmt::format("{} action {}is not supported for the type {}", action,
                                       action == "DELETE" ? "with value " : "", type));
}
std::string LegacyTypeMismatch() { return "Type mismatch for attribute to update"; }

}  // namespace skerry::expression::messages
