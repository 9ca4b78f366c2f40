#include "replication/transport/grpc_transport.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "replication/transport/codec.h"
#include "replication/transport/packet_testing.h"

namespace skerry::transport {
namespace {

using testing::HasSubstr;

constexpr auto kPatience = std::chrono::seconds(60);  // of a machine that does other things, too
constexpr NodeId kOne(1);
constexpr NodeId kTwo(2);

// Keeps the numbers of what arrives. For messages and snapshots, or for requests.
class Collector final : public Receiver {
 public:
  void OnPackets(NodeId from, std::vector<Packet> packets) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !held_; });
    for (const Packet& packet : packets) {
      arrived_[{from, packet.body.index()}].push_back(NumberOf(packet));
    }
    ++calls_;
    changed_.notify_all();
  }
  void OnDisconnected(NodeId node) override {
    const std::lock_guard lock(mutex_);
    ++disconnected_[node];
    changed_.notify_all();
  }
  // Calls wait from now on, or no more.
  void Hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  std::vector<uint64_t> Messages(NodeId from) { return Arrived<raft::Message>(from); }
  std::vector<uint64_t> Chunks(NodeId from) { return Arrived<SnapshotChunk>(from); }
  std::vector<uint64_t> Requests(NodeId from) { return Arrived<Request>(from); }
  std::vector<uint64_t> Responses(NodeId from) { return Arrived<Response>(from); }
  int disconnected(NodeId node) {
    const std::lock_guard lock(mutex_);
    return disconnected_[node];
  }
  uint64_t calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  bool WaitForMessages(NodeId from, size_t count) { return WaitFor<raft::Message>(from, count); }
  bool WaitForChunks(NodeId from, size_t count) { return WaitFor<SnapshotChunk>(from, count); }
  bool WaitForRequests(NodeId from, size_t count) { return WaitFor<Request>(from, count); }
  bool WaitForResponses(NodeId from, size_t count) { return WaitFor<Response>(from, count); }
  bool WaitForDisconnected(NodeId node, int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return disconnected_[node] >= count; });
  }

 private:
  using Kind = std::pair<NodeId, size_t>;  // by the place in Packet::body
  template <typename Body>
  static Kind KindOf(NodeId from) {
    return {from, decltype(Packet::body)(Body()).index()};
  }
  template <typename Body>
  std::vector<uint64_t> Arrived(NodeId from) {
    const std::lock_guard lock(mutex_);
    return arrived_[KindOf<Body>(from)];
  }
  template <typename Body>
  bool WaitFor(NodeId from, size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience,
                             [&] { return arrived_[KindOf<Body>(from)].size() >= count; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  uint64_t calls_ = 0;
  std::map<Kind, std::vector<uint64_t>> arrived_;
  std::map<NodeId, int> disconnected_;
};

// What no callback tells is asked for again and again.
bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

std::vector<uint64_t> Numbers(uint64_t count) {
  std::vector<uint64_t> numbers(count);
  for (uint64_t i = 0; i < count; ++i) numbers[i] = i;
  return numbers;
}

GrpcTransportOptions Options(NodeId node) {
  return {.node = node,
          .cluster = "cluster",
          .reconnect_min = std::chrono::milliseconds(5),
          .reconnect_max = std::chrono::milliseconds(50)};
}

struct Node {
  explicit Node(GrpcTransportOptions options) : transport(std::move(options), &metrics) {
    transport.Start(collector);
    transport.ServeRequests(&requests);
  }
  explicit Node(NodeId node) : Node(Options(node)) {}

  void Listen(int at = 0) {
    const auto listening = transport.Listen("127.0.0.1:" + std::to_string(at));
    ASSERT_TRUE(listening.ok()) << listening.status().ToString();
    port = *listening;
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port); }
  // Of the counter, as `name{labels}`.
  uint64_t Count(const std::string& name) const {
    std::istringstream lines(metrics.Render());
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(name + " ")) return std::stoull(line.substr(name.size() + 1));
    }
    ADD_FAILURE() << "no metric " << name;
    return 0;
  }
  uint64_t Failed() const { return Count("skerry_transport_dials_failed_total"); }
  uint64_t Refused() const { return Count("skerry_transport_refused_total"); }
  uint64_t Dropped(const std::string& lane, const std::string& reason) const {
    return Count("skerry_transport_packets_dropped_total{lane=\"" + lane + "\",reason=\"" + reason +
                 "\"}");
  }

  Metrics metrics{1};
  Collector collector;
  Collector requests;
  int port = 0;
  GrpcTransport transport;
};

