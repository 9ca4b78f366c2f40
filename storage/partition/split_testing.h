#pragma once

// For tests: a few nodes' engines with replicas of partitions that are written, split, split again,
// copied by snapshots and ended while nodes crash, against plain maps. What the log would hold is
// given: each group's commands, and which groups a node's log knows.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "storage/document/item_size.h"
#include "storage/document/key_encoding.h"
#include "storage/engine/memory/memory_engine.h"
#include "storage/partition/snapshot.h"
#include "storage/partition/split.h"
#include "storage/partition/write.h"

namespace skerry::partition {

using document::AttributeValue;
using document::Item;
using document::Number;

// A store on one node: what a crash leaves of it is opened again.
class TestStore {
 public:
  virtual ~TestStore() = default;
  virtual std::unique_ptr<engine::Engine> Open() = 0;
  virtual void Crash() = 0;
};

class MemoryTestStore final : public TestStore {
 public:
  std::unique_ptr<engine::Engine> Open() override { return store_->Open(); }
  void Crash() override { store_->Crash(); }

 private:
  const std::shared_ptr<engine::MemoryStore> store_ = engine::MemoryStore::Create({});
};

class SplitWorld {
 public:
  using Rows = std::map<std::string, std::string>;  // row key to the encoded item

  struct Group {
    HashRange range;
    std::vector<std::string> log;  // the command at index i + 1
    std::vector<Rows> rows;        // after as many of them
    std::set<Stamp> stamps;        // whose answers are kept at the end
    uint64_t split_at = 0;         // index; 0: it lives
    GroupId lower, upper;
  };

  struct Node {
    std::unique_ptr<TestStore> store;
    std::unique_ptr<engine::Engine> engine;
    std::map<GroupId, std::unique_ptr<Partition>> replicas;  // what the log knows
    std::set<GroupId> ended;                                 // of which it knows a tombstone
  };

  SplitWorld(uint64_t seed, std::vector<std::unique_ptr<TestStore>> stores) : prng(seed) {
    Group first;
    first.rows.emplace_back();
    groups[GroupId(1)] = std::move(first);
    for (auto& store : stores) {
      Node& node = nodes.emplace_back();
      node.store = std::move(store);
      node.engine = node.store->Open();
      Add(node, GroupId(1));
    }
  }
  ~SplitWorld() {
    for (Node& node : nodes) node.replicas.clear();
  }

  static std::shared_ptr<const Schema> TheSchema() {
    auto schema = std::make_shared<Schema>();
    schema->key.partition_key = "p";
    schema->key.sort_key = "s";
    for (uint32_t id : {2, 1}) {
      LocalIndex index;
      index.id = id;
      index.name = "by-n" + std::to_string(id);
      index.key = schema->key;
      index.key.sort_key = "n" + std::to_string(id);
      index.key.sort_type = document::Type::kNumber;
      schema->local_indexes.push_back(index);
    }
    return schema;
  }

