// The catalog over real replicas, log and engine in virtual time: the life cycle of tables, with a
// crash at every step of it.

#include "server/catalog/catalog.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "server/catalog/store_items.h"
#include "server/forwarding/forwarding_testing.h"
#include "server/replica/replica_testing.h"

namespace skerry::catalog {
namespace {

using document::AttributeValue;
using document::Item;
using proto::catalog::v1::TABLE_STATUS_ACTIVE;
using proto::catalog::v1::TABLE_STATUS_CREATING;
using proto::catalog::v1::TABLE_STATUS_DELETING;
using replica::Pending;
using replica::TestNode;
using Changed = Result<TablePtr>;

constexpr const char* kAccount = "000000000000";
// Steps of the world within which any job below has long ended.
constexpr int kStepsMax = 5000;

TableRecord RecordOf(const std::string& name) {
  TableRecord record;
  record.set_account(kAccount);
  record.set_name(name);
  record.set_id("id of " + name);
  record.mutable_key_schema()->set_partition_key("id");
  auto* definition = record.add_attribute_definitions();
  definition->set_name("id");
  definition->set_type(proto::catalog::v1::ATTRIBUTE_TYPE_S);
  auto* tag = record.add_tags();
  tag->set_key("made for");
  tag->set_value(name);
  return record;
}

partition::WriteRequest PutItem(const std::string& id) {
  partition::WriteRequest request;
  request.item = Item{{"id", AttributeValue::S(id)}};
  request.row_key = partition::ItemRowKey(MakeSchema(RecordOf("any"))->key, request.item);
  return request;
}

class CatalogTest : public testing::Test {
 protected:
  ~CatalogTest() override {
    if (catalog_ != nullptr) Crash(/*power_cut=*/false);
  }

  void BeginNode(uint64_t seed = 1) {
    if (catalog_ != nullptr) Crash(/*power_cut=*/false);
    node_ = std::make_unique<TestNode>(replica::TestOptions{.seed = seed});
    ASSERT_TRUE(Start().ok());
  }
  Status Start(Options options = {}) {
    SKERRY_RETURN_IF_ERROR(node_->Start());
    forwarding_ = std::make_unique<forwarding::AloneForwarding>(node_->reactor(0));
    catalog_ = std::make_unique<Catalog>(node_->replicas(), forwarding_->partitions,
                                         forwarding_->groups, std::move(options));
    return node_->Await(catalog_->Start());
  }
  void Crash(bool power_cut) {
    node_->Crash(power_cut);
    catalog_ = nullptr;
  }
  void Restart(bool power_cut) {
    Crash(power_cut);
    const Status started = Start();
    ASSERT_TRUE(started.ok()) << started.ToString();
  }
  // Until no job is under way.
  void Settle() {
    bool idle = false;
    catalog_->WhenIdle([&idle] { idle = true; });
    ASSERT_TRUE(node_->RunUntil([&] { return idle; })) << "a job does not end";
  }

  TablePtr Find(const std::string& name) const { return catalog_->view()->Find(kAccount, name); }
  TablePtr CreateActive(const std::string& name) {
    Changed created = node_->Await(catalog_->Create(RecordOf(name)));
    EXPECT_TRUE(created.ok()) << created.status().ToString();
    Settle();
    return Find(name);
  }

  // A write that succeeds, into a table that must be served.
  void Put(const TablePtr& table, const std::string& id) {
    const auto written = node_->Await(table->partitions[0].replica->Write(PutItem(id)));
    EXPECT_TRUE(written.ok()) << written.status().ToString();
  }
  int64_t Count(const TablePtr& table) { return table->partitions[0].replica->statistics(0).items; }

  // Whatever happened before: tables are ACTIVE and take writes, and nothing else is in the engine.
  void ExpectInOrder() {
    std::set<GroupId> owned = {GroupId(1)};
    for (const auto& [key, table] : catalog_->view()->tables) {
      EXPECT_EQ(table->record.status(), TABLE_STATUS_ACTIVE);
      ASSERT_EQ(table->partitions.size(), 1u);
      ASSERT_NE(table->partitions[0].replica, nullptr);
      EXPECT_TRUE(owned.insert(table->partitions[0].group).second) << "two tables share a group";
      Put(table, "in order");
    }
    auto rows = node_->engine().NewIterator({});
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      EXPECT_TRUE(owned.contains(GroupId(partition::OwnerOf(rows->key()))))
          << "a row that nobody owns";
    }
  }

