#include "server/peers/peers.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/sim/world.h"
#include "replication/transport/sim/sim_network.h"

namespace skerry::peers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class NoMessages final : public transport::Receiver {
 public:
  void OnPackets(NodeId, std::vector<transport::Packet>) override {}
};

// Two nodes over a simulated network; the second says what it is asked, or keeps silent.
class PeersTest : public testing::Test {
 protected:
  PeersTest() {
    for (uint64_t id = 1; id <= 2; ++id) {
      Executor& executor = world_.AddExecutor(static_cast<int>(id), "node");
      executors_.push_back(&executor);
      transport::Transport& transport = network_.AddNode(NodeId(id), executor);
      peers_.push_back(std::make_unique<Peers>(NodeId(id), &transport,
                                               std::vector<Executor*>{&executor}, 1000 * id));
      transport.Start(nobody_);
    }
    peers_[1]->Serve(Service::kGroup, [this](NodeId from, GroupId group, std::string_view body,
                                             Peers::Answer answer) {
      const std::string said = std::to_string(from.value) + " asks " + std::to_string(group.value) +
                               ": " + std::string(body);
      if (silent_) {
        unanswered_.push_back(std::move(answer));
      } else {
        answer(said);
      }
    });
    peers_[0]->SetIsAway([this](NodeId) { return away_; });
    for (auto& peers : peers_) peers->Start();
  }

  void Ask(Service service = Service::kGroup) {
    answer_.reset();
    executors_[0]->Post([this, service] {
      Spawn(peers_[0]->Ask(NodeId(2), GroupId(7), service, "body", seconds(2)),
            [this](Result<std::string> result) { answer_ = std::move(result); });
    });
  }
  StatusCode CodeWithin(Duration patience) {
    EXPECT_TRUE(world_.RunUntil([&] { return answer_.has_value(); }, patience));
    return answer_ ? answer_->status().code() : StatusCode::kInternal;
  }

  sim::World world_{1};
  sim::SimNetwork network_{world_};
  NoMessages nobody_;
  std::vector<Executor*> executors_;
  std::vector<std::unique_ptr<Peers>> peers_;
  std::vector<Peers::Answer> unanswered_;
  bool silent_ = false;
  bool away_ = false;
  std::optional<Result<std::string>> answer_;
};

TEST_F(PeersTest, AnAnswerComesToWhoAsked) {
  Ask();
  ASSERT_EQ(CodeWithin(seconds(1)), StatusCode::kOk);
  EXPECT_EQ(**answer_, "1 asks 7: body");
}

TEST_F(PeersTest, SilenceEndsWithTheTimeLimitAndALateAnswerIsNobodys) {
  silent_ = true;
  Ask();
  EXPECT_EQ(CodeWithin(seconds(4)), StatusCode::kDeadlineExceeded);
  ASSERT_EQ(unanswered_.size(), 1u);
  answer_.reset();
  unanswered_[0]("late");
  world_.RunFor(seconds(1));
  EXPECT_FALSE(answer_.has_value());
}

TEST_F(PeersTest, AServiceThatNobodyHasIsSilence) {
  Ask(Service::kPartition);
  EXPECT_EQ(CodeWithin(seconds(4)), StatusCode::kDeadlineExceeded);
}

TEST_F(PeersTest, ANodeThatDiesIsNotWaitedForAndNobodyKnowsWhatItDid) {
  silent_ = true;
  Ask();
  ASSERT_TRUE(world_.RunUntil([&] { return !unanswered_.empty(); }, seconds(1)));
  network_.Kill(NodeId(2));
  EXPECT_EQ(CodeWithin(seconds(1)), StatusCode::kOutcomeUnknown);
  Ask();
  EXPECT_EQ(CodeWithin(milliseconds(1)), StatusCode::kUnavailable) << "it was not even sent";
}

TEST_F(PeersTest, ANodeThatIsAwayIsNeitherWaitedForNorAsked) {
  silent_ = true;
  Ask();
  ASSERT_TRUE(world_.RunUntil([&] { return !unanswered_.empty(); }, seconds(1)));
  away_ = true;
  EXPECT_EQ(CodeWithin(milliseconds(500)), StatusCode::kOutcomeUnknown);
  Ask();
  EXPECT_EQ(CodeWithin(milliseconds(1)), StatusCode::kUnavailable) << "it was not even sent";
  away_ = false;
  silent_ = false;
  Ask();
  EXPECT_EQ(CodeWithin(seconds(1)), StatusCode::kOk);
}

TEST_F(PeersTest, StopEndsWhatWaits) {
  silent_ = true;
  Ask();
  ASSERT_TRUE(world_.RunUntil([&] { return !unanswered_.empty(); }, seconds(1)));
  peers_[0]->Stop();
  EXPECT_EQ(CodeWithin(seconds(1)), StatusCode::kOutcomeUnknown);
}

// Keeps what it is told to send.
class KeepingTransport final : public transport::Transport {
 public:
  void Start(transport::Receiver&) override {}
  void ServeRequests(transport::Receiver*) override {}
  void Send(NodeId to, transport::Packet packet) override {
    sent.emplace_back(to, std::vector<transport::Packet>(1, packet));
  }
  void SendAll(NodeId to, std::vector<transport::Packet> packets) override {
    sent.emplace_back(to, std::move(packets));
  }
  bool IsConnected(NodeId) const override { return true; }
  void Stop() override {}

  std::vector<std::pair<NodeId, std::vector<transport::Packet>>> sent;
};

TEST(PeersTurnTest, WhatATurnAsksLeavesTogetherAndTheAnswersComeToItsExecutor) {
  sim::World world(1);
  std::vector<Executor*> executors = {&world.AddExecutor(1, "one"), &world.AddExecutor(1, "two")};
  KeepingTransport transport;
  Peers peers(NodeId(1), &transport, executors, 7);
  int answers_on_two = 0;
  executors[1]->Post([&] {
    for (const uint64_t node : {2, 3, 2}) {
      Spawn(peers.Ask(NodeId(node), GroupId(9), Service::kGroup, "", seconds(1)),
            [&](Result<std::string> result) {
              answers_on_two += result.ok() && executors[1]->IsCurrent() ? 1 : 0;
            });
    }
  });
  ASSERT_TRUE(world.RunUntil([&] { return transport.sent.size() == 2; }, milliseconds(1)));
  EXPECT_EQ(transport.sent[0].first, NodeId(2));
  EXPECT_EQ(transport.sent[0].second.size(), 2u);
  EXPECT_EQ(transport.sent[1].first, NodeId(3));
  EXPECT_EQ(transport.sent[1].second.size(), 1u);

  for (const auto& [node, packets] : transport.sent) {
    std::vector<transport::Packet> answers;
    for (const transport::Packet& packet : packets) {
      const auto& request = std::get<transport::Request>(packet.body);
      answers.push_back({packet.group, transport::Response{request.id, "answer"}});
    }
    peers.OnPackets(node, std::move(answers));
  }
  EXPECT_TRUE(world.RunUntil([&] { return answers_on_two == 3; }, milliseconds(1)));
  peers.Stop();
}

TEST(PeersAloneTest, ANodeAloneAsksNobody) {
  sim::World world(1);
  Executor& executor = world.AddExecutor(1, "node");
  Peers peers(NodeId(1), nullptr, {&executor}, 1);
  std::optional<Result<std::string>> answer;
  Spawn(peers.Ask(NodeId(2), GroupId(1), Service::kGroup, "", seconds(1)),
        [&](Result<std::string> result) { answer = std::move(result); });
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status().code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace skerry::peers
