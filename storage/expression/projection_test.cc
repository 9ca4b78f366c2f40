#include <gtest/gtest.h>

#include "storage/expression/expression_testing.h"

// What projections select. Outcomes as DynamoDB Local 2.6.1 gives them.

namespace skerry::expression::testing {
namespace {

TEST(Projection, SelectsAttributes) {
  CheckTable(ProjectionOutcome, R"table(
    n     => {n: 5}
    n, s  => {n: 5, s: "hello"}
    pk    => {pk: "a"}
    zz    => {}
    n, zz => {n: 5}
    #dot  => {x.y: "dotted"}
    x.y   => {}
  )table");
}

TEST(Projection, SelectsPartsOfMapsAndLists) {
  CheckTable(ProjectionOutcome, R"table(
    m.a              => {m: {a: 1}}
    m.a, m.b         => {m: {a: 1, b: {c: "deep"}}}
    m.b.c, m.l[1]    => {m: {b: {c: "deep"}, l: ["q"]}}
    l[1]             => {l: [1]}
    l[1], l[0]       => {l: [0, 1]}
    l[3], l[9], l[0] => {l: [0, 3]}
    m.l[1], m.a, n   => {m: {a: 1, l: ["q"]}, n: 5}
  )table");
}

TEST(Projection, LeavesOutWhatIsNotThere) {
  CheckTable(ProjectionOutcome, R"table(
    m.zz        => {}
    l[9]        => {}
    l.a         => {}
    m[0]        => {}
    s.a         => {}
    m.b.c.d     => {}
    l[0].a      => {}
    m.l[9], m.a => {m: {a: 1}}
    m.l[0].x    => {}
  )table");
}

TEST(Projection, KeepsKeysWhole) {
  CheckTable(ProjectionOutcome, R"table(
    pk.a    => Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk
    pk[0]   => Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk
    n, pk.a => Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk
  )table");
}

TEST(Projection, NamesItsTopLevelAttributes) {
  Compiler compiler(nullptr, nullptr);
  const auto projection = compiler.CompileProjection("m.b, l[0], m.a, n");
  ASSERT_TRUE(projection.ok());
  EXPECT_EQ(TopLevelNames(**projection), (std::vector<std::string>{"l", "m", "n"}));
}

}  // namespace
}  // namespace skerry::expression::testing
