#include "replication/liveness/liveness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "replication/liveness/liveness_testing.h"
#include "replication/liveness/state.h"

namespace skerry::liveness {
namespace {

constexpr NodeId kOne(1);
constexpr NodeId kTwo(2);

class LivenessTest : public testing::Test {
 protected:
  LivenessTest() : nodes_(1, 2) {}
  Liveness& One() { return *nodes_.nodes.at(kOne).liveness; }
  Liveness& Two() { return *nodes_.nodes.at(kTwo).liveness; }
  bool Counts(Liveness& of, NodeId on) {
    auto& node = nodes_.nodes.at(&of == &One() ? kOne : kTwo);
    return of.SupportedUntil(on, of.epoch()) > node.clock->Now();
  }
  // Both count on each other.
  void Meet() {
    if (!nodes_.nodes.at(kOne).liveness) nodes_.Start(kOne);
    if (!nodes_.nodes.at(kTwo).liveness) nodes_.Start(kTwo);
    ASSERT_TRUE(nodes_.world.RunUntil([&] { return Counts(One(), kTwo) && Counts(Two(), kOne); },
                                      seconds(5)));
  }
  Nodes nodes_;
};

TEST_F(LivenessTest, CountsNineTenthsFromTheSending) {
  Meet();
  const MonotonicTime now = nodes_.nodes.at(kOne).clock->Now();
  const MonotonicTime until = One().SupportedUntil(kTwo, One().epoch());
  EXPECT_LE(until - now, milliseconds(900));
  EXPECT_TRUE(Two().Supports(kOne, One().epoch()));
  EXPECT_FALSE(Two().Supports(kOne, One().epoch() + 1));
  EXPECT_FALSE(Two().Ended(kOne, One().epoch()));
  EXPECT_EQ(One().SupportedUntil(kTwo, One().epoch() + 1), MonotonicTime());
  // It is renewed for as long as both live.
  for (int i = 0; i < 100; ++i) {
    nodes_.world.RunFor(milliseconds(100));
    EXPECT_TRUE(Counts(One(), kTwo));
  }
}

TEST_F(LivenessTest, WithdrawsWhenThePromiseHasRunOut) {
  Meet();
  nodes_.world.RunFor(seconds(2));
  const uint64_t epoch = One().epoch();
  const MonotonicTime killed = nodes_.world.Now();
  nodes_.Kill(kOne);
  nodes_.nodes.at(kTwo).changes.clear();
  ASSERT_TRUE(nodes_.world.RunUntil([&] { return Two().Ended(kOne, epoch); }, seconds(3)));
  EXPECT_GE(nodes_.world.Now() - killed, milliseconds(790));
  EXPECT_LE(nodes_.world.Now() - killed, milliseconds(1010));
  nodes_.world.RunFor(milliseconds(10));
  EXPECT_THAT(nodes_.nodes.at(kTwo).changes, testing::Contains(kOne));
  EXPECT_FALSE(Two().Supports(kOne, epoch));
  // Durably.
  nodes_.Kill(kTwo);
  nodes_.Start(kTwo);
  EXPECT_TRUE(Two().Ended(kOne, epoch));
}

// Who was cut off comes back with an epoch that was never withdrawn.
TEST_F(LivenessTest, WhatWasWithdrawnIsNeverSupportedAgain) {
  Meet();
  const uint64_t epoch = One().epoch();
  nodes_.network.Block(kOne, kTwo);
  ASSERT_TRUE(nodes_.world.RunUntil([&] { return Two().Ended(kOne, epoch); }, seconds(3)));
  EXPECT_FALSE(Counts(One(), kTwo));
  nodes_.network.Heal();
  ASSERT_TRUE(nodes_.world.RunUntil([&] { return Counts(One(), kTwo); }, seconds(3)));
  EXPECT_GT(One().epoch(), epoch);
  EXPECT_TRUE(Two().Ended(kOne, epoch));
}

TEST_F(LivenessTest, AShortSilenceWithdrawsNothing) {
  Meet();
  const uint64_t epoch = One().epoch();
  nodes_.network.Block(kOne, kTwo);
  nodes_.network.Block(kTwo, kOne);
  nodes_.world.RunFor(milliseconds(700));
  nodes_.network.Heal();
  nodes_.world.RunFor(seconds(5));
  EXPECT_EQ(One().epoch(), epoch);
  EXPECT_TRUE(Counts(One(), kTwo));
}

TEST_F(LivenessTest, EveryStartRaisesTheEpoch) {
  uint64_t before = 0;
  for (int i = 0; i < 5; ++i) {
    Meet();
    EXPECT_GT(One().epoch(), before);
    before = One().epoch();
    EXPECT_EQ(ReadState(*nodes_.nodes.at(kOne).disk, "log")->epoch, before);
    nodes_.Kill(kOne);
  }
}

// Its promises are forgotten, but not how long they may last.
TEST_F(LivenessTest, ASupporterThatRestartedKeepsWhatItMayHavePromised) {
  Meet();
  const uint64_t epoch = One().epoch();
  nodes_.Kill(kOne);
  nodes_.Kill(kTwo);
  nodes_.world.RunFor(milliseconds(100));
  nodes_.Start(kTwo);
  EXPECT_TRUE(Two().Quiet());
  nodes_.world.RunFor(milliseconds(980));
  EXPECT_TRUE(Two().Quiet());
  EXPECT_FALSE(Two().Ended(kOne, epoch));
  nodes_.world.RunFor(milliseconds(40));
  EXPECT_FALSE(Two().Quiet());
  EXPECT_TRUE(Two().Ended(kOne, epoch));
}

TEST_F(LivenessTest, ARaisedEpochEndsTheOneBefore) {
  Meet();
  const uint64_t epoch = One().epoch();
  One().RaiseEpoch();
  ASSERT_TRUE(nodes_.world.RunUntil([&] { return Two().Ended(kOne, epoch); }, seconds(1)));
  EXPECT_GT(One().epoch(), epoch);
  EXPECT_EQ(One().SupportedUntil(kTwo, epoch), MonotonicTime());
}

TEST_F(LivenessTest, WithoutPeersNothingIsWrittenAndNothingWakes) {
  nodes_.Start(kOne);
  One().Release(kTwo);
  nodes_.Kill(kOne);
  Nodes alone(1, 1);
  alone.Start(kOne);
  EXPECT_TRUE(alone.world.RunUntilIdle(seconds(1)));
  EXPECT_TRUE(alone.nodes.at(kOne).disk->Files().empty());
  EXPECT_EQ(alone.nodes.at(kOne).liveness->epoch(), 0u);
}

// Nobody who is asked no more has a timer.
TEST_F(LivenessTest, WhoHasNoGroupInCommonIsAskedNoMore) {
  Meet();
  One().Release(kTwo);
  Two().Release(kOne);
  EXPECT_TRUE(nodes_.world.RunUntilIdle(seconds(10)));
}

TEST(LivenessStateTest, ComesBackAsItWas) {
  const State state{.epoch = 7,
                    .promise_max = seconds(2),
                    .supported = {{NodeId(2), 5}, {NodeId(UINT64_MAX), UINT64_MAX}}};
  const std::string bytes = EncodeState(state);
  EXPECT_EQ(*DecodeState(bytes), state);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeState(bytes.substr(0, size)).ok());
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    EXPECT_EQ(DecodeState(damaged).status().code(), StatusCode::kCorruption);
  }
}

TEST(LivenessSimTest, WhatANodeCountsOnTheOtherHolds) {
  const char* one = std::getenv("SKERRY_SEED");
  const char* many = std::getenv("SKERRY_SEEDS");
  const uint64_t first = one != nullptr ? std::stoull(one) : 1;
  const uint64_t seeds = many != nullptr ? std::stoull(many) : one != nullptr ? 1 : 200;
  uint64_t counted = 0;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    ASSERT_EQ(Live(seed, &counted), "") << "SKERRY_SEED=" << seed;
  }
  std::printf("%llu seeds: %llu times support was counted on\n", (unsigned long long)seeds,
              (unsigned long long)counted);
  if (seeds < 100) return;
  EXPECT_GT(counted, seeds * 100);
}

}  // namespace
}  // namespace skerry::liveness
