#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/executor.h"

namespace skerry {

// One thread that runs what is posted to it: the log writer, blocking calls. Timers of equal time
// run in the order of their posting. An idle one sleeps without waking.
class ThreadExecutor final : public Executor {
 public:
  // `name` (15 characters at most) is what the system's tools show. `clock` outlives this.
  ThreadExecutor(std::string name, const Clock& clock);
  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;
  ~ThreadExecutor() override;  // Stop()

  void Post(Work work) override;
  void PostAfter(Duration delay, Work work) override;
  bool IsCurrent() const override;
  const Clock& clock() const override { return clock_; }

  // Waits for the piece of work that is running, destroys the rest and ends the thread. Idempotent;
  // not to be called on the thread itself.
  void Stop();

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  void Run();
  // Waits until something is due and moves it to *out. False after Stop.
  bool TakeDue(std::vector<Work>* out);

  const Clock& clock_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::condition_variable wake_;
  bool sleeping_ = false;
  std::vector<Work> queue_;
  std::multimap<Deadline, Work> timers_;

  std::atomic<bool> stopped_ = false;  // written under mutex_
  std::thread thread_;
};

}  // namespace skerry
