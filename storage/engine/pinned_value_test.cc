#include "storage/engine/pinned_value.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace skerry::engine {
namespace {

// Counts its lives; the text is short enough to lie inside the object, so that it moves with it.
struct Holder {
  std::string text;
  std::shared_ptr<int> alive;
  std::string_view view() const { return text; }
};

std::shared_ptr<int> Pin(PinnedValue* value, std::string text) {
  auto alive = std::make_shared<int>();
  auto& holder = value->Emplace<Holder>();
  holder.text = std::move(text);
  holder.alive = alive;
  value->Publish(holder);
  return alive;
}

TEST(PinnedValueTest, ReleasesWhatItHeld) {
  PinnedValue value;
  const auto first = Pin(&value, "first");
  EXPECT_EQ(first.use_count(), 2);
  const auto second = Pin(&value, "second");
  EXPECT_EQ(first.use_count(), 1);
  EXPECT_EQ(value.view(), "second");
  value.Reset();
  EXPECT_EQ(second.use_count(), 1);
  EXPECT_EQ(value.view(), "");
}

TEST(PinnedValueTest, MovesWithItsBytes) {
  PinnedValue value;
  const auto alive = Pin(&value, "bytes");
  PinnedValue moved(std::move(value));
  EXPECT_EQ(moved.view(), "bytes");
  EXPECT_EQ(alive.use_count(), 2);
  PinnedValue assigned;
  const auto other = Pin(&assigned, "other");
  assigned = std::move(moved);
  EXPECT_EQ(other.use_count(), 1);
  EXPECT_EQ(assigned.view(), "bytes");
  EXPECT_EQ(moved.view(), "");
}

}  // namespace
}  // namespace skerry::engine
