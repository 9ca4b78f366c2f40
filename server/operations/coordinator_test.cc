// The coordinator over real tables, replicas and log in virtual time: what clients are told when
// writes are refused, when their outcome is unknown, and between two states of a table. What an
// operation answers when all goes well is tests/conformance's.

#include "server/operations/coordinator.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/forwarding/forwarding_testing.h"
#include "server/replica/replica_testing.h"

namespace skerry::operations {
namespace {

using api::ErrorType;
using document::AttributeMap;
using document::AttributeValue;
using document::Number;
using replica::Pending;
using replica::TestNode;
using replica::TestOptions;

AttributeMap KeyOf(const std::string& id) { return {{"id", AttributeValue::S(id)}}; }

AttributeMap ItemOf(const std::string& id, size_t bytes = 10) {
  AttributeMap item = KeyOf(id);
  item.Set("text", AttributeValue::S(std::string(bytes, 'x')));
  return item;
}

api::CreateTableRequest TableOf(const std::string& name) {
  api::CreateTableRequest request;
  request.table_name = name;
  request.attribute_definitions = {{{"id", api::ScalarAttributeType::kS}}};
  request.key_schema = {{{"id", api::KeyType::kHash}}};
  request.billing_mode = api::BillingMode::kPayPerRequest;
  return request;
}

api::PutItemRequest PutOf(const std::string& table, const std::string& id) {
  api::PutItemRequest request;
  request.table_name = table;
  request.item = ItemOf(id);
  return request;
}

api::UpdateItemRequest AddOne(const std::string& table, const std::string& id) {
  api::UpdateItemRequest request;
  request.table_name = table;
  request.key = KeyOf(id);
  request.update_expression = "ADD n :one";
  request.condition.expression_attribute_values = {{":one", AttributeValue::N(Number::FromInt(1))}};
  request.returns.return_values = api::ReturnValues::kAllNew;
  return request;
}

api::WriteRequest BatchPut(const std::string& id) { return {ItemOf(id), std::nullopt}; }
api::WriteRequest BatchDelete(const std::string& id) { return {std::nullopt, KeyOf(id)}; }

std::string NumberIn(const std::optional<document::EncodedItem>& encoded) {
  if (!encoded) return "none";
  const auto item = document::DecodeItem(*encoded);
  SKERRY_CHECK(item.ok());
  const AttributeValue* n = item->Find("n");
  return n == nullptr ? "none" : n->number().ToString();
}

// How a work ended, for tables of expectations.
template <typename T>
std::optional<ErrorType> ErrorOf(const api::Outcome<T>& outcome) {
  return outcome.ok() ? std::nullopt : std::optional(outcome.error().type);
}

class CoordinatorTest : public testing::Test {
 protected:
  ~CoordinatorTest() override {
    if (node_ != nullptr) Crash(/*power_cut=*/false);
  }

  void BeginNode(TestOptions options = {}, catalog::Options catalog_options = {}) {
    if (node_ != nullptr) Crash(/*power_cut=*/false);
    catalog_options_ = catalog_options;
    node_ = std::make_unique<TestNode>(options);
    StartNode();
  }
  void StartNode() {
    ASSERT_TRUE(node_->Start().ok());
    forwarding_ = std::make_unique<forwarding::AloneForwarding>(node_->reactor(0));
    catalog_ = std::make_unique<catalog::Catalog>(node_->replicas(), forwarding_->partitions,
                                                  forwarding_->groups, catalog_options_);
    router_ =
        std::make_unique<router::Router>(*catalog_, forwarding_->partitions, forwarding_->groups);
    coordinator_ = std::make_unique<Coordinator>(*catalog_, *router_, node_->world().clock(),
                                                 /*seed=*/1, CoordinatorOptions{});
    ASSERT_TRUE(node_->Await(catalog_->Start()).ok());
    context_ = std::make_unique<api::RequestContext>(node_->reactor(0), api::kDefaultAccount);
  }
  void Crash(bool power_cut) {
    node_->Crash(power_cut);
    coordinator_ = nullptr;
    router_ = nullptr;
    catalog_ = nullptr;
  }

  Coordinator& operations() { return *coordinator_; }
  const api::RequestContext& context() { return *context_; }

