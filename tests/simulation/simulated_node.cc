#include "tests/simulation/simulated_node.h"

#include <optional>
#include <string>
#include <utility>

namespace skerry::simulation {
namespace {

constexpr Duration kStartWithin = std::chrono::seconds(30);

engine::MemoryOptions StoreOptions() {
  // Flushes often, so that crashes find every mixture of flushed and unflushed.
  return {.limit_bytes = size_t{256} << 20, .flush_after_bytes = size_t{64} << 10};
}

}  // namespace

SimulatedNode::SimulatedNode(uint64_t seed)
    : world_(seed), disk_(world_.prng()), store_(engine::MemoryStore::Create(StoreOptions())) {}

SimulatedNode::~SimulatedNode() {
  if (core_ != nullptr) Crash(/*power_cut=*/false);
}

Status SimulatedNode::Start() {
  ++life_;
  reactors_ = {&world_.AddExecutor(life_, "reactor-0"), &world_.AddExecutor(life_, "reactor-1")};
  auto& log_executor = world_.AddExecutor(life_, "log");
  auto& blocking_executor = world_.AddExecutor(life_, "blocking");
  node::CoreOptions options{.disk = disk_,
                            .log_directory = "log",
                            .log_identity = 1,
                            .log_must_exist = was_started_,
                            .max_log_bytes = 4 << 20,
                            .clock = world_.clock(),
                            .seed = world_.prng().Next(),
                            .reactors = reactors_,
                            .log_executor = log_executor,
                            .blocking_executor = blocking_executor};
  const auto open_engine = [this]() -> Result<std::unique_ptr<engine::Engine>> {
    return store_->Open();
  };
  SKERRY_ASSIGN_OR_RETURN(core_, node::Core::Open(open_engine, std::move(options)));
  std::optional<Status> started;
  reactors_[0]->Post([this, &started] {
    Spawn(core_->Start(), [&started](Status status) { started = std::move(status); });
  });
  if (!world_.RunUntil([&] { return started.has_value(); }, kStartWithin)) {
    return Internal("the node does not get ready");
  }
  if (started->ok()) was_started_ = true;
  return *started;
}

void SimulatedNode::Crash(bool power_cut) {
  world_.Kill(life_);
  store_->Crash();
  core_ = nullptr;
  disk_.Crash(/*keep_unsynced=*/!power_cut);
}

Status SimulatedNode::Stop() {
  bool stopped = false;
  core_->Stop([&stopped] { stopped = true; });
  if (!world_.RunUntil([&] { return stopped; }, kStartWithin)) {
    return Internal("the node does not stop");
  }
  Status closed = core_->Close();
  world_.Kill(life_);
  core_ = nullptr;
  return closed;
}

}  // namespace skerry::simulation
