#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/prng.h"
#include "replication/raft/cluster_sim_trace.h"
#include "replication/raft/raft.h"

// For tests: several Raft replicas of one group on disks that forget what was not synced, with a
// network that loses, doubles, delays and reorders, and clients. One seed is one run. What is
// checked after each step is in cluster_sim_checks.cc.
//
// Each seed draws which faults there are and how often, so that most runs have a few of them often,
// rather than all of them rarely.

namespace skerry::raft {

class ClusterSim {
 public:
  // With `fixed_voters` replicas 1 to that are the group's voters throughout, and no log is cut.
  explicit ClusterSim(uint64_t seed, uint64_t fixed_voters = 0);

  // `steps` random events with faults, then a phase in which everything heals and all must be done.
  // Empty, or what was violated.
  std::string Run(int steps);
  // The steps alone, with what happens in them; needs fixed voters. Outlives the run.
  std::string RunTraced(int steps, ClusterSimTrace* trace);

  struct Counts {
    uint64_t elections = 0, commands = 0, reads = 0, crashes = 0, snapshots = 0, configurations = 0,
             transfers = 0, messages = 0, lost = 0, fetches = 0, leases = 0, withdrawals = 0,
             sleeps = 0, held = 0;
  };
  const Counts& counts() const { return counts_; }
  // Equal for two runs of a seed if they did the same.
  uint64_t fingerprint() const { return fingerprint_; }

 private:
  // What a node has on disk. Writes become durable in their order; a crash keeps any prefix.
  struct Write {
    uint64_t number = 0;  // of the Ready; 0: a snapshot was installed
    std::optional<HardState> hard_state;
    LogIndex commit;
    std::vector<EntryPtr> entries;
    std::optional<SnapshotMetadata> snapshot;
  };
  struct Disk {
    HardState hard_state;
    SnapshotMetadata start;  // of the log
    std::map<LogIndex, EntryPtr> log;
    LogIndex engine_applied;  // flushed
    Term engine_term;
    std::vector<std::string> engine;  // commands

    LogIndex last() const { return log.empty() ? start.index : log.rbegin()->first; }
    Term last_term() const { return log.empty() ? start.term : log.rbegin()->second->term; }
    Configuration configuration() const;  // the latest in the log
    bool Holds(LogIndex index, Term term) const;
    ClusterSimTrace::Log ForTrace() const;
  };
  // Support between nodes, as replication/liveness makes it (which has a simulation of its own):
  // what is told here is exact, and late.
  struct Supporter final : Support {
    struct Peer {
      uint64_t epoch = 0;  // durable: the lowest that may be supported
      bool given = false;
      uint64_t given_until = 0;
      uint64_t supported_until = 0;
      bool counted = false;
      bool met = false;
    };
    explicit Supporter(const uint64_t& the_time) : time(the_time) {}
    uint64_t epoch() const override { return own_epoch; }
    MonotonicTime SupportedUntil(ReplicaId member, uint64_t of_epoch) const override {
      const auto it = peers.find(member);
      if (of_epoch != own_epoch || it == peers.end()) return {};
      return MonotonicTime(Duration(int64_t(it->second.supported_until)));
    }
    bool IsSupportedBy(ReplicaId member) const override {
      const auto it = peers.find(member);
      return it != peers.end() && it->second.counted;
    }
    bool IsAway(ReplicaId member) const override {
      const auto it = peers.find(member);
      return it != peers.end() && it->second.met && !it->second.counted;
    }
    bool Supports(ReplicaId leader, uint64_t of_epoch) const override {
      const auto it = peers.find(leader);
      return it != peers.end() && it->second.given && it->second.epoch == of_epoch;
    }
    bool Ended(ReplicaId leader, uint64_t of_epoch) const override {
      const auto it = peers.find(leader);
      return it != peers.end() && it->second.epoch > of_epoch;
    }
    bool Quiet() const override { return time < quiet_until; }

