#include "client/cli/arguments.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace skerry::cli {
namespace {

class ArgumentsTest : public testing::Test {
 protected:
  void SetUp() override { unsetenv("SKERRY_ADMIN"); }
};

TEST_F(ArgumentsTest, ShowsByDefaultFromTheNodeOnThisMachine) {
  const auto command = ParseArguments({"cluster", "status"});
  ASSERT_TRUE(command.ok()) << command.status().message();
  EXPECT_EQ(command->kind, Command::Kind::kStatus);
  EXPECT_EQ(command->admin, "127.0.0.1:8001");
  EXPECT_FALSE(command->json);
}

TEST_F(ArgumentsTest, OptionsStandBeforeOrAfterTheCommandAndWinOverTheEnvironment) {
  setenv("SKERRY_ADMIN", "db1:9001", 1);
  auto command = ParseArguments({"cluster", "nodes", "--json"});
  ASSERT_TRUE(command.ok()) << command.status().message();
  EXPECT_EQ(command->kind, Command::Kind::kNodes);
  EXPECT_EQ(command->admin, "db1:9001");
  EXPECT_TRUE(command->json);
  command = ParseArguments({"cluster", "--admin", "db2:9001", "partitions", "--table", "t"});
  ASSERT_TRUE(command.ok()) << command.status().message();
  EXPECT_EQ(command->kind, Command::Kind::kPartitions);
  EXPECT_EQ(command->admin, "db2:9001");
  EXPECT_EQ(command->table, "t");
}

TEST_F(ArgumentsTest, WhatIsToldBecomesARequest) {
  const auto body_of = [](std::vector<std::string> arguments) {
    const auto command = ParseArguments(std::move(arguments));
    EXPECT_TRUE(command.ok()) << command.status().message();
    if (!command.ok()) return std::string();
    EXPECT_EQ(command->kind, Command::Kind::kTell);
    return command->name + " " + command->body;
  };
  EXPECT_EQ(body_of({"cluster", "transfer-leader", "--table", "a\"b", "--to", "2"}),
            R"(transfer-leader {"account":"000000000000","table":"a\"b","to":2})");
  EXPECT_EQ(body_of({"cluster", "move", "--table", "t", "--partition", "7", "--from", "1", "--to",
                     "4", "--account", "111111111111"}),
            R"(move {"account":"111111111111","table":"t","partition":7,"from":1,"to":4})");
  EXPECT_EQ(body_of({"cluster", "split", "--table", "t", "--partition", "7"}),
            R"(split {"account":"000000000000","table":"t","partition":7})");
  EXPECT_EQ(body_of({"cluster", "drain", "3"}), R"(drain {"node":3,"fewer_replicas":false})");
  EXPECT_EQ(body_of({"cluster", "drain", "3", "--fewer-replicas"}),
            R"(drain {"node":3,"fewer_replicas":true})");
  EXPECT_EQ(body_of({"cluster", "undrain", "3"}), R"(undrain {"node":3})");
  EXPECT_EQ(body_of({"cluster", "remove", "3"}), R"(remove {"node":3})");
  EXPECT_EQ(body_of({"cluster", "version", "--hold", "1"}), R"(version {"hold":1})");
  EXPECT_EQ(body_of({"cluster", "version", "--release"}), R"(version {"release":true})");
  const auto shown = ParseArguments({"cluster", "version"});
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->kind, Command::Kind::kVersion);
  EXPECT_FALSE(ParseArguments({"cluster", "version", "--hold", "1", "--release"}).ok());
  EXPECT_EQ(body_of({"cluster", "recover", "--table", "t", "--partition", "7", "--from", "2"}),
            R"(recover {"account":"000000000000","table":"t","partition":7,"from":2,)"
            R"("accept_data_loss":false})");
}

TEST_F(ArgumentsTest, SaysWhatIsMissingOrUnknown) {
  const auto fault = [](std::vector<std::string> arguments) {
    const auto command = ParseArguments(std::move(arguments));
    EXPECT_FALSE(command.ok());
    return command.ok() ? std::string() : std::string(command.status().message());
  };
  EXPECT_EQ(fault({"cluster", "drain"}), "node is required");
  EXPECT_EQ(fault({"cluster", "transfer-leader", "--to", "2"}), "--table is required");
  EXPECT_NE(fault({"cluster", "drain", "x"}).find("x"), std::string::npos);
  EXPECT_EQ(fault({"cluster", "explode"}), "\"explode\" is not known here: --help");
  EXPECT_EQ(fault({"cluster", "nodes", "--jso"}), "\"--jso\" is not known here: --help");
  EXPECT_NE(fault({}).find("subcommand"), std::string::npos);
}

TEST_F(ArgumentsTest, HelpIsThatOfTheCommand) {
  const auto command = ParseArguments({"cluster", "recover", "--help"});
  ASSERT_TRUE(command.ok()) << command.status().message();
  EXPECT_EQ(command->kind, Command::Kind::kPrint);
  EXPECT_NE(command->text.find("--accept-data-loss"), std::string::npos);
}

}  // namespace
}  // namespace skerry::cli
