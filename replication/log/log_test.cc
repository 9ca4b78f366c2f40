#include "replication/log/log.h"

#include <gtest/gtest.h>

#include "replication/log/log_test_world.h"

namespace skerry::log {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(LogTest, WhatIsQueuedSharesOneSync) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  for (uint64_t group = 1; group <= 50; ++group) w.CreateNow(group);
  const uint64_t syncs = w.disk.syncs();
  auto counter = std::make_shared<LogWorld::Counter>(w.world.AddExecutor(0, "writer"));
  for (uint64_t group = 1; group <= 50; ++group) {
    Append append{.group = GroupId(group)};
    append.entries.push_back(LogWorld::Entry(1, 1, "x"));
    w.log->Write(std::move(append), counter);
  }
  EXPECT_TRUE(w.world.RunUntil([&] { return counter->written == 50; }));
  EXPECT_EQ(w.disk.syncs() - syncs, 1u);
}

TEST(LogTest, AnIdleLogDoesNothing) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  w.WriteNow(1, 1, "x");
  EXPECT_TRUE(w.world.RunUntilIdle(seconds(1)));
  const uint64_t operations = w.disk.operations();
  w.world.RunFor(std::chrono::hours(100));
  EXPECT_EQ(w.disk.operations(), operations);
}

TEST(LogTest, ALaterEntryReplacesWhatStoodThere) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  for (uint64_t i = 1; i <= 6; ++i) w.WriteNow(1, i, "old" + std::to_string(i));
  auto counter = std::make_shared<LogWorld::Counter>(w.world.AddExecutor(0, "writer"));
  Append append{.group = GroupId(1)};
  append.entries = {LogWorld::Entry(3, 2, "new3"), LogWorld::Entry(4, 2, "new4")};
  w.log->Write(std::move(append), counter);
  EXPECT_TRUE(w.world.RunUntil([&] { return counter->written == 1; }));
  EXPECT_EQ(w.ReadAll(1), "old1 old2 new3 new4");
  w.Crash();
  ASSERT_TRUE(w.Open().ok());
  EXPECT_EQ(w.ReadAll(1), "old1 old2 new3 new4");
  EXPECT_EQ(w.log->Find(GroupId(1))->last_term, Term(2));
}

// Behind a snapshot nothing of before counts, below it or above it, whatever is rewritten later.
TEST(LogTest, ALogThatBeginsAnewForgetsWhatStoodAboveIt) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  for (uint64_t i = 1; i <= 6; ++i) w.WriteNow(1, i, "old" + std::to_string(i));
  w.CollectNow(/*rewrite=*/true);
  auto counter = std::make_shared<LogWorld::Counter>(w.world.AddExecutor(0, "writer"));
  raft::Configuration members;
  members.voters = {ReplicaId(7), ReplicaId(101)};
  w.log->Restart(GroupId(1), LogIndex(4), Term(3), members, counter);
  EXPECT_TRUE(w.world.RunUntil([&] { return counter->written == 1; }));
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(w.ReadAll(1), "") << round;
    const auto info = w.log->Find(GroupId(1));
    EXPECT_EQ(info->state.start, LogIndex(4));
    EXPECT_EQ(info->state.start_term, Term(3));
    EXPECT_EQ(info->last, LogIndex(4));
    EXPECT_EQ(info->state.configuration_index, LogIndex(4));
    EXPECT_EQ(info->state.configuration, members);
    w.Crash();
    ASSERT_TRUE(w.Open().ok());
    w.CollectNow(/*rewrite=*/true);
  }
  w.WriteNow(1, 5, "new5");
  w.Crash();
  ASSERT_TRUE(w.Open().ok());
  EXPECT_EQ(w.ReadAll(1), "new5");
}

TEST(LogTest, ConfigurationsAreFoundAgainAndKeptWhenTheLogIsCut) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  raft::Configuration two;
  two.voters = {ReplicaId(7), ReplicaId(101)};
  w.WriteNow(1, 1, "a");
  auto counter = std::make_shared<LogWorld::Counter>(w.world.AddExecutor(0, "writer"));
  auto entry =
      std::make_shared<raft::Entry>(*LogWorld::Entry(2, 1, raft::EncodeConfiguration(two)));
  entry->kind = raft::EntryKind::kConfiguration;
  Append append{.group = GroupId(1)};
  append.entries = {entry};
  w.log->Write(std::move(append), counter);
  w.WriteNow(1, 3, "b");
  w.Crash();
  ASSERT_TRUE(w.Open().ok());
  const Log::NumberedConfigurations found = {{LogIndex(2), two}};
  EXPECT_EQ(*w.log->ReadConfigurations(GroupId(1)), found);
  w.log->Truncate(GroupId(1), LogIndex(2), found);
  w.CollectNow(/*rewrite=*/true);  // so that the segment can go, and the state is written anew
  w.Crash();
  ASSERT_TRUE(w.Open().ok());
  EXPECT_TRUE(w.log->ReadConfigurations(GroupId(1))->empty());
  EXPECT_EQ(w.log->Find(GroupId(1))->state.configuration, two);
  EXPECT_EQ(w.ReadAll(1), "b");
}

