#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace skerry::simulation {

// One client's operation on one item, as the client saw it. Times are numbers of events: an
// operation that was called after another had returned has the greater number.
struct Operation {
  enum class Kind : uint8_t {
    kRead,           // strong; value: what it saw
    kPut,            // sets value
    kDelete,         // sets 0
    kCreate,         // sets value, on the condition that there is no item
    kCompareAndSet,  // sets value, on the condition that it is `expected`
    kAdd,            // adds one; value: the sum that it was told
  };
  enum class Outcome : uint8_t {
    kDone,
    kRefused,  // its condition did not hold: nothing was changed
    kUnknown,  // never answered, or with an error that leaves it open: it takes effect at some time
               // after its call, or never
  };
  static constexpr uint64_t kNever = UINT64_MAX;

  Kind kind = Kind::kRead;
  Outcome outcome = Outcome::kUnknown;
  int64_t value = 0;  // 0: no item
  int64_t expected = 0;
  uint64_t called = 0;
  uint64_t returned = kNever;  // of kUnknown: kNever
};

std::string ToString(const Operation& operation);

// By item.
using History = std::map<std::string, std::vector<Operation>>;

}  // namespace skerry::simulation