  void CreateActive(const std::string& name) {
    auto created = node_->Await(operations().CreateTable(context(), TableOf(name)));
    ASSERT_TRUE(created.ok()) << created.error().message;
    ASSERT_TRUE(node_->RunUntil([&] {
      const catalog::TablePtr table = catalog_->view()->Find(api::kDefaultAccount, name);
      return table->readable();
    }));
  }
  std::optional<document::EncodedItem> Get(const std::string& table, const std::string& id) {
    api::GetItemRequest request;
    request.table_name = table;
    request.key = KeyOf(id);
    request.consistent_read = true;
    auto got = node_->Await(operations().GetItem(context(), std::move(request)));
    EXPECT_TRUE(got.ok());
    return got.ok() ? got->item : std::nullopt;
  }

  std::unique_ptr<TestNode> node_;
  catalog::Options catalog_options_;
  std::unique_ptr<forwarding::AloneForwarding> forwarding_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<router::Router> router_;
  std::unique_ptr<Coordinator> coordinator_;
  std::unique_ptr<api::RequestContext> context_;
};

TEST_F(CoordinatorTest, AWriteWhoseOutcomeNobodyKnowsIsAnInternalServerError) {
  int unknown = 0;
  for (int steps = 0; steps < 40; ++steps) {
    BeginNode();
    CreateActive("one");
    auto put = node_->Begin(operations().UpdateItem(context(), AddOne("one", "a")));
    for (int i = 0; i < steps; ++i) node_->world().Step();
    node_->Stop();
    const bool answered = put.done();
    std::optional<ErrorType> error;
    if (answered) {
      error = ErrorOf(*put);
      if (error == ErrorType::kInternalServerError) {
        ++unknown;
        EXPECT_EQ(put->error().message, "Internal server error");
      } else if (error) {
        EXPECT_EQ(*error, ErrorType::kServiceUnavailable) << put->error().message;
      }
    }
    coordinator_ = nullptr;
    router_ = nullptr;
    catalog_ = nullptr;
    StartNode();
    const std::string stands = NumberIn(Get("one", "a"));
    if (answered && !error) {
      EXPECT_EQ(stands, "1") << "it was acknowledged";
    }
    if (error == ErrorType::kServiceUnavailable) {
      EXPECT_EQ(stands, "none") << "a client was told to send it again";
    }
  }
  EXPECT_GT(unknown, 0);
}

// Room for one write at a time: the others are refused, and that is what their senders hear.
TEST_F(CoordinatorTest, ARefusedSingleWriteIsAThrottlingException) {
  BeginNode({.max_pending_bytes_per_group = 1});
  CreateActive("one");
  auto first = node_->Begin(operations().PutItem(context(), PutOf("one", "a")));
  auto second = node_->Begin(operations().PutItem(context(), PutOf("one", "b")));
  ASSERT_TRUE(node_->RunUntil([&] { return first.done() && second.done(); }));
  EXPECT_TRUE(first->ok());
  ASSERT_FALSE(second->ok());
  EXPECT_EQ(second->error().type, ErrorType::kThrottling);
  EXPECT_FALSE(Get("one", "b").has_value());
}

TEST_F(CoordinatorTest, ABatchHandsBackWhatWasRefusedAndThatAlone) {
  BeginNode({.max_pending_bytes_per_group = 1});
  CreateActive("one");
  CreateActive("two");
  auto before = node_->Await(operations().PutItem(context(), PutOf("two", "old")));
  ASSERT_TRUE(before.ok());

  api::BatchWriteItemRequest request;
  request.request_items = {{"one", {BatchPut("a"), BatchPut("b"), BatchPut("c")}},
                           {"two", {BatchDelete("old"), BatchPut("new")}}};
  request.return_consumed_capacity = api::ReturnConsumedCapacity::kTotal;
  auto written = node_->Await(operations().BatchWriteItem(context(), std::move(request)));
  ASSERT_TRUE(written.ok()) << written.error().message;

  ASSERT_EQ(written->unprocessed_items.size(), 2u);
  const auto& [one, of_one] = written->unprocessed_items[0];
  EXPECT_EQ(one, "one");
  ASSERT_EQ(of_one.size(), 2u);
  EXPECT_EQ(*of_one[0].put_item, ItemOf("b"));
  EXPECT_EQ(*of_one[1].put_item, ItemOf("c"));
  const auto& [two, of_two] = written->unprocessed_items[1];
  EXPECT_EQ(two, "two");
  ASSERT_EQ(of_two.size(), 1u);
  EXPECT_EQ(*of_two[0].put_item, ItemOf("new"));
  // Capacity of what was done alone.
  ASSERT_EQ(written->consumed_capacity.size(), 2u);
  EXPECT_EQ(written->consumed_capacity[0].table.write_units, 1u);
  EXPECT_EQ(written->consumed_capacity[1].table.write_units, 1u);

  EXPECT_TRUE(Get("one", "a").has_value());
  EXPECT_FALSE(Get("one", "b").has_value());
  EXPECT_FALSE(Get("one", "c").has_value());
  EXPECT_FALSE(Get("two", "old").has_value());
  EXPECT_FALSE(Get("two", "new").has_value());

  // Sent again and again, as clients do, everything gets done.
  for (int tries = 0; !written->unprocessed_items.empty(); ++tries) {
    ASSERT_LT(tries, 5);
    api::BatchWriteItemRequest rest;
    rest.request_items = written->unprocessed_items;
    written = node_->Await(operations().BatchWriteItem(context(), std::move(rest)));
    ASSERT_TRUE(written.ok());
  }
  EXPECT_TRUE(Get("one", "c").has_value());
  EXPECT_TRUE(Get("two", "new").has_value());
}

TEST_F(CoordinatorTest, ABatchWithAnUnknownOutcomeIsAnErrorNotUnprocessed) {
  int unknown = 0;
  for (int steps = 0; steps < 40; ++steps) {
    BeginNode();
    CreateActive("one");
    api::BatchWriteItemRequest request;
    request.request_items = {{"one", {BatchPut("a"), BatchPut("b")}}};
    auto batch = node_->Begin(operations().BatchWriteItem(context(), std::move(request)));
    for (int i = 0; i < steps; ++i) node_->world().Step();
    node_->Stop();
    if (batch.done()) {
      if (batch->ok()) {
        EXPECT_TRUE((*batch)->unprocessed_items.empty());
      } else if (batch->error().type == ErrorType::kInternalServerError) {
        ++unknown;
      }
    }
    coordinator_ = nullptr;
    router_ = nullptr;
    catalog_ = nullptr;
    StartNode();
  }
  EXPECT_GT(unknown, 0);
}

// The item that a condition failed on is one that will not go away again.
TEST_F(CoordinatorTest, AFailedConditionTellsOfDurableItemsOnly) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    BeginNode({.seed = seed});
    CreateActive("one");
    auto first = node_->Begin(operations().UpdateItem(context(), AddOne("one", "a")));
    api::PutItemRequest request = PutOf("one", "a");
    request.condition.condition_expression = "attribute_not_exists(id)";
    request.condition.return_values_on_condition_check_failure =
        api::ReturnValuesOnConditionCheckFailure::kAllOld;
    auto second = node_->Begin(operations().PutItem(context(), std::move(request)));
    ASSERT_TRUE(node_->RunUntil([&] { return second.done(); }));
    ASSERT_FALSE(second->ok());
    EXPECT_EQ(second->error().type, ErrorType::kConditionalCheckFailed);
    EXPECT_EQ(NumberIn(second->error().item), "1");
    Crash(/*power_cut=*/true);
    StartNode();
    EXPECT_EQ(NumberIn(Get("one", "a")), "1");
  }
}

