#include "storage/partition/snapshot.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "proto/command/v1/command.pb.h"
#include "storage/partition/partition_testing.h"
#include "storage/partition/row_key.h"

namespace skerry::partition {
namespace {

struct Node : PartitionOnEngine {
  // Rows by their keys; what an item is does not matter here.
  void Apply(uint64_t index, const std::map<std::string, std::string>& rows) {
    proto::command::v1::Command command;
    command.set_hlc(index);
    for (const auto& [id, value] : rows) {
      auto* mutation = command.add_mutations();
      mutation->set_key(Key(id));
      mutation->set_value(value);
    }
    auto* delta = command.add_statistics();
    delta->set_items(static_cast<int64_t>(rows.size()));
    const std::string bytes = command.SerializeAsString();
    const Partition::CommandAt entry{LogIndex(index), bytes};
    std::vector<Status> outcomes(1);
    ASSERT_TRUE(partition->Apply({&entry, 1}, entry.index, Term(3), &outcomes).ok());
  }
  static std::string Key(const std::string& id) {
    return ItemRowKey(PlainSchema()->key, {{"id", document::AttributeValue::S(id)}});
  }
  std::string Get(const std::string& id) const {
    engine::PinnedValue pin;
    auto item = partition->Get(Key(id), &pin);
    EXPECT_TRUE(item.ok());
    return std::string(*item);
  }
  size_t EngineKeys() const {
    auto cursor = engine->NewIterator({});
    size_t keys = 0;
    for (cursor->SeekToFirst(); cursor->Valid(); cursor->Next()) ++keys;
    return keys;
  }
};

std::vector<std::string> PiecesOf(const Partition& partition, size_t bytes) {
  SnapshotReader reader(partition);
  std::vector<std::string> pieces;
  for (;;) {
    auto piece = reader.Read(bytes);
    EXPECT_TRUE(piece.ok());
    if (piece->empty()) return pieces;
    pieces.push_back(*piece);
  }
}

Status Install(Node& node, const std::vector<std::string>& pieces, uint64_t fresh) {
  SnapshotWriter writer(*node.partition, fresh, "origin " + std::to_string(fresh));
  for (const std::string& piece : pieces) SKERRY_RETURN_IF_ERROR(writer.Add(piece));
  return writer.Install();
}

TEST(PartitionSnapshotTest, CarriesStateAndRowsInPieces) {
  Node from;
  for (uint64_t i = 1; i <= 100; ++i) from.Apply(i, {{std::to_string(i), "v" + std::to_string(i)}});
  Node to;
  const auto pieces = PiecesOf(*from.partition, 200);
  EXPECT_GT(pieces.size(), 10u);
  ASSERT_TRUE(Install(to, pieces, 1).ok());
  EXPECT_EQ(to.partition->applied(), LogIndex(100));
  EXPECT_EQ(to.partition->applied_term(), Term(3));
  EXPECT_EQ(to.partition->statistics(0).items, 100);
  EXPECT_EQ(to.partition->origin(), "origin 1");
  for (uint64_t i = 1; i <= 100; ++i) EXPECT_EQ(to.Get(std::to_string(i)), "v" + std::to_string(i));
  // And it goes on from there.
  to.Apply(101, {{"new", "row"}});
  EXPECT_EQ(to.Get("new"), "row");
  EXPECT_EQ(to.partition->statistics(0).items, 101);
}

TEST(PartitionSnapshotTest, IsOfOneMomentWhateverIsWrittenMeanwhile) {
  Node from;
  from.Apply(1, {{"a", "old"}, {"b", "old"}});
  SnapshotReader reader(*from.partition);
  ASSERT_TRUE(reader.Read(1).ok());
  from.Apply(2, {{"a", "new"}, {"b", "new"}, {"c", "new"}});
  Node to;
  SnapshotWriter writer(*to.partition, 1, {});
  for (const auto& state : PiecesOf(*from.partition, 1 << 20)) {
    ASSERT_TRUE(writer.Add(state).ok());
    break;
  }
  for (;;) {
    auto piece = reader.Read(1);
    ASSERT_TRUE(piece.ok());
    if (piece->empty()) break;
    ASSERT_TRUE(writer.Add(*piece).ok());
  }
  ASSERT_TRUE(writer.Install().ok());
  EXPECT_EQ(to.Get("a"), "old");
  EXPECT_EQ(to.Get("b"), "old");
  EXPECT_EQ(to.Get("c"), "");
}

// Safety-rules 6: the ingestion is durable, with the applied index, whatever was flushed before.
TEST(PartitionSnapshotTest, ReplacesEverythingAndSurvivesACrash) {
  Node from;
  from.Apply(50, {{"a", "theirs"}});
  Node to;
  to.Apply(1, {{"a", "mine"}, {"b", "mine"}});
  ASSERT_TRUE(to.engine->Flush().ok());
  to.Apply(2, {{"c", "mine, not flushed"}});
  ASSERT_TRUE(Install(to, PiecesOf(*from.partition, 1000), 1).ok());
  for (int life = 0; life < 2; ++life) {
    EXPECT_EQ(to.partition->applied(), LogIndex(50));
    EXPECT_EQ(*to.partition->FlushedIndex(), LogIndex(50));
    EXPECT_EQ(to.partition->origin(), "origin 1");
    EXPECT_EQ(to.Get("a"), "theirs");
    EXPECT_EQ(to.Get("b"), "");
    EXPECT_EQ(to.Get("c"), "");
    to.Crash();
  }
}

TEST(PartitionSnapshotTest, WhatItReplacedIsSweptAtTheNextStart) {
  Node from;
  from.Apply(50, {{"a", "theirs"}});
  Node to;
  to.Apply(1, {{"a", "mine"}, {"b", "mine"}});
  ASSERT_TRUE(to.engine->Flush().ok());
  ASSERT_TRUE(Install(to, PiecesOf(*from.partition, 1000), 1).ok());
  to.Crash();  // the removal of the old rows was not flushed
  EXPECT_GT(to.EngineKeys(), 3u);
  const GroupId owned[] = {kTestGroup};
  ASSERT_TRUE(Partition::Sweep(*to.engine, owned).ok());
  EXPECT_EQ(to.EngineKeys(), 3u);  // state, descriptor, one row
  EXPECT_EQ(to.Get("a"), "theirs");
  ASSERT_TRUE(Partition::Sweep(*to.engine, {}).ok());
  EXPECT_EQ(to.EngineKeys(), 0u);
}

TEST(PartitionSnapshotTest, DestroyRemovesWhatASnapshotBrought) {
  Node from;
  from.Apply(50, {{"a", "theirs"}, {"b", "theirs"}});
  Node to;
  ASSERT_TRUE(Install(to, PiecesOf(*from.partition, 1000), 1).ok());
  ASSERT_TRUE(Install(to, PiecesOf(*from.partition, 1), 2).ok());
  EXPECT_EQ(to.EngineKeys(), 4u);
  ASSERT_TRUE(Partition::Destroy(*to.engine, kTestGroup).ok());
  EXPECT_EQ(to.EngineKeys(), 0u);
}

TEST(PartitionSnapshotTest, AnUnfinishedOneLeavesNothing) {
  Node from;
  from.Apply(50, {{"a", "theirs"}});
  Node to;
  to.Apply(1, {{"a", "mine"}});
  {
    SnapshotWriter writer(*to.partition, 1, {});
    for (const auto& piece : PiecesOf(*from.partition, 1000)) ASSERT_TRUE(writer.Add(piece).ok());
  }
  EXPECT_EQ(to.Get("a"), "mine");
  EXPECT_EQ(to.EngineKeys(), 2u);
}

TEST(PartitionSnapshotTest, BytesThatAreNoPieceAreRefused) {
  Node from;
  from.Apply(50, {{"a", "1"}, {"b", "2"}});
  const auto pieces = PiecesOf(*from.partition, 1);
  ASSERT_EQ(pieces.size(), 3u);
  Node to;
  const auto last = [&](const std::vector<std::string>& given) {
    SnapshotWriter writer(*to.partition, 1, {});
    Status status;
    for (const std::string& piece : given) status = writer.Add(piece);
    return status.code();
  };
  EXPECT_EQ(last({""}), StatusCode::kInvalidArgument);
  EXPECT_EQ(last({pieces[1]}), StatusCode::kInvalidArgument);
  EXPECT_EQ(last({pieces[0], pieces[2], pieces[1]}), StatusCode::kInvalidArgument);
  EXPECT_EQ(last({pieces[0], pieces[1], pieces[1]}), StatusCode::kInvalidArgument);
  EXPECT_EQ(last({pieces[0], pieces[1].substr(0, 5)}), StatusCode::kInvalidArgument);
  SnapshotWriter writer(*to.partition, 1, {});
  EXPECT_EQ(writer.Install().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace skerry::partition
