#include "replication/group/snapshot_receiver.h"

#include <gtest/gtest.h>

#include <deque>

#include "base/crc32c.h"
#include "base/sim/world.h"

namespace skerry::group {
namespace {

constexpr ReplicaId kLeader{1};
constexpr ReplicaId kSelf{2};

// Of a machine only what receives matters here.
class Machine final : public StateMachine {
 public:
  class Writer final : public SnapshotWriter {
   public:
    explicit Writer(int* alive) : alive_(alive) { ++*alive_; }
    ~Writer() override { --*alive_; }
    Status Add(std::string_view) override { return OkStatus(); }
    Status Install() override { return OkStatus(); }

   private:
    int* const alive_;
  };

  Result<std::unique_ptr<SnapshotWriter>> ReceiveSnapshot(const raft::SnapshotMetadata&) override {
    return std::unique_ptr<SnapshotWriter>(std::make_unique<Writer>(&writers));
  }
  Status Apply(std::span<const CommittedEntry>, LogIndex, Term, std::vector<Status>*) override {
    return Unimplemented("not here");
  }
  LogIndex applied() const override { return LogIndex(0); }
  Term applied_term() const override { return Term(0); }
  Result<LogIndex> FlushedIndex() override { return LogIndex(0); }
  void RequestFlush() override {}
  void OnStanding(Standing) override {}
  Result<std::unique_ptr<SnapshotReader>> TakeSnapshot() override {
    return Unimplemented("not here");
  }
  void OnInstalled() override {}
  raft::SnapshotMetadata installed() const override { return {}; }

  int writers = 0;
};

class SnapshotReceiverTest : public testing::Test {
 protected:
  SnapshotReceiverTest() {
    SnapshotReceiver::Options options{
        .group = GroupId(7), .machine = machine_, .executor = executor_};
    options.run_blocking = [this](Work work) { blocking_.push_back(std::move(work)); };
    options.send = [this](NodeId, const transport::SnapshotChunkResponse& response) {
      refused_ = response.refused;
    };
    options.arrived = [this](const raft::Message& message) { arrived_ = message.snapshot; };
    receiver_ = std::make_shared<SnapshotReceiver>(std::move(options));
  }

  // The only piece of a snapshot through `index`.
  void Receive(uint64_t snapshot, uint64_t index) {
    transport::SnapshotChunk chunk{
        .from = kLeader, .to = kSelf, .term = Term(1), .snapshot = snapshot};
    chunk.metadata = {LogIndex(index), Term(1), {.voters = {kLeader, kSelf}}};
    chunk.last = true;
    chunk.data = "rows";
    chunk.checksum = Crc32c(chunk.data);
    receiver_->OnChunk(chunk);
    while (!blocking_.empty()) {
      blocking_.front()();
      blocking_.pop_front();
    }
    world_.RunUntilIdle();
  }

  sim::World world_{1};
  sim::SimExecutor& executor_ = world_.AddExecutor(0, "group");
  Machine machine_;
  std::deque<Work> blocking_;
  bool refused_ = false;
  std::shared_ptr<const raft::SnapshotMetadata> arrived_;
  std::shared_ptr<SnapshotReceiver> receiver_;
};

// The blocking executor may take long to come to the installation, and the leader begins another.
TEST_F(SnapshotReceiverTest, WhatIsBeingInstalledIsNotReplaced) {
  Receive(1, 10);
  ASSERT_NE(arrived_, nullptr);
  ASSERT_NE(receiver_->Arrived(*arrived_), nullptr);
  Receive(2, 20);
  EXPECT_TRUE(refused_);
  EXPECT_EQ(arrived_->index, LogIndex(10));
  EXPECT_EQ(machine_.writers, 1);
  receiver_->Forget();
  Receive(3, 20);
  EXPECT_FALSE(refused_);
  EXPECT_EQ(arrived_->index, LogIndex(20));
}

// Before it is taken up a newer one may take its place.
TEST_F(SnapshotReceiverTest, ANewerOneReplacesOneThatNobodyInstalls) {
  Receive(1, 10);
  Receive(2, 20);
  EXPECT_FALSE(refused_);
  EXPECT_EQ(arrived_->index, LogIndex(20));
  EXPECT_EQ(machine_.writers, 1);
}

}  // namespace
}  // namespace skerry::group
