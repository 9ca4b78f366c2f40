#include "replication/transport/sim/sim_network.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/check.h"
#include "replication/transport/codec.h"

namespace skerry::sim {
namespace {

using transport::Packet;

// A node of the World that nobody kills.
constexpr int kNetworkNode = -1;

uint64_t ChargeOf(const Packet& packet) {
  uint64_t bytes = 64;
  if (const auto* message = std::get_if<raft::Message>(&packet.body)) {
    for (const raft::EntryPtr& entry : message->entries) bytes += raft::Charge(*entry);
  } else if (const auto* chunk = std::get_if<transport::SnapshotChunk>(&packet.body)) {
    bytes += chunk->data.size();
  } else if (const auto* request = std::get_if<transport::Request>(&packet.body)) {
    bytes += request->body.size();
  } else if (const auto* response = std::get_if<transport::Response>(&packet.body)) {
    bytes += response->body.size();
  }
  return bytes;
}

// There and back.
Packet ThroughTheCodec(const Packet& packet, uint64_t* bytes) {
  std::string encoded;
  transport::EncodedPacket(packet).AppendTo(&encoded);
  *bytes = encoded.size();
  auto frame = transport::DecodeFrame(encoded);
  const std::string why = frame.ok() ? std::string() : frame.status().ToString();
  SKERRY_CHECK_MSG(frame.ok() && frame->packets.size() == 1,
                   ("a node sends what no node would read: " + why).c_str());
  return std::move(frame->packets[0]);
}

}  // namespace

class SimNetwork::SimTransport final : public transport::Transport {
 public:
  SimTransport(SimNetwork& network, NodeId node, Executor& executor)
      : network_(network), node_(node), executor_(executor) {}

  void Start(transport::Receiver& receiver) override {
    SKERRY_CHECK_MSG(handle_->receiver == nullptr, "a transport is started once");
    handle_->receiver = &receiver;
  }
  void ServeRequests(transport::Receiver* receiver) override {
    handle_->request_receiver = receiver;
  }
  void Send(NodeId to, Packet packet) override {
    if (handle_->receiver != nullptr) network_.Send(node_, to, std::move(packet));
  }
  bool IsConnected(NodeId node) const override { return network_.nodes_.contains(node); }
  void Stop() override { handle_->receiver = nullptr; }

  bool started() const { return handle_->receiver != nullptr; }
  bool serves_requests() const { return handle_->request_receiver != nullptr; }
  // Packets of one kind.
  void Deliver(NodeId from, bool requests, std::vector<Packet> packets) {
    executor_.Post([handle = handle_, from, requests, packets = std::move(packets)]() mutable {
      if (handle->receiver == nullptr) return;
      transport::Receiver* const receiver = requests ? handle->request_receiver : handle->receiver;
      if (receiver != nullptr) receiver->OnPackets(from, std::move(packets));
    });
  }
  void DeliverEnd(NodeId from) {
    executor_.Post([handle = handle_, from] {
      if (handle->receiver == nullptr || handle->request_receiver == nullptr) return;
      handle->request_receiver->OnDisconnected(from);
    });
  }

  ~SimTransport() override { handle_->receiver = nullptr; }

 private:
  struct Handle {
    transport::Receiver* receiver = nullptr;  // null: not started, or stopped
    transport::Receiver* request_receiver = nullptr;
  };

