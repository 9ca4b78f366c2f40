#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/strong.h"
#include "replication/transport/transport.h"

namespace skerry::transport {

// Whoever gets requests at the time (Transport::ServeRequests), or nobody. Thread-safe.
class ServedReceiver final : public Receiver {
 public:
  // From now on `receiver`, which may be null. Waits for calls of the former one: not to be called
  // from them.
  void Serve(Receiver* receiver);

  void OnPackets(NodeId from, std::vector<Packet> packets) override;
  void OnDisconnected(NodeId node) override;

 private:
  struct Serving;
  class Call;

  std::mutex mutex_;
  std::shared_ptr<Serving> serving_;  // guarded by mutex_
};

}  // namespace skerry::transport
