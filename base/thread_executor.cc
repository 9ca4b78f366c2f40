#include "base/thread_executor.h"

#include <pthread.h>

#include "base/check.h"

namespace skerry {

ThreadExecutor::ThreadExecutor(std::string name, const Clock& clock)
    : clock_(clock), thread_([this] { Run(); }) {
  name.resize(std::min<size_t>(name.size(), 15));
  pthread_setname_np(thread_.native_handle(), name.c_str());
}

ThreadExecutor::~ThreadExecutor() { Stop(); }

void ThreadExecutor::Post(Work work) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    queue_.push_back(std::move(work));
    wake = std::exchange(sleeping_, false);
  }
  if (wake) wake_.notify_one();
}

void ThreadExecutor::PostAfter(Duration delay, Work work) {
  const Deadline deadline = std::chrono::steady_clock::now() + delay;
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    timers_.emplace(deadline, std::move(work));
    wake = std::exchange(sleeping_, false);
  }
  if (wake) wake_.notify_one();
}

bool ThreadExecutor::IsCurrent() const { return std::this_thread::get_id() == thread_.get_id(); }

void ThreadExecutor::Stop() {
  SKERRY_CHECK_MSG(!IsCurrent(), "an executor cannot wait for itself");
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    sleeping_ = false;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  // Destroyed outside the lock: what a work holds may post again.
  std::vector<Work> queue;
  std::multimap<Deadline, Work> timers;
  {
    std::lock_guard lock(mutex_);
    queue.swap(queue_);
    timers.swap(timers_);
  }
}

bool ThreadExecutor::TakeDue(std::vector<Work>* out) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (stopped_) return false;
    if (!timers_.empty()) {
      const Deadline now = std::chrono::steady_clock::now();
      while (!timers_.empty() && timers_.begin()->first <= now) {
        queue_.push_back(std::move(timers_.begin()->second));
        timers_.erase(timers_.begin());
      }
    }
    if (!queue_.empty()) {
      out->swap(queue_);
      return true;
    }
    sleeping_ = true;
    if (timers_.empty()) {
      wake_.wait(lock, [this] { return !sleeping_; });
    } else {
      wake_.wait_until(lock, timers_.begin()->first, [this] { return !sleeping_; });
      sleeping_ = false;
    }
  }
}

void ThreadExecutor::Run() {
  std::vector<Work> due;
  while (TakeDue(&due)) {
    for (Work& work : due) {
      if (stopped_.load(std::memory_order_relaxed)) break;
      work();
      work = nullptr;
    }
    due.clear();
  }
}

}  // namespace skerry
