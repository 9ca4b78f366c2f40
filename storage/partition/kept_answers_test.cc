#include "storage/partition/kept_answers.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/prng.h"
#include "proto/command/v1/command.pb.h"
#include "storage/partition/partition_testing.h"
#include "storage/partition/row_key.h"
#include "storage/partition/snapshot.h"

namespace skerry::partition {
namespace {

using document::AttributeValue;
using document::Item;
using std::chrono::seconds;

Stamp Number(uint64_t sequence, uint64_t issued) {
  return {.node = NodeId(3), .incarnation = 4, .sequence = sequence, .issued_hlc = issued};
}

// A command without rows, which is enough here.
std::string Command(uint64_t hlc, const Stamp& stamp, uint64_t new_size) {
  proto::command::v1::Command command;
  command.set_hlc(hlc);
  auto* out = command.mutable_stamp();
  out->set_node(stamp.node.value);
  out->set_incarnation(stamp.incarnation);
  out->set_sequence(stamp.sequence);
  out->set_issued_hlc(stamp.issued_hlc);
  WriteResult result;
  result.new_size = new_size;
  command.set_answer(EncodeAnswer(result));
  return command.SerializeAsString();
}

std::string Unstamped(uint64_t hlc) {
  proto::command::v1::Command command;
  command.set_hlc(hlc);
  command.add_mutations()->set_key(
      ItemRowKey(PlainSchema()->key, Item{{"id", AttributeValue::S("a")}}));
  return command.SerializeAsString();
}

struct Node : PartitionOnEngine {
  // commands[from..to) in one batch; the first command has index 1.
  void Apply(const std::vector<std::string>& commands, size_t from, size_t to) {
    std::vector<Partition::CommandAt> entries;
    for (size_t i = from; i < to; ++i) entries.push_back({LogIndex(i + 1), commands[i]});
    std::vector<Status> outcomes(entries.size());
    ASSERT_TRUE(partition->Apply(entries, LogIndex(to), Term(1), &outcomes).ok());
  }
  void Apply(const std::string& command) {
    const Partition::CommandAt entry{partition->applied().Next(), command};
    std::vector<Status> outcomes(1);
    ASSERT_TRUE(partition->Apply({&entry, 1}, entry.index, Term(1), &outcomes).ok());
  }
  // The new size in the kept answer; 0: none is kept.
  size_t Find(const Stamp& stamp) const {
    Result<WriteResult> answer = Internal("none");
    const Result<bool> found = partition->kept().Find(stamp, &answer);
    EXPECT_TRUE(found.ok());
    return *found && answer.ok() ? answer->new_size : 0;
  }
  std::map<std::string, std::string> Rows() const {
    std::map<std::string, std::string> rows;
    auto cursor = engine->NewIterator({});
    for (cursor->SeekToFirst(); cursor->Valid(); cursor->Next()) {
      rows[std::string(cursor->key())] = std::string(cursor->value());
    }
    return rows;
  }
};

void Install(const Partition& from, Node& to, uint64_t fresh) {
  SnapshotReader reader(from);
  SnapshotWriter writer(*to.partition, fresh, "origin");
  for (;;) {
    auto piece = reader.Read(50);
    ASSERT_TRUE(piece.ok());
    if (piece->empty()) break;
    ASSERT_TRUE(writer.Add(*piece).ok());
  }
  ASSERT_TRUE(writer.Install().ok());
}

TEST(KeptAnswersTest, AnAnswerComesBackAsItWas) {
  WriteResult result;
  result.condition_failed = true;
  result.old_item = "old";
  result.new_item = "new";
  result.updated_old = Item{{"a", AttributeValue::S("x")}};
  result.updated_new = Item{{"b", AttributeValue::S("y")}};
  result.old_size = 300;
  result.new_size = 400;
  result.index_writes = {{1, 2}, {3, 4}};
  const auto again = DecodeAnswer(EncodeAnswer(result));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->condition_failed);
  EXPECT_EQ(again->old_item, "old");
  EXPECT_EQ(again->new_item, "new");
  EXPECT_EQ(again->updated_old, result.updated_old);
  EXPECT_EQ(again->updated_new, result.updated_new);
  EXPECT_EQ(again->old_size, 300u);
  EXPECT_EQ(again->new_size, 400u);
  ASSERT_EQ(again->index_writes.size(), 2u);
  EXPECT_EQ(again->index_writes[1].index, 3u);
  EXPECT_EQ(again->index_writes[1].units, 4u);

