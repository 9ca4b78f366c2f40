#include "server/node/config.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "server/node/version.h"

namespace skerry::node {
namespace {

constexpr uint64_t kLeastMemory = 16 << 20;
constexpr uint64_t kLeastLog = 4 << 20;

struct LocalFlag {
  std::string_view theirs;
  std::string_view ours;  // empty: has no meaning here
  bool takes_value;
};
// DynamoDB Local's flags have one dash and long names, which other parsers read as a bundle of
// short ones.
constexpr std::array<LocalFlag, 9> kLocalFlags = {{
    {"-port", "--port", true},
    {"-inMemory", "--in-memory", false},
    {"-dbPath", "--data-dir", true},
    {"-sharedDb", "", false},  // tables are shared by all keys and regions anyway
    {"-delayTransientStatuses", "--delay-transient-statuses", false},
    {"-cors", "--cors-origin", true},
    {"-disableTelemetry", "", false},  // there is none
    {"-optimizeDbBeforeStartup", "", false},
    {"-help", "--help", false},
}};

std::vector<std::string> TranslateLocalFlags(const std::vector<std::string>& arguments) {
  std::vector<std::string> translated;
  for (const std::string& argument : arguments) {
    const auto* flag = std::find_if(kLocalFlags.begin(), kLocalFlags.end(),
                                    [&](const LocalFlag& f) { return f.theirs == argument; });
    if (flag == kLocalFlags.end()) {
      translated.push_back(argument);
    } else if (!flag->ours.empty()) {
      translated.emplace_back(flag->ours);
    }
  }
  return translated;
}

// id:secret[:account[:session token]]
Result<AccessKey> ParseAccessKey(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ':' && parts.size() < 4) {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  if (parts.size() < 2 || parts[0].empty() || parts[1].empty()) {
    return InvalidArgument("--access-key takes id:secret[:account[:session-token]]");
  }
  parts.resize(4);
  return AccessKey{parts[0], parts[1], parts[2], parts[3]};
}

// CLI11 asks the environment only for what the file does not say: here it is to come first. Names
// that no option has are refused here, where they can be told from what CLI11 makes of a section.
class FileBelowEnvironment final : public CLI::ConfigTOML {
 public:
  explicit FileBelowEnvironment(const CLI::App& app) : app_(app) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& file) const override {
    std::vector<CLI::ConfigItem> items = CLI::ConfigTOML::from_config(file);
    for (const CLI::ConfigItem& item : items) {
      if (!item.parents.empty()) {
        throw CLI::ConfigError("[" + item.parents.front() + "]: there are no sections");
      }
      if (app_.get_option_no_throw("--" + item.name) == nullptr) {
        throw CLI::ConfigError(item.name +
                               " is not a setting: those are the flags of skerryd --help, without "
                               "their dashes");
      }
    }
    std::erase_if(items, [this](const CLI::ConfigItem& item) {
      const CLI::Option* option = app_.get_option_no_throw("--" + item.name);
      if (option->get_envname().empty()) return false;
      const char* value = std::getenv(option->get_envname().c_str());
      return value != nullptr && *value != '\0';
    });
    return items;
  }

 private:
  const CLI::App& app_;
};

bool IsGiven(std::string_view flag, const std::vector<std::string>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [&](std::string_view argument) {
    return argument == flag || (argument.starts_with(flag) && argument[flag.size()] == '=');
  });
}

// Where the value that `message` is about stands, unless in the arguments: the variable or the
// file. CLI11 names every setting like a flag.
std::string PlaceOf(const CLI::App& app, const std::string& message,
                    const std::vector<std::string>& arguments) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string flag = option->get_name();
    const size_t at = message.find(flag);
    if (at == std::string::npos || message.find_first_of(": ", at) != at + flag.size()) continue;
    if (IsGiven(flag, arguments)) return "";
    const std::string& variable = option->get_envname();
    const char* value = variable.empty() ? nullptr : std::getenv(variable.c_str());
    if (value != nullptr && *value != '\0') return variable;
    return app.get_config_ptr()->as<std::string>();
  }
  return "";
}

std::string Explain(const CLI::App& app, const CLI::ParseError& error,
                    const std::vector<std::string>& arguments) {
  const std::string message = error.what();
  const std::string place = dynamic_cast<const CLI::ConfigError*>(&error) != nullptr
                                ? app.get_config_ptr()->as<std::string>()
                                : PlaceOf(app, message, arguments);
  return place.empty() ? message : place + ": " + message;
}

// Where options put what is not yet in its final form.
struct Raw {
  std::string durability = "synced";
  std::string auth = "none";
  std::string accounts = "shared";
  std::vector<std::string> access_keys;
  bool delay_transient_statuses = false;
  bool print_config = false;
  bool no_admin = false;
};