  void Run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) Step();
    for (Node& node : nodes) {
      if (testing::Test::HasFailure()) return;
      for (int again = 0; again < 20 && ApplySome(node, 1000); ++again) {
      }
      Crash(node);
      for (const auto& [id, replica] : node.replicas) Check(*replica);
    }
  }

  uint64_t writes = 0, splits = 0, crashes = 0, snapshots = 0, ends = 0, kept = 0;

 private:
  void Step() {
    Node& node = nodes[prng.Below(nodes.size())];
    const uint64_t choice = prng.Below(100);
    if (choice < 45) {
      Write(Living());
    } else if (choice < 65) {
      ApplySome(node, 1 + prng.Below(6));
    } else if (choice < 72) {
      ASSERT_TRUE(node.engine->Flush().ok());
    } else if (choice < 78) {
      Split(node);
    } else if (choice < 84) {
      Copy(node, nodes[prng.Below(nodes.size())]);
    } else if (choice < 88) {
      End(node);
    } else if (choice < 92) {
      Crash(node);
    } else if (!node.replicas.empty()) {
      Check(*Any(node)->second);
    }
  }

  std::map<GroupId, std::unique_ptr<Partition>>::iterator Any(Node& node) {
    return std::next(node.replicas.begin(), static_cast<int64_t>(prng.Below(node.replicas.size())));
  }

  GroupId Living() {
    std::vector<GroupId> living;
    for (const auto& [id, group] : groups) {
      if (group.split_at == 0) living.push_back(id);
    }
    return living[prng.Below(living.size())];
  }

  void Write(GroupId id) {
    Group& group = groups[id];
    WriteRequest request;
    request.item = Item{{"p", AttributeValue::S("p" + std::to_string(prng.Below(60)))},
                        {"s", AttributeValue::S(std::to_string(prng.Below(3)))}};
    request.row_key = ItemRowKey(schema->key, request.item);
    if (!group.range.Contains(HashOfRow(request.row_key))) return;
    if (prng.Chance(1, 4)) {
      request.kind = WriteRequest::Kind::kDelete;
    } else {
      request.item.Set("v", AttributeValue::S(std::string(prng.Below(30), 'v')));
      for (const char* name : {"n1", "n2"}) {
        const auto value = static_cast<int64_t>(prng.Below(5));
        if (value > 0) request.item.Set(name, AttributeValue::N(Number::FromInt(value)));
      }
    }
    Rows rows = group.rows.back();
    const auto old = rows.find(request.row_key);
    proto::command::v1::Command command;
    const auto result = EvaluateWrite(
        *schema, request, old == rows.end() ? std::string_view() : old->second, &command);
    ASSERT_TRUE(result.ok());
    if (command.mutations().empty()) return;
    hlc += Hlc::Span(std::chrono::milliseconds(1 + prng.Below(1500)));
    command.set_hlc(hlc);
    if (prng.Chance(1, 2)) {
      const Stamp stamp{NodeId(1), 1, ++sequence, hlc - 1};
      command.mutable_stamp()->set_node(1);
      command.mutable_stamp()->set_incarnation(1);
      command.mutable_stamp()->set_sequence(stamp.sequence);
      command.mutable_stamp()->set_issued_hlc(stamp.issued_hlc);
      command.set_answer(EncodeAnswer(*result));
      group.stamps.insert(stamp);
    }
    if (command.mutations(0).has_value()) {
      rows[request.row_key] = command.mutations(0).value();
    } else {
      rows.erase(request.row_key);
    }
    Append(group, command, std::move(rows));
    ++writes;
  }

  static void Append(Group& group, const proto::command::v1::Command& command, Rows rows) {
    group.log.push_back(command.SerializeAsString());
    group.rows.push_back(std::move(rows));
  }

  // By a replica that counts beside writes and has applied everything.
  void Split(Node& node) {
    if (node.replicas.empty() || groups.size() > 20) return;
    const auto [id, replica] = std::pair(Any(node)->first, Any(node)->second.get());
    const auto at = node.replicas.find(id);
    Partition& partition = *at->second;
    Group& group = groups[id];
    if (group.split_at != 0 || partition.sealed()) return;
    const auto middle = FindMiddle(partition);
    if (!middle.ok()) return;
    const uint64_t last =
        prng.Chance(1, 4) && group.range.first < group.range.last ? group.range.first : *middle;
    EXPECT_TRUE(group.range.Contains(last) && last != group.range.last);
    SplitCount count(partition, last);
    for (;;) {
      const auto done = count.Step(prng.Below(8));
      ASSERT_TRUE(done.ok());
      if (*done) break;
      if (prng.Chance(1, 2)) Write(id);
      ApplyTo(node, id, 1 + prng.Below(3));
    }
    ApplyTo(node, id, 100000);
    const GroupId lower(++last_group);
    const GroupId upper(++last_group);
    proto::command::v1::Command command;
    command.set_hlc(++hlc);
    auto* split = command.mutable_split();
    split->set_last_hash(last);
    split->mutable_lower()->set_group(lower.value);
    split->mutable_upper()->set_group(upper.value);
    for (const auto& sum : count.sums()) *split->add_lower_statistics() = sum;
    const Rows before = group.rows.back();
    Append(group, command, before);
    group.split_at = group.log.size();
    group.lower = lower;
    group.upper = upper;
    AddChild(lower, {group.range.first, last}, before, group.stamps);
    AddChild(upper, {last + 1, group.range.last}, before, group.stamps);
    // Commands that were under way, which must have no effect.
    proto::command::v1::Command late;
    late.set_hlc(++hlc);
    auto* mutation = late.add_mutations();
    mutation->set_key(ItemRowKey(
        schema->key, Item{{"p", AttributeValue::S("late")}, {"s", AttributeValue::S("late")}}));
    mutation->set_value("late");
    late.add_statistics()->set_items(1);
    Append(groups[id], late, before);
    ++splits;
  }

  void AddChild(GroupId id, HashRange range, const Rows& parent, const std::set<Stamp>& stamps) {
    Group child;
    child.range = range;
    child.stamps = stamps;
    Rows rows;
    for (const auto& [key, value] : parent) {
      if (range.Contains(HashOfRow(key))) rows[key] = value;
    }
    child.rows.push_back(std::move(rows));
    groups[id] = std::move(child);
  }

  bool ApplySome(Node& node, uint64_t most) {
    std::vector<GroupId> ids;
    for (const auto& [id, replica] : node.replicas) ids.push_back(id);
    bool any = false;
    for (const GroupId id : ids) {
      if (most >= 1000 || prng.Chance(1, 2)) any |= ApplyTo(node, id, most);
    }
    return any;
  }

  bool ApplyTo(Node& node, GroupId id, uint64_t most) {
    Partition& replica = *node.replicas.at(id);
    const Group& group = groups[id];
    std::vector<Partition::CommandAt> entries;
    uint64_t index = replica.applied().value;
    const bool was_sealed = replica.sealed();
    while (index < group.log.size() && entries.size() < most) {
      entries.push_back({LogIndex(index + 1), group.log[index]});
      ++index;
    }
    if (entries.empty()) return false;
    std::vector<Status> outcomes(entries.size());
    const Status applied = replica.Apply(entries, LogIndex(index), Term(1), &outcomes);
    EXPECT_TRUE(applied.ok()) << applied.ToString();
    for (size_t i = 0; i < entries.size(); ++i) {
      const bool behind = group.split_at != 0 && entries[i].index.value > group.split_at;
      EXPECT_EQ(outcomes[i].code(), behind ? StatusCode::kRangeMoved : StatusCode::kOk);
    }
    // Safety-rules 3: durable first, and only then does the log know the children.
    if (replica.sealed() && !was_sealed && prng.Chance(3, 4)) {
      EXPECT_TRUE(node.engine->Flush().ok());
      AddChildren(node, id);
    }
    return true;
  }

  void AddChildren(Node& node, GroupId parent) {
    Partition& sealed = *node.replicas.at(parent);
    if (sealed.seal()->children_made) return;
    for (const GroupId child : {groups[parent].lower, groups[parent].upper}) {
      if (node.replicas.contains(child)) continue;
      if (!node.ended.contains(child)) {
        Add(node, child);
      } else {
        ASSERT_TRUE(Partition::Destroy(*node.engine, child).ok());
      }
    }
    ASSERT_TRUE(sealed.MarkChildrenMade().ok());
    ASSERT_TRUE(node.engine->Flush().ok());
  }

  void Add(Node& node, GroupId id) {
    auto opened = Partition::Open(*node.engine, id, schema);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    node.replicas[id] = std::move(*opened);
  }

  void Copy(Node& from, Node& to) {
    if (&from == &to || from.replicas.empty()) return;
    const auto source = Any(from);
    const GroupId id = source->first;
    SnapshotReader reader(*source->second);
    const LogIndex applied = source->second->applied();
    if (applied == LogIndex(0)) return;  // of a group without a leader
    const auto there = to.replicas.find(id);
    if (there == to.replicas.end()) {
      // What the split left for a child is in use or ended before another replica of it comes.
      const auto parent = ParentOf(id);
      const auto old = to.replicas.find(parent);
      if (old != to.replicas.end() && old->second->sealed() && !to.ended.contains(id)) return;
      ASSERT_TRUE(Partition::Destroy(*to.engine, id).ok());
      ASSERT_TRUE(to.engine->Flush().ok());
      Add(to, id);
    } else if (there->second->applied() >= applied) {
      return;
    }
    const bool was_sealed = to.replicas.at(id)->sealed();
    SnapshotWriter writer(*to.replicas.at(id), ++last_fresh, "origin");
    if (prng.Chance(1, 2)) ApplyTo(from, id, 3);  // what the reader pinned stays
    for (;;) {
      const auto piece = reader.Read(1 + prng.Below(2000));
      ASSERT_TRUE(piece.ok());
      if (piece->empty()) break;
      ASSERT_TRUE(writer.Add(*piece).ok());
    }
    ASSERT_TRUE(writer.Install().ok());
    EXPECT_EQ(to.replicas.at(id)->applied(), applied);
    EXPECT_EQ(RowsIn(to, DataPrefix(DataId(kFreshDataIds | last_fresh))),
              RowsOf(*to.replicas.at(id)))
        << "a snapshot brought rows of another";
    Check(*to.replicas.at(id));
    // The children come by snapshots of their own.
    if (to.replicas.at(id)->sealed() && !was_sealed) {
      for (const GroupId child : {groups[id].lower, groups[id].upper}) {
        if (!to.replicas.contains(child)) to.ended.insert(child);
      }
    }
    ++snapshots;
  }

  GroupId ParentOf(GroupId child) {
    for (const auto& [id, group] : groups) {
      if (group.lower == child || group.upper == child) return id;
    }
    return GroupId(0);
  }

  void End(Node& node) {
    if (node.replicas.size() < 2) return;
    const auto at = Any(node);
    const GroupId id = at->first;
    if (at->second->sealed()) {
      ASSERT_TRUE(node.engine->Flush().ok());
      AddChildren(node, id);
    }
    node.replicas.erase(id);
    node.ended.insert(id);
    if (prng.Chance(2, 3)) {
      ASSERT_TRUE(Partition::Destroy(*node.engine, id).ok());
    }
    ++ends;
  }

  void Crash(Node& node) {
    std::vector<GroupId> known;
    for (const auto& [id, replica] : node.replicas) known.push_back(id);
    node.replicas.clear();
    node.store->Crash();
    node.engine = nullptr;
    node.engine = node.store->Open();
    ASSERT_TRUE(Partition::Sweep(*node.engine, known).ok());
    for (const GroupId id : known) Add(node, id);
    for (const GroupId id : known) {
      if (!node.replicas.at(id)->sealed()) continue;
      ASSERT_TRUE(node.engine->Flush().ok());
      AddChildren(node, id);
    }
    CheckNothingElse(node);
    ++crashes;
  }

  // All rows of a node, as often as they are there.
  void CheckNothingElse(Node& node) {
    size_t expected = 0;
    for (const auto& [id, replica] : node.replicas) expected += RowsOf(*replica);
    EXPECT_EQ(RowsIn(node, DataSpaceBegin()), expected)
        << "after a start there are rows of nobody, or too few";
  }

  static size_t RowsIn(Node& node, const std::string& prefix) {
    const std::string end = document::PrefixSuccessor(prefix);
    size_t rows = 0;
    auto cursor = node.engine->NewIterator({.lower = prefix, .upper = end});
    for (cursor->SeekToFirst(); cursor->Valid(); cursor->Next()) ++rows;
    return rows;
  }

  size_t RowsOf(const Partition& replica) {
    size_t rows = 0;
    if (replica.sealed()) return rows;
    for (const auto& [key, value] : groups[replica.group()].rows[replica.applied().value]) {
      rows += 1 + IndexRowsOf(value);
    }
    return rows;
  }

  size_t IndexRowsOf(const std::string& encoded) {
    const auto item = document::DecodeItem(encoded);
    return (item->Find("n1") != nullptr ? 1 : 0) + (item->Find("n2") != nullptr ? 1 : 0);
  }

  void Check(Partition& replica) {
    const Group& group = groups[replica.group()];
    const Rows& rows = group.rows[replica.applied().value];
    EXPECT_EQ(replica.range(), group.range);
    EXPECT_EQ(replica.sealed(), group.split_at != 0 && replica.applied().value >= group.split_at);
    for (int n = 0; n < 60; ++n) {
      const std::string key = ItemRowKey(
          schema->key,
          Item{{"p", AttributeValue::S("p" + std::to_string(n))}, {"s", AttributeValue::S("1")}});
      engine::PinnedValue pin;
      const auto item = replica.Get(key, &pin);
      if (replica.sealed() || !group.range.Contains(HashOfRow(key))) {
        EXPECT_EQ(item.status().code(), StatusCode::kRangeMoved);
        continue;
      }
      ASSERT_TRUE(item.ok());
      EXPECT_EQ(std::string(*item), rows.contains(key) ? rows.at(key) : "");
    }
    CheckScan(replica, nullptr, rows);
    for (const LocalIndex& index : schema->local_indexes) CheckScan(replica, &index, rows);
    if (replica.sealed() || replica.applied().value != group.log.size()) return;
    for (const Stamp& stamp : group.stamps) {
      if (stamp.issued_hlc + kAnswersKept < hlc) continue;
      Result<WriteResult> answer = Internal("not found");
      const auto found = replica.kept().Find(stamp, &answer);
      EXPECT_TRUE(found.ok() && *found && answer.ok()) << "an answer is not kept";
      ++kept;
    }
  }

  void CheckScan(Partition& replica, const LocalIndex* index, const Rows& rows) {
    ReadRequest request;
    request.index = index;
    request.lower = FirstRow(index, 0);
    request.upper = RowsEnd(index);
    request.forward = prng.Chance(1, 2);
    const auto page = replica.Read(request);
    if (replica.sealed()) {
      EXPECT_EQ(page.status().code(), StatusCode::kRangeMoved);
      return;
    }
    ASSERT_TRUE(page.ok()) << page.status().ToString();
    std::multiset<std::string> expected;
    Statistics sums;
    for (const auto& [key, value] : rows) {
      const auto item = document::DecodeItem(value);
      if (index != nullptr && item->Find(*index->key.sort_key) == nullptr) continue;
      expected.insert(value);
      ++sums.items;
      sums.bytes += static_cast<int64_t>(document::EncodedItemSize(value));
    }
    EXPECT_EQ(std::multiset<std::string>(page->items.begin(), page->items.end()), expected);
    const Statistics statistics = replica.statistics(index == nullptr ? 0 : index->id);
    EXPECT_EQ(statistics.items, sums.items);
    EXPECT_EQ(statistics.bytes, sums.bytes);
  }

  Prng prng;
  const std::shared_ptr<const Schema> schema = TheSchema();
  std::map<GroupId, Group> groups;
  std::vector<Node> nodes;
  uint64_t last_group = 1;
  uint64_t last_fresh = 0;
  uint64_t sequence = 0;
  uint64_t hlc = Hlc::Span(std::chrono::hours(1));
};

}  // namespace skerry::partition