  std::unique_ptr<TestNode> node_;
  std::unique_ptr<forwarding::AloneForwarding> forwarding_;
  std::unique_ptr<Catalog> catalog_;
};

TEST_F(CatalogTest, ATableIsCreatingAndThenActive) {
  BeginNode();
  Changed created = node_->Await(catalog_->Create(RecordOf("t")));
  ASSERT_TRUE(created.ok());
  EXPECT_EQ((*created)->record.status(), TABLE_STATUS_CREATING);
  EXPECT_FALSE((*created)->readable());
  Settle();
  const TablePtr table = Find("t");
  ASSERT_NE(table, nullptr);
  EXPECT_TRUE(table->readable());
  EXPECT_GT(table->version, (*created)->version);
  EXPECT_EQ(table->partitions[0].first_hash, 0u);
  EXPECT_EQ(table->partitions[0].last_hash, UINT64_MAX);
  ExpectInOrder();
}

TEST_F(CatalogTest, ANameIsTakenOnceInAnAccount) {
  BeginNode();
  CreateActive("t");
  EXPECT_EQ(node_->Await(catalog_->Create(RecordOf("t"))).status().code(),
            StatusCode::kAlreadyExists);
  TableRecord elsewhere = RecordOf("t");
  elsewhere.set_account("111111111111");
  EXPECT_TRUE(node_->Await(catalog_->Create(std::move(elsewhere))).ok());
  Settle();
  EXPECT_NE(catalog_->view()->Find("111111111111", "t"), nullptr);
  ExpectInOrder();
}

// All of them see that the name is free; one may have it.
TEST_F(CatalogTest, OfManyWhoCreateATableAtOnceOneDoes) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    BeginNode(seed);
    std::vector<Pending<Changed>> all;
    for (int i = 0; i < 6; ++i) all.push_back(node_->Begin(catalog_->Create(RecordOf("t")), i % 2));
    int made = 0;
    for (auto& one : all) {
      ASSERT_TRUE(node_->RunUntil([&] { return one.done(); }));
      made += one->ok() ? 1 : 0;
      if (!one->ok()) {
        EXPECT_EQ(one->status().code(), StatusCode::kAlreadyExists);
      }
    }
    EXPECT_EQ(made, 1);
    Settle();
    ExpectInOrder();
  }
}

TEST_F(CatalogTest, ManyTablesAtOnceGetGroupsOfTheirOwn) {
  BeginNode();
  std::vector<Pending<Changed>> all;
  for (int i = 0; i < 30; ++i) {
    all.push_back(node_->Begin(catalog_->Create(RecordOf("t" + std::to_string(i))), i % 2));
  }
  for (auto& one : all) {
    ASSERT_TRUE(node_->RunUntil([&] { return one.done(); }));
    EXPECT_TRUE(one->ok());
  }
  Settle();
  EXPECT_EQ(catalog_->view()->CountTables(kAccount), 30u);
  ExpectInOrder();
}

TEST_F(CatalogTest, AnUpdateOfWhatHasChangedMeanwhileIsAborted) {
  BeginNode();
  const TablePtr seen = CreateActive("t");
  TableRecord first = seen->record;
  first.set_deletion_protection(true);
  ASSERT_TRUE(node_->Await(catalog_->Update(seen, first)).ok());
  TableRecord second = seen->record;
  second.clear_tags();
  EXPECT_EQ(node_->Await(catalog_->Update(seen, second)).status().code(), StatusCode::kAborted);
  EXPECT_EQ(node_->Await(catalog_->Delete(seen)).status().code(), StatusCode::kAborted);
  const TablePtr now = Find("t");
  EXPECT_TRUE(now->record.deletion_protection());
  EXPECT_EQ(now->record.tags_size(), 1);
  EXPECT_NE(now->partitions[0].replica, nullptr) << "an update must not lose the replica";
}