TEST_F(CoordinatorTest, ParallelUpdatesOfOneItemAreAllCounted) {
  BeginNode();
  CreateActive("one");
  std::vector<Pending<api::Outcome<api::WriteResult>>> all;
  for (int i = 0; i < 50; ++i) {
    all.push_back(node_->Begin(operations().UpdateItem(context(), AddOne("one", "a")), i % 2));
  }
  std::set<std::string> seen;
  for (auto& one : all) {
    ASSERT_TRUE(node_->RunUntil([&] { return one.done(); }));
    ASSERT_TRUE(one->ok());
    EXPECT_TRUE(seen.insert(NumberIn((*one)->attributes)).second) << "two had the same answer";
  }
  EXPECT_EQ(NumberIn(Get("one", "a")), "50");
}

// What waits for a table looks at once and then after 20 s: the first look must do.
TEST_F(CoordinatorTest, AChangeOfATableIsOverWhenItIsAnswered) {
  BeginNode();
  const auto describe = [&] {
    return node_->Await(operations().DescribeTable(context(), {"one"}));
  };
  for (int round = 0; round < 20; ++round) {
    auto created = node_->Await(operations().CreateTable(context(), TableOf("one")));
    ASSERT_TRUE(created.ok());
    EXPECT_EQ(created->table_status, api::TableStatus::kCreating);
    auto described = describe();
    ASSERT_TRUE(described.ok());
    EXPECT_EQ(described->table_status, api::TableStatus::kActive);
    auto deleted = node_->Await(operations().DeleteTable(context(), {"one"}));
    ASSERT_TRUE(deleted.ok());
    EXPECT_EQ(deleted->table_status, api::TableStatus::kDeleting);
    EXPECT_EQ(ErrorOf(describe()), ErrorType::kResourceNotFound);
  }
}

