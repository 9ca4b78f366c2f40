// The jobs behind a table's life cycle. Each step may have been done before a crash, so each can be
// done again.

#include <utility>

#include "base/log.h"
#include "server/catalog/catalog.h"

namespace skerry::catalog {

void Catalog::StartJob(Task<void> job) {
  ++jobs_;
  Spawn(std::move(job), [this] {
    // Jobs end on the catalog's executor.
    if (--jobs_ > 0) return;
    for (auto& done : std::exchange(idle_waiters_, {})) done();
  });
}

void Catalog::WhenIdle(absl::AnyInvocable<void()> done) {
  home().Post([this, done = std::move(done)]() mutable {
    if (jobs_ == 0) {
      done();
    } else {
      idle_waiters_.push_back(std::move(done));
    }
  });
}

// CREATING -> groups made -> ACTIVE.
Task<void> Catalog::BringUp(TablePtr table) {
  if (options_.transition_delay > Duration::zero()) {
    co_await Sleep(home(), options_.transition_delay);
  }
  std::vector<PartitionRoute> routes = table->partitions;
  for (PartitionRoute& route : routes) {
    if (route.replica != nullptr) continue;
    Result<std::shared_ptr<replica::Replica>> replica =
        co_await replicas_.Create(route.group, table->schema);
    if (!replica.ok()) {
      LogError("table cannot be brought up",
               {{"table", table->record.name()}, {"error", replica.status().ToString()}});
      co_await SwitchTo(home());
      co_return;  // stays CREATING; the next start tries again
    }
    route.replica = std::move(*replica);
  }
  co_await SwitchTo(home());
  Publish(table->record, table->version, std::move(routes));
  TableRecord record = table->record;
  record.set_status(proto::catalog::v1::TABLE_STATUS_ACTIVE);
  const Result<TablePtr> active = co_await Write(std::move(record), table->version);
  if (!active.ok()) {
    LogError("table cannot be made active",
             {{"table", table->record.name()}, {"error", active.status().ToString()}});
  }
}

// DELETING -> groups and data removed -> gone.
Task<void> Catalog::TakeDown(TablePtr table) {
  if (options_.transition_delay > Duration::zero()) {
    co_await Sleep(home(), options_.transition_delay);
  }
  for (const PartitionRoute& route : table->partitions) {
    if (route.replica == nullptr) continue;  // went before the crash
    const Status removed = co_await replicas_.Destroy(route.replica);
    if (!removed.ok()) {
      LogError("table cannot be removed",
               {{"table", table->record.name()}, {"error", removed.ToString()}});
      co_await SwitchTo(home());
      co_return;  // stays DELETING; the next start tries again
    }
  }
  co_await SwitchTo(home());
  const Status erased = co_await Erase(table);
  if (!erased.ok()) {
    LogError("table cannot be erased",
             {{"table", table->record.name()}, {"error", erased.ToString()}});
  }
}

}  // namespace skerry::catalog
