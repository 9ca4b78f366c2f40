#include <gtest/gtest.h>

#include "storage/expression/expression_testing.h"

// What updates make of an item. Outcomes as DynamoDB Local 2.6.1 gives them.

namespace skerry::expression::testing {
namespace {

TEST(Set, WritesTopLevelAndNestedValues) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET s = :s      => s: "x"
    SET zz = :l     => zz: []
    SET zz = e      => zz: ""
    SET m.zz = :s   => m: {a: 1, b: {c: "deep"}, l: ["p", "q"], zz: "x"}
    SET m.b.c = :s  => m: {a: 1, b: {c: "x"}, l: ["p", "q"]}
    SET m.b.zz = :s => m: {a: 1, b: {c: "deep", zz: "x"}, l: ["p", "q"]}
    SET m = :mk     => m: {k: "v"}
    SET zz = m.b    => zz: {c: "deep"}
    SET l[1] = :s   => l: [0, "x", 2, 3, 4]
    SET m.l[0] = :s => m: {a: 1, b: {c: "deep"}, l: ["x", "q"]}
    SET #dot = :s   => x.y: "x"
  )table");
}

TEST(Set, ReadsTheItemAsItWas) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET n = s, s = n             => n: "hello"; s: 5
    SET l[0] = l[1], l[1] = l[0] => l: [1, 0, 2, 3, 4]
    SET m.a = m.b, m.b = m.a     => m: {a: {c: "deep"}, b: 1, l: ["p", "q"]}
    SET zz = :1, yy = zz         => The provided expression refers to an attribute that does not exist in the item
    SET ss2 = ss DELETE ss :xyz  => -ss; ss2: <"x", "y", "z">
    SET s = s                    => nothing
  )table");
}

TEST(Set, AppendsBeyondTheEndInTheOrderOfIndexes) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET l[9] = :s                          => l: [0, 1, 2, 3, 4, "x"]
    SET l[9] = :s, l[8] = :t               => l: [0, 1, 2, 3, 4, "y", "x"]
    SET l[20] = :1, l[10] = :2, l[15] = :3 => l: [0, 1, 2, 3, 4, 2, 3, 1]
    SET l[5] = :s, l[0] = :t               => l: ["y", 1, 2, 3, 4, "x"]
    SET el[3] = :s                         => el: ["x"]
    SET m.l[5] = :s                        => m: {a: 1, b: {c: "deep"}, l: ["p", "q", "x"]}
  )table");
}

TEST(Set, Calculates) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET zz = n + :1                     => zz: 6
    SET zz = n - :1                     => zz: 4
    SET zz = :1 - n                     => zz: -4
    SET n = n + n                       => n: 10
    SET zz = l[2] + m.a                 => zz: 3
    SET zz = if_not_exists(qq, :1) + :2 => zz: 3
    SET zz = :tiny - :tiny              => zz: 0
  )table");
}

TEST(Set, RefusesNumbersThatAreNotExact) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET zz = :e38 + :1    => DynamoDB only supports precision up to 38 digits
    SET zz = :big + :big  => DynamoDB only supports precision up to 38 digits
    SET zz = :big - :tiny => DynamoDB only supports precision up to 38 digits
  )table");
}

TEST(IfNotExists, TakesTheSecondOperandOnlyForAMissingPath) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET zz = if_not_exists(n, :s)                     => zz: 5
    SET zz = if_not_exists(qq, :s)                    => zz: "x"
    SET zz = if_not_exists(qq, n)                     => zz: 5
    SET zz = if_not_exists(m.b.c, :s)                 => zz: "deep"
    SET zz = if_not_exists(m.q, :s)                   => zz: "x"
    SET zz = if_not_exists(s.q, :s)                   => zz: "x"
    SET n = if_not_exists(n, :0)                      => nothing
    SET zz = if_not_exists(qq, if_not_exists(rr, :1)) => zz: 1
  )table");
}

TEST(IfNotExists, WantsBothOperandsToExist) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET zz = if_not_exists(qq, rr)                   => The provided expression refers to an attribute that does not exist in the item
    SET zz = if_not_exists(n, qq)                    => The provided expression refers to an attribute that does not exist in the item
    SET zz = if_not_exists(n, if_not_exists(qq, rr)) => The provided expression refers to an attribute that does not exist in the item
    SET zz = if_not_exists(n, if_not_exists(rr, n))  => zz: 5
  )table");
}

TEST(ListAppend, JoinsLists) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET l = list_append(l, :l1)                      => l: [0, 1, 2, 3, 4, 1]
    SET l = list_append(:l1, l)                      => l: [1, 0, 1, 2, 3, 4]
    SET zz = list_append(m.l, el)                    => zz: ["p", "q"]
    SET zz = list_append(if_not_exists(qq, :l), :l1) => zz: [1]
  )table");
}

