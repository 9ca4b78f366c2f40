#pragma once

// For tests: what RepeatingClient's clients do, and what must come of it. Counters note which
// increment each step came from, so that one that took effect twice, or in spite of its refusal, is
// seen by name; locks are taken and given back, so that a copy that comes late finds the condition
// changed that another copy has failed on.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/replica/repeating_client_testing.h"
#include "storage/document/item_codec.h"
#include "storage/expression/compiler.h"
#include "storage/partition/kept_answers.h"
#include "storage/partition/row_key.h"

namespace skerry::replica {

class StampedWorkload {
 public:
  StampedWorkload(RepeatingClient& client, Prng& prng) : client_(client), prng_(prng) {
    schema_.key.partition_key = "id";
  }

  // Some increments, sent together.
  void Count(uint64_t node, uint64_t how_many) {
    std::vector<std::pair<WriteRequest, RepeatingClient::Done>> writes;
    for (uint64_t i = 0; i < how_many; ++i) {
      const std::string name = "stamped" + std::to_string(prng_.Below(3));
      Counter& counter = counters_[name];
      const std::string id = NewId();
      writes.emplace_back(
          Increment(Of(WriteRequest::Kind::kUpdate, name), id),
          [this, &counter, id, before = counter.acknowledged_max](Outcome outcome,
                                                                  const WriteResult* result) {
            if (outcome == Outcome::kNever) counter.never.insert(id);
            if (outcome != Outcome::kAnswered && outcome != Outcome::kApplied) return;
            counter.acknowledged.insert(id);
            ++increments_;
            if (result == nullptr) {
              ++answers_gone_;
              return;
            }
            const int64_t value = std::stoll(NumberIn(result->new_item));
            EXPECT_GT(value, before) << "an increment that began later got a lower value";
            EXPECT_TRUE(counter.told.insert(value).second) << "one increment was lost";
            counter.acknowledged_max = std::max(counter.acknowledged_max, value);
          });
    }
    client_.Send(node, std::move(writes));
  }

  // Takes the lock, or gives it back.
  void Lock(uint64_t node) {
    const std::string name = "lock" + std::to_string(last_lock_);
    std::string& holder = holders_[name];
    if (holder.empty() || prng_.Chance(1, 3)) {
      Take(node, name);
    } else {
      GiveBack(node, name, std::exchange(holder, ""));
    }
  }

  // A counter's row key, and the least that a strong read that begins now must see there.
  std::pair<std::string, int64_t> AnyCounter() {
    const std::string name = "stamped" + std::to_string(prng_.Below(3));
    return {KeyOf(name), counters_[name].acknowledged_max};
  }

  // `get`: the stored item of a row key, empty if there is none.
  void CheckEnd(const std::function<std::string(const std::string&)>& get) {
    for (const auto& [name, counter] : counters_) CheckCounter(name, counter, get(KeyOf(name)));
    for (const auto& [name, holder] : holders_) {
      const std::string by = StringIn(get(KeyOf(name)), "holder");
      EXPECT_FALSE(refused_.contains(by)) << by << " holds " << name << ", and was refused it";
      if (!holder.empty()) {
        EXPECT_EQ(by, holder) << name << " was given to it";
      }
    }
  }

  uint64_t increments() const { return increments_; }
  uint64_t locks() const { return locks_; }
  uint64_t refusals() const { return refused_.size(); }
  uint64_t answers_gone() const { return answers_gone_; }

 private:
  using Outcome = RepeatingClient::Outcome;
  using AttributeValue = document::AttributeValue;
  using Item = document::Item;
  using Number = document::Number;
  using WriteRequest = partition::WriteRequest;
  using WriteResult = partition::WriteResult;

  struct Counter {
    std::set<std::string> acknowledged;
    std::set<std::string> never;
    std::set<int64_t> told;
    int64_t acknowledged_max = 0;
  };

  std::string NewId() { return "w" + std::to_string(++last_id_); }

  std::string KeyOf(const std::string& name) const {
    return partition::ItemRowKey(schema_.key, Item{{"id", AttributeValue::S(name)}});
  }

  WriteRequest Of(WriteRequest::Kind kind, const std::string& name) const {
    WriteRequest request;
    request.kind = kind;
    request.row_key = KeyOf(name);
    request.item = Item{{"id", AttributeValue::S(name)}};
    return request;
  }