void AddOptions(CLI::App& app, Config& config, Raw& raw) {
  const auto env = [](CLI::Option* option, const char* name) { option->envname(name); };
  env(app.add_option("--data-dir", config.data_dir, "Directory that holds everything"),
      "SKERRY_DATA_DIR");
  env(app.add_flag("--in-memory", config.in_memory, "Keep nothing after the process ends"),
      "SKERRY_IN_MEMORY");
  env(app.add_option("--address", config.address, "Address of the data port"), "SKERRY_ADDRESS");
  env(app.add_option("--port", config.port, "Data port (0: any free one)")
          ->check(CLI::Range(0, 65535)),
      "SKERRY_PORT");
  env(app.add_option("--admin-address", config.admin_address, "Address of the admin port"),
      "SKERRY_ADMIN_ADDRESS");
  env(app.add_option("--admin-port", config.admin_port, "Admin port: /metrics, /healthz, /readyz")
          ->check(CLI::Range(0, 65535)),
      "SKERRY_ADMIN_PORT");
  env(app.add_flag("--no-admin", raw.no_admin, "Open no admin port"), "SKERRY_NO_ADMIN");
  env(app.add_option("--reactors", config.reactors, "Threads that serve requests (0: one per core)")
          ->check(CLI::Range(0, 256)),
      "SKERRY_REACTORS");
  env(app.add_option("--memory", config.memory_bytes,
                     "Memory for caches and write buffers, e.g. 256MB")
          ->transform(CLI::AsSizeValue(false)),
      "SKERRY_MEMORY");
  env(app.add_option("--log-size", config.log_bytes,
                     "Bound of the log that a restart reads, e.g. 256MB")
          ->transform(CLI::AsSizeValue(false)),
      "SKERRY_LOG_SIZE");
  env(app.add_option("--split-size", config.split_bytes,
                     "A partition with more bytes than this becomes two, e.g. 10GB (0: never)")
          ->transform(CLI::AsSizeValue(false)),
      "SKERRY_SPLIT_SIZE");
  env(app.add_option(
             "--durability", raw.durability,
             "synced: a write is answered when it is on the disk; relaxed: at most 100 ms before")
          ->check(CLI::IsMember({"synced", "relaxed"})),
      "SKERRY_DURABILITY");
  env(app.add_option("--region", config.region, "Region in the ARNs of new tables"),
      "SKERRY_REGION");
  env(app.add_option("--auth", raw.auth,
                     "none: any credentials; required: verify Signature Version 4")
          ->check(CLI::IsMember({"none", "required"})),
      "SKERRY_AUTH");
  env(app.add_option("--accounts", raw.accounts,
                     "shared: all see the same tables; separate: each account its own")
          ->check(CLI::IsMember({"shared", "separate"})),
      "SKERRY_ACCOUNTS");
  env(app.add_option("--access-key", raw.access_keys,
                     "id:secret[:account[:session-token]]; may be repeated"),
      "SKERRY_ACCESS_KEY");
  env(app.add_option("--tls-certificate", config.tls_certificate,
                     "PEM file: serve TLS on the data port"),
      "SKERRY_TLS_CERTIFICATE");
  env(app.add_option("--tls-key", config.tls_key, "PEM file of its private key"), "SKERRY_TLS_KEY");
  env(app.add_option("--cors-origin", config.cors_origin,
                     "Allowed origin of browsers; empty: none"),
      "SKERRY_CORS_ORIGIN");
  env(app.add_option("--transition-delay-ms", config.transition_delay_ms,
                     "How long tables stay in CREATING and DELETING"),
      "SKERRY_TRANSITION_DELAY_MS");
  env(app.add_flag("--delay-transient-statuses", raw.delay_transient_statuses,
                   "The same as --transition-delay-ms 500"),
      "SKERRY_DELAY_TRANSIENT_STATUSES");
  env(app.add_option("--log-level", config.log_level, "debug, info, warning, error or off")
          ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"})),
      "SKERRY_LOG_LEVEL");
  env(app.add_option("--drain-seconds", config.drain_seconds,
                     "How long a stop waits for requests under way"),
      "SKERRY_DRAIN_SECONDS");
  env(app.add_option("--peer-port", config.peer_port,
                     "Port for the other nodes of a cluster (0: in no cluster)")
          ->check(CLI::Range(0, 65535)),
      "SKERRY_PEER_PORT");
  env(app.add_option("--peer-address", config.peer_address, "Address of the peer port"),
      "SKERRY_PEER_ADDRESS");
  env(app.add_option("--advertise", config.advertise,
                     "host:port at which other nodes reach the peer port, if that is another one"),
      "SKERRY_ADVERTISE");
  env(app.add_option("--join", config.join,
                     "host:port of the peer port of any node of the cluster; several by commas")
          ->delimiter(',')
          ->expected(0, 16),
      "SKERRY_JOIN");
  env(app.add_option("--zone", config.zone, "What fails together: replicas are spread over zones"),
      "SKERRY_ZONE");
  env(app.add_option(
          "--replace-dead-after", config.replace_dead_after_seconds,
          "Seconds after which what a dead node holds is made anew elsewhere (0: never)"),
      "SKERRY_REPLACE_DEAD_AFTER");
  env(app.add_option(
             "--pin-version", config.pin_version,
             "Behave as a program that speaks cluster versions up to this one (0: all), for "
             "trials of an upgrade or a downgrade")
          ->check(CLI::Range(uint32_t{0}, kNewestLevel)),
      "SKERRY_PIN_VERSION");
  env(app.add_option("--peer-tls-cert", config.peer_tls_certificate,
                     "PEM file: the peer port speaks mutual TLS"),
      "SKERRY_PEER_TLS_CERT");
  env(app.add_option("--peer-tls-key", config.peer_tls_key, "PEM file of its private key"),
      "SKERRY_PEER_TLS_KEY");
  env(app.add_option("--peer-tls-ca", config.peer_tls_authority,
                     "PEM file of the authority that signs the certificates of all nodes"),
      "SKERRY_PEER_TLS_CA");
  app.add_flag("--print-config", raw.print_config,
               "Print what is in force, as a configuration file, and exit")
      ->configurable(false);
}

