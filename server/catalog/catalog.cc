#include "server/catalog/catalog.h"

#include <algorithm>
#include <utility>

#include "server/catalog/store_items.h"
#include "storage/partition/row_key.h"

namespace skerry::catalog {
namespace {

constexpr GroupId kCatalogGroup{1};
// Group ids are reserved in blocks, so that making a table needs no write for its id.
constexpr uint64_t kGroupBlock = 1000;
// Of a table: its item here and the state of its group.
constexpr uint64_t kRowsOfTable = 2;

uint64_t CostOf(const TableRecord& record) {
  return replica::Admission::Cost(record.ByteSizeLong(), kRowsOfTable);
}

}  // namespace

Catalog::Catalog(replica::Replicas& replicas, Options options)
    : replicas_(replicas), options_(options), view_(std::make_shared<const View>()) {}

Catalog::~Catalog() = default;

Task<Status> Catalog::Start() {
  Status status = co_await OpenCatalogGroup();
  if (status.ok()) status = LoadTables();
  if (status.ok()) status = co_await OpenPartitions();
  if (status.ok()) status = co_await RemoveOrphans();
  if (!status.ok()) co_return status;  // there may be no home yet
  co_await SwitchTo(home());
  // Tables whose job a crash cut short.
  const std::shared_ptr<const View> now = view();
  for (const auto& [key, table] : now->tables) {
    if (table->record.status() == proto::catalog::v1::TABLE_STATUS_DELETING) {
      StartJob(table, TakeDown(table));
    } else if (table->record.status() == proto::catalog::v1::TABLE_STATUS_CREATING) {
      StartJob(table, BringUp(table));
    }
  }
  co_return OkStatus();
}

Task<Status> Catalog::OpenCatalogGroup() {
  const std::vector<GroupId> known = replicas_.host().RecoveredGroups();
  const bool exists = std::find(known.begin(), known.end(), kCatalogGroup) != known.end();
  if (!exists && !known.empty()) {
    co_return Corruption("the log holds groups of tables but not the catalog's");
  }
  Task<Result<std::shared_ptr<replica::Replica>>> opening =
      exists ? replicas_.Open(kCatalogGroup, StoreSchema(), replica::Owner::kCatalog)
             : replicas_.Create(kCatalogGroup, StoreSchema(), replica::Owner::kCatalog);
  Result<std::shared_ptr<replica::Replica>> store = co_await std::move(opening);
  if (!store.ok()) co_return store.status().WithContext("catalog");
  store_ = std::move(*store);
  co_await store_->WhenReady();
  co_return OkStatus();
}

Status Catalog::LoadTables() {
  partition::ReadRequest request;
  request.lower = partition::FirstRow(nullptr, 0);
  request.upper = partition::RowsEnd(nullptr);
  request.max_bytes = SIZE_MAX;
  Result<partition::ReadPage> page = store_->Read(request);
  if (!page.ok()) return page.status();
  for (const document::EncodedItem& item : page->items) {
    Result<StoredItem> stored = DecodeStoredItem(item);
    if (!stored.ok()) return stored.status().WithContext("catalog");
    if (stored->group_limit) {
      next_group_ = group_limit_ = *stored->group_limit;
    } else {
      std::vector<PartitionRoute> routes = RoutesOf(stored->table);
      Publish(std::move(stored->table), stored->version, std::move(routes));
    }
  }
  return OkStatus();
}

Task<Status> Catalog::OpenPartitions() {
  const std::vector<GroupId> known = replicas_.host().RecoveredGroups();
  const std::shared_ptr<const View> loaded = view();
  std::vector<std::shared_ptr<replica::Replica>> opened;
  for (const auto& [key, table] : loaded->tables) {
    std::vector<PartitionRoute> routes = table->partitions;
    for (PartitionRoute& route : routes) {
      if (!std::binary_search(known.begin(), known.end(), route.group)) {
        // Not made yet, or removed already; its job goes on from there.
        if (table->readable())
          co_return Corruption("the log lacks a group of table " + table->record.name());
        continue;
      }
      Result<std::shared_ptr<replica::Replica>> replica =
          co_await replicas_.Open(route.group, table->schema);
      if (!replica.ok()) {
        co_return replica.status().WithContext("table " + table->record.name());
      }
      route.replica = std::move(*replica);
      opened.push_back(route.replica);
    }
    co_await SwitchTo(home());
    Publish(table->record, table->version, std::move(routes));
  }
  for (const std::shared_ptr<replica::Replica>& replica : opened) co_await replica->WhenReady();
  co_return OkStatus();
}

Task<Status> Catalog::RemoveOrphans() {
  const std::vector<GroupId> known = replicas_.host().RecoveredGroups();
  std::vector<GroupId> owned = {kCatalogGroup};
  for (const auto& [key, table] : view()->tables) {
    for (const PartitionRoute& route : table->partitions) {
      // A group that a table in DELETING has ended already may have left rows.
      if (std::binary_search(known.begin(), known.end(), route.group)) owned.push_back(route.group);
    }
  }
  std::sort(owned.begin(), owned.end());
  for (GroupId group : known) {
    if (std::binary_search(owned.begin(), owned.end(), group)) continue;
    Status removed = co_await replicas_.DestroyUnopened(group);
    if (!removed.ok()) co_return removed;
  }
  co_return replicas_.SweepData(owned);
}

Task<Result<GroupId>> Catalog::NextGroup() {
  if (next_group_ == group_limit_) {
    const uint64_t limit = std::max(group_limit_, kCatalogGroup.value + 1) + kGroupBlock;
    Result<partition::WriteResult> written = co_await store_->Write(PutGroupLimit(limit));
    if (!written.ok()) co_return written.status();
    // Another creation may have reserved the same block while this one waited.
    if (group_limit_ < limit) {
      next_group_ = limit - kGroupBlock;
      group_limit_ = limit;
    }
  }
  co_return GroupId(next_group_++);
}

Task<Result<TablePtr>> Catalog::Create(TableRecord record) {
  co_await SwitchTo(home());
  if (view()->Find(record.account(), record.name()) != nullptr) {
    co_return AlreadyExists("table already exists: " + record.name());
  }
  const Result<replica::Ticket> room =
      replicas_.admission().Admit(replica::Purpose::kGrow, CostOf(record));
  if (!room.ok()) co_return room.status();
  Result<GroupId> group = co_await NextGroup();
  if (!group.ok()) co_return group.status();
  record.set_status(proto::catalog::v1::TABLE_STATUS_CREATING);
  record.clear_partitions();
  auto* partition = record.add_partitions();
  partition->set_first_hash(0);
  partition->set_last_hash(UINT64_MAX);
  partition->set_group(group->value);
  Result<TablePtr> table = co_await Write(std::move(record), 0);
  if (!table.ok()) {
    if (table.status().code() == StatusCode::kAborted) {
      co_return AlreadyExists("table already exists");
    }
    co_return table.status();
  }
  StartJob(*table, BringUp(*table));
  co_return table;
}

Task<Result<TablePtr>> Catalog::Update(TablePtr seen, TableRecord record) {
  co_await SwitchTo(home());
  const Result<replica::Ticket> room =
      replicas_.admission().Admit(replica::Purpose::kGrow, CostOf(record));
  if (!room.ok()) co_return room.status();
  co_return co_await Write(std::move(record), seen->version);
}

Task<Result<TablePtr>> Catalog::Delete(TablePtr seen) {
  co_await SwitchTo(home());
  TableRecord record = seen->record;
  record.set_status(proto::catalog::v1::TABLE_STATUS_DELETING);
  Result<TablePtr> table = co_await Write(std::move(record), seen->version);
  if (table.ok()) StartJob(*table, TakeDown(*table));
  co_return table;
}

// The one way in which a record changes: a put on the condition that the version is the one that
// was seen.
Task<Result<TablePtr>> Catalog::Write(TableRecord record, uint64_t seen_version) {
  Result<partition::WriteResult> written = co_await store_->Write(PutTable(record, seen_version));
  if (!written.ok()) co_return written.status();
  if (written->condition_failed) co_return Aborted("the table has changed meanwhile");
  std::vector<PartitionRoute> routes = RoutesOf(record);
  if (TablePtr before = view()->Find(record.account(), record.name())) {
    for (PartitionRoute& route : routes) {
      for (const PartitionRoute& known : before->partitions) {
        if (known.group == route.group) route.replica = known.replica;
      }
    }
  }
  co_return Publish(std::move(record), seen_version + 1, std::move(routes));
}

Task<Status> Catalog::Erase(TablePtr table) {
  Result<partition::WriteResult> written =
      co_await store_->Write(DeleteTableItem(table->record, table->version));
  if (!written.ok()) co_return written.status();
  if (written->condition_failed) co_return Aborted("the table has changed meanwhile");
  PublishWithout(View::KeyOf(table->record.account(), table->record.name()));
  co_return OkStatus();
}

TablePtr Catalog::Publish(TableRecord record, uint64_t version,
                          std::vector<PartitionRoute> partitions) {
  auto table = std::make_shared<Table>();
  table->schema = MakeSchema(record);
  table->record = std::move(record);
  table->version = version;
  table->partitions = std::move(partitions);
  auto next = std::make_shared<View>(*view());
  next->tables[View::KeyOf(table->record.account(), table->record.name())] = table;
  view_.store(std::move(next), std::memory_order_release);
  return table;
}

void Catalog::PublishWithout(const std::string& key) {
  auto next = std::make_shared<View>(*view());
  next->tables.erase(key);
  view_.store(std::move(next), std::memory_order_release);
}

}  // namespace skerry::catalog
