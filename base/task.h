#pragma once

#include <atomic>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "base/check.h"

// Task: a lazy coroutine. It starts when awaited, runs on whichever executor its awaiter runs on,
// and hands its result to the one awaiter. Nothing here knows threads: use SwitchTo
// (base/executor.h) to change them. Parameters are taken by value or outlive the task; a capturing
// lambda is never a coroutine. Exceptions do not cross a Task: one that reaches its edge is a
// broken invariant.

namespace skerry {

template <typename T = void>
class Task;

namespace internal {

struct TaskFinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    return handle.promise().continuation ? handle.promise().continuation : std::noop_coroutine();
  }
  void await_resume() const noexcept {}
};

struct TaskPromiseBase {
  std::coroutine_handle<> continuation;
  std::suspend_always initial_suspend() noexcept { return {}; }
  TaskFinalAwaiter final_suspend() noexcept { return {}; }
  [[noreturn]] void unhandled_exception() noexcept {
    CheckFailed("no exception leaves a Task", __FILE__, __LINE__, nullptr);
  }
};

template <typename T>
struct TaskPromise : TaskPromiseBase {
  std::optional<T> result;
  Task<T> get_return_object();
  template <typename U>
  void return_value(U&& value) {
    result.emplace(std::forward<U>(value));
  }
  T Take() { return std::move(*result); }
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
  Task<void> get_return_object();
  void return_void() {}
  void Take() {}
};

}  // namespace internal

template <typename T>
class [[nodiscard]] Task {
 public:
  using promise_type = internal::TaskPromise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  auto operator co_await() && {
    struct Awaiter {
      Handle handle;
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
        handle.promise().continuation = awaiting;
        return handle;
      }
      T await_resume() { return handle.promise().Take(); }
    };
    return Awaiter{handle_};
  }

 private:
  Handle handle_;
};

namespace internal {

template <typename T>
Task<T> TaskPromise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<TaskPromise<T>>::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<TaskPromise<void>>::from_promise(*this));
}

// A coroutine that owns itself: starts at once, frees itself at its end.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    [[noreturn]] void unhandled_exception() noexcept {
      CheckFailed("no exception leaves a Task", __FILE__, __LINE__, nullptr);
    }
  };
};

template <typename T, typename Done>
Detached RunDetached(Task<T> task, Done done) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(task);
    done();
  } else {
    done(co_await std::move(task));
  }
}

}  // namespace internal

// Starts `task` here and now; `done` gets its result on whichever thread it ends.
template <typename T, typename Done>
void Spawn(Task<T> task, Done done) {
  internal::RunDetached(std::move(task), std::move(done));
}
inline void Spawn(Task<void> task) {
  internal::RunDetached(std::move(task), [] {});
}

// co_await AwaitCallback<T>([&](auto done) { StartSomething(std::move(done)); }): suspends until
// done(T) is called, once, on any thread; what follows runs on that thread.
template <typename T>
class AwaitCallback {
 public:
  using Done = absl::AnyInvocable<void(T)>;
  explicit AwaitCallback(absl::AnyInvocable<void(Done)> start) : start_(std::move(start)) {}

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    // `done` may run, and end the coroutine that holds this object, before start returns.
    auto start = std::move(start_);
    start([this, handle](T value) {
      result_.emplace(std::move(value));
      handle.resume();
    });
  }
  T await_resume() { return std::move(*result_); }

 private:
  absl::AnyInvocable<void(Done)> start_;
  std::optional<T> result_;
};

// co_await WhenAll(tasks): starts them here, one after the other, each as far as it gets without
// waiting, and suspends until all have ended; their results in their order. What follows runs on
// the thread of the one that ended last.
template <typename T>
class [[nodiscard]] WhenAll {
 public:
  explicit WhenAll(std::vector<Task<T>> tasks)
      : tasks_(std::move(tasks)), results_(tasks_.size()), left_(tasks_.size() + 1) {}

  bool await_ready() const { return false; }
  bool await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    for (size_t i = 0; i < tasks_.size(); ++i) {
      Spawn(std::move(tasks_[i]), [this, i](T value) {
        results_[i].emplace(std::move(value));
        if (IsLast()) handle_.resume();
      });
    }
    // From here on, unless all have ended, whoever is last may have ended the coroutine that holds
    // this object.
    return !IsLast();
  }
  std::vector<T> await_resume() {
    std::vector<T> values;
    values.reserve(results_.size());
    for (std::optional<T>& result : results_) values.push_back(std::move(*result));
    return values;
  }

 private:
  bool IsLast() { return left_.fetch_sub(1, std::memory_order_acq_rel) == 1; }

  std::vector<Task<T>> tasks_;
  std::vector<std::optional<T>> results_;
  std::atomic<size_t> left_;  // tasks that have not ended, and this one's start of them
  std::coroutine_handle<> handle_;
};

}  // namespace skerry
