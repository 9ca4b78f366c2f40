#include "tests/simulation/checkers/wire.h"

#include <fmt/format.h>

#include <functional>
#include <string_view>

namespace skerry::simulation {
namespace {

constexpr size_t kViolationsMax = 10;

uint64_t HashOf(const raft::Entry& entry) {
  return std::hash<std::string_view>()(entry.data) * 31 + static_cast<uint64_t>(entry.kind);
}

}  // namespace

void WireChecker::Violation(std::string what) {
  if (violations_.size() < kViolationsMax) violations_.push_back(std::move(what));
}

void WireChecker::Saw(GroupId group, const raft::Message& message) {
  const bool appends = message.type == raft::MessageType::kAppendEntries;
  if (!appends && message.type != raft::MessageType::kHeartbeat) return;
  ++messages_;
  const auto [leader, fresh] = leaders_.try_emplace({group, message.term}, message.from);
  if (!fresh && leader->second != message.from) {
    Violation(fmt::format("group {} has two leaders of term {}: replicas {} and {}", group.value,
                          message.term.value, leader->second.value, message.from.value));
  }
  if (!appends) return;
  Term before = message.log_term;
  for (const raft::EntryPtr& entry : message.entries) {
    SawEntry(group, *entry, before);
    before = entry->term;
    sent_[{group, message.term}][entry->index] = entry->term;
  }
  SawCommit(group, message);
}

void WireChecker::SawEntry(GroupId group, const raft::Entry& entry, Term before) {
  const LogIndex index = entry.index;
  const Term term = entry.term;
  const uint64_t hash = HashOf(entry);
  const auto [at, fresh] = entries_.try_emplace({group, index, term}, Seen{hash, before});
  if (fresh) return;
  if (at->second.hash != hash) {
    Violation(fmt::format("group {}: two entries at index {} of term {}", group.value, index.value,
                          term.value));
  }
  if (at->second.before != before) {
    Violation(
        fmt::format("group {}: the entry at index {} of term {} follows one of term {}, and "
                    "one of term {}",
                    group.value, index.value, term.value, at->second.before.value, before.value));
  }
}

// A leader has all that is committed, so its entries up to its commit index are.
void WireChecker::SawCommit(GroupId group, const raft::Message& message) {
  auto& sent = sent_[{group, message.term}];
  while (!sent.empty() && sent.begin()->first <= message.commit) {
    const auto [index, term] = *sent.begin();
    sent.erase(sent.begin());
    const auto [at, fresh] = committed_.try_emplace({group, index}, term);
    if (!fresh && at->second != term) {
      Violation(
          fmt::format("group {}: an entry of term {} and one of term {} were committed at "
                      "index {}",
                      group.value, at->second.value, term.value, index.value));
    }
  }
}

}  // namespace skerry::simulation
