#include "storage/partition/partition.h"

#include <gtest/gtest.h>

#include <string>

#include "proto/command/v1/command.pb.h"
#include "storage/document/item_size.h"
#include "storage/document/key_encoding.h"
#include "storage/engine/memory/memory_engine.h"
#include "storage/partition/row_key.h"
#include "storage/partition/write.h"

namespace skerry::partition {
namespace {

using document::AttributeValue;
using document::Item;
using document::Number;

std::shared_ptr<const Schema> MusicSchema() {
  auto schema = std::make_shared<Schema>();
  schema->key.partition_key = "artist";
  schema->key.sort_key = "song";
  LocalIndex index;
  index.id = 1;
  index.name = "by-year";
  index.key = schema->key;
  index.key.sort_key = "year";
  index.key.sort_type = document::Type::kNumber;
  index.projection = LocalIndex::Projection::kInclude;
  index.non_key_attributes = {"label"};
  schema->local_indexes.push_back(index);
  return schema;
}

Item Song(const std::string& artist, const std::string& song, int year) {
  Item item{{"artist", AttributeValue::S(artist)},
            {"song", AttributeValue::S(song)},
            {"label", AttributeValue::S("Motown")},
            {"text", AttributeValue::S("la la")}};
  if (year > 0) item.Set("year", AttributeValue::N(Number::FromInt(year)));
  return item;
}

class PartitionTest : public testing::Test {
 protected:
  PartitionTest() : engine_(engine::NewMemoryEngine({})) { Reopen(); }

  void Reopen() {
    auto opened = Partition::Open(*engine_, GroupId(7), MusicSchema());
    ASSERT_TRUE(opened.ok());
    partition_ = std::move(*opened);
  }

  // Evaluates against what is stored and applies, as a leader without anything under way does.
  Result<WriteResult> Write(WriteRequest request) {
    request.row_key = ItemRowKey(partition_->schema().key, request.item);
    engine::PinnedValue pin;
    SKERRY_ASSIGN_OR_RETURN(const std::string_view old, partition_->Get(request.row_key, &pin));
    proto::command::v1::Command command;
    SKERRY_ASSIGN_OR_RETURN(WriteResult result,
                            EvaluateWrite(partition_->schema(), request, old, &command));
    if (command.mutations().empty()) return result;
    command.set_hlc(++hlc_);
    const std::string bytes = command.SerializeAsString();
    const Partition::CommandAt entry{LogIndex(++index_), bytes};
    std::vector<Status> outcomes(1);
    SKERRY_RETURN_IF_ERROR(partition_->Apply({&entry, 1}, entry.index, Term(1), &outcomes));
    return result;
  }
  Result<WriteResult> Put(Item item) {
    WriteRequest request;
    request.item = std::move(item);
    return Write(std::move(request));
  }
  Result<WriteResult> Delete(const std::string& artist, const std::string& song) {
    WriteRequest request;
    request.kind = WriteRequest::Kind::kDelete;
    request.item = Item{{"artist", AttributeValue::S(artist)}, {"song", AttributeValue::S(song)}};
    return Write(std::move(request));
  }

