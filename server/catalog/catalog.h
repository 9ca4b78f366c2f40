#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/executor.h"
#include "base/status.h"
#include "base/task.h"
#include "server/catalog/table.h"
#include "server/replica/replicas.h"

namespace skerry::catalog {

struct Options {
  // Slows the life cycle of tables down so that it looks like the service's (CREATING and DELETING
  // for so long).
  Duration transition_delay = Duration::zero();
};

// The control plane: which tables there are, and the jobs that bring them into being and remove
// them. Tables live in a hidden table of their own, in group 1, written by conditional puts through
// the same replica code as every other item; the view of all of them is published immutable.
// Thread-safe: changes run one after another on the catalog replica's home executor. Everything
// handed in outlives it.
class Catalog {
 public:
  Catalog(replica::Replicas& replicas, Options options);
  ~Catalog();

  // Opens (or on a new node creates) the catalog's group, loads all tables, opens their partitions,
  // finishes what a crash left half done and removes what no table owns. Everything serves when it
  // ends.
  Task<Status> Start();

  std::shared_ptr<const View> view() const { return view_.load(std::memory_order_acquire); }

  // Writes a new table in the state CREATING and starts the job that makes it ACTIVE.
  // kAlreadyExists if there is one of that account and name; kStorageFull and kResourceExhausted as
  // of a write that grows. The record's partitions are chosen here.
  Task<Result<TablePtr>> Create(TableRecord record);
  // Replaces the record of a table, kAborted if it is no longer at `seen`'s version. As Create.
  Task<Result<TablePtr>> Update(TablePtr seen, TableRecord record);
  // Writes DELETING and starts the job that removes the table. As Update, but in a full store too.
  Task<Result<TablePtr>> Delete(TablePtr seen);

  // Ends when the job that `changed`, which Create or Delete gave, has begun is over or waits for
  // room, whether it went well or not; at once where transitions are slowed down. Ends on the
  // catalog's executor.
  Task<void> Settled(TablePtr changed);

  // For a graceful stop: runs `done` on the catalog's executor when no job is under way. Jobs that
  // wait for room give up.
  void WhenIdle(absl::AnyInvocable<void()> done);

 private:
  Task<Status> OpenCatalogGroup();
  Status LoadTables();
  Task<Status> OpenPartitions();
  Task<Status> RemoveOrphans();
  Task<Result<TablePtr>> Write(TableRecord record, uint64_t seen_version);
  Task<Status> Erase(TablePtr table);
  Task<Result<GroupId>> NextGroup();
  Task<void> BringUp(TablePtr table);
  Task<void> TakeDown(TablePtr table);
  void StartJob(TablePtr table, Task<void> job);
  void EndWaits(const Table* table);
  Task<bool> Again(const Table* table, StatusCode failure, Duration* pause);
  TablePtr Publish(TableRecord record, uint64_t version, std::vector<PartitionRoute> partitions);
  void PublishWithout(const std::string& key);
  Executor& home() const { return store_->home(); }

  replica::Replicas& replicas_;
  const Options options_;
  std::shared_ptr<replica::Replica> store_;
  std::atomic<std::shared_ptr<const View>> view_;
  uint64_t next_group_ = 0;
  uint64_t group_limit_ = 0;  // ids below it are reserved durably
  // The jobs under way, each with who waits for its end; by the table as the job was given it.
  std::map<const Table*, std::vector<absl::AnyInvocable<void()>>> jobs_;
  bool stopping_ = false;
  std::vector<absl::AnyInvocable<void()>> idle_waiters_;
};

}  // namespace skerry::catalog
