#include "storage/engine/write_batch.h"

#include <gtest/gtest.h>

#include <tuple>
#include <vector>

namespace skerry::engine {
namespace {

using Op = WriteBatch::Operation;
using Change = std::tuple<Op, std::string, std::string>;

std::vector<Change> Changes(const WriteBatch& batch) {
  std::vector<Change> changes;
  batch.ForEach([&](Op op, std::string_view key, std::string_view value) {
    changes.emplace_back(op, key, value);
  });
  return changes;
}

TEST(WriteBatchTest, KeepsChangesInOrder) {
  WriteBatch batch;
  EXPECT_TRUE(batch.empty());
  batch.Put("a", std::string(300, 'v'));
  batch.Delete("b");
  batch.DeleteRange("c", "d");
  batch.Put("", "");
  EXPECT_EQ(batch.count(), 4U);
  EXPECT_GT(batch.bytes(), 300U);
  EXPECT_EQ(Changes(batch), (std::vector<Change>{{Op::kPut, "a", std::string(300, 'v')},
                                                 {Op::kDelete, "b", ""},
                                                 {Op::kDeleteRange, "c", "d"},
                                                 {Op::kPut, "", ""}}));
}

TEST(WriteBatchTest, AppendsAndClears) {
  WriteBatch first;
  first.Put("a", "1");
  WriteBatch second;
  second.Delete("a");
  first.Append(second);
  EXPECT_EQ(Changes(first), (std::vector<Change>{{Op::kPut, "a", "1"}, {Op::kDelete, "a", ""}}));
  first.Clear();
  EXPECT_TRUE(first.empty());
  EXPECT_TRUE(Changes(first).empty());
}

}  // namespace
}  // namespace skerry::engine
