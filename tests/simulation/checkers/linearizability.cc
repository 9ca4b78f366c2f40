#include "tests/simulation/checkers/linearizability.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_set>

namespace skerry::simulation {
namespace {

using Kind = Operation::Kind;
using Outcome = Operation::Outcome;

// The item's value after the operation took effect on `value`; none if it cannot have been there.
std::optional<int64_t> Step(const Operation& operation, int64_t value) {
  const bool done = operation.outcome == Outcome::kDone;
  switch (operation.kind) {
    case Kind::kRead:
      if (done && operation.value != value) return std::nullopt;
      return value;
    case Kind::kPut:
      return operation.value;
    case Kind::kDelete:
      return 0;
    case Kind::kCreate:
    case Kind::kCompareAndSet: {
      const int64_t wanted = operation.kind == Kind::kCreate ? 0 : operation.expected;
      const bool holds = value == wanted;
      if (operation.outcome != Outcome::kUnknown && holds != done) return std::nullopt;
      return holds ? operation.value : value;
    }
    case Kind::kAdd:
      if (done && operation.value != value + 1) return std::nullopt;
      return value + 1;
  }
  return std::nullopt;
}

// A depth-first search for an order. What is placed is a bit set over the operations, which are
// sorted by their calls.
class Search {
 public:
  explicit Search(std::vector<Operation> operations) : operations_(std::move(operations)) {
    std::erase_if(operations_, [](const Operation& operation) {
      return operation.kind == Kind::kRead && operation.outcome == Outcome::kUnknown;
    });
    std::sort(operations_.begin(), operations_.end(),
              [](const Operation& a, const Operation& b) { return a.called < b.called; });
    for (size_t i = 0; i < operations_.size(); ++i) {
      if (operations_[i].outcome == Outcome::kUnknown) {
        operations_[i].returned = Operation::kNever;
      } else {
        ++to_place_;
      }
    }
    placed_.resize((operations_.size() + 63) / 64);
  }

  Verdict Run(uint64_t steps_max) {
    std::vector<Frame> stack;
    stack.push_back(Enter(0));
    while (placed_done_ < to_place_) {
      if (++steps_ > steps_max) return {Verdict::Kind::kUndecided, {}};
      Frame& top = stack.back();
      if (top.next == top.candidates.size()) {
        stack.pop_back();
        if (stack.empty()) return {Verdict::Kind::kBad, Explain()};
        Toggle(stack.back().candidates[stack.back().next - 1]);
        continue;
      }
      const size_t chosen = top.candidates[top.next++];
      const std::optional<int64_t> after = Step(operations_[chosen], top.value);
      if (!after) continue;
      // An unknown one that changes nothing need not be placed.
      if (operations_[chosen].outcome == Outcome::kUnknown && *after == top.value) continue;
      Toggle(chosen);
      if (!tried_.insert(Remembered(*after)).second) {
        Toggle(chosen);
        continue;
      }
      if (placed_done_ > deepest_) {
        deepest_ = placed_done_;
        stuck_ = *after;
        placed_deepest_ = placed_;
      }
      stack.push_back(Enter(*after));
    }
    return {};
  }

 private:
  struct Frame {
    int64_t value;
    std::vector<size_t> candidates;
    size_t next = 0;
  };

  bool IsPlaced(size_t i) const { return (placed_[i / 64] >> (i % 64) & 1) != 0; }

  void Toggle(size_t i) {
    const bool placed = IsPlaced(i);
    placed_[i / 64] ^= uint64_t{1} << (i % 64);
    if (operations_[i].outcome == Outcome::kUnknown) return;
    placed ? --placed_done_ : ++placed_done_;
  }

  // Those that may come next: called before any unplaced one returned. Those whose outcome is known
  // first: the others need not come at all.
  Frame Enter(int64_t value) const {
    Frame frame{value, {}};
    uint64_t first_return = Operation::kNever;
    std::vector<size_t> unknown;
    for (size_t i = 0; i < operations_.size(); ++i) {
      if (operations_[i].called > first_return) break;
      if (IsPlaced(i)) continue;
      first_return = std::min(first_return, operations_[i].returned);
      (operations_[i].outcome == Outcome::kUnknown ? unknown : frame.candidates).push_back(i);
    }
    frame.candidates.insert(frame.candidates.end(), unknown.begin(), unknown.end());
    std::erase_if(frame.candidates, [&](size_t i) { return operations_[i].called > first_return; });
    return frame;
  }

  std::string Remembered(int64_t value) const {
    std::string key(reinterpret_cast<const char*>(&value), sizeof(value));
    key.append(reinterpret_cast<const char*>(placed_.data()), placed_.size() * sizeof(uint64_t));
    return key;
  }

  // What could not be placed at the furthest point that the search came to.
  std::string Explain() const {
    std::string why = fmt::format(
        "no order explains it: after {} of {} the item is {}, and none of these can come next:",
        deepest_, to_place_, stuck_);
    uint64_t first_return = Operation::kNever;
    int shown = 0;
    for (size_t i = 0; i < operations_.size() && shown < 12; ++i) {
      if (!placed_deepest_.empty() && (placed_deepest_[i / 64] >> (i % 64) & 1) != 0) continue;
      if (operations_[i].called > first_return) break;
      first_return = std::min(first_return, operations_[i].returned);
      why += "\n      " + ToString(operations_[i]);
      ++shown;
    }
    return why;
  }

  std::vector<Operation> operations_;
  std::vector<uint64_t> placed_;
  size_t placed_done_ = 0;
  size_t to_place_ = 0;
  uint64_t steps_ = 0;
  size_t deepest_ = 0;
  int64_t stuck_ = 0;
  std::vector<uint64_t> placed_deepest_;
  std::unordered_set<std::string> tried_;
};

}  // namespace

std::string ToString(const Operation& operation) {
  const char* kind = "";
  switch (operation.kind) {
    case Kind::kRead:
      kind = "read";
      break;
    case Kind::kPut:
      kind = "put";
      break;
    case Kind::kDelete:
      kind = "delete";
      break;
    case Kind::kCreate:
      kind = "create";
      break;
    case Kind::kCompareAndSet:
      kind = "set if it was";
      break;
    case Kind::kAdd:
      kind = "add one";
      break;
  }
  std::string text = kind;
  if (operation.kind == Kind::kCompareAndSet) text += fmt::format(" {}", operation.expected);
  if (operation.kind != Kind::kDelete) text += fmt::format(" {}", operation.value);
  text += operation.outcome == Outcome::kDone      ? ", done"
          : operation.outcome == Outcome::kRefused ? ", refused"
                                                   : ", outcome unknown";
  text += fmt::format(" [{}, ", operation.called);
  return text + (operation.returned == Operation::kNever ? "never)"
                                                         : fmt::format("{}]", operation.returned));
}

Verdict CheckLinearizable(std::vector<Operation> operations, uint64_t steps_max) {
  return Search(std::move(operations)).Run(steps_max);
}

}  // namespace skerry::simulation
