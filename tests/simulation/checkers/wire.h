#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/strong.h"
#include "replication/raft/types.h"

namespace skerry::simulation {

// What messages of Raft say that cannot be true together (Ongaro's dissertation, figure 3.2):
// election safety, one leader a term; log matching, one entry at an index of a term, with one
// history before it; and one committed entry at an index.
class WireChecker {
 public:
  void Saw(GroupId group, const raft::Message& message);
  // At most some.
  const std::vector<std::string>& violations() const { return violations_; }
  uint64_t messages() const { return messages_; }
  uint64_t leaders() const { return leaders_.size(); }

 private:
  struct Seen {
    uint64_t hash;  // of kind and data
    Term before;    // of the entry before it
  };
  void SawEntry(GroupId group, const raft::Entry& entry, Term before);
  void SawCommit(GroupId group, const raft::Message& message);
  void Violation(std::string what);

  std::map<std::pair<GroupId, Term>, ReplicaId> leaders_;
  std::map<std::tuple<GroupId, LogIndex, Term>, Seen> entries_;
  // What the group's leader of that term has sent: terms by index.
  std::map<std::pair<GroupId, Term>, std::map<LogIndex, Term>> sent_;
  std::map<std::pair<GroupId, LogIndex>, Term> committed_;
  std::vector<std::string> violations_;
  uint64_t messages_ = 0;
};

}  // namespace skerry::simulation
