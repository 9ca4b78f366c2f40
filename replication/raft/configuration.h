#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "base/strong.h"

namespace skerry::raft {

enum class VoteOutcome : uint8_t { kPending, kWon, kLost };

// Who belongs to a group, and what a majority is (thesis chapter 4). While `outgoing` is not empty
// the configuration is joint: majorities of both sets are needed (thesis 4.3). All lists are sorted
// and without duplicates.
struct Configuration {
  std::vector<ReplicaId> voters;
  std::vector<ReplicaId> outgoing;
  std::vector<ReplicaId> learners;
  std::vector<ReplicaId> learners_next;  // voters of `outgoing` that become learners
  bool operator==(const Configuration&) const = default;

  bool IsJoint() const { return !outgoing.empty(); }
  bool IsEmpty() const { return voters.empty(); }
  bool IsOneVoter(ReplicaId replica) const {
    return voters.size() == 1 && voters[0] == replica && outgoing.empty() && learners.empty() &&
           learners_next.empty();
  }
  // Of either set.
  bool IsVoter(ReplicaId replica) const;
  bool Contains(ReplicaId replica) const;
  // Everybody, sorted.
  std::vector<ReplicaId> Members() const;

  // The highest value that a majority (of both sets) has reached: of match indexes the commit
  // index, of acknowledged reads the last confirmed one. 0 without voters.
  uint64_t Reached(absl::FunctionRef<uint64_t(ReplicaId)> value) const;
  // `vote`: 1 granted, -1 rejected, 0 not heard.
  VoteOutcome Outcome(absl::FunctionRef<int(ReplicaId)> vote) const;

  // kInvalidArgument unless lists are sorted, without duplicates, and fit each other.
  Status Check() const;
  // The step from this configuration, which must not be joint, towards `target` (its voters and
  // learners): a joint one, or, if the voters stay, `target` itself.
  Configuration Towards(const Configuration& target) const;
  // The configuration that a joint one leads to.
  Configuration Left() const;
};

// "voters 1 2 3", for people; joint: "voters 1 2 4 outgoing 1 2 3 learners 5".
std::string ToString(const Configuration& configuration);

// As it stands in entries of kConfiguration (proto/raft/v1/raft.proto, Configuration).
std::string EncodeConfiguration(const Configuration& configuration);
// kCorruption if it is none.
Result<Configuration> DecodeConfiguration(std::string_view data);

}  // namespace skerry::raft
