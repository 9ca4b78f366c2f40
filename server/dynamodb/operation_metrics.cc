#include "server/dynamodb/operation_metrics.h"

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "server/dynamodb/operation.h"

namespace skerry::dynamodb {
namespace {

constexpr std::string_view kNone = "none";

Counter* AddOutcome(Metrics* metrics, std::string_view operation, std::string outcome) {
  return &metrics->AddCounter(
      "skerry_operations_total", "Requests answered, by operation and outcome",
      {{"operation", std::string(operation)}, {"outcome", std::move(outcome)}});
}

}  // namespace

OperationMetrics::OperationMetrics(Metrics* metrics) {
  const auto add = [&](std::string_view name) {
    series_[name] = {AddOutcome(metrics, name, "succeeded"), AddOutcome(metrics, name, "refused"),
                     AddOutcome(metrics, name, "failed"),
                     &metrics->AddHistogram("skerry_operation_seconds",
                                            "Time from a request to its answer, by operation",
                                            {{"operation", std::string(name)}})};
  };
  for (const auto& family : {ItemOperations(), TableOperations(), FeatureOffOperations()}) {
    for (const Operation& operation : family) add(operation.name);
  }
  add(kNone);
}

void OperationMetrics::Count(std::string_view operation, int status, Duration took,
                             const Executor& reactor) const {
  auto it = series_.find(operation);
  if (it == series_.end()) it = series_.find(kNone);
  const Series& series = it->second;
  const size_t shard = std::hash<const void*>()(&reactor) / alignof(std::max_align_t);
  Counter* outcome = status < 400   ? series.succeeded
                     : status < 500 ? series.refused
                                    : series.failed;
  outcome->Add(1, shard);
  series.took->Observe(took, shard);
}

}  // namespace skerry::dynamodb