TEST_F(CatalogTest, ADeletedTableLeavesNothingAndItsNameBeginsAnew) {
  BeginNode();
  const TablePtr old = CreateActive("t");
  Put(old, "of the old one");
  Changed deleting = node_->Await(catalog_->Delete(old));
  ASSERT_TRUE(deleting.ok());
  EXPECT_EQ((*deleting)->record.status(), TABLE_STATUS_DELETING);
  EXPECT_FALSE((*deleting)->readable());
  Settle();
  EXPECT_EQ(Find("t"), nullptr);
  const auto late = node_->Await(old->partitions[0].replica->Write(PutItem("late")));
  EXPECT_EQ(late.status().code(), StatusCode::kUnavailable);

  const TablePtr anew = CreateActive("t");
  EXPECT_NE(anew->partitions[0].group, old->partitions[0].group);
  EXPECT_EQ(Count(anew), 0);
  ExpectInOrder();
}

TEST_F(CatalogTest, AllIsThereAgainAfterARestart) {
  BeginNode();
  std::vector<TablePtr> before;
  for (const char* name : {"a", "b", "c"}) before.push_back(CreateActive(name));
  TableRecord changed = before[1]->record;
  changed.set_deletion_protection(true);
  before[1] = *node_->Await(catalog_->Update(before[1], changed));
  Put(before[2], "an item");
  for (const bool power_cut : {false, true}) {
    Restart(power_cut);
    for (const TablePtr& table : before) {
      const TablePtr now = Find(table->record.name());
      ASSERT_NE(now, nullptr);
      EXPECT_EQ(now->record.SerializeAsString(), table->record.SerializeAsString());
      EXPECT_EQ(now->version, table->version);
    }
    EXPECT_EQ(Count(Find("c")), 1);
  }
  ExpectInOrder();
  // The version goes on from where it was: what was seen before the restart is still current.
  EXPECT_TRUE(node_->Await(catalog_->Delete(Find("a"))).ok());
}

TEST_F(CatalogTest, GroupsAreNeverNumberedTwice) {
  BeginNode();
  std::set<GroupId> seen;
  for (int life = 0; life < 5; ++life) {
    const TablePtr table = CreateActive("t");
    EXPECT_TRUE(seen.insert(table->partitions[0].group).second);
    ASSERT_TRUE(node_->Await(catalog_->Delete(table)).ok());
    if (life % 2 == 0) Settle();
    Restart(/*power_cut=*/true);
    Settle();
    ASSERT_EQ(Find("t"), nullptr);
  }
}

// The crash falls at every step in turn, until the table is made before it. Nobody was told of a
// table that is gone afterwards; one that is there works.
TEST_F(CatalogTest, ACrashAtAnyStepOfACreationLeavesTheTableWholeOrNotAtAll) {
  bool ended = false;
  int absent = 0;
  int resumed = 0;
  for (int steps = 0; !ended; ++steps) {
    ASSERT_LT(steps, kStepsMax);
    BeginNode();
    CreateActive("other");
    Pending<Changed> creation = node_->Begin(catalog_->Create(RecordOf("t")));
    for (int i = 0; i < steps; ++i) node_->world().Step();
    const bool told = creation.done();
    const TablePtr seen = Find("t");
    ended = seen != nullptr && seen->readable();
    Restart(/*power_cut=*/steps % 2 == 0);
    const TablePtr found = Find("t");
    if (told) {
      ASSERT_NE(found, nullptr) << "lost by a crash after " << steps << " steps";
    }
    absent += found == nullptr ? 1 : 0;
    resumed += found != nullptr && !found->readable() ? 1 : 0;
    Settle();
    if (found == nullptr) CreateActive("t");
    ASSERT_NE(Find("t"), nullptr);
    EXPECT_EQ(Find("t")->record.tags(0).value(), "t");
    ExpectInOrder();
    if (HasFailure()) {
      FAIL() << "a crash after " << steps << " steps";
    }
  }
  EXPECT_GT(absent, 0);
  EXPECT_GT(resumed, 0);
}

