#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"

namespace skerry::simulation {

// What is kept of one seed.
struct SeedResult {
  uint64_t seed = 0;
  bool passed = false;
  bool repeated = false;  // it was run twice
  std::string commit;
  uint64_t operations = 0;
  double simulated_seconds = 0;
  double seconds = 0;  // of a processor
  // Faults, and what the checkers looked at, by name.
  std::map<std::string, uint64_t> counts;
};

// One line of a campaign's file, without its end.
std::string EncodeLine(const SeedResult& result);
Result<SeedResult> DecodeLine(const std::string& line);

// All seeds so far, accumulated over several invocations in a file: a line each, appended as they
// end, so that a run may be stopped at any time.
class Campaign {
 public:
  // An empty path keeps nothing.
  static Result<Campaign> Open(const std::string& path);

  bool Has(uint64_t seed) const { return results_.contains(seed); }
  Status Add(const SeedResult& result);
  // A table, as docs/testing.md has them.
  std::string Summary() const;
  uint64_t failed() const;

 private:
  std::string path_;
  std::map<uint64_t, SeedResult> results_;
};

}  // namespace skerry::simulation
