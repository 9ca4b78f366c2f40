#include <algorithm>
#include <utility>

#include "replication/raft/cluster_sim.h"

// What must hold in every run. Majorities are counted here once more, so that a mistake in the
// product's counting is seen.

namespace skerry::raft {
namespace {

using Predicate = absl::FunctionRef<bool(ReplicaId)>;

bool IsMajority(const std::vector<ReplicaId>& voters, Predicate counts) {
  const auto counted = std::count_if(voters.begin(), voters.end(), counts);
  return voters.empty() || 2 * static_cast<size_t>(counted) > voters.size();
}

// Of both sets, if it is joint (thesis 4.3).
bool IsQuorum(const Configuration& configuration, Predicate counts) {
  return IsMajority(configuration.voters, counts) && IsMajority(configuration.outgoing, counts);
}

}  // namespace

Configuration ClusterSim::Disk::configuration() const {
  for (auto it = log.rbegin(); it != log.rend(); ++it) {
    if (it->second->kind == EntryKind::kConfiguration)
      return *DecodeConfiguration(it->second->data);
  }
  return start.configuration;
}

bool ClusterSim::Disk::Holds(LogIndex index, Term term) const {
  if (index <= start.index) return true;
  const auto it = log.find(index);
  return it != log.end() && it->second->term == term;
}

void ClusterSim::Fail(const std::string& what) {
  if (!failure_.empty()) return;
  failure_ = "step " + std::to_string(steps_) + ": " + what;
  for (const auto& node : nodes_) {
    failure_ += "\n  " + std::to_string(node->id.value) + ": ";
    if (!node->raft) {
      failure_ += "down";
      continue;
    }
    const Raft& raft = *node->raft;
    constexpr const char* kRoles[] = {"follower", "pre-candidate", "candidate", "leader"};
    failure_ += std::string(kRoles[int(raft.role())]) + (raft.removed() ? " removed" : "") +
                " term " + std::to_string(raft.term().value) + " vote " +
                std::to_string(raft.hard_state().vote.value) + " leader " +
                std::to_string(raft.leader().value) + " last " +
                std::to_string(raft.last_index().value) + " persisted " +
                std::to_string(raft.persisted().value) + " commit " +
                std::to_string(raft.commit().value) + " applied " +
                std::to_string(raft.applied().value) + " (" + ToString(raft.configuration()) + ")";
    for (const ReplicaId member : raft.configuration().Members()) {
      const Progress* progress = raft.ProgressOf(member);
      if (progress == nullptr) continue;
      constexpr const char* kStates[] = {"probe", "replicate", "snapshot"};
      failure_ += "\n     " + std::to_string(member.value) + " " + kStates[int(progress->state())] +
                  " match " + std::to_string(progress->match().value) + " next " +
                  std::to_string(progress->next().value) + (progress->Paused() ? " paused" : "");
    }
  }
}

void ClusterSim::Check(Node& node) {
  const Raft& raft = *node.raft;
  CheckLeader(node);
  CheckCommitted(node);
  if (raft.role() != Role::kFollower && raft.applied() < node.recovered_commit) {
    Fail("campaigns before it has applied what it knew to be committed (safety-rules 10)");
  }
  const EntryPtr last = raft.EntryAt(raft.persisted());
  if (last && !node.disk.Holds(last->index, last->term)) {
    Fail("takes for durable what the disk does not hold");
  }
  if (failure_.empty()) raft.CheckInvariants();
}

// A change begins when the one before it is done: from a configuration that is not joint to a joint
// one, and from there to what it leads to (thesis 4.3). Learners may change without.
void ClusterSim::CheckConfiguration(const Entry& entry) {
  const Configuration from =
      std::exchange(committed_configuration_, *DecodeConfiguration(entry.data));
  const Configuration& to = committed_configuration_;
  const bool follows = from.IsJoint() ? to == from.Left()
                       : to.IsJoint() ? to.outgoing == from.voters
                                      : to.voters == from.voters;
  if (!follows) Fail("a change of the configuration begins before another is done");
}

// What a message promises is durable when it goes out (Raft's contract).
void ClusterSim::CheckPromise(const Message& message) {
  const Node& node = *Find(message.from);
  const Disk& disk = node.disk;
  if (disk.hard_state.term > message.term) return;  // delayed here, and overtaken
  const bool in_term = disk.hard_state.term == message.term;
  switch (message.type) {
    case MessageType::kRequestVote:
      if (node.raft->role() != Role::kCandidate || node.raft->term() != message.term) {
        return;  // was delayed here, and means nothing any more
      }
      if (!in_term || disk.hard_state.vote != message.from ||
          !disk.Holds(message.log_index, message.log_term)) {
        Fail("asks for votes before its own, and its log, is durable");
      }
      return;
    case MessageType::kRequestVoteResponse:
      if (message.reject) return;
      if (!in_term || disk.hard_state.vote != message.to) Fail("a vote that is not durable");
      if (node.restarted && node.ticks < uint64_t(election_ticks_)) {
        Fail("a vote within an election timeout of a restart");
      }
      return;
    case MessageType::kFortifyResponse: {
      // To one that leads no more it means nothing.
      const Node& leader = *Find(message.to);
      const bool leads = leader.raft && leader.raft->role() == Role::kLeader &&
                         leader.raft->term() == message.term;
      const Fortified fortified{message.term, message.to, message.epoch};
      if (leads && in_term && disk.hard_state.fortified != fortified &&
          node.raft->hard_state().fortified == fortified) {
        Fail("says that it is bound, and has not written it");
      }
      return;
    }
    case MessageType::kAppendEntriesResponse: {
      if (message.reject) return;
      // In memory it may have been replaced in a later term.
      const EntryPtr entry =
          node.raft->term() == message.term ? node.raft->EntryAt(message.log_index) : nullptr;
      if (!in_term || disk.last() < message.log_index ||
          (entry && !disk.Holds(entry->index, entry->term))) {
        Fail(std::to_string(message.from.value) + " acknowledges through " +
             std::to_string(message.log_index.value) + ", durable are " +
             std::to_string(disk.last().value) + " in term " +
             std::to_string(disk.hard_state.term.value));
      }
      return;
    }
    default:
      return;
  }
}

// Election safety: one leader a term, elected by votes that a crash does not take back; and leader
// completeness (thesis figure 3.2).
void ClusterSim::CheckLeader(Node& node) {
  const Raft& raft = *node.raft;
  if (raft.role() == Role::kFollower && raft.leader() != ReplicaId(0) &&
      leaders_[raft.term()] != raft.leader()) {
    Fail("follows one that does not lead in its term");
  }
  if (raft.role() != Role::kLeader) return;
  if (node.seen_configuration != raft.configuration()) {
    node.seen_configuration = raft.configuration();
    node.quorum_since = node.ticks;
  }
  if (node.leader_term == raft.term()) return;
  node.leader_term = raft.term();
  node.quorum_since = node.ticks;
  ++counts_.elections;
  const auto [it, is_new] = leaders_.emplace(raft.term(), node.id);
  if (!is_new && it->second != node.id) Fail("two leaders in one term");
  const bool voted = IsQuorum(raft.configuration(), [&](ReplicaId voter) {
    const HardState& state = Find(voter)->disk.hard_state;
    return state.term > raft.term() || (state.term == raft.term() && state.vote == node.id);
  });
  // The vote of an only voter becomes durable with its first entry.
  if (!voted && !raft.configuration().IsOneVoter(node.id)) Fail("leads without a majority's votes");
  // Whose last vote came late, after a later term's leader, may lack what that one committed.
  if (committed_.empty() || leaders_.rbegin()->first != raft.term()) return;
  const auto& [index, committed] = *committed_.rbegin();
  const EntryPtr entry = raft.EntryAt(index);
  if (raft.last_index() < index || (entry && entry->term != committed.term)) {
    Fail("a leader lacks committed entries");
  }
}

// Of the latest leader: eventual reads rest on what it says (the group's driver asks for a lease
// beside it, which tells that it is the latest).
void ClusterSim::CheckReadCommit(const Message& message) {
  if (message.read_commit.value == 0) return;
  const bool latest = std::none_of(nodes_.begin(), nodes_.end(), [&](const auto& node) {
    return node->disk.hard_state.term > message.term ||
           (node->raft && node->raft->term() > message.term);
  });
  if (latest && message.read_commit < acknowledged_) {
    Fail("a leader says less than was acknowledged before");
  }
}

// At most one replica has a lease at any instant, and it has applied what was acknowledged to
// anybody (safety-rules 1, 2).
void ClusterSim::CheckLeases() {
  const Node* holder = nullptr;
  for (const auto& node : nodes_) {
    if (!node->raft) continue;
    const Lease lease = node->raft->lease();
    if (lease.epoch != node->support.own_epoch) continue;
    if (lease.end <= MonotonicTime(Duration(int64_t(time_)))) continue;
    ++counts_.leases;
    if (holder != nullptr) Fail("two replicas have leases");
    holder = node.get();
    if (node->applied < acknowledged_) Fail("a lease read misses what was acknowledged");
    if (node->raft->role() != Role::kLeader) Fail("one that does not lead has a lease");
  }
}

// A leader without answers of a majority steps down (thesis 6.2): within two election timeouts,
// since it looks once in each.
void ClusterSim::CheckQuorumContact(Node& node) {
  const uint64_t window = 2 * uint64_t(election_ticks_) + 1;
  if (node.raft->role() != Role::kLeader || node.leader_term != node.raft->term() ||
      node.ticks <= node.quorum_since + window) {
    return;
  }
  const bool contact = IsQuorum(node.raft->configuration(), [&](ReplicaId voter) {
    return voter == node.id ||
           (node.heard.contains(voter) && node.heard[voter] + window >= node.ticks);
  });
  if (!contact) Fail("leads on though no majority answers");
}

// A majority has followed this leader after the read began (thesis 6.4).
void ClusterSim::CheckRead(Node& node, uint64_t id) {
  const bool followed = IsQuorum(node.raft->configuration(), [&](ReplicaId voter) {
    if (voter == node.id) return true;
    const auto it = Find(voter)->followed.find(node.id);
    return it != Find(voter)->followed.end() && it->second >= std::pair(node.raft->term(), id);
  });
  if (!followed) Fail("a read is confirmed that no majority has confirmed");
}

// State-machine safety: an index is committed once, with one entry; by its term's leader first, and
// by then durable at a majority for good.
void ClusterSim::CheckCommitted(Node& node) {
  const Raft& raft = *node.raft;
  const LogIndex commit = raft.commit();
  for (LogIndex index = std::max(node.seen_commit, node.applied).Next();
       index <= commit && failure_.empty(); index = index.Next()) {
    const EntryPtr entry = raft.EntryAt(index);
    if (!entry) continue;
    const auto [it, is_new] = committed_.emplace(index, Committed{entry->term, entry->data});
    if (!is_new && (it->second.term != entry->term || it->second.data != entry->data)) {
      Fail("two entries are committed at index " + std::to_string(index.value));
      return;
    }
    if (!is_new) continue;
    if (raft.role() != Role::kLeader) Fail("a follower commits what no leader has committed");
    if (index == commit && entry->term != raft.term()) {
      Fail("an older term's entry is committed by counting (thesis 3.6.2)");
    }
    if (entry->kind == EntryKind::kConfiguration) CheckConfiguration(*entry);
    CheckDurable(node, index, entry->term);
    CheckElectable(index, entry->term);
  }
  node.seen_commit = std::max(node.seen_commit, commit);
}

void ClusterSim::CheckDurable(Node& node, LogIndex index, Term term) {
  const bool durable = IsQuorum(node.raft->configuration(), [&](ReplicaId replica) {
    return Find(replica)->disk.Holds(index, term);
  });
  if (!durable) Fail("committed, but durable at no majority");
}

// Were all to crash now, nobody who lacks the entry could be elected, by the rules of its own
// configuration: so nothing can ever replace it.
void ClusterSim::CheckElectable(LogIndex index, Term term) {
  for (const auto& candidate : nodes_) {
    const Disk& disk = candidate->disk;
    if (disk.Holds(index, term)) continue;
    const Configuration configuration = disk.configuration();
    if (!configuration.IsVoter(candidate->id)) continue;
    const bool electable = IsQuorum(configuration, [&](ReplicaId voter) {
      const Disk& other = Find(voter)->disk;
      return std::pair(disk.last_term(), disk.last()) >= std::pair(other.last_term(), other.last());
    });
    if (electable) {
      Fail("replica " + std::to_string(candidate->id.value) + " lacks index " +
           std::to_string(index.value) + ", which is committed, and could be elected");
      return;
    }
  }
}

}  // namespace skerry::raft
