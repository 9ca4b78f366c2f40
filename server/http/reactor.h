#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/executor.h"

namespace skerry::http {

class ReactorCore;  // reactor_asio.h: this folder's sockets see Asio through it, nobody else does

// One thread with an event loop of its own: sockets, timers and posted work, one piece at a time.
//
// Post and PostAfter are thread-safe and cheap: work queues up behind one mutex, and the loop is
// woken once for all that came since its last batch. Work posted from the reactor's own thread runs
// after the socket events that are ready by then, so that a batch of requests read together can be
// carried on together.
//
// Work may be posted before Start; it runs once the thread does. Stop ends the loop after the batch
// under way; work left over is destroyed with the reactor, on the thread that destroys it.
class Reactor final : public Executor {
 public:
  // `index` tells the reactors of a process apart and is part of the ids that NextId gives. `name`
  // becomes the thread's (15 characters are seen by tools). `clock` outlives the reactor.
  Reactor(uint32_t index, std::string name, const Clock& clock);
  ~Reactor() override;  // stops
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  void Start();
  // Ends the loop and joins its thread. Never from the reactor's own thread. Harmless twice.
  void Stop();

  bool running() const;  // between Start and Stop; thread-safe

  void Post(Work work) override;
  void PostAfter(Duration delay, Work work) override;
  bool IsCurrent() const override;
  const Clock& clock() const override;

  uint32_t index() const;
  // Unique among the reactors of the process (the low 10 bits are the index). On the reactor only.
  uint64_t NextId();

  ReactorCore& core() { return *core_; }

 private:
  std::unique_ptr<ReactorCore> core_;
};

}  // namespace skerry::http
