#include "server/api/error.h"

#include <gtest/gtest.h>

namespace skerry::api {
namespace {

TEST(FromStatus, KeepsWhatFailedInsideFromTheClient) {
  for (const Status& status : {IoError("/data/000012.sst: read"), Corruption("/data/000012.sst"),
                               Internal("/data"), OutcomeUnknown("/data/log")}) {
    const ApiError error = FromStatus(status);
    EXPECT_EQ(error.type, ErrorType::kInternalServerError);
    EXPECT_EQ(error.message, "Internal server error");
    EXPECT_EQ(error.detail, status.message());
  }
}

TEST(FromStatus, KeepsTheReasonOfARefusal) {
  const ApiError error = FromStatus(ResourceExhausted("the log is full"));
  EXPECT_EQ(error.type, ErrorType::kThrottling);
  EXPECT_EQ(error.message, "the log is full");
}

// What clients try again by themselves and what they do not: an SDK's user sees a full store at
// once.
TEST(FromStatus, AFullStoreIsNoThrottling) {
  const ApiError error = FromStatus(StorageFull("no room"));
  EXPECT_EQ(error.type, ErrorType::kValidation);
  EXPECT_EQ(error.message, "no room");
}

}  // namespace
}  // namespace skerry::api
