#include "server/node/cluster_commands.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <utility>

#include "server/api/context.h"

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

}  // namespace

Task<Result<std::string>> RunClusterCommand(catalog::Catalog& catalog,
                                            forwarding::GroupClient& groups, std::string command,
                                            std::string body) {
  if (command != "transfer-leader") co_return NotFound("there is no such command: " + command);
  Result<TransferLeader> transfer = ReadTransferLeader(body);
  if (!transfer.ok()) co_return transfer.status();
  co_return co_await Transfer(catalog, groups, std::move(*transfer));
}

}  // namespace skerry::node
