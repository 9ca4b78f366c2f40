#include "replication/raft/configuration.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "base/prng.h"
#include "proto/raft/v1/raft.pb.h"

namespace skerry::raft {
namespace {

std::vector<ReplicaId> Ids(std::initializer_list<uint64_t> numbers) {
  return {numbers.begin(), numbers.end()};
}

Configuration Make(std::initializer_list<uint64_t> voters,
                   std::initializer_list<uint64_t> outgoing = {},
                   std::initializer_list<uint64_t> learners = {},
                   std::initializer_list<uint64_t> learners_next = {}) {
  return {Ids(voters), Ids(outgoing), Ids(learners), Ids(learners_next)};
}

// What a configuration has reached if replica i has reached reached[i - 1].
uint64_t Reached(const Configuration& configuration, const std::vector<uint64_t>& reached) {
  return configuration.Reached([&](ReplicaId replica) { return reached.at(replica.value - 1); });
}

// "+": granted, "-": rejected, anything else: not heard.
VoteOutcome Outcome(const Configuration& configuration, const std::string& votes) {
  return configuration.Outcome([&](ReplicaId replica) {
    const char vote = votes.at(replica.value - 1);
    return vote == '+' ? 1 : vote == '-' ? -1 : 0;
  });
}

TEST(ConfigurationTest, AMajorityIsMoreThanHalf) {
  EXPECT_EQ(Reached(Make({1}), {7}), 7U);
  EXPECT_EQ(Reached(Make({1, 2}), {7, 5}), 5U);
  EXPECT_EQ(Reached(Make({1, 2, 3}), {7, 5, 1}), 5U);
  EXPECT_EQ(Reached(Make({1, 2, 3, 4}), {7, 6, 5, 1}), 5U);
  EXPECT_EQ(Reached(Make({1, 2, 3, 4, 5}), {7, 6, 5, 1, 0}), 5U);
  EXPECT_EQ(Reached(Configuration(), {}), 0U);
}

TEST(ConfigurationTest, AVoteIsWonOrLostOnceThatIsCertain) {
  const Configuration four = Make({1, 2, 3, 4});
  EXPECT_EQ(Outcome(four, "++.."), VoteOutcome::kPending);
  EXPECT_EQ(Outcome(four, "+++."), VoteOutcome::kWon);
  EXPECT_EQ(Outcome(four, "+-.."), VoteOutcome::kPending);
  EXPECT_EQ(Outcome(four, "++--"), VoteOutcome::kLost);
  EXPECT_EQ(Outcome(Make({1}), "."), VoteOutcome::kPending);
  EXPECT_EQ(Outcome(Make({1}), "+"), VoteOutcome::kWon);
  EXPECT_EQ(Outcome(Configuration(), ""), VoteOutcome::kLost);
}

// Thesis 4.3.
TEST(ConfigurationTest, AJointOneNeedsBothMajorities) {
  const Configuration joint = Make({3, 4, 5}, {1, 2, 3});
  EXPECT_EQ(Reached(joint, {9, 9, 9, 0, 0}), 0U);
  EXPECT_EQ(Reached(joint, {0, 0, 9, 9, 9}), 0U);
  EXPECT_EQ(Reached(joint, {9, 0, 8, 7, 0}), 7U);
  EXPECT_EQ(Outcome(joint, "+++.."), VoteOutcome::kPending);
  EXPECT_EQ(Outcome(joint, "..+++"), VoteOutcome::kPending);
  EXPECT_EQ(Outcome(joint, "+.++."), VoteOutcome::kWon);
  EXPECT_EQ(Outcome(joint, "--+++"), VoteOutcome::kLost);
}

TEST(ConfigurationTest, LearnersCountForNothing) {
  const Configuration configuration = Make({1, 2, 3}, {}, {4, 5});
  EXPECT_EQ(Reached(configuration, {9, 0, 0, 9, 9}), 0U);
  EXPECT_EQ(Outcome(configuration, "+..++"), VoteOutcome::kPending);
  EXPECT_FALSE(configuration.IsVoter(ReplicaId(4)));
  EXPECT_TRUE(configuration.Contains(ReplicaId(4)));
  EXPECT_FALSE(Make({1}, {}, {2}).IsOneVoter(ReplicaId(1)));
  EXPECT_TRUE(Make({1}).IsOneVoter(ReplicaId(1)));
}

// Any two majorities of a configuration have a replica in common: what elections and commitment
// stand on.
TEST(ConfigurationTest, MajoritiesOverlap) {
  const std::vector<Configuration> configurations = {
      Make({1}),          Make({1, 2}),          Make({1, 2, 3}),
      Make({1, 2, 3, 4}), Make({3, 4}, {1, 2}),  Make({3, 4, 5}, {1, 2, 3}),
      Make({5}, {1, 2}),  Make({1, 2}, {}, {3}), Make({1, 2, 3, 4, 5})};
  const auto is_majority = [](const Configuration& configuration, unsigned set) {
    return configuration.Reached([&](ReplicaId r) { return (set >> (r.value - 1)) & 1; }) == 1;
  };
  for (const Configuration& configuration : configurations) {
    for (unsigned a = 0; a < 32; ++a) {
      const unsigned b = 31 & ~a;
      EXPECT_FALSE(is_majority(configuration, a) && is_majority(configuration, b))
          << ToString(configuration) << ": " << a;
    }
  }
}

TEST(ConfigurationTest, ChangesOfVotersGoByAJointOne) {
  const Configuration joint = Make({1, 2, 3}).Towards(Make({2, 3, 4}, {}, {1, 5}));
  EXPECT_EQ(joint, Make({2, 3, 4}, {1, 2, 3}, {5}, {1}));
  EXPECT_TRUE(joint.Check().ok());
  EXPECT_TRUE(joint.IsVoter(ReplicaId(1)));  // until the joint one is left
  EXPECT_EQ(joint.Left(), Make({2, 3, 4}, {}, {1, 5}));
}

TEST(ConfigurationTest, ChangesOfLearnersAloneNeedNoJointOne) {
  EXPECT_EQ(Make({1, 2}, {}, {3}).Towards(Make({1, 2}, {}, {4})), Make({1, 2}, {}, {4}));
}

TEST(ConfigurationTest, MalformedOnesAreRefused) {
  EXPECT_TRUE(Make({1, 2}, {1, 3}, {4}, {3}).Check().ok());
  EXPECT_FALSE(Configuration().Check().ok());
  EXPECT_FALSE(Make({}, {1}).Check().ok());
  EXPECT_FALSE(Make({2, 1}).Check().ok());
  EXPECT_FALSE(Make({1, 1}).Check().ok());
  EXPECT_FALSE(Make({0, 1}).Check().ok());
  EXPECT_FALSE(Make({1}, {}, {1}).Check().ok());
  EXPECT_FALSE(Make({1}, {2}, {2}).Check().ok());
  EXPECT_FALSE(Make({1}, {1, 2}, {}, {1}).Check().ok());  // stays a voter
  EXPECT_FALSE(Make({1}, {1, 2}, {}, {3}).Check().ok());  // was no voter
}

TEST(ConfigurationTest, WhatIsEncodedIsDecoded) {
  for (const Configuration& configuration :
       {Make({1}), Make({1, 2, 3}, {}, {4}), Make({1, 2}, {1, 3}, {4}, {3})}) {
    const auto decoded = DecodeConfiguration(EncodeConfiguration(configuration));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(*decoded, configuration);
  }
}

TEST(ConfigurationTest, MalformedBytesAreCorruption) {
  proto::raft::v1::Configuration twice;
  twice.add_voters(1);
  twice.add_voters(1);
  const std::string good = EncodeConfiguration(Make({1, 2, 3}, {1, 2, 300}));
  for (const std::string& bytes :
       {std::string(), std::string("\xff\xff\xff"), good.substr(0, good.size() - 1),
        EncodeConfiguration(Make({1}, {}, {1})), twice.SerializeAsString()}) {
    EXPECT_EQ(DecodeConfiguration(bytes).status().code(), StatusCode::kCorruption);
  }
}

// Whatever the bytes: an error, or a configuration that keeps the rules.
TEST(ConfigurationTest, AnyBytesAreAnErrorOrWellFormed) {
  Prng prng(1);
  const std::string good = EncodeConfiguration(Make({1, 2, 3}, {1, 2, 300}, {7}, {300}));
  int decoded_count = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = good;
    for (uint64_t changes = 1 + prng.Below(3); changes > 0; --changes) {
      bytes[prng.Below(bytes.size())] = static_cast<char>(prng.Below(256));
    }
    const auto decoded = DecodeConfiguration(bytes);
    if (!decoded.ok()) continue;
    ++decoded_count;
    EXPECT_TRUE(decoded->Check().ok());
  }
  EXPECT_GT(decoded_count, 100);
}

TEST(ConfigurationTest, PrintsForPeople) {
  EXPECT_EQ(ToString(Make({1, 2, 4}, {1, 2, 3}, {5}, {3})),
            "voters 1 2 4 outgoing 1 2 3 learners 5 next learners 3");
  EXPECT_EQ(ToString(Configuration()), "nobody");
}

}  // namespace
}  // namespace skerry::raft
