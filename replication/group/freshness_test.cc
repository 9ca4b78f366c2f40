#include "replication/group/freshness.h"

#include <gtest/gtest.h>

#include "base/sim/world.h"

namespace skerry::group {
namespace {

using std::chrono::seconds;

class FreshnessTest : public testing::Test {
 protected:
  MonotonicTime Now() { return world_.clock().Now(); }
  bool IsFresh() const { return freshness_.Fresh() != 0; }

  sim::World world_{1};
  Freshness freshness_{world_.clock(), /*origin=*/~uint64_t{1}};
};

TEST_F(FreshnessTest, WhoHasAppliedWhatItWasToldOfIsFreshForTenSeconds) {
  world_.RunFor(seconds(1));
  freshness_.Applied(LogIndex(5));
  EXPECT_FALSE(IsFresh()) << "nobody has said how far one must be";
  freshness_.Hear(LogIndex(5), Now());
  EXPECT_TRUE(IsFresh());
  world_.RunFor(seconds(9));
  EXPECT_TRUE(IsFresh());
  world_.RunFor(seconds(2));
  EXPECT_FALSE(IsFresh());
  freshness_.Hear(LogIndex(5), Now());
  EXPECT_TRUE(IsFresh());
}

TEST_F(FreshnessTest, WhatIsAppliedLateCountsFromWhenItWasAskedFor) {
  world_.RunFor(seconds(1));
  freshness_.Hear(LogIndex(5), Now());
  EXPECT_FALSE(IsFresh());
  world_.RunFor(seconds(6));
  freshness_.Hear(LogIndex(9), Now());  // more keeps coming
  freshness_.Applied(LogIndex(5));
  EXPECT_TRUE(IsFresh());
  world_.RunFor(seconds(5));
  EXPECT_FALSE(IsFresh());
}

TEST_F(FreshnessTest, WhatAnEarlierLifeHasAskedSaysNothing) {
  world_.RunFor(seconds(1000));
  const uint64_t before = freshness_.Ask();
  // After another start of the machine its clock says less than it did.
  sim::DriftingClock clock(world_.clock(), 0, -seconds(900));
  Freshness later(clock, /*origin=*/12345);
  later.Applied(LogIndex(5));
  later.HearAsked(LogIndex(5), before);
  EXPECT_EQ(later.Fresh(), 0u);
  const uint64_t asked = later.Ask();
  world_.RunFor(seconds(4));
  later.HearAsked(LogIndex(5), asked);
  EXPECT_NE(later.Fresh(), 0u);
  world_.RunFor(seconds(7));
  EXPECT_EQ(later.Fresh(), 0u) << "it counts from when it was asked";
}

TEST_F(FreshnessTest, AnAnswerOfTheLeaderCountsIfAllOfItIsApplied) {
  world_.RunFor(seconds(1));
  freshness_.Applied(LogIndex(5));
  freshness_.Told(LogIndex(6), Now());
  EXPECT_FALSE(IsFresh());
  freshness_.Told(LogIndex(5), Now());
  EXPECT_TRUE(IsFresh());
}

TEST_F(FreshnessTest, WhatIsBeingReplacedIsNotReadAndIsAnotherStateAfterwards) {
  world_.RunFor(seconds(1));
  freshness_.Applied(LogIndex(5));
  freshness_.Hear(LogIndex(5), Now());
  const uint64_t before = freshness_.Fresh();
  freshness_.Hold();
  freshness_.Hear(LogIndex(5), Now());
  EXPECT_FALSE(IsFresh());
  freshness_.Release();
  freshness_.Hear(LogIndex(5), Now());
  EXPECT_TRUE(IsFresh());
  EXPECT_NE(freshness_.Fresh(), before);
}

}  // namespace
}  // namespace skerry::group
