// Torn tails, rot, missing and foreign files (safety-rules 8).

#include "replication/log/recovery.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "replication/log/log_test_world.h"

namespace skerry::log {
namespace {

using std::chrono::milliseconds;

const std::string kFirst = "log/0000000000000001.seg";

TEST(RecoveryTest, AnEmptyDirectoryIsANewLog) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  EXPECT_TRUE(w.log->Groups().empty());
  w.Crash();
  ASSERT_TRUE(w.Open().ok());
}

TEST(RecoveryTest, ALogThatMustExistIsNotBegunAnew) {
  LogWorld w(1);
  auto options = w.LogOptions();
  options.must_exist = true;
  const Status missing = w.Open(std::move(options));
  EXPECT_EQ(missing.code(), StatusCode::kCorruption);
  EXPECT_NE(missing.message().find("restore"), std::string::npos);

  ASSERT_TRUE(w.disk.CreateDirectory("log").ok());
  auto again = w.LogOptions();
  again.must_exist = true;
  EXPECT_EQ(w.Open(std::move(again)).code(), StatusCode::kCorruption);
}

// A start may still be refused for the engine's sake, and tried again any number of times.
TEST(RecoveryTest, ALogThatIsOpenedAndNotBegunStaysAsItWas) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  for (uint64_t i = 1; i <= 40; ++i) w.WriteNow(1, i, std::string(4000, 'x'), i - 1);
  w.Crash(/*keep_unsynced=*/true);
  std::map<std::string, std::string> before;
  for (const std::string& path : w.disk.Files()) before[path] = w.disk.ReadAll(path);
  EXPECT_GT(before.size(), 2U);
  for (int start = 0; start < 3; ++start) {
    const auto opened = Log::Open(w.LogOptions());
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ((*opened)->Find(GroupId(1))->last, LogIndex(40));
  }
  std::map<std::string, std::string> after;
  for (const std::string& path : w.disk.Files()) after[path] = w.disk.ReadAll(path);
  EXPECT_TRUE(before == after);
  auto elsewhere = w.LogOptions();
  elsewhere.directory = "new";
  ASSERT_TRUE(Log::Open(std::move(elsewhere)).ok());
  EXPECT_FALSE(*w.disk.Exists("new"));
}

TEST(RecoveryTest, EntriesSurviveManyStarts) {
  LogWorld w(1);
  std::string expected;
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  for (uint64_t i = 1; i <= 20; ++i) {
    w.WriteNow(1, i, "e" + std::to_string(i), i - 1);
    expected += (i > 1 ? " e" : "e") + std::to_string(i);
    if (i % 3 == 0) {
      w.Close();
    } else {
      w.Crash(/*keep_unsynced=*/i % 3 == 1);
    }
    ASSERT_TRUE(w.Open().ok());
    EXPECT_EQ(w.ReadAll(1), expected);
    EXPECT_EQ(w.log->Find(GroupId(1))->state.hard_state.commit, LogIndex(i - 1));
  }
}

// The last batch is cut at each of its bytes, with zeros or with older bytes behind: what came
// before is there, and no start fails.
TEST(RecoveryTest, ATailTornAtAnyByteIsCut) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  w.WriteNow(1, 1, "first");
  const std::string before = w.disk.ReadAll(kFirst);
  w.WriteNow(1, 2, "second");
  const std::string after = w.disk.ReadAll(kFirst);
  size_t begin = 0;
  while (before[begin] == after[begin]) ++begin;
  size_t end = after.size();
  while (before[end - 1] == after[end - 1]) --end;
  ASSERT_GT(end - begin, 100u);

  for (const bool garbage_behind : {false, true}) {
    for (size_t cut = begin; cut <= end; ++cut) {
      LogWorld torn(cut);
      ASSERT_TRUE(torn.disk.CreateDirectory("log").ok());
      std::string content = after.substr(0, cut) + before.substr(cut);
      if (garbage_behind) {
        for (size_t i = cut; i < end; ++i) content[i] = static_cast<char>(i * 31);
      }
      torn.disk.WriteAll(kFirst, content);
      const Status status = torn.Open();
      ASSERT_TRUE(status.ok()) << cut << " " << status.ToString();
      EXPECT_EQ(torn.ReadAll(1), cut == end ? "first second" : "first") << cut;
      // What is written now is found at the next start, in spite of the torn bytes.
      torn.WriteNow(1, cut == end ? 3 : 2, "new");
      torn.Crash();
      ASSERT_TRUE(torn.Open().ok());
      EXPECT_EQ(torn.ReadAll(1), cut == end ? "first second new" : "first new") << cut;
    }
  }
}

