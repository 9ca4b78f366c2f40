// A replica over a real partition, group and log in virtual time: what an answer waits for, what a
// refusal leaves behind, what a crash at any moment leaves of what was answered.

#include "server/replica/replica.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "server/replica/replica_testing.h"

namespace skerry::replica {
namespace {

using document::AttributeValue;
using document::Item;
using document::Number;
using partition::WriteRequest;
using partition::WriteResult;
using Kind = WriteRequest::Kind;
using Written = Result<WriteResult>;

constexpr GroupId kGroup{7};

std::shared_ptr<const partition::Schema> Counters() {
  auto schema = std::make_shared<partition::Schema>();
  schema->key.partition_key = "id";
  return schema;
}

std::shared_ptr<const expression::Condition> Holds(std::string_view text) {
  expression::Compiler compiler(nullptr, nullptr);
  auto condition = compiler.CompileCondition("ConditionExpression", text);
  SKERRY_CHECK(condition.ok());
  return *condition;
}

WriteRequest Of(Kind kind, Item item) {
  WriteRequest request;
  request.kind = kind;
  request.row_key = partition::ItemRowKey(Counters()->key, item);
  request.item = std::move(item);
  return request;
}

WriteRequest Put(const std::string& id, size_t bytes = 10) {
  return Of(Kind::kPut, Item{{"id", AttributeValue::S(id)},
                             {"text", AttributeValue::S(std::string(bytes, 'x'))}});
}

WriteRequest PutNew(const std::string& id) {
  WriteRequest request = Put(id);
  request.condition = Holds("attribute_not_exists(id)");
  return request;
}

WriteRequest Add(const std::string& id, int n) {
  const document::AttributeMap values = {{":n", AttributeValue::N(Number::FromInt(n))}};
  expression::Compiler compiler(nullptr, &values);
  auto update = compiler.CompileUpdate("ADD n :n");
  SKERRY_CHECK(update.ok());
  WriteRequest request = Of(Kind::kUpdate, Item{{"id", AttributeValue::S(id)}});
  request.update = *update;
  request.want_new = true;
  return request;
}

std::string CountIn(std::string_view encoded) {
  if (encoded.empty()) return "none";
  const auto item = document::DecodeItem(encoded);
  SKERRY_CHECK(item.ok());
  const AttributeValue* n = item->Find("n");
  return n == nullptr ? "none" : n->number().ToString();
}

WriteRequest Stamped(WriteRequest request, uint64_t sequence, uint64_t issued_hlc) {
  request.stamp = partition::Stamp{
      .node = NodeId(5), .incarnation = 1, .sequence = sequence, .issued_hlc = issued_hlc};
  return request;
}

class ReplicaTest : public testing::Test {
 protected:
  // A node with a new group.
  void Begin(TestOptions options = {}) {
    node_ = std::make_unique<TestNode>(options);
    ASSERT_TRUE(node_->Start().ok());
    auto created = node_->Await(node_->replicas().Create(kGroup, Counters()));
    ASSERT_TRUE(created.ok()) << created.status().ToString();
    replica_ = *created;
  }

  void Restart(bool power_cut) {
    node_->Crash(power_cut);
    replica_ = nullptr;
    ASSERT_TRUE(node_->Start().ok());
    auto opened = node_->Await(node_->replicas().Open(kGroup, Counters()));
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    replica_ = *opened;
  }

  // Begins all of them in one turn of the home executor: nothing can be applied in between.
  std::vector<Pending<Written>> BeginTogether(std::vector<WriteRequest> requests) {
    std::vector<Pending<Written>> all(requests.size());
    replica_->home().Post([replica = replica_, all, requests = std::move(requests)]() mutable {
      for (size_t i = 0; i < requests.size(); ++i) {
        Spawn(replica->Write(std::move(requests[i])),
              [result = all[i].result_](Written written) { result->emplace(std::move(written)); });
      }
    });
    return all;
  }
  void Finish(const std::vector<Pending<Written>>& all) {
    ASSERT_TRUE(node_->RunUntil([&] {
      return std::all_of(all.begin(), all.end(), [](const auto& one) { return one.done(); });
    }));
  }

