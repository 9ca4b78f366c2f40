#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <vector>

#include "server/http/reactor.h"

// The inside of a Reactor. Asio's headers stay in this folder.

namespace skerry::http {

class ReactorCore {
 public:
  ReactorCore(uint32_t index, std::string name, const Clock& clock);
  ~ReactorCore();

  void Start();
  void Stop();
  void Post(Work work);
  void PostAfter(Duration delay, Work work);
  bool IsCurrent() const {
    return thread_id_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }

  bool running() const { return running_.load(std::memory_order_acquire); }

  boost::asio::io_context& io() { return io_; }
  const Clock& clock() const { return clock_; }
  uint32_t index() const { return index_; }
  uint64_t NextId() { return (++last_id_ << 10) | index_; }

 private:
  struct Timer {
    MonotonicTime at;
    uint64_t sequence;  // timers of one instant run in the order in which they were set
    mutable Work work;  // moved out when due; priority_queue hands out const references only
    bool operator<(const Timer& other) const {
      return at != other.at ? at > other.at : sequence > other.sequence;
    }
  };

  void RunBatch();
  void AddTimer(MonotonicTime at, Work work);
  void ArmTimer();
  void RunTimers();

  const uint32_t index_;
  const std::string name_;
  const Clock& clock_;

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_;
  std::thread thread_;
  std::atomic<std::thread::id> thread_id_{};
  std::atomic<bool> running_{false};

  std::mutex mutex_;         // not Abseil's, which the thread sanitizer cannot see into
  std::vector<Work> queue_;  // guarded by mutex_

  // What follows belongs to the reactor's thread.
  std::vector<Work> batch_;
  std::priority_queue<Timer> timers_;
  uint64_t timer_sequence_ = 0;
  boost::asio::steady_timer timer_;
  MonotonicTime armed_for_ = MonotonicTime::max();
  uint64_t last_id_ = 0;
};

}  // namespace skerry::http
