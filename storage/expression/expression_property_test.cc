#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "storage/expression/expression_testing.h"

// Laws that hold for all texts, conditions and updates, tried with random ones.

namespace skerry::expression::testing {
namespace {

using document::AttributeValue;
using document::Item;
using document::List;

rc::Gen<std::string> AnyOf(std::vector<std::string> words) {
  return rc::gen::elementOf(std::move(words));
}

// Words of all grammars in any order: mostly nonsense, now and then an expression.
rc::Gen<std::string> AnyText() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(AnyOf({"n",           "s",
                                                          "m.a",         "l[1]",
                                                          "#n",          ":5",
                                                          ":s",          "(",
                                                          ")",           "=",
                                                          "<",           "<>",
                                                          "BETWEEN",     "AND",
                                                          "OR",          "NOT",
                                                          "IN",          ",",
                                                          "SET",         "REMOVE",
                                                          "ADD",         "+",
                                                          "-",           "[",
                                                          "]",           ".",
                                                          "size",        "contains",
                                                          "DELETE",      "data",
                                                          "foo",         "!",
                                                          ":xy",         "if_not_exists",
                                                          "list_append", "attribute_exists"})),
      [](const std::vector<std::string>& words) {
        std::string text;
        for (const std::string& word : words) text += word + " ";
        return text;
      });
}

// Conditions over the standard item, with no faults.
rc::Gen<std::string> AnyCondition(int depth) {
  const auto leaf =
      AnyOf({"n = :5", "n < :1", "s <> qq", "attribute_exists(m.b)", "size(l) = n", "qq = :1",
             "contains(ss, :s)", "n BETWEEN :1 AND :5", "s IN (:h, :s)", "begins_with(s, :h)"});
  if (depth == 0) return leaf;
  const auto inner = rc::gen::lazy([depth] { return AnyCondition(depth - 1); });
  return rc::gen::oneOf(
      leaf, rc::gen::map(inner, [](const std::string& c) { return "NOT (" + c + ")"; }),
      rc::gen::map(rc::gen::pair(inner, inner),
                   [](const auto& p) { return "(" + p.first + ") AND (" + p.second + ")"; }));
}

bool Holds(const std::string& text) {
  const std::string outcome = ConditionOutcome(text);
  // "((c))" of a leaf is redundant; everything else here is without fault.
  RC_PRE(outcome == "true" || outcome == "false");
  return outcome == "true";
}

RC_GTEST_PROP(AnyText, IsCompiledOrRefusedWithAMessage, ()) {
  const std::string text = *AnyText();
  for (const auto& outcome :
       {ConditionOutcome(text), UpdateOutcomeOf(text), ProjectionOutcome(text), KeyOutcome(text)}) {
    RC_ASSERT(!outcome.empty());
  }
}

RC_GTEST_PROP(Logic, ObeysDeMorgan, ()) {
  const std::string a = *AnyCondition(2);
  const std::string b = *AnyCondition(2);
  RC_ASSERT(Holds("NOT ((" + a + ") AND (" + b + "))") == (!Holds(a) || !Holds(b)));
  RC_ASSERT(Holds("NOT ((" + a + ") OR (" + b + "))") == (!Holds(a) && !Holds(b)));
}

// Some of 0..bound-1, each once, in any order.
std::vector<int> SomeBelow(int bound) {
  std::vector<int> numbers;
  for (int number : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, bound))) {
    if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

// Any number of sets and removals on one list, against the rule spelled out: indexes mean the old
// list, those beyond its end are appended in their order.
RC_GTEST_PROP(Lists, ChangeAsIfAllIndexesWereOfTheOldList, ()) {
  const auto size = *rc::gen::inRange<size_t>(0, 6);
  std::vector<int> indexes = SomeBelow(9);
  if (indexes.empty()) indexes.push_back(0);
  List old;
  for (size_t i = 0; i < size; ++i) old.push_back(Value(std::to_string(i)));
  std::string sets;
  std::string removals;
  List kept = old;
  std::vector<bool> removed(size, false);
  std::vector<size_t> appended;
  for (size_t i = 0; i < indexes.size(); ++i) {
    const auto index = static_cast<size_t>(indexes[i]);
    const std::string path = "l[" + std::to_string(index) + "]";
    if (i % 2 == 0) {
      sets += (sets.empty() ? "SET " : ", ") + path + " = :" + std::to_string(index);
      if (index < size) {
        kept[index] = Value(std::to_string(100 + index));
      } else {
        appended.push_back(index);
      }
    } else {
      removals += (removals.empty() ? " REMOVE " : ", ") + path;
      if (index < size) removed[index] = true;
    }
  }
  List expected;
  for (size_t i = 0; i < size; ++i) {
    if (!removed[i]) expected.push_back(kept[i]);
  }
  std::sort(appended.begin(), appended.end());
  for (size_t index : appended) expected.push_back(Value(std::to_string(100 + index)));

  document::AttributeMap values;
  for (size_t i = 0; i < 9; ++i) {
    values.Set(":" + std::to_string(i), Value(std::to_string(100 + i)));
  }
  Compiler compiler(nullptr, &values);
  const auto update = compiler.CompileUpdate(sets + removals);
  RC_ASSERT(update.ok());
  const Item item = {{"l", AttributeValue::L(old)}};
  const auto outcome = Apply(**update, &item, {});
  RC_ASSERT(outcome.ok());
  RC_ASSERT(Show(outcome->item) == Show(Item{{"l", AttributeValue::L(expected)}}));
}

// ADD and DELETE of the same members leave what neither of them named.
RC_GTEST_PROP(Sets, LoseWhatWasAdded, ()) {
  std::vector<int> old = SomeBelow(20);
  std::vector<int> members = SomeBelow(20);
  if (old.empty()) old.push_back(3);
  if (members.empty()) members.push_back(3);
  auto set = [](const std::vector<int>& numbers) {
    std::string text = "<";
    for (int number : numbers) text += std::to_string(number) + ", ";
    return Value(text + ">");
  };
  const document::AttributeMap values = {{":m", set(members)}};
  Compiler compiler(nullptr, &values);
  const auto add = compiler.CompileUpdate("ADD a :m");
  const auto remove = compiler.CompileUpdate("DELETE a :m");
  RC_ASSERT(add.ok() && remove.ok());
  const Item item = {{"a", set(old)}};
  const auto added = Apply(**add, &item, {});
  RC_ASSERT(added.ok());
  const auto left = Apply(**remove, &added->item, {});
  RC_ASSERT(left.ok());
  std::vector<int> expected;
  for (int number : old) {
    if (std::find(members.begin(), members.end(), number) == members.end()) {
      expected.push_back(number);
    }
  }
  RC_ASSERT(Show(left->item) == (expected.empty() ? "{}" : Show(Item{{"a", set(expected)}})));
}

}  // namespace
}  // namespace skerry::expression::testing
