#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/sim/sim_disk.h"
#include "base/sim/world.h"
#include "server/node/core.h"
#include "storage/engine/memory/memory_engine.h"

// A node that has no room: what it refuses, what it still does, and that nothing is lost by it.

namespace skerry::node {
namespace {

using document::AttributeValue;

constexpr Duration kPatience = std::chrono::minutes(10);

class FullStoreTest : public testing::Test {
 protected:
  void Start(size_t engine_bytes, Duration transition_delay = Duration::zero(),
             uint64_t pending_bytes_max = 64 << 20) {
    reactors_ = {&world_.AddExecutor(1, "reactor-0"), &world_.AddExecutor(1, "reactor-1")};
    CoreOptions options{.disk = disk_,
                        .log_directory = "log",
                        .log_identity = 1,
                        .max_log_bytes = 4 << 20,
                        .admission = {.pending_bytes_max = pending_bytes_max},
                        .clock = world_.clock(),
                        .reactors = reactors_,
                        .log_executor = world_.AddExecutor(1, "log"),
                        .blocking_executor = world_.AddExecutor(1, "blocking"),
                        .catalog = {.transition_delay = transition_delay}};
    options.on_fatal = [this](const Status& status) { fatal_ = status; };
    const auto open_engine = [&]() -> Result<std::unique_ptr<engine::Engine>> {
      return engine::NewMemoryEngine({.limit_bytes = engine_bytes, .outlives_crashes = false});
    };
    auto opened = Core::Open(open_engine, std::move(options));
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    core_ = std::move(*opened);
    const std::optional<Status> started = Wait(core_->Start());
    ASSERT_TRUE(started && started->ok());
  }
  ~FullStoreTest() override {
    EXPECT_TRUE(fatal_.ok()) << fatal_.ToString();
    world_.Kill(1);
  }

  template <typename T>
  std::optional<T> Wait(Task<T> task) {
    std::optional<T> result;
    reactors_[0]->Post(
        [&] { Spawn(std::move(task), [&result](T value) { result.emplace(std::move(value)); }); });
    world_.RunUntil([&] { return result.has_value(); }, kPatience);
    return result;
  }
  // The outcome's error as "Type: message", or "ok".
  template <typename T>
  static std::string Text(const std::optional<api::Outcome<T>>& outcome) {
    if (!outcome) return "no answer";
    return outcome->ok() ? "ok" : outcome->error().message;
  }

  api::RequestContext Context() { return {*reactors_[0], api::kDefaultAccount}; }
  std::string CreateTable(const std::string& name) {
    api::CreateTableRequest request;
    request.table_name = name;
    request.attribute_definitions = {{{"pk", api::ScalarAttributeType::kS}}};
    request.key_schema = {{{"pk", api::KeyType::kHash}}};
    request.billing_mode = api::BillingMode::kPayPerRequest;
    return Text(Wait(core_->operations().CreateTable(Context(), std::move(request))));
  }
  bool Exists(const std::string& name) {
    return core_->catalog().view()->Find(api::kDefaultAccount, name) != nullptr;
  }
  bool Active(const std::string& name) {
    const catalog::TablePtr table = core_->catalog().view()->Find(api::kDefaultAccount, name);
    return table != nullptr && table->readable();
  }
  static document::Item Key(int n) { return {{"pk", AttributeValue::S(std::to_string(n))}}; }
  api::PutItemRequest PutRequest(int n, size_t bytes) {
    api::PutItemRequest request;
    request.table_name = "Table";
    request.item = Key(n);
    request.item.Set("v", AttributeValue::S(std::string(bytes, 'v')));
    return request;
  }
  std::string Put(int n, size_t bytes) {
    return Text(Wait(core_->operations().PutItem(Context(), PutRequest(n, bytes))));
  }
  std::string Delete(int n) {
    api::DeleteItemRequest request;
    request.table_name = "Table";
    request.key = Key(n);
    return Text(Wait(core_->operations().DeleteItem(Context(), std::move(request))));
  }
  bool Holds(int n) {
    api::GetItemRequest request;
    request.table_name = "Table";
    request.key = Key(n);
    request.consistent_read = true;
    auto result = Wait(core_->operations().GetItem(Context(), std::move(request)));
    EXPECT_TRUE(result && result->ok());
    return (*result)->item.has_value();
  }
  // Puts items until one is refused; how many there are then.
  int Fill(std::string* refusal) {
    int n = 0;
    while (n < 10000 && (*refusal = Put(n, 5000)) == "ok") ++n;
    return n;
  }
  // Fills what is left, too little for an item of the others' size.
  void FillUp() {
    int n = 20000;
    while (n < 30000 && Put(n, 1) == "ok") ++n;
    ASSERT_LT(n, 30000);
  }