TEST(LogTest, TermAndVoteAreTheLastWritten) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  auto counter = std::make_shared<LogWorld::Counter>(w.world.AddExecutor(0, "writer"));
  for (uint64_t term = 1; term <= 3; ++term) {
    Append append{.group = GroupId(1), .has_vote = true};
    append.hard_state = {Term(term), ReplicaId(term + 50), LogIndex(0)};
    w.log->Write(std::move(append), counter);
  }
  w.WriteNow(1, 1, "x");
  EXPECT_EQ(counter->written, 3);
  for (int round = 0; round < 3; ++round) {
    w.Crash();
    ASSERT_TRUE(w.Open().ok());
    const auto info = w.log->Find(GroupId(1));
    EXPECT_EQ(info->state.hard_state.term, Term(3));
    EXPECT_EQ(info->state.hard_state.vote, ReplicaId(53));
    w.CollectNow(/*rewrite=*/true);  // moves them to the newest segment
  }
}

// Fills several segments for group 1, with one entry of group 2 in the oldest.
void FillSegments(LogWorld& w) {
  w.CreateNow(1);
  w.CreateNow(2);
  w.WriteNow(2, 1, "straggler");
  for (uint64_t i = 1; i <= 60; ++i) w.WriteNow(1, i, std::string(3000, 'x'));
  ASSERT_GE(w.log->segments(), 4u);
}

TEST(LogTest, SegmentsGoStrictlyOldestFirst) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  FillSegments(w);
  const size_t all = w.log->segments();
  EXPECT_EQ(w.log->PinningGroups(), (std::vector<GroupId>{GroupId(1), GroupId(2)}));
  w.log->Truncate(GroupId(1), LogIndex(60));
  w.CollectNow();
  EXPECT_EQ(w.log->segments(), all);
  EXPECT_EQ(w.log->PinningGroups(), std::vector<GroupId>{GroupId(2)});
  w.log->Truncate(GroupId(2), LogIndex(1));
  w.CollectNow();
  EXPECT_EQ(w.log->segments(), 1u);
}

TEST(LogTest, StragglersAreRewrittenAndStatesKept) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  FillSegments(w);
  w.log->Truncate(GroupId(1), LogIndex(60));
  w.CollectNow(/*rewrite=*/true);
  EXPECT_LE(w.log->segments(), 2u);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(w.ReadAll(2), "straggler");
    EXPECT_EQ(w.log->Find(GroupId(1))->state.start, LogIndex(60));
    EXPECT_EQ(w.log->Find(GroupId(1))->last, LogIndex(60));
    EXPECT_EQ(w.log->Find(GroupId(1))->state.replica, ReplicaId(101));
    w.Crash();
    ASSERT_TRUE(w.Open().ok());
  }
  w.WriteNow(1, 61, "next");
  EXPECT_EQ(w.ReadAll(1), "next");
}

TEST(LogTest, AnEntryInAReplacedRunIsNotResurrectedByItsRewrittenCopy) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  w.CreateNow(2);
  auto counter = std::make_shared<LogWorld::Counter>(w.world.AddExecutor(0, "writer"));
  Append append{.group = GroupId(2)};
  append.entries = {LogWorld::Entry(1, 1, "one"), LogWorld::Entry(2, 1, "old-two"),
                    LogWorld::Entry(3, 1, "old-three")};
  w.log->Write(std::move(append), counter);
  for (uint64_t i = 1; i <= 30; ++i) w.WriteNow(1, i, std::string(3000, 'x'));
  append = {.group = GroupId(2)};
  append.entries = {LogWorld::Entry(2, 2, "new-two")};
  w.log->Write(std::move(append), counter);
  EXPECT_TRUE(w.world.RunUntil([&] { return counter->written == 2; }));
  // The copy of the first record now lies behind the one that replaced its end.
  w.log->Truncate(GroupId(1), LogIndex(30));
  w.CollectNow(/*rewrite=*/true);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(w.ReadAll(2), "one new-two");
    w.Crash();
    ASSERT_TRUE(w.Open().ok());
    w.CollectNow(/*rewrite=*/true);
  }
}

TEST(LogTest, ATombstoneStaysUntilNothingOlderRemains) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  FillSegments(w);
  auto counter = std::make_shared<LogWorld::Counter>(w.world.AddExecutor(0, "writer"));
  w.log->Remove(GroupId(2), counter);
  EXPECT_TRUE(w.world.RunUntil([&] { return counter->written == 1; }));
  EXPECT_EQ(w.log->Groups(), std::vector<GroupId>{GroupId(1)});
  w.Crash();
  ASSERT_TRUE(w.Open().ok());
  EXPECT_EQ(w.log->Groups(), std::vector<GroupId>{GroupId(1)});
  ASSERT_TRUE(w.log->Find(GroupId(2)).has_value());
  EXPECT_TRUE(w.log->Find(GroupId(2))->state.removed);
  w.log->Truncate(GroupId(1), LogIndex(60));
  w.CollectNow();
  EXPECT_FALSE(w.log->Find(GroupId(2)).has_value());
  w.Crash();
  ASSERT_TRUE(w.Open().ok());
  EXPECT_EQ(w.log->Groups(), std::vector<GroupId>{GroupId(1)});
}

