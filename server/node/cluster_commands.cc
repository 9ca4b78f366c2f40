#include "server/node/cluster_commands.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <optional>
#include <utility>

#include "server/api/context.h"
#include "storage/partition/row_key.h"

namespace skerry::node {
namespace {

struct TransferLeader {
  std::string table;
  std::string account = std::string(api::kDefaultAccount);
  NodeId to;
};

Result<TransferLeader> ReadTransferLeader(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(body).get(object) != simdjson::SUCCESS) {
    return InvalidArgument("the body is no JSON object");
  }
  TransferLeader command;
  std::string_view text;
  uint64_t node = 0;
  if (object["table"].get(text) != simdjson::SUCCESS) {
    return InvalidArgument("\"table\" must name a table");
  }
  command.table = text;
  if (object["to"].get(node) != simdjson::SUCCESS) {
    return InvalidArgument("\"to\" must be the number of a node");
  }
  command.to = NodeId(node);
  if (object["account"].get(text) == simdjson::SUCCESS) command.account = text;
  return command;
}

// The replica on `node` that may lead the partition, or 0.
ReplicaId VoterOn(const proto::catalog::v1::Partition& partition, NodeId node) {
  for (const auto& replica : partition.replicas()) {
    const ReplicaId id(replica.id());
    if (NodeOf(id) == node && !replica.joining() && !replica.leaving()) return id;
  }
  return ReplicaId(0);
}

Task<Result<std::string>> Transfer(catalog::Catalog& catalog, forwarding::GroupClient& groups,
                                   TransferLeader command) {
  const catalog::TablePtr table = catalog.view()->Find(command.account, command.table);
  if (table == nullptr) co_return NotFound("there is no table " + command.table);
  int transferred = 0;
  int leads_already = 0;
  for (size_t i = 0; i < table->partitions.size(); ++i) {
    const ReplicaId target = VoterOn(table->record.partitions(static_cast<int>(i)), command.to);
    if (target.value == 0) continue;
    const catalog::PartitionRoute& route = table->partitions[i];
    const Result<forwarding::GroupStatus> status =
        co_await groups.Describe(route, /*confirm=*/false);
    if (!status.ok()) co_return status.status();
    if (status->leader == target) {
      ++leads_already;
      continue;
    }
    Status done = co_await groups.TransferLeadership(route, target);
    if (!done.ok()) co_return done;
    ++transferred;
  }
  if (transferred + leads_already == 0) {
    co_return NotFound(
        fmt::format("node {} has no voting replica of table {}", command.to.value, command.table));
  }
  co_return fmt::format("{{\"transferred\":{},\"led_already\":{}}}\n", transferred, leads_already);
}

struct SplitPartition {
  std::string table;
  std::string account = std::string(api::kDefaultAccount);
  std::optional<uint64_t> partition;
  std::optional<std::string> key;
};

Result<SplitPartition> ReadSplit(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(body).get(object) != simdjson::SUCCESS) {
    return InvalidArgument("the body is no JSON object");
  }
  SplitPartition command;
  std::string_view text;
  if (object["table"].get(text) != simdjson::SUCCESS) {
    return InvalidArgument("\"table\" must name a table");
  }
  command.table = text;
  uint64_t partition = 0;
  if (object["partition"].get(partition) == simdjson::SUCCESS) command.partition = partition;
  if (object["key"].get(text) == simdjson::SUCCESS) command.key = text;
  if (command.partition.has_value() == command.key.has_value()) {
    return InvalidArgument(
        "either \"partition\", a partition's number, or \"key\", a partition key, must be there");
  }
  if (object["account"].get(text) == simdjson::SUCCESS) command.account = text;
  return command;
}

Result<uint64_t> HashOfKey(const catalog::Table& table, const std::string& key) {
  document::AttributeValue value = document::AttributeValue::S(key);
  if (table.schema->key.partition_type == document::Type::kNumber) {
    SKERRY_ASSIGN_OR_RETURN(const document::Number number, document::Number::Parse(key));
    value = document::AttributeValue::N(number);
  } else if (table.schema->key.partition_type == document::Type::kBinary) {
    return InvalidArgument("a binary key cannot be said: name the partition");
  }
  return partition::HashOfRow(partition::ItemCollectionPrefix(value));
}

// By "key" at the key's hash, which goes to the lower one; by "partition" at its middle.
Task<Result<std::string>> Split(catalog::Catalog& catalog, SplitPartition command) {
  const catalog::TablePtr table = catalog.view()->Find(command.account, command.table);
  if (table == nullptr) co_return NotFound("there is no table " + command.table);
  GroupId group(command.partition.value_or(0));
  std::optional<uint64_t> last_hash;
  if (command.key) {
    const Result<uint64_t> hash = HashOfKey(*table, *command.key);
    if (!hash.ok()) co_return hash.status();
    last_hash = *hash;
    for (const catalog::PartitionRoute& route : table->partitions) {
      if (route.first_hash <= *hash && *hash <= route.last_hash) group = route.group;
    }
  }
  const Result<catalog::TablePtr> planned = co_await catalog.Split(table, group, last_hash);
  if (!planned.ok()) co_return planned.status();
  for (const auto& partition : (*planned)->record.partitions()) {
    if (partition.group() != group.value) continue;
    co_return fmt::format("{{\"partition\":{},\"lower\":{},\"upper\":{}}}\n", group.value,
                          partition.split().lower_group(), partition.split().upper_group());
  }
  co_return Internal("what was planned is not there");
}

}  // namespace

Task<Result<std::string>> RunClusterCommand(catalog::Catalog& catalog,
                                            forwarding::GroupClient& groups, std::string command,
                                            std::string body) {
  if (command == "split") {
    Result<SplitPartition> split = ReadSplit(body);
    if (!split.ok()) co_return split.status();
    co_return co_await Split(catalog, std::move(*split));
  }
  if (command != "transfer-leader") co_return NotFound("there is no such command: " + command);
  Result<TransferLeader> transfer = ReadTransferLeader(body);
  if (!transfer.ok()) co_return transfer.status();
  co_return co_await Transfer(catalog, groups, std::move(*transfer));
}

}  // namespace skerry::node