TEST(Operands, MustExistAndFit) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET zz = qq                         => The provided expression refers to an attribute that does not exist in the item
    SET zz = l[9]                       => The provided expression refers to an attribute that does not exist in the item
    SET zz = s.a                        => The provided expression refers to an attribute that does not exist in the item
    SET zz = qq + :1                    => The provided expression refers to an attribute that does not exist in the item
    SET zz = s + :1                     => An operand in the update expression has an incorrect data type
    SET zz = s + qq                     => An operand in the update expression has an incorrect data type
    SET zz = qq + s                     => The provided expression refers to an attribute that does not exist in the item
    SET zz = s + if_not_exists(n, qq)   => The provided expression refers to an attribute that does not exist in the item
    SET zz = list_append(s, l)          => An operand in the update expression has an incorrect data type
    SET zz = list_append(l, qq)         => The provided expression refers to an attribute that does not exist in the item
    SET zz = if_not_exists(qq, :s) + :1 => An operand in the update expression has an incorrect data type
  )table");
}

TEST(Paths, MustLeadToAPlaceThatExists) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET zz.a = :s   => The document path provided in the update expression is invalid for update
    SET zz[0] = :s  => The document path provided in the update expression is invalid for update
    SET s.a = :s    => The document path provided in the update expression is invalid for update
    SET s[0] = :s   => The document path provided in the update expression is invalid for update
    SET m[0] = :s   => The document path provided in the update expression is invalid for update
    SET l.a = :s    => The document path provided in the update expression is invalid for update
    SET m.zz.y = :s => The document path provided in the update expression is invalid for update
    SET l[9].a = :s => The document path provided in the update expression is invalid for update
    REMOVE zz.a     => The document path provided in the update expression is invalid for update
    REMOVE s[0]     => The document path provided in the update expression is invalid for update
    REMOVE m.b.c.d  => The document path provided in the update expression is invalid for update
    REMOVE l[9].a   => The document path provided in the update expression is invalid for update
    ADD zz.y :1     => The document path provided in the update expression is invalid for update
    ADD m.zz.y :1   => The document path provided in the update expression is invalid for update
    DELETE zz.y :x  => The document path provided in the update expression is invalid for update
    SET yy.a = qq   => The document path provided in the update expression is invalid for update
  )table");
}

// Which of two faults is told does not depend on the order of the text.
TEST(Actions, AreTakenInTheOrderOfAHashTable) {
  CheckTable(UpdateOutcomeOf, R"table(
    SET zz1 = qq, yy.a = :s    => The provided expression refers to an attribute that does not exist in the item
    SET yy.a = :s, zz1 = qq    => The provided expression refers to an attribute that does not exist in the item
    SET zz1 = qq, zz2 = s + :1 => An operand in the update expression has an incorrect data type
    SET zz2 = s + :1, zz1 = qq => An operand in the update expression has an incorrect data type
    SET yy.a = :s ADD s :1     => An operand in the update expression has an incorrect data type
    ADD s :1 SET yy.a = :s     => An operand in the update expression has an incorrect data type
  )table");
}

TEST(Remove, TakesAwayAttributesAndElements) {
  CheckTable(UpdateOutcomeOf, R"table(
    REMOVE s                            => -s
    REMOVE zz                           => nothing
    REMOVE m.a                          => m: {b: {c: "deep"}, l: ["p", "q"]}
    REMOVE m.b.c                        => m: {a: 1, b: {}, l: ["p", "q"]}
    REMOVE m.zz                         => nothing
    REMOVE l[0]                         => l: [1, 2, 3, 4]
    REMOVE l[0], l[1]                   => l: [2, 3, 4]
    REMOVE l[1], l[0]                   => l: [2, 3, 4]
    REMOVE l[4], l[0], l[2]             => l: [1, 3]
    REMOVE l[9]                         => nothing
    REMOVE m.l[0], m.l[1]               => m: {a: 1, b: {c: "deep"}, l: []}
    REMOVE l[0], l[1], l[2], l[3], l[4] => l: []
  )table");
}

TEST(Lists, AreIndexedAsTheyWere) {
  CheckTable(UpdateOutcomeOf, R"table(
    REMOVE l[0] SET l[1] = :s                   => l: ["x", 2, 3, 4]
    SET l[1] = :s REMOVE l[0]                   => l: ["x", 2, 3, 4]
    SET l[9] = :s REMOVE l[0], l[1]             => l: [2, 3, 4, "x"]
    SET l[1] = :s, l[9] = :t REMOVE l[2], l[3]  => l: [0, "x", 4, "y"]
    SET m.l[0] = :s REMOVE m.l[1] ADD m.l[2] :1 => m: {a: 1, b: {c: "deep"}, l: ["x", 1]}
    ADD l[6] :1, l[5] :2, l[9] :3               => l: [0, 1, 2, 3, 4, 2, 1, 3]
  )table");
}

