#include <gtest/gtest.h>

#include "storage/expression/compiler.h"

namespace skerry::expression {
namespace {

using document::AttributeMap;
using document::AttributeValue;
using document::Item;
using document::Number;

AttributeValue N(int64_t value) { return AttributeValue::N(Number::FromInt(value)); }

TEST(Update, AddsToANumberThroughAPlaceholder) {
  const NameMap names = {{"#a", "a"}};
  const AttributeMap values = {{":one", N(1)}};
  Compiler compiler(&names, &values);
  const auto update = compiler.CompileUpdate("SET #a = #a + :one");
  ASSERT_TRUE(update.ok()) << update.status().message();
  EXPECT_TRUE(compiler.CheckAllUsed().ok());
  const Item old = {{"a", N(41)}, {"pk", N(0)}};
  const auto outcome = Apply(**update, &old, {{"pk", N(0)}});
  ASSERT_TRUE(outcome.ok()) << outcome.status().message();
  EXPECT_EQ(outcome.value().item, (Item{{"a", N(42)}, {"pk", N(0)}}));
}

TEST(Condition, NamesTheTokenThatCannotStandThere) {
  Compiler compiler(nullptr, nullptr);
  const auto condition = compiler.CompileCondition("ConditionExpression", "a = b = c");
  EXPECT_EQ(condition.status().message(),
            "Invalid ConditionExpression: Syntax error; token: \"=\", near: \"b = c\"");
}

}  // namespace
}  // namespace skerry::expression
