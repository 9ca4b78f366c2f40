#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Every message text of this folder, in the service's classic wording (observed). A second wording
// joins here, as a second set of the same functions; no other file spells a message.

namespace skerry::expression::messages {

// "Invalid ConditionExpression: " and the like, before most of the texts below.
std::string Invalid(std::string_view parameter, std::string_view detail);

// Syntax and size.
std::string EmptyExpression();
// `with_size`: condition-like expressions name the size, the others do not.
std::string ExpressionTooLarge(size_t size, bool with_size);
std::string SyntaxError(std::string_view token, std::string_view near);
std::string RedundantParentheses();
std::string SectionUsedTwice(std::string_view section);

// Names, paths and values.
std::string ReservedKeyword(std::string_view word);
std::string ListIndexOutOfRange(std::string_view digits);
std::string UndefinedName(std::string_view placeholder);
std::string UndefinedValue(std::string_view placeholder);
std::string PathTooDeep(size_t levels);
std::string PathsOverlap(std::string_view one, std::string_view two);
std::string PathsConflict(std::string_view one, std::string_view two);

// Functions and operators.
std::string UnknownFunction(std::string_view function);
std::string FunctionNotInCondition(std::string_view function);
std::string FunctionNotInUpdate(std::string_view function);
std::string FunctionMisused(std::string_view function);
std::string OperandCount(std::string_view function, size_t count);
std::string OperandType(std::string_view function, std::string_view type);
// What the service prints as the type of a document path where it needs a constant string.
std::string_view AnyTypeSet();
std::string ClauseOperandType(std::string_view clause, std::string_view type);
std::string NeedsPath(std::string_view function);
std::string OperandsNotDistinct(std::string_view function, std::string_view path);
std::string UnknownTypeName(std::string_view name);
std::string BetweenTypes(std::string_view lower, std::string_view upper);
std::string BetweenBounds(std::string_view lower, std::string_view upper);
std::string TooManyInOperands(size_t count);
std::string TooManyOperators(size_t count);

// ExpressionAttributeNames and ExpressionAttributeValues (`map`).
std::string MapOnlyWithExpressions(std::string_view map);
std::string MapEmpty(std::string_view map);
std::string PlaceholderSyntax(std::string_view map, std::string_view key);
std::string PlaceholderEmpty(std::string_view map);
std::string PlaceholderTooLong(std::string_view map, size_t size, bool with_size);
std::string EmptyAttributeName(std::string_view key);
std::string AttributeNameTooLarge(std::string_view key);
std::string Unused(std::string_view map, std::string_view keys);

// Evaluation.
std::string MissingOperand();
std::string WrongOperandType();
std::string InvalidUpdatePath();
std::string UpdatesKey(std::string_view attribute);
// `role`: "Key" or "IndexKey".
std::string KeyPathNotScalar(std::string_view role, std::string_view attribute);
std::string NestedTooDeep();

// Key conditions.
std::string KeyOperator(std::string_view op);
std::string KeyNested();
std::string KeyOnePerKey();
std::string KeyConditionCount();
std::string KeyFirstOperand(std::string_view op);
std::string KeyManyNames();
std::string KeyNoName();
std::string KeyMissed();
std::string KeyUnsupported();
std::string KeyType();
std::string KeyNestedName();
std::string KeyNotIndexable();
std::string KeyNeedsScalar(std::string_view role);  // "Hash" or "Range"

// Legacy parameters.
std::string LegacyEmptyName();
std::string LegacyUnknownComparison();
std::string LegacyArgumentCount(std::string_view comparison);
std::string LegacyArgumentType(std::string_view comparison, std::string_view type);
std::string LegacyMixedTypes();
std::string LegacyBetweenBounds();
std::string ExpectedTogether(std::string_view one, std::string_view other,
                             std::string_view attribute);
std::string ExpectedListAlone(std::string_view attribute);
std::string ExpectedNoArguments(std::string_view comparison, std::string_view attribute);
std::string ExpectedValueMissing(std::string_view exists, std::string_view attribute);
std::string ExpectedValueNotUsable(std::string_view attribute);
std::string LegacyUnknownAction();
std::string LegacyValueMissing();
std::string LegacyActionType(std::string_view action, std::string_view type);
std::string LegacyTypeMismatch();

}  // namespace skerry::expression::messages
