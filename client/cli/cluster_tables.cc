#include "client/cli/cluster_tables.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace skerry::cli {
namespace {

namespace dom = simdjson::dom;

using Row = std::vector<std::string>;

// Columns as wide as what stands in them; the last one ends where its text does.
std::string Aligned(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += fmt::format("{:<{}}", row[i], i + 1 == row.size() ? 0 : widths[i] + 2);
    }
    while (line.ends_with(' ')) line.pop_back();
    text += line + "\n";
  }
  return text;
}

// A node's answer. simdjson's own failures end here.
template <typename Use>
auto WithPage(std::string_view page, Use use) -> decltype(use(std::declval<dom::object>())) {
  try {
    dom::parser parser;
    const dom::element parsed = parser.parse(page.data(), page.size());
    return use(parsed.get_object().value());
  } catch (const simdjson::simdjson_error& error) {
    return Corruption(fmt::format("the node's answer cannot be read: {}", error.what()));
  }
}

uint64_t NumberIn(const dom::object& object, std::string_view name) {
  return object[name].get_uint64();
}
std::string TextIn(const dom::object& object, std::string_view name) {
  return std::string(object[name].get_string().value());
}
bool FlagIn(const dom::object& object, std::string_view name) { return object[name].get_bool(); }

std::string NodeOrNobody(uint64_t node) { return node == 0 ? "-" : std::to_string(node); }

// The cluster in figures.
struct Summary {
  std::map<std::string, int> nodes;  // by state
  std::vector<uint64_t> away;
  std::vector<uint64_t> draining;
  int partitions = 0;
  int without_leader = 0;  // as far as the node knows
  int moving = 0;          // a replica joins or leaves
  int replicas_away = 0;   // voters on nodes that are away
  int without_majority = 0;
};

Summary Summarize(const dom::object& page) {
  Summary summary;
  for (const dom::object node : page["nodes"].get_array()) {
    const std::string state = TextIn(node, "state");
    ++summary.nodes[state];
    if (state == "draining") summary.draining.push_back(NumberIn(node, "id"));
    if (state != "removed" && FlagIn(node, "away")) summary.away.push_back(NumberIn(node, "id"));
  }
  const auto is_away = [&](uint64_t node) {
    return std::find(summary.away.begin(), summary.away.end(), node) != summary.away.end();
  };
  for (const dom::object partition : page["partitions"].get_array()) {
    ++summary.partitions;
    if (NumberIn(partition, "leader") == 0) ++summary.without_leader;
    bool moving = false;
    int voters = 0;
    int away = 0;
    for (const dom::object replica : partition["replicas"].get_array()) {
      const bool voter = FlagIn(replica, "voter");
      moving = moving || !voter || FlagIn(replica, "leaving");
      voters += voter ? 1 : 0;
      away += voter && is_away(NumberIn(replica, "node")) ? 1 : 0;
    }
    summary.moving += moving ? 1 : 0;
    summary.replicas_away += away;
    summary.without_majority += 2 * (voters - away) <= voters ? 1 : 0;
  }
  return summary;
}

// The cluster's version, and where it goes or may not go.
std::string VersionText(const dom::object& page) {
  const uint64_t version = NumberIn(page, "version");
  const uint64_t hold = NumberIn(page, "version_hold");
  if (hold == 0) return std::to_string(version);
  if (hold < version) return fmt::format("{}, going back to {}", version, hold);
  return fmt::format("{}, held at {}", version, hold);
}

std::string SpokenText(const dom::object& node) {
  return fmt::format("{}-{}", NumberIn(node, "oldest_version"), NumberIn(node, "newest_version"));
}

std::string ListOf(const std::vector<uint64_t>& numbers) {
  std::string list;
  for (const uint64_t number : numbers) {
    list += fmt::format("{}{}", list.empty() ? "" : ",", number);
  }
  return list;
}

bool Chosen(const dom::object& partition, std::string_view account, std::string_view table) {
  return (account.empty() || TextIn(partition, "account") == account) &&
         (table.empty() || TextIn(partition, "table") == table);
}

// 2, 3+ (joins), 4- (leaves).
std::string ReplicasText(const dom::object& partition) {
  std::string text;
  for (const dom::object replica : partition["replicas"].get_array()) {
    if (!text.empty()) text.push_back(',');
    text += std::to_string(NumberIn(replica, "node"));
    if (!FlagIn(replica, "voter")) text.push_back('+');
    if (FlagIn(replica, "leaving")) text.push_back('-');
  }
  return text;
}

}  // namespace

Result<std::string> StatusTable(std::string_view page) {
  return WithPage(page, [](const dom::object& object) -> Result<std::string> {
    Summary summary = Summarize(object);
    const auto or_none = [](const std::vector<uint64_t>& nodes) {
      return nodes.empty() ? "none" : ListOf(nodes);
    };
    std::vector<Row> rows;
    rows.push_back({"asked node", std::to_string(NumberIn(object, "self"))});
    rows.push_back({"catalog's leader", NodeOrNobody(NumberIn(object, "catalog_leader"))});
    rows.push_back({"version", VersionText(object)});
    rows.push_back(
        {"nodes", fmt::format("{} active, {} draining, {} removed", summary.nodes["active"],
                              summary.nodes["draining"], summary.nodes["removed"])});
    rows.push_back({"away", or_none(summary.away)});
    rows.push_back({"draining", or_none(summary.draining)});
    rows.push_back({"partitions", std::to_string(summary.partitions)});
    rows.push_back({"  moving", std::to_string(summary.moving)});
    rows.push_back({"  no leader known", std::to_string(summary.without_leader)});
    rows.push_back({"  no majority", std::to_string(summary.without_majority)});
    rows.push_back({"replicas away", std::to_string(summary.replicas_away)});
    return Aligned(rows);
  });
}

