#include "replication/raft/configuration.h"

#include <algorithm>
#include <iterator>

#include "absl/container/inlined_vector.h"
#include "base/planted_bug.h"
#include "proto/raft/v1/raft.pb.h"

namespace skerry::raft {
namespace {

using Replicas = std::vector<ReplicaId>;

bool Has(const Replicas& replicas, ReplicaId replica) {
  return std::binary_search(replicas.begin(), replicas.end(), replica);
}

bool IsSet(const Replicas& replicas) {
  return std::adjacent_find(replicas.begin(), replicas.end(), std::greater_equal<>()) ==
         replicas.end();
}

bool Disjoint(const Replicas& a, const Replicas& b) {
  return std::none_of(a.begin(), a.end(), [&](ReplicaId replica) { return Has(b, replica); });
}

Replicas Union(const Replicas& a, const Replicas& b) {
  Replicas both;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

Replicas Sorted(Replicas replicas) {
  std::sort(replicas.begin(), replicas.end());
  return replicas;
}

size_t Majority(size_t voters) {
  return Planted(PlantedBug::kHalfIsMajority) ? (voters + 1) / 2 : voters / 2 + 1;
}

uint64_t MajorityReached(const Replicas& voters, absl::FunctionRef<uint64_t(ReplicaId)> value) {
  if (voters.empty()) return UINT64_MAX;  // an empty set holds nothing back
  absl::InlinedVector<uint64_t, 8> values;
  for (const ReplicaId voter : voters) values.push_back(value(voter));
  // So many have reached it.
  const auto at = values.begin() + static_cast<ptrdiff_t>(Majority(values.size()) - 1);
  std::nth_element(values.begin(), at, values.end(), std::greater<>());
  return *at;
}

VoteOutcome MajorityOutcome(const Replicas& voters, absl::FunctionRef<int(ReplicaId)> vote) {
  if (voters.empty()) return VoteOutcome::kWon;
  size_t granted = 0;
  size_t rejected = 0;
  for (const ReplicaId voter : voters) {
    const int said = vote(voter);
    granted += said > 0 ? 1 : 0;
    rejected += said < 0 ? 1 : 0;
  }
  const size_t needed = Majority(voters.size());
  if (granted >= needed) return VoteOutcome::kWon;
  return voters.size() - rejected < needed ? VoteOutcome::kLost : VoteOutcome::kPending;
}

void Print(std::string_view name, const Replicas& replicas, std::string* out) {
  if (replicas.empty()) return;
  if (!out->empty()) *out += ' ';
  *out += name;
  for (const ReplicaId replica : replicas) *out += ' ' + std::to_string(replica.value);
}

template <typename Field>
void Put(const Replicas& replicas, Field* field) {
  for (const ReplicaId replica : replicas) field->Add(replica.value);
}

template <typename Field>
Replicas Take(const Field& field) {
  Replicas replicas;
  for (const uint64_t value : field) replicas.emplace_back(value);
  return replicas;
}

}  // namespace

bool Configuration::IsVoter(ReplicaId replica) const {
  return Has(voters, replica) || Has(outgoing, replica);
}

bool Configuration::Contains(ReplicaId replica) const {
  return IsVoter(replica) || Has(learners, replica) || Has(learners_next, replica);
}

std::vector<ReplicaId> Configuration::Members() const {
  return Union(Union(voters, outgoing), Union(learners, learners_next));
}

uint64_t Configuration::Reached(absl::FunctionRef<uint64_t(ReplicaId)> value) const {
  if (voters.empty()) return 0;
  if (Planted(PlantedBug::kJointNeedsOneMajority)) return MajorityReached(voters, value);
  if (Planted(PlantedBug::kLearnerCounts)) return MajorityReached(Members(), value);
  return std::min(MajorityReached(voters, value), MajorityReached(outgoing, value));
}

VoteOutcome Configuration::Outcome(absl::FunctionRef<int(ReplicaId)> vote) const {
  if (voters.empty()) return VoteOutcome::kLost;
  const VoteOutcome incoming_outcome = MajorityOutcome(voters, vote);
  if (Planted(PlantedBug::kJointNeedsOneMajority)) return incoming_outcome;
  const VoteOutcome outgoing_outcome = MajorityOutcome(outgoing, vote);
  if (incoming_outcome == VoteOutcome::kLost || outgoing_outcome == VoteOutcome::kLost) {
    return VoteOutcome::kLost;
  }
  return incoming_outcome == outgoing_outcome ? incoming_outcome : VoteOutcome::kPending;
}

Status Configuration::Check() const {
  const auto malformed = [&](std::string_view why) {
    return InvalidArgument("configuration (" + ToString(*this) + "): " + std::string(why));
  };
  for (const Replicas* replicas : {&voters, &outgoing, &learners, &learners_next}) {
    if (!IsSet(*replicas)) return malformed("replicas stand in order, each once");
    if (!replicas->empty() && replicas->front().value == 0) return malformed("0 is no replica");
  }
  if (voters.empty()) return malformed("a group has a voter");
  if (!Disjoint(learners, voters) || !Disjoint(learners, outgoing)) {
    return malformed("a learner is no voter");
  }
  if (!std::includes(outgoing.begin(), outgoing.end(), learners_next.begin(),
                     learners_next.end()) ||
      !Disjoint(learners_next, voters)) {
    return malformed("who becomes a learner is an outgoing voter");
  }
  return OkStatus();
}

Configuration Configuration::Towards(const Configuration& target) const {
  SKERRY_CHECK(!IsJoint() && !target.IsJoint());
  if (target.voters == voters) return target;
  Configuration joint;
  joint.voters = target.voters;
  joint.outgoing = voters;
  for (const ReplicaId learner : target.learners) {
    (Has(voters, learner) ? joint.learners_next : joint.learners).push_back(learner);
  }
  return joint;
}

Configuration Configuration::Left() const {
  SKERRY_CHECK(IsJoint());
  Configuration left;
  left.voters = voters;
  left.learners = Union(learners, learners_next);
  return left;
}

std::string ToString(const Configuration& configuration) {
  std::string text;
  Print("voters", configuration.voters, &text);
  Print("outgoing", configuration.outgoing, &text);
  Print("learners", configuration.learners, &text);
  Print("next learners", configuration.learners_next, &text);
  return text.empty() ? "nobody" : text;
}

std::string EncodeConfiguration(const Configuration& configuration) {
  proto::raft::v1::Configuration message;
  Put(configuration.voters, message.mutable_voters());
  Put(configuration.outgoing, message.mutable_outgoing());
  Put(configuration.learners, message.mutable_learners());
  Put(configuration.learners_next, message.mutable_learners_next());
  return message.SerializeAsString();
}

Result<Configuration> DecodeConfiguration(std::string_view data) {
  proto::raft::v1::Configuration message;
  if (!message.ParseFromArray(data.data(), static_cast<int>(data.size()))) {
    return Corruption("an entry holds no configuration");
  }
  Configuration configuration;
  configuration.voters = Sorted(Take(message.voters()));
  configuration.outgoing = Sorted(Take(message.outgoing()));
  configuration.learners = Sorted(Take(message.learners()));
  configuration.learners_next = Sorted(Take(message.learners_next()));
  if (Status status = configuration.Check(); !status.ok()) {
    return Corruption(std::string(status.message()));
  }
  return configuration;
}

}  // namespace skerry::raft
