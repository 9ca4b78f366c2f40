#include "tests/simulation/simulated_cluster.h"

#include <string>
#include <utility>

namespace skerry::simulation {
namespace {

constexpr Duration kStartWithin = std::chrono::seconds(60);
constexpr const char* kClusterId = "simulated";

engine::MemoryOptions StoreOptions() {
  // Flushes often, so that crashes find every mixture of flushed and unflushed.
  return {.limit_bytes = size_t{256} << 20, .flush_after_bytes = size_t{64} << 10};
}

}  // namespace

SimulatedCluster::Node::Node(Prng& prng)
    : disk(prng), store(engine::MemoryStore::Create(StoreOptions())) {}

SimulatedCluster::SimulatedCluster(uint64_t seed, int nodes, sim::SimNetworkOptions network)
    : world_(seed), network_(world_, network) {
  for (int i = 0; i < nodes; ++i) {
    nodes_.push_back(std::make_unique<Node>(world_.prng()));
    nodes_.back()->record.set_identity(static_cast<uint64_t>(i) + 1);
    nodes_.back()->record.set_peer_address("node-" + std::to_string(i));
  }
  nodes_.front()->record.set_id(1);
}

SimulatedCluster::~SimulatedCluster() {
  for (int i = 0; i < size(); ++i) {
    if (IsUp(i)) Crash(i, /*power_cut=*/false);
  }
}

// What the peer port does for a real node: any node that serves lets it in.
Status SimulatedCluster::Join(int i) {
  if (nodes_[i]->record.id() != 0) return OkStatus();
  for (int k = 0; k < size(); ++k) {
    if (!IsUp(k) || !IsServing(k)) continue;
    std::optional<Result<catalog::NodeRecord>> admitted;
    reactor(k, 0).Post([&] {
      Spawn(core(k).catalog().Admit(nodes_[i]->record),
            [&admitted](Result<catalog::NodeRecord> record) { admitted = std::move(record); });
    });
    if (!world_.RunUntil([&] { return admitted.has_value(); }, kStartWithin)) {
      return Internal("a request to join is not answered");
    }
    if (!admitted->ok()) return admitted->status();
    nodes_[i]->record.set_id((*admitted)->id());
    return OkStatus();
  }
  return Unavailable("no node serves");
}

Status SimulatedCluster::Begin(int i) {
  SKERRY_RETURN_IF_ERROR(Join(i));
  Node& node = *nodes_[i];
  node.life = ++last_life_;
  node.serving = false;
  const std::string name = "node-" + std::to_string(i);
  node.reactors = {&world_.AddExecutor(node.life, name + "-reactor-0"),
                   &world_.AddExecutor(node.life, name + "-reactor-1")};
  auto& peers = world_.AddExecutor(node.life, name + "-peers");
  auto& log_executor = world_.AddExecutor(node.life, name + "-log");
  auto& blocking_executor = world_.AddExecutor(node.life, name + "-blocking");
  node::CoreOptions options{
      .disk = node.disk,
      .log_directory = "log",
      .log_identity = node.record.identity(),
      .log_must_exist = node.was_started,
      .max_log_bytes = 4 << 20,
      .clock = world_.clock(),
      .seed = world_.prng().Next(),
      .reactors = node.reactors,
      .log_executor = log_executor,
      .blocking_executor = blocking_executor,
      .transport = &network_.AddNode(NodeId(node.record.id()), peers),
      .liveness_executor = &world_.AddExecutor(node.life, name + "-liveness")};
  options.catalog.cluster = catalog::Membership{.node = node.record,
                                                .founder = node.record.id() == 1,
                                                .cluster_id = kClusterId,
                                                .on_peer = [](NodeId, const std::string&) {}};
  const auto open_engine = [&node]() -> Result<std::unique_ptr<engine::Engine>> {
    return node.store->Open();
  };
  SKERRY_ASSIGN_OR_RETURN(node.core, node::Core::Open(open_engine, std::move(options)));
  const int life = node.life;
  node.reactors[0]->Post([&node, life] {
    Spawn(node.core->Start(), [&node, life](const Status& status) {
      SKERRY_CHECK_MSG(status.ok(), "a simulated node starts");
      if (node.life != life) return;
      node.serving = true;
      node.was_started = true;
    });
  });
  return OkStatus();
}

Status SimulatedCluster::Start(int i) {
  SKERRY_RETURN_IF_ERROR(Begin(i));
  if (!world_.RunUntil([&] { return IsServing(i); }, kStartWithin)) {
    return Internal("the node does not get ready");
  }
  return OkStatus();
}

void SimulatedCluster::Crash(int i, bool power_cut) {
  Node& node = *nodes_[i];
  network_.Kill(NodeId(node.record.id()));
  world_.Kill(node.life);
  node.store->Crash();
  node.core = nullptr;
  node.serving = false;
  node.disk.Crash(/*keep_unsynced=*/!power_cut);
}

}  // namespace skerry::simulation
