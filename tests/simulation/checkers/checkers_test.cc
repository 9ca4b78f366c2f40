// Each checker passes a good history and catches a bad one.

#include <gtest/gtest.h>

#include "tests/simulation/checkers/counters.h"
#include "tests/simulation/checkers/linearizability.h"
#include "tests/simulation/checkers/sets.h"
#include "tests/simulation/checkers/states.h"
#include "tests/simulation/checkers/wire.h"

namespace skerry::simulation {
namespace {

using Kind = Operation::Kind;
using Outcome = Operation::Outcome;

Operation Done(Kind kind, int64_t value, uint64_t called, uint64_t returned, int64_t expected = 0) {
  return {kind, Outcome::kDone, value, expected, called, returned};
}
Operation Refused(Kind kind, int64_t value, uint64_t called, uint64_t returned,
                  int64_t expected = 0) {
  return {kind, Outcome::kRefused, value, expected, called, returned};
}
Operation Unknown(Kind kind, int64_t value, uint64_t called, int64_t expected = 0) {
  return {kind, Outcome::kUnknown, value, expected, called, Operation::kNever};
}
Operation Read(int64_t value, uint64_t called, uint64_t returned) {
  return Done(Kind::kRead, value, called, returned);
}

TEST(LinearizabilityTest, ASequenceIsGood) {
  EXPECT_FALSE(CheckLinearizable({Read(0, 1, 2), Done(Kind::kPut, 7, 3, 4), Read(7, 5, 6),
                                  Done(Kind::kDelete, 0, 7, 8), Read(0, 9, 10)})
                   .bad());
}

TEST(LinearizabilityTest, OverlappingOperationsMayComeInAnyOrder) {
  EXPECT_FALSE(CheckLinearizable({Done(Kind::kPut, 1, 1, 10), Done(Kind::kPut, 2, 2, 9),
                                  Read(2, 3, 4), Read(1, 5, 6)})
                   .bad());
}

TEST(LinearizabilityTest, AnAcknowledgedWriteThatIsLostIsFound) {
  EXPECT_TRUE(CheckLinearizable({Done(Kind::kPut, 7, 1, 2), Read(0, 3, 4)}).bad());
}

TEST(LinearizabilityTest, AReadThatGoesBackIsFound) {
  EXPECT_TRUE(CheckLinearizable({Done(Kind::kPut, 1, 1, 2), Unknown(Kind::kPut, 2, 3),
                                 Read(2, 4, 5), Read(1, 6, 7)})
                  .bad());
}

TEST(LinearizabilityTest, AnUnknownWriteMayComeLateOrNever) {
  const std::vector<Operation> before = {Done(Kind::kPut, 1, 1, 2), Unknown(Kind::kPut, 2, 3),
                                         Read(1, 4, 5)};
  EXPECT_FALSE(CheckLinearizable(before).bad());
  std::vector<Operation> late = before;
  late.push_back(Read(2, 6, 7));
  EXPECT_FALSE(CheckLinearizable(late).bad());
}

TEST(LinearizabilityTest, AnUnknownWriteDoesNotComeBeforeItsCall) {
  EXPECT_TRUE(CheckLinearizable({Read(2, 1, 2), Unknown(Kind::kPut, 2, 3)}).bad());
}

TEST(LinearizabilityTest, AWriteThatTookEffectTwiceIsFound) {
  EXPECT_TRUE(CheckLinearizable({Done(Kind::kPut, 1, 1, 2), Done(Kind::kPut, 2, 3, 4),
                                 Read(2, 5, 6), Read(1, 7, 8)})
                  .bad());
}

TEST(LinearizabilityTest, ConditionsAreJudged) {
  EXPECT_FALSE(CheckLinearizable({Done(Kind::kCreate, 1, 1, 2), Refused(Kind::kCreate, 2, 3, 4),
                                  Done(Kind::kCompareAndSet, 3, 5, 6, 1),
                                  Refused(Kind::kCompareAndSet, 4, 7, 8, 1), Read(3, 9, 10)})
                   .bad());
  EXPECT_TRUE(
      CheckLinearizable({Done(Kind::kCreate, 1, 1, 2), Done(Kind::kCreate, 2, 3, 4)}).bad());
  EXPECT_TRUE(CheckLinearizable({Refused(Kind::kCreate, 1, 1, 2)}).bad());
  EXPECT_TRUE(
      CheckLinearizable({Done(Kind::kPut, 1, 1, 2), Refused(Kind::kCompareAndSet, 2, 3, 4, 1)})
          .bad());
}

TEST(LinearizabilityTest, ARefusalThatStandsOnALostWriteIsFound) {
  EXPECT_TRUE(
      CheckLinearizable({Unknown(Kind::kPut, 1, 1), Refused(Kind::kCreate, 2, 2, 3), Read(0, 4, 5)})
          .bad());
}

TEST(LinearizabilityTest, GivesUpWithinItsBound) {
  std::vector<Operation> operations;
  for (int i = 1; i <= 40; ++i) operations.push_back(Unknown(Kind::kPut, i, 1));
  operations.push_back(Read(99, 2, 3));
  EXPECT_EQ(CheckLinearizable(operations, 1000).kind, Verdict::Kind::kUndecided);
}

TEST(CountersTest, AGoodHistoryPasses) {
  EXPECT_FALSE(
      CheckCounter({Done(Kind::kAdd, 1, 1, 4), Done(Kind::kAdd, 2, 2, 3), Unknown(Kind::kAdd, 0, 5),
                    Read(2, 6, 7), Read(3, 8, 9), Done(Kind::kAdd, 4, 10, 11)})
          .bad());
}

TEST(CountersTest, ALostAdditionIsFound) {
  EXPECT_TRUE(CheckCounter({Done(Kind::kAdd, 1, 1, 2), Done(Kind::kAdd, 1, 3, 4)}).bad());
  EXPECT_TRUE(CheckCounter({Done(Kind::kAdd, 1, 1, 2), Read(0, 3, 4)}).bad());
}

TEST(CountersTest, AnAdditionThatTookEffectTwiceIsFound) {
  EXPECT_TRUE(CheckCounter({Done(Kind::kAdd, 1, 1, 2), Read(2, 3, 4)}).bad());
  EXPECT_TRUE(
      CheckCounter({Unknown(Kind::kAdd, 0, 1), Read(1, 2, 3), Done(Kind::kAdd, 3, 4, 5)}).bad());
}

TEST(CountersTest, AReadThatGoesBackIsFound) {
  EXPECT_TRUE(CheckCounter({Unknown(Kind::kAdd, 0, 1), Read(1, 2, 3), Read(0, 4, 5)}).bad());
}

TEST(SetsTest, AGoodHistoryPasses) {
  EXPECT_FALSE(
      CheckSet({{{"a", 1, 2}, {"b", 3, Operation::kNever}}, {{{"a"}, 4, 5}, {{"a", "b"}, 6, 7}}})
          .bad());
}

TEST(SetsTest, ALostElementIsFound) { EXPECT_TRUE(CheckSet({{{"a", 1, 2}}, {{{}, 3, 4}}}).bad()); }

TEST(SetsTest, AnElementThatGoesAgainIsFound) {
  EXPECT_TRUE(CheckSet({{{"a", 1, Operation::kNever}}, {{{"a"}, 2, 3}, {{}, 4, 5}}}).bad());
}

TEST(SetsTest, AnElementThatNobodyAddedIsFound) {
  EXPECT_TRUE(CheckSet({{{"a", 5, 6}}, {{{"a"}, 1, 2}}}).bad());
  EXPECT_TRUE(CheckSet({{}, {{{"a"}, 1, 2}}}).bad());
}

TEST(StatesTest, TheSameStateAtAnIndexPassesAndAnotherIsFound) {
  StateChecker checker;
  EXPECT_FALSE(checker.Add(GroupId(1), LogIndex(5), 77, 0));
  EXPECT_FALSE(checker.Add(GroupId(1), LogIndex(5), 77, 1));
  EXPECT_FALSE(checker.Add(GroupId(1), LogIndex(6), 78, 1));
  EXPECT_FALSE(checker.Add(GroupId(2), LogIndex(5), 79, 1));
  EXPECT_TRUE(checker.Add(GroupId(1), LogIndex(5), 80, 2));
}

raft::Message Append(uint64_t from, uint64_t term, uint64_t after, uint64_t after_term,
                     std::vector<std::pair<uint64_t, std::string>> entries, uint64_t commit = 0) {
  raft::Message message;
  message.from = ReplicaId(from);
  message.term = Term(term);
  message.log_index = LogIndex(after);
  message.log_term = Term(after_term);
  message.commit = LogIndex(commit);
  for (auto& [of_term, data] : entries) {
    raft::Entry entry{LogIndex(++after), Term(of_term), raft::EntryKind::kCommand, data};
    message.entries.push_back(std::make_shared<const raft::Entry>(std::move(entry)));
  }
  return message;
}

TEST(WireTest, WhatAgreesPasses) {
  WireChecker checker;
  checker.Saw(GroupId(1), Append(1, 1, 0, 0, {{1, "a"}, {1, "b"}}, 1));
  checker.Saw(GroupId(1), Append(1, 1, 1, 1, {{1, "b"}}, 2));
  // What the first leader had not committed is replaced.
  checker.Saw(GroupId(1), Append(1, 1, 2, 1, {{1, "c"}}, 2));
  checker.Saw(GroupId(1), Append(2, 2, 2, 1, {{2, "d"}}, 3));
  checker.Saw(GroupId(2), Append(2, 1, 0, 0, {{1, "x"}}, 1));
  EXPECT_TRUE(checker.violations().empty());
}

TEST(WireTest, TwoLeadersOfATermAreFound) {
  WireChecker checker;
  checker.Saw(GroupId(1), Append(1, 3, 0, 0, {}));
  checker.Saw(GroupId(1), Append(2, 3, 0, 0, {}));
  EXPECT_EQ(checker.violations().size(), 1);
}

TEST(WireTest, TwoEntriesAtAnIndexOfATermAreFound) {
  WireChecker checker;
  checker.Saw(GroupId(1), Append(1, 1, 0, 0, {{1, "a"}}));
  checker.Saw(GroupId(1), Append(2, 2, 0, 0, {{1, "b"}}));
  EXPECT_EQ(checker.violations().size(), 1);
}

TEST(WireTest, TwoHistoriesBeforeAnEntryAreFound) {
  WireChecker checker;
  checker.Saw(GroupId(1), Append(1, 3, 5, 1, {{3, "a"}}));
  checker.Saw(GroupId(1), Append(1, 3, 5, 2, {{3, "a"}}));
  EXPECT_EQ(checker.violations().size(), 1);
}

TEST(WireTest, TwoCommittedEntriesAtAnIndexAreFound) {
  WireChecker checker;
  checker.Saw(GroupId(1), Append(1, 1, 0, 0, {{1, "a"}}, 1));
  checker.Saw(GroupId(1), Append(2, 2, 0, 0, {{2, "b"}}, 1));
  EXPECT_EQ(checker.violations().size(), 1);
}

}  // namespace
}  // namespace skerry::simulation
