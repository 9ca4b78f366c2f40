#include "server/router/router.h"

#include <algorithm>
#include <map>
#include <utility>

#include "server/forwarding/group_service.h"
#include "storage/partition/row_key.h"

namespace skerry::router {
namespace {

using catalog::PartitionRoute;
using catalog::Table;
using partition::ReadPage;
using partition::ReadRequest;
using partition::WriteRequest;
using partition::WriteResult;

constexpr Duration kFirstPause = std::chrono::milliseconds(1);
constexpr Duration kPauseMax = std::chrono::milliseconds(50);
constexpr size_t kTaken = SIZE_MAX;

const PartitionRoute& RouteOf(const Table& table, uint64_t hash) {
  const auto route = std::find_if(table.partitions.begin(), table.partitions.end(),
                                  [hash](const PartitionRoute& r) { return hash <= r.last_hash; });
  SKERRY_CHECK_MSG(route != table.partitions.end(), "partitions tile the hash space");
  return *route;
}

const PartitionRoute& RouteOf(const Table& table, std::string_view row_key) {
  return RouteOf(table, partition::HashOfRow(row_key));
}

// Of a node alone: who answers is here, or nowhere.
bool IsAlone(const PartitionRoute& route) {
  return route.replica != nullptr && route.replica->alone();
}

// What of a page's rows lies in one partition.
partition::RowBounds Bounds(const ReadRequest& request, const PartitionRoute& route) {
  partition::RowBounds bounds{request.lower, request.upper};
  bounds.lower = std::max(request.lower, partition::FirstRow(request.index, route.first_hash));
  if (route.last_hash != UINT64_MAX) {
    bounds.upper = std::min(request.upper, partition::FirstRow(request.index, route.last_hash + 1));
  }
  return bounds;
}

// Narrows a page's request to that.
ReadRequest Within(const ReadRequest& request, const PartitionRoute& route) {
  ReadRequest part = request;
  partition::RowBounds bounds = Bounds(request, route);
  part.lower = std::move(bounds.lower);
  part.upper = std::move(bounds.upper);
  return part;
}

// The first partition, in the order of reading, that has a part of what is asked for; null: none.
const PartitionRoute* NextRoute(const Table& table, const ReadRequest& request) {
  const size_t count = table.partitions.size();
  for (size_t i = 0; i < count; ++i) {
    const PartitionRoute& route = table.partitions[request.forward ? i : count - 1 - i];
    const partition::RowBounds part = Bounds(request, route);
    if (part.lower < part.upper) return &route;
  }
  return nullptr;
}

// Past the partition. False: there is nothing behind it.
bool Advance(const PartitionRoute& route, ReadRequest* request) {
  if (request->forward) {
    if (route.last_hash == UINT64_MAX) return false;
    request->lower =
        std::max(request->lower, partition::FirstRow(request->index, route.last_hash + 1));
  } else {
    request->upper =
        std::min(request->upper, partition::FirstRow(request->index, route.first_hash));
  }
  return request->lower < request->upper;
}

// A refusal that comes of a split, done or under way. In a cluster those under way are waited for
// below.
bool IsMoving(const PartitionRoute& route, const Status& status) {
  if (status.code() == StatusCode::kRangeMoved) return true;
  return status.code() == StatusCode::kUnavailable && IsAlone(route) && route.replica->moving();
}

void Append(ReadPage part, ReadPage* page) {
  std::move(part.items.begin(), part.items.end(), std::back_inserter(page->items));
  page->count += part.count;
  page->scanned_count += part.scanned_count;
  page->bytes += part.bytes;
  page->fetched_units += part.fetched_units;
  page->last_key = std::move(part.last_key);
}

}  // namespace

namespace {

// What another node says of indexes must fit this table.
Result<WriteResult> Fitting(const Table& table, Result<WriteResult> result) {
  if (!result.ok()) return result;
  for (const WriteResult::IndexWrite& write : result->index_writes) {
    if (write.index >= table.schema->local_indexes.size()) {
      return Internal("a node's answer speaks of an index that the table does not have");
    }
  }
  return result;
}

}  // namespace

// A request whose keys are moving: the table as it is known last, and how long it is pursued.
struct Router::Pursuit {
  catalog::TablePtr table;
  std::optional<MonotonicTime> until = {};
  Duration pause = kFirstPause;
};

// After a refusal since keys are moving, or have moved: takes the table as the view has it by now,
// or lets some time pass if that knows of nothing new. False: it has taken too long.
Task<bool> Router::Renew(Pursuit* pursuit) const {
  Executor& timers = partitions_.timers();
  const MonotonicTime now = timers.clock().Now();
  if (!pursuit->until) pursuit->until = now + forwarding::PartitionClient::kPatience;
  if (now >= *pursuit->until) co_return false;
  const catalog::TableRecord& record = pursuit->table->record;
  catalog::TablePtr found = Find(record.account(), record.name());
  if (found != nullptr && found->record.id() == record.id() &&
      found->version > pursuit->table->version) {
    pursuit->table = std::move(found);
    co_return true;
  }
  co_await Sleep(timers, pursuit->pause);
  pursuit->pause = std::min(pursuit->pause * 2, kPauseMax);
  co_return true;
}

// On the replica's own executor, of which nothing else runs between this and what follows: whether
// a request will be evaluated there. Of a node alone, which asks nobody again.
Task<bool> Router::Serving(replica::Replica& replica) const {
  co_await SwitchTo(replica.home());
  if (!replica.ready()) co_await replica.WhenReady();
  co_return !replica.moving();
}

Task<Result<WriteResult>> Router::Write(catalog::TablePtr table, WriteRequest request) const {
  const PartitionRoute& route = RouteOf(*table, request.row_key);
  if (IsAlone(route)) {
    const bool serving = co_await Serving(*route.replica);
    if (serving) co_return co_await route.replica->Write(std::move(request));
  }
  std::vector<WriteRequest> one;
  one.push_back(std::move(request));
  std::vector<Result<WriteResult>> results = co_await WriteAll(std::move(table), std::move(one));
  co_return std::move(results.front());
}

Task<std::vector<Result<WriteResult>>> Router::WriteAll(catalog::TablePtr table,
                                                        std::vector<WriteRequest> requests) const {
  using Moved = forwarding::PartitionClient::Moved;
  std::vector<Result<WriteResult>> results(requests.size(), Unavailable("not asked"));
  std::vector<Moved> open;
  for (size_t i = 0; i < requests.size(); ++i) open.push_back({i, std::move(requests[i]), false});
  Pursuit pursuit{.table = table};
  while (!open.empty()) {
    const catalog::TablePtr now = pursuit.table;
    std::map<const PartitionRoute*, std::vector<Moved>> by_route;
    for (Moved& one : open) {
      by_route[&RouteOf(*now, one.request.row_key)].push_back(std::move(one));
    }
    open.clear();
    std::vector<Task<std::vector<Moved>>> parts;
    for (auto& [route, asked] : by_route) {
      parts.push_back(WritePart(*table, *route, &asked, &results));
    }
    std::vector<std::vector<Moved>> elsewhere = co_await WhenAll(std::move(parts));
    for (auto& moved : elsewhere) std::move(moved.begin(), moved.end(), std::back_inserter(open));
    if (open.empty()) break;
    const bool again = co_await Renew(&pursuit);
    if (!again) break;
  }
  for (const Moved& one : open) {
    results[one.position] = one.maybe_done
                                ? OutcomeUnknown("the write may or may not have been done")
                                : Unavailable("the partition is being split");
  }
  co_return results;
}

// One try at one partition, of which `asked` is a part of the requests: returns what has to go
// elsewhere; everything else is answered in *results.
Task<std::vector<forwarding::PartitionClient::Moved>> Router::WritePart(
    const Table& table, const PartitionRoute& route,
    std::vector<forwarding::PartitionClient::Moved>* asked,
    std::vector<Result<WriteResult>>* results) const {
  std::vector<forwarding::PartitionClient::Moved> moved;
  std::vector<WriteRequest> part;
  std::vector<Result<WriteResult>> answers;
  std::vector<forwarding::PartitionClient::Moved> elsewhere;
  if (IsAlone(route)) {
    const bool serving = co_await Serving(*route.replica);
    if (!serving) co_return std::move(*asked);
    for (auto& one : *asked) part.push_back(std::move(one.request));
    answers = co_await route.replica->WriteAll(std::move(part));
  } else {
    for (auto& one : *asked) part.push_back(std::move(one.request));
    answers = co_await partitions_.WriteAll(route, std::move(part), &elsewhere);
  }
  for (auto& one : elsewhere) {
    auto& before = (*asked)[one.position];
    moved.push_back({before.position, std::move(one.request), before.maybe_done || one.maybe_done});
    before.position = kTaken;
  }
  for (size_t i = 0; i < asked->size(); ++i) {
    const auto& one = (*asked)[i];
    if (one.position == kTaken) continue;
    Result<WriteResult> answer = Fitting(table, std::move(answers[i]));
    // What this copy was told says nothing of one that was sent to the partition before.
    if (one.maybe_done && !answer.ok() && answer.status().code() != StatusCode::kInvalidArgument &&
        answer.status().code() != StatusCode::kInternal) {
      answer = OutcomeUnknown("the write may or may not have been done");
    }
    (*results)[one.position] = std::move(answer);
  }
  co_return moved;
}

Task<Result<StoredItem>> Router::Get(catalog::TablePtr table, std::string row_key,
                                     forwarding::Consistency consistency) const {
  Pursuit pursuit{.table = std::move(table)};
  while (true) {
    const catalog::TablePtr now = pursuit.table;
    const PartitionRoute& route = RouteOf(*now, row_key);
    Result<StoredItem> item = co_await GetAt(route, row_key, consistency);
    const bool elsewhere = !item.ok() && IsMoving(route, item.status());
    if (!elsewhere) co_return item;
    const bool again = co_await Renew(&pursuit);
    if (!again) co_return Unavailable("the partition is being split");
  }
}

Task<Result<StoredItem>> Router::GetAt(const PartitionRoute& route, const std::string& row_key,
                                       forwarding::Consistency consistency) const {
  if (!IsAlone(route)) co_return co_await partitions_.Get(route, row_key, consistency);
  if (!route.replica->ready()) co_await route.replica->WhenReady();
  engine::PinnedValue pin;
  Result<std::string_view> encoded = route.replica->Get(row_key, &pin);
  if (!encoded.ok()) co_return encoded.status();
  co_return StoredItem(std::move(pin), *encoded);
}

Task<Result<ReadPage>> Router::Read(catalog::TablePtr table, ReadRequest request,
                                    forwarding::Consistency consistency) const {
  ReadPage page;
  Pursuit pursuit{.table = std::move(table)};
  while (true) {
    // What has been read is outside of the request's bounds.
    const catalog::TablePtr now = pursuit.table;
    const PartitionRoute* route = NextRoute(*now, request);
    if (route == nullptr) co_return page;
    ReadRequest part = Within(request, *route);
    part.max_items = request.max_items - page.scanned_count;
    part.max_bytes = request.max_bytes - page.bytes;
    Result<ReadPage> read = co_await partitions_.Read(*route, std::move(part), consistency);
    if (!read.ok()) {
      if (!IsMoving(*route, read.status())) co_return read.status();
      const bool again = co_await Renew(&pursuit);
      if (!again) co_return Unavailable("the partition is being split");
      continue;
    }
    Append(std::move(*read), &page);
    if (page.last_key || !Advance(*route, &request)) co_return page;
  }
}

Task<Router::Sizes> Router::Measure(catalog::TablePtr table) const {
  std::vector<Task<Sizes>> parts;
  for (const PartitionRoute& route : table->partitions) parts.push_back(MeasurePart(route));
  const std::vector<Sizes> measured = co_await WhenAll(std::move(parts));
  Sizes total;
  for (const Sizes& part : measured) {
    for (const auto& [index, size] : part) {
      total[index].items += size.items;
      total[index].bytes += size.bytes;
    }
  }
  co_return total;
}

Task<Router::Sizes> Router::MeasurePart(const PartitionRoute& route) const {
  const replica::Replica* here = route.replica.get();
  const bool knows = here != nullptr && (here->alone() || here->ready() || here->IsFresh());
  if (!knows) {
    Result<forwarding::GroupStatus> told = co_await groups_.Describe(route, /*confirm=*/false);
    if (told.ok()) co_return std::move(told->sizes);
  }
  co_return here != nullptr ? forwarding::SizesOf(*here) : Sizes();
}

}  // namespace skerry::router
