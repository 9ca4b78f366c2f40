#pragma once

#include <functional>
#include <map>
#include <string_view>

#include "base/clock.h"
#include "base/executor.h"
#include "base/metrics.h"

namespace skerry::dynamodb {

// How often each operation was asked for, how it ended, and how long it took, from the decoded head
// of its request to its encoded answer. Requests that name no operation count as "none".
// Thread-safe.
class OperationMetrics {
 public:
  // `metrics` outlives this.
  explicit OperationMetrics(Metrics* metrics);

  // `operation`: its name, empty for none; `status`: of the answer. Counted in the shard that
  // `reactor` stands for.
  void Count(std::string_view operation, int status, Duration took, const Executor& reactor) const;

 private:
  struct Series {
    Counter* succeeded;
    Counter* refused;  // the client's fault, or there was no room
    Counter* failed;   // the server's
    Histogram* took;
  };
  std::map<std::string_view, Series, std::less<>> series_;  // constant
};

}  // namespace skerry::dynamodb
