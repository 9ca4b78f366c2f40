#include "server/catalog/node_watch.h"

#include <gtest/gtest.h>

namespace skerry::catalog {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class NodeWatchTest : public testing::Test {
 protected:
  // Looks every 100 ms for so long.
  void Pass(Duration time, bool heard) {
    for (const MonotonicTime until = now_ + time; now_ < until;
         now_ += std::chrono::milliseconds(100)) {
      watch_.Look(now_, NodeId(2), heard);
    }
  }
  Situation Tell() {
    Situation situation{view_};
    watch_.Tell(now_, &situation);
    return situation;
  }

  const View view_;
  NodeWatch watch_{minutes(5)};
  MonotonicTime now_{};
};

TEST_F(NodeWatchTest, AwayAtOnceGoneAndDeadLater) {
  Pass(seconds(1), true);
  EXPECT_TRUE(Tell().away.empty());
  Pass(seconds(1), false);
  EXPECT_TRUE(Tell().away.contains(NodeId(2)));
  EXPECT_TRUE(Tell().gone.empty());
  Pass(seconds(30), false);
  EXPECT_TRUE(Tell().gone.contains(NodeId(2)));
  EXPECT_TRUE(Tell().dead.empty());
  Pass(minutes(5), false);
  EXPECT_TRUE(Tell().dead.contains(NodeId(2)));
  Pass(seconds(11), true);
  EXPECT_TRUE(Tell().away.empty());
}

TEST_F(NodeWatchTest, WhoWasAwayForLongIsBackOnlyAfterAWhile) {
  Pass(minutes(1), false);
  Pass(seconds(9), true);
  EXPECT_TRUE(Tell().away.contains(NodeId(2)));
  Pass(seconds(1), false);
  Pass(seconds(9), true);
  EXPECT_TRUE(Tell().gone.contains(NodeId(2))) << "it comes and goes";
  Pass(seconds(2), true);
  EXPECT_TRUE(Tell().away.empty());
}

TEST_F(NodeWatchTest, WhoHasJustJoinedIsThereSoon) {
  Pass(std::chrono::milliseconds(300), false);
  Pass(std::chrono::milliseconds(500), true);
  EXPECT_TRUE(Tell().away.empty());
}

TEST_F(NodeWatchTest, NobodyIsDeadWhereNobodyIsReplaced) {
  NodeWatch watch{Duration::zero()};
  watch.Look(now_, NodeId(2), false);
  Situation situation{view_};
  watch.Tell(now_ + std::chrono::hours(100), &situation);
  EXPECT_TRUE(situation.gone.contains(NodeId(2)));
  EXPECT_TRUE(situation.dead.empty());
}

}  // namespace
}  // namespace skerry::catalog