  const auto refused = DecodeAnswer(EncodeAnswer(InvalidArgument("no number")));
  EXPECT_EQ(refused.status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(refused.status().message(), "no number");
  EXPECT_EQ(DecodeAnswer("\xff\xff\xff").status().code(), StatusCode::kCorruption);
}

TEST(KeptAnswersTest, AStampIsFoundOnceItsCommandIsApplied) {
  Node node;
  const uint64_t now = Hlc::Span(seconds(1000));
  EXPECT_EQ(node.Find(Number(1, now)), 0u);
  node.Apply(Command(now + 5, Number(1, now), 11));
  EXPECT_EQ(node.Find(Number(1, now)), 11u);
  EXPECT_EQ(node.Find(Number(2, now)), 0u);
  Stamp other = Number(1, now);
  other.incarnation = 5;
  EXPECT_EQ(node.Find(other), 0u);
  ASSERT_TRUE(node.engine->Flush().ok());
  node.Crash();
  EXPECT_EQ(node.Find(Number(1, now)), 11u);
  EXPECT_EQ(node.partition->kept().count(), 1u);
  EXPECT_EQ(node.partition->kept().hlc(), now + 5);
}

TEST(KeptAnswersTest, WhatWasTooLargeIsSaidToBeGone) {
  Node node;
  proto::command::v1::Command command;
  ASSERT_TRUE(command.ParseFromString(Command(9, Number(1, 5), 11)));
  command.clear_answer();
  node.Apply(command.SerializeAsString());
  Result<WriteResult> answer = Internal("none");
  ASSERT_TRUE(*node.partition->kept().Find(Number(1, 5), &answer));
  EXPECT_EQ(answer.status().code(), AnswerNotKept().code());
  EXPECT_EQ(answer.status().message(), AnswerNotKept().message());
}

TEST(KeptAnswersTest, WritesWithoutAStampLeaveNothing) {
  Node node;
  node.Apply(Unstamped(100));
  EXPECT_EQ(node.Rows().size(), 1u);  // the group's state; the item was deleted
  EXPECT_EQ(node.partition->kept().hlc(), 100u);
  // Once there was one with, the clock goes on with every command.
  node.Apply(Command(101, Number(1, 50), 1));
  node.Apply(Unstamped(200));
  ASSERT_TRUE(node.engine->Flush().ok());
  node.Crash();
  EXPECT_EQ(node.partition->kept().hlc(), 200u);
}

// FORMAT.md; never changes.
TEST(KeptAnswersTest, HowARowLiesInTheEngine) {
  Node node;
  node.Apply(Command(0x0102030405060708, Number(9, 0x0102030405060000), 0));
  const std::string prefix("\0\0\0\0\0\0\0\0\7w\0\0\0\0\0\0\0\7", 18);
  const auto rows = node.Rows();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows.at(prefix), std::string("\1\0\x08\7\6\5\4\3\2\1", 10));
  EXPECT_EQ(rows.at(prefix + std::string("\1\2\3\4\5\6\0\0"
                                         "\0\0\0\0\0\0\0\3"
                                         "\0\0\0\0\0\0\0\4"
                                         "\0\0\0\0\0\0\0\x09",
                                         32)),
            "\1");
}

TEST(KeptAnswersTest, ACommandPrunesAFewThatAreAMinuteOld) {
  Node node;
  const uint64_t then = Hlc::Span(seconds(1000));
  for (uint64_t i = 1; i <= 20; ++i) node.Apply(Command(then + i, Number(i, then + i), i));
  const uint64_t now = then + kAnswersKept + 15;
  EXPECT_EQ(*node.partition->kept().CountPrunable(now, 100), 14u);
  EXPECT_EQ(*node.partition->kept().CountPrunable(now, 5), 5u);
  node.Apply(Unstamped(now));
  EXPECT_EQ(node.partition->kept().count(), 20u);
  node.Apply(Command(now, Number(100, now), 100));
  EXPECT_EQ(node.partition->kept().count(), 20u + 1 - 8);
  node.Apply(Command(now, Number(101, now), 101));
  EXPECT_EQ(node.partition->kept().count(), 6u + 2);
  EXPECT_EQ(node.Find(Number(14, then + 14)), 0u);
  EXPECT_EQ(node.Find(Number(15, then + 15)), 15u) << "it is not older than a minute";
  EXPECT_EQ(*node.partition->kept().CountPrunable(now, 100), 0u);
}

// Replicas apply the same commands in batches of their own, crash, and begin anew from snapshots.
TEST(KeptAnswersTest, AreTheSameHoweverCommandsAreDivided) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    Prng prng(seed);
    std::vector<std::string> commands;
    std::map<uint64_t, Stamp> stamps;  // by number: in the order of their issue, as it happens
    uint64_t hlc = Hlc::Span(seconds(1000));
    for (uint64_t i = 1; i <= 300; ++i) {
      // Now and then more than a minute passes, and then many are pruned at once.
      hlc += prng.Chance(1, 30) ? kAnswersKept + 1 : prng.Below(Hlc::Span(seconds(1)));
      if (prng.Chance(1, 5)) {
        commands.push_back(Unstamped(hlc));
        continue;
      }
      stamps[i] = Number(i, hlc - prng.Below(kStampAgeMax));
      commands.push_back(Command(hlc, stamps[i], i));
    }
    Node nodes[2];
    for (Node& node : nodes) {
      size_t flushed = 0;
      for (size_t at = 0; at < commands.size();) {
        const size_t end = std::min(commands.size(), at + 1 + prng.Below(12));
        node.Apply(commands, at, end);
        at = end;
        if (prng.Chance(1, 10)) {
          ASSERT_TRUE(node.engine->Flush().ok());
          flushed = at;
        }
        if (prng.Chance(1, 20)) {
          node.Crash();
          at = flushed;
          ASSERT_EQ(node.partition->applied(), LogIndex(at));
        }
      }
    }
    EXPECT_EQ(nodes[0].Rows(), nodes[1].Rows());
    uint64_t kept = 0;
    for (const auto& [number, stamp] : stamps) {
      const size_t found = nodes[0].Find(stamp);
      EXPECT_TRUE(found == number || found == 0);
      if (stamp.issued_hlc + kAnswersKept >= hlc) {
        EXPECT_EQ(found, number) << "it is not a minute old";
      }
      kept += found != 0 ? 1 : 0;
    }
    EXPECT_EQ(nodes[0].partition->kept().count(), kept);
  }
}

