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
#include "replication/raft/raft.h"

// For tests: several Raft replicas of one group on disks that forget what was not synced, with a
// network that loses, doubles, delays and reorders, and clients. One seed is one run. What is
// checked after each step is in cluster_sim.cc, "checkers".

namespace skerry::raft {

class ClusterSim {
 public:
  explicit ClusterSim(uint64_t seed);

  // `steps` random events with faults, then a phase in which everything heals and all must be done.
  // Empty, or what was violated.
  std::string Run(int steps);

  struct Counts {
    uint64_t elections = 0, commands = 0, reads = 0, crashes = 0, snapshots = 0, configurations = 0,
             transfers = 0, messages = 0, lost = 0, fetches = 0;
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
    bool Holds(LogIndex index, Term term) const;
  };
  struct Node {
    ReplicaId id;
    Disk disk;
    std::deque<Write> writes;    // handed in, not durable
    std::unique_ptr<Raft> raft;  // null while it is down
    std::vector<std::string> machine;
    LogIndex applied;
    Term applied_term;
    Configuration applied_configuration;
    std::vector<EntryPtr> to_apply;
    LogIndex seen_commit;
    bool initialised = false;
    std::map<uint64_t, uint64_t> reads;  // id -> what it must see
    std::deque<std::pair<LogIndex, std::string>> proposals;
    Term leader_term;
    std::optional<SnapshotMetadata> staged;
    std::vector<std::string> staged_machine;
    bool installing = false;
  };

  // --- events
  void Event();
  void Deliver();
  void Tick(Node& node);
  void PersistOne(Node& node);
  void ApplySome(Node& node);
  void Propose(Node& node);
  void Read(Node& node);
  void ChangeConfiguration(Node& node);
  void Transfer(Node& node);
  void Crash(Node& node);
  void Start(Node& node);
  void Flush(Node& node);
  void Partition();
  void Heal();
  void HandleReady(Node& node);
  void Post(Message message);
  void SendSnapshot(Node& from, ReplicaId to);
  void StepSnapshot(Node& to, const Message& message);
  void FinishInstall(Node& node, const SnapshotMetadata& metadata);
  static void MakeDurable(Node& node, const Write& write);
  Node* Leader();
  Node* Find(ReplicaId id);
  Node& Any() { return *nodes_[prng_.Below(nodes_.size())]; }
  bool Settle();

  // --- checkers
  void Check(Node& node);
  void CheckCommitted(Node& node);
  void CheckLeader(Node& node);
  void CheckDurable(Node& node, LogIndex index, Term term);
  void Fail(const std::string& what);

  struct Committed {
    Term term;
    std::string data;
  };

  Prng prng_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<Message> network_;
  std::set<std::pair<uint64_t, uint64_t>> cut_;  // directed
  std::map<LogIndex, Committed> committed_;
  std::map<Term, ReplicaId> leaders_;
  LogIndex acknowledged_;  // the highest index that a client knows to be applied
  uint64_t next_command_ = 0;
  std::string failure_;
  Counts counts_;
  uint64_t fingerprint_ = 0;

  // Drawn from the seed.
  int loss_percent_ = 0, double_percent_ = 0, crash_weight_ = 0, partition_weight_ = 0,
      configuration_weight_ = 0, flush_weight_ = 0, tick_weight_ = 0, persist_weight_ = 0,
      propose_weight_ = 0, transfer_weight_ = 0;
  bool fifo_ = false;
  uint64_t steps_ = 0;
};

}  // namespace skerry::raft
