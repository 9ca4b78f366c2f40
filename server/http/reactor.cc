#include "server/http/reactor.h"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "base/check.h"
#include "server/http/reactor_asio.h"

namespace skerry::http {

ReactorCore::ReactorCore(uint32_t index, std::string name, const Clock& clock)
    : index_(index),
      name_(std::move(name)),
      clock_(clock),
      keep_running_(boost::asio::make_work_guard(io_)),
      timer_(io_) {
  SKERRY_CHECK(index < 1024);
}

ReactorCore::~ReactorCore() { Stop(); }

void ReactorCore::Start() {
  SKERRY_CHECK(!thread_.joinable());
  running_.store(true, std::memory_order_release);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
    thread_id_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    io_.run();
    thread_id_.store(std::thread::id(), std::memory_order_relaxed);
  });
}

void ReactorCore::Stop() {
  if (!thread_.joinable()) return;
  SKERRY_CHECK_MSG(!IsCurrent(), "a reactor cannot join itself");
  running_.store(false, std::memory_order_release);
  io_.stop();
  thread_.join();
}

void ReactorCore::Post(Work work) {
  bool first;
  {
    std::lock_guard lock(mutex_);
    first = queue_.empty();
    queue_.push_back(std::move(work));
  }
  if (first) boost::asio::post(io_, [this] { RunBatch(); });
}

void ReactorCore::RunBatch() {
  {
    std::lock_guard lock(mutex_);
    batch_.swap(queue_);
  }
  for (Work& work : batch_) {
    std::move(work)();
    work = nullptr;  // what it captured goes before the next one runs
  }
  batch_.clear();
}

void ReactorCore::PostAfter(Duration delay, Work work) {
  const MonotonicTime at = clock_.Now() + delay;
  if (IsCurrent()) {
    AddTimer(at, std::move(work));
  } else {
    Post([this, at, work = std::move(work)]() mutable { AddTimer(at, std::move(work)); });
  }
}

void ReactorCore::AddTimer(MonotonicTime at, Work work) {
  timers_.push(Timer{at, ++timer_sequence_, std::move(work)});
  if (at < armed_for_) ArmTimer();
}

void ReactorCore::ArmTimer() {
  armed_for_ = timers_.top().at;
  timer_.expires_after(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(armed_for_ - clock_.Now()));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) RunTimers();
  });
}

void ReactorCore::RunTimers() {
  armed_for_ = MonotonicTime::min();  // timers added meanwhile must not arm: the end of this does
  const MonotonicTime now = clock_.Now();
  const uint64_t last = timer_sequence_;
  while (!timers_.empty() && timers_.top().at <= now && timers_.top().sequence <= last) {
    Work work = std::move(timers_.top().work);
    timers_.pop();
    std::move(work)();
  }
  armed_for_ = MonotonicTime::max();
  if (!timers_.empty()) ArmTimer();
}

Reactor::Reactor(uint32_t index, std::string name, const Clock& clock)
    : core_(std::make_unique<ReactorCore>(index, std::move(name), clock)) {}
Reactor::~Reactor() = default;
void Reactor::Start() { core_->Start(); }
void Reactor::Stop() { core_->Stop(); }
bool Reactor::running() const { return core_->running(); }
void Reactor::Post(Work work) { core_->Post(std::move(work)); }
void Reactor::PostAfter(Duration delay, Work work) { core_->PostAfter(delay, std::move(work)); }
bool Reactor::IsCurrent() const { return core_->IsCurrent(); }
const Clock& Reactor::clock() const { return core_->clock(); }
uint32_t Reactor::index() const { return core_->index(); }
uint64_t Reactor::NextId() { return core_->NextId(); }

}  // namespace skerry::http