  // A part of the items is too large for the answer to be kept.
  WriteRequest Increment(WriteRequest request, const std::string& id) {
    const size_t pad = prng_.Chance(1, 8) ? partition::kKeptAnswerBytesMax : 0;
    const document::AttributeMap values = {{":zero", AttributeValue::N(Number::FromInt(0))},
                                           {":one", AttributeValue::N(Number::FromInt(1))},
                                           {":none", AttributeValue::L({})},
                                           {":pad", AttributeValue::S(std::string(pad, 'x'))},
                                           {":id", AttributeValue::L({AttributeValue::S(id)})}};
    expression::Compiler compiler(nullptr, &values);
    auto update = compiler.CompileUpdate(
        "SET filler = :pad, n = if_not_exists(n, :zero) + :one, "
        "ids = list_append(if_not_exists(ids, :none), :id)");
    EXPECT_TRUE(update.ok()) << update.status().ToString();
    request.update = *update;
    request.want_new = true;
    return request;
  }

  static std::shared_ptr<const expression::Condition> Holds(std::string_view text,
                                                            const document::AttributeMap* values) {
    expression::Compiler compiler(nullptr, values);
    auto condition = compiler.CompileCondition("ConditionExpression", text);
    EXPECT_TRUE(condition.ok()) << condition.status().ToString();
    return *condition;
  }

  void Take(uint64_t node, const std::string& name) {
    const std::string id = NewId();
    WriteRequest request = Of(WriteRequest::Kind::kPut, name);
    request.item.Set("holder", AttributeValue::S(id));
    request.condition = Holds("attribute_not_exists(id)", nullptr);
    Send(node, std::move(request), [this, name, id](Outcome outcome, const WriteResult* result) {
      if (outcome == Outcome::kUnknown) {
        ++last_lock_;  // it may be held for ever
      } else if (outcome == Outcome::kAnswered && result->condition_failed) {
        refused_.insert(id);
      } else if (outcome == Outcome::kAnswered) {
        EXPECT_EQ(holders_[name], "") << name << " was given to a second one";
        holders_[name] = id;
        ++locks_;
      }
    });
  }

  void GiveBack(uint64_t node, const std::string& name, const std::string& id) {
    const document::AttributeMap values = {{":id", AttributeValue::S(id)}};
    WriteRequest request = Of(WriteRequest::Kind::kDelete, name);
    request.condition = Holds("holder = :id", &values);
    Send(node, std::move(request), [this, name](Outcome outcome, const WriteResult* result) {
      if (outcome == Outcome::kAnswered) {
        EXPECT_FALSE(result->condition_failed) << "who holds " << name << " could not give it back";
      } else {
        ++last_lock_;
      }
    });
  }

  void Send(uint64_t node, WriteRequest request, RepeatingClient::Done done) {
    std::vector<std::pair<WriteRequest, RepeatingClient::Done>> writes;
    writes.emplace_back(std::move(request), std::move(done));
    client_.Send(node, std::move(writes));
  }

  static void CheckCounter(const std::string& name, const Counter& counter,
                           const std::string& encoded) {
    std::set<std::string> ids;
    if (!encoded.empty()) {
      const auto item = document::DecodeItem(encoded);
      ASSERT_TRUE(item.ok());
      for (const AttributeValue& id : item->Find("ids")->list()) {
        EXPECT_TRUE(ids.insert(id.string()).second) << id.string() << " took effect twice";
      }
      EXPECT_EQ(NumberIn(encoded), std::to_string(item->Find("ids")->list().size())) << name;
    }
    for (const std::string& id : counter.acknowledged) {
      EXPECT_TRUE(ids.contains(id)) << id << " was acknowledged and is not there";
    }
    for (const std::string& id : counter.never) {
      EXPECT_FALSE(ids.contains(id)) << id << " was said not to be applied and is there";
    }
  }

  static std::string NumberIn(const std::string& encoded) {
    const auto item = document::DecodeItem(encoded);
    return item.ok() && item->Find("n") != nullptr ? item->Find("n")->number().ToString() : "0";
  }

  static std::string StringIn(const std::string& encoded, const std::string& name) {
    if (encoded.empty()) return "";
    const auto item = document::DecodeItem(encoded);
    return item.ok() && item->Find(name) != nullptr ? item->Find(name)->string() : "";
  }

  RepeatingClient& client_;
  Prng& prng_;
  partition::Schema schema_;
  std::map<std::string, Counter> counters_;
  std::map<std::string, std::string> holders_;  // by lock: who was told that it has it
  std::set<std::string> refused_;
  uint64_t last_id_ = 0;
  uint64_t last_lock_ = 0;
  uint64_t increments_ = 0;
  uint64_t locks_ = 0;
  uint64_t answers_gone_ = 0;
};

}  // namespace skerry::replica
