#include "server/node/cluster_commands.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <memory>
#include <optional>
#include <utility>

#include "server/api/context.h"
#include "storage/partition/row_key.h"

namespace skerry::node {
namespace {

// The members of a command's body that some command asks for.
class Body {
 public:
  static Result<Body> Parse(const std::string& text) {
    Body body;
    body.parser_ = std::make_unique<simdjson::dom::parser>();
    if (body.parser_->parse(text).get(body.object_) != simdjson::SUCCESS) {
      return InvalidArgument("the body is no JSON object");
    }
    return body;
  }
  Result<std::string> Table() const {
    std::string_view text;
    if (object_["table"].get(text) != simdjson::SUCCESS) {
      return InvalidArgument("\"table\" must name a table");
    }
    return std::string(text);
  }
  std::string Account() const {
    std::string_view text;
    return std::string(object_["account"].get(text) == simdjson::SUCCESS ? text
                                                                         : api::kDefaultAccount);
  }
  Result<NodeId> Node(std::string_view name) const {
    uint64_t node = 0;
    if (object_[name].get(node) != simdjson::SUCCESS) {
      return InvalidArgument(fmt::format("\"{}\" must be the number of a node", name));
    }
    return NodeId(node);
  }
  Result<uint64_t> Version(std::string_view name) const {
    uint64_t version = 0;
    if (object_[name].get(version) != simdjson::SUCCESS || version == 0 || version > UINT32_MAX) {
      return InvalidArgument(fmt::format("\"{}\" must be a version of the cluster", name));
    }
    return version;
  }
  Result<GroupId> Partition() const {
    uint64_t group = 0;
    if (object_["partition"].get(group) != simdjson::SUCCESS) {
      return InvalidArgument("\"partition\" must be the number of a partition");
    }
    return GroupId(group);
  }
  bool Has(std::string_view name) const {
    simdjson::dom::element element;
    return object_[name].get(element) == simdjson::SUCCESS;
  }
  // A partition key; absent: none is there.
  std::optional<std::string> Key() const {
    std::string_view text;
    if (object_["key"].get(text) != simdjson::SUCCESS) return std::nullopt;
    return std::string(text);
  }
  Result<bool> Flag(std::string_view name) const {
    bool flag = false;
    const auto error = object_[name].get(flag);
    if (error == simdjson::SUCCESS || error == simdjson::NO_SUCH_FIELD) return flag;
    return InvalidArgument(fmt::format("\"{}\" must be true or false", name));
  }

