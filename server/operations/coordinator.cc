#include "server/operations/coordinator.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"
#include "server/operations/messages.h"

namespace skerry::operations {

Coordinator::Coordinator(catalog::Catalog& catalog, const router::Router& router,
                         const Clock& clock, uint64_t seed, CoordinatorOptions options)
    : catalog_(catalog),
      router_(router),
      clock_(clock),
      options_(std::move(options)),
      id_seed_(seed) {}

api::Outcome<catalog::TablePtr> Coordinator::UsableTable(const api::RequestContext& context,
                                                         std::string_view name) const {
  catalog::TablePtr table = router_.Find(context.account, name);
  if (table == nullptr || !table->readable()) {
    return api::ResourceNotFoundException(std::string(messages::kTableNotFound));
  }
  return table;
}

Task<Status> Coordinator::LookAgain() { co_return co_await catalog_.Refresh(); }

Task<void> Coordinator::BringViewUpToDate() {
  if (catalog_.alone()) co_return;
  const Status refreshed = co_await catalog_.Refresh();
  if (!refreshed.ok())
    LogWarning("tables are shown as this node last knew them", {{"error", refreshed.ToString()}});
}

// A random (version 4) UUID, from the node's seed.
std::string Coordinator::NewTableId() {
  Prng prng(id_seed_.fetch_add(0x9e3779b97f4a7c15, std::memory_order_relaxed));
  const uint64_t high = (prng.Next() & ~uint64_t{0xf000}) | 0x4000;
  const uint64_t low = (prng.Next() & ~(uint64_t{3} << 62)) | (uint64_t{1} << 63);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffffffffffff);
}

}  // namespace skerry::operations
