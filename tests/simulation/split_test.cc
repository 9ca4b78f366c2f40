// A table that grows beyond what one partition may hold, on whole nodes in virtual time: it is
// split again and again under traffic, while nodes die and come back. Nothing that was acknowledged
// is lost or done twice, each item is in one partition, and scans return it once.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "storage/document/item_codec.h"
#include "tests/simulation/simulated_cluster.h"

namespace skerry::simulation {
namespace {

using document::AttributeValue;

constexpr Duration kPatience = std::chrono::seconds(120);
constexpr char kTable[] = "t";
constexpr int kNodes = 3;
constexpr int kKeys = 150;
constexpr int kSteps = 500;

struct Count {
  int64_t acknowledged = 0;
  int64_t maybe = 0;  // under way, or nobody knows
};

class Growing {
 public:
  explicit Growing(uint64_t seed)
      : cluster_(seed, {.nodes = kNodes, .split_bytes = 1500}), prng_(seed * 31 + 7) {}

  void Run() {
    for (int i = 0; i < kNodes; ++i) ASSERT_TRUE(cluster_.Start(i).ok());
    ASSERT_NO_FATAL_FAILURE(Create());
    for (int step = 0; step < kSteps && !testing::Test::HasFailure(); ++step) Step();
    if (testing::Test::HasFailure()) return;
    for (int i = 0; i < kNodes; ++i) {
      if (!cluster_.IsUp(i)) {
        ASSERT_TRUE(cluster_.Start(i).ok());
      }
    }
    const bool settled = cluster_.world().RunUntil([&] { return IsSettled(); }, kPatience);
    ASSERT_TRUE(settled) << Describe();
    cluster_.world().RunFor(std::chrono::seconds(5));
    ASSERT_NO_FATAL_FAILURE(ScanAll());
    CheckFigures();
  }

  size_t partitions() { return Table()->partitions.size(); }
  int64_t acknowledged() const { return acknowledged_; }
  int crashes() const { return crashes_; }
  int scans() const { return scans_; }

 private:
  const api::RequestContext& ContextOf(int node) {
    std::unique_ptr<api::RequestContext>& context = contexts_[cluster_.life(node)];
    if (context == nullptr) {
      context.reset(new api::RequestContext{cluster_.reactor(node, 0), api::kDefaultAccount});
    }
    return *context;
  }
  catalog::TablePtr Table() {
    return cluster_.core(0).catalog().view()->Find(api::kDefaultAccount, kTable);
  }

  template <typename T>
  std::optional<T> Wait(int node, Task<T> task) {
    auto result = std::make_shared<std::optional<T>>();
    auto held = std::make_shared<Task<T>>(std::move(task));
    cluster_.reactor(node, 0).Post([held, result] {
      Spawn(std::move(*held), [result](T value) { result->emplace(std::move(value)); });
    });
    cluster_.world().RunUntil([&] { return result->has_value(); }, kPatience);
    return std::move(*result);
  }

  void Create() {
    api::CreateTableRequest request;
    request.table_name = kTable;
    request.attribute_definitions = {{{"pk", api::ScalarAttributeType::kS}}};
    request.key_schema = {{{"pk", api::KeyType::kHash}}};
    request.billing_mode = api::BillingMode::kPayPerRequest;
    auto created = Wait(0, cluster_.operations(0).CreateTable(ContextOf(0), std::move(request)));
    ASSERT_TRUE(created.has_value());
    ASSERT_TRUE(created->ok()) << created->error().message;
  }

  void Step() {
    const uint64_t choice = prng_.Below(100);
    const int node = static_cast<int>(prng_.Below(kNodes));
    if (!cluster_.IsUp(node)) {
      if (prng_.Chance(1, 4)) {
        ASSERT_TRUE(cluster_.Begin(node).ok());
      }
    } else if (choice < 3) {
      int up = 0;
      for (int i = 0; i < kNodes; ++i) up += cluster_.IsUp(i) && cluster_.IsServing(i) ? 1 : 0;
      if (up == kNodes || prng_.Chance(1, 8)) {
        cluster_.Crash(node, prng_.Chance(1, 2));
        ++crashes_;
      }
    } else if (choice < 5 && cluster_.IsServing(node)) {
      ScanFrom(node);
    } else if (choice < 70 && cluster_.IsServing(node)) {
      Add(node);
    } else {
      cluster_.world().RunFor(std::chrono::milliseconds(prng_.Below(60)));
    }
  }

