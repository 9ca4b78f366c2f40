#include "server/node/core.h"

#include <utility>

namespace skerry::node {

Result<std::unique_ptr<Core>> Core::Open(std::unique_ptr<engine::Engine> engine,
                                         CoreOptions options) {
  host::HostOptions host_options{.disk = options.disk,
                                 .directory = options.log_directory,
                                 .identity = options.log_identity,
                                 .must_exist = options.log_must_exist,
                                 .clock = options.clock,
                                 .log_executor = options.log_executor,
                                 .blocking_executor = options.blocking_executor,
                                 .durability = options.durability,
                                 .max_log_bytes = options.max_log_bytes,
                                 .on_fatal = std::move(options.on_fatal)};
  SKERRY_ASSIGN_OR_RETURN(std::unique_ptr<host::Host> host,
                          host::Host::Open(std::move(host_options)));
  return std::unique_ptr<Core>(new Core(std::move(engine), std::move(host), options));
}

Core::Core(std::unique_ptr<engine::Engine> engine, std::unique_ptr<host::Host> host,
           const CoreOptions& options)
    : engine_(std::move(engine)),
      host_(std::move(host)),
      replicas_(*host_, *engine_, options.reactors),
      catalog_(replicas_, options.catalog),
      router_(catalog_),
      coordinator_(catalog_, router_, options.clock, options.seed, options.coordinator) {
  engine_->SetFlushListener([this] { host_->NotifyFlushed(); });
}

Core::~Core() { engine_->SetFlushListener(nullptr); }

Task<Status> Core::Start() { co_return co_await catalog_.Start(); }

void Core::Stop(absl::AnyInvocable<void()> done) {
  catalog_.WhenIdle([this, done = std::move(done)]() mutable { host_->Stop(std::move(done)); });
}

Status Core::Close() { return engine_->Close(); }

}  // namespace skerry::node
