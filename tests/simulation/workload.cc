#include "tests/simulation/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/simulation/requests.h"

namespace skerry::simulation {
namespace {

using document::AttributeMap;
using document::AttributeValue;
using Kind = Operation::Kind;

constexpr int kNobody = 0;  // a node of the World that nobody kills: where clients live
constexpr Duration kWaitForNodes = std::chrono::milliseconds(200);

const char* NameOf(api::ErrorType type) {
  switch (type) {
    case api::ErrorType::kConditionalCheckFailed:
      return "refused by its condition";
    case api::ErrorType::kInternalServerError:
      return "outcome unknown";
    case api::ErrorType::kServiceUnavailable:
      return "unavailable";
    case api::ErrorType::kThrottling:
    case api::ErrorType::kProvisionedThroughputExceeded:
      return "throttled";
    case api::ErrorType::kResourceNotFound:
      return "no table";
    case api::ErrorType::kResourceInUse:
      return "table in use";
    default:
      return "refused";
  }
}

// The same on every machine (FNV-1a).
uint64_t HashOf(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash >> 16;
}

}  // namespace

Workload::Workload(SimulatedCluster& cluster, WorkloadOptions options, uint64_t seed)
    : cluster_(cluster),
      options_(options),
      prng_(seed),
      executor_(cluster.world().AddExecutor(kNobody, "clients")),
      generations_(static_cast<size_t>(options.registers + options.sets)) {}

// ------------------------------------------------------------------------------- tables and keys

bool Workload::HasSortKey(const std::string& table) const { return (table.back() - '0') % 2 == 1; }

// Tables and buckets are drawn by the name, so that an item is found again.
Workload::Place Workload::PlaceOf(const std::string& name) {
  const uint64_t slot = HashOf(name);
  return {TableOf(static_cast<int>(slot % static_cast<uint64_t>(options_.tables))), name};
}

Workload::Place Workload::Register() {
  const auto slot = prng_.Below(static_cast<uint64_t>(options_.registers));
  Place place = PlaceOf(fmt::format("register-{}-{}", slot, generations_[slot]));
  const auto used = registers_.find(PathOf(place));
  if (used == registers_.end() ||
      used->second.size() < static_cast<size_t>(options_.operations_max)) {
    return place;
  }
  return PlaceOf(fmt::format("register-{}-{}", slot, ++generations_[slot]));
}

Workload::Place Workload::SetPlace() {
  const auto slot = prng_.Below(static_cast<uint64_t>(options_.sets));
  int& generation = generations_[static_cast<size_t>(options_.registers) + slot];
  Place place = PlaceOf(fmt::format("set-{}-{}", slot, generation));
  const auto used = sets_.find(PathOf(place));
  if (used == sets_.end() ||
      used->second.additions.size() < static_cast<size_t>(options_.operations_max)) {
    return place;
  }
  return PlaceOf(fmt::format("set-{}-{}", slot, ++generation));
}

Workload::ItemKey Workload::KeyOf(const Place& place) const {
  if (!HasSortKey(place.table)) return {{"pk", AttributeValue::S(place.key)}};
  return {{"pk", AttributeValue::S(BucketOf(HashOf(place.key) / 7 % kBuckets))},
          {"sk", AttributeValue::S(place.key)}};
}

document::Item Workload::ItemOf(const Place& place, int64_t value) {
  document::Item item = KeyOf(place);
  item.Set("n", NumberOf(value));
  uint64_t size = prng_.Below(options_.value_bytes_max);
  if (!prng_.Chance(1, 4)) size = std::min<uint64_t>(size, 300);  // most are small
  item.Set("pad", AttributeValue::S(std::string(size, 'x')));
  return item;
}

// ------------------------------------------------------------------------------------ asking

std::optional<int> Workload::AnyNode() {
  std::vector<int> nodes;
  for (int i = 0; i < cluster_.size(); ++i) {
    if (cluster_.IsUp(i) && cluster_.IsServing(i)) nodes.push_back(i);
  }
  if (nodes.empty()) return std::nullopt;
  return nodes[prng_.Below(nodes.size())];
}

void Workload::NoticeCrashes() {
  const std::vector<std::shared_ptr<Turn>> turns = turns_;
  for (const auto& turn : turns) {
    if (!cluster_.IsUp(turn->node) || cluster_.life(turn->node) != turn->life) turn->wake();
  }
}

Workload::Mark Workload::Call(std::vector<Operation>* history, Kind kind, int64_t value,
                              int64_t expected) {
  history->push_back({.kind = kind, .value = value, .expected = expected, .called = Event()});
  return {history, history->size() - 1};
}

void Workload::Count(const char* what, const api::ApiError* error) {
  ++answers_[fmt::format("{}: {}", what, error == nullptr ? "done" : NameOf(error->type))];
  if (error == nullptr || error->type == api::ErrorType::kConditionalCheckFailed) ++done_;
  if (error == nullptr) return;
  if (error->type == api::ErrorType::kResourceNotFound) {
    Violation(fmt::format("{}: a table that is there is not found", what));
  }
  if (std::string_view(NameOf(error->type)) == "refused" ||
      error->type == api::ErrorType::kResourceInUse) {
    Violation(fmt::format("{}: {}", what, error->message));
  }
}

void Workload::Return(const Mark& mark, const char* what, const api::ApiError* error) {
  Count(what, error);
  Operation& operation = *mark;
  if (error == nullptr) {
    operation.outcome = Operation::Outcome::kDone;
    operation.returned = Event();
    return;
  }
  switch (error->type) {
    case api::ErrorType::kConditionalCheckFailed:
      operation.outcome = Operation::Outcome::kRefused;
      operation.returned = Event();
      return;
    case api::ErrorType::kInternalServerError:
      return;  // open
    default:
      operation.kind = Kind::kRead;  // it was not done and says nothing
  }
}

// ------------------------------------------------------------------------------------ clients

void Workload::Start() {
  running_ = true;
  for (int i = 0; i < options_.clients; ++i) {
    ++active_;
    executor_.Post([this, i] { Spawn(Client(i)); });
  }
}

Task<void> Workload::Client(int /*number*/) {
  while (running_) {
    co_await One();
    const auto think = prng_.Below(static_cast<uint64_t>(options_.think_max.count()) + 1);
    co_await Sleep(executor_, Duration(static_cast<int64_t>(think)));
  }
  --active_;
}

Task<void> Workload::One() {
  const OperationWeights& w = options_.weights;
  const std::vector<std::pair<uint64_t, Task<void> (*)(Workload&)>> all = {
      {w.put + w.create + w.compare_and_set, [](Workload& self) { return self.Put(); }},
      {w.remove, [](Workload& self) { return self.Remove(); }},
      {w.add, [](Workload& self) { return self.Update(/*on_counter=*/false); }},
      {w.get, [](Workload& self) { return self.Get(/*counter=*/false); }},
      {w.count, [](Workload& self) { return self.Update(/*on_counter=*/true); }},
      {w.count / 2, [](Workload& self) { return self.Get(/*counter=*/true); }},
      {w.set, [](Workload& self) { return self.AddToSet(); }},
      {w.set / 2, [](Workload& self) { return self.GetSet(); }},
      {w.batch_write, [](Workload& self) { return self.BatchWrite(); }},
      {w.batch_get, [](Workload& self) { return self.BatchGet(); }},
      {w.query, [](Workload& self) { return self.ReadMany(/*scan=*/false); }},
      {w.scan, [](Workload& self) { return self.ReadMany(/*scan=*/true); }},
      {w.table, [](Workload& self) { return self.TableLife(); }}};
  uint64_t sum = 0;
  for (const auto& [weight, make] : all) sum += weight;
  uint64_t drawn = prng_.Below(sum);
  size_t chosen = 0;
  while (drawn >= all[chosen].first) drawn -= all[chosen++].first;
  Task<void> task = all[chosen].second(*this);
  co_await std::move(task);
}

Task<void> Workload::Put() {
  const std::optional<int> node = AnyNode();
  if (!node) co_await Sleep(executor_, kWaitForNodes);
  if (!node) co_return;
  const OperationWeights& w = options_.weights;
  const Place place = Register();
  std::vector<Operation>* history = &registers_[PathOf(place)];
  api::PutItemRequest request;
  request.table_name = place.table;
  const int64_t value = NewValue();
  request.item = ItemOf(place, value);
  const uint64_t drawn = prng_.Below(w.put + w.create + w.compare_and_set);
  Mark mark{};
  const char* what = "put";
  if (drawn < w.put) {
    mark = Call(history, Kind::kPut, value);
  } else if (drawn < w.put + w.create) {
    what = "create";
    request.condition = IfAbsent();
    mark = Call(history, Kind::kCreate, value);
  } else {
    what = "compare and set";
    // What somebody wrote or saw not long ago.
    int64_t expected = 1;
    for (size_t i = 0; i < 6 && i < history->size(); ++i) {
      const Operation& earlier = (*history)[history->size() - 1 - i];
      if (earlier.value != 0 && (expected == 1 || prng_.Chance(1, 3))) expected = earlier.value;
    }
    request.condition = IfValueIs(expected);
    mark = Call(history, Kind::kCompareAndSet, value, expected);
  }
  Record<api::WriteResult> record = [this, mark, what](api::Outcome<api::WriteResult>& outcome) {
    Return(mark, what, outcome.ok() ? nullptr : &outcome.error());
  };
  co_await Ask<api::PutItemRequest, api::WriteResult>(*node, &api::Operations::PutItem,
                                                      std::move(request), std::move(record));
}

Task<void> Workload::Remove() {
  const std::optional<int> node = AnyNode();
  if (!node) co_return;
  const Place place = Register();
  api::DeleteItemRequest request;
  request.table_name = place.table;
  request.key = KeyOf(place);
  const Mark mark = Call(&registers_[PathOf(place)], Kind::kDelete);
  Record<api::WriteResult> record = [this, mark](api::Outcome<api::WriteResult>& outcome) {
    Return(mark, "delete", outcome.ok() ? nullptr : &outcome.error());
  };
  co_await Ask<api::DeleteItemRequest, api::WriteResult>(*node, &api::Operations::DeleteItem,
                                                         std::move(request), std::move(record));
}

Task<void> Workload::Update(bool on_counter) {
  const std::optional<int> node = AnyNode();
  if (!node) co_return;
  Place place;
  if (on_counter) {
    const uint64_t number = prng_.Below(static_cast<uint64_t>(options_.counters));
    place = PlaceOf(fmt::format("counter-{}", number));
  } else {
    place = Register();
  }
  History& histories = on_counter ? counters_ : registers_;
  const Mark mark = Call(&histories[PathOf(place)], Kind::kAdd);
  Record<api::WriteResult> record = [this, mark](api::Outcome<api::WriteResult>& outcome) {
    if (outcome.ok()) (*mark).value = ValueOf(outcome->attributes.value_or(""));
    Return(mark, "add", outcome.ok() ? nullptr : &outcome.error());
  };
  co_await Ask<api::UpdateItemRequest, api::WriteResult>(*node, &api::Operations::UpdateItem,
                                                         AddRequest(place.table, KeyOf(place)),
                                                         std::move(record));
}

Task<void> Workload::Get(bool counter) {
  const std::optional<int> node = AnyNode();
  if (!node) co_return;
  Place place;
  if (counter) {
    const uint64_t number = prng_.Below(static_cast<uint64_t>(options_.counters));
    place = PlaceOf(fmt::format("counter-{}", number));
  } else {
    place = Register();
  }
  History& histories = counter ? counters_ : registers_;
  co_await GetPlace(*node, place, &histories[PathOf(place)]);
}

Task<void> Workload::GetPlace(int node, Place place, std::vector<Operation>* history) {
  const Mark mark = Call(history, Kind::kRead);
  Record<api::GetItemResult> record = [this, mark](api::Outcome<api::GetItemResult>& outcome) {
    if (outcome.ok()) (*mark).value = ValueOf(outcome->item.value_or(""));
    Return(mark, "get", outcome.ok() ? nullptr : &outcome.error());
  };
  co_await Ask<api::GetItemRequest, api::GetItemResult>(
      node, &api::Operations::GetItem, GetRequest(place.table, KeyOf(place)), std::move(record));
}

Task<void> Workload::AddToSet() {
  const std::optional<int> node = AnyNode();
  if (!node) co_return;
  const Place place = SetPlace();
  SetHistory* history = &sets_[PathOf(place)];
  const std::string element = fmt::format("e{}", ++last_value_);
  const size_t at = history->additions.size();
  history->additions.push_back({element, Event()});
  Record<api::WriteResult> record = [this, history, at](api::Outcome<api::WriteResult>& outcome) {
    Count("add to a set", outcome.ok() ? nullptr : &outcome.error());
    if (outcome.ok()) history->additions[at].returned = Event();
  };
  co_await Ask<api::UpdateItemRequest, api::WriteResult>(
      *node, &api::Operations::UpdateItem, AddToSetRequest(place.table, KeyOf(place), element),
      std::move(record));
}

Task<void> Workload::GetSet() {
  const std::optional<int> node = AnyNode();
  if (!node) co_return;
  const Place place = SetPlace();
  co_await GetSetAt(*node, place);
}

Task<void> Workload::GetSetAt(int node, Place place) {
  SetHistory* history = &sets_[PathOf(place)];
  const uint64_t called = Event();
  Record<api::GetItemResult> record = [this, history,
                                       called](api::Outcome<api::GetItemResult>& outcome) {
    Count("get a set", outcome.ok() ? nullptr : &outcome.error());
    if (outcome.ok()) {
      history->reads.push_back({SetOf(outcome->item.value_or("")), called, Event()});
    }
  };
  co_await Ask<api::GetItemRequest, api::GetItemResult>(
      node, &api::Operations::GetItem, GetRequest(place.table, KeyOf(place)), std::move(record));
}

}  // namespace skerry::simulation
