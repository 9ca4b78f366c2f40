#include "base/posix_disk.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

namespace skerry {
namespace {

class PosixDiskTest : public testing::Test {
 protected:
  PosixDiskTest() {
    std::string pattern = testing::TempDir() + "posix_disk_XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~PosixDiskTest() override { std::filesystem::remove_all(directory_); }

  PosixDisk disk_;
  std::string directory_;
};

TEST_F(PosixDiskTest, ReadsWhatWasWritten) {
  auto file = disk_.Open(directory_ + "/a", OpenMode::kCreate);
  ASSERT_TRUE(file.ok()) << file.status().ToString();
  ASSERT_TRUE((*file)->Allocate(8192).ok());
  ASSERT_TRUE((*file)->WriteAt(4090, "0123456789").ok());
  ASSERT_TRUE((*file)->Sync().ok());
  EXPECT_EQ(*(*file)->Size(), 8192u);
  char buffer[12];
  ASSERT_EQ(*(*file)->ReadAt(4089, buffer, sizeof buffer), sizeof buffer);
  EXPECT_EQ(std::string(buffer, sizeof buffer), std::string("\0"
                                                            "0123456789"
                                                            "\0",
                                                            12));
  EXPECT_EQ(*(*file)->ReadAt(8190, buffer, sizeof buffer), 2u);
}

TEST_F(PosixDiskTest, FailuresNameThePath) {
  const auto missing = disk_.Open(directory_ + "/none", OpenMode::kRead);
  ASSERT_EQ(missing.status().code(), StatusCode::kNotFound);
  EXPECT_EQ(missing.status().message(), directory_ + "/none: open: No such file or directory");
  ASSERT_TRUE(disk_.Open(directory_ + "/a", OpenMode::kCreate).ok());
  EXPECT_EQ(disk_.Open(directory_ + "/a", OpenMode::kCreate).status().code(),
            StatusCode::kAlreadyExists);
}

TEST_F(PosixDiskTest, ReplaceFileLeavesTheNewContentAlone) {
  ASSERT_TRUE(ReplaceFile(disk_, directory_, "m", "one").ok());
  ASSERT_TRUE(ReplaceFile(disk_, directory_, "m", "two").ok());
  EXPECT_EQ(*ReadWholeFile(disk_, directory_ + "/m", 10), "two");
  EXPECT_EQ(*disk_.List(directory_), std::vector<std::string>{"m"});
  EXPECT_EQ(ReadWholeFile(disk_, directory_ + "/m", 2).status().code(),
            StatusCode::kResourceExhausted);
}

TEST_F(PosixDiskTest, ASecondHolderOfALockIsRefused) {
  auto first = disk_.Lock(directory_ + "/LOCK");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(disk_.Lock(directory_ + "/LOCK").status().code(), StatusCode::kFailedPrecondition);
  first->reset();
  EXPECT_TRUE(disk_.Lock(directory_ + "/LOCK").ok());
}

}  // namespace
}  // namespace skerry
