#include "replication/raft/progress.h"

#include <gtest/gtest.h>

namespace skerry::raft {
namespace {

using State = Progress::State;

// A follower's, of a leader whose log ends at 10.
Progress Fresh(Progress::Bounds bounds = {2, 1000}) { return {LogIndex(10), bounds}; }

Progress Replicating(Progress::Bounds bounds = {2, 1000}) {
  Progress progress = Fresh(bounds);
  progress.Acknowledged(LogIndex(10));
  return progress;
}

TEST(ProgressTest, ProbesOneAppendAtATimeFromTheEndOfTheLog) {
  Progress progress = Fresh();
  EXPECT_EQ(progress.state(), State::kProbe);
  EXPECT_EQ(progress.next(), LogIndex(11));
  EXPECT_FALSE(progress.Paused());
  progress.Sent(LogIndex(12), 100);
  EXPECT_TRUE(progress.Paused());
  EXPECT_EQ(progress.next(), LogIndex(11));  // its fate is not known
  progress.Heard();
  EXPECT_FALSE(progress.Paused());
}

TEST(ProgressTest, ARejectedProbeGoesBackToTheHintButNotBelowWhatMatches) {
  Progress progress = Fresh();
  progress.Sent(LogIndex(12), 100);
  EXPECT_FALSE(progress.Rejected(LogIndex(7), LogIndex(3)));  // of an earlier probe
  EXPECT_TRUE(progress.Rejected(LogIndex(10), LogIndex(4)));
  EXPECT_EQ(progress.next(), LogIndex(5));
  EXPECT_FALSE(progress.Paused());
  EXPECT_TRUE(progress.Rejected(LogIndex(4), LogIndex(9)));  // a hint that leads nowhere
  EXPECT_EQ(progress.next(), LogIndex(4));
  EXPECT_TRUE(progress.Rejected(LogIndex(3), LogIndex(0)));
  EXPECT_EQ(progress.next(), LogIndex(1));
}

// Thesis 10.2.1.
TEST(ProgressTest, ReplicatesAheadOfAnswersWithinBounds) {
  Progress progress = Replicating({2, 1000});
  EXPECT_EQ(progress.state(), State::kReplicate);
  progress.Sent(LogIndex(11), 10);
  EXPECT_EQ(progress.next(), LogIndex(12));
  EXPECT_FALSE(progress.Paused());
  progress.Sent(LogIndex(12), 10);
  EXPECT_TRUE(progress.Paused());
  EXPECT_FALSE(progress.Acknowledged(LogIndex(10)));  // nothing new
  EXPECT_TRUE(progress.Paused());
  EXPECT_TRUE(progress.Acknowledged(LogIndex(11)));
  EXPECT_EQ(progress.messages_in_flight(), 1U);
  EXPECT_FALSE(progress.Paused());
}

TEST(ProgressTest, BytesInFlightAreBoundedToo) {
  Progress progress = Replicating({100, 50});
  progress.Sent(LogIndex(11), 30);
  EXPECT_FALSE(progress.Paused());
  progress.Sent(LogIndex(12), 30);
  EXPECT_TRUE(progress.Paused());
  progress.Acknowledged(LogIndex(12));
  EXPECT_FALSE(progress.Paused());
}

TEST(ProgressTest, LostAppendsDoNotKeepTheirSlotsForever) {
  Progress progress = Replicating({1, 1000});
  progress.Sent(LogIndex(11), 10);
  EXPECT_TRUE(progress.Paused());
  progress.Heard();
  EXPECT_FALSE(progress.Paused());
  EXPECT_EQ(progress.messages_in_flight(), 0U);
}

TEST(ProgressTest, ARejectionWhileReplicatingProbesBehindWhatMatches) {
  Progress progress = Replicating();
  progress.Sent(LogIndex(11), 10);
  progress.Sent(LogIndex(12), 10);
  EXPECT_FALSE(progress.Rejected(LogIndex(9), LogIndex(2)));  // late: it has that by now
  EXPECT_EQ(progress.state(), State::kReplicate);
  EXPECT_TRUE(progress.Rejected(LogIndex(11), LogIndex(2)));
  EXPECT_EQ(progress.state(), State::kProbe);
  EXPECT_EQ(progress.next(), LogIndex(11));
  EXPECT_EQ(progress.messages_in_flight(), 0U);
}

TEST(ProgressTest, NothingIsSentBesideASnapshot) {
  Progress progress = Fresh();
  progress.BecomeSnapshot();
  EXPECT_TRUE(progress.Paused());
  progress.Heard();
  EXPECT_TRUE(progress.Paused());
  EXPECT_FALSE(progress.Rejected(LogIndex(10), LogIndex(1)));
  progress.SnapshotEnded(LogIndex(8));
  EXPECT_EQ(progress.state(), State::kProbe);
  EXPECT_EQ(progress.next(), LogIndex(9));
  EXPECT_TRUE(progress.Paused());  // until it is heard of
  progress.Heard();
  EXPECT_FALSE(progress.Paused());
}

TEST(ProgressTest, ASnapshotsAcknowledgementMayComeBeforeItsEnd) {
  Progress progress = Fresh();
  progress.BecomeSnapshot();
  EXPECT_TRUE(progress.Acknowledged(LogIndex(8)));
  EXPECT_EQ(progress.state(), State::kReplicate);
  EXPECT_EQ(progress.next(), LogIndex(9));
  progress.SnapshotEnded(LogIndex(0));
  EXPECT_EQ(progress.state(), State::kReplicate);
}

TEST(ProgressTest, AFailedSnapshotBeginsAgainBehindWhatMatches) {
  Progress progress = Replicating();
  progress.BecomeSnapshot();
  progress.SnapshotEnded(LogIndex(0));
  EXPECT_EQ(progress.next(), LogIndex(11));
  EXPECT_TRUE(progress.Paused());
}

TEST(ProgressTest, WaitsWhileItsEntriesAreReadFromTheLog) {
  Progress progress = Replicating();
  progress.fetching = true;
  EXPECT_TRUE(progress.Paused());
  progress.BecomeProbe();
  EXPECT_FALSE(progress.Paused());
}

}  // namespace
}  // namespace skerry::raft
