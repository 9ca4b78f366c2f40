#pragma once

#include <cstdint>
#include <string_view>

// Bugs that tests plant to show that they would find them. A place in the product asks
// Planted(PlantedBug::kX); without SKERRY_PLANTED_BUGS, as in every build that is delivered, the
// answer is a constant and the branch is gone.

namespace skerry {

// One name a line, and what goes wrong: X(name, text). Of the algorithm, found by the simulation of
// replication/raft.
#define SKERRY_PLANTED_BUGS_OF_RAFT(X)                                                          \
  X(VoteNotPersisted, "term and vote are not written")                                          \
  X(VoteAnsweredBeforeDurable, "a vote is answered before it is durable")                       \
  X(VoteRequestedBeforeDurable, "a candidate asks for votes before its own vote is durable")    \
  X(VoteIgnoresLog, "a vote is granted to a candidate whose log is behind")                     \
  X(VoteTwice, "a replica votes for a second candidate of the same term")                       \
  X(VoteAfterRestart, "a replica that has just restarted votes at once")                        \
  X(PreVoteCounts, "a pre-vote counts as a vote")                                               \
  X(CampaignBeforeReapplied, "a replica campaigns before it has applied what was committed")    \
  X(HalfIsMajority, "half of the voters count as a majority")                                   \
  X(CheckQuorumMissing, "a leader that nobody answers leads on")                                \
  X(NoOpMissing, "a new leader appends no entry of its own")                                    \
  X(TransferTakesProposals, "a leader that is handing over takes proposals")                    \
  X(AcknowledgeBeforeDurable, "a follower acknowledges entries before they are durable")        \
  X(LeaderCountsUnsynced, "a leader counts its own entries before they are durable")            \
  X(CommitOfOlderTerm, "entries of an older term are committed by counting")                    \
  X(CommitBeyondAppend, "a follower commits what the leader has not confirmed to match")        \
  X(AppendOfOlderTerm, "an append of an earlier term's leader is accepted")                     \
  X(ConflictKept, "a follower keeps entries that contradict the leader's")                      \
  X(StaleAppendTruncates, "a late append cuts what stands behind it")                           \
  X(ReplacedWriteCounts, "a write that was replaced meanwhile counts as durable")               \
  X(ApplyBeforeCommit, "entries are applied before they are committed")                         \
  X(ReadBeforeNoOp, "a new leader serves reads before an entry of its term is applied")         \
  X(ReadWithoutMajority, "a read by index does not ask who leads")                              \
  X(ReadSequenceIgnored, "an old heartbeat's answer confirms a new read")                       \
  X(ReadSurvivesStepDown, "reads of an earlier term are confirmed in a later one")              \
  X(JointNeedsOneMajority, "a joint configuration asks for one majority only")                  \
  X(LearnerCounts, "a learner counts as a voter")                                               \
  X(TwoConfigurationChanges, "a second change begins before the first is applied")              \
  X(JointLeftEarly, "a joint configuration is left before it is committed")                     \
  X(RemovedVotesOn, "a replica that was told that it is removed takes part on")                 \
  X(StaleSnapshotInstalled, "a snapshot older than the state is installed")                     \
  X(VoteWhileFortified, "a voter votes though it is bound to its leader")                       \
  X(FortifiedNotDurable, "a voter says that it is bound before that is durable")                \
  X(LeaseUnfortified, "support alone makes a lease")                                            \
  X(LeaseOfOtherEpoch, "a lease counts who was bound for another epoch")                        \
  X(LeaseKeptOverTransfer, "a leader that hands over keeps its lease")                          \
  X(ReadCommitBeforeNoOp, "a new leader tells its commit index before it can know the group's") \
  X(LeaseBeforeNoOp, "a new leader has a lease before an entry of its term is applied")         \
  X(SnapshotKeepsLog, "after a snapshot the log goes on where it was")

// Of support between nodes, found by the simulation of replication/liveness.
#define SKERRY_PLANTED_BUGS_OF_LIVENESS(X)                                           \
  X(LeaseFromReceipt, "support is counted from the answer's receipt")                \
  X(EpochNotRaised, "a node that starts again asks for support of its former epoch") \
  X(SupportedAgain, "an epoch whose support was withdrawn is supported again")       \
  X(WithdrawalNotDurable, "a withdrawal counts before it is durable")                \
  X(NoQuietAfterRestart, "a supporter that has restarted withdraws and votes at once")

// Of what a node makes of it (log, group, replica), found by the simulation of server/replica.
#define SKERRY_PLANTED_BUGS_OF_REPLICAS(X)                                                       \
  X(FollowerNeverStale, "a follower that nobody tells anything answers eventual reads for ever") \
  X(FollowerFreshUnapplied, "a follower is fresh before it has applied what it was told of")     \
  X(LogNotSynced, "the log says that it is durable before it is")                                \
  X(LogCutAboveFlushed, "the log is cut above what the engine has flushed")                      \
  X(ConfigurationsForgotten, "a restart does not look for configurations in the log")            \
  X(ConfigurationCutOff, "the log is cut without keeping the configuration before it")           \
  X(InstallationForgotten, "a restart does not look for a snapshot that the log lacks")          \
  X(SnapshotClaimsMore, "a snapshot says that it holds more than it does")                       \
  X(UnknownToldAsRefused, "a write whose outcome is unknown is told to have failed")             \
  X(AnswerFromOverlay, "a refusal does not wait for the write that it stands on")                \
  X(ReadUnconfirmed, "a read does not ask whether this is still the leader")                     \
  X(EarlierReplicaKept, "a group that comes back to a node finds what it had there")             \
  X(TombstoneNotWritten, "the end of a replica is not written to the log")                       \
  X(KeptNotInOverlay, "a repeated write is not looked up among those under way")                 \
  X(KeptNotInState, "a repeated write is not looked up among those applied")                     \
  X(KeptNotInSnapshot, "a snapshot leaves out the kept answers")                                 \
  X(KeptPrunedEarly, "a kept answer goes while its write may still be repeated")                 \
  X(RepeatAnsweredEarly, "a repetition is answered before the write is applied")                 \
  X(RefusalNotKept, "a second copy's refusal is not kept, and the first may come later")         \
  X(StampAgeIgnored, "a stamp is taken that is older than what is kept")                         \
  X(ClockBehindFormer, "a new leader's clock is below that of the one before")

// Of splits in storage, found by the property test of storage/partition.
#define SKERRY_PLANTED_BUGS_OF_SPLITS(X)                                        \
  X(AppliedBehindSplit, "a command behind the split changes the parent's rows") \
  X(ScanBeyondRange, "a scan returns rows of the other child")                  \
  X(SiblingDestroyed, "the end of one child takes the other's rows")            \
  X(KeptNotSplit, "a child does not get the kept answers of its parent")        \
  X(SnapshotBeyondRange, "a child's snapshot holds rows of the other child")    \
  X(ChildrenSwept, "a start removes children that the log does not know yet")   \
  X(CountForgetsChanges, "what changes while a child is counted is left out")   \
  X(OldRowsTakeAll, "a snapshot takes the place of the rows of siblings too")   \
  X(BaseOverReplica, "a split overwrites a child that came by a snapshot")      \
  X(SealedSendsRows, "a snapshot of a partition that was split has its children's rows")

// Of splits in replicas, found by the simulation of server/replica that has them.
#define SKERRY_PLANTED_BUGS_OF_SPLIT_REPLICAS(X)                             \
  X(SplitServedOn, "a partition that is being split or was goes on serving") \
  X(SplitCounted, "a split does not wait for the writes under way")          \
  X(ChildBeforeFlush, "a child's log is durable before its base state is")

// Of the cluster's feature level, found by the simulation of whole nodes.
#define SKERRY_PLANTED_BUGS_OF_LEVELS(X)                                               \
  X(LeasesBelowLevel, "nodes ask each other for support whatever the cluster's level") \
  X(LevelRaisedEarly, "the level is raised though a node does not speak it")           \
  X(LevelLoweredEarly, "the level is lowered before all nodes have followed")

#define SKERRY_PLANTED_BUGS_LIST(X)        \
  SKERRY_PLANTED_BUGS_OF_RAFT(X)           \
  SKERRY_PLANTED_BUGS_OF_LIVENESS(X)       \
  SKERRY_PLANTED_BUGS_OF_REPLICAS(X)       \
  SKERRY_PLANTED_BUGS_OF_SPLITS(X)         \
  SKERRY_PLANTED_BUGS_OF_SPLIT_REPLICAS(X) \
  SKERRY_PLANTED_BUGS_OF_LEVELS(X)

enum class PlantedBug : uint8_t {
  kNone,
#define SKERRY_ENUMERATOR(name, text) k##name,
  SKERRY_PLANTED_BUGS_LIST(SKERRY_ENUMERATOR)
#undef SKERRY_ENUMERATOR
      kCount,
};

constexpr auto kLastPlantedBugOfRaft = PlantedBug::kSnapshotKeepsLog;
constexpr auto kLastPlantedBugOfLiveness = PlantedBug::kNoQuietAfterRestart;
constexpr auto kLastPlantedBugOfReplicas = PlantedBug::kClockBehindFormer;
constexpr auto kLastPlantedBugOfSplitStorage = PlantedBug::kSealedSendsRows;
constexpr auto kLastPlantedBugOfSplitReplicas = PlantedBug::kChildBeforeFlush;

constexpr std::string_view PlantedBugName(PlantedBug bug) {
  constexpr std::string_view kNames[] = {"None",
#define SKERRY_NAME(name, text) #name,
                                         SKERRY_PLANTED_BUGS_LIST(SKERRY_NAME)
#undef SKERRY_NAME
  };
  return kNames[static_cast<size_t>(bug)];
}

constexpr std::string_view PlantedBugText(PlantedBug bug) {
  constexpr std::string_view kTexts[] = {"none",
#define SKERRY_TEXT(name, text) text,
                                         SKERRY_PLANTED_BUGS_LIST(SKERRY_TEXT)
#undef SKERRY_TEXT
  };
  return kTexts[static_cast<size_t>(bug)];
}

#ifdef SKERRY_PLANTED_BUGS
namespace internal {
inline PlantedBug planted_bug = PlantedBug::kNone;
}  // namespace internal
// Of the whole process; set between runs of a simulation, which is one thread.
inline void Plant(PlantedBug bug) { internal::planted_bug = bug; }
inline bool Planted(PlantedBug bug) { return internal::planted_bug == bug; }
#else
constexpr bool Planted(PlantedBug) { return false; }
#endif

}  // namespace skerry
