#include "server/catalog/catalog.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "server/catalog/placement.h"
#include "server/catalog/store_items.h"
#include "storage/partition/row_key.h"

namespace skerry::catalog {
namespace {

// Group ids are reserved in blocks, so that making a table needs no write for its id.
constexpr uint64_t kGroupBlock = 1000;
// Of a table: its item here and the state of its group.
constexpr uint64_t kRowsOfTable = 2;
constexpr Duration kPoll = std::chrono::milliseconds(2);
constexpr Duration kPollMax = std::chrono::milliseconds(100);
constexpr Duration kRefreshWithin = std::chrono::seconds(2);

uint64_t CostOf(const TableRecord& record) {
  return replica::Admission::Cost(record.ByteSizeLong(), kRowsOfTable);
}

// Every group that may have a replica of the table's on some node.
std::vector<GroupId> GroupsOf(const TableRecord& record) {
  std::vector<GroupId> groups;
  for (const auto& partition : record.partitions()) {
    groups.emplace_back(partition.group());
    if (!partition.has_split()) continue;
    groups.emplace_back(partition.split().lower_group());
    groups.emplace_back(partition.split().upper_group());
  }
  for (const auto& parent : record.split_partitions()) groups.emplace_back(parent.group());
  return groups;
}

bool IsServed(const Table& table, GroupId group) {
  return std::any_of(table.partitions.begin(), table.partitions.end(),
                     [group](const PartitionRoute& route) { return route.group == group; });
}

std::string KeyOf(const TableRecord& record) {
  return View::KeyOf(record.account(), record.name());
}

}  // namespace

Catalog::Catalog(replica::Replicas& replicas, forwarding::PartitionClient& partitions,
                 forwarding::GroupClient& groups, Options options)
    : replicas_(replicas),
      partitions_(partitions),
      groups_(groups),
      options_(std::move(options)),
      view_(std::make_shared<const View>()),
      watch_(options_.replace_dead_after) {
  location_.group = kCatalogGroup;
  replicas_.OnSplit([this, alive = alive_](GroupId parent) {
    // Before the catalog's own replica is there, nothing of tables is.
    if (!*alive) return;
    home().Post([this, alive, parent] {
      if (!*alive) return;
      for (const auto& [key, here] : here_) {
        if (here.contains(parent)) TendTo(key);
      }
    });
  });
}

Catalog::~Catalog() { *alive_ = false; }

NodeId Catalog::self() const { return alone() ? NodeId(1) : NodeId(options_.cluster->node.id()); }

std::optional<NodeRecord> Catalog::OwnRecord() const {
  const std::shared_ptr<const View> now = view();
  const auto own = now->nodes.find(self());
  if (own == now->nodes.end()) return std::nullopt;
  return own->second.record;
}

NodeId Catalog::leader() const {
  const ReplicaId leader = store_->leader();
  return leader.value == 0 ? NodeId(0) : NodeOf(leader);
}

// ----------------------------------------------------------------------------------- starting

Task<Status> Catalog::Start() {
  Status status = co_await OpenCatalogGroup();
  if (status.ok()) status = Load();
  if (!status.ok()) co_return status;
  loading_ = false;
  if (!alone() && OwnRecord() && OwnRecord()->state() == proto::catalog::v1::NODE_STATE_REMOVED) {
    co_return FailedPrecondition(
        "this node was removed from the cluster: with an empty data directory it joins as another "
        "one");
  }
  FollowLevel();
  if (!alone() && options_.cluster->founder) status = co_await Found();
  if (status.ok()) status = co_await OpenPartitions();
  if (!status.ok()) co_return status;
  co_await SwitchTo(home());
  if (alone()) {
    status = co_await RemoveOrphans();
    if (!status.ok()) co_return status;
    co_await SwitchTo(home());
    current_ = true;
    TendToAll();
    LookAgainLater();
    co_return OkStatus();
  }
  becoming_current_ = true;
  Spawn(BecomeCurrent());
  OnLeadership();
  // Whoever is new here is told everything before it serves.
  while (!view()->nodes.contains(self())) {
    if (stopping_) co_return Unavailable("the node is stopping");
    co_await Sleep(home(), kPoll);
  }
  co_return OkStatus();
}

Task<Status> Catalog::OpenCatalogGroup() {
  const std::vector<GroupId> known = replicas_.host().RecoveredGroups();
  const bool exists = std::find(known.begin(), known.end(), kCatalogGroup) != known.end();
  if (!exists && !known.empty()) {
    co_return Corruption("the log holds groups of tables but not the catalog's");
  }
  const auto open = [&] {
    if (exists) {
      return replicas_.Open(kCatalogGroup, StoreSchema(), replica::Owner::kCatalog, this);
    }
    if (alone() || options_.cluster->founder) {
      return replicas_.Create(kCatalogGroup, StoreSchema(), replica::Owner::kCatalog, this);
    }
    return replicas_.CreateMember(kCatalogGroup, ReplicaOn(self(), 1), {}, StoreSchema(),
                                  replica::Owner::kCatalog, this);
  };
  Task<Result<std::shared_ptr<replica::Replica>>> opening = open();
  Result<std::shared_ptr<replica::Replica>> store = co_await std::move(opening);
  if (!store.ok()) co_return store.status().WithContext("catalog");
  store_ = std::move(*store);
  location_.replica = store_;
  if (alone()) co_await store_->WhenReady();
  co_return OkStatus();
}

// What this node's replica of the catalog has applied.
Status Catalog::Load() {
  loaded_through_ = store_->installed().index;
  partition::ReadRequest request;
  request.lower = partition::FirstRow(nullptr, 0);
  request.upper = partition::RowsEnd(nullptr);
  request.max_bytes = SIZE_MAX;
  Result<partition::ReadPage> page = store_->ReadHere(request);
  if (!page.ok()) return page.status();
  auto loaded = std::make_shared<View>();
  row_keys_.clear();
  for (const document::EncodedItem& item : page->items) {
    SKERRY_RETURN_IF_ERROR(Take(item, loaded.get()).status().WithContext("catalog"));
  }
  Publish(std::move(loaded));
  return OkStatus();
}

// The key in the view of the table that `encoded` is, empty if it is something else.
Result<std::string> Catalog::Take(std::string_view encoded, View* view) {
  SKERRY_ASSIGN_OR_RETURN(StoredItem stored, DecodeStoredItem(encoded));
  if (stored.group_limit) {
    known_group_limit_ = *stored.group_limit;
    // Of a node alone nobody else takes from what was reserved.
  } else if (stored.cluster) {
    view->cluster = std::move(*stored.cluster);
    view->cluster_version = stored.version;
  } else if (stored.node) {
    const NodeId id(stored.node->id());
    view->nodes[id] = {std::move(*stored.node), stored.version};
  } else {
    std::string key = KeyOf(*stored.table);
    row_keys_[RowOfTable(*stored.table)] = key;
    view->tables[key] = MakeTable(std::move(*stored.table), stored.version);
    return key;
  }
  return std::string();
}

void Catalog::OnApplied(const proto::command::v1::Command& command) {
  if (loading_ || command.mutations().empty()) return;
  const auto& row = command.mutations(0);
  auto next = std::make_shared<View>(*view());
  std::string key;
  if (row.has_value()) {
    Result<std::string> taken = Take(row.value(), next.get());
    SKERRY_CHECK_MSG(taken.ok(), "what the catalog wrote it can read");
    key = std::move(*taken);
  } else {
    const auto found = row_keys_.find(row.key());
    if (found == row_keys_.end()) return;
    key = std::move(found->second);
    row_keys_.erase(found);
    next->tables.erase(key);
  }
  Publish(std::move(next));
  if (key.empty()) return;
  EndWaits(key, /*all=*/false);
  TendTo(key);
}

void Catalog::OnReplaced() {
  if (loading_) return;
  const Status loaded = Load();
  SKERRY_CHECK_MSG(loaded.ok(), "what the catalog wrote it can read");
  std::vector<std::string> waited;
  for (const auto& [key, waiter] : settling_) waited.push_back(key);
  for (const std::string& key : waited) EndWaits(key, /*all=*/false);
  TendToAll();
}

void Catalog::OnLeadership() {
  if (loading_ || !leads()) return;
  TendToAll();
  if (!alone() && !std::exchange(controlling_, true)) Spawn(Control());
}

Task<Status> Catalog::OpenPartitions() {
  const std::vector<GroupId> known = replicas_.host().RecoveredGroups();
  // Rows of groups that are not in the log are nobody's: a crash came before their end was whole.
  std::vector<GroupId> owned = known;
  if (!std::binary_search(owned.begin(), owned.end(), kCatalogGroup)) {
    owned.insert(owned.begin(), kCatalogGroup);  // made just now
  }
  Status swept = replicas_.SweepData(owned);
  if (!swept.ok()) co_return swept;
  const std::shared_ptr<const View> loaded = view();
  std::vector<std::shared_ptr<replica::Replica>> opened;
  for (const auto& [key, table] : loaded->tables) {
    for (const GroupId group : GroupsOf(table->record)) {
      if (!std::binary_search(known.begin(), known.end(), group)) {
        // Not made yet, or removed already; its job goes on from there.
        if (table->readable() && alone() && IsServed(*table, group)) {
          co_return Corruption("the log lacks a group of table " + table->record.name());
        }
        continue;
      }
      Result<std::shared_ptr<replica::Replica>> replica =
          co_await replicas_.Open(group, table->schema);
      if (!replica.ok()) {
        co_return replica.status().WithContext("table " + table->record.name());
      }
      const ReplicaId id = (*replica)->id();
      opened.push_back(*replica);
      co_await SwitchTo(home());
      here_[key][group] = {id, *replica};
      PublishReplica(key, group, *replica);
    }
  }
  for (const std::shared_ptr<replica::Replica>& replica : opened) {
    if (replica->alone()) co_await replica->WhenReady();
  }
  co_return OkStatus();
}

// Until the view is known to be no older than this process, nothing is made or removed for it.
Task<void> Catalog::BecomeCurrent() {
  Duration pause = kPoll;
  while (!stopping_) {
    Status status = co_await Refresh();
    co_await SwitchTo(home());
    if (status.ok() && !std::exchange(refreshed_, true)) LookWhetherFit();
    if (status.ok() && view()->nodes.contains(self())) status = co_await RemoveOrphans();
    co_await SwitchTo(home());
    if (status.ok() && view()->nodes.contains(self())) {
      if (!std::exchange(current_, true)) LookAgainLater();
      TendToAll();
      status = co_await KeepOwnRecord();
      co_await SwitchTo(home());
      if (status.ok()) status = co_await ReportLevels();
      co_await SwitchTo(home());
      if (status.ok()) {
        level_known_ = true;
        FollowLevel();
        break;
      }
    }
    co_await Sleep(home(), pause);
    pause = std::min(pause * 2, kPollMax);
  }
  becoming_current_ = false;
  WakeIdleWaiters();
}

Task<Status> Catalog::RemoveOrphans() {
  std::set<GroupId> owned = {kCatalogGroup};
  for (const auto& [key, table] : view()->tables) {
    for (const GroupId group : GroupsOf(table->record)) owned.insert(group);
  }
  // A split that was planned once may be done by who has not heard that it is planned no more.
  for (const auto& [key, replicas] : here_) {
    for (const auto& [group, here] : replicas) {
      const auto seal = here.replica->seal();
      if (!seal) continue;
      owned.insert(GroupId(seal->split.lower().group()));
      owned.insert(GroupId(seal->split.upper().group()));
    }
  }
  for (const GroupId group : replicas_.host().RecoveredGroups()) {
    if (owned.contains(group) || replicas_.Find(group) != nullptr) continue;
    Status removed = co_await replicas_.DestroyUnopened(group);
    if (!removed.ok() && removed.code() != StatusCode::kNotFound) co_return removed;
  }
  co_return OkStatus();
}

// -------------------------------------------------------------------------------- the view

TablePtr Catalog::MakeTable(TableRecord record, uint64_t version) const {
  auto table = std::make_shared<Table>();
  table->schema = MakeSchema(record);
  table->version = version;
  table->partitions = RoutesOf(record);
  const std::string key = KeyOf(record);
  const TablePtr before = view()->Find(record.account(), record.name());
  const auto here = here_.find(key);
  for (PartitionRoute& route : table->partitions) {
    if (here != here_.end()) {
      const auto replica = here->second.find(route.group);
      if (replica != here->second.end()) route.replica = replica->second.replica;
    }
    if (before == nullptr) continue;
    for (const PartitionRoute& known : before->partitions) {
      if (known.group != route.group) continue;
      route.leader = known.leader;
      route.ended = known.ended;
    }
  }
  if (before != nullptr) {
    for (const PartitionRoute& known : before->partitions) {
      if (!IsServed(*table, known.group)) known.ended->store(true, std::memory_order_release);
    }
  }
  table->record = std::move(record);
  return table;
}

void Catalog::Publish(std::shared_ptr<const View> next) {
  if (!alone()) TellPeers(*view(), *next);
  view_.store(std::move(next), std::memory_order_release);
  FollowLevel();
  LookWhetherFit();
}

void Catalog::PublishReplica(const std::string& key, GroupId group,
                             std::shared_ptr<replica::Replica> replica) {
  const std::shared_ptr<const View> now = view();
  const auto found = now->tables.find(key);
  if (found == now->tables.end()) return;
  auto table = std::make_shared<Table>(*found->second);
  for (PartitionRoute& route : table->partitions) {
    if (route.group == group) route.replica = replica;
  }
  auto next = std::make_shared<View>(*now);
  next->tables[key] = std::move(table);
  Publish(std::move(next));
}

Task<Status> Catalog::Refresh() {
  if (alone()) co_return OkStatus();
  const MonotonicTime until = home().clock().Now() + kRefreshWithin;
  Duration pause = kPoll;
  while (true) {
    const Result<forwarding::GroupStatus> status =
        co_await groups_.Describe(location_, /*confirm=*/true);
    co_await SwitchTo(home());
    const bool late = home().clock().Now() >= until;
    if (status.ok()) {
      // A snapshot moves what is applied before the view is read anew.
      const auto seen = [&] {
        return store_->applied() >= status->applied && store_->installed().index == loaded_through_;
      };
      while (!seen() && home().clock().Now() < until) co_await Sleep(home(), kPoll);
      if (seen()) co_return OkStatus();
      co_return Unavailable("this node's view of the catalog is behind");
    }
    if (late || stopping_) co_return status.status();
    co_await Sleep(home(), pause);
    pause = std::min(pause * 2, kPollMax);
  }
}

// ------------------------------------------------------------------------------------ changes

Task<Result<GroupId>> Catalog::NextGroup() {
  while (next_group_ == block_end_) {
    const uint64_t seen = known_group_limit_;
    const uint64_t limit = std::max(seen, kCatalogGroup.value + 1) + kGroupBlock;
    Result<partition::WriteResult> written =
        co_await partitions_.Write(location_, PutGroupLimit(limit, seen));
    co_await SwitchTo(home());
    if (!written.ok()) co_return written.status();
    if (!written->condition_failed) {
      next_group_ = limit - kGroupBlock;
      block_end_ = limit;
    } else if (known_group_limit_ == seen) {
      // Another node was faster, and this one has not heard of it yet.
      Status refreshed = co_await Refresh();
      co_await SwitchTo(home());
      if (!refreshed.ok()) co_return refreshed;
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
  record.set_status(proto::catalog::v1::TABLE_STATUS_CREATING);
  if (alone()) {
    record.clear_partitions();
    record.add_partitions()->set_last_hash(UINT64_MAX);
  } else {
    PlaceNewTable(*view(), options_.replication_factor, &record);
  }
  for (auto& partition : *record.mutable_partitions()) {
    Result<GroupId> group = co_await NextGroup();
    if (!group.ok()) co_return group.status();
    partition.set_group(group->value);
  }
  Result<TablePtr> table = co_await Write(std::move(record), 0);
  if (!table.ok() && table.status().code() == StatusCode::kAborted) {
    co_return AlreadyExists("table already exists");
  }
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
  co_return co_await Write(std::move(record), seen->version);
}

// The one way in which a record changes: a put on the condition that the version is the one that
// was seen.
Task<Result<TablePtr>> Catalog::Write(TableRecord record, uint64_t seen_version) {
  Result<partition::WriteResult> written =
      co_await partitions_.Write(location_, PutTable(record, seen_version));
  co_await SwitchTo(home());
  if (!written.ok()) co_return written.status();
  if (written->condition_failed) co_return Aborted("the table has changed meanwhile");
  // Where this node leads the catalog, the view has it already; elsewhere it comes soon. What was
  // written is what is returned, whatever has become of it since.
  co_return MakeTable(std::move(record), seen_version + 1);
}

Task<Status> Catalog::Erase(TablePtr table) {
  Result<partition::WriteResult> written =
      co_await partitions_.Write(location_, DeleteTableItem(table->record, table->version));
  co_await SwitchTo(home());
  if (!written.ok()) co_return written.status();
  if (written->condition_failed) co_return Aborted("the table has changed meanwhile");
  co_return OkStatus();
}

}  // namespace skerry::catalog
