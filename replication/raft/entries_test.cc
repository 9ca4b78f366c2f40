#include "replication/raft/entries.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace skerry::raft {
namespace {

EntryPtr Make(uint64_t index, uint64_t term, size_t bytes = 10) {
  return std::make_shared<Entry>(
      Entry{LogIndex(index), Term(term), EntryKind::kCommand, std::string(bytes, 'x')});
}

// Behind entry 2 of term 1: entries 3 to 7 of terms 1 1 3 3 4.
Entries Five() {
  Entries entries(LogIndex(2), Term(1));
  uint64_t index = 3;
  for (const uint64_t term : {1, 1, 3, 3, 4}) entries.Append(Make(index++, term));
  return entries;
}

TEST(EntriesTest, KnowsTermsFromItsBaseToItsEnd) {
  const Entries entries = Five();
  EXPECT_EQ(entries.last(), LogIndex(7));
  EXPECT_EQ(entries.last_term(), Term(4));
  EXPECT_EQ(entries.TermAt(LogIndex(1)), std::nullopt);
  EXPECT_EQ(entries.TermAt(LogIndex(2)), Term(1));
  EXPECT_EQ(entries.TermAt(LogIndex(5)), Term(3));
  EXPECT_EQ(entries.TermAt(LogIndex(8)), std::nullopt);
  EXPECT_EQ(Entries(LogIndex(9), Term(5)).last_term(), Term(5));
}

TEST(EntriesTest, BytesAreThoseInMemory) {
  Entries entries = Five();
  const uint64_t each = 10 + kEntryOverhead;
  EXPECT_EQ(entries.bytes(), 5 * each);
  entries.TruncateFrom(LogIndex(7));
  EXPECT_EQ(entries.bytes(), 4 * each);
  entries.DropThrough(LogIndex(4));
  EXPECT_EQ(entries.bytes(), 2 * each);
  EXPECT_EQ(entries.base(), LogIndex(4));
  EXPECT_EQ(entries.TermAt(LogIndex(4)), Term(1));
  entries.Reset(LogIndex(20), Term(6));
  EXPECT_EQ(entries.bytes(), 0U);
  EXPECT_EQ(entries.last(), LogIndex(20));
  EXPECT_EQ(entries.last_term(), Term(6));
}

TEST(EntriesTest, DropsNoMoreThanThereIs) {
  Entries entries = Five();
  entries.DropThrough(LogIndex(1));
  EXPECT_EQ(entries.base(), LogIndex(2));
  entries.DropThrough(LogIndex(100));
  EXPECT_EQ(entries.base(), LogIndex(7));
  EXPECT_EQ(entries.last_term(), Term(4));
}

TEST(EntriesTest, ASliceHoldsWhatFitsButAtLeastOne) {
  const Entries entries = Five();
  const auto size = [&](uint64_t bytes) {
    return entries.Slice(LogIndex(4), LogIndex(6), bytes).size();
  };
  EXPECT_EQ(size(1), 1U);
  EXPECT_EQ(size(2 * (10 + kEntryOverhead)), 2U);
  EXPECT_EQ(size(1 << 20), 3U);
  EXPECT_EQ(entries.Slice(LogIndex(4), LogIndex(6), 1)[0]->index, LogIndex(4));
  EXPECT_TRUE(entries.Slice(LogIndex(8), LogIndex(9), 1).empty());
}

// Thesis 3.5, end.
TEST(EntriesTest, SkipsWholeTermsOfAConflict) {
  const Entries entries = Five();
  EXPECT_EQ(entries.LastWithTermAtMost(LogIndex(7), Term(4)), LogIndex(7));
  EXPECT_EQ(entries.LastWithTermAtMost(LogIndex(7), Term(3)), LogIndex(6));
  EXPECT_EQ(entries.LastWithTermAtMost(LogIndex(7), Term(2)), LogIndex(4));
  EXPECT_EQ(entries.LastWithTermAtMost(LogIndex(5), Term(9)), LogIndex(5));
  // Memory does not tell of what is below the base, nor of what is not there.
  EXPECT_EQ(entries.LastWithTermAtMost(LogIndex(7), Term(0)), LogIndex(2));
  EXPECT_EQ(entries.LastWithTermAtMost(LogIndex(1), Term(0)), LogIndex(1));
  EXPECT_EQ(entries.LastWithTermAtMost(LogIndex(50), Term(0)), LogIndex(50));
}

TEST(EntriesDeathTest, GapsAndFallingTermsAreBrokenInvariants) {
  Entries entries = Five();
  EXPECT_DEATH(entries.Append(Make(9, 4)), "");
  EXPECT_DEATH(entries.Append(Make(8, 3)), "");
  EXPECT_DEATH(entries.TruncateFrom(LogIndex(2)), "");
}

}  // namespace
}  // namespace skerry::raft
