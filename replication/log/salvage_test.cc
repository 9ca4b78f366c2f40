#include "replication/log/salvage.h"

#include <gtest/gtest.h>

#include "replication/log/log_test_world.h"

namespace skerry::log {
namespace {

// Sixty entries of one group over several segments.
void Fill(LogWorld& w) {
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  for (uint64_t i = 1; i <= 60; ++i) w.WriteNow(1, i, std::to_string(i) + std::string(3000, 'x'));
  ASSERT_GE(w.log->segments(), 4u);
  w.Close();
}

// The log opens, holds the first `least` entries or more, and goes on behind them.
void ExpectPrefix(LogWorld& w, uint64_t least) {
  ASSERT_TRUE(w.Open().ok());
  const uint64_t last = w.log->Find(GroupId(1))->last.value;
  EXPECT_GE(last, least);
  EXPECT_LT(last, 60u);
  EXPECT_TRUE(w.log->was_relaxed());
  const auto entries = w.log->Read(GroupId(1), LogIndex(1), LogIndex(last), UINT64_MAX);
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), last);
  for (const auto& entry : *entries) {
    EXPECT_TRUE(entry->data.starts_with(std::to_string(entry->index.value) + "x"));
  }
  w.WriteNow(1, last + 1, "new");
  w.Crash();
  ASSERT_TRUE(w.Open().ok());
  EXPECT_EQ(w.log->Find(GroupId(1))->last.value, last + 1);
}

TEST(SalvageTest, AWholeLogIsLeftAlone) {
  LogWorld w(1);
  Fill(w);
  const auto files = w.disk.Files();
  const auto cut = CutAtDamage(w.disk, "log");
  EXPECT_EQ(cut.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(w.disk.Files(), files);
}

TEST(SalvageTest, EndsTheLogBeforeAFlippedBit) {
  for (size_t f = 0; f < 3; ++f) {
    LogWorld w(f);
    Fill(w);
    const std::string file = w.disk.Files()[f];
    w.disk.FlipBit(file, 5 * kPage + 700, 2);
    ASSERT_EQ(w.Open().code(), StatusCode::kCorruption);
    w.world.Kill(0);
    const auto cut = CutAtDamage(w.disk, "log");
    ASSERT_TRUE(cut.ok()) << cut.status().ToString();
    EXPECT_EQ(cut->end, (Position{f + 1, 5 * kPage}));
    EXPECT_NE(cut->why.find(file), std::string::npos);
    EXPECT_FALSE(cut->set_aside.empty());
    ExpectPrefix(w, f == 0 ? 2 : 8);
  }
}

TEST(SalvageTest, EndsTheLogBeforeADamagedHeaderOrAMissingSegment) {
  for (const bool missing : {false, true}) {
    LogWorld w(1);
    Fill(w);
    const std::string file = w.disk.Files()[1];
    if (missing) {
      ASSERT_TRUE(w.disk.Remove(file).ok());
    } else {
      w.disk.FlipBit(file, 20, 2);
    }
    ASSERT_EQ(w.Open().code(), StatusCode::kCorruption);
    w.world.Kill(0);
    const auto cut = CutAtDamage(w.disk, "log");
    ASSERT_TRUE(cut.ok()) << cut.status().ToString();
    EXPECT_EQ(cut->end.segment, 1u);
    ExpectPrefix(w, 3);
  }
}

TEST(SalvageTest, DescribesEverything) {
  LogWorld w(1);
  Fill(w);
  w.disk.FlipBit(w.disk.Files()[1], 20, 2);
  std::string all;
  ASSERT_TRUE(Describe(w.disk, "log", [&](const std::string& line) { all += line + "\n"; }).ok());
  EXPECT_NE(all.find("group 1 #1 state, replica 101"), std::string::npos) << all;
  EXPECT_NE(all.find("group 1 #2 append, entries 1 to 1, commit 0, 3001 bytes"), std::string::npos);
  EXPECT_NE(all.find("0000000000000002.seg: segment header damaged"), std::string::npos);
  EXPECT_NE(all.find("closed"), std::string::npos);
}

}  // namespace
}  // namespace skerry::log
