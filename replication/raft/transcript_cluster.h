#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "replication/raft/raft.h"

// For tests: a few replicas of one group, moved by hand, one command at a time, and printed.
// transcript_test.cc says what the commands are.

namespace skerry::raft {

class TranscriptCluster {
 public:
  using Words = std::vector<std::string>;

  // Does what a command says and returns what there is to see, always ending with a newline.
  std::string Play(const std::string& command);

 private:
  struct Write {
    uint64_t number = 0;
    std::optional<HardState> hard_state;
    LogIndex commit;
    std::vector<EntryPtr> entries;
  };
  struct Replica {
    ReplicaId id;
    Prng prng{1};
    Options options;  // as at its last start
    // On disk.
    HardState hard_state;
    SnapshotMetadata start;
    std::map<LogIndex, EntryPtr> log;
    std::deque<Write> writes;  // handed out, not durable
    std::deque<EntryPtr> to_apply;
    LogIndex applied;
    Term applied_term;
    Configuration configuration;  // applied
    std::string shown;            // the status that was printed last
    std::unique_ptr<Raft> raft;   // null while it is down
  };

  // --- commands
  std::string Run(Replica* replica, const Words& words);
  std::string RunCluster(const Words& words);
  std::string Start(const Words& words);
  std::string StartCluster(const Words& words);
  std::string GiveLog(Replica& replica, const Words& words);
  std::string Restart(Replica& replica);
  std::string Move(const Words& words);

  // --- the machinery
  std::string TakeReady(Replica& replica, bool all);
  void Persist(Replica& replica, uint64_t number);
  std::string Apply(Replica& replica, LogIndex index);
  std::string Process(Replica& replica);
  void AnswerFetch(Replica& replica, const Fetch& fetch);
  std::string SendSnapshot(Replica& replica, ReplicaId to);
  void Install(Replica& replica, const SnapshotMetadata& metadata);
  void Flush(Replica& replica);
  std::string Deliver(const Words& words);
  std::string Step(const Message& message);
  std::string Settle(bool quietly);
  std::string Timeout(Replica& replica);
  Replica* Find(ReplicaId id);
  std::string ChangedStatus();
  std::string Status(const Replica& replica) const;

  std::map<ReplicaId, Replica> replicas_;
  std::deque<Message> network_;
  std::vector<Message> held_;
  std::set<std::pair<uint64_t, uint64_t>> cut_, hold_;
};

// As transcripts show them.
std::string Print(const Entry& entry);
std::string Print(const Message& message);

}  // namespace skerry::raft