Result<std::string> NodesTable(std::string_view page) {
  return WithPage(page, [](const dom::object& object) -> Result<std::string> {
    std::vector<Row> rows = {
        {"NODE", "STATE", "ZONE", "REPLICAS", "LEADS", "VERSIONS", "ENDPOINT", "PEERS", "ADMIN"}};
    const auto or_dash = [](std::string text) { return text.empty() ? "-" : text; };
    for (const dom::object node : object["nodes"].get_array()) {
      std::string state = TextIn(node, "state");
      if (FlagIn(node, "away")) state += ", away";
      rows.push_back({std::to_string(NumberIn(node, "id")), std::move(state),
                      or_dash(TextIn(node, "zone")), std::to_string(NumberIn(node, "replicas")),
                      std::to_string(NumberIn(node, "leads")), SpokenText(node),
                      or_dash(TextIn(node, "endpoint")), or_dash(TextIn(node, "peer_address")),
                      or_dash(TextIn(node, "admin_endpoint"))});
    }
    return Aligned(rows);
  });
}

Result<std::string> VersionTable(std::string_view page) {
  return WithPage(page, [](const dom::object& object) -> Result<std::string> {
    std::vector<Row> rows;
    rows.push_back({"version", VersionText(object)});
    for (const dom::element wait : object["version_waits_for"].get_array()) {
      rows.push_back(
          {rows.size() == 1 ? "waits" : "", std::string(std::string_view(wait.get_string()))});
    }
    for (const dom::object node : object["nodes"].get_array()) {
      if (TextIn(node, "state") == "removed") continue;
      rows.push_back({fmt::format("node {} speaks", NumberIn(node, "id")), SpokenText(node)});
    }
    return Aligned(rows);
  });
}

Result<std::string> PartitionsTable(std::string_view page, std::string_view account,
                                    std::string_view table) {
  return WithPage(page, [&](const dom::object& object) -> Result<std::string> {
    std::vector<Row> rows = {{"TABLE", "PARTITION", "FROM", "TO", "LEADER", "REPLICAS", "ACCOUNT"}};
    for (const dom::object partition : object["partitions"].get_array()) {
      if (!Chosen(partition, account, table)) continue;
      rows.push_back({TextIn(partition, "table"), std::to_string(NumberIn(partition, "group")),
                      TextIn(partition, "first_hash"), TextIn(partition, "last_hash"),
                      NodeOrNobody(NumberIn(partition, "leader")), ReplicasText(partition),
                      TextIn(partition, "account")});
    }
    return Aligned(rows);
  });
}

Result<std::string> StatusJson(std::string_view page) {
  return WithPage(page, [](const dom::object& object) -> Result<std::string> {
    Summary summary = Summarize(object);
    return fmt::format(
        R"({{"self":{},"catalog_leader":{},"version":{},"version_hold":{},"active":{},"draining":[{}],"removed":{},"away":[{}],)"
        R"("partitions":{},"moving":{},"without_leader":{},"without_majority":{},)"
        R"("replicas_away":{}}})"
        "\n",
        NumberIn(object, "self"), NumberIn(object, "catalog_leader"), NumberIn(object, "version"),
        NumberIn(object, "version_hold"), summary.nodes["active"], ListOf(summary.draining),
        summary.nodes["removed"], ListOf(summary.away), summary.partitions, summary.moving,
        summary.without_leader, summary.without_majority, summary.replicas_away);
  });
}

Result<std::string> NodesJson(std::string_view page) {
  return WithPage(page, [](const dom::object& object) -> Result<std::string> {
    return simdjson::minify(object["nodes"].value()) + "\n";
  });
}

Result<std::string> VersionJson(std::string_view page) {
  return WithPage(page, [](const dom::object& object) -> Result<std::string> {
    std::string nodes;
    for (const dom::object node : object["nodes"].get_array()) {
      nodes += fmt::format(R"({}{{"id":{},"oldest_version":{},"newest_version":{}}})",
                           nodes.empty() ? "" : ",", NumberIn(node, "id"),
                           NumberIn(node, "oldest_version"), NumberIn(node, "newest_version"));
    }
    return fmt::format(R"({{"version":{},"version_hold":{},"version_waits_for":{},"nodes":[{}]}})"
                       "\n",
                       NumberIn(object, "version"), NumberIn(object, "version_hold"),
                       simdjson::minify(object["version_waits_for"].value()), nodes);
  });
}

Result<std::string> PartitionsJson(std::string_view page, std::string_view account,
                                   std::string_view table) {
  return WithPage(page, [&](const dom::object& object) -> Result<std::string> {
    std::string list;
    for (const dom::object partition : object["partitions"].get_array()) {
      if (!Chosen(partition, account, table)) continue;
      list += fmt::format("{}{}", list.empty() ? "" : ",", simdjson::minify(partition));
    }
    return "[" + list + "]\n";
  });
}

Result<std::string> DoneTable(std::string_view answer) {
  return WithPage(answer, [](const dom::object& object) -> Result<std::string> {
    std::vector<Row> rows;
    for (const auto& [key, value] : object) {
      std::string name(key);
      std::replace(name.begin(), name.end(), '_', ' ');
      std::string_view text;
      const bool is_text = value.get_string().get(text) == simdjson::SUCCESS;
      rows.push_back({std::move(name), is_text ? std::string(text) : simdjson::minify(value)});
    }
    return Aligned(rows);
  });
}

}  // namespace skerry::cli
