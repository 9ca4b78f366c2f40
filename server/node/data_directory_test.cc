#include "server/node/data_directory.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/sim/sim_disk.h"

namespace skerry::node {
namespace {

constexpr const char* kPath = "data";

class DataDirectoryTest : public testing::Test {
 protected:
  Result<DataDirectory> Open() { return DataDirectory::Open(disk_, kPath); }
  // One that was in use before.
  uint64_t MakeComplete() {
    auto made = Open();
    EXPECT_TRUE(made.ok()) << made.status().ToString();
    EXPECT_TRUE(disk_.CreateDirectory(made->log_path()).ok());
    EXPECT_TRUE(disk_.CreateDirectory(made->engine_path()).ok());
    EXPECT_TRUE(made->MarkComplete().ok());
    return made->identity();
  }
  // Code and line of a refusal; the line names the directory.
  Status Refusal() {
    auto opened = Open();
    EXPECT_FALSE(opened.ok());
    if (opened.ok()) return OkStatus();
    EXPECT_NE(opened.status().message().find(kPath), std::string_view::npos);
    EXPECT_EQ(opened.status().message().find('\n'), std::string_view::npos);
    return opened.status();
  }

  Prng prng_{1};
  sim::SimDisk disk_{prng_};
};

TEST_F(DataDirectoryTest, IsNewOnceAndKeepsItsIdentity) {
  uint64_t identity = 0;
  {
    auto made = Open();
    ASSERT_TRUE(made.ok());
    EXPECT_FALSE(made->complete());
    identity = made->identity();
  }
  EXPECT_EQ(MakeComplete(), identity) << "made anew before it was complete";
  auto again = Open();
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->complete());
  EXPECT_EQ(again->identity(), identity);
}

// At each operation of its making: it can be made again, or is whole.
TEST_F(DataDirectoryTest, ALossOfPowerWhileItIsMadeLeavesNothingInTheWay) {
  for (uint64_t operations = 0;; ++operations) {
    ASSERT_LT(operations, 100u);
    Prng prng(operations);
    sim::SimDisk disk(prng);
    disk.FailAfter(operations);
    const auto make = [&]() -> Status {
      SKERRY_ASSIGN_OR_RETURN(DataDirectory made, DataDirectory::Open(disk, kPath));
      SKERRY_RETURN_IF_ERROR(disk.CreateDirectory(made.log_path()));
      SKERRY_RETURN_IF_ERROR(disk.CreateDirectory(made.engine_path()));
      return made.MarkComplete();
    };
    const Status first = make();
    disk.Crash();
    disk.FailAfter(UINT64_MAX);
    const Status second = make();
    EXPECT_TRUE(second.ok()) << "after " << operations << ": " << second.ToString();
    auto opened = DataDirectory::Open(disk, kPath);
    ASSERT_TRUE(opened.ok());
    EXPECT_TRUE(opened->complete());
    if (first.ok()) break;
  }
}

TEST_F(DataDirectoryTest, HasOneOwnerAtATime) {
  auto first = Open();
  ASSERT_TRUE(first.ok());
  const Status refusal = Refusal();
  EXPECT_EQ(refusal.code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(refusal.message().find("--data-dir"), std::string_view::npos) << refusal.ToString();
}

TEST_F(DataDirectoryTest, WhatIsNotEmptyAndNotOursIsLeftAlone) {
  ASSERT_TRUE(disk_.CreateDirectory(kPath).ok());
  disk_.WriteAll("data/letter.txt", "mine");
  const Status refusal = Refusal();
  EXPECT_EQ(refusal.code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(refusal.message().find("--data-dir"), std::string_view::npos);
  EXPECT_EQ(disk_.Files(), (std::vector<std::string>{"data/letter.txt"}));
}

TEST_F(DataDirectoryTest, AFileSystemsOwnFolderDoesNotCount) {
  ASSERT_TRUE(disk_.CreateDirectory(kPath).ok());
  disk_.WriteAll("data/lost+found", "");
  EXPECT_TRUE(Open().ok());
}

TEST_F(DataDirectoryTest, ANewerFormatIsRefusedWhateverElseItsMarkerSays) {
  MakeComplete();
  disk_.WriteAll("data/SKERRY", "format 3\nowner somebody\n");
  const Status refusal = Refusal();
  EXPECT_EQ(refusal.code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(refusal.message().find("format 3"), std::string_view::npos);
  EXPECT_NE(refusal.message().find("up to 2"), std::string_view::npos);
}

TEST_F(DataDirectoryTest, AMembershipIsKept) {
  MakeComplete();
  EXPECT_NE(disk_.ReadAll("data/SKERRY").find("format 1"), std::string::npos)
      << "a node alone keeps the first format";
  {
    auto directory = Open();
    ASSERT_TRUE(directory.ok());
    EXPECT_TRUE(directory->membership().cluster.empty());
    ASSERT_TRUE(directory->Join({"abc", 7}).ok());
  }
  EXPECT_NE(disk_.ReadAll("data/SKERRY").find("format 2"), std::string::npos)
      << "what knows nothing of clusters must refuse it";
  const auto again = Open();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->membership().cluster, "abc");
  EXPECT_EQ(again->membership().node, 7u);
  EXPECT_TRUE(again->complete());
}

TEST_F(DataDirectoryTest, ADamagedMarkerIsCorruption) {
  MakeComplete();
  const std::string good = disk_.ReadAll("data/SKERRY");
  for (const std::string& bad :
       {std::string(), std::string("format"), std::string("format x\n"), good.substr(0, 12),
        std::string("format 1\nidentity zz\nstate complete\n"),
        std::string("format 1\nidentity 0000000000000001\nstate odd\n"),
        std::string("format 1\nstate complete\n")}) {
    disk_.WriteAll("data/SKERRY", bad);
    EXPECT_EQ(Refusal().code(), StatusCode::kCorruption) << bad;
  }
  disk_.WriteAll("data/SKERRY", std::string(5000, 'x'));
  EXPECT_FALSE(Refusal().ok());
  disk_.WriteAll("data/SKERRY", good);
  EXPECT_TRUE(Open().ok());
}

TEST_F(DataDirectoryTest, ACompleteOneMustHoldItsParts) {
  auto made = Open();
  ASSERT_TRUE(made.ok());
  ASSERT_TRUE(disk_.CreateDirectory(made->log_path()).ok());
  ASSERT_TRUE(made->MarkComplete().ok());
  made = Unavailable("closed");
  const Status refusal = Refusal();
  EXPECT_EQ(refusal.code(), StatusCode::kCorruption);
  EXPECT_NE(refusal.message().find("data/engine is missing"), std::string_view::npos);
}

}  // namespace
}  // namespace skerry::node
