#include "replication/transport/served_receiver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "replication/transport/packet_testing.h"

namespace skerry::transport {
namespace {

constexpr NodeId kPeer(2);

struct CountingReceiver final : Receiver {
  void OnPackets(NodeId from, std::vector<Packet> arrived) override {
    EXPECT_EQ(from, kPeer);
    packets += arrived.size();
  }
  void OnDisconnected(NodeId node) override {
    EXPECT_EQ(node, kPeer);
    ++disconnected;
  }
  size_t packets = 0;
  int disconnected = 0;
};

TEST(ServedReceiverTest, CallsWhoeverServesAtTheTime) {
  ServedReceiver served;
  served.OnPackets(kPeer, {NumberedRequest(0)});  // to nobody
  served.OnDisconnected(kPeer);
  CountingReceiver first;
  CountingReceiver second;
  served.Serve(&first);
  served.OnPackets(kPeer, {NumberedRequest(1), NumberedResponse(2)});
  served.OnDisconnected(kPeer);
  served.Serve(&second);
  served.OnPackets(kPeer, {NumberedRequest(3)});
  served.Serve(nullptr);
  served.OnPackets(kPeer, {NumberedRequest(4)});
  served.OnDisconnected(kPeer);
  EXPECT_EQ(first.packets, 2u);
  EXPECT_EQ(first.disconnected, 1);
  EXPECT_EQ(second.packets, 1u);
  EXPECT_EQ(second.disconnected, 0);
}

TEST(ServedReceiverTest, WaitsForCallsOfTheFormerOne) {
  struct Blocking final : Receiver {
    void OnPackets(NodeId, std::vector<Packet>) override {
      if (calls++ > 0) return;
      began.set_value();
      go_on.get_future().wait();
      over = true;
    }
    std::atomic<int> calls = 0;
    std::promise<void> began;
    std::promise<void> go_on;
    std::atomic<bool> over = false;
  } former;
  ServedReceiver served;
  served.Serve(&former);
  std::thread call([&] { served.OnPackets(kPeer, {NumberedRequest(0)}); });
  former.began.get_future().wait();

  CountingReceiver next;
  std::thread change([&] {
    served.Serve(&next);
    EXPECT_TRUE(former.over);
  });
  // The next one serves while the former one's call is still under way.
  while (next.packets == 0) served.OnPackets(kPeer, {NumberedRequest(1)});
  EXPECT_FALSE(former.over);
  former.go_on.set_value();
  call.join();
  change.join();
  served.Serve(nullptr);
}

}  // namespace
}  // namespace skerry::transport
