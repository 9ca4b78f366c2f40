#include "server/router/router.h"

#include <algorithm>
#include <map>
#include <utility>

#include "storage/partition/row_key.h"

namespace skerry::router {
namespace {

using catalog::PartitionRoute;
using catalog::Table;
using partition::ReadPage;
using partition::ReadRequest;
using partition::WriteRequest;
using partition::WriteResult;

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

// Narrows a page's request to what lies in one partition.
ReadRequest Within(const ReadRequest& request, const PartitionRoute& route) {
  ReadRequest part = request;
  part.lower = std::max(request.lower, partition::FirstRow(request.index, route.first_hash));
  if (route.last_hash != UINT64_MAX) {
    part.upper = std::min(request.upper, partition::FirstRow(request.index, route.last_hash + 1));
  }
  return part;
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

Task<Result<WriteResult>> Router::Write(catalog::TablePtr table, WriteRequest request) const {
  const PartitionRoute& route = RouteOf(*table, request.row_key);
  if (IsAlone(route)) co_return co_await route.replica->Write(std::move(request));
  Result<WriteResult> result = co_await partitions_.Write(route, std::move(request));
  co_return Fitting(*table, std::move(result));
}

Task<std::vector<Result<WriteResult>>> Router::WriteAll(catalog::TablePtr table,
                                                        std::vector<WriteRequest> requests) const {
  std::map<const PartitionRoute*, std::vector<size_t>> by_route;
  std::vector<Result<WriteResult>> results(requests.size(), Unavailable("not asked"));
  for (size_t i = 0; i < requests.size(); ++i) {
    by_route[&RouteOf(*table, requests[i].row_key)].push_back(i);
  }
  for (auto& [route, positions] : by_route) {
    std::vector<WriteRequest> part;
    for (size_t i : positions) part.push_back(std::move(requests[i]));
    std::vector<Result<WriteResult>> answers =
        co_await partitions_.WriteAll(*route, std::move(part));
    for (size_t i = 0; i < positions.size(); ++i) {
      results[positions[i]] = Fitting(*table, std::move(answers[i]));
    }
  }
  co_return results;
}

Task<Result<StoredItem>> Router::Get(catalog::TablePtr table, std::string row_key,
                                     forwarding::Consistency consistency) const {
  const PartitionRoute& route = RouteOf(*table, row_key);
  if (!IsAlone(route)) co_return co_await partitions_.Get(route, std::move(row_key), consistency);
  if (!route.replica->ready()) co_await route.replica->WhenReady();
  engine::PinnedValue pin;
  Result<std::string_view> encoded = route.replica->Get(row_key, &pin);
  if (!encoded.ok()) co_return encoded.status();
  co_return StoredItem(std::move(pin), *encoded);
}

Task<Result<ReadPage>> Router::Read(catalog::TablePtr table, ReadRequest request,
                                    forwarding::Consistency consistency) const {
  ReadPage page;
  std::vector<const PartitionRoute*> routes;
  for (const PartitionRoute& route : table->partitions) routes.push_back(&route);
  if (!request.forward) std::reverse(routes.begin(), routes.end());
  for (const PartitionRoute* route : routes) {
    ReadRequest part = Within(request, *route);
    if (part.lower >= part.upper) continue;
    part.max_items = request.max_items - page.scanned_count;
    part.max_bytes = request.max_bytes - page.bytes;
    Result<ReadPage> read = co_await partitions_.Read(*route, std::move(part), consistency);
    if (!read.ok()) co_return read.status();
    Append(std::move(*read), &page);
    if (page.last_key) break;
  }
  co_return page;
}

}  // namespace skerry::router
