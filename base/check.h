#pragma once

// CHECK: invariants that hold in release builds too. A failed one is a bug in this program, never
// the answer to bad input (that is what Status and ApiError are for). It prints and aborts: a
// process with a broken invariant must not write another byte.

namespace skerry {

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line,
                              const char* message);

}  // namespace skerry

#define SKERRY_CHECK(condition)                                       \
  do {                                                                \
    if (!(condition)) [[unlikely]] {                                  \
      ::skerry::CheckFailed(#condition, __FILE__, __LINE__, nullptr); \
    }                                                                 \
  } while (false)

#define SKERRY_CHECK_MSG(condition, message)                          \
  do {                                                                \
    if (!(condition)) [[unlikely]] {                                  \
      ::skerry::CheckFailed(#condition, __FILE__, __LINE__, message); \
    }                                                                 \
  } while (false)
