#include "server/node/node.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/memory_disk.h"
#include "base/metrics.h"
#include "base/posix_disk.h"
#include "base/thread_executor.h"
#include "server/admin/admin_front.h"
#include "server/auth/authenticator.h"
#include "server/dynamodb/dynamodb_front.h"
#include "server/http/reactor.h"
#include "server/http/server.h"
#include "server/node/cluster_commands.h"
#include "server/node/cluster_page.h"
#include "server/node/core.h"
#include "server/node/data_directory.h"
#include "server/node/peer_port.h"
#include "server/node/version.h"
#include "storage/engine/memory/memory_engine.h"
#include "storage/engine/rocksdb/rocksdb_engine.h"
#include "storage/partition/row_key.h"

namespace skerry::node {
namespace {

Result<std::unique_ptr<auth::SignatureAuthenticator>> MakeAuthenticator(const Config& config,
                                                                        const Clock& clock) {
  auth::AuthenticatorOptions options;
  options.required = config.auth_required;
  options.separate_accounts = config.separate_accounts;
  for (const AccessKey& key : config.access_keys) {
    auth::AccessKey& added = options.keys.emplace_back();
    added.id = key.id;
    added.secret = key.secret;
    if (!key.account.empty()) added.account = key.account;
    added.session_token = key.session_token;
  }
  return auth::SignatureAuthenticator::Make(std::move(options), clock);
}

constexpr Duration kMembershipEvery = std::chrono::seconds(5);

uint64_t RandomSeed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

// A quarter of the memory is left to connections, requests and code.
size_t EngineMemory(const Config& config) { return config.memory_bytes / 4 * 3; }

// The log of a node that keeps nothing lies in memory, too, and is never read.
uint64_t LogBytesMax(const Config& config) {
  if (!config.in_memory) return config.log_bytes;
  return std::min(config.log_bytes,
                  std::clamp<uint64_t>(config.memory_bytes / 8, 2 << 20, 8 << 20));
}

// Each byte of a write that is under way stands in its request, its log entry and the overlay.
uint64_t PendingBytesMax(const Config& config) {
  return std::clamp<uint64_t>(config.memory_bytes / 8, 4 << 20, 64 << 20);
}

Result<std::unique_ptr<engine::Engine>> OpenEngine(const Config& config, const std::string& path,
                                                   Executor& blocking) {
  if (config.in_memory) {
    return engine::NewMemoryEngine(
        {.limit_bytes = EngineMemory(config), .executor = &blocking, .outlives_crashes = false});
  }
  engine::RocksDbOptions options{.path = path, .memory_bytes = EngineMemory(config)};
  options.sequence = {.first = partition::kGroupSpace, .shared = partition::kKeptPrefixBytes};
  options.log = [](std::string_view line) {
    LogWarning("engine", {{"detail", std::string(line)}});
  };
  return engine::OpenRocksDb(options);
}

}  // namespace

struct Node::Parts {
  explicit Parts(const Config& given) : config(given) {}

  Status Open();
  Status BecomeMember();
  Status StartCore();
  void Serve();
  Status Listen();
  Status ListenForAdmin();
  void AddMetrics();
  std::vector<http::Reactor*> AllReactors() const;
  Status Stop();
  void RunReactors();
  void OnUnfit(const Status& why);
  void WatchMembership();
  void AskWhetherMember();