  sim::World world_{7};
  sim::SimDisk disk_{world_.prng()};
  std::vector<Executor*> reactors_;
  std::unique_ptr<Core> core_;
  Status fatal_;
};

TEST_F(FullStoreTest, RefusesWhatAddsAndDoesTheRest) {
  Start(1 << 20);
  ASSERT_EQ(CreateTable("Table"), "ok");
  ASSERT_TRUE(world_.RunUntil([&] { return Active("Table"); }, kPatience));
  std::string refusal;
  const int items = Fill(&refusal);
  EXPECT_GT(items, 150);
  EXPECT_LT(items, 200);
  EXPECT_NE(refusal.find("--memory"), std::string::npos) << refusal;
  EXPECT_FALSE(Holds(items));
  FillUp();
  EXPECT_NE(CreateTable("Other").find("--memory"), std::string::npos);
  EXPECT_FALSE(Exists("Other"));

  for (int round = 0; round < 300; ++round) ASSERT_EQ(Put(7, 4900), "ok") << "gets no larger";
  for (int n = 0; n < 10; ++n) ASSERT_EQ(Delete(n), "ok");
  for (int n = 0; n < 10; ++n) ASSERT_EQ(Put(1000 + n, 4900), "ok") << "there is room again";
  EXPECT_NE(Fill(&refusal), 10000);
  EXPECT_TRUE(Holds(items - 1));
  EXPECT_FALSE(Holds(0));
}

TEST_F(FullStoreTest, ATableGoesThoughThereIsNoRoom) {
  Start(1 << 20);
  ASSERT_EQ(CreateTable("Table"), "ok");
  ASSERT_TRUE(world_.RunUntil([&] { return Active("Table"); }, kPatience));
  std::string refusal;
  Fill(&refusal);
  FillUp();
  ASSERT_EQ(Text(Wait(core_->operations().DeleteTable(Context(), {"Table"}))), "ok");
  ASSERT_TRUE(world_.RunUntil([&] { return !Exists("Table"); }, kPatience));
  EXPECT_EQ(CreateTable("Table"), "ok");
}

TEST_F(FullStoreTest, ABatchLeavesUnprocessedWhatIsTooMuchAtOnce) {
  constexpr size_t kItemBytes = 100000;
  Start(64 << 20, Duration::zero(), /*pending_bytes_max=*/1 << 20);
  ASSERT_EQ(CreateTable("Table"), "ok");
  ASSERT_TRUE(world_.RunUntil([&] { return Active("Table"); }, kPatience));
  api::BatchWriteItemRequest request;
  auto& [name, writes] = request.request_items.emplace_back();
  name = "Table";
  for (int n = 0; n < 25; ++n) writes.emplace_back().put_item = PutRequest(n, kItemBytes).item;
  size_t left = 0;
  for (const size_t expected : {15, 5, 0}) {
    auto result = Wait(core_->operations().BatchWriteItem(Context(), request));
    ASSERT_TRUE(result && result->ok());
    request.request_items = (*result)->unprocessed_items;
    left = request.request_items.empty() ? 0 : request.request_items[0].second.size();
    EXPECT_EQ(left, expected);
  }
  for (int n = 0; n < 25; ++n) EXPECT_TRUE(Holds(n));
  EXPECT_EQ(core_->admission().pending_bytes(), 0U);
}

// The disk fills up while a table is on its way, and is given room later: nobody starts the node
// anew for the table's sake.
TEST_F(FullStoreTest, ATableOnItsWayWaitsForRoom) {
  Start(64 << 20, /*transition_delay=*/std::chrono::seconds(5));
  ASSERT_EQ(CreateTable("Table"), "ok");
  ASSERT_TRUE(world_.RunUntil([&] { return Active("Table"); }, kPatience));
  disk_.SetCapacity(0);
  ASSERT_EQ(CreateTable("Later"), "ok");
  // Writes until the log needs a segment that it does not get.
  std::optional<api::Outcome<api::WriteResult>> last;
  for (int n = 0; n < 1000 && !(last && !last->ok()); ++n) {
    last.reset();
    reactors_[0]->Post([&, n] {
      Spawn(core_->operations().PutItem(Context(), PutRequest(n, 100000)),
            [&last](api::Outcome<api::WriteResult> outcome) { last.emplace(std::move(outcome)); });
    });
    world_.RunFor(std::chrono::milliseconds(20));
  }
  ASSERT_TRUE(last && !last->ok());
  EXPECT_EQ(last->error().type, api::ErrorType::kThrottling) << last->error().message;
  world_.RunFor(std::chrono::minutes(1));
  EXPECT_FALSE(Active("Later"));

  disk_.SetCapacity(UINT64_MAX);
  EXPECT_TRUE(world_.RunUntil([&] { return Active("Later"); }, std::chrono::minutes(1)));
  EXPECT_TRUE(Holds(0));
}

}  // namespace
}  // namespace skerry::node
