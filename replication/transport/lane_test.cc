#include "replication/transport/lane.h"

#include <gtest/gtest.h>

#include "replication/transport/codec.h"
#include "replication/transport/packet_testing.h"

namespace skerry::transport {
namespace {

// Keeps what is written; the test says when it is done.
class FakeStream final : public Stream {
 public:
  void Write(std::string frame) override { frames.push_back(std::move(frame)); }
  void Cancel() override { ++cancelled; }

  std::vector<uint64_t> Numbers(size_t frame) const {
    const auto decoded = DecodeFrame(frames.at(frame));
    EXPECT_TRUE(decoded.ok());
    std::vector<uint64_t> numbers;
    for (const Packet& packet : decoded->packets) numbers.push_back(NumberOf(packet));
    return numbers;
  }

  std::vector<std::string> frames;
  int cancelled = 0;
};

class CountingReceiver final : public Receiver {
 public:
  void OnPackets(NodeId, std::vector<Packet> packets) override { received += packets.size(); }
  void OnDisconnected(NodeId node) override { disconnected.push_back(node); }
  size_t received = 0;
  std::vector<NodeId> disconnected;
};

class LaneTest : public testing::Test {
 protected:
  Metrics metrics_{1};
  LaneCounters counters_{LaneKind::kMessages, &metrics_};
  FakeStream stream_;
};

using Numbers = std::vector<uint64_t>;

TEST_F(LaneTest, GathersWhileAFrameIsBeingWritten) {
  Lane lane(1 << 20, counters_);
  lane.Attach(&stream_, std::nullopt);
  for (uint64_t i = 0; i < 10; ++i) lane.Send(NumberedMessage(i, 100));
  ASSERT_EQ(stream_.frames.size(), 1u);
  lane.Written(&stream_);
  ASSERT_EQ(stream_.frames.size(), 2u);
  lane.Written(&stream_);
  ASSERT_EQ(stream_.frames.size(), 2u);
  EXPECT_EQ(stream_.Numbers(0), (Numbers{0}));
  EXPECT_EQ(stream_.Numbers(1), (Numbers{1, 2, 3, 4, 5, 6, 7, 8, 9}));
  lane.Send(NumberedMessage(10));
  EXPECT_EQ(stream_.Numbers(2), (Numbers{10}));
  EXPECT_EQ(counters_.packets_sent.Value(), 11u);
  EXPECT_EQ(counters_.frames_sent.Value(), 3u);
}

TEST_F(LaneTest, WhatIsSentTogetherLeavesTogether) {
  Lane lane(1000, counters_);
  lane.Attach(&stream_, std::nullopt);
  const std::vector<Packet> packets = {NumberedMessage(0, 100), NumberedMessage(1, 2000),
                                       NumberedMessage(2, 100)};
  lane.Send(packets);
  ASSERT_EQ(stream_.frames.size(), 1u);
  EXPECT_EQ(stream_.Numbers(0), (Numbers{0, 2}));
  EXPECT_EQ(counters_.dropped_full.Value(), 1u);
}

TEST_F(LaneTest, FramesAreBounded) {
  Lane lane(uint64_t{32} << 20, counters_);
  lane.Attach(&stream_, "hello");
  constexpr size_t kBytes = 300000;
  for (uint64_t i = 0; i < 7; ++i) lane.Send(NumberedMessage(i, kBytes));
  lane.Send(NumberedMessage(7, 3 << 20));
  lane.Send(NumberedMessage(8));
  EXPECT_EQ(stream_.frames, (std::vector<std::string>{"hello"}));
  for (int i = 0; i < 6; ++i) lane.Written(&stream_);
  ASSERT_EQ(stream_.frames.size(), 6u);
  EXPECT_EQ(stream_.Numbers(1), (Numbers{0, 1, 2}));
  EXPECT_EQ(stream_.Numbers(2), (Numbers{3, 4, 5}));
  EXPECT_EQ(stream_.Numbers(3), (Numbers{6}));
  EXPECT_EQ(stream_.Numbers(4), (Numbers{7}));
  EXPECT_EQ(stream_.Numbers(5), (Numbers{8}));
}

TEST_F(LaneTest, DropsWhatDoesNotFit) {
  const size_t size = EncodedPacket(NumberedMessage(1, 100)).size();
  Lane lane(3 * size, counters_);
  lane.Send(NumberedMessage(0));
  EXPECT_EQ(counters_.dropped_disconnected.Value(), 1u);
  lane.Attach(&stream_, "hello");
  for (uint64_t i = 1; i < 9; ++i) lane.Send(NumberedMessage(i, 100));
  EXPECT_EQ(counters_.dropped_full.Value(), 5u);
  lane.Written(&stream_);
  EXPECT_EQ(stream_.Numbers(1), (Numbers{1, 2, 3}));
  lane.Send(NumberedMessage(9, 100));  // room again
  lane.Written(&stream_);
  EXPECT_EQ(stream_.Numbers(2), (Numbers{9}));
  EXPECT_EQ(counters_.dropped_full.Value(), 5u);
}

TEST_F(LaneTest, ABrokenStreamTakesAlongWhatWaits) {
  Lane lane(1 << 20, counters_);
  lane.Attach(&stream_, "hello");
  for (uint64_t i = 0; i < 4; ++i) lane.Send(NumberedMessage(i));
  EXPECT_TRUE(lane.Detach(&stream_));
  EXPECT_FALSE(lane.connected());
  EXPECT_FALSE(lane.Detach(&stream_));
  EXPECT_EQ(counters_.dropped_disconnected.Value(), 4u);
  lane.Written(&stream_);  // late
  EXPECT_EQ(stream_.frames.size(), 1u);
  EXPECT_EQ(counters_.closed.Value(), 1u);
}

TEST_F(LaneTest, ANewStreamTakesOver) {
  Lane lane(1 << 20, counters_);
  CountingReceiver receiver;
  FakeStream next;
  EXPECT_FALSE(lane.Attach(&stream_, std::nullopt));
  lane.Deliver(&stream_, NodeId(1), {NumberedMessage(0)}, receiver);
  EXPECT_EQ(receiver.received, 1u);
  EXPECT_TRUE(lane.Attach(&next, std::nullopt));
  EXPECT_EQ(stream_.cancelled, 1);
  // What the old one still brings comes too late.
  lane.Deliver(&stream_, NodeId(1), {NumberedMessage(1)}, receiver);
  EXPECT_EQ(receiver.received, 1u);
  EXPECT_FALSE(lane.Detach(&stream_));
  EXPECT_TRUE(lane.connected());
  lane.Send(NumberedMessage(2));
  EXPECT_EQ(stream_.frames.size(), 0u);
  EXPECT_EQ(next.Numbers(0), (Numbers{2}));
  lane.Deliver(&next, NodeId(1), {NumberedMessage(3), NumberedMessage(4)}, receiver);
  EXPECT_EQ(receiver.received, 3u);
  EXPECT_TRUE(receiver.disconnected.empty());
  lane.TellDisconnected(NodeId(1), receiver);
  EXPECT_EQ(receiver.disconnected, (std::vector<NodeId>{NodeId(1)}));
}

TEST(LaneKindTest, EveryKindOfPacketsHasItsLane) {
  EXPECT_EQ(LaneOf(NumberedMessage(0)), LaneKind::kMessages);
  EXPECT_EQ(LaneOf(NumberedChunk(0, 1)), LaneKind::kSnapshots);
  EXPECT_EQ(LaneOf({GroupId(1), SnapshotChunkResponse{}}), LaneKind::kSnapshots);
  EXPECT_EQ(LaneOf({GroupId(0), NodeHeartbeat{}}), LaneKind::kMessages);
  EXPECT_EQ(LaneOf({GroupId(0), NodeHeartbeatResponse{}}), LaneKind::kMessages);
  EXPECT_EQ(LaneOf(NumberedRequest(0)), LaneKind::kRequests);
  EXPECT_EQ(LaneOf(NumberedResponse(0)), LaneKind::kRequests);
  std::vector<std::string_view> names;
  for (const LaneKind kind : kAllLanes) names.push_back(NameOf(kind));
  EXPECT_EQ(names, (std::vector<std::string_view>{"messages", "snapshots", "requests"}));
}

}  // namespace
}  // namespace skerry::transport
