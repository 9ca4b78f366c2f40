#include "client/cli/arguments.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace skerry::cli {
namespace {

constexpr const char* kDefaultAdmin = "127.0.0.1:8001";
constexpr const char* kDefaultAccount = "000000000000";

// A string of JSON.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted.push_back('\\');
      quoted.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04x}", c);
    } else {
      quoted.push_back(c);
    }
  }
  quoted.push_back('"');
  return quoted;
}

// Where options put what they are given.
struct Raw {
  std::string admin = kDefaultAdmin;
  std::string account = kDefaultAccount;
  std::string table;
  bool json = false;
  uint64_t partition = 0;
  uint64_t from = 0;
  uint64_t to = 0;
  uint64_t node = 0;
  uint64_t hold = 0;
  bool release = false;
  bool fewer_replicas = false;
  bool accept_data_loss = false;
};

std::string OfTable(const Raw& raw) {
  return fmt::format(R"("account":{},"table":{})", Quoted(raw.account), Quoted(raw.table));
}

std::string OfPartition(const Raw& raw) {
  return fmt::format(R"({},"partition":{})", OfTable(raw), raw.partition);
}

// The subcommands of `skerry cluster`; each that is parsed fills the command.
class ClusterCommands {
 public:
  ClusterCommands(CLI::App& cluster, Raw& raw, Command& command)
      : cluster_(cluster), raw_(raw), command_(command) {}

  void AddAll() {
    Show("status", "what the cluster has, and what is wrong with it", Command::Kind::kStatus);
    Show("nodes", "its nodes", Command::Kind::kNodes);
    CLI::App& partitions =
        Show("partitions", "partitions, their replicas and leaders", Command::Kind::kPartitions);
    partitions.add_option("--table", raw_.table, "only this table's");
    partitions.add_option("--account", raw_.account, "the table's account");

    CLI::App& transfer =
        Tell("transfer-leader", "have a node lead the table's partitions of which it has a replica",
             [this] { return fmt::format(R"({{{},"to":{}}})", OfTable(raw_), raw_.to); });
    AddTable(transfer);
    transfer.add_option("--to", raw_.to, "number of the node")->required();

    CLI::App& move = Tell("move", "move a replica of a partition from one node to another", [this] {
      return fmt::format(R"({{{},"from":{},"to":{}}})", OfPartition(raw_), raw_.from, raw_.to);
    });
    AddPartition(move);
    move.add_option("--from", raw_.from, "number of the node that has it")->required();
    move.add_option("--to", raw_.to, "number of the node that gets it")->required();

    AddPartition(Tell("split", "split a partition in two",
                      [this] { return fmt::format("{{{}}}", OfPartition(raw_)); }));
    CLI::App& drain = Tell("drain", "move everything away from a node", [this] {
      return fmt::format(R"({{"node":{},"fewer_replicas":{}}})", raw_.node, raw_.fewer_replicas);
    });
    AddNode(drain);
    drain.add_flag("--fewer-replicas", raw_.fewer_replicas,
                   "also where too few other nodes are left to hold as many replicas");
    AddNode(Tell("undrain", "let a node that was drained have replicas again", NodeBody()));
    AddNode(Tell("remove", "take a drained or dead node out of the cluster, for good", NodeBody()));

    AddVersion();

    CLI::App& recover = Tell(
        "recover", "give a partition that lost most of its replicas to one that is left", [this] {
          return fmt::format(R"({{{},"from":{},"accept_data_loss":{}}})", OfPartition(raw_),
                             raw_.from, raw_.accept_data_loss);
        });
    AddPartition(recover);
    recover.add_option("--from", raw_.from, "number of the node whose replica is to go on")
        ->required();
    recover.add_flag("--accept-data-loss", raw_.accept_data_loss,
                     "writes that this replica has not heard of are lost, although they were "
                     "answered; nodes that come back later are ignored");
  }

 private:
  // Shows, unless it is told something.
  void AddVersion() {
    CLI::App& app =
        Add("version", "the cluster's version, who waits for what, and how high it may go");
    CLI::Option* hold =
        app.add_option("--hold", raw_.hold, "go to no higher version, and back to it from one");
    CLI::Option* release =
        app.add_flag("--release", raw_.release, "rise again as soon as all nodes speak more");
    release->excludes(hold);
    app.callback([this, hold] {
      command_.kind = Command::Kind::kVersion;
      if (hold->count() == 0 && !raw_.release) return;
      command_.kind = Command::Kind::kTell;
      command_.name = "version";
      command_.body =
          raw_.release ? R"({"release":true})" : fmt::format(R"({{"hold":{}}})", raw_.hold);
    });
  }
  CLI::App& Add(const std::string& name, const std::string& help) {
    CLI::App& app = *cluster_.add_subcommand(name, help);
    app.fallthrough();
    return app;
  }
  CLI::App& Show(const std::string& name, const std::string& help, Command::Kind kind) {
    CLI::App& app = Add(name, help);
    app.callback([this, kind] { command_.kind = kind; });
    return app;
  }
  template <typename Body>
  CLI::App& Tell(const std::string& name, const std::string& help, Body body) {
    CLI::App& app = Add(name, help);
    app.callback([this, name, body] {
      command_.kind = Command::Kind::kTell;
      command_.name = name;
      command_.body = body();
    });
    return app;
  }
  std::function<std::string()> NodeBody() {
    return [this] { return fmt::format(R"({{"node":{}}})", raw_.node); };
  }
  void AddTable(CLI::App& app) {
    app.add_option("--table", raw_.table, "name of the table")->required();
    app.add_option("--account", raw_.account, "the table's account");
  }
  void AddPartition(CLI::App& app) {
    AddTable(app);
    app.add_option("--partition", raw_.partition,
                   "number of the partition, as `skerry cluster partitions` shows it")
        ->required();
  }
  void AddNode(CLI::App& app) {
    app.add_option("node", raw_.node, "number of the node")->required();
  }

  CLI::App& cluster_;
  Raw& raw_;
  Command& command_;
};

}  // namespace

Result<Command> ParseArguments(std::vector<std::string> arguments) {
  Raw raw;
  Command command;
  CLI::App app("Operates a cluster of skerryd nodes.", "skerry");
  app.require_subcommand(1);
  CLI::App& cluster = *app.add_subcommand("cluster", "show a cluster, and tell it what to do");
  cluster.require_subcommand(1);
  cluster.add_option("--admin", raw.admin, "host:port of any node's admin port")
      ->envname("SKERRY_ADMIN")
      ->capture_default_str();
  cluster.add_flag("--json", raw.json, "print what the node says as JSON");
  ClusterCommands(cluster, raw, command).AddAll();
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::Success&) {
    CLI::App* asked = &app;
    std::string above;
    while (!asked->get_subcommands().empty()) {
      above += (above.empty() ? "" : " ") + asked->get_name();
      asked = asked->get_subcommands().front();
    }
    return Command{.text = asked->help(above)};
  } catch (const CLI::ParseError& error) {
    // CLI11 complains first of what is missing, and not of what stands in its place.
    const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
    if (unknown.empty()) return InvalidArgument(error.what());
    return InvalidArgument(fmt::format("\"{}\" is not known here: --help", unknown.front()));
  }
  command.admin = raw.admin;
  command.json = raw.json;
  command.table = raw.table;
  command.account = raw.table.empty() ? "" : raw.account;
  return command;
}

}  // namespace skerry::cli