  std::string Stored(const std::string& id) {
    engine::PinnedValue pin;
    EXPECT_TRUE(node_->RunUntil([&] { return replica_->ready(); }));
    auto item = replica_->Get(Put(id).row_key, &pin);
    EXPECT_TRUE(item.ok());
    return item.ok() ? std::string(*item) : "";
  }

  // A timestamp of now.
  uint64_t Now() { return Hlc(node_->world().clock()).Next(); }
  void LetTimePass(std::chrono::seconds how_much) {
    node_->world().clock().SetWallOffset(std::chrono::hours(24 * 365 * 55) + how_much);
  }

  std::unique_ptr<TestNode> node_;
  std::shared_ptr<Replica> replica_;
};

TEST_F(ReplicaTest, SeesWritesUnderWayAsIfTheyWereDone) {
  Begin();
  auto all = BeginTogether({Add("a", 1), Add("a", 2), Add("a", 4)});
  Finish(all);
  ASSERT_TRUE(all[2]->ok());
  EXPECT_EQ(CountIn((*all[0])->new_item), "1");
  EXPECT_EQ(CountIn((*all[1])->new_item), "3");
  EXPECT_EQ(CountIn((*all[2])->new_item), "7");
  EXPECT_EQ(CountIn(Stored("a")), "7");
}

TEST_F(ReplicaTest, ADeletionUnderWayIsSeen) {
  Begin();
  ASSERT_TRUE(node_->Await(replica_->Write(Add("a", 5))).ok());
  auto all = BeginTogether(
      {Of(Kind::kDelete, Item{{"id", AttributeValue::S("a")}}), PutNew("a"), Add("b", 1)});
  Finish(all);
  ASSERT_TRUE(all[1]->ok());
  EXPECT_FALSE((*all[1])->condition_failed);
  EXPECT_EQ(CountIn(Stored("a")), "none");
}

// An answer that tells of another's write leaves only when that one is applied and durable.
TEST_F(ReplicaTest, AFailedConditionWaitsForTheWriteThatItSaw) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Begin({.seed = seed});
    auto all = BeginTogether({Put("a"), PutNew("a")});
    ASSERT_TRUE(node_->RunUntil([&] { return all[1].done(); }));
    ASSERT_TRUE(all[1]->ok());
    EXPECT_TRUE((*all[1])->condition_failed);
    EXPECT_EQ(replica_->statistics(0).items, 1) << "answered before the write was applied";
    Restart(/*power_cut=*/true);
    EXPECT_NE(Stored("a"), "") << "the answer told of a write that is gone";
  }
}

