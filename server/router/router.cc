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

Result<replica::Replica*> ReplicaOf(const Table& table, std::string_view row_key) {
  const PartitionRoute& route = RouteOf(table, partition::HashOfRow(row_key));
  if (route.replica == nullptr) return Unavailable("the partition is not served here yet");
  return route.replica.get();
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

Task<Result<WriteResult>> Router::Write(catalog::TablePtr table, WriteRequest request) const {
  Result<replica::Replica*> replica = ReplicaOf(*table, request.row_key);
  if (!replica.ok()) co_return replica.status();
  co_return co_await (*replica)->Write(std::move(request));
}

Task<std::vector<Result<WriteResult>>> Router::WriteAll(catalog::TablePtr table,
                                                        std::vector<WriteRequest> requests) const {
  std::map<replica::Replica*, std::vector<size_t>> by_replica;
  std::vector<Result<WriteResult>> results(requests.size(), Unavailable("not asked"));
  for (size_t i = 0; i < requests.size(); ++i) {
    Result<replica::Replica*> replica = ReplicaOf(*table, requests[i].row_key);
    if (replica.ok()) {
      by_replica[*replica].push_back(i);
    } else {
      results[i] = replica.status();
    }
  }
  for (auto& [replica, positions] : by_replica) {
    std::vector<WriteRequest> part;
    for (size_t i : positions) part.push_back(std::move(requests[i]));
    std::vector<Result<WriteResult>> answers = co_await replica->WriteAll(std::move(part));
    for (size_t i = 0; i < positions.size(); ++i) results[positions[i]] = std::move(answers[i]);
  }
  co_return results;
}

Task<Result<StoredItem>> Router::Get(catalog::TablePtr table, std::string row_key) const {
  Result<replica::Replica*> replica = ReplicaOf(*table, row_key);
  if (!replica.ok()) co_return replica.status();
  if (!(*replica)->ready()) co_await (*replica)->WhenReady();
  StoredItem item;
  Result<std::string_view> encoded = (*replica)->Get(row_key, &item.pin);
  if (!encoded.ok()) co_return encoded.status();
  item.encoded = *encoded;
  co_return item;
}

Task<Result<ReadPage>> Router::Read(catalog::TablePtr table, ReadRequest request) const {
  ReadPage page;
  std::vector<const PartitionRoute*> routes;
  for (const PartitionRoute& route : table->partitions) routes.push_back(&route);
  if (!request.forward) std::reverse(routes.begin(), routes.end());
  for (const PartitionRoute* route : routes) {
    ReadRequest part = Within(request, *route);
    if (part.lower >= part.upper) continue;
    if (route->replica == nullptr) co_return Unavailable("the partition is not served here yet");
    if (!route->replica->ready()) co_await route->replica->WhenReady();
    part.max_items = request.max_items - page.scanned_count;
    part.max_bytes = request.max_bytes - page.bytes;
    Result<ReadPage> read = route->replica->Read(part);
    if (!read.ok()) co_return read.status();
    Append(std::move(*read), &page);
    if (page.last_key) break;
  }
  co_return page;
}

}  // namespace skerry::router