  void Add(int node) {
    const std::string key = "key" + std::to_string(prng_.Below(kKeys));
    api::UpdateItemRequest request;
    request.table_name = kTable;
    request.key = {{"pk", AttributeValue::S(key)}};
    request.update_expression = "ADD n :one SET filling = :filling";
    request.condition.expression_attribute_values = {
        {":one", AttributeValue::N(*document::Number::Parse("1"))},
        {":filling", AttributeValue::S(std::string(60, 'x'))}};
    Count& count = counts_[key];
    ++count.maybe;
    auto held = std::make_shared<Task<api::Outcome<api::WriteResult>>>(
        cluster_.operations(node).UpdateItem(ContextOf(node), std::move(request)));
    const int life = cluster_.life(node);
    ++under_way_[life];
    cluster_.reactor(node, 0).Post([this, held, life, &count] {
      Spawn(std::move(*held), [this, life, &count](api::Outcome<api::WriteResult> outcome) {
        --under_way_[life];
        if (!outcome.ok()) return;
        --count.maybe;
        ++count.acknowledged;
        ++acknowledged_;
      });
    });
  }

  void ScanFrom(int node) {
    std::set<std::string> before;
    for (const auto& [key, count] : counts_) {
      if (count.acknowledged > 0) before.insert(key);
    }
    std::set<std::string> seen;
    std::optional<api::AttributeMap> start;
    do {
      api::ScanRequest request;
      request.table_name = kTable;
      request.limit = 7;
      request.consistent_read = true;
      request.exclusive_start_key = start;
      auto page = Wait(node, cluster_.operations(node).Scan(ContextOf(node), std::move(request)));
      ASSERT_TRUE(page.has_value()) << "a page does not come\n" << Describe();
      if (!page->ok()) return;  // two nodes are down
      EXPECT_LE((*page)->items.size(), 7u);
      for (const auto& encoded : (*page)->items) {
        EXPECT_TRUE(seen.insert(KeyOf(encoded)).second) << KeyOf(encoded) << " comes twice";
      }
      start = (*page)->last_evaluated_key;
      if (start) {
        EXPECT_EQ((*page)->items.size(), 7u);
      }
    } while (start);
    for (const std::string& key : before) {
      EXPECT_TRUE(seen.contains(key)) << key << " is missing in a scan";
    }
    ++scans_;
  }

  void ScanAll() {
    std::map<std::string, int64_t> values;
    std::optional<api::AttributeMap> start;
    do {
      api::ScanRequest request;
      request.table_name = kTable;
      request.consistent_read = true;
      request.exclusive_start_key = start;
      auto page = Wait(0, cluster_.operations(0).Scan(ContextOf(0), std::move(request)));
      ASSERT_TRUE(page.has_value());
      ASSERT_TRUE(page->ok()) << page->error().message;
      for (const auto& encoded : (*page)->items) {
        const auto item = document::DecodeItem(encoded);
        ASSERT_TRUE(item.ok());
        values[KeyOf(encoded)] = std::stoll(item->Find("n")->number().ToString());
      }
      start = (*page)->last_evaluated_key;
    } while (start);
    items_ = values.size();
    for (const auto& [key, count] : counts_) {
      EXPECT_GE(values[key], count.acknowledged) << key;
      EXPECT_LE(values[key], count.acknowledged + count.maybe) << key;
    }
  }

  // What the partitions say that they hold is what there is.
  void CheckFigures() {
    int64_t items = 0;
    uint64_t next = 0;
    for (const auto& route : Table()->partitions) {
      EXPECT_EQ(route.first_hash, next);
      next = route.last_hash + 1;
      auto status = Wait(0, cluster_.core(0).groups().Describe(route, /*confirm=*/true));
      ASSERT_TRUE(status.has_value() && status->ok());
      items += (*status)->sizes.at(0).items;
      EXPECT_LE((*status)->sizes.at(0).bytes, 3000);
    }
    EXPECT_EQ(next, 0u);
    EXPECT_EQ(items, static_cast<int64_t>(items_));
  }