    const uint64_t& time;
    uint64_t own_epoch = 0;  // durable
    uint64_t quiet_until = 0;
    std::map<ReplicaId, Peer> peers;
  };
  struct Node {
    explicit Node(const uint64_t& time) : support(time) {}
    ReplicaId id;
    Supporter support;
    Disk disk;
    std::deque<Write> writes;    // handed in, not durable
    std::unique_ptr<Raft> raft;  // null while it is down
    std::vector<std::string> machine;
    LogIndex applied;
    Term applied_term;
    Configuration applied_configuration;
    std::vector<EntryPtr> to_apply;
    LogIndex recovered_commit;  // known when it started
    LogIndex seen_commit;
    bool initialised = false;
    std::map<uint64_t, uint64_t> reads;  // id -> what it must see
    std::deque<std::pair<LogIndex, std::string>> proposals;
    Term leader_term;
    uint64_t ticks = 0;                   // since it started
    uint64_t quorum_since = 0;            // leads, with these members, from this tick on
    std::map<ReplicaId, uint64_t> heard;  // of a leader: the last tick in which each answered
    Configuration seen_configuration;
    // What it followed of each leader's heartbeats: term and read sequence.
    std::map<ReplicaId, std::pair<Term, uint64_t>> followed;
    bool restarted = false;
    int slow_disk_percent = 0, slow_clock_percent = 0;
    std::optional<SnapshotMetadata> staged;
    std::vector<std::string> staged_machine;
    bool installing = false;
  };

  // --- events
  void Event();
  void Deliver();
  void DeliverLate();
  void StepMessage(Node& to, const Message& message);
  void Tick(Node& node);
  void PersistOne(Node& node);
  void ApplySome(Node& node);
  void Propose(Node& node);
  void Read(Node& node);
  void ChangeConfiguration(Node& node);
  void Transfer(Node& node);
  void Campaign(Node& node);
  void Crash(Node& node);
  void CrashSeveral();
  void Start(Node& node);
  void Flush(Node& node);
  void Partition();
  void Isolate(ReplicaId id);
  void Heal();
  void PassTime();
  void SupportOne(Node& node, Node& by);
  void RaiseEpoch(Node& node);
  void Attack();
  void CheckReadCommit(const Message& message);
  bool MayHold(const Node& node) const;
  void ChangeSupport(Node& node);
  void AnswerReads(Node& node, const Ready& ready);
  void AnswerFetches(Node& node, const Ready& ready);
  void HandleReady(Node& node);
  void Post(Message message);
  void SendSnapshot(Node& from, ReplicaId to);
  void StepSnapshot(Node& to, const Message& message);
  void FinishInstall(Node& node, const SnapshotMetadata& metadata);
  static void MakeDurable(Node& node, const Write& write);
  Node* Leader();
  Node* Find(ReplicaId id);
  // One that leads or thinks so, else any.
  Node& Leading();
  Node& Any() { return *nodes_[prng_.Below(nodes_.size())]; }
  bool Settle();
  bool AllHave(LogIndex index);

  void TraceSupport();
  void TraceLeases();

  // --- checkers (cluster_sim_checks.cc)
  void Check(Node& node);
  void CheckPromise(const Message& message);
  void CheckConfiguration(const Entry& entry);
  void CheckElectable(LogIndex index, Term term);
  void CheckQuorumContact(Node& node);
  void CheckRead(Node& node, uint64_t id);
  void CheckCommitted(Node& node);
  void CheckLeader(Node& node);
  void CheckLeases();
  void CheckDurable(Node& node, LogIndex index, Term term);
  void Fail(const std::string& what);

  struct Committed {
    Term term;
    std::string data;
  };

  Prng prng_;
  Prng hold_prng_;      // of Raft::Hold, so that what else happens stays what it is without
  bool holds_ = false;  // leaders keep entries back
  ClusterSimTrace* trace_ = nullptr;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<Message> network_;
  std::vector<Message> late_;                    // held up for long, past partitions and elections
  std::set<std::pair<uint64_t, uint64_t>> cut_;  // directed
  std::map<LogIndex, Committed> committed_;
  std::map<Term, ReplicaId> leaders_;
  Configuration committed_configuration_;  // the latest
  LogIndex acknowledged_;                  // the highest index that a client knows to be applied
  uint64_t next_command_ = 0;
  std::string failure_;
  Counts counts_;
  uint64_t time_ = 1;  // real; only support between nodes knows it
  uint64_t fingerprint_ = 0;

  // Drawn from the seed.
  int loss_percent_ = 0, double_percent_ = 0, crash_weight_ = 0, partition_weight_ = 0,
      configuration_weight_ = 0, flush_weight_ = 0, tick_weight_ = 0, persist_weight_ = 0,
      propose_weight_ = 0, transfer_weight_ = 0, read_weight_ = 0, campaign_weight_ = 0,
      late_percent_ = 0, crash_after_percent_ = 0, isolate_percent_ = 0, election_ticks_ = 10,
      support_weight_ = 0, raise_weight_ = 0, attack_weight_ = 0;
  uint64_t promise_ = 0;
  bool fifo_ = false;
  bool support_crosses_cuts_ =
      false;  // messages of the group are lost, and heartbeats of nodes not
  uint64_t steps_ = 0;
};

}  // namespace skerry::raft
