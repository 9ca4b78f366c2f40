#include "base/bytes.h"

#include <gtest/gtest.h>

namespace skerry {
namespace {

TEST(BytesTest, BigEndianSortsAsNumbersDo) {
  std::string low;
  std::string high;
  AppendBig64(&low, 255);
  AppendBig64(&high, 256);
  EXPECT_LT(low, high);
  EXPECT_EQ(LoadBig64(high.data()), 256u);
}

TEST(BytesTest, VarintsRoundTrip) {
  for (uint64_t v : {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{1} << 40, ~uint64_t{0}}) {
    std::string bytes;
    AppendVarint(&bytes, v);
    std::string_view in = bytes;
    uint64_t back = 0;
    ASSERT_TRUE(TakeVarint(&in, &back));
    EXPECT_EQ(back, v);
    EXPECT_TRUE(in.empty());
  }
}

TEST(BytesTest, VarintCutShortOrTooLongIsRefused) {
  uint64_t v = 0;
  std::string_view cut("\xff\xff", 2);
  EXPECT_FALSE(TakeVarint(&cut, &v));
  EXPECT_EQ(cut.size(), 2u);
  std::string_view long_form("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10);
  EXPECT_FALSE(TakeVarint(&long_form, &v));
}

}  // namespace
}  // namespace skerry