  // No split is planned or under way, and everybody knows.
  bool IsSettled() {
    if (cluster_.world().steps() % 100 != 0) return false;
    for (int i = 0; i < kNodes; ++i) {
      if (!cluster_.IsServing(i) || under_way_[cluster_.life(i)] > 0) return false;
      const auto table = cluster_.core(i).catalog().view()->Find(api::kDefaultAccount, kTable);
      if (table == nullptr || table->record.split_partitions_size() > 0) return false;
      for (const auto& partition : table->record.partitions()) {
        if (partition.has_split()) return false;
      }
      for (const auto& route : table->partitions) {
        if (route.replica == nullptr || route.replica->moving()) return false;
        if (route.replica->ready() && route.replica->statistics(0).bytes > 1500) return false;
      }
    }
    return true;
  }

  std::string Describe() {
    std::string text;
    for (int i = 0; i < kNodes; ++i) {
      if (!cluster_.IsUp(i)) continue;
      const auto table = cluster_.core(i).catalog().view()->Find(api::kDefaultAccount, kTable);
      if (table == nullptr) continue;
      text += "node " + std::to_string(i) + (cluster_.IsServing(i) ? "" : " (starting)");
      text += ", " + std::to_string(under_way_[cluster_.life(i)]) + " under way, version " +
              std::to_string(table->version) + ":";
      for (size_t k = 0; k < table->partitions.size(); ++k) {
        const auto& route = table->partitions[k];
        const auto& record = table->record.partitions(static_cast<int>(k));
        text += " " + std::to_string(route.group.value) + (record.has_split() ? "P" : "");
        if (route.replica == nullptr) {
          text += "?";
          continue;
        }
        text += (route.replica->ready() ? "L" : "") + std::string(route.replica->seal() ? "S" : "");
        text += "@" + std::to_string(route.replica->applied().value) + "/" +
                std::to_string(route.replica->statistics(0).bytes);
      }
      for (const auto& parent : table->record.split_partitions()) {
        text += " parent " + std::to_string(parent.group());
      }
      text += "\n";
    }
    return text;
  }

  static std::string KeyOf(const document::EncodedItem& encoded) {
    const auto item = document::DecodeItem(encoded);
    return item.ok() ? std::string(item->Find("pk")->string()) : "?";
  }

  SimulatedCluster cluster_;
  Prng prng_;
  std::map<std::string, Count> counts_;
  int64_t acknowledged_ = 0;
  std::map<int, std::unique_ptr<api::RequestContext>> contexts_;  // by life
  std::map<int, int> under_way_;  // by the life of the node that was asked
  int crashes_ = 0;
  int scans_ = 0;
  size_t items_ = 0;
};

TEST(SplitTest, ATableGrowsUnderTrafficAndCrashes) {
  const char* one = std::getenv("SKERRY_SEED");
  const char* many = std::getenv("SKERRY_SEEDS");
  const uint64_t first = one != nullptr ? std::stoull(one) : 1;
  const uint64_t last = one != nullptr ? first : many != nullptr ? std::stoull(many) : 5;
  size_t partitions = 0;
  int64_t acknowledged = 0;
  int crashes = 0;
  int scans = 0;
  for (uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("SKERRY_SEED=" + std::to_string(seed));
    Growing growing(seed);
    growing.Run();
    if (testing::Test::HasFailure()) return;
    partitions += growing.partitions();
    acknowledged += growing.acknowledged();
    crashes += growing.crashes();
    scans += growing.scans();
  }
  std::printf("%lld increments, %d crashes, %d scans beside them, %zu partitions at the end\n",
              (long long)acknowledged, crashes, scans, partitions);
  EXPECT_GT(partitions, 4 * (last - first + 1));
}

}  // namespace
}  // namespace skerry::simulation
