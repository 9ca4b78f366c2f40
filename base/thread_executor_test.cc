#include "base/thread_executor.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>

namespace skerry {
namespace {

using std::chrono::milliseconds;

TEST(ThreadExecutorTest, RunsInOrderOnItsOwnThread) {
  SystemClock clock;
  ThreadExecutor executor("test", clock);
  EXPECT_FALSE(executor.IsCurrent());
  std::vector<int> order;
  std::promise<bool> current;
  for (int i = 0; i < 100; ++i) executor.Post([&order, i] { order.push_back(i); });
  executor.Post([&] { current.set_value(executor.IsCurrent()); });
  EXPECT_TRUE(current.get_future().get());
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
}

TEST(ThreadExecutorTest, TimersRunInOrderOfTheirDeadlines) {
  SystemClock clock;
  ThreadExecutor executor("test", clock);
  std::vector<int> order;
  std::promise<void> last;
  executor.PostAfter(milliseconds(30), [&] {
    order.push_back(3);
    last.set_value();
  });
  executor.PostAfter(milliseconds(10), [&] { order.push_back(2); });
  executor.PostAfter(milliseconds(0), [&] { order.push_back(1); });
  last.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(ThreadExecutorTest, StopDestroysWhatDidNotRun) {
  SystemClock clock;
  ThreadExecutor executor("test", clock);
  auto token = std::make_shared<int>(0);
  executor.PostAfter(std::chrono::hours(1), [token] { ++*token; });
  EXPECT_EQ(token.use_count(), 2);
  executor.Stop();
  EXPECT_EQ(token.use_count(), 1);
  executor.Post([token] { ++*token; });
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_EQ(*token, 0);
}

}  // namespace
}  // namespace skerry
