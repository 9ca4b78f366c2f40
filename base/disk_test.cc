// What every Disk does, on the machine's own and in memory.

#include "base/disk.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>

#include "base/memory_disk.h"
#include "base/posix_disk.h"

namespace skerry {
namespace {

class DiskTest : public testing::TestWithParam<bool> {
 protected:
  DiskTest() {
    if (GetParam()) {
      disk_ = std::make_unique<PosixDisk>();
      std::string pattern = testing::TempDir() + "disk_XXXXXX";
      directory_ = mkdtemp(pattern.data());
    } else {
      disk_ = std::make_unique<MemoryDisk>();
      directory_ = "/memory";
      EXPECT_TRUE(disk_->CreateDirectory(directory_).ok());
    }
  }
  ~DiskTest() override {
    if (GetParam()) std::filesystem::remove_all(directory_);
  }

  std::unique_ptr<Disk> disk_;
  std::string directory_;
};

INSTANTIATE_TEST_SUITE_P(, DiskTest, testing::Values(true, false),
                         [](const auto& info) { return info.param ? "Posix" : "Memory"; });

TEST_P(DiskTest, ReadsWhatWasWritten) {
  auto file = disk_->Open(directory_ + "/a", OpenMode::kCreate);
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

TEST_P(DiskTest, WhatWasCutOffReadsAsZero) {
  auto file = disk_->Open(directory_ + "/a", OpenMode::kCreate);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->WriteAt(0, std::string(5000, 'x')).ok());
  ASSERT_TRUE((*file)->Truncate(10).ok());
  ASSERT_TRUE((*file)->Allocate(6000).ok());
  std::string content(6000, '?');
  ASSERT_EQ(*(*file)->ReadAt(0, content.data(), content.size()), 6000u);
  EXPECT_EQ(content, std::string(10, 'x') + std::string(5990, '\0'));
}

TEST_P(DiskTest, FailuresNameThePath) {
  const auto missing = disk_->Open(directory_ + "/none", OpenMode::kRead);
  ASSERT_EQ(missing.status().code(), StatusCode::kNotFound);
  EXPECT_TRUE(missing.status().message().starts_with(directory_ + "/none: open: "))
      << missing.status().message();
  ASSERT_TRUE(disk_->Open(directory_ + "/a", OpenMode::kCreate).ok());
  EXPECT_EQ(disk_->Open(directory_ + "/a", OpenMode::kCreate).status().code(),
            StatusCode::kAlreadyExists);
}

TEST_P(DiskTest, ReplaceFileLeavesTheNewContentAlone) {
  ASSERT_TRUE(ReplaceFile(*disk_, directory_, "m", "one").ok());
  ASSERT_TRUE(ReplaceFile(*disk_, directory_, "m", "two").ok());
  EXPECT_EQ(*ReadWholeFile(*disk_, directory_ + "/m", 10), "two");
  EXPECT_EQ(*disk_->List(directory_), std::vector<std::string>{"m"});
  EXPECT_EQ(ReadWholeFile(*disk_, directory_ + "/m", 2).status().code(),
            StatusCode::kResourceExhausted);
}

TEST_P(DiskTest, ARenamedFileStaysOpenAndReplaces) {
  auto old_file = disk_->Open(directory_ + "/old", OpenMode::kCreate);
  ASSERT_TRUE(old_file.ok());
  ASSERT_TRUE((*old_file)->WriteAt(0, "content").ok());
  ASSERT_TRUE(disk_->Open(directory_ + "/new", OpenMode::kCreate).ok());
  ASSERT_TRUE(disk_->Rename(directory_ + "/old", directory_ + "/new").ok());
  EXPECT_FALSE(*disk_->Exists(directory_ + "/old"));
  ASSERT_TRUE((*old_file)->WriteAt(0, "CON").ok());
  EXPECT_EQ(*ReadWholeFile(*disk_, directory_ + "/new", 10), "CONtent");
  ASSERT_TRUE(disk_->Remove(directory_ + "/new").ok());
  EXPECT_TRUE(disk_->List(directory_)->empty());
}

TEST_P(DiskTest, ASecondHolderOfALockIsRefused) {
  auto first = disk_->Lock(directory_ + "/LOCK");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(disk_->Lock(directory_ + "/LOCK").status().code(), StatusCode::kFailedPrecondition);
  first->reset();
  EXPECT_TRUE(disk_->Lock(directory_ + "/LOCK").ok());
}

TEST(MemoryDiskTest, SpaceThatWasOnlyAllocatedTakesNoMemory) {
  MemoryDisk disk;
  auto file = disk.Open("f", OpenMode::kCreate);
  ASSERT_TRUE((*file)->Allocate(1 << 30).ok());
  EXPECT_EQ(disk.allocated(), 0u);
  ASSERT_TRUE((*file)->WriteAt(12345, "x").ok());
  EXPECT_EQ(disk.allocated(), 4096u);
  ASSERT_TRUE((*file)->Truncate(0).ok());
  EXPECT_EQ(disk.allocated(), 0u);
}

}  // namespace
}  // namespace skerry