// Makes them know each other and waits until they talk; the one with the smaller id first.
void Connect(Node& one, Node& two) {
  if (two.port == 0) two.Listen();
  two.transport.SetPeer(kOne, "");
  one.transport.SetPeer(kTwo, two.address());
  ASSERT_TRUE(Eventually(
      [&] { return one.transport.IsConnected(kTwo) && two.transport.IsConnected(kOne); }));
}

TEST(GrpcTransportTest, PacketsArriveInOrderInBothDirections) {
  Node one(kOne);
  Node two(kTwo);
  Connect(one, two);
  constexpr uint64_t kCount = 3000;
  for (uint64_t i = 0; i < kCount; ++i) {
    one.transport.Send(kTwo, NumberedMessage(i, i % 200));
    two.transport.Send(kOne, NumberedMessage(i));
    if (i % 100 == 0) one.transport.Send(kTwo, NumberedChunk(i / 100, 5000));
  }
  ASSERT_TRUE(two.collector.WaitForMessages(kOne, kCount));
  ASSERT_TRUE(one.collector.WaitForMessages(kTwo, kCount));
  ASSERT_TRUE(two.collector.WaitForChunks(kOne, kCount / 100));
  EXPECT_EQ(two.collector.Messages(kOne), Numbers(kCount));
  EXPECT_EQ(one.collector.Messages(kTwo), Numbers(kCount));
  EXPECT_EQ(two.collector.Chunks(kOne), Numbers(kCount / 100));
  EXPECT_EQ(two.Count("skerry_transport_packets_received_total{lane=\"messages\"}"), kCount);
  EXPECT_EQ(one.Count("skerry_transport_packets_sent_total{lane=\"messages\"}"), kCount);
}

TEST(GrpcTransportTest, RequestsAndResponsesGoToTheirReceiver) {
  Node one(kOne);
  Node two(kTwo);
  Connect(one, two);
  constexpr uint64_t kCount = 1000;
  for (uint64_t i = 0; i < kCount; ++i) {
    one.transport.Send(kTwo, NumberedRequest(i, i % 3000));
    two.transport.Send(kOne, NumberedRequest(i));
    two.transport.Send(kOne, NumberedResponse(i, 100));
  }
  ASSERT_TRUE(two.requests.WaitForRequests(kOne, kCount));
  ASSERT_TRUE(one.requests.WaitForRequests(kTwo, kCount));
  ASSERT_TRUE(one.requests.WaitForResponses(kTwo, kCount));
  EXPECT_EQ(two.requests.Requests(kOne), Numbers(kCount));
  EXPECT_EQ(one.requests.Requests(kTwo), Numbers(kCount));
  EXPECT_EQ(one.requests.Responses(kTwo), Numbers(kCount));
  EXPECT_EQ(one.collector.calls() + two.collector.calls(), 0u);
  EXPECT_EQ(one.Count("skerry_transport_packets_received_total{lane=\"requests\"}"), 2 * kCount);
  EXPECT_EQ(one.requests.disconnected(kTwo), 0);

  // Nobody's, then another's.
  two.transport.ServeRequests(nullptr);
  one.transport.Send(kTwo, NumberedRequest(kCount));
  ASSERT_TRUE(Eventually([&] {
    return two.Count("skerry_transport_packets_received_total{lane=\"requests\"}") == kCount + 1;
  }));
  Collector another;
  two.transport.ServeRequests(&another);
  // The one before may still have been on its way.
  one.transport.Send(kTwo, NumberedRequest(kCount + 1));
  ASSERT_TRUE(another.WaitForRequests(kOne, 1));
  ASSERT_TRUE(Eventually([&] { return another.Requests(kOne).back() == kCount + 1; }));
  EXPECT_EQ(two.requests.Requests(kOne).size(), kCount);
  two.transport.ServeRequests(nullptr);
}