  ReadPage ReadIndex(const std::string& artist) {
    ReadRequest request;
    request.index = &partition_->schema().local_indexes[0];
    const std::string prefix = IndexCollectionPrefix(*request.index, AttributeValue::S(artist));
    request.lower = prefix;
    request.upper = document::PrefixSuccessor(prefix);
    auto page = partition_->Read(request);
    EXPECT_TRUE(page.ok());
    return std::move(*page);
  }

  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<Partition> partition_;
  uint64_t hlc_ = 0;
  uint64_t index_ = 0;
};

TEST_F(PartitionTest, KeepsItemsAndAppliedIndexOverReopening) {
  ASSERT_TRUE(Put(Song("a", "x", 1960)).ok());
  ASSERT_TRUE(Put(Song("a", "y", 1970)).ok());
  Reopen();
  EXPECT_EQ(partition_->applied(), LogIndex(2));
  EXPECT_EQ(partition_->statistics(0).items, 2);
  engine::PinnedValue pin;
  auto encoded = partition_->Get(ItemRowKey(partition_->schema().key, Song("a", "x", 0)), &pin);
  ASSERT_TRUE(encoded.ok());
  EXPECT_EQ(*document::DecodeItem(*encoded), Song("a", "x", 1960));
}

TEST_F(PartitionTest, LocalIndexIsSparseSortedAndProjected) {
  ASSERT_TRUE(Put(Song("a", "late", 1999)).ok());
  ASSERT_TRUE(Put(Song("a", "early", -1)).ok());  // no year: not in the index
  ASSERT_TRUE(Put(Song("a", "first", 1950)).ok());
  const ReadPage page = ReadIndex("a");
  ASSERT_EQ(page.items.size(), 2u);
  const Item first = *document::DecodeItem(page.items[0]);
  EXPECT_EQ(first.Find("song")->string(), "first");
  EXPECT_NE(first.Find("label"), nullptr);
  EXPECT_EQ(first.Find("text"), nullptr);
  EXPECT_EQ(partition_->statistics(1).items, 2);
}

TEST_F(PartitionTest, IndexRowMovesWithItsKeyAndGoesWithItsItem) {
  ASSERT_TRUE(Put(Song("a", "x", 1960)).ok());
  auto moved = Put(Song("a", "x", 1961));
  ASSERT_TRUE(moved.ok());
  ASSERT_EQ(moved->index_writes.size(), 1u);
  EXPECT_EQ(moved->index_writes[0].units, 2u);  // one to delete, one to put
  EXPECT_EQ(ReadIndex("a").items.size(), 1u);
  ASSERT_TRUE(Delete("a", "x").ok());
  EXPECT_TRUE(ReadIndex("a").items.empty());
  EXPECT_EQ(partition_->statistics(0).items, 0);
  EXPECT_EQ(partition_->statistics(0).bytes, 0);
  EXPECT_EQ(partition_->statistics(1).bytes, 0);
}

TEST_F(PartitionTest, WriteThatChangesNothingMakesNoCommand) {
  ASSERT_TRUE(Put(Song("a", "x", 1960)).ok());
  const uint64_t before = index_;
  auto same = Put(Song("a", "x", 1960));
  ASSERT_TRUE(same.ok());
  EXPECT_EQ(index_, before);
  EXPECT_EQ(same->old_size, same->new_size);
  EXPECT_TRUE(Delete("a", "nothing").ok());
  EXPECT_EQ(index_, before);
}

TEST_F(PartitionTest, FailedConditionLeavesEverythingAndShowsTheItem) {
  ASSERT_TRUE(Put(Song("a", "x", 1960)).ok());
  WriteRequest request;
  request.item = Song("a", "x", 2000);
  expression::Compiler compiler(nullptr, nullptr);
  auto condition = compiler.CompileCondition("ConditionExpression", "attribute_not_exists(artist)");
  ASSERT_TRUE(condition.ok());
  request.condition = *condition;
  auto result = Write(std::move(request));
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->condition_failed);
  EXPECT_EQ(*document::DecodeItem(result->old_item), Song("a", "x", 1960));
  EXPECT_EQ(ReadIndex("a").items.size(), 1u);
}

TEST_F(PartitionTest, PagesEndAtTheirBoundsAndTellWhereToGoOn) {
  for (const char* song : {"a", "b", "c"}) ASSERT_TRUE(Put(Song("z", song, 0)).ok());
  ReadRequest request;
  request.lower = FirstRow(nullptr, 0);
  request.upper = RowsEnd(nullptr);
  request.max_items = 2;
  auto page = partition_->Read(request);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->items.size(), 2u);
  ASSERT_TRUE(page->last_key.has_value());
  EXPECT_EQ(page->last_key->Find("song")->string(), "b");
  request.lower = ItemRowKey(partition_->schema().key, *page->last_key) + '\0';
  page = partition_->Read(request);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->items.size(), 1u);
  EXPECT_FALSE(page->last_key.has_value());
}

TEST_F(PartitionTest, BackwardReadsTheSameRows) {
  for (const char* song : {"a", "b", "c"}) ASSERT_TRUE(Put(Song("z", song, 0)).ok());
  ReadRequest request;
  request.lower = FirstRow(nullptr, 0);
  request.upper = RowsEnd(nullptr);
  request.forward = false;
  auto page = partition_->Read(request);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->items.size(), 3u);
  EXPECT_EQ(document::DecodeItem(page->items[0])->Find("song")->string(), "c");
}

TEST_F(PartitionTest, SweepRemovesOnlyWhatNobodyOwns) {
  ASSERT_TRUE(Put(Song("a", "x", 1960)).ok());
  const GroupId owned[] = {GroupId(7)};
  ASSERT_TRUE(Partition::Sweep(*engine_, owned).ok());
  Reopen();
  EXPECT_EQ(partition_->statistics(0).items, 1);
  const GroupId others[] = {GroupId(8)};
  ASSERT_TRUE(Partition::Sweep(*engine_, others).ok());
  Reopen();
  EXPECT_EQ(partition_->applied(), LogIndex(0));
  EXPECT_TRUE(ReadIndex("a").items.empty());
}