Status CheckCluster(const Config& config) {
  if (!config.clustered()) {
    if (!config.join.empty()) return InvalidArgument("--join needs a --peer-port");
    if (config.pin_version != 0) return InvalidArgument("--pin-version needs a --peer-port");
    return OkStatus();
  }
  if (config.relaxed_durability) {
    return InvalidArgument("--durability=relaxed is for a node alone, not with --peer-port");
  }
  const bool everywhere = config.peer_address == "0.0.0.0" || config.peer_address == "::";
  if (everywhere && config.advertise.empty()) {
    return InvalidArgument("--peer-address=" + config.peer_address +
                           " is no address that others can dial: give one with --advertise");
  }
  const int files = !config.peer_tls_certificate.empty() + !config.peer_tls_key.empty() +
                    !config.peer_tls_authority.empty();
  if (files != 0 && files != 3) {
    return InvalidArgument("--peer-tls-cert, --peer-tls-key and --peer-tls-ca are given together");
  }
  return OkStatus();
}

Status Finish(const Raw& raw, Config* config) {
  config->relaxed_durability = raw.durability == "relaxed";
  config->auth_required = raw.auth == "required";
  config->separate_accounts = raw.accounts == "separate";
  config->admin = !raw.no_admin;
  if (raw.delay_transient_statuses && config->transition_delay_ms == 0)
    config->transition_delay_ms = 500;
  if (config->memory_bytes < kLeastMemory) return InvalidArgument("--memory must be at least 16MB");
  if (config->log_bytes < kLeastLog) return InvalidArgument("--log-size must be at least 4MB");
  for (const std::string& text : raw.access_keys) {
    SKERRY_ASSIGN_OR_RETURN(AccessKey key, ParseAccessKey(text));
    config->access_keys.push_back(std::move(key));
  }
  if (config->auth_required && config->access_keys.empty()) {
    return InvalidArgument("--auth=required needs at least one --access-key");
  }
  if (config->tls_certificate.empty() != config->tls_key.empty()) {
    return InvalidArgument("--tls-certificate and --tls-key are given together");
  }
  return CheckCluster(*config);
}

}  // namespace

Result<ParsedConfig> ParseConfig(std::vector<std::string> arguments) {
  ParsedConfig parsed;
  Raw raw;
  CLI::App app("skerryd: a database that speaks Amazon DynamoDB's API", "skerryd");
  app.set_version_flag("--version", std::string("skerryd ") + std::string(kVersion));
  const char* file = std::getenv("SKERRY_CONFIG");
  const std::string default_file = file == nullptr ? "" : file;
  app.set_config("--config", default_file, "Configuration file (TOML: one name = value a line)",
                 /*config_required=*/!default_file.empty());
  app.config_formatter(std::make_shared<FileBelowEnvironment>(app));
  app.option_defaults()->always_capture_default();  // --help and --print-config show what holds
  app.allow_config_extras(CLI::config_extras_mode::error);
  AddOptions(app, parsed.config, raw);
  std::vector<std::string> translated = TranslateLocalFlags(arguments);
  std::reverse(translated.begin(), translated.end());  // CLI11 takes them from the back
  try {
    app.parse(translated);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    if (app.exit(error, out, err) != 0) {
      return InvalidArgument(Explain(app, error, arguments));
    }
    parsed.print_and_exit = true;
    parsed.text = out.str();
    return parsed;
  }
  SKERRY_RETURN_IF_ERROR(Finish(raw, &parsed.config));
  if (raw.print_config) {
    parsed.print_and_exit = true;
    parsed.text = app.config_to_str(/*default_also=*/true, /*write_description=*/true);
  }
  return parsed;
}

}  // namespace skerry::node