TEST(GrpcTransportTest, AFramesRequestsComeInOneCall) {
  Node one(kOne);
  Node two(kTwo);
  Connect(one, two);
  two.requests.Hold(true);
  constexpr uint64_t kCount = 20000;
  for (uint64_t i = 0; i < kCount; ++i) one.transport.Send(kTwo, NumberedRequest(i, 1000));
  two.requests.Hold(false);
  ASSERT_TRUE(two.requests.WaitForRequests(kOne, kCount));
  EXPECT_EQ(two.requests.Requests(kOne), Numbers(kCount));
  EXPECT_EQ(two.requests.calls(),
            one.Count("skerry_transport_frames_sent_total{lane=\"requests\"}"));
  EXPECT_LT(two.requests.calls(), kCount / 10);
}

TEST(GrpcTransportTest, WhoAsksHearsOfAnEndedStream) {
  auto one = std::make_unique<Node>(kOne);
  auto two = std::make_unique<Node>(kTwo);
  Connect(*one, *two);
  // Nobody listens there.
  one->transport.SetPeer(NodeId(3), "127.0.0.1:1");
  for (int round = 1; round <= 3; ++round) {
    const int port = two->port;
    two.reset();
    ASSERT_TRUE(one->requests.WaitForDisconnected(kTwo, round));
    two = std::make_unique<Node>(kTwo);
    two->Listen(port);
    Connect(*one, *two);
    one->transport.Send(kTwo, NumberedRequest(0));
    ASSERT_TRUE(two->requests.WaitForRequests(kOne, 1));
    EXPECT_EQ(one->requests.disconnected(kTwo), round);
  }
  // The accepting end, too.
  one.reset();
  ASSERT_TRUE(two->requests.WaitForDisconnected(kOne, 1));
  one = std::make_unique<Node>(kOne);
  Connect(*one, *two);
  EXPECT_EQ(two->requests.disconnected(kOne), 1);
  EXPECT_EQ(one->requests.disconnected(kTwo), 0);

  // Of a peer that is removed, and by Stop.
  one->transport.RemovePeer(kTwo);
  ASSERT_TRUE(one->requests.WaitForDisconnected(kTwo, 1));
  Connect(*one, *two);
  one->transport.SetPeer(NodeId(3), "127.0.0.1:1");
  ASSERT_TRUE(Eventually([&] { return one->Failed() >= 4; }));
  one->transport.Stop();
  EXPECT_EQ(one->requests.disconnected(kTwo), 2);
  EXPECT_EQ(one->requests.disconnected(NodeId(3)), 0);
}

TEST(GrpcTransportTest, WhatWaitsGoesOutInFewFrames) {
  Node one(kOne);
  Node two(kTwo);
  Connect(one, two);
  // While the receiver stands still a frame is on its way and the rest gathers behind it.
  two.collector.Hold(true);
  constexpr uint64_t kCount = 20000;
  for (uint64_t i = 0; i < kCount; ++i) one.transport.Send(kTwo, NumberedMessage(i, 1000));
  two.collector.Hold(false);
  ASSERT_TRUE(two.collector.WaitForMessages(kOne, kCount));
  EXPECT_EQ(two.collector.Messages(kOne), Numbers(kCount));
  // 21 MB: some small frames at first, then full ones.
  EXPECT_LT(one.Count("skerry_transport_frames_sent_total{lane=\"messages\"}"), kCount / 10);
  EXPECT_LT(two.collector.calls(), kCount / 10);
}

