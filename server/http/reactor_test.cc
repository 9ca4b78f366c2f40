#include "server/http/reactor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace skerry::http {
namespace {

using std::chrono::milliseconds;

class ReactorTest : public testing::Test {
 protected:
  // Runs `work` on the reactor and waits for its end.
  void Run(absl::AnyInvocable<void()> work) {
    std::promise<void> done;
    reactor_.Post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  SystemClock clock_;
  Reactor reactor_{3, "reactor", clock_};
};

TEST_F(ReactorTest, WorkRunsInOrderOnItsThread) {
  std::vector<int> seen;
  reactor_.Post([&] {
    seen.push_back(1);
    reactor_.Post([&] { seen.push_back(3); });
  });
  reactor_.Post([&] { seen.push_back(2); });
  EXPECT_FALSE(reactor_.IsCurrent());
  reactor_.Start();
  Run([&] { EXPECT_TRUE(reactor_.IsCurrent()); });
  Run([] {});
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 3}));
}

TEST_F(ReactorTest, EveryPostFromManyThreadsRunsOnce) {
  reactor_.Start();
  std::atomic<int> count{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10000; ++i) reactor_.Post([&] { ++count; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  Run([] {});
  EXPECT_EQ(count, 40000);
}

TEST_F(ReactorTest, TimersRunInTheOrderOfTheirTimes) {
  reactor_.Start();
  std::vector<int> seen;
  std::promise<void> done;
  const MonotonicTime start = clock_.Now();
  reactor_.PostAfter(milliseconds(40), [&] {
    seen.push_back(4);
    done.set_value();
  });
  reactor_.PostAfter(milliseconds(20), [&] {
    seen.push_back(2);
    reactor_.PostAfter(milliseconds(5), [&] { seen.push_back(3); });
  });
  reactor_.PostAfter(milliseconds(10), [&] { seen.push_back(1); });
  done.get_future().wait();
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 3, 4}));
  EXPECT_GE(clock_.Now() - start, milliseconds(40));
}

TEST_F(ReactorTest, WorkLeftAtTheEndIsDestroyedUnrun) {
  auto token = std::make_shared<int>();
  bool ran = false;
  {
    Reactor stopped(0, "stopped", clock_);
    stopped.Start();
    stopped.Stop();
    EXPECT_FALSE(stopped.running());
    stopped.Post([token, &ran] { ran = true; });
    stopped.PostAfter(milliseconds(1), [token, &ran] { ran = true; });
  }
  EXPECT_FALSE(ran);
  EXPECT_EQ(token.use_count(), 1);
}

TEST_F(ReactorTest, IdsDiffer) {
  reactor_.Start();
  uint64_t a = 0;
  uint64_t b = 0;
  Run([&] {
    a = reactor_.NextId();
    b = reactor_.NextId();
  });
  EXPECT_NE(a, b);
  EXPECT_EQ(a & 1023, 3u);
}

}  // namespace
}  // namespace skerry::http
