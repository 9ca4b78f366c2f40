#include "replication/transport/peer.h"

#include <algorithm>
#include <utility>

namespace skerry::transport {

Peer::Peer(NodeId node, std::string address, const std::array<uint64_t, kLanes>& queue_bytes,
           std::array<LaneCounters, kLanes>& counters, Receivers& receivers)
    : node_(node),
      address_(std::move(address)),
      counters_(counters),
      receivers_(receivers),
      lanes_{Lane(queue_bytes[0], counters[0]), Lane(queue_bytes[1], counters[1]),
             Lane(queue_bytes[2], counters[2])} {}

void Peer::Send(std::span<const Packet> packets) {
  while (!packets.empty()) {
    const LaneKind kind = LaneOf(packets.front());
    size_t same = 1;
    while (same < packets.size() && LaneOf(packets[same]) == kind) ++same;
    lane(kind).Send(packets.first(same));
    packets = packets.subspan(same);
  }
}

bool Peer::connected() const {
  return std::all_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return lane.connected(); });
}

void Peer::CancelStreams() {
  for (Lane& lane : lanes_) lane.Cancel();
}

void Peer::Attach(LaneKind kind, Stream* stream, std::optional<std::string> first) {
  const bool another_ended = lane(kind).Attach(stream, std::move(first));
  if (another_ended && kind == LaneKind::kRequests) {
    lane(kind).TellDisconnected(node_, receivers_.requests);
  }
}

void Peer::Detach(LaneKind kind, Stream* stream) {
  const bool ended = lane(kind).Detach(stream);
  if (ended && kind == LaneKind::kRequests) {
    lane(kind).TellDisconnected(node_, receivers_.requests);
  }
}

void Peer::Deliver(LaneKind kind, Stream* stream, Frame frame) {
  if (frame.not_understood > 0) {
    counters_[static_cast<size_t>(kind)].not_understood.Add(frame.not_understood);
  }
  lane(kind).Deliver(stream, node_, std::move(frame.packets), receivers_.Of(kind));
}

}  // namespace skerry::transport
