#include <gtest/gtest.h>

#include <string>

#include "storage/expression/expression_testing.h"
#include "storage/expression/parser.h"

// Bounds on expressions, and that no nesting is dangerous. Messages as DynamoDB Local 2.6.1 gives
// them.

namespace skerry::expression::testing {
namespace {

std::string Repeat(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

// "n = :5 JOIN n = :5 JOIN ...", `count` times.
std::string Joined(std::string_view term, std::string_view join, int count) {
  std::string result(term);
  for (int i = 1; i < count; ++i) result.append(join).append(term);
  return result;
}

constexpr std::string_view kTooManyOperators =
    "The expression contains too many operators; operator count: 301";

TEST(Limits, ExpressionsHaveAtMost4096Bytes) {
  const std::string padding(4090, ' ');
  EXPECT_EQ(ConditionOutcome("n = :5" + padding), "true");
  EXPECT_EQ(ConditionOutcome("n = :5 " + padding),
            "Expression size has exceeded the maximum allowed size; expression size: 4097");
  EXPECT_EQ(KeyOutcome("pk=:s" + padding + "  "),
            "Expression size has exceeded the maximum allowed size; expression size: 4097");
  EXPECT_EQ(UpdateOutcomeOf("REMOVE n" + padding),
            "Expression size has exceeded the maximum allowed size;");
  EXPECT_EQ(ProjectionOutcome("n" + padding + Repeat(" ", 6)),
            "Expression size has exceeded the maximum allowed size;");
}

TEST(Limits, ConditionsHaveAtMost300Operators) {
  EXPECT_EQ(ConditionOutcome(Joined("n=:5", " AND ", 150)), "true");
  EXPECT_EQ(ConditionOutcome(Joined("n=:5", " AND ", 151)), kTooManyOperators);
  EXPECT_EQ(ConditionOutcome(Joined("size(s)=:5", " OR ", 100)), "true");
  EXPECT_EQ(ConditionOutcome(Joined("size(s)=:5", " OR ", 101)), kTooManyOperators);
  EXPECT_EQ(ConditionOutcome(Repeat("NOT ", 298) + "n=:5"), "true");
  EXPECT_EQ(ConditionOutcome(Repeat("NOT ", 300) + "n=:5"), kTooManyOperators);
  EXPECT_EQ(ConditionOutcome(Joined("n BETWEEN :1 AND :5", " AND ", 151)), kTooManyOperators);
  // Commas, dots, brackets and parentheses count for nothing.
  EXPECT_EQ(ConditionOutcome(Joined("(l[1]<>m.b.c)", " AND ", 150)), "true");
}

TEST(Limits, OperatorsAreCountedBehindTheirOperands) {
  // All comparisons stand before the first AND, which nest to the right.
  EXPECT_EQ(ConditionOutcome(Joined("n=:5", " AND ", 200) + " AND n = :z"),
            "An expression attribute value used in expression is not defined; attribute value: :z");
  EXPECT_EQ(ConditionOutcome(Joined("n=:5", " AND ", 301) + " AND n = :z"), kTooManyOperators);
}

TEST(Limits, UpdatesHaveAtMost300Operators) {
  auto sums = [](int count) {
    std::string text = "SET ";
    for (int i = 0; i < count; ++i) {
      text += (i == 0 ? "e" : ",e") + std::to_string(i) + "=n+n";
    }
    return text;
  };
  EXPECT_EQ(UpdateOutcomeOf(sums(301)), kTooManyOperators);
  EXPECT_EQ(UpdateOutcomeOf(sums(300)).substr(0, 7), "e0: 10;");
  // Assignments are no operators.
  EXPECT_EQ(UpdateOutcomeOf("REMOVE n" + Repeat(",q", 1) + " SET " + "zz=:1"), "-n; zz: 1");
}

TEST(Limits, InHasAtMost100Operands) {
  EXPECT_EQ(ConditionOutcome("n IN (" + Joined(":5", ",", 100) + ")"), "true");
  EXPECT_EQ(ConditionOutcome("n IN (" + Joined(":5", ",", 101) + ")"),
            "The IN operator is provided with too many operands; number of operands: 101");
}

TEST(Limits, PathsHaveAtMost32Elements) {
  EXPECT_EQ(ConditionOutcome("attribute_exists(a" + Repeat(".b", 31) + ")"), "false");
  EXPECT_EQ(ConditionOutcome("attribute_exists(a" + Repeat(".b", 32) + ")"),
            "The document path has too many nesting levels; nesting levels: 33");
  EXPECT_EQ(ProjectionOutcome("a" + Repeat("[0]", 32)),
            "The document path has too many nesting levels; nesting levels: 33");
  EXPECT_EQ(UpdateOutcomeOf("REMOVE a" + Repeat(".b", 40) + ".#z"),
            "The document path has too many nesting levels; nesting levels: 42");
}

TEST(Nesting, OfAnyDepthIsAMessage) {
  EXPECT_EQ(ConditionOutcome(Repeat("(", 4096)), "Syntax error; token: \"<EOF>\", near: \"(\"");
  EXPECT_EQ(ConditionOutcome(Repeat("(", 2000) + "n=:5" + Repeat(")", 2000)),
            "The expression has redundant parentheses;");
  EXPECT_EQ(ConditionOutcome(Repeat("(NOT ", 600) + "n=:5" + Repeat(")", 600)), kTooManyOperators);
  EXPECT_EQ(ConditionOutcome(Repeat("foo(", 800) + "n" + Repeat(")", 800)),
            "Invalid function name; function: foo");
  EXPECT_EQ(ConditionOutcome(Repeat("NOT ", 1000) + "n=:5"), kTooManyOperators);
  EXPECT_EQ(UpdateOutcomeOf("SET zz=" + Repeat("(", 2000) + ":1" + Repeat(")", 2000)),
            "The expression has redundant parentheses;");
  EXPECT_EQ(UpdateOutcomeOf("SET zz=" + Repeat("if_not_exists(qq,", 220) + ":1" + Repeat(")", 220)),
            "zz: 1");
  EXPECT_EQ(ProjectionOutcome("n" + Repeat(".n", 2000)),
            "The document path has too many nesting levels; nesting levels: 2001");
}

// The parser alone has no bound on the text: its depth is on the heap.
TEST(Nesting, DoesNotUseTheParsersStack) {
  constexpr int kDeep = 200'000;
  EXPECT_TRUE(ParseCondition(Repeat("(", kDeep) + "n=:5" + Repeat(")", kDeep)).ok());
  EXPECT_TRUE(ParseCondition(Repeat("NOT ", kDeep) + "n=:5").ok());
  EXPECT_TRUE(ParseCondition(Joined("n=:5", " OR ", kDeep)).ok());
  EXPECT_TRUE(ParseCondition(Repeat("f(", kDeep) + "n" + Repeat(")", kDeep)).ok());
  EXPECT_TRUE(ParseUpdate("SET a = " + Repeat("f(", kDeep) + "n" + Repeat(")", kDeep)).ok());
  EXPECT_TRUE(ParseProjection("n" + Repeat(".n[0]", kDeep)).ok());
}

}  // namespace
}  // namespace skerry::expression::testing
