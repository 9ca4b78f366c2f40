#pragma once

#include <chrono>
#include <optional>

#include "server/api/table_types.h"
#include "server/catalog/table.h"

namespace skerry::operations {

// The settings that CreateTable and UpdateTable alike record and later describe; absent ones stay
// as they are. SSE, table class, on-demand bounds and warm throughput are recorded and have no
// other effect (docs/compatibility.md).
struct TableSettings {
  const std::optional<api::OnDemandThroughput>& on_demand_throughput;
  const std::optional<api::WarmThroughput>& warm_throughput;
  const std::optional<api::SseSpecification>& sse_specification;
  const std::optional<api::TableClass>& table_class;
  const std::optional<bool>& deletion_protection_enabled;

  bool any() const {
    return on_demand_throughput || warm_throughput || sse_specification || table_class ||
           deletion_protection_enabled;
  }
};

void ApplySettings(const TableSettings& settings, std::chrono::microseconds now,
                   catalog::TableRecord* record);

}  // namespace skerry::operations