TEST(GrpcTransportTest, PacketsLargerThanAFrameArrive) {
  Node one(kOne);
  Node two(kTwo);
  Connect(one, two);
  one.transport.Send(kTwo, NumberedMessage(0, size_t{12} << 20));
  one.transport.Send(kTwo, NumberedMessage(1, 10));
  two.transport.Send(kOne, NumberedChunk(0, size_t{9} << 20));
  ASSERT_TRUE(two.collector.WaitForMessages(kOne, 2));
  ASSERT_TRUE(one.collector.WaitForChunks(kTwo, 1));
  EXPECT_EQ(two.collector.Messages(kOne), Numbers(2));
}

TEST(GrpcTransportTest, APeerMayComeLate) {
  Node two(kTwo);
  two.Listen();
  const int port = two.port;
  two.transport.Stop();  // the port is free, and nobody is there

  Node one(kOne);
  one.transport.SetPeer(kTwo, "127.0.0.1:" + std::to_string(port));
  one.transport.Send(kTwo, NumberedMessage(9));
  EXPECT_EQ(one.Dropped("messages", "disconnected"), 1u);
  ASSERT_TRUE(Eventually([&] { return one.Failed() >= 4; }));
  EXPECT_FALSE(one.transport.IsConnected(kTwo));

  Node late(kTwo);
  late.Listen(port);
  // It does not know its peer yet, which is no reason to give up.
  ASSERT_TRUE(Eventually([&] { return late.Refused() >= 1; }));
  late.transport.SetPeer(kOne, "");
  ASSERT_TRUE(Eventually([&] { return one.transport.IsConnected(kTwo); }));
  one.transport.Send(kTwo, NumberedMessage(0));
  ASSERT_TRUE(late.collector.WaitForMessages(kOne, 1));
  EXPECT_EQ(late.collector.Messages(kOne), Numbers(1));
}

TEST(GrpcTransportTest, APeerMayRestart) {
  auto one = std::make_unique<Node>(kOne);
  auto two = std::make_unique<Node>(kTwo);
  Connect(*one, *two);
  for (int round = 0; round < 3; ++round) {
    const int port = two->port;
    two.reset();
    ASSERT_TRUE(Eventually([&] { return !one->transport.IsConnected(kTwo); }));
    two = std::make_unique<Node>(kTwo);
    two->Listen(port);
    Connect(*one, *two);
    one->transport.Send(kTwo, NumberedMessage(0));
    two->transport.Send(kOne, NumberedChunk(0, 10));
    ASSERT_TRUE(two->collector.WaitForMessages(kOne, 1));
    ASSERT_TRUE(one->collector.WaitForChunks(kTwo, static_cast<size_t>(round) + 1));

    // The other end, too.
    one.reset();
    ASSERT_TRUE(Eventually([&] { return !two->transport.IsConnected(kOne); }));
    one = std::make_unique<Node>(kOne);
    Connect(*one, *two);
    for (int i = 0; i <= round; ++i) two->transport.Send(kOne, NumberedChunk(0, 10));
    ASSERT_TRUE(one->collector.WaitForChunks(kTwo, static_cast<size_t>(round) + 1));
  }
}

TEST(GrpcTransportTest, StreamsFollowTheAddress) {
  Node one(kOne);
  Node before(kTwo);
  Connect(one, before);
  Node after(kTwo);
  after.Listen();
  after.transport.SetPeer(kOne, "");
  one.transport.SetPeer(kTwo, after.address());
  ASSERT_TRUE(Eventually(
      [&] { return !before.transport.IsConnected(kOne) && one.transport.IsConnected(kTwo); }));
  one.transport.Send(kTwo, NumberedMessage(0));
  ASSERT_TRUE(after.collector.WaitForMessages(kOne, 1));
  EXPECT_TRUE(before.collector.Messages(kOne).empty());
}

