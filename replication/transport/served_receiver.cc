#include "replication/transport/served_receiver.h"

#include <condition_variable>
#include <utility>

namespace skerry::transport {

// One receiver's time of service.
struct ServedReceiver::Serving {
  explicit Serving(Receiver& the_receiver) : receiver(the_receiver) {}

  Receiver& receiver;
  // Guarded by mutex_.
  int calls = 0;  // under way
  std::condition_variable idle;
};

class ServedReceiver::Call {
 public:
  explicit Call(ServedReceiver& served) : mutex_(served.mutex_) {
    const std::lock_guard lock(mutex_);
    serving_ = served.serving_;
    if (serving_ != nullptr) ++serving_->calls;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    if (serving_ == nullptr) return;
    const std::lock_guard lock(mutex_);
    if (--serving_->calls == 0) serving_->idle.notify_all();
  }

  Receiver* receiver() const { return serving_ == nullptr ? nullptr : &serving_->receiver; }

 private:
  std::mutex& mutex_;
  std::shared_ptr<Serving> serving_;
};

void ServedReceiver::Serve(Receiver* receiver) {
  auto next = receiver == nullptr ? nullptr : std::make_shared<Serving>(*receiver);
  std::unique_lock lock(mutex_);
  const std::shared_ptr<Serving> former = std::exchange(serving_, std::move(next));
  if (former != nullptr) former->idle.wait(lock, [&] { return former->calls == 0; });
}

void ServedReceiver::OnPackets(NodeId from, std::vector<Packet> packets) {
  const Call call(*this);
  if (call.receiver() != nullptr) call.receiver()->OnPackets(from, std::move(packets));
}

void ServedReceiver::OnDisconnected(NodeId node) {
  const Call call(*this);
  if (call.receiver() != nullptr) call.receiver()->OnDisconnected(node);
}

}  // namespace skerry::transport