 private:
  std::unique_ptr<simdjson::dom::parser> parser_;
  simdjson::dom::object object_;
};

// The replica on `node` that may lead the partition, or 0.
ReplicaId VoterOn(const proto::catalog::v1::Partition& partition, NodeId node) {
  for (const auto& replica : partition.replicas()) {
    const ReplicaId id(replica.id());
    if (NodeOf(id) == node && !replica.joining() && !replica.leaving()) return id;
  }
  return ReplicaId(0);
}

Task<Result<std::string>> TransferLeader(catalog::Catalog& catalog, forwarding::GroupClient& groups,
                                         std::string account, std::string name, NodeId to) {
  const catalog::TablePtr table = catalog.view()->Find(account, name);
  if (table == nullptr) co_return NotFound("there is no table " + name);
  int transferred = 0;
  int leads_already = 0;
  for (size_t i = 0; i < table->partitions.size(); ++i) {
    const ReplicaId target = VoterOn(table->record.partitions(static_cast<int>(i)), to);
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
    co_return NotFound(fmt::format("node {} has no voting replica of table {}", to.value, name));
  }
  co_return fmt::format("{{\"transferred\":{},\"led_already\":{}}}\n", transferred, leads_already);
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
Task<Result<std::string>> Split(catalog::Catalog& catalog, std::string account, std::string name,
                                std::optional<GroupId> partition, std::optional<std::string> key) {
  const catalog::TablePtr table = catalog.view()->Find(account, name);
  if (table == nullptr) co_return NotFound("there is no table " + name);
  GroupId group = partition.value_or(GroupId(0));
  std::optional<uint64_t> last_hash;
  if (key) {
    const Result<uint64_t> hash = HashOfKey(*table, *key);
    if (!hash.ok()) co_return hash.status();
    last_hash = *hash;
    for (const catalog::PartitionRoute& route : table->partitions) {
      if (route.first_hash <= *hash && *hash <= route.last_hash) group = route.group;
    }
  }
  const Result<catalog::TablePtr> planned = co_await catalog.Split(table, group, last_hash);
  if (!planned.ok()) co_return planned.status();
  for (const auto& parent : (*planned)->record.partitions()) {
    if (parent.group() != group.value) continue;
    co_return fmt::format("{{\"partition\":{},\"lower\":{},\"upper\":{}}}\n", group.value,
                          parent.split().lower_group(), parent.split().upper_group());
  }
  co_return Internal("what was planned is not there");
}

// What a command that only changes what is to be answers.
Task<Result<std::string>> Answer(Task<Status> task, std::string done) {
  Status status = co_await std::move(task);
  if (!status.ok()) co_return status;
  co_return done;
}

std::string NodeAnswer(NodeId node, std::string_view state) {
  return fmt::format("{{\"node\":{},\"state\":\"{}\"}}\n", node.value, state);
}

// The task that does it; a command that cannot be understood is a failure.
Result<Task<Result<std::string>>> Begin(catalog::Catalog& catalog, forwarding::GroupClient& groups,
                                        const std::string& command, const std::string& text) {
  SKERRY_ASSIGN_OR_RETURN(const Body body, Body::Parse(text));
  if (command == "transfer-leader") {
    SKERRY_ASSIGN_OR_RETURN(std::string table, body.Table());
    SKERRY_ASSIGN_OR_RETURN(const NodeId to, body.Node("to"));
    return TransferLeader(catalog, groups, body.Account(), std::move(table), to);
  }
  if (command == "split") {
    SKERRY_ASSIGN_OR_RETURN(std::string table, body.Table());
    std::optional<GroupId> group;
    const std::optional<std::string> key = body.Key();
    if (key.has_value() == body.Has("partition")) {
      return InvalidArgument("either \"partition\" or \"key\" must say which one");
    }
    if (!key) {
      SKERRY_ASSIGN_OR_RETURN(group, body.Partition());
    }
    return Split(catalog, body.Account(), std::move(table), group, key);
  }
  if (command == "move") {
    SKERRY_ASSIGN_OR_RETURN(std::string table, body.Table());
    SKERRY_ASSIGN_OR_RETURN(const GroupId group, body.Partition());
    SKERRY_ASSIGN_OR_RETURN(const NodeId from, body.Node("from"));
    SKERRY_ASSIGN_OR_RETURN(const NodeId to, body.Node("to"));
    return Answer(catalog.MoveReplica(body.Account(), std::move(table), group, from, to),
                  fmt::format("{{\"partition\":{},\"from\":{},\"to\":{},\"state\":\"moving\"}}\n",
                              group.value, from.value, to.value));
  }
  if (command == "drain" || command == "undrain" || command == "remove") {
    SKERRY_ASSIGN_OR_RETURN(const NodeId node, body.Node("node"));
    SKERRY_ASSIGN_OR_RETURN(const bool fewer, body.Flag("fewer_replicas"));
    if (command == "drain") {
      return Answer(catalog.Drain(node, fewer), NodeAnswer(node, "draining"));
    }
    if (command == "undrain") return Answer(catalog.Undrain(node), NodeAnswer(node, "active"));
    return Answer(catalog.Remove(node), NodeAnswer(node, "removed"));
  }
  if (command == "version") {
    uint64_t level = 0;
    if (body.Has("release")) {
      SKERRY_ASSIGN_OR_RETURN(const bool release, body.Flag("release"));
      if (!release || body.Has("hold")) {
        return InvalidArgument("either \"hold\" names a version, or \"release\" is true");
      }
    } else {
      SKERRY_ASSIGN_OR_RETURN(level, body.Version("hold"));
    }
    return Answer(catalog.HoldLevel(static_cast<FeatureLevel>(level)),
                  fmt::format("{{\"version_hold\":{}}}\n", level));
  }
  if (command == "recover") {
    return Unimplemented(
        "recovery of a partition that has lost most of its replicas is not built yet: bring their "
        "nodes back with their data directories");
  }
  return NotFound("there is no such command: " + command);
}

}  // namespace

Task<Result<std::string>> RunClusterCommand(catalog::Catalog& catalog,
                                            forwarding::GroupClient& groups, std::string command,
                                            std::string body) {
  Result<Task<Result<std::string>>> begun = Begin(catalog, groups, command, body);
  if (!begun.ok()) co_return begun.status();
  co_return co_await std::move(*begun);
}

}  // namespace skerry::node
