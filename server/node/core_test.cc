// A node without its edges, whole, in virtual time: starts, stops, and what stands in between.
// Random crashes are tests/simulation's.

#include "server/node/core.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "base/sim/sim_disk.h"
#include "base/sim/world.h"
#include "storage/engine/memory/memory_engine.h"

namespace skerry::node {
namespace {

using document::AttributeMap;
using document::AttributeValue;

constexpr Duration kPatience = std::chrono::seconds(60);

class CoreTest : public testing::Test {
 protected:
  ~CoreTest() override {
    if (core_ != nullptr) Crash();
  }

  Status Open(uint64_t identity = 1) {
    ++life_;
    reactors_ = {&world_.AddExecutor(life_, "reactor-0"), &world_.AddExecutor(life_, "reactor-1")};
    CoreOptions options{.disk = disk_,
                        .log_directory = "log",
                        .log_identity = identity,
                        .log_must_exist = started_before_,
                        .max_log_bytes = 4 << 20,
                        .on_fatal = [this](const Status& status) { fatal_ = status; },
                        .clock = world_.clock(),
                        .seed = 1,
                        .reactors = reactors_,
                        .log_executor = world_.AddExecutor(life_, "log"),
                        .blocking_executor = world_.AddExecutor(life_, "blocking"),
                        .catalog = {.transition_delay = transition_delay_}};
    const auto open_engine = [this]() -> Result<std::unique_ptr<engine::Engine>> {
      return store_->Open();
    };
    SKERRY_ASSIGN_OR_RETURN(core_, Core::Open(open_engine, std::move(options)));
    return OkStatus();
  }
  Status Start() {
    SKERRY_RETURN_IF_ERROR(Open());
    Status started = Await(core_->Start());
    if (started.ok()) started_before_ = true;
    return started;
  }
  Status Stop() {
    bool stopped = false;
    core_->Stop([&stopped] { stopped = true; });
    EXPECT_TRUE(world_.RunUntil([&] { return stopped; }, kPatience));
    Status closed = core_->Close();
    world_.Kill(life_);
    core_ = nullptr;
    return closed;
  }
  void Crash() {
    world_.Kill(life_);
    store_->Crash();
    core_ = nullptr;
    disk_.Crash();
  }

  template <typename T>
  T Await(Task<T> task) {
    auto result = std::make_shared<std::optional<T>>();
    auto held = std::make_shared<Task<T>>(std::move(task));
    reactors_[0]->Post([held, result] {
      Spawn(std::move(*held), [result](T value) { result->emplace(std::move(value)); });
    });
    SKERRY_CHECK_MSG(world_.RunUntil([&] { return result->has_value(); }, kPatience),
                     "the task ends");
    return std::move(**result);
  }
  api::RequestContext Context() { return {*reactors_[0], api::kDefaultAccount}; }

  void CreateTable(const std::string& name) {
    const api::RequestContext context = Context();
    api::CreateTableRequest request;
    request.table_name = name;
    request.attribute_definitions = {{{"id", api::ScalarAttributeType::kS}}};
    request.key_schema = {{{"id", api::KeyType::kHash}}};
    request.billing_mode = api::BillingMode::kPayPerRequest;
    auto created = Await(core_->operations().CreateTable(context, std::move(request)));
    ASSERT_TRUE(created.ok()) << created.error().message;
  }
  bool IsActive(const std::string& name) {
    const catalog::TablePtr table = core_->catalog().view()->Find(api::kDefaultAccount, name);
    return table != nullptr && table->readable();
  }
  bool Put(const std::string& table, const std::string& id) {
    const api::RequestContext context = Context();
    api::PutItemRequest request;
    request.table_name = table;
    request.item = {{"id", AttributeValue::S(id)}};
    return Await(core_->operations().PutItem(context, std::move(request))).ok();
  }
  bool Has(const std::string& table, const std::string& id) {
    const api::RequestContext context = Context();
    api::GetItemRequest request;
    request.table_name = table;
    request.key = {{"id", AttributeValue::S(id)}};
    auto got = Await(core_->operations().GetItem(context, std::move(request)));
    EXPECT_TRUE(got.ok());
    return got.ok() && got->item.has_value();
  }