// The catalog has room for one write at a time: jobs wait for theirs, answers come all the same.
TEST_F(CoordinatorTest, TablesMadeAtOnceOnABusyNodeAreAnsweredAndBecomeActive) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    BeginNode({.seed = seed, .max_pending_bytes_per_group = 1});
    std::vector<Pending<api::Outcome<api::TableDescription>>> creations;
    for (int i = 0; i < 8; ++i) {
      creations.push_back(
          node_->Begin(operations().CreateTable(context(), TableOf("t" + std::to_string(i)))));
      for (uint64_t step = 0; step < seed; ++step) node_->world().Step();
    }
    int made = 0;
    for (int i = 0; i < 8; ++i) {
      ASSERT_TRUE(node_->RunUntil([&] { return creations[i].done(); })) << "seed " << seed;
      if (!creations[i]->ok()) continue;
      ++made;
      EXPECT_TRUE(node_->RunUntil([&] {
        return catalog_->view()->Find(api::kDefaultAccount, "t" + std::to_string(i))->readable();
      })) << "seed "
          << seed;
    }
    EXPECT_GT(made, 0) << "seed " << seed;
  }
}

TEST_F(CoordinatorTest, ATableThatIsNotActiveIsNotThereForItems) {
  BeginNode({}, {.transition_delay = std::chrono::seconds(10)});
  auto created = node_->Await(operations().CreateTable(context(), TableOf("slow")));
  ASSERT_TRUE(created.ok());
  EXPECT_EQ(created->table_status, api::TableStatus::kCreating);
  const auto put = [&] {
    return ErrorOf(node_->Await(operations().PutItem(context(), PutOf("slow", "a"))));
  };
  const auto remove = [&] {
    return ErrorOf(node_->Await(operations().DeleteTable(context(), {"slow"})));
  };
  const auto create = [&] {
    return ErrorOf(node_->Await(operations().CreateTable(context(), TableOf("slow"))));
  };
  EXPECT_EQ(put(), ErrorType::kResourceNotFound);
  EXPECT_EQ(remove(), ErrorType::kResourceInUse);
  EXPECT_EQ(create(), ErrorType::kResourceInUse);
  node_->world().RunFor(std::chrono::seconds(11));
  EXPECT_EQ(put(), std::nullopt);
  EXPECT_EQ(create(), ErrorType::kResourceInUse);

  EXPECT_EQ(remove(), std::nullopt);
  EXPECT_EQ(put(), ErrorType::kResourceNotFound);
  EXPECT_EQ(remove(), ErrorType::kResourceInUse);
  EXPECT_EQ(create(), ErrorType::kResourceInUse);
  node_->world().RunFor(std::chrono::seconds(11));
  EXPECT_EQ(put(), ErrorType::kResourceNotFound);
  EXPECT_EQ(remove(), ErrorType::kResourceNotFound);
  EXPECT_EQ(create(), std::nullopt);
}

