#include "tests/simulation/simulated_cluster.h"

#include <algorithm>
#include <utility>

namespace skerry::simulation {
namespace {

constexpr Duration kStartWithin = std::chrono::seconds(60);
constexpr Duration kJoinWithin = std::chrono::seconds(5);
constexpr const char* kClusterId = "simulated";

engine::MemoryOptions StoreOptions(const ClusterOptions& options) {
  return {.limit_bytes = size_t{256} << 20, .flush_after_bytes = options.flush_after_bytes};
}

}  // namespace

SimulatedCluster::Node::Node(Prng& prng, const ClusterOptions& options)
    : disk(prng, options.disk), store(engine::MemoryStore::Create(StoreOptions(options))) {}

SimulatedCluster::SimulatedCluster(uint64_t seed, ClusterOptions options)
    : options_(std::move(options)), world_(seed), network_(world_, options_.network) {
  for (int i = 0; i < options_.nodes; ++i) nodes_.push_back(NewNode(i));
  nodes_.front()->record.set_id(1);
}

SimulatedCluster::~SimulatedCluster() {
  for (int i = 0; i < size(); ++i) {
    if (IsUp(i)) Crash(i, /*power_cut=*/false);
  }
}

std::unique_ptr<SimulatedCluster::Node> SimulatedCluster::NewNode(int i) {
  auto node = std::make_unique<Node>(world_.prng(), options_);
  node->record.set_identity(++last_identity_);
  node->record.set_peer_address("node-" + std::to_string(i));
  return node;
}

bool SimulatedCluster::KnowsOfRemoval(int i) const {
  const auto own = nodes_[i]->core->catalog().OwnRecord();
  return own && own->state() == proto::catalog::v1::NODE_STATE_REMOVED;
}

void SimulatedCluster::Wipe(int i) {
  SKERRY_CHECK(!IsUp(i));
  nodes_[i] = NewNode(i);
}

// What the peer port does for a real node: any node that serves lets it in.
Status SimulatedCluster::Join(int i) {
  if (HasJoined(i)) return OkStatus();
  for (int k = 0; k < size(); ++k) {
    if (!IsUp(k) || !IsServing(k)) continue;
    // Outlives this call: the answer may come late.
    auto admitted = std::make_shared<std::optional<Result<catalog::NodeRecord>>>();
    reactor(k, 0).Post([this, i, k, admitted] {
      Spawn(core(k).catalog().Admit(nodes_[i]->record, nodes_[i]->speaks),
            [admitted](Result<catalog::NodeRecord> record) { *admitted = std::move(record); });
    });
    if (!world_.RunUntil([&] { return admitted->has_value(); }, kJoinWithin)) {
      return Unavailable("a request to join is not answered");
    }
    if (!(*admitted)->ok()) return (*admitted)->status();
    nodes_[i]->record.set_id((**admitted)->id());
    return OkStatus();
  }
  return Unavailable("no node serves");
}

// Another life may be on another machine.
void SimulatedCluster::SetClocks(Node& node) {
  const auto between = [this](int64_t max) {
    return max == 0 ? 0 : static_cast<int64_t>(prng().Below(2 * static_cast<uint64_t>(max))) - max;
  };
  node.clock = std::make_unique<sim::DriftingClock>(node.reactors.front()->clock(),
                                                    between(options_.drift_ppm_max), Duration(0));
  world_.SetSkew(node.life, Micros(Duration(between(options_.skew_max.count()))));
}

Status SimulatedCluster::OpenCore(Node& node, const std::string& name) {
  node.reactors = {&world_.AddExecutor(node.life, name + "-reactor-0"),
                   &world_.AddExecutor(node.life, name + "-reactor-1")};
  auto& peers = world_.AddExecutor(node.life, name + "-peers");
  node.on_disk = {&world_.AddExecutor(node.life, name + "-log"),
                  &world_.AddExecutor(node.life, name + "-blocking"),
                  &world_.AddExecutor(node.life, name + "-liveness")};
  SetClocks(node);
  node::CoreOptions options{.disk = node.disk,
                            .log_directory = "log",
                            .log_identity = node.record.identity(),
                            .log_must_exist = node.was_started,
                            .max_log_bytes = options_.max_log_bytes,
                            .clock = *node.clock,
                            .seed = world_.prng().Next(),
                            .reactors = node.reactors,
                            .log_executor = *node.on_disk[0],
                            .blocking_executor = *node.on_disk[1],
                            .transport = &network_.AddNode(NodeId(node.record.id()), peers)};
  if (options_.leases) options.liveness_executor = node.on_disk[2];
  options.on_fatal = [&node](const Status& status) { node.failure = status; };
  options.tune_host = [this](host::HostOptions* host) {
    host->tick = options_.tick;
    host->support_promise = options_.support_promise;
    host->support_interval = options_.support_promise / 5;
    if (options_.segment_bytes == 0) return;
    host->segment_bytes = options_.segment_bytes;
    host->first_segment_bytes = std::min(host->first_segment_bytes, options_.segment_bytes);
  };
  options.catalog.replication_factor = options_.replication_factor;
  options.catalog.split_bytes = options_.split_bytes;
  options.catalog.replace_dead_after = options_.replace_dead_after;
  options.catalog.speaks = node.speaks;
  options.catalog.cluster =
      catalog::Membership{.node = node.record,
                          .founder = node.record.id() == 1,
                          .cluster_id = kClusterId,
                          .on_peer = [](NodeId, const std::string&) {},
                          .on_unfit = [&node](const Status& why) { node.failure = why; }};
  const auto open_engine = [&node]() -> Result<std::unique_ptr<engine::Engine>> {
    return node.store->Open();
  };
  SKERRY_ASSIGN_OR_RETURN(node.core, node::Core::Open(open_engine, std::move(options)));
  return OkStatus();
}

Status SimulatedCluster::Begin(int i) {
  SKERRY_RETURN_IF_ERROR(Join(i));
  Node& node = *nodes_[i];
  node.life = ++last_life_;
  node.serving = false;
  node.paused = false;
  node.failure = OkStatus();
  if (Status opened = OpenCore(node, "node-" + std::to_string(i)); !opened.ok()) {
    Bury(node);
    return opened;
  }
  node.was_started = true;
  node.reactors[0]->Post([&node, life = node.life] {
    Spawn(node.core->Start(), [&node, life](const Status& status) {
      if (node.life != life) return;
      if (status.ok()) {
        node.serving = true;
      } else if (node.failure.ok()) {
        node.failure = status;
      }
    });
  });
  return OkStatus();
}

Status SimulatedCluster::Start(int i) {
  SKERRY_RETURN_IF_ERROR(Begin(i));
  if (!world_.RunUntil([&] { return IsServing(i) || !failure(i).ok(); }, kStartWithin)) {
    return Internal("the node does not get ready");
  }
  return failure(i);
}

void SimulatedCluster::Bury(Node& node) {
  network_.Kill(NodeId(node.record.id()));
  world_.Kill(node.life);
  node.store->Crash();
  node.core = nullptr;
  node.serving = false;
  node.paused = false;
  node.failure = OkStatus();
}

void SimulatedCluster::Crash(int i, bool power_cut) {
  Bury(*nodes_[i]);
  nodes_[i]->disk.Crash(/*keep_unsynced=*/!power_cut);
}

Status SimulatedCluster::Stop(int i, Duration within) {
  Node& node = *nodes_[i];
  auto stopped = std::make_shared<bool>(false);
  node.serving = false;
  node.core->Stop([stopped] { *stopped = true; });
  if (!world_.RunUntil([&] { return *stopped; }, within)) {
    Crash(i, /*power_cut=*/false);
    return DeadlineExceeded("the node does not stop");
  }
  Status closed = node.core->Close();
  Crash(i, /*power_cut=*/false);
  return closed;
}

void SimulatedCluster::Pause(int i) {
  nodes_[i]->paused = true;
  world_.Pause(nodes_[i]->life);
  network_.Pause(id(i));
}

void SimulatedCluster::Resume(int i) {
  nodes_[i]->paused = false;
  world_.Resume(nodes_[i]->life);
  network_.Resume(id(i));
}

void SimulatedCluster::StallDisk(int i, bool stalled) {
  for (sim::SimExecutor* executor : nodes_[i]->on_disk) executor->SetStalled(stalled);
}

void SimulatedCluster::SlowDisk(int i, Duration by) {
  for (sim::SimExecutor* executor : nodes_[i]->on_disk) executor->SetSlowness(by);
}

}  // namespace skerry::simulation
