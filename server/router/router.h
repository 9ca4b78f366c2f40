#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/task.h"
#include "server/catalog/catalog.h"
#include "server/forwarding/group_client.h"
#include "server/forwarding/partition_client.h"

namespace skerry::router {

using forwarding::StoredItem;

// From a key to the partition that holds it, which forwarding then finds the leader of.
// Thread-safe. Tables are handed in as the caller found them, so that a request sees one version of
// its table from beginning to end, but for its partitions: where one has been split meanwhile, the
// request goes on at what came of it.
class Router {
 public:
  Router(const catalog::Catalog& catalog, forwarding::PartitionClient& partitions,
         forwarding::GroupClient& groups)
      : catalog_(catalog), partitions_(partitions), groups_(groups) {}

  // Null if there is none.
  catalog::TablePtr Find(std::string_view account, std::string_view name) const {
    return catalog_.view()->Find(account, name);
  }

  // Replica::Write and WriteAll at the partitions of the requests' row keys; results in the order
  // of the requests.
  Task<Result<partition::WriteResult>> Write(catalog::TablePtr table,
                                             partition::WriteRequest request) const;
  Task<std::vector<Result<partition::WriteResult>>> WriteAll(
      catalog::TablePtr table, std::vector<partition::WriteRequest> requests) const;

  // One item. Stays on the caller's executor where it can.
  Task<Result<StoredItem>> Get(catalog::TablePtr table, std::string row_key,
                               forwarding::Consistency consistency) const;

  // A page over the row keys [lower, upper), which may span partitions; ends at the request's
  // bounds.
  Task<Result<partition::ReadPage>> Read(catalog::TablePtr table, partition::ReadRequest request,
                                         forwarding::Consistency consistency) const;

  // How much the table holds at 0, and each of its local indexes at its id: all partitions
  // together. As fresh as an eventual read; what cannot be asked for now is left as this node knows
  // it.
  using Sizes = std::map<uint32_t, partition::Statistics>;
  Task<Sizes> Measure(catalog::TablePtr table) const;

 private:
  struct Pursuit;
  Task<bool> Renew(Pursuit* pursuit) const;
  Task<bool> Serving(replica::Replica& replica) const;
  Task<std::vector<forwarding::PartitionClient::Moved>> WritePart(
      const catalog::Table& table, const catalog::PartitionRoute& route,
      std::vector<forwarding::PartitionClient::Moved>* asked,
      std::vector<Result<partition::WriteResult>>* results) const;
  Task<Sizes> MeasurePart(const catalog::PartitionRoute& route) const;
  Task<Result<StoredItem>> GetAt(const catalog::PartitionRoute& route, const std::string& row_key,
                                 forwarding::Consistency consistency) const;

  const catalog::Catalog& catalog_;
  forwarding::PartitionClient& partitions_;
  forwarding::GroupClient& groups_;
};

}  // namespace skerry::router