// Both changes were made of the same description; the second must not undo the first.
TEST_F(CoordinatorTest, OfTwoUpdatesOfATableAtOnceOneIsRefused) {
  BeginNode();
  CreateActive("one");
  api::UpdateTableRequest protect;
  protect.table_name = "one";
  protect.deletion_protection_enabled = true;
  api::UpdateTableRequest provision;
  provision.table_name = "one";
  provision.billing_mode = api::BillingMode::kProvisioned;
  provision.provisioned_throughput = api::ProvisionedThroughput{5, 5};
  Pending<api::Outcome<api::TableDescription>> first;
  Pending<api::Outcome<api::TableDescription>> second;
  node_->reactor(0).Post([&] {
    Spawn(operations().UpdateTable(context(), protect),
          [result = first.result_](auto outcome) { result->emplace(std::move(outcome)); });
    Spawn(operations().UpdateTable(context(), provision),
          [result = second.result_](auto outcome) { result->emplace(std::move(outcome)); });
  });
  ASSERT_TRUE(node_->RunUntil([&] { return first.done() && second.done(); }));
  EXPECT_EQ(ErrorOf(*first), std::nullopt);
  EXPECT_EQ(ErrorOf(*second), ErrorType::kResourceInUse);
  auto described = node_->Await(operations().DescribeTable(context(), {"one"}));
  ASSERT_TRUE(described.ok());
  EXPECT_TRUE(described->deletion_protection_enabled);
  EXPECT_EQ(described->billing_mode, api::BillingMode::kPayPerRequest);
}

TEST_F(CoordinatorTest, TagsOfManyAtOnceAreAllKept) {
  BeginNode();
  CreateActive("one");
  const std::string arn = "arn:aws:dynamodb:us-east-1:000000000000:table/one";
  std::vector<Pending<api::Outcome<api::Empty>>> all;
  for (int i = 0; i < 3; ++i) {
    const std::string key = "key" + std::to_string(i);
    all.push_back(node_->Begin(operations().TagResource(context(), {arn, {{key, "v"}}}), i % 2));
  }
  for (auto& one : all) {
    ASSERT_TRUE(node_->RunUntil([&] { return one.done(); }));
    EXPECT_TRUE(one->ok());
  }
  auto tags = node_->Await(operations().ListTagsOfResource(context(), {arn, std::nullopt}));
  ASSERT_TRUE(tags.ok());
  EXPECT_EQ(tags->tags.size(), 3u);
}

TEST_F(CoordinatorTest, TablesOfAnotherAccountAreNotSeen) {
  BeginNode();
  CreateActive("one");
  const api::RequestContext other{node_->reactor(1), "111111111111"};
  EXPECT_EQ(ErrorOf(node_->Await(operations().PutItem(other, PutOf("one", "a")))),
            ErrorType::kResourceNotFound);
  EXPECT_EQ(ErrorOf(node_->Await(operations().DeleteTable(other, {"one"}))),
            ErrorType::kResourceNotFound);
  auto names = node_->Await(operations().ListTables(other, {}));
  ASSERT_TRUE(names.ok());
  EXPECT_TRUE(names->table_names.empty());
  EXPECT_TRUE(node_->Await(operations().CreateTable(other, TableOf("one"))).ok());
}

// A request holds the table as it found it. It is answered, whatever becomes of the table.
TEST_F(CoordinatorTest, AWriteBesideTheTablesDeletionIsDoneOrRefused) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    BeginNode({.seed = seed});
    CreateActive("one");
    auto deletion = node_->Begin(operations().DeleteTable(context(), {"one"}), seed % 2);
    std::vector<Pending<api::Outcome<api::WriteResult>>> writes;
    for (int i = 0; i < 5; ++i) {
      for (uint64_t step = 0; step < seed; ++step) node_->world().Step();
      writes.push_back(node_->Begin(operations().PutItem(context(), PutOf("one", "a")), i % 2));
    }
    for (auto& one : writes) {
      ASSERT_TRUE(node_->RunUntil([&] { return one.done(); })) << "seed " << seed;
      const std::optional<ErrorType> error = ErrorOf(*one);
      EXPECT_TRUE(!error || error == ErrorType::kResourceNotFound ||
                  error == ErrorType::kServiceUnavailable ||
                  error == ErrorType::kInternalServerError)
          << one->error().message;
    }
    ASSERT_TRUE(node_->RunUntil([&] { return deletion.done(); }));
    EXPECT_TRUE(deletion->ok());
    ASSERT_TRUE(node_->RunUntil(
        [&] { return catalog_->view()->Find(api::kDefaultAccount, "one") == nullptr; }));
  }
}

TEST_F(CoordinatorTest, TableIdsAreRandomUuids) {
  BeginNode();
  std::set<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    auto created =
        node_->Await(operations().CreateTable(context(), TableOf("table" + std::to_string(i))));
    ASSERT_TRUE(created.ok());
    const std::string& id = created->table_id;
    ASSERT_EQ(id.size(), 36u);
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
    EXPECT_TRUE(ids.insert(id).second);
  }
}

}  // namespace
}  // namespace skerry::operations
