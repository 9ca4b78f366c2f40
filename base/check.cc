#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace skerry {

void CheckFailed(const char* condition, const char* file, int line, const char* message) {
  std::fprintf(stderr, "CHECK failed at %s:%d: %s%s%s\n", file, line, condition,
               message == nullptr ? "" : ": ", message == nullptr ? "" : message);
  std::abort();
}

}  // namespace skerry
