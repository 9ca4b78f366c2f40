#include "replication/raft/cluster_sim_trace.h"

#include <algorithm>
#include <cstdlib>
#include <type_traits>

#include "replication/raft/cluster_sim.h"

namespace skerry::raft {
namespace {

template <typename Value>
std::string Field(const char* name, const Value& value) {
  std::string text = std::string(", ") + name + " |-> ";
  if constexpr (std::is_same_v<Value, bool>) {
    return text + (value ? "TRUE" : "FALSE");
  } else if constexpr (std::is_convertible_v<Value, uint64_t>) {
    return text + std::to_string(value);
  } else if constexpr (std::is_convertible_v<Value, std::string>) {
    return text + '"' + value + '"';
  } else {
    return text + std::to_string(value.value);
  }
}

std::string Fields(const HardState& state, const ClusterSimTrace::Log& log) {
  return Field("term", state.term) + Field("vote", state.vote) +
         Field("fortTerm", state.fortified.term) + Field("fortLeader", state.fortified.leader) +
         Field("fortEpoch", state.fortified.epoch) + Field("len", log.size()) +
         Field("lastTerm", log.back().first);
}

const char* NameOf(Role role) {
  switch (role) {
    case Role::kLeader:
      return "leader";
    case Role::kCandidate:
      return "candidate";
    default:
      return "follower";  // who asks for pre-votes promises nothing
  }
}

bool Stands(Role role) { return role == Role::kCandidate || role == Role::kLeader; }

}  // namespace

void ClusterSimTrace::Step(ReplicaId replica, const std::string& action,
                           const std::string& fields) {
  if (++steps_ > 1) text_ += ",\n";
  text_ += "[do |-> \"" + action + "\"" + Field("s", replica) + fields + "]";
}

void ClusterSimTrace::Observe(const Raft& raft) {
  const ReplicaId self = raft.replica();
  if (!Votes(self)) return;
  Seen& seen = seen_[self];
  const size_t before = steps_;
  ObserveElection(raft, &seen);
  ObserveLog(raft, &seen);
  const HardState& state = raft.hard_state();
  if (state.fortified != seen.state.fortified) {
    Step(self, "Fortify",
         Field("term", state.fortified.term) + Field("to", state.fortified.leader) +
             Field("epoch", state.fortified.epoch));
  }
  if (state.commit > seen.state.commit) {
    Step(self, raft.role() == Role::kLeader ? "Commit" : "Learn", Field("n", state.commit));
  }
  seen.state = state;
  last_term_ = std::max(last_term_, state.term.value);
  if (steps_ == before) return;
  Step(self, "See",
       Fields(state, seen.log) + Field("role", std::string(NameOf(raft.role()))) +
           Field("commit", state.commit));
}

// One call may come from a follower of one term to a candidate of another, or bring the last vote;
// the order is the one in which the algorithm does it.
void ClusterSimTrace::ObserveElection(const Raft& raft, Seen* seen) {
  const ReplicaId self = raft.replica();
  const HardState& now = raft.hard_state();
  HardState& known = seen->state;
  const Role role = raft.role();
  if (now.term != known.term) {
    const bool stands = Stands(role) && now.vote == self;
    const Term heard(stands ? now.term.value - 1 : now.term.value);
    if (heard != known.term) Step(self, "Follow", Field("term", heard));
    if (stands) Step(self, "Campaign");
    known.term = now.term;
    known.vote = stands ? self : ReplicaId(0);
    seen->role = stands ? Role::kCandidate : Role::kFollower;
  }
  const bool leads = role == Role::kLeader && seen->role != Role::kLeader;
  if (now.fortified == Fortified() && known.fortified != now.fortified && !leads) {
    Step(self, "Unbind");
    known.fortified = {};
  }
  if (now.vote != known.vote) Step(self, "Vote", Field("to", now.vote));
  if (leads) {
    Step(self, "Lead");
    known.fortified = {};
    seen->log.emplace_back(now.term.value, 0);
  }
  if (!Stands(role) && Stands(seen->role)) Step(self, "StepDown");
  seen->role = role;
}

void ClusterSimTrace::ObserveLog(const Raft& raft, Seen* seen) {
  const auto entry_at = [&](size_t index) {
    const EntryPtr entry = raft.EntryAt(LogIndex(index));
    if (!entry) return seen->log[index - 1];  // applied, and forgotten
    const bool command = entry->kind == EntryKind::kCommand;
    return Log::value_type(entry->term.value,
                           command ? std::strtoull(entry->data.c_str(), nullptr, 10) : 0);
  };
  const size_t last = raft.last_index().value;
  size_t same = std::min(last, seen->log.size());
  while (same > 1 && raft.EntryAt(LogIndex(same)) && entry_at(same) != seen->log[same - 1]) --same;
  if (same == last && same == seen->log.size()) return;
  const bool leads = raft.role() == Role::kLeader && same == seen->log.size();
  seen->log.resize(same);
  std::string entries;
  for (size_t index = same + 1; index <= last; ++index) {
    const auto [term, write] = entry_at(index);
    if (leads) Step(raft.replica(), "Propose", Field("write", write));
    entries += std::string(index > same + 1 ? ", " : "") + "[term |-> " + std::to_string(term) +
               ", write |-> " + std::to_string(write) + "]";
    seen->log.emplace_back(term, write);
  }
  if (leads) return;
  Step(raft.replica(), "Accept", Field("from", same) + ", entries |-> <<" + entries + ">>");
}

void ClusterSimTrace::Sends(const Message& message) {
  if (!Votes(message.from) || !Votes(message.to)) return;
  const auto step = [&](const char* action, const std::string& fields) {
    Step(message.from, action, Field("term", message.term) + fields);
  };
  switch (message.type) {
    case MessageType::kPreVote:
      return step("PreAsk", "");
    case MessageType::kRequestVote:
      return step("Ask", Field("len", message.log_index) + Field("lastTerm", message.log_term) +
                             Field("transfer", message.transfer));
    case MessageType::kRequestVoteResponse:
      if (!message.reject) step("Grant", Field("to", message.to));
      return;
    case MessageType::kAppendEntriesResponse:
      if (!message.reject) step("Ack", Field("len", message.log_index));
      return;
    case MessageType::kFortifyResponse:
      return step("Fortified", Field("to", message.to) + Field("epoch", message.epoch));
    case MessageType::kUnfortified:
      return step("Unfortified", Field("epoch", message.epoch));
    case MessageType::kTimeoutNow:
      return step("HandOver", Field("to", message.to));
    default:
      return;  // promises nothing, or only what the log shows
  }
}

void ClusterSimTrace::Writes(ReplicaId replica) {
  if (Votes(replica)) Step(replica, "Write");
}

void ClusterSimTrace::BecomesDurable(ReplicaId replica, size_t count, const HardState& state,
                                     const Log& log) {
  if (!Votes(replica)) return;
  Step(replica, "Persist", Field("n", count));
  SeeDisk(replica, state, log);
}

void ClusterSimTrace::Crashes(ReplicaId replica, size_t count, const HardState& state,
                              const Log& log) {
  if (!Votes(replica)) return;
  Step(replica, "Crash", Field("n", count));
  SeeDisk(replica, state, log);
}

void ClusterSimTrace::SeeDisk(ReplicaId replica, const HardState& state, const Log& log) {
  Step(replica, "SeeDisk", Fields(state, log));
}

void ClusterSimTrace::Starts(ReplicaId replica, const HardState& state, const Log& log) {
  if (!Votes(replica)) return;
  Step(replica, "Start");
  Seen& seen = seen_[replica];
  ++seen.epoch;
  seen.role = Role::kFollower;
  seen.state = state;
  seen.state.commit = LogIndex(1);  // what it knew comes as a step of its own
  seen.log = log;
}

void ClusterSimTrace::Applies(ReplicaId replica, LogIndex index) {
  if (Votes(replica)) Step(replica, "Apply", Field("n", index));
}

void ClusterSimTrace::HasLease(ReplicaId replica) {
  size_t& at = seen_[replica].lease_at;
  if (at == steps_) return;  // nothing has happened since
  Step(replica, "Lease");
  at = steps_;
}

void ClusterSimTrace::Supports(ReplicaId supporter, ReplicaId member, uint64_t lowest_epoch) {
  if (!Votes(supporter) || !Votes(member)) return;
  uint64_t& known = seen_[supporter].lowest_epochs[member];
  if (lowest_epoch == known) return;
  known = lowest_epoch;
  Step(supporter, "Support", Field("to", member) + Field("epoch", lowest_epoch));
}

void ClusterSimTrace::Epoch(ReplicaId replica, uint64_t epoch) {
  if (!Votes(replica)) return;
  uint64_t& known = seen_[replica].epoch;
  if (epoch == known) return;
  known = epoch;
  Step(replica, "RaiseEpoch", Field("epoch", epoch));
}

// ------------------------------------------------------------------------- where it is called from

std::string ClusterSim::RunTraced(int steps, ClusterSimTrace* trace) {
  trace_ = trace;
  for (int i = 0; i < steps && failure_.empty(); ++i) Event();
  return failure_;
}

void ClusterSim::TraceSupport() {
  for (const auto& node : nodes_) {
    trace_->Epoch(node->id, node->support.own_epoch);
    for (const auto& [id, peer] : node->support.peers) trace_->Supports(node->id, id, peer.epoch);
  }
}

void ClusterSim::TraceLeases() {
  for (const auto& node : nodes_) {
    if (!node->raft) continue;
    const Lease lease = node->raft->lease();
    const bool valid = lease.epoch == node->support.own_epoch &&
                       lease.end > MonotonicTime(Duration(int64_t(time_)));
    if (valid) trace_->HasLease(node->id);
  }
}

ClusterSimTrace::Log ClusterSim::Disk::ForTrace() const {
  ClusterSimTrace::Log all{{start.term.value, 0}};
  for (const auto& [index, entry] : log) {
    const bool command = entry->kind == EntryKind::kCommand;
    all.emplace_back(entry->term.value,
                     command ? std::strtoull(entry->data.c_str(), nullptr, 10) : 0);
  }
  return all;
}

}  // namespace skerry::raft
