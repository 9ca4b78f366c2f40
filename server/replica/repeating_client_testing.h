#pragma once

// For tests: clients that send a write again, with the same stamp and to other replicas, until one
// answers; what was sent may arrive much later, after the answer too. Who owns one says how a copy
// reaches a replica.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "base/hlc.h"
#include "base/prng.h"
#include "storage/partition/write.h"

namespace skerry::replica {

class RepeatingClient {
 public:
  using Answer = Result<partition::WriteResult>;
  // Takes copies of several writes to a node, in one call of WriteAll; `done` with all answers, or
  // never.
  using Deliver = std::function<void(uint64_t node, std::vector<partition::WriteRequest> writes,
                                     std::function<void(std::vector<Answer>)> done)>;
  enum class Outcome {
    kAnswered,  // an answer as of one that is sent once
    kApplied,   // it was applied, and nobody knows what the answer was
    kUnknown,   // no answer came
    kNever,     // every copy was told that it was not applied
  };
  // The result is there if it was answered.
  using Done = std::function<void(Outcome, const partition::WriteResult*)>;

  // `pick`: a node to try next. Everything outlives this, and this the executor's work.
  RepeatingClient(Executor& executor, Prng& prng, Deliver deliver, std::function<uint64_t()> pick)
      : executor_(executor),
        prng_(prng),
        hlc_(executor.clock()),
        deliver_(std::move(deliver)),
        pick_(std::move(pick)) {}

  // Several that are under way together the first time; each is decided on its own.
  void Send(uint64_t node, std::vector<std::pair<partition::WriteRequest, Done>> writes) {
    std::vector<std::shared_ptr<Sent>> all;
    for (auto& [write, done] : writes) {
      auto sent = std::make_shared<Sent>();
      sent->write = std::move(write);
      sent->write.stamp = partition::Stamp{.node = NodeId(99),
                                           .incarnation = 1,
                                           .sequence = ++last_sequence_,
                                           .issued_hlc = hlc_.Next()};
      sent->done = std::move(done);
      all.push_back(std::move(sent));
    }
    SendCopies(node, all);
  }

  uint64_t copies() const { return copies_; }
  uint64_t late_answers() const { return late_answers_; }

 private:
  static constexpr int kCopiesMax = 5;

  struct Sent {
    partition::WriteRequest write;
    Done done;
    int copies = 0;
    int refused = 0;  // copies that were told that they were not applied
    bool decided = false;
    std::unique_ptr<partition::WriteResult> result;  // what it was answered
  };

  void SendCopies(uint64_t node, const std::vector<std::shared_ptr<Sent>>& all) {
    std::vector<partition::WriteRequest> writes;
    std::vector<int> numbers;
    for (const auto& sent : all) {
      sent->write.sole_copy = sent->copies == 0;
      numbers.push_back(++sent->copies);
      writes.push_back(sent->write);
      ++copies_;
    }
    // Some are a long time under way.
    const auto delay = prng_.Chance(1, 5) ? std::chrono::milliseconds(prng_.Below(8000))
                                          : std::chrono::milliseconds(0);
    executor_.PostAfter(delay, [this, node, all, numbers, writes = std::move(writes)]() mutable {
      deliver_(node, std::move(writes), [this, all, numbers](std::vector<Answer> answers) {
        for (size_t i = 0; i < all.size(); ++i) OnAnswer(all[i], numbers[i], answers[i]);
      });
    });
    const auto patience = std::chrono::milliseconds(100 + prng_.Below(1000));
    executor_.PostAfter(patience, [this, all, numbers] {
      for (size_t i = 0; i < all.size(); ++i) {
        if (!all[i]->decided && all[i]->copies == numbers[i]) Again(all[i]);
      }
    });
  }

  void Again(const std::shared_ptr<Sent>& sent) {
    if (sent->copies < kCopiesMax) {
      SendCopies(pick_(), {sent});
    } else {
      Decide(sent, sent->refused == sent->copies ? Outcome::kNever : Outcome::kUnknown, nullptr);
    }
  }

  void OnAnswer(const std::shared_ptr<Sent>& sent, int number, const Answer& answer) {
    // What the sole copy is told is no answer any more once there is another.
    if (number == 1 && sent->copies > 1) return;
    if (sent->decided) {
      ++late_answers_;
      if (answer.ok() && sent->result != nullptr) ExpectSame(*answer, *sent->result);
      return;
    }
    const StatusCode code = answer.status().code();
    if (answer.ok()) {
      sent->result = std::make_unique<partition::WriteResult>(*answer);
      Decide(sent, Outcome::kAnswered, sent->result.get());
    } else if (code == StatusCode::kInternal) {
      Decide(sent, Outcome::kApplied, nullptr);
    } else {
      if (code != StatusCode::kOutcomeUnknown) ++sent->refused;
      if (number == sent->copies) Again(sent);
    }
  }

  static void ExpectSame(const partition::WriteResult& one, const partition::WriteResult& other) {
    EXPECT_EQ(one.condition_failed, other.condition_failed) << "copies got different answers";
    EXPECT_EQ(one.old_item, other.old_item) << "copies got different answers";
    EXPECT_EQ(one.new_item, other.new_item) << "copies got different answers";
    EXPECT_EQ(one.new_size, other.new_size) << "copies got different answers";
  }

  static void Decide(const std::shared_ptr<Sent>& sent, Outcome outcome,
                     const partition::WriteResult* result) {
    sent->decided = true;
    sent->done(outcome, result);
  }

  Executor& executor_;
  Prng& prng_;
  Hlc hlc_;
  const Deliver deliver_;
  const std::function<uint64_t()> pick_;
  uint64_t last_sequence_ = 0;
  uint64_t copies_ = 0;
  uint64_t late_answers_ = 0;
};

}  // namespace skerry::replica
