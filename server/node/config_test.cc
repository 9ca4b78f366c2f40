// Which of flag, environment and file holds, and what is said of what nobody knows.

#include "server/node/config.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

namespace skerry::node {
namespace {

class ConfigTest : public testing::Test {
 protected:
  ~ConfigTest() override {
    for (const std::string& name : variables_) unsetenv(name.c_str());
    for (const std::string& path : files_) std::remove(path.c_str());
  }

  void Set(const std::string& variable, const std::string& value) {
    setenv(variable.c_str(), value.c_str(), 1);
    variables_.push_back(variable);
  }
  std::string File(const std::string& content) {
    std::string path = testing::TempDir() + "skerry-config-XXXXXX";
    const int file = mkstemp(path.data());
    EXPECT_GE(file, 0);
    EXPECT_EQ(write(file, content.data(), content.size()), static_cast<ssize_t>(content.size()));
    close(file);
    files_.push_back(path);
    return path;
  }
  static Config Parsed(std::vector<std::string> arguments) {
    Result<ParsedConfig> parsed = ParseConfig(std::move(arguments));
    EXPECT_TRUE(parsed.ok()) << parsed.status().ToString();
    return parsed.ok() ? parsed->config : Config();
  }
  // The one line that says why.
  static std::string Refusal(std::vector<std::string> arguments) {
    Result<ParsedConfig> parsed = ParseConfig(std::move(arguments));
    EXPECT_FALSE(parsed.ok());
    if (parsed.ok()) return "";
    EXPECT_EQ(parsed.status().code(), StatusCode::kInvalidArgument);
    std::string line(parsed.status().message());
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    return line;
  }

