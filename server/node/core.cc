#include "server/node/core.h"

#include <algorithm>
#include <utility>

#include "server/forwarding/group_service.h"
#include "server/forwarding/partition_service.h"
#include "storage/partition/partition.h"

namespace skerry::node {
namespace {

constexpr uint64_t kSegmentBytesMin = 1 << 20;
constexpr uint64_t kSegmentBytesMax = 64 << 20;

// A segment counts in full from its first byte, and the newest can never go: were one larger than
// the log may be, no write would be admitted after its beginning.
uint64_t SegmentBytes(uint64_t max_log_bytes) {
  return std::clamp(max_log_bytes / 4, kSegmentBytesMin, kSegmentBytesMax);
}

}  // namespace

Result<std::unique_ptr<Core>> Core::Open(OpenEngine open_engine, CoreOptions options) {
  host::HostOptions host_options{.disk = options.disk,
                                 .directory = options.log_directory,
                                 .identity = options.log_identity,
                                 .must_exist = options.log_must_exist,
                                 .clock = options.clock,
                                 .log_executor = options.log_executor,
                                 .blocking_executor = options.blocking_executor,
                                 .durability = options.durability,
                                 .segment_bytes = SegmentBytes(options.max_log_bytes),
                                 .max_log_bytes = options.max_log_bytes,
                                 .transport = options.transport,
                                 .seed = options.seed,
                                 .liveness_executor = options.liveness_executor,
                                 .spoken = options.catalog.speaks,
                                 .level = kOldestLevel,
                                 .level_is_provisional = true,
                                 .on_fatal = std::move(options.on_fatal)};
  if (options.tune_host) options.tune_host(&host_options);
  SKERRY_ASSIGN_OR_RETURN(std::unique_ptr<host::Host> host,
                          host::Host::Open(std::move(host_options)));
  SKERRY_ASSIGN_OR_RETURN(std::unique_ptr<engine::Engine> engine, open_engine());
  for (const GroupId group : host->RecoveredGroups()) {
    SKERRY_ASSIGN_OR_RETURN(const LogIndex applied,
                            partition::Partition::AppliedIn(*engine, group));
    SKERRY_ASSIGN_OR_RETURN(const LogIndex installed,
                            replica::Replica::InstalledIn(*engine, group));
    SKERRY_RETURN_IF_ERROR(host->Check(group, applied, installed));
  }
  SKERRY_RETURN_IF_ERROR(host->Begin());
  if (options.catalog.reader == nullptr) options.catalog.reader = &options.blocking_executor;
  return std::unique_ptr<Core>(new Core(std::move(engine), std::move(host), options));
}

Core::Core(std::unique_ptr<engine::Engine> engine, std::unique_ptr<host::Host> host,
           CoreOptions& options)
    : engine_(std::move(engine)),
      host_(std::move(host)),
      replicas_(*host_, *engine_, options.reactors, options.admission),
      peers_(options.catalog.cluster ? NodeId(options.catalog.cluster->node.id()) : NodeId(1),
             options.transport, options.reactors, options.seed),
      partitions_(peers_, *options.reactors.front(), options.seed),
      groups_(peers_),
      catalog_(replicas_, partitions_, groups_, std::move(options.catalog)),
      router_(catalog_, partitions_, groups_),
      coordinator_(catalog_, router_, options.clock, options.seed, options.coordinator) {
  engine_->SetFlushListener([this] { host_->NotifyFlushed(); });
  peers_.SetIsAway([host = host_.get()](NodeId node) { return host->IsAway(node); });
  forwarding::ServePartitions(replicas_, &peers_);
  forwarding::ServeGroups(replicas_, &peers_);
}

Core::~Core() { engine_->SetFlushListener(nullptr); }

Task<Status> Core::Start() {
  peers_.Start();
  co_return co_await catalog_.Start();
}

void Core::Stop(absl::AnyInvocable<void()> done) {
  catalog_.WhenIdle([this, done = std::move(done)]() mutable {
    peers_.Stop();
    host_->Stop(std::move(done));
  });
}

Status Core::Close() { return engine_->Close(); }

}  // namespace skerry::node
