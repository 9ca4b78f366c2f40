#include "replication/raft/cluster_sim.h"

#include <algorithm>
#include <utility>

namespace skerry::raft {
namespace {

constexpr int kNodes = 5;

}  // namespace

ClusterSim::ClusterSim(uint64_t seed, uint64_t fixed_voters) : prng_(seed), hold_prng_(~seed) {
  const auto draw = [this](int one_in, int max) {
    return prng_.Chance(1, uint64_t(one_in)) ? 0 : int(prng_.Below(uint64_t(max))) + 1;
  };
  loss_percent_ = draw(3, 20);
  double_percent_ = draw(3, 20);
  crash_weight_ = draw(4, 12);
  partition_weight_ = draw(3, 8);
  configuration_weight_ = draw(3, 10);
  flush_weight_ = draw(3, 60);
  transfer_weight_ = draw(3, 6);
  tick_weight_ = 60 + int(prng_.Below(200));
  persist_weight_ = 20 + int(prng_.Below(300));
  propose_weight_ = 10 + int(prng_.Below(100));
  read_weight_ = draw(3, 60);
  campaign_weight_ = draw(2, 12);
  late_percent_ = draw(2, 8);
  crash_after_percent_ = draw(2, 3);
  isolate_percent_ = draw(4, 100);
  election_ticks_ = 3 + int(prng_.Below(8));
  holds_ = hold_prng_.Chance(1, 2);
  fifo_ = prng_.Chance(1, 3);
  support_weight_ = prng_.Chance(1, 4) ? 0 : 20 + int(prng_.Below(150));
  raise_weight_ = draw(2, 4);
  attack_weight_ = draw(2, 8);
  promise_ = 50 + prng_.Below(400);
  support_crosses_cuts_ = prng_.Chance(1, 2);
  uint64_t first_voters = prng_.Chance(1, 4) ? 5 : prng_.Chance(1, 4) ? 4 : 3;
  if (fixed_voters > 0) {
    first_voters = fixed_voters;
    configuration_weight_ = flush_weight_ = 0;
  }
  Configuration configuration;
  for (uint64_t i = 1; i <= first_voters; ++i) configuration.voters.emplace_back(i);
  for (uint64_t i = 1; i <= kNodes; ++i) {
    auto node = std::make_unique<Node>(time_);
    node->id = ReplicaId(i);
    node->slow_disk_percent = prng_.Chance(1, 4) ? 90 : 0;
    node->slow_clock_percent = prng_.Chance(1, 6) ? 70 : 0;
    if (i <= first_voters) {
      // Behind entry 1, which nobody has: who has no base state needs a snapshot.
      node->disk.start = {LogIndex(1), Term(1), configuration};
      node->disk.hard_state = {Term(1), ReplicaId(0), LogIndex(1)};
      node->disk.engine_applied = LogIndex(1);
      node->disk.engine_term = Term(1);
    }
    nodes_.push_back(std::move(node));
    Start(*nodes_.back());
  }
  acknowledged_ = LogIndex(1);
  committed_configuration_ = configuration;
}

// ---------------------------------------------------------------------------------------- events

std::string ClusterSim::Run(int steps) {
  for (int i = 0; i < steps && failure_.empty(); ++i) Event();
  if (failure_.empty() && !Settle()) Fail("it healed, and not all was done");
  return failure_;
}

void ClusterSim::Event() {
  ++steps_;
  PassTime();
  const int weights[] = {600,
                         tick_weight_,
                         persist_weight_,
                         persist_weight_,
                         propose_weight_,
                         read_weight_,
                         configuration_weight_,
                         transfer_weight_,
                         crash_weight_,
                         40,
                         flush_weight_,
                         partition_weight_,
                         partition_weight_,
                         campaign_weight_,
                         crash_weight_ / 4,
                         late_percent_ * 2,
                         support_weight_,
                         raise_weight_,
                         attack_weight_};
  uint64_t sum = 0;
  for (const int weight : weights) sum += uint64_t(weight);
  uint64_t at = prng_.Below(sum);
  int event = 0;
  while (at >= uint64_t(weights[event])) at -= uint64_t(weights[event++]);
  Node& node = Any();
  Node& leading = prng_.Chance(7, 8) ? Leading() : node;
  switch (event) {
    case 0:
      Deliver();
      return;
    case 1:
      Tick(node);
      return;
    case 2:
      PersistOne(node);
      return;
    case 3:
      ApplySome(node);
      return;
    case 4:
      Propose(leading);
      return;
    case 5:
      Read(leading);
      return;
    case 6:
      ChangeConfiguration(leading);
      return;
    case 7:
      Transfer(leading);
      return;
    case 8:
      if (node.raft) Crash(node);
      return;
    case 9:
      if (!node.raft) Start(node);
      return;
    case 10:
      Flush(node);
      return;
    case 11:
      Partition();
      return;
    case 12:
      Heal();
      return;
    case 13:
      Campaign(node);
      return;
    case 14:
      CrashSeveral();
      return;
    case 16:
      SupportOne(leading, Any());
      return;
    case 17:
      RaiseEpoch(leading);
      return;
    case 18:
      Attack();
      return;
    default:
      DeliverLate();
  }
}

void ClusterSim::Post(Message message) {
  ++counts_.messages;
  if (trace_ != nullptr) trace_->Sends(message);
  CheckPromise(message);
  CheckReadCommit(message);
  if (int(prng_.Below(100)) < late_percent_) late_.push_back(message);
  if (int(prng_.Below(100)) < double_percent_) network_.push_back(message);
  network_.push_back(std::move(message));
}

void ClusterSim::Deliver() {
  if (network_.empty()) return;
  const size_t at = fifo_ ? 0 : prng_.Below(std::min<size_t>(network_.size(), 64));
  const Message message = std::move(network_[at]);
  network_.erase(network_.begin() + ptrdiff_t(at));
  if (int(prng_.Below(100)) < loss_percent_ ||
      cut_.contains({message.from.value, message.to.value})) {
    ++counts_.lost;
    return;
  }
  StepMessage(*Find(message.to), message);
}

// What was held up arrives, whoever has been elected or cut off since.
void ClusterSim::DeliverLate() {
  if (late_.empty()) return;
  const size_t at = prng_.Below(late_.size());
  const Message message = std::move(late_[at]);
  late_[at] = std::move(late_.back());
  late_.pop_back();
  StepMessage(*Find(message.to), message);
}

void ClusterSim::StepMessage(Node& to, const Message& message) {
  if (!to.raft) return;
  if (message.type == MessageType::kInstallSnapshot) {
    StepSnapshot(to, message);
    return;
  }
  const bool silent = to.raft->removed() && !to.raft->HasReady();
  if (Status status = to.raft->Step(message); !status.ok()) Fail(status.ToString());
  if (silent && to.raft->HasReady()) Fail("a replica that was told that it is removed reacts");
  if (message.type == MessageType::kHeartbeat && to.raft->term() == message.term) {
    auto& followed = to.followed[message.from];
    followed = std::max(followed, {message.term, message.read_sequence});
  }
  if (to.raft->term() == message.term) to.heard[message.from] = to.ticks;
  HandleReady(to);
}

void ClusterSim::Tick(Node& node) {
  if (!node.raft || int(prng_.Below(100)) < node.slow_clock_percent) return;
  if (!node.raft->NeedsTicks()) {
    ++counts_.sleeps;
    return;
  }
  ++node.ticks;
  node.raft->Tick();
  counts_.held += node.raft->held_back();
  if (hold_prng_.Chance(1, 2)) node.raft->Release();
  CheckQuorumContact(node);
  HandleReady(node);
}

// ---------------------------------------------------------------------------------------- support

// Withdrawals come when a promise has run out, or later; durably, before anybody acts on them.
void ClusterSim::PassTime() {
  time_ += prng_.Below(3);
  for (const auto& node : nodes_) {
    if (!node->raft) continue;
    bool changed = false;
    for (auto& [id, peer] : node->support.peers) {
      if (peer.counted && peer.supported_until <= time_) {
        peer.counted = false;
        changed = true;
      }
      if (!peer.given || peer.given_until > time_ || !prng_.Chance(1, 8)) continue;
      ++peer.epoch;
      peer.given = false;
      changed = true;
      ++counts_.withdrawals;
    }
    if (changed) ChangeSupport(*node);
  }
}

// A heartbeat, and perhaps its answer, which comes late or not at all.
void ClusterSim::SupportOne(Node& node, Node& by) {
  if (&node == &by || !node.raft || !by.raft) return;
  const auto cut = [this](const Node& from, const Node& to) {
    return !support_crosses_cuts_ && cut_.contains({from.id.value, to.id.value});
  };
  if (cut(node, by)) return;
  Supporter::Peer& given = by.support.peers[node.id];
  const bool answered = !cut(by, node) && prng_.Chance(7, 8);
  const uint64_t sent = time_ - std::min(time_, prng_.Below(promise_ / 4));
  if (node.support.own_epoch < given.epoch) {
    if (!answered) return;
    node.support.own_epoch = given.epoch - 1;
    RaiseEpoch(node);
    return;
  }
  const bool ended = given.epoch != 0 && given.epoch != node.support.own_epoch;
  given.epoch = node.support.own_epoch;
  given.given_until = std::max(given.given ? given.given_until : 0, time_ + promise_);
  given.given = true;
  if (ended) ChangeSupport(by);
  if (!answered || !node.raft) return;
  Supporter::Peer& counted = node.support.peers[by.id];
  counted.supported_until = std::max(counted.supported_until, sent + promise_);
  if (counted.counted || counted.supported_until <= time_) return;
  counted.counted = counted.met = true;
  ChangeSupport(node);
}

void ClusterSim::RaiseEpoch(Node& node) {
  if (!node.raft) return;
  ++node.support.own_epoch;
  for (auto& [id, peer] : node.support.peers) {
    peer.supported_until = 0;
    peer.counted = false;
  }
  ChangeSupport(node);
}

// A leader that is supported by all is cut off from its group, perhaps when it has just handed over
// or has raised its epoch, and others would take its place.
void ClusterSim::Attack() {
  Node* leader = Leader();
  if (leader == nullptr) return;
  const auto run = [this](int rounds) {
    for (int round = 0; round < rounds && failure_.empty(); ++round) {
      for (const auto& node : nodes_) PersistOne(*node);
      for (const auto& node : nodes_) ApplySome(*node);
      Deliver();
      Deliver();
      if (prng_.Chance(1, 8)) DeliverLate();
    }
  };
  const auto support = [&] {
    for (const auto& node : nodes_) SupportOne(*leader, *node);
  };
  support();
  run(5 + int(prng_.Below(20)));
  switch (prng_.Below(4)) {
    case 0:
      Transfer(*leader);
      run(5);
      break;
    case 1:
      Isolate(leader->id);
      RaiseEpoch(*leader);
      break;
    default:
      break;
  }
  Isolate(leader->id);
  for (int i = 0; i < 4 && failure_.empty(); ++i) {
    if (support_crosses_cuts_) support();
    Campaign(Any());
    run(10);
    Propose(Leading());
    run(5);
  }
  if (prng_.Chance(3, 4)) Heal();
}

// The traces that go to the model know of no entry that waits.
bool ClusterSim::MayHold(const Node& node) const {
  return holds_ && trace_ == nullptr && node.raft->role() == Role::kLeader;
}

void ClusterSim::ChangeSupport(Node& node) {
  if (!node.raft) return;
  node.raft->SupportChanged();
  HandleReady(node);
}

void ClusterSim::Campaign(Node& node) {
  if (!node.raft) return;
  node.raft->CampaignNow();
  HandleReady(node);
}

void ClusterSim::Propose(Node& node) {
  if (!node.raft) return;
  const std::string command = std::to_string(++next_command_);
  const auto index = node.raft->Propose(command);
  if (index.ok()) node.proposals.emplace_back(*index, command);
  if (trace_ != nullptr) trace_->Observe(*node.raft);
  if (prng_.Chance(1, 2)) HandleReady(node);
}

void ClusterSim::Read(Node& node) {
  if (!node.raft) return;
  const auto id = node.raft->ReadIndex();
  if (id.ok()) node.reads[*id] = acknowledged_.value;
  HandleReady(node);
}

void ClusterSim::ChangeConfiguration(Node& node) {
  if (!node.raft || node.raft->role() != Role::kLeader) return;
  Configuration target;
  for (uint64_t i = 1; i <= kNodes; ++i) {
    // Who was removed does not come back under its old name.
    Node* member = Find(ReplicaId(i));
    if (member->raft && member->raft->removed()) continue;
    if (!node.raft->configuration().Contains(ReplicaId(i)) && member->initialised) continue;
    switch (prng_.Below(6)) {
      case 0:
        break;
      case 1:
        target.learners.emplace_back(i);
        break;
      default:
        target.voters.emplace_back(i);
    }
  }
  if (target.voters.empty() || (target.voters.size() == 1 && !prng_.Chance(1, 4))) return;
  if (node.raft->ProposeConfiguration(target).ok()) ++counts_.configurations;
  HandleReady(node);
}

void ClusterSim::Transfer(Node& node) {
  if (!node.raft) return;
  const ReplicaId target = Any().id;
  if (node.raft->TransferLeadership(target).ok()) {
    ++counts_.transfers;
    if (target != node.id && node.raft->Propose("refused").ok()) {
      Fail("a leader that is handing over takes a proposal");
    }
  }
  HandleReady(node);
}

void ClusterSim::Partition() {
  cut_.clear();
  if (int(prng_.Below(100)) < isolate_percent_) {
    Isolate(prng_.Chance(2, 3) ? Leading().id : Any().id);
    return;
  }
  const uint64_t side = prng_.Below(1 << kNodes);
  const bool one_way = prng_.Chance(1, 3);
  for (uint64_t a = 1; a <= kNodes; ++a) {
    for (uint64_t b = 1; b <= kNodes; ++b) {
      const bool a_side = ((side >> (a - 1)) & 1) != 0;
      const bool b_side = ((side >> (b - 1)) & 1) != 0;
      if (a_side && !b_side) {
        cut_.insert({a, b});
        if (!one_way) cut_.insert({b, a});
      }
    }
  }
}

// One node hears nothing, is not heard, or both.
void ClusterSim::Isolate(ReplicaId id) {
  const uint64_t way = prng_.Below(4);
  for (uint64_t other = 1; other <= kNodes; ++other) {
    if (way != 0) cut_.insert({id.value, other});
    if (way != 1) cut_.insert({other, id.value});
  }
}

void ClusterSim::Heal() { cut_.clear(); }

// ----------------------------------------------------------------------------------------- disks

void ClusterSim::MakeDurable(Node& node, const Write& write) {
  Disk& disk = node.disk;
  if (write.snapshot) {
    disk.start = *write.snapshot;
    disk.log.clear();
    disk.hard_state.commit = write.snapshot->index;
    return;
  }
  if (write.hard_state) {
    disk.hard_state.term = write.hard_state->term;
    disk.hard_state.vote = write.hard_state->vote;
    disk.hard_state.fortified = write.hard_state->fortified;
  }
  disk.hard_state.commit = std::max(disk.hard_state.commit, write.commit);
  if (write.entries.empty()) return;
  disk.log.erase(disk.log.lower_bound(write.entries.front()->index), disk.log.end());
  for (const EntryPtr& entry : write.entries) disk.log[entry->index] = entry;
}

void ClusterSim::PersistOne(Node& node) {
  if (!node.raft || node.writes.empty()) return;
  if (int(prng_.Below(100)) < node.slow_disk_percent) return;
  const size_t count = 1 + prng_.Below(node.writes.size());
  uint64_t number = 0;
  for (size_t i = 0; i < count; ++i) {
    MakeDurable(node, node.writes.front());
    number = std::max(number, node.writes.front().number);
    node.writes.pop_front();
  }
  if (trace_ != nullptr) {
    trace_->BecomesDurable(node.id, count, node.disk.hard_state, node.disk.ForTrace());
  }
  if (number > 0) node.raft->Persisted(number);
  HandleReady(node);
}

// The engine makes durable what is applied; the log may forget it.
void ClusterSim::Flush(Node& node) {
  if (!node.raft || node.installing || node.applied <= node.disk.engine_applied) return;
  node.disk.engine = node.machine;
  node.disk.engine_applied = node.applied;
  node.disk.engine_term = node.applied_term;
  if (node.applied > node.disk.last()) return;
  node.disk.start = {node.applied, node.applied_term, node.applied_configuration};
  node.disk.log.erase(node.disk.log.begin(), node.disk.log.upper_bound(node.applied));
}

void ClusterSim::Crash(Node& node) {
  ++counts_.crashes;
  // Any prefix of what was under way may have reached the disk.
  const size_t kept = prng_.Below(node.writes.size() + 1);
  for (size_t i = 0; i < kept; ++i) MakeDurable(node, node.writes[i]);
  if (trace_ != nullptr) {
    trace_->Crashes(node.id, kept, node.disk.hard_state, node.disk.ForTrace());
  }
  node.writes.clear();
  node.raft = nullptr;
  node.to_apply.clear();
  node.reads.clear();
  node.proposals.clear();
  node.installing = false;
  node.staged.reset();
  node.heard.clear();
}

void ClusterSim::CrashSeveral() {
  for (const auto& node : nodes_) {
    if (node->raft && prng_.Chance(1, 2)) Crash(*node);
  }
}

void ClusterSim::Start(Node& node) {
  const Disk& disk = node.disk;
  node.machine = disk.engine;
  node.applied = disk.engine_applied;
  node.applied_term = disk.engine_term;
  node.applied_configuration = disk.start.configuration;
  node.seen_commit = LogIndex(0);
  Options options;
  options.replica = node.id;
  options.prng = &prng_;
  options.election_ticks = election_ticks_;
  options.support = &node.support;
  ++node.support.own_epoch;
  node.support.quiet_until = time_ == 1 ? 0 : time_ + promise_;
  for (auto& [id, peer] : node.support.peers) {
    peer.given_until = node.support.quiet_until;
    peer.given = peer.epoch != 0;
    peer.supported_until = 0;
    peer.counted = peer.met = false;
  }
  options.restarted = node.restarted = disk.hard_state.term > Term(1);
  options.hard_state = disk.hard_state;
  node.recovered_commit = std::max(options.hard_state.commit, node.applied);
  node.ticks = 0;
  options.applied = node.applied;
  options.applied_term = node.applied_term;
  options.max_append_bytes = 64 + prng_.Below(1000);
  options.in_flight = {1 + prng_.Below(8), 200 + prng_.Below(5000)};
  options.max_cached_bytes = prng_.Below(3) * 200;
  options.max_committed_bytes = 1 + prng_.Below(500);
  for (const auto& [index, entry] : disk.log) {
    if (index > node.applied) {
      options.entries.push_back(entry);
    } else if (entry->kind == EntryKind::kConfiguration) {
      node.applied_configuration = *DecodeConfiguration(entry->data);
    }
  }
  options.configuration = node.applied_configuration;
  auto raft = Raft::Create(std::move(options));
  if (!raft.ok()) {
    Fail(raft.status().ToString());
    return;
  }
  node.raft = std::make_unique<Raft>(std::move(*raft));
  node.initialised = !node.applied_configuration.IsEmpty();
  if (trace_ != nullptr) trace_->Starts(node.id, disk.hard_state, disk.ForTrace());
  HandleReady(node);
}

// --------------------------------------------------------------------------------- the machinery

void ClusterSim::HandleReady(Node& node) {
  while (node.raft && node.raft->HasReady() && failure_.empty()) {
    if (trace_ != nullptr) {
      TraceSupport();
      trace_->Observe(*node.raft);
    }
    Ready ready = node.raft->TakeReady();
    if (MayHold(node) && hold_prng_.Chance(1, 2)) node.raft->Hold();
    fingerprint_ = fingerprint_ * 31 + ready.messages.size() + ready.entries.size() * 7 +
                   ready.commit.value * 3 + node.id.value;
    if (ready.must_persist()) {
      node.writes.push_back({ready.number, ready.hard_state, ready.commit, ready.entries, {}});
      if (trace_ != nullptr) trace_->Writes(node.id);
    }
    if (trace_ != nullptr) trace_->Observe(*node.raft);
    for (Message& message : ready.messages) Post(std::move(message));
    node.to_apply.insert(node.to_apply.end(), ready.committed.begin(), ready.committed.end());
    AnswerReads(node, ready);
    AnswerFetches(node, ready);
    for (const ReplicaId to : ready.snapshots) SendSnapshot(node, to);
    if (ready.install) {
      node.installing = true;
      FinishInstall(node, *ready.install);
    }
    Check(node);
    // Right after it has decided something, and before that is durable.
    if (ready.must_persist() && int(prng_.Below(100)) < crash_after_percent_) Crash(node);
  }
  if (trace_ != nullptr) {
    TraceSupport();
    if (node.raft) trace_->Observe(*node.raft);
    TraceLeases();
  }
  if (node.raft && failure_.empty()) Check(node);
  if (failure_.empty()) CheckLeases();
}

void ClusterSim::AnswerReads(Node& node, const Ready& ready) {
  for (const ReadState& read : ready.reads) {
    const auto it = node.reads.find(read.id);
    if (it == node.reads.end()) {
      Fail("a read that nobody began, or twice");
      return;
    }
    if (read.confirmed && read.index.value < it->second) {
      Fail("a read by index misses what was acknowledged before it began");
    }
    if (read.confirmed) CheckRead(node, read.id);
    node.reads.erase(it);
    ++counts_.reads;
  }
}

void ClusterSim::AnswerFetches(Node& node, const Ready& ready) {
  for (const Fetch& fetch : ready.fetches) {
    ++counts_.fetches;
    const Disk& disk = node.disk;
    const LogIndex previous(fetch.from.value - 1);
    std::vector<EntryPtr> entries;
    for (auto it = disk.log.find(fetch.from); it != disk.log.end() && entries.size() < 3; ++it) {
      entries.push_back(it->second);
    }
    const bool start = previous == disk.start.index;
    if (entries.empty() || (!start && !disk.log.contains(previous))) {
      node.raft->FetchFailed(fetch.replica);
    } else {
      const Term term = start ? disk.start.term : disk.log.at(previous)->term;
      node.raft->Fetched(fetch.replica, fetch.from, term, std::move(entries));
    }
  }
}

void ClusterSim::ApplySome(Node& node) {
  if (!node.raft || node.to_apply.empty()) return;
  const size_t count = 1 + prng_.Below(node.to_apply.size());
  for (size_t i = 0; i < count; ++i) {
    const EntryPtr& entry = node.to_apply[i];
    if (entry->index != node.applied.Next()) Fail("applied out of order");
    const auto known = committed_.find(entry->index);
    if (known == committed_.end() || known->second.term != entry->term) {
      Fail("applied what is not committed");
      return;
    }
    node.applied = entry->index;
    node.applied_term = entry->term;
    if (trace_ != nullptr) trace_->Applies(node.id, node.applied);
    if (entry->kind == EntryKind::kCommand) node.machine.push_back(entry->data);
    if (entry->kind == EntryKind::kConfiguration) {
      node.applied_configuration = *DecodeConfiguration(entry->data);
    }
    while (!node.proposals.empty() && node.proposals.front().first <= node.applied) {
      const auto& [index, command] = node.proposals.front();
      if (index == entry->index && entry->data == command) {
        acknowledged_ = std::max(acknowledged_, index);
        ++counts_.commands;
      }
      node.proposals.pop_front();
    }
  }
  node.to_apply.erase(node.to_apply.begin(), node.to_apply.begin() + ptrdiff_t(count));
  node.raft->Applied(node.applied);
  HandleReady(node);
}

void ClusterSim::SendSnapshot(Node& from, ReplicaId to) {
  // The bytes travel beside Raft: lost like everything else, never damaged unnoticed.
  if (from.applied.value == 0 || int(prng_.Below(100)) < loss_percent_) {
    from.raft->SnapshotSent(to, LogIndex(0));
    return;
  }
  Message message = from.raft->InstallSnapshotMessage(
      to, {from.applied, from.applied_term, from.applied_configuration});
  if (Node* target = Find(to)) {
    target->staged = *message.snapshot;
    target->staged_machine = from.machine;
  }
  Post(std::move(message));
  from.raft->SnapshotSent(to, prng_.Chance(1, 2) ? from.applied : LogIndex(0));
}

void ClusterSim::StepSnapshot(Node& to, const Message& message) {
  // Only the snapshot that is staged can be installed.
  if (!to.staged || !(*to.staged == *message.snapshot)) return;
  if (Status status = to.raft->Step(message); !status.ok()) Fail(status.ToString());
  HandleReady(to);
}

// Engine and log begin anew, in this order, each durably (safety-rules 6).
void ClusterSim::FinishInstall(Node& node, const SnapshotMetadata& metadata) {
  node.installing = false;
  if (!node.staged || !(*node.staged == metadata)) {  // another one has come since
    node.raft->InstallFailed();
    return;
  }
  while (!node.writes.empty()) {
    MakeDurable(node, node.writes.front());
    const uint64_t number = node.writes.front().number;
    node.writes.pop_front();
    if (number > 0) node.raft->Persisted(number);
  }
  node.machine = node.disk.engine = node.staged_machine;
  node.applied = node.disk.engine_applied = metadata.index;
  node.applied_term = node.disk.engine_term = metadata.term;
  node.applied_configuration = metadata.configuration;
  node.to_apply.clear();
  Write write;
  write.snapshot = metadata;
  MakeDurable(node, write);
  ++counts_.snapshots;
  node.initialised = true;
  node.seen_commit = std::max(node.seen_commit, metadata.index);
  node.raft->SnapshotInstalled();
}

ClusterSim::Node* ClusterSim::Find(ReplicaId id) {
  return id.value >= 1 && id.value <= nodes_.size() ? nodes_[id.value - 1].get() : nullptr;
}

ClusterSim::Node& ClusterSim::Leading() {
  const uint64_t first = prng_.Below(nodes_.size());
  for (uint64_t i = 0; i < nodes_.size(); ++i) {
    Node& node = *nodes_[(first + i) % nodes_.size()];
    if (node.raft && node.raft->role() == Role::kLeader) return node;
  }
  return *nodes_[first];
}

ClusterSim::Node* ClusterSim::Leader() {
  Node* leader = nullptr;
  for (const auto& node : nodes_) {
    if (!node->raft || node->raft->role() != Role::kLeader) continue;
    if (leader == nullptr || node->raft->term() > leader->raft->term()) leader = node.get();
  }
  return leader;
}

// Everything heals: a leader must be elected, commit something new, and all members get it. Then
// one of them restarts, and must come as far again though nobody writes any more.
bool ClusterSim::Settle() {
  loss_percent_ = double_percent_ = late_percent_ = crash_after_percent_ = 0;
  holds_ = false;
  Heal();
  for (const auto& node : nodes_) {
    node->slow_disk_percent = node->slow_clock_percent = 0;
    if (!node->raft) Start(*node);
    node->raft->Release();
  }
  std::optional<LogIndex> goal;
  bool restarted = false;
  for (int round = 0; round < 3000 && failure_.empty(); ++round) {
    PassTime();
    for (const auto& node : nodes_) {
      if (support_weight_ + attack_weight_ > 0 && round % 8 == 0) {
        for (const auto& other : nodes_) SupportOne(*node, *other);
      }
      if (round % 4 == 0) Tick(*node);
      PersistOne(*node);
      ApplySome(*node);
    }
    for (size_t left = network_.size(); left > 0 && failure_.empty(); --left) Deliver();
    Node* leader = Leader();
    if (leader == nullptr || !leader->raft->LeaderReady()) continue;
    if (!goal && round > 200) {
      const auto index = leader->raft->Propose("goal");
      if (index.ok()) goal = *index;
      HandleReady(*leader);
      Read(*leader);
    }
    if (!goal || leader->raft->configuration().IsJoint()) continue;
    if (!AllHave(std::max(*goal, leader->raft->commit()))) continue;
    if (restarted) return true;
    restarted = true;
    Node& other = Any();
    if (&other == leader) continue;
    Crash(other);
    Start(other);
  }
  return false;
}

bool ClusterSim::AllHave(LogIndex index) {
  for (const ReplicaId member : Leader()->raft->configuration().Members()) {
    if (Find(member)->applied < index) return false;
  }
  return std::all_of(nodes_.begin(), nodes_.end(), [](const auto& n) { return n->reads.empty(); });
}

}  // namespace skerry::raft