 private:
  std::vector<std::string> variables_;
  std::vector<std::string> files_;
};

TEST_F(ConfigTest, WithoutAnythingANodeIsLocalAndDurable) {
  const Config config = Parsed({});
  EXPECT_EQ(config.address, "127.0.0.1");
  EXPECT_EQ(config.port, 8000);
  EXPECT_FALSE(config.in_memory);
  EXPECT_FALSE(config.relaxed_durability);
  EXPECT_FALSE(config.auth_required);
  EXPECT_TRUE(config.admin);
}

TEST_F(ConfigTest, ANodeOfAClusterSaysWhatBelongsTogether) {
  EXPECT_FALSE(Parsed({}).clustered());
  const Config config =
      Parsed({"--peer-port", "8002", "--join", "a:1,b:2", "--zone", "z", "--advertise", "c:3"});
  EXPECT_TRUE(config.clustered());
  EXPECT_EQ(config.join, (std::vector<std::string>{"a:1", "b:2"}));
  EXPECT_EQ(config.zone, "z");
  EXPECT_EQ(config.advertise, "c:3");
  EXPECT_NE(Refusal({"--join", "a:1"}).find("--peer-port"), std::string::npos);
  EXPECT_NE(Refusal({"--peer-port", "1", "--durability", "relaxed"}).find("--durability"),
            std::string::npos);
  EXPECT_NE(Refusal({"--peer-port", "1", "--peer-tls-cert", "x"}).find("--peer-tls-ca"),
            std::string::npos);
  EXPECT_NE(Refusal({"--peer-port", "1", "--peer-address", "0.0.0.0"}).find("--advertise"),
            std::string::npos);
}

TEST_F(ConfigTest, FlagsComeBeforeTheEnvironmentAndThatBeforeTheFile) {
  const std::string file = File("port = 1001\nregion = \"eu-west-1\"\nmemory = \"64MB\"\n");
  EXPECT_EQ(Parsed({"--config", file}).port, 1001);
  Set("SKERRY_PORT", "1002");
  EXPECT_EQ(Parsed({"--config", file}).port, 1002);
  const Config config = Parsed({"--config", file, "--port", "1003"});
  EXPECT_EQ(config.port, 1003);
  EXPECT_EQ(config.region, "eu-west-1");
  EXPECT_EQ(config.memory_bytes, uint64_t{64} << 20);
}

TEST_F(ConfigTest, TheFileMayBeNamedByTheEnvironment) {
  Set("SKERRY_CONFIG", File("durability = \"relaxed\"\nno-admin = true\nin-memory = true\n"));
  const Config config = Parsed({});
  EXPECT_TRUE(config.relaxed_durability);
  EXPECT_FALSE(config.admin);
  EXPECT_TRUE(config.in_memory);
  EXPECT_FALSE(Parsed({"--config", File("port = 1\n")}).in_memory) << "the flag names another";
  Set("SKERRY_CONFIG", "/no/such/file");
  EXPECT_NE(Refusal({}).find("/no/such/file"), std::string::npos);
}

TEST_F(ConfigTest, SwitchesCanBeSetByTheEnvironment) {
  Set("SKERRY_IN_MEMORY", "true");
  Set("SKERRY_DELAY_TRANSIENT_STATUSES", "true");
  const Config config = Parsed({});
  EXPECT_TRUE(config.in_memory);
  EXPECT_EQ(config.transition_delay_ms, 500u);
}

TEST_F(ConfigTest, WhatNobodyKnowsIsNamed) {
  EXPECT_NE(Refusal({"--prot", "8000"}).find("--prot"), std::string::npos);
  EXPECT_NE(Refusal({"stray"}).find("stray"), std::string::npos);
  EXPECT_NE(Refusal({"-portt", "1"}).find("portt"), std::string::npos);
}

TEST_F(ConfigTest, AFileThatIsWrongIsNamedWithWhatIsWrongInIt) {
  const std::string unknown = File("port = 8000\nprot = 8000\n");
  EXPECT_EQ(Refusal({"--config", unknown}).find(unknown + ": prot is not a setting"), 0u);
  const std::string section = File("[server]\nport = 8000\n");
  EXPECT_EQ(Refusal({"--config", section}), section + ": [server]: there are no sections");
  const std::string high = File("port = 70000\n");
  EXPECT_EQ(Refusal({"--config", high}), high + ": --port: Value 70000 not in range 0 to 65535");
  Set("SKERRY_CONFIG", high);
  EXPECT_EQ(Refusal({}).find(high + ": "), 0u);
  Set("SKERRY_PORT", "many");
  EXPECT_EQ(Refusal({}), "SKERRY_PORT: --port: Value many not in range 0 to 65535");
  EXPECT_EQ(Refusal({"--port=-1"}), "--port: Value -1 not in range 0 to 65535");
}

TEST_F(ConfigTest, AValueThatCannotBeIsRefusedWithItsName) {
  EXPECT_NE(Refusal({"--port", "high"}).find("--port"), std::string::npos);
  EXPECT_NE(Refusal({"--port", "70000"}).find("--port"), std::string::npos);
  EXPECT_NE(Refusal({"--port"}).find("--port"), std::string::npos);
  EXPECT_NE(Refusal({"--durability", "none"}).find("--durability"), std::string::npos);
  EXPECT_NE(Refusal({"--reactors", "-1"}).find("--reactors"), std::string::npos);
  EXPECT_NE(Refusal({"--memory", "1MB"}).find("--memory"), std::string::npos);
  EXPECT_NE(Refusal({"--memory", "much"}).find("--memory"), std::string::npos);
  EXPECT_NE(Refusal({"--log-size", "1MB"}).find("--log-size"), std::string::npos);
  EXPECT_NE(Refusal({"--config", "/no/such/file"}).find("/no/such/file"), std::string::npos);
  Set("SKERRY_LOG_LEVEL", "chatty");
  EXPECT_NE(Refusal({}).find("chatty"), std::string::npos);
}

TEST_F(ConfigTest, WhatGoesTogetherIsAskedForTogether) {
  EXPECT_NE(Refusal({"--auth", "required"}).find("--access-key"), std::string::npos);
  EXPECT_NE(Refusal({"--tls-key", "k.pem"}).find("--tls-certificate"), std::string::npos);
  EXPECT_NE(Refusal({"--access-key", "no-secret"}).find("--access-key"), std::string::npos);
}

TEST_F(ConfigTest, AccessKeysHaveUpToFourParts) {
  const Config config = Parsed({"--auth", "required", "--access-key", "id1:secret", "--access-key",
                                "id2:secret:111111111111:token:with:colons"});
  ASSERT_EQ(config.access_keys.size(), 2u);
  EXPECT_EQ(config.access_keys[0].id, "id1");
  EXPECT_EQ(config.access_keys[0].secret, "secret");
  EXPECT_EQ(config.access_keys[0].account, "");
  EXPECT_EQ(config.access_keys[1].account, "111111111111");
  EXPECT_EQ(config.access_keys[1].session_token, "token:with:colons");
}

// As its documentation starts it.
TEST_F(ConfigTest, DynamoDbLocalsFlagsAreUnderstood) {
  const Config config =
      Parsed({"-port", "8765", "-inMemory", "-sharedDb", "-delayTransientStatuses", "-cors",
              "*.example.com", "-disableTelemetry", "-optimizeDbBeforeStartup"});
  EXPECT_EQ(config.port, 8765);
  EXPECT_TRUE(config.in_memory);
  EXPECT_EQ(config.transition_delay_ms, 500u);
  EXPECT_EQ(config.cors_origin, "*.example.com");
  EXPECT_EQ(Parsed({"-dbPath", "/data"}).data_dir, "/data");
  EXPECT_NE(Refusal({"-port", "x"}).find("port"), std::string::npos);
}

TEST_F(ConfigTest, HelpAndVersionAreTextAndNoFailure) {
  for (const char* flag : {"--help", "-help", "--version"}) {
    auto parsed = ParseConfig({flag});
    ASSERT_TRUE(parsed.ok()) << flag;
    EXPECT_TRUE(parsed->print_and_exit);
    EXPECT_NE(parsed->text.find("skerryd"), std::string::npos);
  }
}

// What is printed can be given back, and says the same.
TEST_F(ConfigTest, ThePrintedConfigurationIsAConfigurationFile) {
  const std::vector<std::string> flags = {"--port",   "1234",         "--in-memory",
                                          "--memory", "64MB",         "--durability",
                                          "relaxed",  "--access-key", "id:secret"};
  std::vector<std::string> printing = flags;
  printing.emplace_back("--print-config");
  auto printed = ParseConfig(printing);
  ASSERT_TRUE(printed.ok());
  ASSERT_TRUE(printed->print_and_exit);
  const Config config = Parsed({"--config", File(printed->text)});
  EXPECT_EQ(config.port, 1234);
  EXPECT_TRUE(config.in_memory);
  EXPECT_EQ(config.memory_bytes, uint64_t{64} << 20);
  EXPECT_TRUE(config.relaxed_durability);
  ASSERT_EQ(config.access_keys.size(), 1u);
  EXPECT_EQ(config.access_keys[0].secret, "secret");
}

}  // namespace
}  // namespace skerry::node
