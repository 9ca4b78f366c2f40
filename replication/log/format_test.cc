#include "replication/log/format.h"

#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/memory_disk.h"
#include "base/prng.h"
#include "replication/log/batch_builder.h"
#include "replication/log/reader.h"

namespace skerry::log {
namespace {

raft::EntryPtr MakeEntry(uint64_t index, uint64_t term, std::string data) {
  return std::make_shared<raft::Entry>(
      raft::Entry{LogIndex(index), Term(term), raft::EntryKind::kCommand, std::move(data)});
}

AppendRecord SomeAppend() {
  AppendRecord record{.group = GroupId(7), .sequence = 42, .has_vote = true};
  record.hard_state = {Term(3), ReplicaId(11), LogIndex(8)};
  record.first = LogIndex(9);
  record.entries = {MakeEntry(9, 2, "nine"), MakeEntry(10, 3, ""), MakeEntry(11, 3, "eleven")};
  return record;
}

StateRecord SomeState() {
  StateRecord record{GroupId(7), 43, {}};
  record.state.replica = ReplicaId(11);
  record.state.hard_state = {Term(3), ReplicaId(11), LogIndex(8)};
  record.state.start = LogIndex(4);
  record.state.start_term = Term(2);
  record.state.configuration_index = LogIndex(1);
  record.state.configuration.voters = {ReplicaId(11), ReplicaId(12)};
  record.state.configuration.learners = {ReplicaId(13)};
  return record;
}

TEST(FormatTest, AnAppendComesBack) {
  const AppendRecord record = SomeAppend();
  std::string payload;
  EncodeAppend(record, &payload);
  EXPECT_EQ(payload.size(), AppendPayloadBytes(record.entries));
  const auto summary = SummarizeRecord(payload);
  ASSERT_TRUE(summary.ok());
  const auto& append = std::get<AppendSummary>(*summary);
  EXPECT_EQ(append.group, GroupId(7));
  EXPECT_EQ(append.sequence, 42u);
  EXPECT_TRUE(append.has_vote);
  EXPECT_FALSE(append.rewritten);
  EXPECT_EQ(append.hard_state, record.hard_state);
  EXPECT_EQ(append.first, LogIndex(9));
  EXPECT_EQ(append.last, LogIndex(11));
  EXPECT_EQ(append.last_term, Term(3));

  std::vector<raft::EntryPtr> entries;
  ASSERT_TRUE(DecodeEntries(payload, LogIndex(10), LogIndex(11), &entries).ok());
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0]->index, LogIndex(10));
  EXPECT_EQ(entries[1]->data, "eleven");
}

TEST(FormatTest, AStateComesBack) {
  const StateRecord record = SomeState();
  std::string payload;
  EncodeState(record, &payload);
  EXPECT_EQ(payload.size(), StatePayloadBytes(record.state));
  const auto summary = SummarizeRecord(payload);
  ASSERT_TRUE(summary.ok());
  const auto& state = std::get<StateRecord>(*summary);
  EXPECT_EQ(state.group, record.group);
  EXPECT_EQ(state.sequence, 43u);
  EXPECT_EQ(state.state.replica, ReplicaId(11));
  EXPECT_EQ(state.state.hard_state, record.state.hard_state);
  EXPECT_EQ(state.state.start, LogIndex(4));
  EXPECT_EQ(state.state.start_term, Term(2));
  EXPECT_EQ(state.state.configuration, record.state.configuration);
}

TEST(FormatTest, WhatAVoterIsBoundByComesBack) {
  const raft::Fortified fortified{Term(3), ReplicaId(12), 77};
  AppendRecord append = SomeAppend();
  append.hard_state.fortified = fortified;
  std::string payload;
  EncodeAppend(append, &payload);
  EXPECT_EQ(payload.size(), AppendPayloadBytes(append.entries) + kFortifiedBytes);
  auto summary = SummarizeRecord(payload);
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(std::get<AppendSummary>(*summary).hard_state, append.hard_state);
  std::vector<raft::EntryPtr> entries;
  ASSERT_TRUE(DecodeEntries(payload, LogIndex(9), LogIndex(11), &entries).ok());
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0]->data, "nine");

  StateRecord state = SomeState();
  state.state.hard_state.fortified = fortified;
  payload.clear();
  EncodeState(state, &payload);
  EXPECT_EQ(payload.size(), StatePayloadBytes(state.state));
  summary = SummarizeRecord(payload);
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(std::get<StateRecord>(*summary).state.hard_state, state.state.hard_state);
}

TEST(FormatTest, PayloadsCutShortAreMalformed) {
  std::string append;
  EncodeAppend(SomeAppend(), &append);
  std::string state;
  EncodeState(SomeState(), &state);
  for (const std::string& payload : {append, state}) {
    for (size_t n = 0; n < payload.size(); ++n) {
      EXPECT_EQ(SummarizeRecord(payload.substr(0, n)).status().code(), StatusCode::kCorruption);
    }
    EXPECT_EQ(SummarizeRecord(payload + "x").status().code(), StatusCode::kCorruption);
  }
  EXPECT_EQ(SummarizeRecord("\x09").status().code(), StatusCode::kFailedPrecondition);
}

