#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/sim/sim_disk.h"
#include "base/sim/world.h"
#include "replication/log/log.h"

namespace skerry::log {

// A log on a simulated disk, for tests.
class LogWorld {
 public:
  explicit LogWorld(uint64_t seed) : world(seed), disk(world.prng()) {}

  Options LogOptions() {
    Options options{.disk = disk,
                    .directory = "log",
                    .identity = 9,
                    .executor = world.AddExecutor(0, "log"),
                    .blocking_executor = world.AddExecutor(0, "blocking"),
                    .first_segment_bytes = 32 << 10,
                    .segment_bytes = 64 << 10,
                    .max_bytes = 1 << 20};
    options.on_fatal = [this](const Status& status) { fatal = status; };
    return options;
  }
  Status Open() { return Open(LogOptions()); }
  Status Open(Options options) {
    fatal = OkStatus();
    auto opened = Log::Open(std::move(options));
    if (!opened.ok()) return opened.status();
    log = *opened;
    return log->Begin();
  }
  // The power goes, or (keep_unsynced) the process dies.
  void Crash(bool keep_unsynced = false) {
    world.Kill(0);
    log = nullptr;
    disk.Crash(keep_unsynced);
  }
  void Close() {
    bool done = false;
    log->Close([&] { done = true; });
    EXPECT_TRUE(world.RunUntil([&] { return done; }));
    world.Kill(0);
    log = nullptr;
  }

  // Counts answers.
  class Counter final : public Writer {
   public:
    explicit Counter(Executor& executor) : executor_(executor) {}
    void OnWritten(const Status& status) override { status.ok() ? ++written : ++failed; }
    Executor& executor() const override { return executor_; }
    int written = 0;
    int failed = 0;

   private:
    Executor& executor_;
  };

  static GroupState NewGroup(uint64_t replica) {
    GroupState state;
    state.replica = ReplicaId(replica);
    state.configuration.voters = {ReplicaId(replica)};
    return state;
  }
  static raft::EntryPtr Entry(uint64_t index, uint64_t term, std::string data) {
    return std::make_shared<raft::Entry>(
        raft::Entry{LogIndex(index), Term(term), raft::EntryKind::kCommand, std::move(data)});
  }

  // Writes one entry and waits until that is durable.
  void CreateNow(uint64_t group) {
    auto counter = std::make_shared<Counter>(world.AddExecutor(0, "writer"));
    log->Create(NewGroup(group + 100), {.group = GroupId(group)}, counter);
    EXPECT_TRUE(world.RunUntil([&] { return counter->written == 1; }));
  }
  void WriteNow(uint64_t group, uint64_t index, std::string data, uint64_t commit = 0) {
    auto counter = std::make_shared<Counter>(world.AddExecutor(0, "writer"));
    Append append{.group = GroupId(group)};
    append.hard_state.commit = LogIndex(commit);
    append.entries.push_back(Entry(index, 1, std::move(data)));
    log->Write(std::move(append), counter);
    EXPECT_TRUE(world.RunUntil([&] { return counter->written == 1; }));
  }
  void CollectNow(bool rewrite = false) {
    bool done = false;
    log->Collect(rewrite, [&] { done = true; });
    EXPECT_TRUE(world.RunUntil([&] { return done; }));
  }
  // The group's entries, as "data data ...", or the failure.
  std::string ReadAll(uint64_t group) const {
    const auto info = log->Find(GroupId(group));
    if (!info || info->state.removed) return "no group";
    std::string all;
    for (LogIndex next = info->state.start.Next(); next <= info->last;) {
      const auto entries = log->Read(GroupId(group), next, info->last, 1000);
      if (!entries.ok()) return entries.status().ToString();
      for (const auto& entry : *entries) all += (all.empty() ? "" : " ") + entry->data;
      next = entries->back()->index.Next();
    }
    return all;
  }

  sim::World world;
  sim::SimDisk disk;
  std::shared_ptr<Log> log;
  Status fatal;
};

}  // namespace skerry::log
