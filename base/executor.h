#pragma once

#include <coroutine>
#include <cstdint>

#include "absl/functional/any_invocable.h"
#include "base/clock.h"

// Where work runs. An executor runs one piece of work at a time, in the order in which they were
// posted, on one thread (a reactor, the log writer, ...) or, in simulation, in virtual time.

namespace skerry {

using Work = absl::AnyInvocable<void()>;

class Executor {
 public:
  virtual ~Executor() = default;

  // Queues work; returns at once, never runs it inline. Thread-safe. Work posted after the executor
  // was stopped is destroyed without having run.
  virtual void Post(Work work) = 0;

  // Queues work to run once, `delay` from now or later. Thread-safe.
  virtual void PostAfter(Duration delay, Work work) = 0;

  // True on the thread that is running this executor's work.
  virtual bool IsCurrent() const = 0;

  virtual const Clock& clock() const = 0;
};

// co_await SwitchTo(executor): what follows runs on `executor`. Continues at once if that is so
// already.
struct SwitchTo {
  explicit SwitchTo(Executor& target) : executor(target) {}
  bool await_ready() const { return executor.IsCurrent(); }
  void await_suspend(std::coroutine_handle<> handle) {
    executor.Post([handle] { handle.resume(); });
  }
  void await_resume() const {}
  Executor& executor;
};

// co_await Sleep(executor, delay): continues on `executor`, `delay` from now or later.
struct Sleep {
  Sleep(Executor& target, Duration for_how_long) : executor(target), delay(for_how_long) {}
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    executor.PostAfter(delay, [handle] { handle.resume(); });
  }
  void await_resume() const {}
  Executor& executor;
  Duration delay;
};

}  // namespace skerry
