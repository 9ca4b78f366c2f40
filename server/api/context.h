#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/executor.h"

namespace skerry::api {

// What travels with a request from the front downwards. Outlives the operation that it is handed
// to.
struct RequestContext {
  Executor& reactor;  // the one that received it; plain reads run there, the answer returns there
  std::string_view account;  // twelve digits; whose tables the request sees
  uint64_t request_id = 0;
  MonotonicTime deadline = MonotonicTime::max();
};

inline constexpr std::string_view kDefaultAccount = "000000000000";

}  // namespace skerry::api
