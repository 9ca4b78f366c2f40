#include <gtest/gtest.h>

#include "storage/expression/expression_testing.h"

// What key conditions select in a table whose keys are pk (a string) and sk (a number). Outcomes as
// DynamoDB Local 2.6.1 gives them.

namespace skerry::expression::testing {
namespace {

TEST(KeyCondition, SelectsAPartitionAndARange) {
  CheckTable(KeyOutcome, R"table(
    pk = :s                          => "x"
    #pk = :s                         => "x"
    :s = pk                          => "x"
    (pk = :s)                        => "x"
    (pk) = (:s)                      => "x"
    pk = :s AND sk = :1              => "x" = 1
    sk = :1 AND pk = :s              => "x" = 1
    (pk = :s) and (sk = :1)          => "x" = 1
    ((pk = :s) AND (sk = :1))        => "x" = 1
    pk = :s AND sk < :1              => "x" < 1
    pk = :s AND sk <= :1             => "x" <= 1
    pk = :s AND sk > :1              => "x" > 1
    pk = :s AND sk >= :1             => "x" >= 1
    pk = :s AND :1 < sk              => "x" > 1
    pk = :s AND :1 >= sk             => "x" <= 1
    pk = :s AND sk BETWEEN :1 AND :2 => "x" between 1 and 2
    sk BETWEEN :1 AND :1 AND pk = :s => "x" between 1 and 1
  )table");
}

TEST(KeyCondition, TakesNoOtherOperators) {
  CheckTable(KeyOutcome, R"table(
    pk <> :s                         => Invalid operator used in KeyConditionExpression: <>
    NOT pk = :s                      => Invalid operator used in KeyConditionExpression: NOT
    pk = :s OR sk = :1               => Invalid operator used in KeyConditionExpression: OR
    pk IN (:s)                       => Invalid operator used in KeyConditionExpression: IN
    attribute_exists(pk)             => Invalid operator used in KeyConditionExpression: attribute_exists
    pk = :s AND sk <> :1             => Invalid operator used in KeyConditionExpression: <>
    pk = :s AND NOT sk = :1          => Invalid operator used in KeyConditionExpression: NOT
    pk = :s AND sk IN (:1)           => Invalid operator used in KeyConditionExpression: IN
    pk = :s AND contains(sk, :s)     => Invalid operator used in KeyConditionExpression: contains
    pk = :s AND (sk = :1 OR sk = :2) => Invalid operator used in KeyConditionExpression: OR
    pk = :s AND size(sk) = :1        => KeyConditionExpressions cannot contain nested operations
    pk = :s AND sk = size(a)         => KeyConditionExpressions cannot contain nested operations
    size(pk) = :1                    => KeyConditionExpressions cannot contain nested operations
    size(sk) BETWEEN a AND b         => KeyConditionExpressions cannot contain nested operations
  )table");
}

TEST(KeyCondition, ComparesOneKeyWithConstants) {
  CheckTable(KeyOutcome, R"table(
    pk = sk                          => Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition
    pk = a                           => Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition
    pk = :s AND sk > a               => Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition
    pk = :s AND sk BETWEEN a AND :1  => Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition
    begins_with(sk, a) AND pk = :s   => Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition
    :s = :t                          => Invalid condition in KeyConditionExpression: No key attribute specified
    pk = :s AND :1 = :1              => Invalid condition in KeyConditionExpression: No key attribute specified
    pk = :s AND :1 BETWEEN sk AND :2 => Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute as its first operand
    begins_with(:s, sk) AND pk = :s  => Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first operand
    pk = pk                          => The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [pk]
  )table");
}

TEST(KeyCondition, WantsOneConditionPerKey) {
  CheckTable(KeyOutcome, R"table(
    pk = :s AND pk = :s             => KeyConditionExpressions must only contain one condition per key
    pk = :s AND sk > :1 AND sk < :2 => KeyConditionExpressions must only contain one condition per key
    pk = :s AND sk = :1 AND a = :1  => Conditions can be of length 1 or 2 only
    a = :s AND b = :s AND a = :s    => KeyConditionExpressions must only contain one condition per key
    sk > :1 AND sk < :2             => KeyConditionExpressions must only contain one condition per key
  )table");
}

TEST(KeyCondition, WantsThePartitionKeyToBeEqual) {
  CheckTable(KeyOutcome, R"table(
    sk = :1              => Query condition missed key schema element
    a = :s               => Query condition missed key schema element
    pk = :s AND a = :1   => Query condition missed key schema element
    a = :1 AND b = :2    => Query condition missed key schema element
    pk < :s              => Query key condition not supported
    pk BETWEEN :s AND :t => Query key condition not supported
    begins_with(pk, :s)  => Query key condition not supported
    pk > :s AND sk = :1  => Query key condition not supported
    pk < :s AND a = :1   => Query key condition not supported
  )table");
}

TEST(KeyCondition, WantsTheTypesOfTheSchema) {
  CheckTable(KeyOutcome, R"table(
    pk = :1                          => One or more parameter values were invalid: Condition parameter type does not match schema type
    pk = :bo                         => One or more parameter values were invalid: Condition parameter type does not match schema type
    pk = :l                          => One or more parameter values were invalid: Condition parameter type does not match schema type
    pk = :s AND sk = :s              => One or more parameter values were invalid: Condition parameter type does not match schema type
    pk = :s AND sk BETWEEN :s AND :t => One or more parameter values were invalid: Condition parameter type does not match schema type
    pk = :s AND begins_with(sk, :s)  => One or more parameter values were invalid: Condition parameter type does not match schema type
    pk = :s AND begins_with(sk, :b)  => One or more parameter values were invalid: Condition parameter type does not match schema type
    pk < :1                          => One or more parameter values were invalid: Condition parameter type does not match schema type
    pk = :1 AND a = :1               => One or more parameter values were invalid: Condition parameter type does not match schema type
    pk = :s AND sk BETWEEN :2 AND :1 => The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}
    pk = :s AND sk BETWEEN :1 AND :s => The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:x}
    pk = :s AND begins_with(sk, :1)  => Incorrect operand type for operator or function; operator or function: begins_with, operand type: N
    pk = :s AND sk > :l              => Incorrect operand type for operator or function; operator or function: >, operand type: L
  )table");
}

