#include "base/task.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace skerry {
namespace {

Task<int> Leaf(int v) { co_return v + 1; }
Task<std::string> Middle(int v) { co_return std::to_string(co_await Leaf(v)); }

TEST(TaskTest, ResultTravelsUp) {
  std::string got;
  Spawn(Middle(41), [&](std::string v) { got = std::move(v); });
  EXPECT_EQ(got, "42");
}

TEST(TaskTest, IsLazy) {
  int runs = 0;
  auto body = [](int* counter) -> Task<void> {
    ++*counter;
    co_return;
  };
  Task<void> task = body(&runs);
  EXPECT_EQ(runs, 0);
  Spawn(std::move(task));
  EXPECT_EQ(runs, 1);
}

Task<int> Waits(absl::AnyInvocable<void(int)>* out) {
  const int v = co_await AwaitCallback<int>([out](auto done) { *out = std::move(done); });
  co_return v * 2;
}

TEST(TaskTest, AwaitCallbackResumesWhenCalled) {
  absl::AnyInvocable<void(int)> resume;
  int got = 0;
  Spawn(Waits(&resume), [&](int v) { got = v; });
  EXPECT_EQ(got, 0);
  resume(21);
  EXPECT_EQ(got, 42);
}

Task<int> Sum(std::vector<absl::AnyInvocable<void(int)>>* waiting) {
  std::vector<Task<int>> tasks;
  for (auto& one : *waiting) tasks.push_back(Waits(&one));
  const std::vector<int> values = co_await WhenAll(std::move(tasks));
  int sum = 0;
  for (size_t i = 0; i < values.size(); ++i) sum = sum * 100 + values[i];
  co_return sum;
}

TEST(TaskTest, WhenAllWaitsForAllAndKeepsTheirOrder) {
  std::vector<absl::AnyInvocable<void(int)>> waiting(3);
  std::optional<int> got;
  Spawn(Sum(&waiting), [&](int v) { got = v; });
  waiting[2](3);
  waiting[0](1);
  EXPECT_FALSE(got);
  waiting[1](2);
  EXPECT_EQ(got, 20406);
}

TEST(TaskTest, WhenAllOfNothingAndOfWhatNeverWaits) {
  auto sum = [](int count) -> Task<int> {
    auto one = [](int value) -> Task<int> { co_return value; };
    std::vector<Task<int>> tasks;
    for (int i = 0; i < count; ++i) tasks.push_back(one(i));
    int total = 0;
    const std::vector<int> values = co_await WhenAll(std::move(tasks));
    for (const int value : values) total += value;
    co_return total;
  };
  int got = -1;
  Spawn(sum(0), [&](int v) { got = v; });
  EXPECT_EQ(got, 0);
  Spawn(sum(5), [&](int v) { got = v; });
  EXPECT_EQ(got, 10);
}

TEST(TaskTest, WhenAllIsEndedByWhicheverThreadIsLast) {
  for (int round = 0; round < 200; ++round) {
    std::vector<absl::AnyInvocable<void(int)>> waiting(4);
    std::atomic<int> got = 0;
    Spawn(Sum(&waiting), [&](int v) { got = v; });
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&waiting, i] { waiting[i](i); });
    threads.clear();
    EXPECT_EQ(got, 20406);
  }
}

TEST(TaskTest, AwaitCallbackMayBeAnsweredAtOnce) {
  auto body = []() -> Task<int> {
    co_return co_await AwaitCallback<int>([](auto done) { done(7); });
  };
  int got = 0;
  Spawn(body(), [&](int v) { got = v; });
  EXPECT_EQ(got, 7);
}

}  // namespace
}  // namespace skerry
