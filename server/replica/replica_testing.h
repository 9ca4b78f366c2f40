#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/sim/sim_disk.h"
#include "base/sim/world.h"
#include "base/task.h"
#include "replication/host/host.h"
#include "server/replica/replicas.h"
#include "storage/document/item_codec.h"
#include "storage/engine/memory/memory_engine.h"
#include "storage/expression/compiler.h"
#include "storage/partition/row_key.h"
#include "storage/partition/write.h"

// For tests of replicas and of what stands on them: a node's lower half (engine, log, groups,
// replicas; all of them the product's own) in virtual time, on a disk and an engine's store that
// lose in a crash what the real ones would.

namespace skerry::replica {

struct TestOptions {
  uint64_t seed = 1;
  uint64_t max_pending_bytes_per_group = 64 << 20;
  uint64_t max_log_bytes = 4 << 20;
  AdmissionOptions admission = {};
};

// What a task has come to; outlives the task and the test's patience.
template <typename T>
class Pending {
 public:
  bool done() const { return result_->has_value(); }
  T& operator*() { return **result_; }
  T* operator->() { return &**result_; }

  std::shared_ptr<std::optional<T>> result_ = std::make_shared<std::optional<T>>();
};

// One node. Not thread-safe; everything handed out is gone after Crash and Stop.
class TestNode {
 public:
  explicit TestNode(TestOptions options = {})
      : options_(options),
        world_(options.seed),
        disk_(world_.prng()),
        store_(engine::MemoryStore::Create({})) {}
  ~TestNode() {
    if (host_ != nullptr) Crash(/*power_cut=*/false);
  }

  Status Start() {
    ++life_;
    fatal_ = OkStatus();
    reactors_ = {&world_.AddExecutor(life_, "reactor-0"), &world_.AddExecutor(life_, "reactor-1")};
    host::HostOptions options{.disk = disk_,
                              .directory = "log",
                              .identity = 1,
                              .must_exist = started_before_,
                              .clock = world_.clock(),
                              .log_executor = world_.AddExecutor(life_, "log"),
                              .blocking_executor = world_.AddExecutor(life_, "blocking"),
                              .first_segment_bytes = 64 << 10,
                              .segment_bytes = 256 << 10,
                              .max_log_bytes = options_.max_log_bytes,
                              .max_pending_bytes_per_group = options_.max_pending_bytes_per_group};
    options.on_fatal = [this](const Status& status) { fatal_ = status; };
    SKERRY_ASSIGN_OR_RETURN(host_, host::Host::Open(std::move(options)));
    SKERRY_RETURN_IF_ERROR(host_->Begin());
    started_before_ = true;
    engine_ = store_->Open();
    engine_->SetFlushListener([this] { host_->NotifyFlushed(); });
    replicas_ = std::make_unique<Replicas>(*host_, *engine_, reactors_, options_.admission);
    return OkStatus();
  }

  // The process dies; with `power_cut` the disk loses what was not synced, too. Tasks under way
  // never end. What stands on the replicas is destroyed by its owner after this.
  void Crash(bool power_cut) {
    world_.Kill(life_);
    store_->Crash();
    replicas_ = nullptr;
    engine_ = nullptr;
    host_ = nullptr;
    disk_.Crash(/*keep_unsynced=*/!power_cut);
  }

  // Ends it in order: writes under way end with kOutcomeUnknown or kUnavailable.
  void Stop() {
    bool stopped = false;
    host_->Stop([&stopped] { stopped = true; });
    EXPECT_TRUE(world_.RunUntil([&] { return stopped; }, kPatience));
    engine_->SetFlushListener(nullptr);
    EXPECT_TRUE(engine_->Close().ok());
    world_.Kill(life_);
    replicas_ = nullptr;
    engine_ = nullptr;
    host_ = nullptr;
  }

  // Starts a task in a turn of its own on a reactor; Await, with the world running, until it ends.
  template <typename T>
  Pending<T> Begin(Task<T> task, size_t reactor = 0) {
    Pending<T> pending;
    // Held by pointer: a work that is destroyed with the node must not end the task first.
    auto held = std::make_shared<Task<T>>(std::move(task));
    reactors_[reactor]->Post([held, result = pending.result_] {
      Spawn(std::move(*held), [result](T value) { result->emplace(std::move(value)); });
    });
    return pending;
  }
  template <typename T>
  T Await(Task<T> task) {
    Pending<T> pending = Begin(std::move(task));
    SKERRY_CHECK_MSG(RunUntil([&] { return pending.done(); }), "the task ends");
    return std::move(*pending);
  }
  bool RunUntil(const std::function<bool()>& condition) {
    return world_.RunUntil(condition, kPatience);
  }

  sim::World& world() { return world_; }
  sim::SimDisk& disk() { return disk_; }
  engine::Engine& engine() { return *engine_; }
  host::Host& host() { return *host_; }
  Replicas& replicas() { return *replicas_; }
  Executor& reactor(size_t i) { return *reactors_[i]; }
  // What stopped the node, if anything did.
  const Status& fatal() const { return fatal_; }

  static constexpr Duration kPatience = std::chrono::seconds(60);

 private:
  const TestOptions options_;
  sim::World world_;
  sim::SimDisk disk_;
  std::shared_ptr<engine::MemoryStore> store_;
  std::vector<Executor*> reactors_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<host::Host> host_;
  std::unique_ptr<Replicas> replicas_;
  Status fatal_;
  int life_ = 0;
  bool started_before_ = false;
};

}  // namespace skerry::replica
