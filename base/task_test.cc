#include "base/task.h"

#include <gtest/gtest.h>

#include <string>

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