TEST(FormatTest, ANewerVersionIsNamed) {
  SegmentHeader header;
  header.number = 3;
  std::string page = EncodeSegmentHeader(header);
  ASSERT_TRUE(DecodeSegmentHeader(page).ok());
  page[12] = 2;
  EXPECT_EQ(DecodeSegmentHeader(page).status().code(), StatusCode::kCorruption);
  // ... with a right checksum, as the newer program writes it.
  const uint32_t checksum = Crc32c(std::string_view(page).substr(12));
  page.replace(8, 4, reinterpret_cast<const char*>(&checksum), 4);
  const auto refused = DecodeSegmentHeader(page);
  EXPECT_EQ(refused.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(refused.status().message(),
            "log format version 2 is not known to this version of the program, which writes 1");
}

// A segment with some batches, in memory.
class SegmentTest : public testing::Test {
 protected:
  static constexpr uint64_t kNumber = 5;

  SegmentTest() {
    file_ = *disk_.Open("segment", OpenMode::kCreate);
    EXPECT_TRUE(file_->Allocate(64 << 10).ok());
    SegmentHeader header;
    header.state = SegmentState::kStarted;
    header.number = kNumber;
    header.size = 64 << 10;
    const std::string page = EncodeSegmentHeader(header);
    EXPECT_TRUE(file_->WriteAt(0, page).ok());
    checksum_ = SegmentHeaderChecksum(page);
  }

  void AddBatch(int records, Position synced) {
    builder_.Begin();
    for (int i = 0; i < records; ++i) builder_.Add(SomeAppend());
    BatchHeader header;
    header.position = {kNumber, end_};
    header.previous_checksum = checksum_;
    header.synced = synced;
    const std::string_view bytes = builder_.Finish(header);
    ends_.push_back(end_ + kBatchHeaderBytes);
    EXPECT_TRUE(file_->WriteAt(end_, bytes).ok());
    end_ += bytes.size();
    checksum_ = builder_.checksum();
  }

  // Number of batches and records read until the reader stops.
  std::pair<int, size_t> Count() {
    SegmentReader reader(*file_, kNumber);
    if (!reader.ReadHeader().ok()) return {-1, 0};
    int batches = 0;
    size_t records = 0;
    Batch batch;
    while (*reader.Next(&batch)) {
      ++batches;
      records += batch.records.size();
    }
    return {batches, records};
  }

  MemoryDisk disk_;
  std::unique_ptr<File> file_;
  BatchBuilder builder_;
  uint32_t checksum_ = 0;
  uint64_t end_ = kPage;
  std::vector<uint64_t> ends_;
};

TEST_F(SegmentTest, BatchesComeBack) {
  AddBatch(3, {});
  AddBatch(0, {kNumber, 2 * kPage});
  AddBatch(100, {kNumber, 3 * kPage});
  EXPECT_EQ(Count(), std::pair(3, size_t{103}));
  SegmentReader reader(*file_, kNumber);
  ASSERT_TRUE(reader.ReadHeader().ok());
  EXPECT_EQ(*reader.HighestSyncedBeyond(), (Position{kNumber, 3 * kPage}));
}

TEST_F(SegmentTest, NoFlippedBitIsAccepted) {
  AddBatch(2, {});
  const size_t covered = builder_.bytes() > 0 ? kBatchHeaderBytes + 2 * 8 : 0;
  std::string payload;
  EncodeAppend(SomeAppend(), &payload);
  const size_t used = covered + 2 * payload.size();
  for (size_t at = 0; at < used; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      char byte = 0;
      ASSERT_EQ(*file_->ReadAt(kPage + at, &byte, 1), 1u);
      const char flipped = static_cast<char>(byte ^ (1 << bit));
      ASSERT_TRUE(file_->WriteAt(kPage + at, std::string_view(&flipped, 1)).ok());
      EXPECT_EQ(Count().first, 0) << "byte " << at << " bit " << bit;
      ASSERT_TRUE(file_->WriteAt(kPage + at, std::string_view(&byte, 1)).ok());
    }
  }
  EXPECT_EQ(Count().first, 1);
}

TEST_F(SegmentTest, AnotherSegmentsBatchIsNotRead) {
  AddBatch(1, {});
  std::string all(64 << 10, '\0');
  ASSERT_EQ(*file_->ReadAt(0, all.data(), all.size()), all.size());
  // The same batch at another offset, and under another number.
  ASSERT_TRUE(file_->WriteAt(2 * kPage, std::string_view(all).substr(kPage, kPage)).ok());
  EXPECT_EQ(Count().first, 1);
  SegmentReader other(*file_, kNumber + 1);
  EXPECT_EQ(other.ReadHeader().status().code(), StatusCode::kCorruption);
  EXPECT_EQ(*other.HighestSyncedBeyond(), Position{});
}

TEST_F(SegmentTest, RandomBytesNeverCrashTheReader) {
  Prng prng(1);
  for (int round = 0; round < 200; ++round) {
    AddBatch(1 + static_cast<int>(prng.Below(3)), {});
    if (end_ > 48 << 10) break;
    for (int i = 0; i < 3; ++i) {
      const char byte = static_cast<char>(prng.Next());
      ASSERT_TRUE(file_->WriteAt(prng.Below(64 << 10), std::string_view(&byte, 1)).ok());
    }
    Count();
  }
}

}  // namespace
}  // namespace skerry::log
