#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "base/planted_bug.h"

// For the tests that show that planted bugs are found; empty without SKERRY_PLANTED_BUGS.

#ifdef SKERRY_PLANTED_BUGS

namespace skerry {

// The first seed in [1, seeds_max] whose run finds the bug: `run` returns what it found, or a CHECK
// aborts. 0: none did. In a process of its own, since a planted bug may end it. With
// SKERRY_VERBOSE in the environment it prints what was found.
inline uint64_t SeedThatFinds(PlantedBug bug, uint64_t seeds_max,
                              const std::function<std::string(uint64_t seed)>& run) {
  int progress[2];
  EXPECT_EQ(pipe(progress), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(progress[0]);
    const bool verbose = std::getenv("SKERRY_VERBOSE") != nullptr;
    std::freopen("/dev/null", "w", stderr);  // what a CHECK says
    if (!verbose) std::freopen("/dev/null", "w", stdout);
    Plant(bug);
    for (uint64_t seed = 1; seed <= seeds_max; ++seed) {
      if (write(progress[1], &seed, sizeof seed) != sizeof seed) _exit(2);
      const std::string found = run(seed);
      if (found.empty()) continue;
      std::puts(found.c_str());
      std::fflush(stdout);
      _exit(1);
    }
    _exit(0);
  }
  close(progress[1]);
  uint64_t last = 0;
  for (uint64_t next; read(progress[0], &next, sizeof next) == sizeof next;) last = next;
  close(progress[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  if (WIFSIGNALED(status) || WEXITSTATUS(status) == 1) return last;
  EXPECT_EQ(WEXITSTATUS(status), 0);
  return 0;
}

// Fails unless the bug is found, and prints which seed did.
inline void ExpectFound(PlantedBug bug, uint64_t seeds_max,
                        const std::function<std::string(uint64_t seed)>& run) {
  const uint64_t seed = SeedThatFinds(bug, seeds_max, run);
  std::printf("%-28s %6llu seeds  %s\n", std::string(PlantedBugName(bug)).c_str(),
              static_cast<unsigned long long>(seed), std::string(PlantedBugText(bug)).c_str());
  EXPECT_GT(seed, 0U) << PlantedBugText(bug) << ": not found in " << seeds_max << " seeds";
}

}  // namespace skerry

#endif  // SKERRY_PLANTED_BUGS