TEST_F(ReplicaTest, SoDoAnErrorOfTheEvaluationAndAWriteThatChangesNothing) {
  Begin();
  WriteRequest text = Put("a");  // `n` is a string: ADD must be refused
  text.item.Set("n", AttributeValue::S("no number"));
  WriteRequest same = text;
  auto all = BeginTogether({std::move(text), Add("a", 1), std::move(same)});
  bool early = false;
  ASSERT_TRUE(node_->RunUntil([&] {
    early |= (all[1].done() || all[2].done()) && replica_->statistics(0).items == 0;
    return all[1].done() && all[2].done();
  }));
  EXPECT_FALSE(early);
  EXPECT_EQ(all[1]->status().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(all[2]->ok());
}

TEST_F(ReplicaTest, AFailedConditionOnWhatIsAppliedIsAnsweredAtOnce) {
  Begin();
  ASSERT_TRUE(node_->Await(replica_->Write(Put("a"))).ok());
  const uint64_t synced = node_->disk().syncs();
  const Written written = node_->Await(replica_->Write(PutNew("a")));
  ASSERT_TRUE(written.ok());
  EXPECT_TRUE(written->condition_failed);
  EXPECT_EQ(node_->disk().syncs(), synced);
}

// Room for one write: what is proposed beside it is refused.
TEST_F(ReplicaTest, ARefusedWriteIsSeenByNobody) {
  Begin({.max_pending_bytes_per_group = 1});
  WriteRequest after = Put("b");
  after.condition = Holds("attribute_exists(id)");
  auto all = BeginTogether({Put("a"), Put("b"), std::move(after), PutNew("a")});
  Finish(all);
  EXPECT_TRUE(all[0]->ok());
  EXPECT_EQ(all[1]->status().code(), StatusCode::kResourceExhausted);
  ASSERT_TRUE(all[2]->ok()) << all[2]->status().ToString();
  EXPECT_TRUE((*all[2])->condition_failed) << "it has seen the refused write";
  ASSERT_TRUE(all[3]->ok());
  EXPECT_TRUE((*all[3])->condition_failed) << "it has not seen the write under way";
  EXPECT_EQ(Stored("b"), "");

  ASSERT_TRUE(node_->Await(replica_->Write(PutNew("b"))).ok());
  EXPECT_NE(Stored("b"), "");
}

TEST_F(ReplicaTest, ARefusedOverwriteLeavesTheWriteUnderWayInSight) {
  Begin({.max_pending_bytes_per_group = 1});
  auto all = BeginTogether({Add("a", 1), Add("a", 10), PutNew("a")});
  Finish(all);
  EXPECT_EQ(all[1]->status().code(), StatusCode::kResourceExhausted);
  ASSERT_TRUE(all[2]->ok());
  EXPECT_TRUE((*all[2])->condition_failed);
  EXPECT_EQ(CountIn(Stored("a")), "1");
}

TEST_F(ReplicaTest, WriteAllAnswersEachInItsPlace) {
  Begin({.max_pending_bytes_per_group = 1});
  std::vector<WriteRequest> requests = {Put("a"), PutNew("a"), Put("b"), Put("c")};
  const auto results = node_->Await(replica_->WriteAll(std::move(requests)));
  ASSERT_EQ(results.size(), 4u);
  EXPECT_TRUE(results[0].ok());
  ASSERT_TRUE(results[1].ok());
  EXPECT_TRUE(results[1]->condition_failed);
  EXPECT_EQ(results[2].status().code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(results[3].status().code(), StatusCode::kResourceExhausted);
  EXPECT_NE(Stored("a"), "");
  EXPECT_EQ(Stored("c"), "");
}

TEST_F(ReplicaTest, WriteAllOfNothingEnds) {
  Begin();
  EXPECT_TRUE(node_->Await(replica_->WriteAll({})).empty());
}

// At every step of the world in turn: what was answered stands after a loss of power, what was not
// stands whole or not at all, and nothing is counted twice.
TEST_F(ReplicaTest, ACrashAtAnyStepKeepsWhatWasAnswered) {
  bool ended = false;
  for (int steps = 0; !ended; ++steps) {
    Begin({.seed = 3});
    auto all = BeginTogether({Add("a", 1), Add("a", 1), Add("b", 1), PutNew("b")});
    for (int i = 0; i < steps; ++i) node_->world().Step();
    int answered = 0;
    for (size_t i = 0; i < 2; ++i) answered += all[i].done() ? 1 : 0;
    const bool b_answered = all[2].done() || all[3].done();
    ended = answered == 2 && b_answered && all[3].done();
    Restart(/*power_cut=*/true);
    const std::string a = CountIn(Stored("a"));
    const int stands = a == "none" ? 0 : std::stoi(a);
    EXPECT_GE(stands, answered) << "after " << steps << " steps";
    EXPECT_LE(stands, 2);
    if (b_answered) {
      EXPECT_EQ(CountIn(Stored("b")), "1") << "after " << steps << " steps";
    }
    ASSERT_LT(steps, 10000) << "the writes do not end";
  }
}

TEST_F(ReplicaTest, AFailedSyncAnswersNobodyWithSuccess) {
  Begin();
  ASSERT_TRUE(node_->Await(replica_->Write(Add("a", 1))).ok());
  node_->disk().FailNextSync();
  auto all = BeginTogether({Add("a", 1), PutNew("a")});
  Finish(all);
  EXPECT_FALSE(all[0]->ok());
  EXPECT_FALSE(all[1]->ok()) << "it depends on a write whose outcome nobody knows";
  EXPECT_FALSE(node_->fatal().ok());
  const Written later = node_->Await(replica_->Write(Add("b", 1)));
  EXPECT_FALSE(later.ok());
}

// A stop at each moment: a write that was handed to the log and not answered may yet be applied,
// and so may what depends on it.
TEST_F(ReplicaTest, StoppingTheHostLeavesTheOutcomeOfWritesUnderWayUnknown) {
  int unknown = 0;
  int never_written = 0;
  for (int steps = 0; steps < 40; ++steps) {
    Begin();
    auto all = BeginTogether({Add("a", 1), PutNew("a")});
    for (int i = 0; i < steps; ++i) node_->world().Step();
    node_->Stop();
    if (!all[0].done()) continue;  // stopped before its turn came
    const StatusCode code = all[0]->status().code();
    ASSERT_TRUE(code == StatusCode::kOk || code == StatusCode::kOutcomeUnknown ||
                code == StatusCode::kUnavailable)
        << all[0]->status().ToString();
    EXPECT_EQ(all[1]->status().code(), code);
    unknown += code == StatusCode::kOutcomeUnknown ? 1 : 0;
    never_written += code == StatusCode::kUnavailable ? 1 : 0;
  }
  EXPECT_GT(unknown, 0);
  EXPECT_GT(never_written, 0);
}

TEST_F(ReplicaTest, BeforeTheGroupLeadsReadsAreRefusedAndWritesWait) {
  Begin();
  ASSERT_TRUE(node_->Await(replica_->Write(Add("a", 3))).ok());
  node_->Crash(/*power_cut=*/true);
  ASSERT_TRUE(node_->Start().ok());
  auto opening = node_->Begin(node_->replicas().Open(kGroup, Counters()));
  ASSERT_TRUE(node_->RunUntil([&] { return opening.done(); }));
  replica_ = **opening;
  ASSERT_FALSE(replica_->ready());
  engine::PinnedValue pin;
  EXPECT_EQ(replica_->Get(Put("a").row_key, &pin).status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(replica_->Read({}).status().code(), StatusCode::kUnavailable);

  const Written written = node_->Await(replica_->Write(Add("a", 1)));
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(CountIn(written->new_item), "4");
}

TEST_F(ReplicaTest, WhoWaitsForALeaderIsToldWhenTheReplicaGoes) {
  Begin();
  node_->Crash(/*power_cut=*/false);
  ASSERT_TRUE(node_->Start().ok());
  auto opening = node_->Begin(node_->replicas().Open(kGroup, Counters()));
  ASSERT_TRUE(node_->RunUntil([&] { return opening.done(); }));
  replica_ = **opening;
  // In one turn: the write waits, and then the replica is taken away.
  Pending<Written> waiting;
  Pending<Status> destroyed;
  replica_->home().Post([&, replica = replica_] {
    Spawn(replica->Write(Add("a", 1)),
          [result = waiting.result_](Written written) { result->emplace(std::move(written)); });
    Spawn(node_->replicas().Destroy(replica),
          [result = destroyed.result_](Status status) { result->emplace(std::move(status)); });
  });
  ASSERT_TRUE(node_->RunUntil([&] { return waiting.done() && destroyed.done(); }));
  EXPECT_TRUE(destroyed->ok());
  EXPECT_EQ(waiting->status().code(), StatusCode::kUnavailable);
}

TEST_F(ReplicaTest, DestroyingEndsWritesUnderWayAndRemovesEveryRow) {
  Begin();
  ASSERT_TRUE(node_->Await(replica_->Write(Put("a"))).ok());
  auto all = BeginTogether({Put("b"), PutNew("b")});
  const Status destroyed = node_->Await(node_->replicas().Destroy(replica_));
  EXPECT_TRUE(destroyed.ok()) << destroyed.ToString();
  Finish(all);
  const Written later = node_->Await(replica_->Write(Put("c")));
  EXPECT_EQ(later.status().code(), StatusCode::kUnavailable);
  engine::PinnedValue pin;
  EXPECT_EQ(replica_->Get(Put("a").row_key, &pin).status().code(), StatusCode::kUnavailable);
  auto rows = node_->engine().NewIterator({});
  rows->SeekToFirst();
  EXPECT_FALSE(rows->Valid());
}

// -------------------------------------------------------------------------------- stamped writes

TEST_F(ReplicaTest, ARepetitionIsToldWhatTheFirstWasTold) {
  Begin();
  const uint64_t issued = Now();
  auto all = BeginTogether({Stamped(Add("a", 1), 1, issued), Stamped(Add("a", 1), 1, issued),
                            Stamped(Add("a", 1), 2, issued)});
  Finish(all);
  ASSERT_TRUE(all[0]->ok() && all[1]->ok() && all[2]->ok());
  EXPECT_EQ(CountIn((*all[0])->new_item), "1");
  EXPECT_EQ(CountIn((*all[1])->new_item), "1");
  EXPECT_EQ(CountIn((*all[2])->new_item), "2");
  for (int life = 0; life < 3; ++life) {
    const Written again = node_->Await(replica_->Write(Stamped(Add("a", 1), 1, issued)));
    ASSERT_TRUE(again.ok()) << again.status().ToString();
    EXPECT_EQ(CountIn(again->new_item), "1");
    EXPECT_EQ(CountIn(Stored("a")), "2");
    Restart(/*power_cut=*/true);
  }
}

TEST_F(ReplicaTest, ARepetitionIsToldWhenTheFirstIsApplied) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Begin({.seed = seed});
    const uint64_t issued = Now();
    auto all = BeginTogether({Stamped(Put("a"), 1, issued), Stamped(Put("a"), 1, issued)});
    ASSERT_TRUE(node_->RunUntil([&] { return all[1].done(); }));
    ASSERT_TRUE(all[1]->ok());
    EXPECT_EQ(replica_->statistics(0).items, 1) << "answered before the write was applied";
    Restart(/*power_cut=*/true);
    EXPECT_NE(Stored("a"), "");
  }
}

TEST_F(ReplicaTest, EachWriteOfABatchHasItsOwnStamp) {
  Begin();
  const uint64_t issued = Now();
  const auto batch = [&] {
    return std::vector<WriteRequest>{Stamped(Add("a", 1), 1, issued),
                                     Stamped(Add("b", 1), 2, issued), Add("a", 1)};
  };
  for (int i = 1; i <= 3; ++i) {
    const auto results = node_->Await(replica_->WriteAll(batch()));
    ASSERT_EQ(results.size(), 3u);
    ASSERT_TRUE(results[0].ok() && results[1].ok() && results[2].ok());
    EXPECT_EQ(CountIn(results[0]->new_item), "1");
    EXPECT_EQ(CountIn(results[1]->new_item), "1");
    EXPECT_EQ(CountIn(results[2]->new_item), std::to_string(1 + i));
  }
}

// The first copy may still be under way: it must be told the same, whatever has changed by then.
TEST_F(ReplicaTest, WhatASecondCopyIsRefusedNoLaterOneIsGiven) {
  Begin();
  const uint64_t issued = Now();
  ASSERT_TRUE(node_->Await(replica_->Write(Put("a"))).ok());
  WriteRequest text = Put("b");
  text.item.Set("n", AttributeValue::S("no number"));
  ASSERT_TRUE(node_->Await(replica_->Write(std::move(text))).ok());
  WriteRequest sole = Stamped(PutNew("a"), 3, issued);
  sole.sole_copy = true;
  EXPECT_TRUE(node_->Await(replica_->Write(sole))->condition_failed);
  EXPECT_TRUE(node_->Await(replica_->Write(Stamped(PutNew("a"), 1, issued)))->condition_failed);
  EXPECT_FALSE(node_->Await(replica_->Write(Stamped(Add("b", 1), 2, issued))).ok());
  EXPECT_TRUE(node_->Await(replica_->Write(Stamped(Put("a"), 4, issued))).ok());  // no change

  for (const char* id : {"a", "b"}) {
    auto removed =
        node_->Await(replica_->Write(Of(Kind::kDelete, Item{{"id", AttributeValue::S(id)}})));
    ASSERT_TRUE(removed.ok());
  }
  EXPECT_TRUE(node_->Await(replica_->Write(Stamped(PutNew("a"), 1, issued)))->condition_failed);
  const Written added = node_->Await(replica_->Write(Stamped(Add("b", 1), 2, issued)));
  EXPECT_EQ(added.status().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(node_->Await(replica_->Write(Stamped(Put("a"), 4, issued))).ok());
  EXPECT_EQ(Stored("a"), "");
  EXPECT_EQ(Stored("b"), "");
  // Of the sole one nothing was kept: it is evaluated anew.
  EXPECT_FALSE(node_->Await(replica_->Write(sole))->condition_failed);
  EXPECT_NE(Stored("a"), "");
}

TEST_F(ReplicaTest, ARefusedWriteMayBeSentAgain) {
  Begin({.max_pending_bytes_per_group = 1});
  const uint64_t issued = Now();
  auto all = BeginTogether({Put("a"), Stamped(Add("b", 1), 1, issued)});
  Finish(all);
  EXPECT_EQ(all[1]->status().code(), StatusCode::kResourceExhausted);
  ASSERT_TRUE(node_->Await(replica_->Write(Stamped(Add("b", 1), 1, issued))).ok());
  ASSERT_TRUE(node_->Await(replica_->Write(Stamped(Add("b", 1), 1, issued))).ok());
  EXPECT_EQ(CountIn(Stored("b")), "1");
}

TEST_F(ReplicaTest, OfALargeAnswerOnlyTheFirstCopyHears) {
  Begin();
  ASSERT_TRUE(node_->Await(replica_->Write(Put("a", partition::kKeptAnswerBytesMax))).ok());
  const uint64_t issued = Now();
  const auto remove = [&] {
    WriteRequest request = Of(Kind::kDelete, Item{{"id", AttributeValue::S("a")}});
    request.want_old = true;
    return Stamped(std::move(request), 1, issued);
  };
  const Written first = node_->Await(replica_->Write(remove()));
  ASSERT_TRUE(first.ok());
  EXPECT_GT(first->old_item.size(), partition::kKeptAnswerBytesMax);
  const Written second = node_->Await(replica_->Write(remove()));
  EXPECT_EQ(second.status().code(), StatusCode::kInternal);
}

TEST_F(ReplicaTest, BeyondTheBoundOnAnswersOnlyTheWriteIsKept) {
  Begin({.admission = {.kept_answer_bytes_max = 1}});
  const uint64_t issued = Now();
  EXPECT_TRUE(node_->Await(replica_->Write(Stamped(Add("a", 1), 1, issued))).ok());
  const Written second = node_->Await(replica_->Write(Stamped(Add("a", 1), 1, issued)));
  EXPECT_EQ(second.status().code(), StatusCode::kInternal);
  EXPECT_EQ(CountIn(Stored("a")), "1");
}

// Older than that a copy may have been forgotten; from further ahead it would be kept too long.
TEST_F(ReplicaTest, AStampIsTakenFromAboutThePresentOnly) {
  Begin();
  const auto write = [&](uint64_t sequence, uint64_t issued) {
    return node_->Await(replica_->Write(Stamped(Add("a", 1), sequence, issued))).status().code();
  };
  const uint64_t second = Hlc::Span(std::chrono::seconds(1));
  EXPECT_EQ(write(1, Now() - partition::kStampAgeMax + second), StatusCode::kOk);
  EXPECT_EQ(write(2, Now() - partition::kStampAgeMax - second), StatusCode::kOutcomeUnknown);
  EXPECT_EQ(write(3, Now() + partition::kStampLeadMax - second), StatusCode::kOk);
  EXPECT_EQ(write(4, Now() + partition::kStampLeadMax + second), StatusCode::kOutcomeUnknown);
  EXPECT_EQ(write(5, 0), StatusCode::kOutcomeUnknown);
  EXPECT_EQ(write(6, UINT64_MAX), StatusCode::kOutcomeUnknown);
  EXPECT_EQ(CountIn(Stored("a")), "2");
}

TEST_F(ReplicaTest, AnAnswerIsKeptForAMinuteAndItsStampNotTakenAfter) {
  Begin();
  const uint64_t issued = Now();
  const auto again = [&] { return node_->Await(replica_->Write(Stamped(Add("a", 1), 1, issued))); };
  ASSERT_TRUE(again().ok());
  LetTimePass(std::chrono::seconds(59));
  ASSERT_TRUE(node_->Await(replica_->Write(Stamped(Add("b", 1), 2, Now()))).ok());
  EXPECT_TRUE(again().ok());
  LetTimePass(std::chrono::seconds(62));
  ASSERT_TRUE(node_->Await(replica_->Write(Stamped(Add("b", 1), 3, Now()))).ok());
  EXPECT_EQ(again().status().code(), StatusCode::kOutcomeUnknown);
  // Nor when the clock goes back: what was applied has its time.
  LetTimePass(std::chrono::seconds(0));
  EXPECT_EQ(again().status().code(), StatusCode::kOutcomeUnknown);
  ASSERT_TRUE(node_->engine().Flush().ok());
  Restart(/*power_cut=*/true);
  EXPECT_EQ(again().status().code(), StatusCode::kOutcomeUnknown);
  EXPECT_EQ(CountIn(Stored("a")), "1");
}

TEST_F(ReplicaTest, WritesBeyondWhatCanBeKeptAreRefusedUntilTheOldGo) {
  Begin({.admission = {.kept_answers_max = 10}});
  uint64_t sequence = 0;
  const auto some = [&](int count) {
    std::vector<WriteRequest> requests;
    for (int i = 0; i < count; ++i) requests.push_back(Stamped(Add("a", 1), ++sequence, Now()));
    auto all = BeginTogether(std::move(requests));
    Finish(all);
    int taken = 0;
    for (auto& one : all) {
      taken += one->ok() ? 1 : 0;
      EXPECT_TRUE(one->ok() || one->status().code() == StatusCode::kResourceExhausted);
    }
    return taken;
  };
  EXPECT_EQ(some(15), 10);
  EXPECT_EQ(some(3), 0);
  EXPECT_TRUE(node_->Await(replica_->Write(Add("a", 1))).ok())
      << "without a stamp it costs nothing";
  LetTimePass(std::chrono::seconds(70));
  EXPECT_EQ(some(15), 10);
  EXPECT_EQ(some(3), 0);
  EXPECT_EQ(CountIn(Stored("a")), "21");
}

TEST_F(ReplicaTest, AGroupIsCreatedOnceAndItsNumberNeverAgain) {
  Begin();
  auto again = node_->Await(node_->replicas().Create(kGroup, Counters()));
  EXPECT_EQ(again.status().code(), StatusCode::kAlreadyExists);
  ASSERT_TRUE(node_->Await(node_->replicas().Destroy(replica_)).ok());
  again = node_->Await(node_->replicas().Create(kGroup, Counters()));
  EXPECT_EQ(again.status().code(), StatusCode::kAlreadyExists);
}

TEST_F(ReplicaTest, OpeningWhatTheLogDoesNotKnowIsAnError) {
  Begin();
  auto opened = node_->Await(node_->replicas().Open(GroupId(99), Counters()));
  EXPECT_EQ(opened.status().code(), StatusCode::kNotFound);
}

TEST_F(ReplicaTest, SweepRemovesTheRowsOfGroupsThatNobodyOwns) {
  Begin();
  ASSERT_TRUE(node_->Await(replica_->Write(Put("a"))).ok());
  auto other = node_->Await(node_->replicas().Create(GroupId(8), Counters()));
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE(node_->Await((*other)->Write(Put("a"))).ok());
  ASSERT_TRUE(node_->engine().Flush().ok());
  node_->Crash(/*power_cut=*/true);
  replica_ = nullptr;
  other->reset();

  ASSERT_TRUE(node_->Start().ok());
  EXPECT_TRUE(node_->Await(node_->replicas().DestroyUnopened(GroupId(8))).ok());
  ASSERT_TRUE(node_->replicas().SweepData({kGroup}).ok());
  auto opened = node_->Await(node_->replicas().Open(kGroup, Counters()));
  ASSERT_TRUE(opened.ok());
  replica_ = *opened;
  EXPECT_NE(Stored("a"), "");
  auto rows = node_->engine().NewIterator({});
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    EXPECT_EQ(partition::OwnerOf(rows->key()), kGroup.value);
  }
}

}  // namespace
}  // namespace skerry::replica
