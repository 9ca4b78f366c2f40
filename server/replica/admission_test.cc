#include "server/replica/admission.h"

#include <gtest/gtest.h>

#include <vector>

namespace skerry::replica {
namespace {

constexpr uint64_t kMax = 8000;  // of which 1,000 are the reserve

class AdmissionTest : public testing::Test {
 protected:
  StatusCode Try(Purpose purpose, uint64_t cost) {
    return admission_.Admit(purpose, cost).status().code();
  }

  engine::Load load_{.memory_bytes_max = kMax, .drains = false};
  Admission admission_{[this] { return load_; }, {.pending_bytes_max = 3000}};
};

TEST_F(AdmissionTest, KeepsTheReserveFromWritesThatGrow) {
  load_.memory_bytes = 6500;
  EXPECT_EQ(Try(Purpose::kGrow, 500), StatusCode::kOk);
  EXPECT_EQ(Try(Purpose::kGrow, 501), StatusCode::kStorageFull);
  EXPECT_EQ(Try(Purpose::kKeep, 1000), StatusCode::kOk);
  EXPECT_EQ(Try(Purpose::kKeep, 1001), StatusCode::kStorageFull);
  EXPECT_EQ(Try(Purpose::kSystem, 1375), StatusCode::kOk);
  EXPECT_EQ(Try(Purpose::kSystem, 1376), StatusCode::kStorageFull);
}

TEST_F(AdmissionTest, SaysWhatIsFullAndWhichFlagMakesItLarger) {
  load_.memory_bytes = kMax;
  const Status status = admission_.Admit(Purpose::kGrow, 1).status();
  EXPECT_NE(status.message().find("in-memory store"), std::string::npos);
  EXPECT_NE(status.message().find("--memory"), std::string::npos);
}

TEST_F(AdmissionTest, CountsWhatIsUnderWayUntilItsTicketGoes) {
  load_.memory_bytes = 5000;
  {
    const Result<Ticket> first = admission_.Admit(Purpose::kGrow, 1500);
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(admission_.pending_bytes(), 1500U);
    // There may be room once the other is applied.
    EXPECT_EQ(Try(Purpose::kGrow, 600), StatusCode::kResourceExhausted);
    EXPECT_EQ(admission_.pending_bytes(), 1500U) << "a refused write takes no room";
    EXPECT_EQ(Try(Purpose::kGrow, 500), StatusCode::kOk);
  }
  EXPECT_EQ(admission_.pending_bytes(), 0U);
  EXPECT_EQ(Try(Purpose::kGrow, 600), StatusCode::kOk);
  EXPECT_EQ(admission_.refusals(), 1U);
}

TEST_F(AdmissionTest, ATicketThatMovesGivesItsRoomBackOnce) {
  std::vector<Ticket> tickets;
  for (int n = 0; n < 5; ++n) tickets.push_back(*admission_.Admit(Purpose::kGrow, 100));
  EXPECT_EQ(admission_.pending_bytes(), 500U);
  tickets.front() = std::move(tickets.back());
  tickets.pop_back();
  EXPECT_EQ(admission_.pending_bytes(), 400U);
  tickets.clear();
  EXPECT_EQ(admission_.pending_bytes(), 0U);
}

TEST_F(AdmissionTest, BoundsWhatIsUnderWayButLetsOneWriteBeLarger) {
  const Result<Ticket> large = admission_.Admit(Purpose::kGrow, 4000);
  ASSERT_TRUE(large.ok());
  EXPECT_EQ(Try(Purpose::kGrow, 1), StatusCode::kResourceExhausted);
  EXPECT_EQ(Try(Purpose::kKeep, 1), StatusCode::kResourceExhausted);
  EXPECT_EQ(Try(Purpose::kSystem, 1), StatusCode::kOk);
}

TEST_F(AdmissionTest, MemoryThatDrainsIsWorthAnotherTry) {
  load_.drains = true;
  load_.memory_bytes = kMax;
  EXPECT_EQ(Try(Purpose::kGrow, 1), StatusCode::kResourceExhausted);
}

TEST_F(AdmissionTest, RefusesMoreTheFurtherMergingIsBehind) {
  for (const uint32_t behind : {0U, 250U, 1000U}) {
    load_.behind_permille = behind;
    uint32_t refused = 0;
    for (int n = 0; n < 1000; ++n) refused += Try(Purpose::kGrow, 1) == StatusCode::kOk ? 0 : 1;
    EXPECT_EQ(refused, behind);
    EXPECT_EQ(Try(Purpose::kSystem, 1), StatusCode::kOk);
  }
}

}  // namespace
}  // namespace skerry::replica
