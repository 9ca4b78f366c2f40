#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "base/strong.h"
#include "replication/transport/codec.h"
#include "replication/transport/transport.h"

// One kind of packets on its way to and from one peer: the queue, and the stream that it goes out
// on, whichever that is at the time.

namespace skerry::transport {

enum class LaneKind : uint8_t { kMessages = 0, kSnapshots = 1, kRequests = 2 };
constexpr size_t kLanes = 3;
constexpr std::array<LaneKind, kLanes> kAllLanes = {LaneKind::kMessages, LaneKind::kSnapshots,
                                                    LaneKind::kRequests};

LaneKind LaneOf(const Packet& packet);
std::string_view NameOf(LaneKind kind);  // in metrics and the log

// What is counted of all lanes of one kind.
struct LaneCounters {
  LaneCounters(LaneKind kind, Metrics* metrics);

  Counter& packets_sent;  // handed to a stream
  Counter& packets_received;
  Counter& frames_sent;
  Counter& bytes_sent;
  Counter& bytes_received;
  Counter& dropped_full;
  Counter& dropped_disconnected;  // no stream, or it broke
  Counter& dropped_unknown;       // for a node that is no peer
  Counter& not_understood;        // received, of a later version
  Counter& opened;                // streams
  Counter& closed;
};

// A stream between two nodes that have shaken hands. A lane calls it under its lock, and not after
// Detach: neither call may lead back into the lane before it returns.
class Stream {
 public:
  virtual ~Stream() = default;
  // Not again before Lane::Written.
  virtual void Write(std::string frame) = 0;
  // The stream will end soon, and its owner then calls Lane::Detach.
  virtual void Cancel() = 0;
};

// Thread-safe. Packets without a stream are dropped: what Raft said to a node while it was away is
// of no use to it when it is back.
class Lane {
 public:
  // A frame takes in packets up to this; a larger packet has one of its own.
  static constexpr size_t kFrameBytes = size_t{1} << 20;

  // `bound`: bytes that wait; the frame that is being written counts no more.
  Lane(uint64_t bound, LaneCounters& counters) : bound_(bound), counters_(counters) {}
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // In order; they leave together as far as a frame takes them.
  void Send(std::span<const Packet> packets);
  void Send(const Packet& packet) { Send(std::span(&packet, 1)); }

  // From now on `stream` is the one, until Detach; an earlier one is cancelled. `first` is written
  // before anything else. Whether there was an earlier one.
  bool Attach(Stream* stream, std::optional<std::string> first);
  // No call to `stream` begins after it. What waits is dropped. Whether it was the one.
  bool Detach(Stream* stream);
  void Cancel();  // the stream, if there is one
  // The stream's write is over; begins the next.
  void Written(Stream* stream);
  // Hands on what came in, unless another stream has taken over. Calls of the receiver do not
  // overlap.
  void Deliver(Stream* stream, NodeId from, std::vector<Packet> packets, Receiver& receiver);
  // Tells it that a stream has ended: after Attach or Detach said so, before the next Deliver.
  void TellDisconnected(NodeId node, Receiver& receiver);

  bool connected() const { return connected_.load(std::memory_order_relaxed); }

 private:
  struct Waiting {
    std::string frame;
    uint64_t packets = 0;
  };

  void Queue(const EncodedPacket& packet);  // under mutex_
  void WriteNext();                         // under mutex_
  void DropAll();                           // under mutex_

  const uint64_t bound_;
  LaneCounters& counters_;
  std::atomic<bool> connected_ = false;  // stream_ != nullptr
  std::mutex delivery_mutex_;            // held during a call of the receiver; before mutex_
  std::mutex mutex_;
  // Guarded by mutex_.
  Stream* stream_ = nullptr;
  bool writing_ = false;
  std::deque<Waiting> queue_;
  uint64_t queued_bytes_ = 0;
};

}  // namespace skerry::transport