  const Config config;
  SystemClock clock;
  std::unique_ptr<Disk> disk;
  std::optional<DataDirectory> directory;
  std::unique_ptr<ThreadExecutor> log_executor;
  std::unique_ptr<ThreadExecutor> liveness_executor;  // of a node in a cluster
  std::unique_ptr<ThreadExecutor> blocking_executor;
  std::vector<std::unique_ptr<http::Reactor>> reactors;
  std::unique_ptr<Metrics> metrics;
  std::unique_ptr<PeerPort> peers;
  std::string cluster;  // its id; empty: in none
  std::unique_ptr<Core> core;
  std::unique_ptr<auth::SignatureAuthenticator> authenticator;
  std::unique_ptr<dynamodb::DynamoDbFront> front;
  std::unique_ptr<http::Server> server;
  std::atomic<bool> serving = false;
  std::mutex unfit_mutex;
  std::string unfit;  // why this node must end; guarded by unfit_mutex
  std::unique_ptr<admin::AdminFront> admin_front;
  std::unique_ptr<http::Server> admin_server;
};

Status Node::Parts::Open() {
  SKERRY_ASSIGN_OR_RETURN(authenticator, MakeAuthenticator(config, clock));
  if (config.in_memory) {
    disk = std::make_unique<MemoryDisk>();
  } else {
    disk = std::make_unique<PosixDisk>();
  }
  log_executor = std::make_unique<ThreadExecutor>("log", clock);
  blocking_executor = std::make_unique<ThreadExecutor>("blocking", clock);
  const int wanted =
      config.reactors > 0 ? config.reactors : static_cast<int>(std::thread::hardware_concurrency());
  std::vector<Executor*> executors;
  for (int i = 0; i < std::max(wanted, 1); ++i) {
    reactors.push_back(std::make_unique<http::Reactor>(i, fmt::format("reactor-{}", i), clock));
    executors.push_back(reactors.back().get());
  }
  // What may refuse comes before what writes.
  SKERRY_RETURN_IF_ERROR(Listen());
  SKERRY_RETURN_IF_ERROR(ListenForAdmin());
  SKERRY_ASSIGN_OR_RETURN(
      DataDirectory opened,
      DataDirectory::Open(*disk, config.in_memory ? "/memory" : config.data_dir));
  directory.emplace(std::move(opened));
  metrics = std::make_unique<Metrics>(reactors.size());
  SKERRY_RETURN_IF_ERROR(BecomeMember());
  CoreOptions options{
      .disk = *disk,
      .log_directory = directory->log_path(),
      .log_identity = directory->identity(),
      .log_must_exist = directory->complete(),
      .durability =
          config.relaxed_durability ? host::Durability::kRelaxed : host::Durability::kSynced,
      .max_log_bytes = LogBytesMax(config),
      .admission = {.pending_bytes_max = PendingBytesMax(config)},
      .clock = clock,
      .seed = RandomSeed(),
      .reactors = executors,
      .log_executor = *log_executor,
      .blocking_executor = *blocking_executor,
      .transport = peers == nullptr ? nullptr : &peers->transport(),
      .catalog = {.transition_delay = std::chrono::milliseconds(config.transition_delay_ms),
                  .split_bytes = config.split_bytes,
                  .replace_dead_after = std::chrono::seconds(config.replace_dead_after_seconds)},
      .coordinator = {.region = config.region}};
  if (peers != nullptr) {
    options.catalog.cluster = peers->TakeMembership();
    options.catalog.cluster->on_unfit = [this](const Status& why) { OnUnfit(why); };
    options.catalog.speaks = config.speaks();
    liveness_executor = std::make_unique<ThreadExecutor>("liveness", clock);
    options.liveness_executor = liveness_executor.get();
  }
  const auto open_engine = [this] {
    return OpenEngine(config, directory->engine_path(), *blocking_executor);
  };
  SKERRY_ASSIGN_OR_RETURN(core, Core::Open(open_engine, std::move(options)));
  if (peers == nullptr) return OkStatus();
  peers->ServeJoins(core->catalog(), cluster);
  return peers->Listen(config).WithContext("peer port (--peer-address, --peer-port)");
}

// What the data directory and the flags say of a cluster.
Status Node::Parts::BecomeMember() {
  if (!config.clustered()) {
    if (directory->membership().cluster.empty()) return OkStatus();
    return FailedPrecondition(fmt::format(
        "{} belongs to node {} of a cluster: start it with --peer-port, or choose another with "
        "--data-dir",
        config.data_dir, directory->membership().node));
  }
  const std::string admin_endpoint =
      admin_server == nullptr ? ""
                              : fmt::format("{}:{}", config.admin_address, admin_server->port());
  SKERRY_ASSIGN_OR_RETURN(
      peers,
      PeerPort::Open(config, *directory, fmt::format("{}:{}", config.address, server->port()),
                     admin_endpoint, metrics.get()));
  cluster = directory->membership().cluster;
  return OkStatus();
}

void Node::Parts::OnUnfit(const Status& why) {
  {
    const std::lock_guard lock(unfit_mutex);
    if (!unfit.empty()) return;
    unfit = why.message();
  }
  LogError("this node cannot take part in its cluster any more, and ends",
           {{"why", std::string(why.message())}});
  kill(getpid(), SIGTERM);
}

// A node that was removed while it was away has nobody that talks to it. One that cannot reach the
// catalog's leader for a while asks the others whether it was.
void Node::Parts::WatchMembership() {
  reactors.front()->PostAfter(kMembershipEvery, [this] {
    if (!serving) return;
    Spawn(core->catalog().Refresh(), [this](const Status& fresh) {
      if (fresh.ok()) {
        WatchMembership();
      } else {
        blocking_executor->Post([this] { AskWhetherMember(); });
      }
    });
  });
}

void Node::Parts::AskWhetherMember() {
  const std::shared_ptr<const catalog::View> view = core->catalog().view();
  const std::optional<catalog::NodeRecord> own = core->catalog().OwnRecord();
  for (const auto& [id, node] : view->nodes) {
    if (!serving || !own || id == NodeId(own->id())) continue;
    const Status member = peers->AskWhetherMember(node.record.peer_address(), *own, cluster);
    if (member.code() == StatusCode::kFailedPrecondition) {
      OnUnfit(member);
      return;
    }
  }
  if (serving) WatchMembership();
}

void Node::Parts::RunReactors() {
  for (const auto& reactor : reactors) reactor->Start();
}

Status Node::Parts::StartCore() {
  std::promise<Status> started;
  reactors.front()->Post([this, &started] {
    Spawn(core->Start(), [&started](Status status) { started.set_value(std::move(status)); });
  });
  SKERRY_RETURN_IF_ERROR(started.get_future().get());
  return directory->MarkComplete();
}

// Of a core that serves.
void Node::Parts::Serve() {
  if (admin_server != nullptr) AddMetrics();
  front = std::make_unique<dynamodb::DynamoDbFront>(
      core->operations(), *authenticator,
      dynamodb::DynamoDbOptions{.region = config.region,
                                .separate_accounts = config.separate_accounts,
                                .request_id_seed = RandomSeed(),
                                .cors = !config.cors_origin.empty(),
                                .cors_origin = config.cors_origin,
                                .metrics = metrics.get()});
  server->Serve();
  serving = true;
  if (peers != nullptr) WatchMembership();
  if (admin_server == nullptr) return;
  admin::AdminFront::Cluster page;
  admin::AdminFront::Command command;
  if (peers != nullptr) {
    page = [this] {
      const std::shared_ptr<const catalog::View> view = core->catalog().view();
      return ClusterPage({*view, NodeId(directory->membership().node), core->catalog().leader(),
                          [this](NodeId node) { return core->host().IsAway(node); }});
    };
    command = [this](std::string name, std::string body) {
      return RunClusterCommand(core->catalog(), core->groups(), std::move(name), std::move(body));
    };
  }
  admin_front = std::make_unique<admin::AdminFront>(
      *metrics, [this] { return serving.load() ? OkStatus() : Unavailable("draining"); },
      std::move(page), std::move(command));
  admin_server->Serve();
}

Status Node::Parts::Listen() {
  http::ServerOptions options;
  options.address = config.address;
  options.port = config.port;
  options.tls_certificate_file = config.tls_certificate;
  options.tls_key_file = config.tls_key;
  options.large_bodies_max = config.memory_bytes / 8;
  Result<std::unique_ptr<http::Server>> started = http::Server::Listen(
      std::move(options), AllReactors(), [this](const HttpRequest& request, Executor& reactor) {
        return front->Serve(request, reactor);
      });
  if (!started.ok()) {
    // Anything else names what is wrong by itself.
    const bool busy = started.status().code() == StatusCode::kUnavailable;
    return busy ? started.status().WithContext("data port (--address, --port)") : started.status();
  }
  server = std::move(*started);
  return OkStatus();
}

std::vector<http::Reactor*> Node::Parts::AllReactors() const {
  std::vector<http::Reactor*> all;
  for (const auto& reactor : reactors) all.push_back(reactor.get());
  return all;
}

void Node::Parts::AddMetrics() {
  admin::AddBuildInfo(metrics.get(), std::string(kVersion), "");
  const auto count = [this](std::string name, std::string help, auto read) {
    metrics->AddCounterReading(std::move(name), std::move(help), {}, [this, read] {
      return static_cast<double>(read(server->counters()));
    });
  };
  using Counters = http::Server::Counters;
  count("skerry_http_connections_accepted_total", "Connections of clients that were accepted",
        [](const Counters& c) { return c.connections_accepted; });
  count("skerry_http_requests_total", "Requests that reached an operation or the health check",
        [](const Counters& c) { return c.requests; });
  count("skerry_http_refusals_total", "Requests that were refused before that",
        [](const Counters& c) { return c.refusals; });
  const auto gauge = [this](std::string name, std::string help, Metrics::ReadValue read) {
    metrics->AddGauge(std::move(name), std::move(help), {}, std::move(read));
  };
  gauge("skerry_http_connections", "Connections of clients that are open",
        [this] { return static_cast<double>(server->counters().connections_open); });
  gauge("skerry_log_bytes", "Size of the log's live segments",
        [this] { return static_cast<double>(core->host().LogBytes()); });
  gauge("skerry_writes_pending_bytes", "Proposed and not yet applied",
        [this] { return static_cast<double>(core->admission().pending_bytes()); });
  metrics->AddCounterReading("skerry_writes_refused_total",
                             "Writes refused for lack of room before they were logged", {},
                             [this] { return static_cast<double>(core->admission().refusals()); });
  gauge("skerry_engine_memtable_bytes", "Written and not yet flushed",
        [this] { return static_cast<double>(core->engine().GetStats().memtable_bytes); });
  gauge("skerry_engine_table_bytes", "Size of the engine's live files",
        [this] { return static_cast<double>(core->engine().GetStats().table_bytes); });
  const LevelInForce& level = core->host().level();
  gauge("skerry_cluster_version", "That this node goes by (docs/operating.md, Upgrading)",
        [&level] { return static_cast<double>(level.level()); });
  metrics->AddCounterReading("skerry_beyond_version_total",
                             "Packets of a cluster version that this node does not speak", {},
                             [&level] { return static_cast<double>(level.beyond()); });
  gauge("skerry_tables", "Tables of all accounts",
        [this] { return static_cast<double>(core->catalog().view()->tables.size()); });
}

Status Node::Parts::ListenForAdmin() {
  if (!config.admin) return OkStatus();
  http::ServerOptions options;
  options.address = config.admin_address;
  options.port = config.admin_port;
  Result<std::unique_ptr<http::Server>> started = http::Server::Listen(
      std::move(options), AllReactors(), [this](const HttpRequest& request, Executor& reactor) {
        return admin_front->Serve(request, reactor);
      });
  if (!started.ok()) return started.status().WithContext("admin port (--admin-port, --no-admin)");
  admin_server = std::move(*started);
  return OkStatus();
}

Status Node::Parts::Stop() {
  serving = false;
  server->Shutdown(std::chrono::seconds(config.drain_seconds));
  if (admin_server != nullptr) admin_server->Shutdown(Duration::zero());
  std::promise<void> stopped;
  core->Stop([&stopped] { stopped.set_value(); });
  stopped.get_future().get();
  for (const auto& reactor : reactors) reactor->Stop();
  log_executor->Stop();
  if (liveness_executor != nullptr) liveness_executor->Stop();
  Status closed = core->Close();
  blocking_executor->Stop();
  return closed;
}

Node::Node(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Node::~Node() = default;

Result<std::unique_ptr<Node>> Node::Start(const Config& config) {
  auto parts = std::make_unique<Parts>(config);
  SKERRY_RETURN_IF_ERROR(parts->Open());
  parts->RunReactors();
  if (Status status = parts->StartCore(); !status.ok()) {
    for (const auto& reactor : parts->reactors) reactor->Stop();
    return status;
  }
  parts->Serve();
  return std::unique_ptr<Node>(new Node(std::move(parts)));
}

uint16_t Node::port() const { return parts_->server->port(); }
uint16_t Node::admin_port() const {
  return parts_->admin_server == nullptr ? 0 : parts_->admin_server->port();
}

std::string Node::unfit() const {
  const std::lock_guard lock(parts_->unfit_mutex);
  return parts_->unfit;
}

Status Node::Stop() { return parts_->Stop(); }

}  // namespace skerry::node