TEST(GrpcTransportTest, RemovedPeersAreCutOff) {
  Node one(kOne);
  Node two(kTwo);
  Connect(one, two);
  two.transport.RemovePeer(kOne);
  two.transport.Send(kOne, NumberedMessage(0));
  EXPECT_EQ(two.Dropped("messages", "unknown_peer"), 1u);
  ASSERT_TRUE(Eventually([&] { return !one.transport.IsConnected(kTwo) && two.Refused() >= 2; }));
  EXPECT_TRUE(one.collector.Messages(kTwo).empty());
  one.transport.RemovePeer(kTwo);
  // Back in.
  Connect(one, two);
}

TEST(GrpcTransportTest, AnotherClusterIsRefused) {
  GrpcTransportOptions foreign = Options(kOne);
  foreign.cluster = "another";
  Node one(foreign);
  Node two(kTwo);
  two.Listen();
  two.transport.SetPeer(kOne, "");
  testing::internal::CaptureStderr();
  one.transport.SetPeer(kTwo, two.address());
  ASSERT_TRUE(Eventually([&] { return one.Failed() >= 4 && two.Refused() >= 4; }));
  one.transport.Stop();
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::AllOf(HasSubstr("a stranger is refused"), HasSubstr("another"),
                             HasSubstr("a peer is refused, or refuses")));
  EXPECT_FALSE(two.transport.IsConnected(kOne));
  EXPECT_EQ(two.collector.calls(), 0u);
}

TEST(GrpcTransportTest, AnotherNodeIsRefused) {
  Node one(kOne);
  Node two(kTwo);
  two.Listen();
  two.transport.SetPeer(kOne, "");
  testing::internal::CaptureStderr();
  one.transport.SetPeer(NodeId(3), two.address());  // node 3 was there once
  ASSERT_TRUE(Eventually([&] { return one.Failed() >= 2 && two.Refused() >= 2; }));
  one.transport.Stop();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("it looks for node 3, this is 2"));
  EXPECT_FALSE(one.transport.IsConnected(NodeId(3)));
}

// A client that is none of ours: what the call ends with after `frame`, if there is one.
grpc::Status Call(const Node& node, const std::string& method,
                  const std::optional<std::string>& frame) {
  struct Reactor : grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
    void OnReadDone(bool ok) override {
      if (ok) StartRead(&in);
    }
    void OnDone(const grpc::Status& status) override {
      const std::lock_guard lock(mutex);
      result = status;
      done = true;
      changed.notify_all();
    }
    grpc::ByteBuffer in;
    grpc::ByteBuffer out;
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    grpc::Status result;
  } reactor;
  grpc::GenericStub stub(grpc::CreateChannel(node.address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  stub.PrepareBidiStreamingCall(&context, "/skerry.proto.raft.v1.Peer/" + method, {}, &reactor);
  if (frame) {
    const grpc::Slice slice(*frame);
    reactor.out = grpc::ByteBuffer(&slice, 1);
    reactor.StartWrite(&reactor.out);
  }
  reactor.StartRead(&reactor.in);
  reactor.StartCall();
  std::unique_lock lock(reactor.mutex);
  if (!reactor.changed.wait_for(lock, kPatience, [&] { return reactor.done; })) {
    ADD_FAILURE() << "the call does not end";
    context.TryCancel();
    reactor.changed.wait(lock, [&] { return reactor.done; });
  }
  return reactor.result;
}

TEST(GrpcTransportTest, StrangersAreToldWhy) {
  Node two(kTwo);
  two.Listen();
  two.transport.SetPeer(kOne, "");
  Hello hello{.cluster = "cluster", .from = kOne, .to = kTwo, .version_min = 1, .version_max = 1};

  grpc::Status status = Call(two, "Messages", "no frame");
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("is no frame"));

  std::string packet;
  EncodedPacket(NumberedMessage(0)).AppendTo(&packet);
  status = Call(two, "Messages", packet);
  EXPECT_EQ(status.error_code(), grpc::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("no hello"));

  hello.version_min = hello.version_max = 9;
  status = Call(two, "Snapshots", EncodeHello(hello));
  EXPECT_EQ(status.error_code(), grpc::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("versions 9 to 9"));
  hello.version_min = 1;

  hello.from = NodeId(3);
  status = Call(two, "Messages", EncodeHello(hello));
  EXPECT_EQ(status.error_code(), grpc::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("node 3 does not dial node 2"));

  hello.from = NodeId(0);
  status = Call(two, "Messages", EncodeHello(hello));
  EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE);
  hello.from = kOne;

  EXPECT_EQ(Call(two, "Other", EncodeHello(hello)).error_code(), grpc::UNIMPLEMENTED);

  // It gets through the door and then misbehaves.
  Packet malformed = NumberedMessage(0);
  malformed.group = GroupId(0);
  std::string frames = EncodeHello(hello);
  EncodedPacket(malformed).AppendTo(&frames);
  status = Call(two, "Messages", frames);
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("for no group"));

  // Every packet on the stream of its kind.
  for (const auto& [method, packet] :
       {std::pair("Messages", NumberedRequest(0)), std::pair("Snapshots", NumberedResponse(0)),
        std::pair("Requests", NumberedMessage(0)), std::pair("Messages", NumberedChunk(0, 10))}) {
    frames = EncodeHello(hello);
    EncodedPacket(packet).AppendTo(&frames);
    status = Call(two, method, frames);
    EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT) << method;
    EXPECT_THAT(status.error_message(), HasSubstr("not on the stream of its kind"));
  }
  EXPECT_EQ(two.collector.calls(), 0u);
  EXPECT_EQ(two.requests.calls(), 0u);
}