TEST(Add, AddsNumbersAndSets) {
  CheckTable(UpdateOutcomeOf, R"table(
    ADD n :1    => n: 6
    ADD zz :1   => zz: 1
    ADD ss :ss  => ss: <"a", "x", "y", "z">
    ADD ss :xy  => nothing
    ADD ns :n12 => nothing
    ADD bs :bs  => nothing
    ADD zz :ss  => zz: <"a">
    ADD m.a :1  => m: {a: 2, b: {c: "deep"}, l: ["p", "q"]}
    ADD m.zz :1 => m: {a: 1, b: {c: "deep"}, l: ["p", "q"], zz: 1}
    ADD l[0] :1 => l: [1, 1, 2, 3, 4]
    ADD l[9] :1 => l: [0, 1, 2, 3, 4, 1]
    ADD n :5    => n: 10
  )table");
}

TEST(Add, WantsTheSameType) {
  CheckTable(UpdateOutcomeOf, R"table(
    ADD s :1   => An operand in the update expression has an incorrect data type
    ADD ss :ns => An operand in the update expression has an incorrect data type
    ADD n :ss  => An operand in the update expression has an incorrect data type
    ADD l :1   => An operand in the update expression has an incorrect data type
    ADD nu :1  => An operand in the update expression has an incorrect data type
  )table");
}

TEST(Delete, TakesMembersAndTheLastOneTakesTheSet) {
  CheckTable(UpdateOutcomeOf, R"table(
    DELETE ss :xy   => ss: <"z">
    DELETE ss :xyz  => -ss
    DELETE ss :ss   => nothing
    DELETE ns :n12  => ns: <3>
    DELETE ns :n123 => -ns
    DELETE bs :bs   => bs: <b"02">
    DELETE zz :x    => nothing
    DELETE m.zz :x  => nothing
    DELETE l[9] :x  => nothing
  )table");
}

TEST(Delete, WantsTheSameType) {
  CheckTable(UpdateOutcomeOf, R"table(
    DELETE s :x    => An operand in the update expression has an incorrect data type
    DELETE ss :ns  => An operand in the update expression has an incorrect data type
    DELETE l[0] :x => An operand in the update expression has an incorrect data type
    DELETE nu :x   => An operand in the update expression has an incorrect data type
  )table");
}

// Those in which a path of the update names a value.
TEST(Updated, HoldsTheWholeTopLevelAttributes) {
  CheckTable(UpdatedOutcome, R"table(
    SET s = :s                => old {s: "hello"} new {s: "x"}
    SET s = :s, zz = :t       => old {s: "hello"} new {s: "x", zz: "y"}
    SET m.a = :s              => old {m: {a: 1, b: {c: "deep"}, l: ["p", "q"]}} new {m: {a: "x", b: {c: "deep"}, l: ["p", "q"]}}
    SET m.b.d = :s            => old {} new {m: {a: 1, b: {c: "deep", d: "x"}, l: ["p", "q"]}}
    SET l[1] = :s             => old {l: [0, 1, 2, 3, 4]} new {l: [0, "x", 2, 3, 4]}
    SET l[9] = :s             => old {} new {}
    REMOVE s                  => old {s: "hello"} new {}
    REMOVE m.a                => old {m: {a: 1, b: {c: "deep"}, l: ["p", "q"]}} new {}
    REMOVE l[0]               => old {l: [0, 1, 2, 3, 4]} new {l: [1, 2, 3, 4]}
    REMOVE l[9]               => old {} new {}
    ADD zz :1                 => old {} new {zz: 1}
    DELETE ss :xyz            => old {ss: <"x", "y", "z">} new {}
    SET s = s                 => old {s: "hello"} new {s: "hello"}
    SET l[9] = :s REMOVE l[0] => old {l: [0, 1, 2, 3, 4]} new {l: [1, 2, 3, 4, "x"]}
  )table");
}

TEST(Update, MakesAnItemOfItsKeyWhereThereIsNone) {
  Compiler compiler(nullptr, nullptr);
  const auto update = compiler.CompileUpdate("SET a = pk REMOVE b");
  ASSERT_TRUE(update.ok());
  const auto outcome = Apply(**update, nullptr, ItemOf("{pk: \"k\"}"));
  ASSERT_TRUE(outcome.ok()) << outcome.status().message();
  EXPECT_EQ(Show(outcome->item), "{a: \"k\", pk: \"k\"}");
  EXPECT_EQ(Show(outcome->updated_old), "{}");
  EXPECT_EQ(Show(outcome->updated_new), "{a: \"k\"}");
}

TEST(Update, BoundsTheNestingOfItsResult) {
  std::string deep = "\"x\"";
  for (int i = 0; i < 30; ++i) deep = "[" + deep + "]";
  const document::AttributeMap values = {{":deep", Value(deep)}};
  Compiler compiler(nullptr, &values);
  const auto fits = compiler.CompileUpdate("SET m.a = :deep");
  const auto exceeds = compiler.CompileUpdate("SET m.b.c = :deep");
  ASSERT_TRUE(fits.ok() && exceeds.ok());
  EXPECT_TRUE(Apply(**fits, &StandardItem(), {}).ok());
  EXPECT_EQ(Apply(**exceeds, &StandardItem(), {}).status().message(),
            "Nesting Levels have exceeded supported limits");
}

}  // namespace
}  // namespace skerry::expression::testing
