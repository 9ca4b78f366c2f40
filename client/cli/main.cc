// skerry: the operator's command.

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

#include "client/cli/arguments.h"
#include "client/cli/cluster_tables.h"
#include "client/cli/http.h"

namespace {

using skerry::Result;
using skerry::cli::Command;
using skerry::cli::HttpAnswer;

// What the process says of itself by its exit code.
constexpr int kDone = 0;
constexpr int kRefused = 1;
constexpr int kUsage = 2;
constexpr int kNoAnswer = 3;

constexpr int kShowSeconds = 10;
// What is told to the cluster may take until leaders have changed.
constexpr int kTellSeconds = 60;

int Fail(int code, std::string_view message) {
  while (message.ends_with('\n')) message.remove_suffix(1);
  fmt::print(stderr, "skerry: {}\n", message);
  return code;
}

Result<std::string> Render(const Command& command, const std::string& body) {
  namespace cli = skerry::cli;
  switch (command.kind) {
    case Command::Kind::kStatus:
      return command.json ? cli::StatusJson(body) : cli::StatusTable(body);
    case Command::Kind::kNodes:
      return command.json ? cli::NodesJson(body) : cli::NodesTable(body);
    case Command::Kind::kPartitions:
      return command.json ? cli::PartitionsJson(body, command.account, command.table)
                          : cli::PartitionsTable(body, command.account, command.table);
    case Command::Kind::kVersion:
      return command.json ? cli::VersionJson(body) : cli::VersionTable(body);
    default:
      return command.json ? Result<std::string>(body) : cli::DoneTable(body);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Result<Command> command =
      skerry::cli::ParseArguments(std::vector<std::string>(argv + 1, argv + argc));
  if (!command.ok()) return Fail(kUsage, command.status().message());
  if (command->kind == Command::Kind::kPrint) {
    fmt::print("{}", command->text);
    return kDone;
  }
  const auto endpoint = skerry::cli::ParseEndpoint(command->admin);
  if (!endpoint.ok()) return Fail(kUsage, endpoint.status().WithContext("--admin").message());
  const bool tells = command->kind == Command::Kind::kTell;
  const Result<HttpAnswer> answer = skerry::cli::CallHttp(
      *endpoint, tells ? "POST" : "GET", tells ? "/cluster/" + command->name : "/cluster",
      command->body, tells ? kTellSeconds : kShowSeconds);
  if (!answer.ok()) return Fail(kNoAnswer, answer.status().message());
  if (answer->status != 200) return Fail(kRefused, answer->body);
  const Result<std::string> text = Render(*command, answer->body);
  if (!text.ok()) return Fail(kNoAnswer, text.status().message());
  fmt::print("{}", *text);
  return kDone;
}