TEST_F(PartitionTest, CommandThatCannotBeReadIsCorruption) {
  const Partition::CommandAt entry{LogIndex(1), "\xff\xff\xff"};
  std::vector<Status> outcomes(1);
  EXPECT_EQ(partition_->Apply({&entry, 1}, entry.index, Term(1), &outcomes).code(),
            StatusCode::kCorruption);
}

TEST(ItemRulesTest, KeysMustBeThereOfTheirTypeAndNotEmpty) {
  const auto schema = MusicSchema();
  const auto fault = [&](Item item) { return std::string(CheckPutItem(*schema, item).message()); };
  EXPECT_EQ(fault({{"artist", AttributeValue::S("a")}}),
            "One or more parameter values were invalid: Missing the key song in the item");
  EXPECT_EQ(fault({{"artist", AttributeValue::N({})}, {"song", AttributeValue::S("x")}}),
            "One or more parameter values were invalid: Type mismatch for key artist expected: S "
            "actual: N");
  EXPECT_EQ(
      fault({{"artist", AttributeValue::S("")}, {"song", AttributeValue::S("x")}}),
      "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
      "contain an empty string value. Key: artist");
  Item wrong_index = Song("a", "x", 0);
  wrong_index.Set("year", AttributeValue::S("1960"));
  EXPECT_EQ(
      fault(wrong_index),
      "One or more parameter values were invalid: Type mismatch for Index Key year Expected: N "
      "Actual: S IndexName: by-year");
  EXPECT_EQ(fault(Song("a", std::string(1025, 'x'), 0)),
            "One or more parameter values were invalid: Aggregated size of all range keys has "
            "exceeded the "
            "size limit of 1024 bytes");
  EXPECT_TRUE(CheckPutItem(*schema, Song("a", std::string(1024, 'x'), 0)).ok());
}

TEST(ItemRulesTest, PartitionKeysFaultIsToldBeforeTheSortKeys) {
  const auto schema = MusicSchema();
  constexpr char kEmptyArtist[] =
      "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
      "contain an empty string value. Key: artist";
  const Item item{{"artist", AttributeValue::S("")}, {"song", AttributeValue::N({})}};
  EXPECT_EQ(CheckPutItem(*schema, item).message(), kEmptyArtist);
  EXPECT_EQ(CheckKey(schema->key, item).message(), kEmptyArtist);
  const Item too_long{{"artist", AttributeValue::S(std::string(2049, 'x'))},
                      {"song", AttributeValue::S("")}};
  EXPECT_EQ(CheckKey(schema->key, too_long).message(),
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum "
            "size limit of2048 bytes");
}

TEST(ItemRulesTest, ItemAndItsEntriesShareTheLimit) {
  const auto schema = MusicSchema();
  const auto fits = [&schema](const Item& item) { return CheckPutItem(*schema, item).ok(); };
  // The entry: artist, year and label, 7 + 7 + 11 bytes.
  Item item = Song("a", "x", 1960);
  const size_t rest = document::ItemSize(item) + 7 + 7 + 11 - std::string("la la").size();
  item.Set("text", AttributeValue::S(std::string(document::kMaxItemBytes - rest, 'x')));
  EXPECT_TRUE(fits(item));
  item.Set("text", AttributeValue::S(std::string(document::kMaxItemBytes - rest + 1, 'x')));
  EXPECT_FALSE(fits(item));
  item.Erase("year");  // not in the index
  EXPECT_TRUE(fits(item));
}

TEST_F(PartitionTest, EntryWeighsMoreThanItsAttributes) {
  Item item = Song("a", "x", 1960);
  // The entry has artist, song, year and label: 7 + 5 + 7 + 5 bytes and the label's text.
  item.Set("label", AttributeValue::S(std::string(1024 - 100 - 24, 'x')));
  auto put = Put(item);
  ASSERT_TRUE(put.ok());
  ASSERT_EQ(put->index_writes.size(), 1u);
  EXPECT_EQ(put->index_writes[0].units, 1u);
  item.Set("label", AttributeValue::S(std::string(1024 - 100 - 23, 'x')));
  put = Put(item);
  ASSERT_TRUE(put.ok());
  EXPECT_EQ(put->index_writes[0].units, 2u);
}

TEST(ItemRulesTest, KeyHasItsAttributesAndNoOther) {
  const KeySchema key = MusicSchema()->key;
  EXPECT_TRUE(
      CheckKey(key, {{"artist", AttributeValue::S("a")}, {"song", AttributeValue::S("x")}}).ok());
  EXPECT_EQ(CheckKey(key, Song("a", "x", 0)).message(),
            "The provided key element does not match the schema");
}

}  // namespace
}  // namespace skerry::partition