TEST(GrpcTransportTest, WhoSaysNothingIsCutOff) {
  GrpcTransportOptions options = Options(kTwo);
  options.hello_timeout = std::chrono::milliseconds(300);
  Node two(options);
  Node one(kOne);
  Connect(one, two);
  EXPECT_EQ(Call(two, "Messages", std::nullopt).error_code(), grpc::CANCELLED);
  EXPECT_GE(two.Refused(), 1u);
  // Those that said it stay.
  EXPECT_TRUE(one.transport.IsConnected(kTwo));
  EXPECT_EQ(one.requests.disconnected(kTwo), 0);
}

TEST(GrpcTransportTest, WhatDoesNotFitIsDroppedAndCounted) {
  GrpcTransportOptions options = Options(kOne);
  options.message_queue_bytes = 2 << 20;
  options.snapshot_queue_bytes = 1 << 20;
  options.request_queue_bytes = 1 << 20;
  Node one(options);
  Node two(kTwo);
  Connect(one, two);
  two.collector.Hold(true);
  // Buffers on the way fill up first, then the queue.
  uint64_t sent = 0;
  ASSERT_TRUE(Eventually([&] {
    one.transport.Send(kTwo, NumberedMessage(sent++, 50000));
    return one.Dropped("messages", "full") >= 10;
  }));
  // A lane that is full holds up no other; a packet that never fits is dropped, too.
  one.transport.Send(kTwo, NumberedChunk(0, 2 << 20));
  EXPECT_EQ(one.Dropped("snapshots", "full"), 1u);
  one.transport.Send(kTwo, NumberedChunk(0, 1000));
  one.transport.Send(kTwo, NumberedRequest(0, 2 << 20));
  EXPECT_EQ(one.Dropped("requests", "full"), 1u);
  one.transport.Send(kTwo, NumberedRequest(1));
  two.collector.Hold(false);
  ASSERT_TRUE(two.requests.WaitForRequests(kOne, 1));
  ASSERT_TRUE(two.collector.WaitForChunks(kOne, 1));
  const uint64_t arriving = sent - one.Dropped("messages", "full");
  ASSERT_TRUE(two.collector.WaitForMessages(kOne, arriving));
  const std::vector<uint64_t> arrived = two.collector.Messages(kOne);
  EXPECT_EQ(arrived.size(), arriving);
  EXPECT_TRUE(std::is_sorted(arrived.begin(), arrived.end()));
  // Room again.
  one.transport.Send(kTwo, NumberedMessage(sent, 50000));
  ASSERT_TRUE(two.collector.WaitForMessages(kOne, arriving + 1));
  EXPECT_EQ(two.collector.Messages(kOne).back(), sent);
}

