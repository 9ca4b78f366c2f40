// The jobs behind a table's life cycle. Each step may have been done before a crash, so each can be
// done again.

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "server/catalog/catalog.h"

namespace skerry::catalog {

namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(20);
constexpr Duration kPauseMax = std::chrono::seconds(1);

// Of what is full or busy now there may be room later.
bool Passes(StatusCode code) {
  return code == StatusCode::kResourceExhausted || code == StatusCode::kStorageFull;
}

}  // namespace

// Whether the step that failed so should be done again now, after a pause. A node that stops does
// not wait for it: what is not done, the next start finds and does.
Task<bool> Catalog::Again(const Table* table, StatusCode failure, Duration* pause) {
  co_await SwitchTo(home());
  if (!Passes(failure) || stopping_) co_return false;
  EndWaits(table);  // room may be long in coming
  co_await Sleep(home(), *pause);
  *pause = std::min(*pause * 2, kPauseMax);
  co_return !stopping_;
}

void Catalog::StartJob(TablePtr table, Task<void> job) {
  jobs_.try_emplace(table.get());
  Spawn(std::move(job), [this, table] {
    // Jobs end on the catalog's executor.
    EndWaits(table.get());
    jobs_.erase(table.get());
    if (!jobs_.empty()) return;
    for (auto& done : std::exchange(idle_waiters_, {})) done();
  });
}

void Catalog::EndWaits(const Table* table) {
  for (auto& done : std::exchange(jobs_.at(table), {})) done();
}

Task<void> Catalog::Settled(TablePtr changed) {
  if (options_.transition_delay > Duration::zero()) co_return;
  co_await SwitchTo(home());
  const auto job = jobs_.find(changed.get());
  if (job == jobs_.end()) co_return;
  co_await AwaitCallback<bool>([job](auto done) {
    job->second.push_back([done = std::move(done)]() mutable { done(true); });
  });
}

void Catalog::WhenIdle(absl::AnyInvocable<void()> done) {
  home().Post([this, done = std::move(done)]() mutable {
    stopping_ = true;
    if (jobs_.empty()) {
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
    Duration pause = kFirstPause;
    while (route.replica == nullptr) {
      Result<std::shared_ptr<replica::Replica>> replica =
          co_await replicas_.Create(route.group, table->schema);
      if (replica.ok()) {
        route.replica = std::move(*replica);
        break;
      }
      const bool again = co_await Again(table.get(), replica.status().code(), &pause);
      if (again) continue;
      LogError("table cannot be brought up",
               {{"table", table->record.name()}, {"error", replica.status().ToString()}});
      co_return;  // stays CREATING; the next start tries again
    }
  }
  co_await SwitchTo(home());
  Publish(table->record, table->version, std::move(routes));
  TableRecord record = table->record;
  record.set_status(proto::catalog::v1::TABLE_STATUS_ACTIVE);
  Duration pause = kFirstPause;
  while (true) {
    const Result<TablePtr> active = co_await Write(record, table->version);
    if (active.ok()) co_return;
    const bool again = co_await Again(table.get(), active.status().code(), &pause);
    if (again) continue;
    LogError("table cannot be made active",
             {{"table", table->record.name()}, {"error", active.status().ToString()}});
    co_return;
  }
}

// DELETING -> groups and data removed -> gone.
Task<void> Catalog::TakeDown(TablePtr table) {
  if (options_.transition_delay > Duration::zero()) {
    co_await Sleep(home(), options_.transition_delay);
  }
  for (const PartitionRoute& route : table->partitions) {
    if (route.replica == nullptr) continue;  // went before the crash
    Duration pause = kFirstPause;
    while (true) {
      const Status removed = co_await replicas_.Destroy(route.replica);
      if (removed.ok()) break;
      const bool again = co_await Again(table.get(), removed.code(), &pause);
      if (again) continue;
      LogError("table cannot be removed",
               {{"table", table->record.name()}, {"error", removed.ToString()}});
      co_return;  // stays DELETING; the next start tries again
    }
  }
  co_await SwitchTo(home());
  Duration pause = kFirstPause;
  while (true) {
    const Status erased = co_await Erase(table);
    if (erased.ok()) co_return;
    const bool again = co_await Again(table.get(), erased.code(), &pause);
    if (again) continue;
    LogError("table cannot be erased",
             {{"table", table->record.name()}, {"error", erased.ToString()}});
    co_return;
  }
}

}  // namespace skerry::catalog
