#include "replication/log/index.h"

#include <algorithm>
#include <string>
#include <utility>

namespace skerry::log {

void GroupLog::Append(const RecordRef& ref) {
  if (ref.last < ref.first) return;
  while (!refs.empty() && refs.back().first >= ref.first) refs.pop_back();
  if (!refs.empty() && refs.back().last >= ref.first) {
    refs.back().last = LogIndex(ref.first.value - 1);
  }
  refs.push_back(ref);
}

void GroupLog::DropThrough(LogIndex through) {
  while (!refs.empty() && refs.front().last <= through) refs.pop_front();
}

void GroupLog::Truncate(LogIndex through) {
  while (!refs.empty() && refs.front().last <= through) {
    if (refs.front().last > state.start) {
      state.start = refs.front().last;
      state.start_term = refs.front().last_term;
    }
    refs.pop_front();
  }
}

Status IndexBuilder::Add(const RecordView& record) {
  SKERRY_ASSIGN_OR_RETURN(RecordSummary summary, SummarizeRecord(record.payload));
  if (auto* state = std::get_if<StateRecord>(&summary)) {
    found_[state->group].states.emplace_back(std::move(*state), record.position);
    return OkStatus();
  }
  const auto& append = std::get<AppendSummary>(summary);
  const RecordRef ref{append.first,
                      append.last,
                      append.last_term,
                      append.sequence,
                      record.position,
                      static_cast<uint32_t>(record.payload.size()),
                      record.previous_checksum,
                      append.has_configuration};
  found_[append.group].appends.emplace_back(append, ref);
  return OkStatus();
}

Result<Index> IndexBuilder::Build() {
  Index index;
  for (auto& [id, found] : found_) {
    SKERRY_ASSIGN_OR_RETURN(GroupLog group, BuildGroup(id, std::move(found)));
    index.emplace(id, std::move(group));
  }
  found_.clear();
  return index;
}

Result<GroupLog> IndexBuilder::BuildGroup(GroupId id, Found found) {
  const std::string name = "group " + std::to_string(id.value);
  if (found.states.empty()) return Corruption(name + " has entries in the log but no state");

  // Of a record and its rewritten copies the oldest place counts: it may hold more than the copies.
  std::sort(found.states.begin(), found.states.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.sequence, a.second) < std::pair(b.first.sequence, b.second);
  });
  std::sort(found.appends.begin(), found.appends.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.sequence, a.second.position) <
           std::pair(b.second.sequence, b.second.position);
  });

  GroupLog group;
  const auto& [last_state, last_position] = found.states.back();
  group.state = last_state.state;
  group.sequence = last_state.sequence;
  group.state_segment = last_position.segment;
  group.durable_start = group.state.start;
  // A tombstone, and a state that follows one, end what was before.
  uint64_t dead_through = 0;
  for (const auto& [state, position] : found.states) {
    if (state.state.removed || state.state.anew) dead_through = state.sequence;
  }
  group.state.anew = false;

  uint64_t previous = 0;
  for (const auto& [append, ref] : found.appends) {
    if (append.sequence <= dead_through || append.sequence == previous) continue;
    previous = append.sequence;
    group.sequence = std::max(group.sequence, append.sequence);
    raft::HardState& hard_state = group.state.hard_state;
    hard_state.commit = std::max(hard_state.commit, append.hard_state.commit);
    if (append.has_vote && append.sequence > last_state.sequence) {
      hard_state.term = append.hard_state.term;
      hard_state.vote = append.hard_state.vote;
      hard_state.fortified = append.hard_state.fortified;
    }
    group.Append(ref);
  }
  group.Truncate(group.durable_start);
  if (group.state.removed) group.refs.clear();

  LogIndex next = group.state.start.Next();
  for (const RecordRef& ref : group.refs) {
    // A record whose begin is at or below the start: it was written before the truncation.
    const LogIndex first = std::max(ref.first, group.durable_start.Next());
    if (first != next) {
      return Corruption(name + " lacks its entries " + std::to_string(next.value) + " to " +
                        std::to_string(first.value - 1));
    }
    next = ref.last.Next();
  }
  return group;
}

}  // namespace skerry::log
