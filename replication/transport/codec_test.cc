#include "replication/transport/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "proto/raft/v1/raft.pb.h"
#include "replication/transport/packet_testing.h"

namespace skerry::transport {
namespace {

namespace pb = proto::raft::v1;

std::string Encode(const Packet& packet) {
  std::string frame;
  EncodedPacket(packet).AppendTo(&frame);
  return frame;
}

TEST(CodecTest, EveryPacketComesBackAsItWas) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Prng prng(seed);
    std::vector<std::string> sent;
    std::string bytes;
    for (uint64_t n = prng.Below(20); n > 0; --n) {
      const Packet packet = RandomPacket(prng);
      const EncodedPacket encoded(packet);
      const size_t before = bytes.size();
      encoded.AppendTo(&bytes);
      ASSERT_EQ(bytes.size() - before, encoded.size()) << "seed " << seed;
      sent.push_back(Describe(packet));
    }
    const auto frame = DecodeFrame(bytes);
    ASSERT_TRUE(frame.ok()) << "seed " << seed << ": " << frame.status().ToString();
    EXPECT_FALSE(frame->hello.has_value());
    EXPECT_EQ(frame->not_understood, 0u);
    std::vector<std::string> received;
    for (const Packet& packet : frame->packets) received.push_back(Describe(packet));
    ASSERT_EQ(received, sent) << "seed " << seed;
  }
}

TEST(CodecTest, BytesFromAnywhereAreRefusedOrRead) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    Prng prng(seed);
    std::string bytes = Encode(RandomPacket(prng)) + Encode(RandomPacket(prng));
    for (uint64_t n = 1 + prng.Below(4); n > 0; --n) {
      if (prng.Chance(1, 4)) {
        bytes.resize(prng.Below(bytes.size() + 1));
        if (bytes.empty()) bytes = RandomBytes(prng, 30) + "x";
      } else {
        bytes[prng.Below(bytes.size())] = static_cast<char>(prng.Below(256));
      }
    }
    const auto frame = DecodeFrame(bytes);
    if (!frame.ok()) {
      EXPECT_EQ(frame.status().code(), StatusCode::kCorruption);
      continue;
    }
    // What was accepted is a packet of ours: it stays as it is from here on.
    for (const Packet& packet : frame->packets) {
      const auto again = DecodeFrame(Encode(packet));
      ASSERT_TRUE(again.ok()) << "seed " << seed << ": " << again.status().ToString();
      ASSERT_EQ(again->packets.size(), 1u);
      EXPECT_EQ(Describe(again->packets[0]), Describe(packet)) << "seed " << seed;
    }
  }
}

TEST(CodecTest, HelloComesBackAsItWas) {
  const Hello hello{.cluster = std::string("\0cluster\xff", 9),
                    .from = NodeId(1),
                    .to = NodeId(UINT64_MAX),
                    .version_min = 1,
                    .version_max = 7};
  const auto frame = DecodeFrame(EncodeHello(hello));
  ASSERT_TRUE(frame.ok());
  EXPECT_EQ(frame->hello, hello);
  EXPECT_TRUE(frame->packets.empty());
}

// A frame with one good packet before and after a changed one.
Result<Frame> DecodeChanged(const std::function<void(pb::Packet&)>& change) {
  Prng prng(1);
  pb::Frame frame;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(frame.MergeFromString(Encode(NumberedMessage(static_cast<uint64_t>(i), 10))));
  }
  change(*frame.mutable_packets(1));
  return DecodeFrame(frame.SerializeAsString());
}

TEST(CodecTest, WhatALaterVersionMaySendIsLeftOut) {
  const std::function<void(pb::Packet&)> changes[] = {
      [](pb::Packet& p) { p.mutable_message()->set_type(15); },
      [](pb::Packet& p) { p.mutable_message()->mutable_entries(0)->set_kind(3); },
      [](pb::Packet& p) { p.clear_body(); },
  };
  for (const auto& change : changes) {
    const auto frame = DecodeChanged(change);
    ASSERT_TRUE(frame.ok()) << frame.status().ToString();
    EXPECT_EQ(frame->not_understood, 1u);
    ASSERT_EQ(frame->packets.size(), 2u);
    EXPECT_EQ(NumberOf(frame->packets[0]), 0u);
    EXPECT_EQ(NumberOf(frame->packets[1]), 2u);
  }
}

TEST(CodecTest, MalformedPacketsAreNamed) {
  const auto chunk = [](pb::Packet& p) -> pb::SnapshotChunk& {
    const std::string bytes = Encode(NumberedChunk(0, 10));
    pb::Frame frame;
    EXPECT_TRUE(frame.ParseFromString(bytes));
    p = frame.packets(0);
    return *p.mutable_snapshot_chunk();
  };
  const std::pair<std::function<void(pb::Packet&)>, const char*> cases[] = {
      {[](pb::Packet& p) { p.set_group(0); }, "for no group"},
      {[](pb::Packet& p) { p.mutable_message()->set_type(0); }, "without a type"},
      {[](pb::Packet& p) { p.mutable_message()->set_from(0); }, "of or for nobody"},
      {[](pb::Packet& p) { p.mutable_message()->set_to(0); }, "of or for nobody"},
      {[](pb::Packet& p) { p.mutable_message()->mutable_entries(0)->set_index(0); },
       "without an index"},
      {[](pb::Packet& p) {
         p.mutable_message()->mutable_entries(0)->set_kind(2);  // its data is none
       },
       "holds no configuration"},
      {[](pb::Packet& p) { p.mutable_message()->set_type(9); }, "to install no snapshot"},
      {[](pb::Packet& p) { p.mutable_message()->mutable_snapshot(); }, "a snapshot of nothing"},
      {[](pb::Packet& p) { p.mutable_message()->mutable_snapshot()->set_index(1); },
       "a group has a voter"},
      {[&](pb::Packet& p) { chunk(p).set_from(0); }, "of or for nobody"},
      {[&](pb::Packet& p) { chunk(p).clear_metadata(); }, "a snapshot of nothing"},
      {[&](pb::Packet& p) { chunk(p).set_data("other"); }, "checksum is wrong"},
      {[](pb::Packet& p) { p.mutable_snapshot_chunk_response()->set_to(1); }, "of or for nobody"},
  };
  for (const auto& [change, why] : cases) {
    const auto frame = DecodeChanged(change);
    ASSERT_FALSE(frame.ok()) << why;
    EXPECT_EQ(frame.status().code(), StatusCode::kCorruption);
    EXPECT_THAT(std::string(frame.status().message()), testing::HasSubstr(why));
  }
}

}  // namespace
}  // namespace skerry::transport
