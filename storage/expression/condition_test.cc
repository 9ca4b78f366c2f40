#include <gtest/gtest.h>

#include "storage/expression/expression_testing.h"

// What conditions say of an item. Outcomes as DynamoDB Local 2.6.1 gives them.

namespace skerry::expression::testing {
namespace {

TEST(Comparison, IsOfOneType) {
  CheckTable(ConditionOutcome, R"table(
    s = :h    => false
    s <> :h   => true
    s = :1    => false
    s <> :1   => true
    s < :1    => false
    s > :1    => false
    n = :s    => false
    n <> :s   => true
    bo = :bo  => true
    nu = :nu  => true
    bo <> :nu => true
    s > n     => false
    n < s     => false
  )table");
}

TEST(Comparison, OrdersStringsNumbersAndBinaries) {
  CheckTable(ConditionOutcome, R"table(
    s < :s   => true
    s > :h   => true
    n > :1   => true
    n >= :5  => true
    n <= :5  => true
    n < :5   => false
    b < :b23 => true
    b > :b   => true
    e < s    => true
    e = :e   => true
    :2 < :5  => true
  )table");
}

TEST(Comparison, OrdersNothingElse) {
  CheckTable(ConditionOutcome, R"table(
    bo < n  => false
    l < el  => false
    ss < ns => false
    m > em  => false
    nu <= n => false
  )table");
}

TEST(Comparison, OfSetsListsAndMapsIsByContent) {
  CheckTable(ConditionOutcome, R"table(
    ss = :xyz  => true
    ss = :xy   => false
    ss <> :xy  => true
    ns = :n123 => true
    m.b = :mc  => true
    el = :l    => true
    em = :m    => true
    l = el     => false
    m.l <> l   => true
  )table");
}

TEST(Comparison, WithAMissingAttributeFailsUnlessItIsUnequal) {
  CheckTable(ConditionOutcome, R"table(
    qq = :s              => false
    qq <> :s             => true
    qq <> rr             => true
    qq = rr              => false
    qq < :1              => false
    qq > :1              => false
    NOT qq > :1          => true
    n BETWEEN :1 AND qq  => false
    qq BETWEEN :1 AND :2 => false
    qq IN (:1)           => false
    qq IN (rr)           => false
  )table");
}

TEST(Between, IncludesItsBounds) {
  CheckTable(ConditionOutcome, R"table(
    n BETWEEN :1 AND :5   => true
    n BETWEEN :5 AND :5   => true
    n BETWEEN :1 AND :3   => false
    s BETWEEN :h AND :s   => true
    n BETWEEN :1 AND s    => false
    s BETWEEN :1 AND :2   => false
    n BETWEEN l[4] AND :5 => true
    n BETWEEN :5 AND l[0] => false
    bo BETWEEN n AND s    => false
  )table");
}

TEST(In, IsEqualityWithAnyOperand) {
  CheckTable(ConditionOutcome, R"table(
    n IN (:1, :5)   => true
    n IN (:1, :s)   => false
    bo IN (:bo)     => true
    m.b IN (:mc)    => true
    ss IN (:xyz)    => true
    l IN (:l, el)   => false
    s IN (:h, e)    => false
    size(s) IN (:5) => true
  )table");
}

TEST(Logic, NotBindsTighterThanAndThanOr) {
  CheckTable(ConditionOutcome, R"table(
    s = :h AND qq = :h OR n = :5    => true
    n = :5 OR s = :h AND qq = :h    => true
    (n = :5 OR s = :h) AND qq = :h  => false
    NOT s = :h AND n = :5           => true
    NOT s = :h AND n = :1           => false
    NOT (s = :h AND n = :5)         => true
    NOT NOT n = :5                  => true
    n = :5 OR n = :1 AND n = :1     => true
    n = :5 AND NOT n = :1 OR n = :1 => true
  )table");
}

TEST(AttributeExists, LooksAlongThePath) {
  CheckTable(ConditionOutcome, R"table(
    attribute_exists(s)         => true
    attribute_exists(e)         => true
    attribute_exists(nu)        => true
    attribute_exists(qq)        => false
    attribute_exists(m.b.c)     => true
    attribute_exists(m.b.d)     => false
    attribute_exists(l[4])      => true
    attribute_exists(l[5])      => false
    attribute_exists(s.a)       => false
    attribute_exists(s[0])      => false
    attribute_exists(m[0])      => false
    attribute_exists(l.a)       => false
    attribute_exists(#dot)      => true
    attribute_exists(x.y)       => false
    attribute_not_exists(qq)    => true
    attribute_not_exists(s)     => false
    attribute_not_exists(s.q.r) => true
  )table");
}

TEST(AttributeType, NamesTheType) {
  CheckTable(ConditionOutcome, R"table(
    attribute_type(s, :S)        => true
    attribute_type(s, :N)        => false
    attribute_type(ss, :SS)      => true
    attribute_type(m.b, :M)      => true
    attribute_type(l, :L)        => true
    attribute_type(qq, :S)       => false
    attribute_type(:s, :S)       => true
    attribute_type(size(qq), :N) => false
  )table");
}

TEST(BeginsWith, IsForStringsAndBinaries) {
  CheckTable(ConditionOutcome, R"table(
    begins_with(s, :h)   => true
    begins_with(s, :e)   => true
    begins_with(s, :s)   => false
    begins_with(b, :b)   => true
    begins_with(b, :b23) => false
    begins_with(s, :b)   => false
    begins_with(n, :h)   => false
    begins_with(ss, :x2) => An expression attribute value used in expression is not defined; attribute value: :x2
    begins_with(qq, :h)  => false
    begins_with(s, e)    => true
    begins_with(:h, s)   => false
  )table");
}

TEST(Contains, IsASubstringAMemberOrAnElement) {
  CheckTable(ConditionOutcome, R"table(
    contains(s, :ll)      => true
    contains(s, :s)       => false
    contains(s, :e)       => true
    contains(s, :1)       => false
    contains(b, :b23)     => true
    contains(b, :b)       => true
    contains(ss, :s)      => true
    contains(ss, :xy)     => false
    contains(ns, :1)      => true
    contains(ns, :5)      => false
    contains(ns, :s)      => false
    contains(bs, :b)      => true
    contains(bs, :b23)    => false
    contains(l, :1)       => true
    contains(l, :5)       => false
    contains(l, size(em)) => true
    contains(m.l, s)      => false
    contains(m, :s)       => false
    contains(n, :5)       => false
    contains(bo, :bo)     => false
    contains(qq, :s)      => false
    contains(:l1, l[1])   => true
  )table");
}

TEST(Size, CountsBytesCharactersAndMembers) {
  CheckTable(ConditionOutcome, R"table(
    size(s) = :5             => true
    size(e) = :0             => true
    size(b) = :3             => true
    size(ss) = :3            => true
    size(ns) = :3            => true
    size(bs) = :2            => true
    size(l) = :5             => true
    size(m) = :3             => true
    size(el) = :0            => true
    size(m.l) = :2           => true
    size(:h) = :3            => true
    size(s) = size(l)        => true
    size(s) BETWEEN :1 AND n => true
    size(s) < :s             => false
  )table");
}

TEST(Size, OfNumbersBooleansAndNothingIsMissing) {
  CheckTable(ConditionOutcome, R"table(
    size(n) = :1               => false
    size(n) > :0               => false
    size(n) <> :0              => true
    size(bo) = :1              => false
    size(nu) = :0              => false
    size(qq) = :0              => false
    size(qq) <> :0             => true
    NOT size(n) = :0           => true
    bo = :bo OR size(bo) = :1  => true
    bo = :bo AND size(bo) = :1 => false
  )table");
}

TEST(Size, OfAStringCountsUtf16Units) {
  const document::AttributeMap values = {{":four", Value("4")}};
  Compiler compiler(nullptr, &values);
  const auto condition = compiler.CompileCondition("FilterExpression", "size(u) = :four");
  ASSERT_TRUE(condition.ok());
  const document::Item item = ItemOf("{u: \"\u00e9\U0001F600x\"}");
  EXPECT_TRUE(*Evaluate(**condition, &item));
}

TEST(Comparison, OrdersStringsByTheirBytes) {
  const document::AttributeMap values = {{":a", Value("\"\uffff\"")},
                                         {":b", Value("\"\U0001F600\"")}};
  Compiler compiler(nullptr, &values);
  const auto condition = compiler.CompileCondition("FilterExpression", ":a < :b");
  ASSERT_TRUE(condition.ok());
  EXPECT_TRUE(*Evaluate(**condition, nullptr));
}

TEST(Condition, SeesNoAttributesWhereThereIsNoItem) {
  Compiler compiler(nullptr, nullptr);
  const auto absent = compiler.CompileCondition("ConditionExpression", "attribute_not_exists(pk)");
  const auto present = compiler.CompileCondition("ConditionExpression", "attribute_exists(pk)");
  ASSERT_TRUE(absent.ok() && present.ok());
  EXPECT_TRUE(*Evaluate(**absent, nullptr));
  EXPECT_FALSE(*Evaluate(**present, nullptr));
  EXPECT_EQ(TopLevelNames(**present), std::vector<std::string>{"pk"});
}

}  // namespace
}  // namespace skerry::expression::testing