TEST(GrpcTransportTest, StopEndsTrafficThatIsUnderWay) {
  for (int round = 0; round < 5; ++round) {
    Node one(kOne);
    Node two(kTwo);
    Connect(one, two);
    std::atomic<bool> over = false;
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&] {
        for (uint64_t n = 0; !over; ++n) {
          one.transport.Send(kTwo, NumberedMessage(n, 1000));
          two.transport.Send(kOne, NumberedMessage(n, 10));
          one.transport.Send(kTwo, NumberedChunk(n, 30000));
          two.transport.Send(kOne, NumberedRequest(n, 1000));
        }
      });
    }
    EXPECT_TRUE(two.collector.WaitForMessages(kOne, 100));
    Node& first = round % 2 == 0 ? one : two;
    Node& second = round % 2 == 0 ? two : one;
    first.transport.Stop();
    const uint64_t calls = first.collector.calls() + first.requests.calls();
    second.transport.Stop();
    EXPECT_EQ(first.collector.calls() + first.requests.calls(), calls);
    over = true;
    for (std::thread& thread : threads) thread.join();
    first.transport.Stop();  // once more does nothing
    EXPECT_FALSE(first.transport.IsConnected(kTwo));
  }
}

TEST(GrpcTransportTest, StopsWhileItTriesToReachPeers) {
  Node one(kOne);
  for (uint64_t node = 2; node < 12; ++node) one.transport.SetPeer(NodeId(node), "127.0.0.1:1");
  ASSERT_TRUE(Eventually([&] { return one.Failed() >= 20; }));
  one.transport.Stop();
  const uint64_t failed = one.Failed();
  one.transport.SetPeer(NodeId(20), "127.0.0.1:1");
  EXPECT_EQ(one.Failed(), failed);
}

TEST(GrpcTransportTest, AnAddressInUseIsNamed) {
  Node two(kTwo);
  two.Listen();
  Node three(NodeId(3));
  const auto listening = three.transport.Listen(two.address());
  ASSERT_FALSE(listening.ok());
  EXPECT_THAT(std::string(listening.status().message()), HasSubstr(two.address()));
}

size_t Threads() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    ++count;
  }
  return count;
}

TEST(GrpcTransportTest, ANodeThatIsAloneHasNoThreads) {
  // In a process of its own, where no other test has begun anything.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const size_t before = Threads();
        Node one(kOne);
        one.transport.Send(kTwo, NumberedMessage(0));
        std::exit(Threads() == before ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

// --- TLS

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Two authorities and a certificate of each, made by the openssl command.
class GrpcTransportTlsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string directory = testing::TempDir() + "/skerry_peers_XXXXXX";
    ASSERT_NE(::mkdtemp(directory.data()), nullptr);
    directory_ = directory;
    for (const std::string name : {"ours", "theirs"}) {
      const std::string path = directory_ + "/" + name;
      const std::string create =
          "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 ";
      ASSERT_EQ(std::system((create + "-subj /CN=" + name + " -keyout " + path + ".ca.key -out " +
                             path + ".ca.pem 2>/dev/null")
                                .c_str()),
                0);
      ASSERT_EQ(std::system((create + "-subj /CN=node -addext subjectAltName=DNS:peer.skerry -CA " +
                             path + ".ca.pem -CAkey " + path + ".ca.key -keyout " + path +
                             ".key -out " + path + ".pem 2>/dev/null")
                                .c_str()),
                0);
    }
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(directory_); }

  static PeerTls Tls(const std::string& authority) {
    const std::string path = directory_ + "/" + authority;
    return {.certificates = ReadFile(path + ".pem"),
            .key = ReadFile(path + ".key"),
            .roots = ReadFile(path + ".ca.pem"),
            .server_name = "peer.skerry"};
  }
  static GrpcTransportOptions With(NodeId node, PeerTls tls) {
    GrpcTransportOptions options = Options(node);
    options.tls = std::move(tls);
    return options;
  }
  // They never get to know each other.
  static void ExpectStrangers(const GrpcTransportOptions& first,
                              const GrpcTransportOptions& second) {
    Node one(first);
    Node two(second);
    two.Listen();
    two.transport.SetPeer(kOne, "");
    one.transport.SetPeer(kTwo, two.address());
    ASSERT_TRUE(Eventually([&] { return one.Failed() >= 4; }));
    EXPECT_FALSE(one.transport.IsConnected(kTwo));
    EXPECT_FALSE(two.transport.IsConnected(kOne));
    EXPECT_EQ(two.Count("skerry_transport_received_bytes_total{lane=\"messages\"}"), 0u);
  }

 private:
  static inline std::string directory_;
};