  SimNetwork& network_;
  const NodeId node_;
  Executor& executor_;
  const std::shared_ptr<Handle> handle_ = std::make_shared<Handle>();
};

SimNetwork::SimNetwork(World& world, SimNetworkOptions options)
    : world_(world), options_(options), executor_(world.AddExecutor(kNetworkNode, "network")) {}

SimNetwork::~SimNetwork() { *alive_ = false; }

transport::Transport& SimNetwork::AddNode(NodeId node, Executor& executor) {
  auto& place = nodes_[node];
  SKERRY_CHECK_MSG(place == nullptr, "a node runs once");
  place = std::make_unique<SimTransport>(*this, node, executor);
  return *place;
}

void SimNetwork::Kill(NodeId node) {
  const auto gone = nodes_.find(node);
  const bool stood = gone != nodes_.end() && gone->second->started();
  if (gone != nodes_.end()) nodes_.erase(gone);
  paused_.erase(node);
  for (auto& [id, link] : links_) {
    if (id.from == node || id.to == node) Drop(link);
    if (id.to == node) link.packets.clear();
  }
  if (!stood) return;
  for (const auto& [other, transport] : nodes_) {
    if (transport->started() && transport->serves_requests()) PutEnd(node, other);
  }
}

void SimNetwork::Block(NodeId from, NodeId to) {
  blocked_.emplace(from, to);
  for (auto& [id, link] : links_) {
    if (id.from == from && id.to == to) Drop(link);
  }
}

void SimNetwork::Unblock(NodeId from, NodeId to) { blocked_.erase({from, to}); }

void SimNetwork::Partition(const std::set<NodeId>& one, const std::set<NodeId>& other) {
  for (const NodeId a : one) {
    for (const NodeId b : other) {
      Block(a, b);
      Block(b, a);
    }
  }
}

void SimNetwork::Heal() { blocked_.clear(); }

void SimNetwork::Pause(NodeId node) { paused_.insert(node); }

void SimNetwork::Resume(NodeId node) {
  paused_.erase(node);
  for (auto& [id, link] : links_) {
    if (id.from == node || id.to == node) Wake(id, link);
  }
}

bool SimNetwork::Draw(uint64_t one_in) { return one_in > 0 && world_.prng().Chance(1, one_in); }

Duration SimNetwork::DrawDelay() {
  auto longest = static_cast<uint64_t>((options_.delay_max - options_.delay_min).count());
  if (Draw(options_.slow_one_in)) longest *= 10;
  const uint64_t more = longest == 0 ? 0 : world_.prng().Below(longest);
  return options_.delay_min + Duration(static_cast<int64_t>(more));
}

SimNetwork::Kind SimNetwork::KindOf(const Packet& packet) {
  if (std::holds_alternative<raft::Message>(packet.body) ||
      std::holds_alternative<transport::NodeHeartbeat>(packet.body) ||
      std::holds_alternative<transport::NodeHeartbeatResponse>(packet.body)) {
    return Kind::kMessages;
  }
  return std::holds_alternative<transport::Request>(packet.body) ||
                 std::holds_alternative<transport::Response>(packet.body)
             ? Kind::kRequests
             : Kind::kSnapshots;
}

uint64_t SimNetwork::BoundOf(Kind kind) const {
  switch (kind) {
    case Kind::kMessages:
      return options_.message_queue_bytes;
    case Kind::kSnapshots:
      return options_.snapshot_queue_bytes;
    case Kind::kRequests:
      return options_.request_queue_bytes;
  }
  SKERRY_CHECK_MSG(false, "a link without a bound");
}

void SimNetwork::Send(NodeId from, NodeId to, Packet packet) {
  ++counts_.sent;
  if (observer_) observer_(from, to, packet);
  const auto target = nodes_.find(to);
  if (from == to || target == nodes_.end() || !target->second->started()) {
    ++counts_.nobody;
    return;
  }
  if (blocked_.contains({from, to}) || Draw(options_.lost_one_in)) {
    ++counts_.lost;
    return;
  }
  const Kind kind = KindOf(packet);
  uint64_t bytes = ChargeOf(packet);
  if (Draw(options_.encoded_one_in)) {
    packet = ThroughTheCodec(packet, &bytes);
    ++counts_.encoded;
  }
  const LinkId id{from, to, kind};
  Link& link = links_[id];
  if (kind != Kind::kRequests && Draw(options_.doubled_one_in)) {
    ++counts_.doubled;
    Put(id, link, packet, bytes);
  }
  Put(id, link, std::move(packet), bytes);
}

void SimNetwork::Put(const LinkId& id, Link& link, Packet packet, uint64_t bytes) {
  if (link.bytes + bytes > BoundOf(id.kind)) {
    ++counts_.full;
    return;
  }
  MonotonicTime sent = world_.Now();
  if (id.kind == Kind::kSnapshots && options_.snapshot_bytes_per_second > 0) {
    const double seconds =
        static_cast<double>(bytes) / static_cast<double>(options_.snapshot_bytes_per_second);
    sent = std::max(sent, link.free_at) +
           std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    link.free_at = sent;
  }
  UnderWay under_way{.due = sent + DrawDelay(), .bytes = bytes, .packet = std::move(packet)};
  link.bytes += bytes;
  // No packet overtakes the end of the stream before its own.
  const auto of_another =
      std::find_if(link.packets.rbegin(), link.packets.rend(),
                   [](const UnderWay& before) { return !before.packet.has_value(); });
  const auto first = static_cast<size_t>(link.packets.rend() - of_another);
  if (first < link.packets.size() && Draw(options_.reordered_one_in)) {
    ++counts_.reordered;
    const size_t before = first + world_.prng().Below(link.packets.size() - first);
    under_way.due = link.packets[before].due;
    link.packets.insert(link.packets.begin() + static_cast<ptrdiff_t>(before),
                        std::move(under_way));
  } else {
    // In order on a connection: nothing arrives before what was sent before it.
    if (!link.packets.empty()) {
      under_way.due = std::max(under_way.due, link.packets.back().due);
    }
    link.packets.push_back(std::move(under_way));
  }
  Wake(id, link);
}

// In order with packets, so that those of a node that is back come after it.
void SimNetwork::PutEnd(NodeId gone, NodeId to) {
  const LinkId id{gone, to, Kind::kRequests};
  Link& link = links_[id];
  MonotonicTime due = world_.Now() + DrawDelay();
  if (!link.packets.empty()) due = std::max(due, link.packets.back().due);
  link.packets.push_back({.due = due, .bytes = 0, .packet = std::nullopt});
  Wake(id, link);
}

void SimNetwork::Wake(const LinkId& id, Link& link) {
  if (link.packets.empty() || link.packets.front().due >= link.wake_at) return;
  link.wake_at = link.packets.front().due;
  const Duration wait = std::max(Duration(0), link.wake_at - world_.Now());
  executor_.PostAfter(wait, [this, alive = alive_, id] {
    if (*alive) Arrive(id);
  });
}

void SimNetwork::Arrive(const LinkId& id) {
  Link& link = links_[id];
  link.wake_at = MonotonicTime::max();
  if (paused_.contains(id.from) || paused_.contains(id.to)) return;  // Resume wakes it
  std::vector<Packet> packets;
  const auto deliver = [&] {
    if (packets.empty()) return;
    counts_.delivered += packets.size();
    nodes_.at(id.to)->Deliver(id.from, id.kind == Kind::kRequests, std::exchange(packets, {}));
  };
  while (!link.packets.empty() && link.packets.front().due <= world_.Now()) {
    SKERRY_CHECK_MSG(nodes_.contains(id.to), "what was for a killed node is gone");
    UnderWay arrived = std::move(link.packets.front());
    link.packets.pop_front();
    link.bytes -= arrived.bytes;
    if (arrived.packet) {
      packets.push_back(*std::move(arrived.packet));
    } else {
      deliver();
      nodes_.at(id.to)->DeliverEnd(id.from);
    }
  }
  Wake(id, link);
  deliver();
}

// Ends of streams stay.
void SimNetwork::Drop(Link& link) {
  counts_.lost += static_cast<uint64_t>(std::erase_if(
      link.packets, [](const UnderWay& under_way) { return under_way.packet.has_value(); }));
  link.bytes = 0;
  link.free_at = {};
}

}  // namespace skerry::sim
