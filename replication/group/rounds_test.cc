#include "replication/group/rounds.h"

#include <gtest/gtest.h>

#include "base/sim/world.h"

namespace skerry::group {
namespace {

class Taker final : public Rounds::Participant {
 public:
  explicit Taker(sim::World& world, Executor& executor) : world_(world), executor_(executor) {}

  size_t OnRound(uint64_t round) override {
    rounds.push_back(round);
    told = world_.Now();
    return brings;
  }
  Executor& executor() const override { return executor_; }

  size_t brings = 1;
  std::vector<uint64_t> rounds;  // that it was told of
  MonotonicTime told;

 private:
  sim::World& world_;
  Executor& executor_;
};

class RoundsTest : public testing::Test {
 protected:
  // Posted work runs at once.
  RoundsTest() : world_(1, {.delay_max = Duration(0)}) {}

  std::shared_ptr<Taker> Add(Executor& executor) {
    return std::make_shared<Taker>(world_, executor);
  }
  void Enter(const std::shared_ptr<Taker>& taker) { rounds_->Enter(taker); }
  void Leave(const std::shared_ptr<Taker>& taker) {
    rounds_->Leave(taker->rounds.back(), taker->executor());
  }
  Duration Since(MonotonicTime then) { return world_.Now() - then; }

  sim::World world_;
  Executor& first_ = world_.AddExecutor(1, "first");
  Executor& second_ = world_.AddExecutor(1, "second");
  std::shared_ptr<Rounds> rounds_ = std::make_shared<Rounds>();
};

TEST_F(RoundsTest, OneThatFindsNothingUnderWayBeginsAtOnce) {
  const auto one = Add(first_);
  for (uint64_t round = 1; round <= 3; ++round) {
    const MonotonicTime before = world_.Now();
    Enter(one);
    world_.RunFor(Duration(0));
    ASSERT_EQ(one->rounds.size(), round);
    EXPECT_EQ(one->told, before);
    Leave(one);
  }
}

TEST_F(RoundsTest, WhatEntersMeanwhileLeavesTogether) {
  const auto one = Add(first_);
  const auto two = Add(first_);
  const auto three = Add(second_);
  Enter(one);
  Enter(two);  // in the same turn
  world_.RunFor(Duration(0));
  EXPECT_EQ(one->rounds, (std::vector<uint64_t>{1}));
  EXPECT_EQ(two->rounds, (std::vector<uint64_t>{1}));

  Leave(one);
  Enter(one);
  Enter(three);
  world_.RunFor(Rounds::kGather);
  EXPECT_EQ(one->rounds.size(), 1U) << "one of the first round has not left";
  EXPECT_TRUE(three->rounds.empty());
  Leave(two);
  world_.RunFor(Duration(0));
  EXPECT_EQ(one->rounds, (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(three->rounds, (std::vector<uint64_t>{2}));
}

TEST_F(RoundsTest, ARoundThatTakesLongIsNotWaitedFor) {
  const auto slow = Add(first_);
  const auto next = Add(second_);
  Enter(slow);
  world_.RunFor(Duration(0));
  const MonotonicTime began = slow->told;
  Enter(next);
  world_.RunFor(Rounds::kLongest - Duration(1));
  EXPECT_TRUE(next->rounds.empty());
  world_.RunFor(std::chrono::milliseconds(1));
  ASSERT_EQ(next->rounds, (std::vector<uint64_t>{2}));
  EXPECT_GE(next->told - began, Rounds::kLongest);

  // The first one's end is none of the second's.
  Leave(slow);
  Enter(slow);
  world_.RunFor(Duration(0));
  EXPECT_EQ(slow->rounds.size(), 1U);
  Leave(next);
  world_.RunFor(Duration(0));
  EXPECT_EQ(slow->rounds, (std::vector<uint64_t>{1, 3}));
}

TEST_F(RoundsTest, AfterSeveralEntriesTheNextOneGathers) {
  const auto one = Add(first_);
  const auto two = Add(second_);
  one->brings = Rounds::kSeveral;
  Enter(one);
  world_.RunFor(Duration(0));
  Leave(one);
  const MonotonicTime ended = world_.Now();
  Enter(one);
  world_.RunFor(Rounds::kGather / 2);
  EXPECT_EQ(one->rounds.size(), 1U);
  Enter(two);
  world_.RunFor(Rounds::kGather);
  EXPECT_EQ(one->rounds, (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(two->rounds, (std::vector<uint64_t>{2}));
  EXPECT_EQ(one->told - ended, Rounds::kGather);

  // Who comes later than that waits for nobody.
  Leave(one);
  Leave(two);
  world_.RunFor(2 * Rounds::kGather);
  const MonotonicTime before = world_.Now();
  Enter(two);
  world_.RunFor(Duration(0));
  EXPECT_EQ(two->told, before);
  EXPECT_EQ(two->rounds.back(), 3U);
}

TEST_F(RoundsTest, WhoIsGoneIsNotWaitedFor) {
  const auto one = Add(first_);
  auto gone = Add(first_);
  Enter(one);
  Enter(gone);
  gone = nullptr;
  world_.RunFor(Duration(0));
  Leave(one);
  Enter(one);
  world_.RunFor(Duration(0));
  EXPECT_EQ(one->rounds, (std::vector<uint64_t>{1, 2}));
}

}  // namespace
}  // namespace skerry::group
