// skerryd: the server.

#include <fmt/format.h>
#include <signal.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/log.h"
#include "server/node/config.h"
#include "server/node/node.h"
#include "server/node/service_manager.h"

namespace {

using skerry::LogLevel;

LogLevel LevelOf(const std::string& name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warning") return LogLevel::kWarning;
  if (name == "error") return LogLevel::kError;
  if (name == "off") return LogLevel::kOff;
  return LogLevel::kInfo;
}

int Fail(std::string_view message) {
  fmt::print(stderr, "skerryd: {}\n", message);
  return 1;
}

bool IsLocal(const std::string& address) {
  return address == "127.0.0.1" || address == "localhost" || address == "::1";
}

void WarnOfOpenDoors(const skerry::node::Config& config) {
  if (config.clustered() && !IsLocal(config.peer_address) && config.peer_tls_certificate.empty()) {
    skerry::LogWarning(
        "the peer port is open to other machines, and whoever reaches it may act as a node: set "
        "--peer-tls-cert, --peer-tls-key and --peer-tls-ca, or keep strangers away from it",
        {{"address", config.peer_address}});
  }
  if (IsLocal(config.address) || config.auth_required) return;
  skerry::LogWarning(
      "the data port is open to other machines and needs no credentials: set "
      "--auth=required, or listen on 127.0.0.1",
      {{"address", config.address}});
}

// The signals that end the node; blocked in every thread and waited for in this one.
sigset_t EndingSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  skerry::Result<skerry::node::ParsedConfig> parsed = skerry::node::ParseConfig(arguments);
  if (!parsed.ok()) return Fail(parsed.status().message());
  if (parsed->print_and_exit) {
    fmt::print("{}", parsed->text);
    return 0;
  }
  const skerry::node::Config& config = parsed->config;
  skerry::SetLogLevel(LevelOf(config.log_level));
  WarnOfOpenDoors(config);

  const sigset_t signals = EndingSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  skerry::Result<std::unique_ptr<skerry::node::Node>> node = skerry::node::Node::Start(config);
  if (!node.ok()) return Fail(node.status().message());
  skerry::LogInfo("serving", {{"address", config.address},
                              {"port", std::to_string((*node)->port())},
                              {"admin_port", std::to_string((*node)->admin_port())},
                              {"data", config.in_memory ? "in memory" : config.data_dir}});
  skerry::node::NotifyServiceManager("READY=1");

  int received = 0;
  sigwait(&signals, &received);
  skerry::node::NotifyServiceManager("STOPPING=1");
  skerry::LogInfo("stopping", {{"signal", received == SIGTERM ? "SIGTERM" : "SIGINT"}});
  const skerry::Status stopped = (*node)->Stop();
  if (!stopped.ok()) return Fail(stopped.message());
  if (const std::string why = (*node)->unfit(); !why.empty()) return Fail(why);
  skerry::LogInfo("stopped");
  return 0;
}