TEST_F(GrpcTransportTlsTest, PeersOfOneAuthorityTalk) {
  for (const bool mutual : {true, false}) {
    PeerTls tls = Tls("ours");
    tls.mutual = mutual;
    Node one(With(kOne, tls));
    Node two(With(kTwo, tls));
    Connect(one, two);
    for (uint64_t i = 0; i < 100; ++i) {
      one.transport.Send(kTwo, NumberedMessage(i, 30000));
      two.transport.Send(kOne, NumberedChunk(i, 30000));
    }
    ASSERT_TRUE(two.collector.WaitForMessages(kOne, 100));
    ASSERT_TRUE(one.collector.WaitForChunks(kTwo, 100));
    EXPECT_EQ(two.collector.Messages(kOne), Numbers(100));
  }
}

TEST_F(GrpcTransportTlsTest, WhoJoinsNeedsACertificate) {
  Node two(With(kTwo, Tls("ours")));
  two.Listen();
  two.transport.OnJoin([](std::string request, JoinAnswer answer) { answer(request); });
  const auto joined = CallJoin(two.address(), Tls("ours"), "request", kPatience);
  ASSERT_TRUE(joined.ok()) << joined.status().ToString();
  EXPECT_EQ(*joined, "request");
  PeerTls none = Tls("ours");
  none.mutual = false;  // shows none
  for (const std::optional<PeerTls>& tls :
       {std::optional<PeerTls>(), std::optional(none), std::optional(Tls("theirs"))}) {
    EXPECT_EQ(CallJoin(two.address(), tls, "request", kPatience).status().code(),
              StatusCode::kUnavailable);
  }
}

TEST_F(GrpcTransportTlsTest, AnotherAuthorityIsRefused) {
  ExpectStrangers(With(kOne, Tls("theirs")), With(kTwo, Tls("ours")));
}

TEST_F(GrpcTransportTlsTest, WhoDialsNeedsACertificateToo) {
  PeerTls none = Tls("ours");
  none.mutual = false;  // shows none
  ExpectStrangers(With(kOne, none), With(kTwo, Tls("ours")));
  PeerTls foreign = Tls("theirs");
  foreign.roots = Tls("ours").roots;  // trusts us, but is not to be trusted
  ExpectStrangers(With(kOne, foreign), With(kTwo, Tls("ours")));
}

TEST_F(GrpcTransportTlsTest, TheCertificateNamesThePeer) {
  PeerTls other = Tls("ours");
  other.server_name = "other.skerry";
  ExpectStrangers(With(kOne, other), With(kTwo, Tls("ours")));
}

TEST_F(GrpcTransportTlsTest, PlainAndTlsDoNotMix) {
  ExpectStrangers(Options(kOne), With(kTwo, Tls("ours")));
  ExpectStrangers(With(kOne, Tls("ours")), Options(kTwo));
}

TEST_F(GrpcTransportTlsTest, UnusableCertificatesAreNamed) {
  PeerTls broken = Tls("ours");
  broken.key = "no key";
  Node two(With(kTwo, broken));
  const auto listening = two.transport.Listen("127.0.0.1:0");
  ASSERT_FALSE(listening.ok());
  EXPECT_THAT(std::string(listening.status().message()), HasSubstr("certificates"));
}

}  // namespace
}  // namespace skerry::transport
