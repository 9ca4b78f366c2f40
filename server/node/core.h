#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/executor.h"
#include "base/status.h"
#include "base/task.h"
#include "replication/host/host.h"
#include "server/api/operations.h"
#include "server/catalog/catalog.h"
#include "server/operations/coordinator.h"
#include "server/replica/replicas.h"
#include "server/router/router.h"
#include "storage/engine/engine.h"

namespace skerry::node {

// References outlive the Core.
struct CoreOptions {
  Disk& disk;
  std::string log_directory;
  uint64_t log_identity = 0;
  bool log_must_exist = false;
  host::Durability durability = host::Durability::kSynced;
  uint64_t max_log_bytes = 256 << 20;
  replica::AdmissionOptions admission = {};
  absl::AnyInvocable<void(const Status&)> on_fatal;

  const Clock& clock;
  uint64_t seed = 0;  // of what needs chance: table ids
  std::vector<Executor*> reactors;
  Executor& log_executor;
  Executor& blocking_executor;

  // Of a node in a cluster (catalog.cluster is set): started and stopped with the log.
  transport::Transport* transport = nullptr;
  Executor* liveness_executor = nullptr;  // HostOptions::liveness_executor
  // Has a last look at how the log and the groups are opened, whose sizes and times simulation
  // draws. Null: nothing is changed.
  absl::AnyInvocable<void(host::HostOptions*)> tune_host;
  // What catalog.speaks says is the log's and the groups' measure, too.
  catalog::Options catalog;
  operations::CoordinatorOptions coordinator;
};

// A node without its edges: everything between the typed operations and disk, clock and executors.
// The simulator runs it as it is; Node puts sockets in front of it. Members are made from the
// bottom up and end the other way round.
class Core {
 public:
  // Reads the log, has the engine opened, looks whether the two belong together, and only then
  // begins to write the log: a start that is refused leaves the log as it was, and the engine
  // closed if it is for the log's sake. Blocks; before the reactors run.
  using OpenEngine = absl::AnyInvocable<Result<std::unique_ptr<engine::Engine>>()>;
  static Result<std::unique_ptr<Core>> Open(OpenEngine open_engine, CoreOptions options);
  ~Core();

  // Opens all tables; with the reactors running. Requests may be served when it ends
  // (Catalog::Start).
  Task<Status> Start();

  // After the last request was answered: lets jobs finish and ends the log. `done` runs on the
  // log's executor; the reactors may stop then. Close() after that.
  void Stop(absl::AnyInvocable<void()> done);
  // Flushes and closes the engine.
  Status Close();

  api::Operations& operations() { return coordinator_; }
  catalog::Catalog& catalog() { return catalog_; }
  forwarding::GroupClient& groups() { return groups_; }
  const replica::Replicas& replicas() const { return replicas_; }
  engine::Engine& engine() { return *engine_; }
  host::Host& host() { return *host_; }
  const replica::Admission& admission() { return replicas_.admission(); }

 private:
  Core(std::unique_ptr<engine::Engine> engine, std::unique_ptr<host::Host> host,
       CoreOptions& options);

  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<host::Host> host_;
  replica::Replicas replicas_;
  peers::Peers peers_;
  forwarding::PartitionClient partitions_;
  forwarding::GroupClient groups_;
  catalog::Catalog catalog_;
  router::Router router_;
  operations::Coordinator coordinator_;
};

}  // namespace skerry::node
