#include "tests/simulation/campaign.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace skerry::simulation {
namespace {

SeedResult Some(uint64_t seed, bool passed) {
  return {.seed = seed,
          .passed = passed,
          .commit = "abc",
          .operations = 10,
          .simulated_seconds = 120.5,
          .seconds = 0.5,
          .counts = {{"power cuts", 3}}};
}

TEST(CampaignTest, ALineSaysEverything) {
  SeedResult result = Some(7, true);
  result.repeated = true;
  const auto decoded = DecodeLine(EncodeLine(result));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(EncodeLine(*decoded), EncodeLine(result));
  EXPECT_FALSE(DecodeLine("7\tpassed").ok());
  EXPECT_FALSE(DecodeLine("x\tpassed\tonce\t-\t1\t2\t3").ok());
}

TEST(CampaignTest, AccumulatesOverInvocations) {
  const std::string path = std::filesystem::path(testing::TempDir()) / "campaign";
  std::filesystem::remove(path);
  {
    auto campaign = Campaign::Open(path);
    ASSERT_TRUE(campaign.ok());
    ASSERT_TRUE(campaign->Add(Some(1, true)).ok());
    ASSERT_TRUE(campaign->Add(Some(2, false)).ok());
  }
  auto campaign = Campaign::Open(path);
  ASSERT_TRUE(campaign.ok());
  EXPECT_TRUE(campaign->Has(1));
  EXPECT_FALSE(campaign->Has(3));
  EXPECT_EQ(campaign->failed(), 1);
  const std::string summary = campaign->Summary();
  EXPECT_NE(summary.find("| failed | 1: 2 |"), std::string::npos) << summary;
  EXPECT_NE(summary.find("| power cuts | 6 |"), std::string::npos) << summary;
}

}  // namespace
}  // namespace skerry::simulation