TEST_F(CatalogTest, ACrashAtAnyStepOfADeletionLeavesTheTableWholeOrNotAtAll) {
  bool ended = false;
  int whole = 0;
  int resumed = 0;
  for (int steps = 0; !ended; ++steps) {
    ASSERT_LT(steps, kStepsMax);
    BeginNode();
    Put(CreateActive("other"), "stays");
    const TablePtr table = CreateActive("t");
    for (const char* id : {"1", "2", "3"}) Put(table, id);
    if (steps % 3 == 0) {
      ASSERT_TRUE(node_->engine().Flush().ok());
    }
    Pending<Changed> deletion = node_->Begin(catalog_->Delete(table));
    for (int i = 0; i < steps; ++i) node_->world().Step();
    const bool told = deletion.done();
    ended = Find("t") == nullptr;
    Restart(/*power_cut=*/steps % 2 == 0);
    const TablePtr found = Find("t");
    const bool kept = found != nullptr && found->readable();
    EXPECT_FALSE(kept && told) << "the deletion was answered";
    if (kept) {
      EXPECT_EQ(Count(found), 3);
    }
    whole += kept ? 1 : 0;
    resumed += found != nullptr && !kept ? 1 : 0;
    Settle();
    EXPECT_EQ(Find("t") != nullptr, kept);
    EXPECT_EQ(Count(Find("other")), 1);
    ExpectInOrder();
    if (HasFailure()) {
      FAIL() << "a crash after " << steps << " steps";
    }
  }
  EXPECT_GT(whole, 0);
  EXPECT_GT(resumed, 0);
}

// A job that was resumed is cut short itself.
TEST_F(CatalogTest, AResumedJobMayBeCutShortAgain) {
  BeginNode();
  const TablePtr leaving = CreateActive("leaving");
  Put(leaving, "x");
  Pending<Changed> deletion = node_->Begin(catalog_->Delete(leaving));
  Pending<Changed> creation = node_->Begin(catalog_->Create(RecordOf("arriving")));
  ASSERT_TRUE(node_->RunUntil([&] { return deletion.done() && creation.done(); }));
  for (int life = 0; life < 12; ++life) {
    Restart(/*power_cut=*/life % 2 == 0);
    for (int i = 0; i < life; ++i) node_->world().Step();
  }
  Restart(/*power_cut=*/true);
  Settle();
  EXPECT_EQ(Find("leaving"), nullptr);
  EXPECT_NE(Find("arriving"), nullptr);
  ExpectInOrder();
}

TEST_F(CatalogTest, TransitionsTakeAsLongAsIsAskedFor) {
  node_ = std::make_unique<TestNode>();
  ASSERT_TRUE(Start({.transition_delay = std::chrono::seconds(5)}).ok());
  ASSERT_TRUE(node_->Await(catalog_->Create(RecordOf("t"))).ok());
  node_->world().RunFor(std::chrono::milliseconds(4900));
  EXPECT_EQ(Find("t")->record.status(), TABLE_STATUS_CREATING);
  node_->world().RunFor(std::chrono::milliseconds(300));
  ASSERT_EQ(Find("t")->record.status(), TABLE_STATUS_ACTIVE);
  ASSERT_TRUE(node_->Await(catalog_->Delete(Find("t"))).ok());
  node_->world().RunFor(std::chrono::milliseconds(4900));
  EXPECT_NE(Find("t"), nullptr);
  node_->world().RunFor(std::chrono::milliseconds(300));
  EXPECT_EQ(Find("t"), nullptr);
}

TEST_F(CatalogTest, WhenIdleWaitsForTheJobsUnderWay) {
  BeginNode();
  ASSERT_TRUE(node_->Await(catalog_->Create(RecordOf("t"))).ok());
  bool idle = false;
  TableStatus status_then = TABLE_STATUS_CREATING;
  catalog_->WhenIdle([&] {
    idle = true;
    status_then = Find("t")->record.status();
  });
  ASSERT_TRUE(node_->RunUntil([&] { return idle; }));
  EXPECT_EQ(status_then, TABLE_STATUS_ACTIVE);
}

TEST_F(CatalogTest, ALogWithTablesButWithoutTheCatalogIsRefused) {
  node_ = std::make_unique<TestNode>();
  ASSERT_TRUE(node_->Start().ok());
  ASSERT_TRUE(node_->Await(node_->replicas().Create(GroupId(5), MakeSchema(RecordOf("t")))).ok());
  node_->Crash(/*power_cut=*/false);
  EXPECT_EQ(Start().code(), StatusCode::kCorruption);
}

