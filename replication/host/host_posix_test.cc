// The write path on real files and threads; what needs many runs is in host_sim_test.cc.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <memory>

#include "base/memory_disk.h"
#include "base/posix_disk.h"
#include "base/thread_executor.h"
#include "replication/host/host.h"
#include "replication/host/test_machine.h"

namespace skerry::host {
namespace {

using group::Group;

class HostPosixTest : public testing::Test {
 protected:
  HostPosixTest() {
    std::string pattern = testing::TempDir() + "host_XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~HostPosixTest() override { std::filesystem::remove_all(directory_); }

  HostOptions Options() {
    return {.disk = disk_,
            .directory = directory_ + "/log",
            .identity = 7,
            .clock = clock_,
            .log_executor = log_executor_,
            .blocking_executor = blocking_};
  }
  std::unique_ptr<Host> Open(HostOptions options) {
    auto host = Host::Open(std::move(options));
    EXPECT_TRUE(host.ok()) << host.status().ToString();
    EXPECT_TRUE((*host)->Begin().ok());
    return std::move(*host);
  }
  std::unique_ptr<Host> Open() { return Open(Options()); }

  Group* Create(Host& host, uint64_t id, TestMachine& machine) {
    std::promise<Result<Group*>> made;
    host.CreateGroup(GroupId(id), ReplicaId(id + 100), {.voters = {ReplicaId(id + 100)}}, reactor_,
                     machine, [&](Result<Group*> group) { made.set_value(std::move(group)); });
    auto group = made.get_future().get();
    EXPECT_TRUE(group.ok()) << group.status().ToString();
    return *group;
  }
  Group* OpenGroup(Host& host, uint64_t id, TestMachine& machine) {
    std::promise<Result<Group*>> opened;
    std::promise<void> ready;
    reactor_.Post([&] {
      auto group = host.OpenGroup(GroupId(id), reactor_, machine);
      if (group.ok()) (*group)->OnLeaderReady([&] { ready.set_value(); });
      opened.set_value(std::move(group));
    });
    auto group = opened.get_future().get();
    EXPECT_TRUE(group.ok()) << group.status().ToString();
    ready.get_future().wait();
    return *group;
  }
  Result<LogIndex> Propose(Group& group, std::string command) {
    std::promise<Result<LogIndex>> done;
    reactor_.Post([&] {
      group.Propose(std::move(command), [&](Result<LogIndex> r) { done.set_value(std::move(r)); });
    });
    return done.get_future().get();
  }
  void Destroy(Host& host, uint64_t id) {
    std::promise<Status> done;
    host.DestroyGroup(GroupId(id), [&](Status s) { done.set_value(std::move(s)); });
    const Status status = done.get_future().get();
    EXPECT_TRUE(status.ok()) << status.ToString();
  }

  std::string directory_;
  PosixDisk disk_;
  SystemClock clock_;
  ThreadExecutor log_executor_{"log", clock_};
  ThreadExecutor blocking_{"blocking", clock_};
  ThreadExecutor reactor_{"reactor", clock_};
};

TEST_F(HostPosixTest, WritesSurviveARestart) {
  TestMachine machine;
  {
    auto host = Open();
    Group* group = Create(*host, 5, machine);
    EXPECT_TRUE(group->LeaderReady());
    EXPECT_EQ(group->term(), Term(1));
    EXPECT_EQ(*Propose(*group, "a"), LogIndex(2));
    EXPECT_EQ(*Propose(*group, "b"), LogIndex(3));
    host->Stop();
  }
  machine.Crash();
  EXPECT_TRUE(machine.state().commands.empty());
  auto host = Open();
  EXPECT_EQ(host->RecoveredGroups(), std::vector<GroupId>{GroupId(5)});
  Group* group = OpenGroup(*host, 5, machine);
  EXPECT_EQ(machine.state().commands, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(group->term(), Term(2));
  EXPECT_EQ(*Propose(*group, "c"), LogIndex(5));
  host->Stop();
}

TEST_F(HostPosixTest, AnOutcomeIsTheWaitersOwn) {
  TestMachine machine;
  auto host = Open();
  Group* group = Create(*host, 1, machine);
  const auto refused = Propose(*group, "!no");
  EXPECT_EQ(refused.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(refused.status().message(), "!no");
  EXPECT_TRUE(Propose(*group, "yes").ok());
  host->Stop();
}

TEST_F(HostPosixTest, DestroyedGroupsStayDestroyed) {
  TestMachine first;
  TestMachine second;
  {
    auto host = Open();
    Create(*host, 1, first);
    Create(*host, 2, second);
    Destroy(*host, 1);
    std::promise<Status> again;
    host->CreateGroup(GroupId(1), ReplicaId(9), {.voters = {ReplicaId(9)}}, reactor_, first,
                      [&](Result<Group*> r) { again.set_value(r.status()); });
    EXPECT_EQ(again.get_future().get().code(), StatusCode::kAlreadyExists);
    host->Stop();
  }
  auto host = Open();
  EXPECT_EQ(host->RecoveredGroups(), std::vector<GroupId>{GroupId(2)});
  Destroy(*host, 2);  // never opened
  host->Stop();
  host = Open();
  EXPECT_TRUE(host->RecoveredGroups().empty());
  host->Stop();
}

TEST_F(HostPosixTest, ManyGroupsComeAndGo) {
  std::vector<std::unique_ptr<TestMachine>> machines;
  auto host = Open();
  for (uint64_t id = 1; id <= 100; ++id) {
    machines.push_back(std::make_unique<TestMachine>());
    Create(*host, id, *machines.back());
    if (id % 2 == 0) Destroy(*host, id);
  }
  host->Stop();
  host = Open();
  EXPECT_EQ(host->RecoveredGroups().size(), 50u);
  host->Stop();
}

// Hands over what a test makes up.
class FakeTransport final : public transport::Transport {
 public:
  void Start(transport::Receiver& the_receiver) override { receiver = &the_receiver; }
  void ServeRequests(transport::Receiver*) override {}
  void Send(NodeId, transport::Packet) override {}
  bool IsConnected(NodeId) const override { return false; }
  void Stop() override {}
  transport::Receiver* receiver = nullptr;
};

TEST_F(HostPosixTest, RequestsAreNotItsMatter) {
  FakeTransport transport;
  HostOptions options = Options();
  options.transport = &transport;
  TestMachine machine;
  auto host = Open(std::move(options));
  Group* group = Create(*host, 5, machine);
  ASSERT_NE(transport.receiver, nullptr);
  for (const uint64_t id : {5, 6}) {  // one group that is here and one that is not
    transport.receiver->OnPackets(
        NodeId(2), {{GroupId(id), transport::Request{.id = 1, .body = "request"}},
                    {GroupId(id), transport::Response{.id = 1, .body = "response"}}});
  }
  transport.receiver->OnDisconnected(NodeId(2));
  EXPECT_EQ(*Propose(*group, "a"), LogIndex(2));
  EXPECT_EQ(machine.state().commands, (std::vector<std::string>{"a"}));
  host->Stop();
}

TEST_F(HostPosixTest, FlushedSegmentsAreUsedAgain) {
  HostOptions options = Options();
  options.first_segment_bytes = 16 << 10;
  options.segment_bytes = 64 << 10;
  options.max_log_bytes = 256 << 10;
  TestMachine machine(/*keep_commands=*/false);
  machine.FlushAlways();
  auto host = Open(std::move(options));
  Group* group = Create(*host, 1, machine);
  for (int i = 0; i < 600; ++i) ASSERT_TRUE(Propose(*group, std::string(1000, 'x')).ok());
  EXPECT_LE(host->LogBytes(), 512u << 10);
  host->Stop();
  uint64_t on_disk = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory_ + "/log")) {
    on_disk += file.file_size();
  }
  EXPECT_LE(on_disk, 768u << 10);
}

// Reactors write while groups come and go; for the thread sanitizer above all.
TEST_F(HostPosixTest, ThreadsWriteCreateAndDestroyAtOnce) {
  MemoryDisk memory;
  ThreadExecutor other("other", clock_);
  const auto open = [&] {
    return Open(HostOptions{.disk = memory,
                            .directory = "log",
                            .clock = clock_,
                            .log_executor = log_executor_,
                            .blocking_executor = blocking_,
                            .first_segment_bytes = 64 << 10,
                            .segment_bytes = 256 << 10,
                            .max_log_bytes = 4 << 20});
  };
  auto host = open();
  constexpr int kGroups = 8;
  constexpr int kCommands = 300;
  std::vector<std::unique_ptr<TestMachine>> machines;
  for (int i = 0; i < 2 * kGroups; ++i) {
    machines.push_back(std::make_unique<TestMachine>());
    machines.back()->FlushAlways();
  }
  std::atomic<int> done = 0;
  std::promise<void> all;
  for (int i = 0; i < kGroups; ++i) {
    Executor& executor = i % 2 == 0 ? static_cast<Executor&>(reactor_) : other;
    host->CreateGroup(GroupId(static_cast<uint64_t>(i) + 1), ReplicaId(1),
                      {.voters = {ReplicaId(1)}}, executor, *machines[i],
                      [&](Result<Group*> group) {
                        ASSERT_TRUE(group.ok());
                        for (int c = 0; c < kCommands; ++c) {
                          (*group)->Propose(std::string(1000, 'x'), [&](Result<LogIndex> result) {
                            EXPECT_TRUE(result.ok());
                            if (++done == kGroups * kCommands) all.set_value();
                          });
                        }
                      });
  }
  for (int i = 0; i < kGroups; ++i) {
    Create(*host, 100 + static_cast<uint64_t>(i), *machines[kGroups + i]);
    Destroy(*host, 100 + static_cast<uint64_t>(i));
    host->NotifyFlushed();
  }
  all.get_future().wait();
  host->Stop();
  host = open();
  EXPECT_EQ(host->RecoveredGroups().size(), size_t{kGroups});
  for (int i = 0; i < kGroups; ++i)
    EXPECT_EQ(machines[i]->state().commands.size(), size_t{kCommands});
  host->Stop();
}

TEST_F(HostPosixTest, ForeignAndMissingLogsAreRefused) {
  HostOptions must_exist = Options();
  must_exist.must_exist = true;
  EXPECT_EQ(Host::Open(std::move(must_exist)).status().code(), StatusCode::kCorruption);
  Open()->Stop();
  HostOptions other = Options();
  other.identity = 8;
  const auto refused = Host::Open(std::move(other));
  EXPECT_EQ(refused.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(refused.status().message().find("belongs to another data directory"),
            std::string::npos);
}

}  // namespace
}  // namespace skerry::host