TEST(LogTest, AFailedSyncIsFatalAndAcknowledgesNothing) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  auto counter = std::make_shared<LogWorld::Counter>(w.world.AddExecutor(0, "writer"));
  Append append{.group = GroupId(1)};
  append.entries.push_back(LogWorld::Entry(1, 1, "x"));
  w.disk.FailNextSync();
  w.log->Write(append, counter);
  w.log->Write(append, counter);
  EXPECT_TRUE(w.world.RunUntil([&] { return counter->failed == 2; }));
  EXPECT_EQ(counter->written, 0);
  EXPECT_EQ(w.fatal.code(), StatusCode::kIoError);
  EXPECT_TRUE(w.fatal.message().starts_with("log/0000000000000001.seg: fdatasync"));
  EXPECT_EQ(w.log->Admission().code(), StatusCode::kUnavailable);
}

TEST(LogTest, AFullDiskHoldsWritesUntilThereIsSpace) {
  LogWorld w(1);
  auto options = w.LogOptions();
  ASSERT_TRUE(w.Open(std::move(options)).ok());
  w.CreateNow(1);
  w.disk.SetCapacity(40 << 10);
  auto counter = std::make_shared<LogWorld::Counter>(w.world.AddExecutor(0, "writer"));
  for (uint64_t i = 1; i <= 20; ++i) {
    Append append{.group = GroupId(1)};
    append.entries.push_back(LogWorld::Entry(i, 1, std::string(3000, 'x')));
    w.log->Write(std::move(append), counter);
    w.world.RunFor(milliseconds(50));
  }
  EXPECT_LT(counter->written, 20);
  EXPECT_EQ(counter->failed, 0);
  EXPECT_EQ(w.log->Admission().code(), StatusCode::kResourceExhausted);
  w.disk.SetCapacity(UINT64_MAX);
  EXPECT_TRUE(w.world.RunUntil([&] { return counter->written == 20; }, seconds(1)));
  EXPECT_TRUE(w.log->Admission().ok());
  EXPECT_TRUE(w.fatal.ok());
  w.Crash();
  ASSERT_TRUE(w.Open().ok());
  EXPECT_EQ(w.log->Find(GroupId(1))->last, LogIndex(20));
}

TEST(LogTest, RelaxedWritesAreSyncedWithinTheirDelay) {
  LogWorld w(1);
  auto options = w.LogOptions();
  options.relaxed = true;
  ASSERT_TRUE(w.Open(std::move(options)).ok());
  w.CreateNow(1);
  const uint64_t syncs = w.disk.syncs();
  w.WriteNow(1, 1, "a");
  EXPECT_EQ(w.disk.syncs(), syncs);
  w.world.RunFor(milliseconds(100));
  EXPECT_GT(w.disk.syncs(), syncs);
  w.Crash();
  ASSERT_TRUE(w.Open().ok());
  EXPECT_TRUE(w.log->was_relaxed());
  EXPECT_EQ(w.ReadAll(1), "a");
}

TEST(LogTest, RelaxedWritesSurviveTheEndOfTheProcess) {
  LogWorld w(1);
  auto options = w.LogOptions();
  options.relaxed = true;
  ASSERT_TRUE(w.Open(std::move(options)).ok());
  w.CreateNow(1);
  for (uint64_t i = 1; i <= 3; ++i) w.WriteNow(1, i, "e");
  w.Crash(/*keep_unsynced=*/true);
  ASSERT_TRUE(w.Open().ok());
  EXPECT_EQ(w.ReadAll(1), "e e e");
  // ... and of the machine after that: what recovery has read is durable.
  w.Crash();
  ASSERT_TRUE(w.Open().ok());
  EXPECT_EQ(w.ReadAll(1), "e e e");
}

TEST(LogTest, ALongEntryGetsASegmentOfItsSize) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  const std::string long_data(300 << 10, 'l');
  w.WriteNow(1, 1, long_data);
  w.WriteNow(1, 2, "short");
  w.Crash();
  ASSERT_TRUE(w.Open().ok());
  EXPECT_EQ(w.ReadAll(1), long_data + " short");
}

TEST(LogTest, RotFoundWhenReadingBackIsNamed) {
  LogWorld w(1);
  ASSERT_TRUE(w.Open().ok());
  w.CreateNow(1);
  w.WriteNow(1, 1, "precious");
  const std::string file = "log/0000000000000001.seg";
  w.disk.FlipBit(file, w.disk.ReadAll(file).find("precious"), 0);
  const std::string read = w.ReadAll(1);
  EXPECT_TRUE(read.starts_with("CORRUPTION: " + file + ": offset ")) << read;
}

}  // namespace
}  // namespace skerry::log