TEST_F(CatalogTest, ALogThatLacksAnActiveTablesGroupIsRefused) {
  BeginNode();
  const TablePtr table = CreateActive("t");
  ASSERT_TRUE(node_->Await(node_->replicas().Destroy(table->partitions[0].replica)).ok());
  Crash(/*power_cut=*/false);
  const Status started = Start();
  EXPECT_EQ(started.code(), StatusCode::kCorruption);
  EXPECT_NE(started.message().find("t"), std::string::npos);
}

// --- The items that tables are kept as, and what is made of them
// ------------------------------------

TEST(CatalogStoreTest, ADamagedRecordIsNoTable) {
  const partition::WriteRequest put = PutTable(RecordOf("t"), 4);
  document::EncodedItem encoded;
  document::EncodeItem(put.item, &encoded);
  auto stored = DecodeStoredItem(encoded);
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(stored->version, 5u);
  EXPECT_EQ(stored->table->SerializeAsString(), RecordOf("t").SerializeAsString());
  EXPECT_FALSE(stored->group_limit.has_value());

  Item damaged = put.item;
  damaged.Set("record", AttributeValue::B("\x07\xff"));
  encoded.clear();
  document::EncodeItem(damaged, &encoded);
  EXPECT_EQ(DecodeStoredItem(encoded).status().code(), StatusCode::kCorruption);
  EXPECT_FALSE(DecodeStoredItem("no item").ok());
}

TEST(CatalogViewTest, NamesComeInPagesOfOneAccount) {
  View view;
  for (const char* name : {"b", "a", "c"}) {
    auto table = std::make_shared<Table>();
    table->record = RecordOf(name);
    view.tables[View::KeyOf(kAccount, name)] = table;
    view.tables[View::KeyOf("000000000001", std::string(name) + "!")] = table;
  }
  bool more = false;
  EXPECT_EQ(view.Names(kAccount, "", 2, &more), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(more);
  EXPECT_EQ(view.Names(kAccount, "b", 2, &more), (std::vector<std::string>{"c"}));
  EXPECT_FALSE(more);
  EXPECT_TRUE(view.Names(kAccount, "c", 2, &more).empty());
  EXPECT_EQ(view.CountTables(kAccount), 3u);
  EXPECT_EQ(view.Find(kAccount, "a!"), nullptr);
}

TEST(CatalogSchemaTest, IsMadeOfTheRecord) {
  TableRecord record = RecordOf("t");
  record.mutable_key_schema()->set_sort_key("at");
  auto* definition = record.add_attribute_definitions();
  definition->set_name("at");
  definition->set_type(proto::catalog::v1::ATTRIBUTE_TYPE_N);
  definition = record.add_attribute_definitions();
  definition->set_name("raw");
  definition->set_type(proto::catalog::v1::ATTRIBUTE_TYPE_B);
  auto* index = record.add_local_indexes();
  index->set_id(4);
  index->set_name("by-raw");
  index->set_sort_key("raw");
  index->set_projection(proto::catalog::v1::PROJECTION_TYPE_INCLUDE);
  index->add_non_key_attributes("extra");

  const auto schema = MakeSchema(record);
  EXPECT_EQ(schema->key.partition_type, document::Type::kString);
  EXPECT_EQ(schema->key.sort_type, document::Type::kNumber);
  ASSERT_EQ(schema->local_indexes.size(), 1u);
  const partition::LocalIndex& made = schema->local_indexes[0];
  EXPECT_EQ(made.id, 4u);
  EXPECT_EQ(made.key.partition_key, "id");
  EXPECT_EQ(made.key.sort_key, "raw");
  EXPECT_EQ(made.key.sort_type, document::Type::kBinary);
  EXPECT_EQ(made.projection, partition::LocalIndex::Projection::kInclude);
  EXPECT_EQ(made.non_key_attributes, (std::vector<std::string>{"extra"}));
}

}  // namespace
}  // namespace skerry::catalog
