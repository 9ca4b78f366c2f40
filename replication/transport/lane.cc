#include "replication/transport/lane.h"

#include <utility>

#include "base/check.h"

namespace skerry::transport {
namespace {

MetricLabels Labels(LaneKind kind) { return {{"lane", std::string(NameOf(kind))}}; }

Counter& Add(LaneKind kind, Metrics* metrics, std::string_view name, std::string help) {
  return metrics->AddCounter("skerry_transport_" + std::string(name), std::move(help),
                             Labels(kind));
}

Counter& AddDropped(LaneKind kind, Metrics* metrics, std::string reason) {
  MetricLabels labels = Labels(kind);
  labels.emplace_back("reason", std::move(reason));
  return metrics->AddCounter("skerry_transport_packets_dropped_total",
                             "Packets that were not sent, or not understood", std::move(labels));
}

}  // namespace

LaneKind LaneOf(const Packet& packet) {
  if (std::holds_alternative<raft::Message>(packet.body) ||
      std::holds_alternative<NodeHeartbeat>(packet.body) ||
      std::holds_alternative<NodeHeartbeatResponse>(packet.body)) {
    return LaneKind::kMessages;
  }
  return std::holds_alternative<Request>(packet.body) ||
                 std::holds_alternative<Response>(packet.body)
             ? LaneKind::kRequests
             : LaneKind::kSnapshots;
}

std::string_view NameOf(LaneKind kind) {
  switch (kind) {
    case LaneKind::kMessages:
      return "messages";
    case LaneKind::kSnapshots:
      return "snapshots";
    case LaneKind::kRequests:
      return "requests";
  }
  SKERRY_CHECK_MSG(false, "a lane without a name");
}

LaneCounters::LaneCounters(LaneKind kind, Metrics* metrics)
    : packets_sent(Add(kind, metrics, "packets_sent_total", "Packets sent to peers")),
      packets_received(Add(kind, metrics, "packets_received_total", "Packets of peers")),
      frames_sent(Add(kind, metrics, "frames_sent_total", "gRPC messages sent to peers")),
      bytes_sent(Add(kind, metrics, "sent_bytes_total", "Bytes sent to peers, before TLS")),
      bytes_received(Add(kind, metrics, "received_bytes_total", "Bytes of peers, after TLS")),
      dropped_full(AddDropped(kind, metrics, "full")),
      dropped_disconnected(AddDropped(kind, metrics, "disconnected")),
      dropped_unknown(AddDropped(kind, metrics, "unknown_peer")),
      not_understood(AddDropped(kind, metrics, "not_understood")),
      opened(Add(kind, metrics, "streams_opened_total", "Streams with peers that were begun")),
      closed(Add(kind, metrics, "streams_closed_total", "Streams with peers that have ended")) {}

void Lane::Send(std::span<const Packet> packets) {
  if (!connected()) {  // spares the encoding
    counters_.dropped_disconnected.Add(packets.size());
    return;
  }
  std::deque<EncodedPacket> encoded;  // before the lock, which others wait for
  for (const Packet& packet : packets) encoded.emplace_back(packet);
  const std::lock_guard lock(mutex_);
  if (stream_ == nullptr) {
    counters_.dropped_disconnected.Add(packets.size());
    return;
  }
  for (const EncodedPacket& one : encoded) Queue(one);
  if (!writing_ && !queue_.empty()) WriteNext();
}

void Lane::Queue(const EncodedPacket& packet) {
  if (queued_bytes_ + packet.size() > bound_) {
    counters_.dropped_full.Add();
    return;
  }
  if (queue_.empty() || queue_.back().frame.size() + packet.size() > kFrameBytes) {
    queue_.emplace_back();
  }
  packet.AppendTo(&queue_.back().frame);
  ++queue_.back().packets;
  queued_bytes_ += packet.size();
}

bool Lane::Attach(Stream* stream, std::optional<std::string> first) {
  const std::lock_guard lock(mutex_);
  const bool another = stream_ != nullptr;
  if (another) {
    stream_->Cancel();
    DropAll();
    counters_.closed.Add();
  }
  stream_ = stream;
  writing_ = first.has_value();
  connected_.store(true, std::memory_order_relaxed);
  counters_.opened.Add();
  if (first) stream_->Write(*std::move(first));
  return another;
}

bool Lane::Detach(Stream* stream) {
  const std::lock_guard lock(mutex_);
  if (stream_ != stream) return false;
  stream_ = nullptr;
  writing_ = false;
  connected_.store(false, std::memory_order_relaxed);
  counters_.closed.Add();
  DropAll();
  return true;
}

void Lane::Cancel() {
  const std::lock_guard lock(mutex_);
  if (stream_ != nullptr) stream_->Cancel();
}

void Lane::Written(Stream* stream) {
  const std::lock_guard lock(mutex_);
  if (stream_ != stream) return;
  SKERRY_CHECK(writing_);
  writing_ = false;
  if (!queue_.empty()) WriteNext();
}

void Lane::Deliver(Stream* stream, NodeId from, std::vector<Packet> packets, Receiver& receiver) {
  if (packets.empty()) return;
  const std::lock_guard delivery(delivery_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (stream_ != stream) return;
  }
  counters_.packets_received.Add(packets.size());
  receiver.OnPackets(from, std::move(packets));
}

void Lane::TellDisconnected(NodeId node, Receiver& receiver) {
  const std::lock_guard delivery(delivery_mutex_);
  receiver.OnDisconnected(node);
}

void Lane::WriteNext() {
  Waiting next = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= next.frame.size();
  writing_ = true;
  counters_.packets_sent.Add(next.packets);
  counters_.frames_sent.Add();
  counters_.bytes_sent.Add(next.frame.size());
  stream_->Write(std::move(next.frame));
}

void Lane::DropAll() {
  for (const Waiting& waiting : queue_) counters_.dropped_disconnected.Add(waiting.packets);
  queue_.clear();
  queued_bytes_ = 0;
}

}  // namespace skerry::transport
