#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.h"
#include "proto/catalog/v1/catalog.pb.h"
#include "server/forwarding/location.h"
#include "storage/partition/schema.h"

namespace skerry::catalog {

using proto::catalog::v1::TableStatus;
using TableRecord = proto::catalog::v1::Table;
using NodeRecord = proto::catalog::v1::Node;
using ClusterRecord = proto::catalog::v1::Cluster;

// A range of partition-key hashes and who holds it.
struct PartitionRoute : forwarding::Location {
  uint64_t first_hash = 0;
  uint64_t last_hash = UINT64_MAX;  // inclusive
};

// Whether the partition came of a split whose parent is not gone from each node: it stays where it
// is, and whole, until then.
bool IsFresh(const TableRecord& record, const proto::catalog::v1::Partition& partition);
// It is to be split, or is fresh: neither its replicas nor its leadership are moved.
bool IsSplitting(const TableRecord& record, const proto::catalog::v1::Partition& partition);
// None of its replicas is coming or going.
bool IsSettled(const proto::catalog::v1::Partition& partition);

// The ids of the group's replicas: those that it begins with, while the table is being made.
std::vector<ReplicaId> ReplicasOf(const proto::catalog::v1::Partition& partition);
// The one on `node`, or 0.
ReplicaId ReplicaOf(const proto::catalog::v1::Partition& partition, NodeId node);

// The same with its replicas named, also of a node that was never in a cluster.
proto::catalog::v1::Partition Explicit(proto::catalog::v1::Partition partition);

// A table as it was when the view that holds it was published. Immutable, shared by who reads it.
struct Table {
  TableRecord record;
  uint64_t version = 0;  // rises with each change of the record
  std::shared_ptr<const partition::Schema> schema;
  std::vector<PartitionRoute> partitions;  // in the order of their ranges, without gaps

  bool readable() const {
    return record.status() == proto::catalog::v1::TABLE_STATUS_ACTIVE ||
           record.status() == proto::catalog::v1::TABLE_STATUS_UPDATING;
  }
  const partition::LocalIndex* FindIndex(std::string_view name) const;
};
using TablePtr = std::shared_ptr<const Table>;

std::shared_ptr<const partition::Schema> MakeSchema(const TableRecord& record);

struct Versioned {
  NodeRecord record;
  uint64_t version = 0;
};

// All tables and nodes at one moment. Immutable.
class View {
 public:
  // Null if there is none.
  TablePtr Find(std::string_view account, std::string_view name) const;
  // Names in order, above `after`, at most `limit`; *more says whether others follow.
  std::vector<std::string> Names(std::string_view account, std::string_view after, size_t limit,
                                 bool* more) const;
  size_t CountTables(std::string_view account) const;

  // Account, a zero byte, name.
  static std::string KeyOf(std::string_view account, std::string_view name);
  std::map<std::string, TablePtr, std::less<>> tables;
  std::map<NodeId, Versioned> nodes;
  ClusterRecord cluster;
  uint64_t cluster_version = 0;  // 0: none was founded
};

}  // namespace skerry::catalog