// Every bit of what was synced and marked: a flip is an error that names file and remedy, or falls
// into padding and changes nothing.
TEST(RecoveryTest, RotBelowTheMarkIsDamage) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  w.WriteNow(1, 1, "first");
  w.WriteNow(1, 2, "second");
  w.world.RunFor(milliseconds(200));  // the idle mark
  const std::string content = w.disk.ReadAll(kFirst);

  int damaged = 0;
  for (size_t at = 0; at < 4 * kPage; at += 1 + at % 3) {
    LogWorld rotten(at);
    ASSERT_TRUE(rotten.disk.CreateDirectory("log").ok());
    rotten.disk.WriteAll(kFirst, content);
    rotten.disk.FlipBit(kFirst, at, static_cast<int>(at % 8));
    const Status status = rotten.Open();
    if (status.ok()) {
      EXPECT_EQ(rotten.ReadAll(1), "first second") << at;
      continue;
    }
    ++damaged;
    ASSERT_EQ(status.code(), StatusCode::kCorruption) << status.ToString();
    EXPECT_TRUE(status.message().starts_with(kFirst + ": offset ")) << status.message();
    EXPECT_NE(status.message().find("restore the data directory from a backup"), std::string::npos);
  }
  EXPECT_GT(damaged, 1500);
}

TEST(RecoveryTest, RotInASealedSegmentIsDamageAndAMissingOneToo) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  for (uint64_t i = 1; i <= 60; ++i) w.WriteNow(1, i, std::string(3000, 'x'));
  ASSERT_GE(w.log->segments(), 4u);
  w.Close();
  const auto files = w.disk.Files();
  std::map<std::string, std::string> contents;
  for (const auto& file : files) contents[file] = w.disk.ReadAll(file);

  for (size_t f = 0; f + 2 < files.size(); ++f) {
    for (const bool remove : {false, true}) {
      LogWorld broken(f);
      ASSERT_TRUE(broken.disk.CreateDirectory("log").ok());
      for (const auto& [name, content] : contents) {
        if (!remove || name != files[f]) broken.disk.WriteAll(name, content);
      }
      if (!remove) broken.disk.FlipBit(files[f], 3 * kPage + 500, 3);
      const Status status = broken.Open();
      ASSERT_EQ(status.code(), StatusCode::kCorruption) << status.ToString();
      EXPECT_TRUE(status.message().starts_with(files[f] + ": offset ")) << status.message();
    }
  }
}

TEST(RecoveryTest, AShortenedFileIsDamage) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  w.WriteNow(1, 1, "first");
  w.Crash(true);
  w.disk.Truncate(kFirst, 8 * kPage - 1);
  const Status status = w.Open();
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
  EXPECT_NE(status.message().find("cut short"), std::string::npos);
}

TEST(RecoveryTest, AnotherDirectorysSegmentsAreRefused) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.Crash(true);
  auto options = w.LogOptions();
  options.identity = 10;
  const Status status = w.Open(std::move(options));
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), kFirst + ": belongs to another data directory");
}

// A cut tail never comes back, also if later starts are interrupted at each of their writes.
TEST(RecoveryTest, AnInterruptedRecoveryIsDoneAgain) {
  for (uint64_t fuse = 1; fuse < 20; ++fuse) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
      LogWorld w(seed * 100 + fuse);
      ASSERT_TRUE(w.Open().ok());
      w.CreateNow(1);
      w.WriteNow(1, 1, "first");
      w.Crash();
      w.disk.FailAfter(fuse);
      if (w.Open().ok()) {
        w.disk.FailAfter(UINT64_MAX);
      }
      w.Crash();
      const Status status = w.Open();
      ASSERT_TRUE(status.ok()) << status.ToString();
      EXPECT_EQ(w.ReadAll(1), "first");
    }
  }
}

}  // namespace
}  // namespace skerry::log
