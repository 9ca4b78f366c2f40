// What touches several items or whole tables: batches, queries, scans, tables that come and go, and
// the reads at the end.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/simulation/requests.h"
#include "tests/simulation/workload.h"

namespace skerry::simulation {
namespace {

using document::AttributeValue;
using document::EncodedItem;
using Kind = Operation::Kind;

constexpr Duration kPrepareWithin = std::chrono::seconds(120);
constexpr Duration kReadWithin = std::chrono::seconds(120);
constexpr Duration kLook = std::chrono::milliseconds(100);
constexpr int kLooks = 40;  // at a table that is to change its state
constexpr int kCreationLooks =
    300;  // the same before anything goes wrong: a lost request is missed after seconds
constexpr int kPagesMax = 50;  // of one query or scan
constexpr int kTries = 20;

}  // namespace

// ------------------------------------------------------------------------------------ batches

std::vector<Workload::Place> Workload::SeveralRegisters() {
  std::vector<Place> places;
  const uint64_t wanted = 2 + prng_.Below(5);
  for (uint64_t i = 0; i < wanted; ++i) {
    Place place = Register();
    const bool there = std::any_of(places.begin(), places.end(), [&](const Place& other) {
      return other.table == place.table && other.key == place.key;
    });
    if (!there) places.push_back(std::move(place));
  }
  return places;
}

Task<void> Workload::BatchWrite() {
  const std::optional<int> node = AnyNode();
  if (!node) co_return;
  api::BatchWriteItemRequest request;
  auto marks = std::make_shared<std::map<std::string, Mark>>();
  for (const Place& place : SeveralRegisters()) {
    api::WriteRequest write;
    const std::string name = PathOf(place);
    if (prng_.Chance(1, 4)) {
      write.delete_key = KeyOf(place);
      marks->emplace(name, Call(&registers_[name], Kind::kDelete));
    } else {
      const int64_t value = NewValue();
      write.put_item = ItemOf(place, value);
      marks->emplace(name, Call(&registers_[name], Kind::kPut, value));
    }
    auto found = std::find_if(request.request_items.begin(), request.request_items.end(),
                              [&](const auto& entry) { return entry.first == place.table; });
    if (found == request.request_items.end()) {
      request.request_items.emplace_back(place.table, std::vector<api::WriteRequest>());
      found = std::prev(request.request_items.end());
    }
    found->second.push_back(std::move(write));
  }
  Record<api::BatchWriteItemResult> record =
      [this, marks](api::Outcome<api::BatchWriteItemResult>& outcome) {
        Count("batch write", outcome.ok() ? nullptr : &outcome.error());
        if (!outcome.ok()) return;  // any of them may have been done
        std::set<std::string> undone;
        for (const auto& [table, writes] : outcome->unprocessed_items) {
          for (const api::WriteRequest& write : writes) {
            undone.insert(table + "/" +
                          NameOfKey(write.put_item ? *write.put_item : *write.delete_key));
          }
        }
        for (const auto& [name, mark] : *marks) {
          if (undone.contains(name)) {
            (*mark).kind = Kind::kRead;
          } else {
            (*mark).outcome = Operation::Outcome::kDone;
            (*mark).returned = Event();
          }
        }
      };
  co_await Ask<api::BatchWriteItemRequest, api::BatchWriteItemResult>(
      *node, &api::Operations::BatchWriteItem, std::move(request), std::move(record));
}

Task<void> Workload::BatchGet() {
  const std::optional<int> node = AnyNode();
  if (!node) co_return;
  api::BatchGetItemRequest request;
  auto asked = std::make_shared<std::vector<std::string>>();
  for (const Place& place : SeveralRegisters()) {
    asked->push_back(PathOf(place));
    auto found = std::find_if(request.request_items.begin(), request.request_items.end(),
                              [&](const auto& entry) { return entry.first == place.table; });
    if (found == request.request_items.end()) {
      request.request_items.emplace_back(place.table, api::KeysAndAttributes());
      found = std::prev(request.request_items.end());
      found->second.consistent_read = true;
    }
    found->second.keys.push_back(KeyOf(place));
  }
  const uint64_t called = Event();
  Record<api::BatchGetItemResult> record =
      [this, asked, called](api::Outcome<api::BatchGetItemResult>& outcome) {
        Count("batch get", outcome.ok() ? nullptr : &outcome.error());
        if (!outcome.ok()) return;
        std::map<std::string, int64_t> seen;
        for (const std::string& name : *asked) seen[name] = 0;
        for (const auto& [table, items] : outcome->responses) {
          for (const EncodedItem& item : items) seen[table + "/" + NameOf(item)] = ValueOf(item);
        }
        for (const auto& [table, rest] : outcome->unprocessed_keys) {
          for (const auto& key : rest.keys) seen.erase(table + "/" + NameOfKey(key));
        }
        for (const auto& [name, value] : seen) Saw(name, value, called);
      };
  co_await Ask<api::BatchGetItemRequest, api::BatchGetItemResult>(
      *node, &api::Operations::BatchGetItem, std::move(request), std::move(record));
}

void Workload::Saw(const std::string& name, int64_t value, uint64_t called) {
  registers_[name].push_back({.kind = Kind::kRead,
                              .outcome = Operation::Outcome::kDone,
                              .value = value,
                              .called = called,
                              .returned = Event()});
}

// ------------------------------------------------------------------------------ queries and scans

// What is known of a table, or of one bucket of it.
std::vector<std::string> Workload::KnownIn(const std::string& table, const std::string& bucket) {
  std::vector<std::string> names;
  for (const auto& [name, history] : registers_) {
    if (!name.starts_with(table + "/")) continue;
    const Place place{table, name.substr(table.size() + 1)};
    if (!bucket.empty() && KeyOf(place).Find("pk")->string() != bucket) continue;
    names.push_back(name);
  }
  return names;
}

// Each item was read once, between the first page's call and the last one's return.
void Workload::SawPages(const std::string& table, const std::vector<std::string>& known,
                        const std::vector<EncodedItem>& items, uint64_t called) {
  std::map<std::string, int64_t> seen;
  for (const std::string& name : known) seen[name] = 0;
  for (const EncodedItem& item : items) {
    const std::string key = NameOf(item);
    if (!key.starts_with("register-")) continue;
    const auto [at, fresh] = seen.emplace(table + "/" + key, 0);
    if (!fresh && at->second != 0) Violation("a query or scan shows " + key + " twice");
    at->second = ValueOf(item);
  }
  for (const auto& [name, value] : seen) Saw(name, value, called);
}

template <typename Request>
Task<void> Workload::ReadPages(int node,
                               Task<api::Outcome<api::ReadManyResult>> (api::Operations::*method)(
                                   const api::RequestContext&, Request),
                               Request request, std::string bucket) {
  const std::string table = request.table_name;
  const char* what = bucket.empty() ? "scan" : "query";
  request.consistent_read = true;
  if (prng_.Chance(1, 2)) request.limit = static_cast<int32_t>(1 + prng_.Below(10));
  const std::vector<std::string> known = KnownIn(table, bucket);
  const uint64_t called = Event();
  std::vector<EncodedItem> items;
  for (int page = 0; page < kPagesMax; ++page) {
    auto answer = std::make_shared<std::optional<api::ReadManyResult>>();
    Record<api::ReadManyResult> record = [this, what,
                                          answer](api::Outcome<api::ReadManyResult>& outcome) {
      Count(what, outcome.ok() ? nullptr : &outcome.error());
      if (outcome.ok()) *answer = std::move(*outcome);
    };
    const bool answered =
        co_await Ask<Request, api::ReadManyResult>(node, method, request, std::move(record));
    if (!answered || !answer->has_value()) co_return;
    for (EncodedItem& item : (*answer)->items) items.push_back(std::move(item));
    request.exclusive_start_key = (*answer)->last_evaluated_key;
    if (!request.exclusive_start_key) {
      SawPages(table, known, items, called);
      co_return;
    }
  }
}

Task<void> Workload::ReadMany(bool scan) {
  const std::optional<int> node = AnyNode();
  if (!node) co_return;
  const std::string table =
      TableOf(static_cast<int>(prng_.Below(static_cast<uint64_t>(options_.tables))));
  if (scan || !HasSortKey(table)) {
    api::ScanRequest request;
    request.table_name = table;
    co_await ReadPages<api::ScanRequest>(*node, &api::Operations::Scan, std::move(request), "");
    co_return;
  }
  const std::string bucket = BucketOf(prng_.Below(kBuckets));
  api::QueryRequest request;
  request.table_name = table;
  request.key_condition_expression = "pk = :pk";
  request.expression_attribute_values = {{":pk", AttributeValue::S(bucket)}};
  request.scan_index_forward = prng_.Chance(1, 2);
  co_await ReadPages<api::QueryRequest>(*node, &api::Operations::Query, std::move(request), bucket);
}

// ------------------------------------------------------------------------------------ tables

void Workload::CountTable(const char* what, const api::ApiError* error) {
  ++answers_[fmt::format("{}: {}", what, error == nullptr ? "done" : "refused or unknown")];
  if (error == nullptr) ++done_;
}

// A table comes, is used, and mostly goes again; all by one client, through any nodes.
Task<void> Workload::TableLife() {
  std::optional<int> node = AnyNode();
  if (!node || last_table_ >= kTablesMax) co_return;
  const std::string name = fmt::format("temp-{}", ++last_table_);
  TableState* state = &tables_[name];
  *state = TableState::kMaybe;
  Record<api::TableDescription> created = [this,
                                           state](api::Outcome<api::TableDescription>& outcome) {
    CountTable("create table", outcome.ok() ? nullptr : &outcome.error());
    if (outcome.ok() && *state == TableState::kMaybe) *state = TableState::kThere;
  };
  co_await Ask<api::CreateTableRequest, api::TableDescription>(
      *node, &api::Operations::CreateTable, TableRequest(name, /*sort_key=*/false),
      std::move(created));
  if (*state != TableState::kThere) co_return;
  auto written = std::make_shared<int64_t>(0);
  for (int look = 0; look < kLooks && *written == 0; ++look) {
    node = AnyNode();
    if (node) {
      api::PutItemRequest request;
      request.table_name = name;
      const int64_t value = NewValue();
      request.item = {{"pk", AttributeValue::S("only")}, {"n", NumberOf(value)}};
      Record<api::WriteResult> record = [this, written,
                                         value](api::Outcome<api::WriteResult>& outcome) {
        CountTable("put in a new table", outcome.ok() ? nullptr : &outcome.error());
        if (outcome.ok()) *written = value;
      };
      co_await Ask<api::PutItemRequest, api::WriteResult>(*node, &api::Operations::PutItem,
                                                          std::move(request), std::move(record));
    }
    if (*written == 0) co_await Sleep(executor_, kLook);
  }
  node = AnyNode();
  if (*written != 0 && node) {
    const int64_t expected = *written;
    document::AttributeMap key = {{"pk", AttributeValue::S("only")}};
    api::GetItemRequest request = GetRequest(name, std::move(key));
    Record<api::GetItemResult> record = [this, name,
                                         expected](api::Outcome<api::GetItemResult>& outcome) {
      CountTable("get from a new table", outcome.ok() ? nullptr : &outcome.error());
      // An earlier put whose outcome was unknown had a smaller value, and may come late.
      const int64_t value = outcome.ok() ? ValueOf(outcome->item.value_or("")) : expected;
      if (value == 0) Violation(name + ": what was put into a new table is not there");
    };
    co_await Ask<api::GetItemRequest, api::GetItemResult>(*node, &api::Operations::GetItem,
                                                          std::move(request), std::move(record));
  }
  if (prng_.Chance(1, 5)) co_return;  // this one stays
  node = AnyNode();
  if (!node) co_return;
  *state = TableState::kMaybe;
  api::TableNameRequest named;
  named.table_name = name;
  Record<api::TableDescription> record = [this,
                                          state](api::Outcome<api::TableDescription>& outcome) {
    CountTable("delete table", outcome.ok() ? nullptr : &outcome.error());
    if (outcome.ok()) *state = TableState::kGone;
  };
  co_await Ask<api::TableNameRequest, api::TableDescription>(*node, &api::Operations::DeleteTable,
                                                             std::move(named), std::move(record));
}

Task<Status> Workload::CreateTables() {
  for (int i = 0; i < options_.tables; ++i) {
    const std::string name = TableOf(i);
    auto active = std::make_shared<bool>(false);
    for (int look = 0; look < kCreationLooks && !*active; ++look) {
      const std::optional<int> node = AnyNode();
      if (!node) co_return Unavailable("no node serves");
      Record<api::TableDescription> created = [](api::Outcome<api::TableDescription>&) {};
      co_await Ask<api::CreateTableRequest, api::TableDescription>(
          *node, &api::Operations::CreateTable, TableRequest(name, HasSortKey(name)),
          std::move(created));
      api::TableNameRequest named;
      named.table_name = name;
      Record<api::TableDescription> record =
          [active](api::Outcome<api::TableDescription>& outcome) {
            *active = outcome.ok() && outcome->table_status == api::TableStatus::kActive;
          };
      co_await Ask<api::TableNameRequest, api::TableDescription>(
          *node, &api::Operations::DescribeTable, std::move(named), std::move(record));
      if (!*active) co_await Sleep(executor_, kLook);
    }
    if (!*active) co_return Internal(name + " never becomes active");
  }
  co_return OkStatus();
}

Status Workload::Run(Task<Status> task, Duration within) {
  auto held = std::make_shared<Task<Status>>(std::move(task));
  auto result = std::make_shared<std::optional<Status>>();
  executor_.Post([held, result] {
    Spawn(std::move(*held), [result](Status status) { *result = std::move(status); });
  });
  if (!cluster_.world().RunUntil([&] { return result->has_value(); }, within)) {
    return Internal("no end within the bound");
  }
  return **result;
}

Status Workload::Prepare() { return Run(CreateTables(), kPrepareWithin); }

// ------------------------------------------------------------------------------------ at the end

Status Workload::ReadAll(int node) { return Run(ReadEverything(node), kReadWithin); }

Task<Status> Workload::ReadEverything(int node) {
  for (History* histories : {&registers_, &counters_}) {
    for (auto& entry : *histories) {
      const Status read = co_await ReadItem(node, entry.first, &entry.second);
      if (!read.ok()) co_return read;
    }
  }
  for (auto& entry : sets_) {
    const size_t before = entry.second.reads.size();
    for (int i = 0; i < kTries && entry.second.reads.size() == before; ++i) {
      co_await GetSetAt(node, PlaceIn(entry.first));
    }
    if (entry.second.reads.size() == before) co_return Internal(entry.first + " cannot be read");
  }
  co_return co_await CheckTables(node);
}

Task<Status> Workload::ReadItem(int node, std::string path, std::vector<Operation>* history) {
  for (int i = 0; i < kTries; ++i) {
    const size_t at = history->size();
    co_await GetPlace(node, PlaceIn(path), history);
    if ((*history)[at].outcome == Operation::Outcome::kDone) co_return OkStatus();
  }
  co_return Internal(path + " cannot be read");
}

Task<Status> Workload::CheckTables(int node) {
  for (const auto& entry : tables_) {
    if (entry.second == TableState::kMaybe) continue;
    auto there = std::make_shared<std::optional<bool>>();
    for (int i = 0; i < kTries && !there->has_value(); ++i) {
      api::TableNameRequest named;
      named.table_name = entry.first;
      Record<api::TableDescription> record = [there](api::Outcome<api::TableDescription>& outcome) {
        if (outcome.ok()) {
          *there = true;
        } else if (outcome.error().type == api::ErrorType::kResourceNotFound) {
          *there = false;
        }
      };
      co_await Ask<api::TableNameRequest, api::TableDescription>(
          node, &api::Operations::DescribeTable, std::move(named), std::move(record));
    }
    if (!there->has_value()) co_return Internal(entry.first + " cannot be described");
    const bool expected = entry.second == TableState::kThere;
    if (**there == expected) continue;
    Violation(entry.first +
              (expected ? " was created and is not there" : " was deleted and is there again"));
  }
  co_return OkStatus();
}

}  // namespace skerry::simulation
