#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/feature_level.h"
#include "base/status.h"

namespace skerry::node {

struct AccessKey {
  std::string id;
  std::string secret;
  std::string account;        // twelve digits; empty: the default account
  std::string session_token;  // empty: a long-term key
};

// Everything that can be set, from flags, then SKERRY_* environment variables, then one
// configuration file, then the values here: one schema for the three (docs/configuration.md).
struct Config {
  std::string data_dir = "skerry-data";
  bool in_memory = false;
  std::string address = "127.0.0.1";
  uint16_t port = 8000;
  std::string admin_address = "127.0.0.1";
  uint16_t admin_port = 8001;
  bool admin = true;
  int reactors = 0;  // 0: one per core
  uint64_t memory_bytes = 256 << 20;
  bool relaxed_durability = false;
  uint64_t log_bytes = 256 << 20;
  uint64_t split_bytes = uint64_t{10} << 30;  // 0: partitions are not split by themselves
  std::string region = "us-east-1";
  bool auth_required = false;
  bool separate_accounts = false;
  std::vector<AccessKey> access_keys;
  std::string tls_certificate;
  std::string tls_key;
  std::string cors_origin = "*";  // empty: no CORS headers
  uint32_t transition_delay_ms = 0;
  std::string log_level = "info";
  uint32_t drain_seconds = 10;

  // Of a node in a cluster; docs/operating.md.
  std::string peer_address = "127.0.0.1";
  uint16_t peer_port = 0;  // 0: in no cluster
  std::string advertise;   // host:port that the others dial; empty: address and port above
  std::vector<std::string>
      join;  // peer addresses of nodes of the cluster; none: this one founds it
  std::string zone;
  uint32_t replace_dead_after_seconds = 1800;  // 0: never
  uint32_t pin_version = 0;                    // as a program of that cluster version; 0: unbound
  std::string peer_tls_certificate;            // with the key and the authority's: mutual TLS
  std::string peer_tls_key;
  std::string peer_tls_authority;

  bool clustered() const { return peer_port != 0; }
  LevelRange speaks() const {
    return {kOldestLevel, pin_version == 0 ? kNewestLevel : FeatureLevel{pin_version}};
  }
};

struct ParsedConfig {
  Config config;
  // The process ends here, with this text on standard output (help, version, the configuration).
  bool print_and_exit = false;
  std::string text;
};

// Command line without the program's name. A failure is one line that names the flag, variable or
// key. Understands DynamoDB Local's flags (-port, -inMemory, -sharedDb, -dbPath,
// -delayTransientStatuses, -cors) too.
Result<ParsedConfig> ParseConfig(std::vector<std::string> arguments);

}  // namespace skerry::node