  sim::World world_{1};
  sim::SimDisk disk_{world_.prng()};
  std::shared_ptr<engine::MemoryStore> store_ = engine::MemoryStore::Create({});
  std::vector<Executor*> reactors_;
  std::unique_ptr<Core> core_;
  Duration transition_delay_ = Duration::zero();
  Status fatal_;
  int life_ = 0;
  bool started_before_ = false;
};

TEST_F(CoreTest, AStoppedNodeHasEverythingInItsEngineAndStartsAgain) {
  ASSERT_TRUE(Start().ok());
  CreateTable("one");
  ASSERT_TRUE(world_.RunUntil([&] { return IsActive("one"); }, kPatience));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Put("one", std::to_string(i)));
  ASSERT_TRUE(Stop().ok());
  for (int life = 0; life < 3; ++life) {
    ASSERT_TRUE(Start().ok());
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(Has("one", std::to_string(i)));
    EXPECT_TRUE(Put("one", "of life " + std::to_string(life)));
    ASSERT_TRUE(Stop().ok());
  }
  EXPECT_TRUE(fatal_.ok());
}

TEST_F(CoreTest, AStopLetsTheJobsOfTablesFinish) {
  transition_delay_ = std::chrono::seconds(3);
  ASSERT_TRUE(Start().ok());
  CreateTable("one");
  ASSERT_FALSE(IsActive("one"));
  ASSERT_TRUE(Stop().ok());
  transition_delay_ = std::chrono::hours(24);  // what is not finished would stay so
  ASSERT_TRUE(Start().ok());
  EXPECT_TRUE(IsActive("one"));
}

TEST_F(CoreTest, AnUnfinishedTableIsFinishedByTheNextStart) {
  transition_delay_ = std::chrono::hours(1);
  ASSERT_TRUE(Start().ok());
  CreateTable("one");
  Crash();
  transition_delay_ = Duration::zero();
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(world_.RunUntil([&] { return IsActive("one"); }, kPatience));
  EXPECT_TRUE(Put("one", "a"));
}

TEST_F(CoreTest, AnotherDirectorysLogIsRefused) {
  ASSERT_TRUE(Start().ok());
  CreateTable("one");
  ASSERT_TRUE(Stop().ok());
  EXPECT_EQ(Open(/*identity=*/2).code(), StatusCode::kFailedPrecondition);
}

TEST_F(CoreTest, AMissingLogOfADirectoryInUseIsRefused) {
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(Stop().ok());
  for (const std::string& path : disk_.Files()) ASSERT_TRUE(disk_.Remove(path).ok());
  EXPECT_EQ(Open().code(), StatusCode::kCorruption);
}

TEST_F(CoreTest, AFailedDiskStopsTheNodeAndAcknowledgesNothing) {
  ASSERT_TRUE(Start().ok());
  CreateTable("one");
  ASSERT_TRUE(world_.RunUntil([&] { return IsActive("one"); }, kPatience));
  ASSERT_TRUE(Put("one", "before"));
  disk_.FailNextSync();
  EXPECT_FALSE(Put("one", "lost"));
  EXPECT_EQ(fatal_.code(), StatusCode::kIoError) << fatal_.ToString();
  EXPECT_FALSE(Put("one", "after"));
  Crash();
  ASSERT_TRUE(Start().ok());
  EXPECT_TRUE(Has("one", "before"));
  EXPECT_FALSE(Has("one", "after"));
}

// The log is bounded: writes without end make it let go of what the engine has.
TEST_F(CoreTest, TheLogStaysNearItsBound) {
  ASSERT_TRUE(Start().ok());
  CreateTable("one");
  ASSERT_TRUE(world_.RunUntil([&] { return IsActive("one"); }, kPatience));
  const std::string filling(100 << 10, 'x');
  uint64_t most = 0;
  for (int i = 0; i < 400; ++i) {
    const api::RequestContext context = Context();
    api::PutItemRequest request;
    request.table_name = "one";
    request.item = {{"id", AttributeValue::S(std::to_string(i % 7))},
                    {"filling", AttributeValue::S(filling)}};
    ASSERT_TRUE(Await(core_->operations().PutItem(context, std::move(request))).ok()) << i;
    most = std::max(most, core_->host().LogBytes());
  }
  EXPECT_LT(most, uint64_t{3} * (4 << 20));
  Crash();
  ASSERT_TRUE(Start().ok());
  EXPECT_TRUE(Has("one", "6"));
}

}  // namespace
}  // namespace skerry::node
