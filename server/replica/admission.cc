#include "server/replica/admission.h"

#include <string>

namespace skerry::replica {
namespace {

constexpr const char* kFull =
    "The memory given to the in-memory store is used up. Delete items or tables, or start the node "
    "with more (--memory)";
constexpr const char* kBusy = "Too many writes are under way; try again";
constexpr const char* kFlushing = "Data is written faster than it goes to files; try again";
constexpr const char* kBehind = "Data is written faster than files are merged; try again";

// Coprime with 1,000: numbers in a row times this are spread evenly over the remainders.
constexpr uint64_t kSpread = 617;

uint64_t MemoryOpenTo(Purpose purpose, uint64_t max) {
  const uint64_t reserve = max / 8;
  switch (purpose) {
    case Purpose::kGrow:
      return max - reserve;
    case Purpose::kKeep:
      return max - reserve / 2;
    case Purpose::kSystem:
      break;
  }
  // Groups write their state without asking: each election a row.
  return max - reserve / 8;
}

}  // namespace

Result<Ticket> Admission::Admit(Purpose purpose, uint64_t cost) {
  const uint64_t before = pending_.fetch_add(cost, std::memory_order_relaxed);
  Ticket ticket(this, cost);
  Status status = Check(purpose, cost, before);
  if (status.ok()) return ticket;
  refusals_.fetch_add(1, std::memory_order_relaxed);
  return status;
}

Status Admission::Check(Purpose purpose, uint64_t cost, uint64_t pending_before) {
  const engine::Load load = load_();
  const uint64_t open = MemoryOpenTo(purpose, load.memory_bytes_max);
  if (load.memory_bytes + pending_before + cost > open) {
    if (load.drains) return ResourceExhausted(kFlushing);
    if (load.memory_bytes + cost > open) return StorageFull(kFull);
    return ResourceExhausted(kBusy);
  }
  if (purpose == Purpose::kSystem) return OkStatus();
  if (pending_before > 0 && pending_before + cost > options_.pending_bytes_max) {
    return ResourceExhausted(kBusy);
  }
  if (load.behind_permille > 0) {
    const uint64_t draw = draws_.fetch_add(1, std::memory_order_relaxed) * kSpread % 1000;
    if (draw < load.behind_permille) return ResourceExhausted(kBehind);
  }
  return OkStatus();
}

}  // namespace skerry::replica