TEST(KeptAnswersTest, GoWithASnapshotAndReplaceWhatWasThere) {
  const uint64_t now = Hlc::Span(seconds(1000));
  Node from;
  for (uint64_t i = 1; i <= 5; ++i) from.Apply(Command(now + i, Number(i, now), i));
  Node to;
  to.Apply(Command(now, Number(50, now), 50));
  ASSERT_TRUE(to.engine->Flush().ok());
  Install(*from.partition, to, 1);
  for (int life = 0; life < 2; ++life) {
    for (uint64_t i = 1; i <= 5; ++i) EXPECT_EQ(to.Find(Number(i, now)), i);
    EXPECT_EQ(to.Find(Number(50, now)), 0u);
    EXPECT_EQ(to.partition->kept().count(), 5u);
    EXPECT_EQ(to.partition->kept().bytes(), from.partition->kept().bytes());
    EXPECT_EQ(to.partition->kept().hlc(), now + 5);
    to.Crash();
  }
  // The crash brought back what the snapshot replaced.
  const size_t before = to.Rows().size();
  const GroupId owned[] = {kTestGroup};
  ASSERT_TRUE(Partition::Sweep(*to.engine, owned).ok());
  EXPECT_EQ(to.Rows().size(), before - 2);
  EXPECT_EQ(to.Find(Number(5, now)), 5u);
  ASSERT_TRUE(Partition::Destroy(*to.engine, kTestGroup).ok());
  EXPECT_TRUE(to.Rows().empty());
}

}  // namespace
}  // namespace skerry::partition