TEST(KeyCondition, TakesNoNestedNames) {
  CheckTable(KeyOutcome, R"table(
    pk.a = :s              => Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk
    pk[0] = :s             => Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk
    pk = :s AND sk.a = :1  => Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: sk
    a.x = :s               => KeyConditionExpressions cannot have conditions on nested attributes
    pk = :s AND a.x = :s   => KeyConditionExpressions cannot have conditions on nested attributes
    pk <> :s AND pk.x = :s => Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk
  )table");
}

TEST(KeyCondition, HasNoSecondConditionWhereThereIsNoSortKey) {
  const document::AttributeMap values = {{":s", Value("\"x\"")}};
  Compiler compiler(nullptr, &values);
  const auto condition = compiler.CompileKeyCondition("pk = :s AND a = :s");
  ASSERT_TRUE(condition.ok());
  EXPECT_EQ(SelectKeys(**condition, {.partition_key = "pk"}).status().message(),
            "Query key condition not supported");
}

TEST(KeyCondition, SelectsStringsThatBeginWithAPrefix) {
  const document::AttributeMap values = {{":s", Value("\"x\"")}};
  Compiler compiler(nullptr, &values);
  const auto condition = compiler.CompileKeyCondition("begins_with(sk, :s) AND pk = :s");
  ASSERT_TRUE(condition.ok());
  const auto keys = SelectKeys(**condition, {.partition_key = "pk", .sort_key = "sk"});
  ASSERT_TRUE(keys.ok()) << keys.status().message();
  EXPECT_EQ(keys->range, KeyCondition::Range::kBeginsWith);
  EXPECT_EQ(Show(keys->low), "\"x\"");
}

}  // namespace
}  // namespace skerry::expression::testing
