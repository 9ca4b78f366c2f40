// simulate: whole nodes in virtual time, harmed at random. A seed replays a run exactly.
// tools/simulate --help says how.

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/planted_bug.h"
#include "tests/simulation/campaign.h"
#include "tests/simulation/simulation.h"

namespace skerry::simulation {
namespace {

constexpr const char* kUsage =
    "usage: simulate [--seed N | --seeds A..B] [--minutes M] [--hours H] [--resume FILE]\n"
    "                [--commit C] [--twice] [--verbose]\n"
    "  --seed N, --seeds A..B  which seeds; 1 by default\n"
    "  --minutes M   simulated minutes with faults, before everything heals (default 2)\n"
    "  --hours H     goes on with the seeds that follow for so long\n"
    "  --resume F    leaves out the seeds that are in the file, and adds those that are run\n"
    "  --commit C    what the file says of the program that ran\n"
    "  --twice       runs each seed twice (otherwise one in twenty)\n"
    "  --verbose     what each seed does, and the nodes' own log\n";
constexpr uint64_t kRepeatOneIn = 20;
// Of processor time, for each simulated minute, some fifty times what is usual: a seed that takes
// longer goes round in a circle.
constexpr double kSecondsPerMinute = 60;

// In the build that can plant bugs: --plant NAME.
bool PlantByName([[maybe_unused]] const std::string& name) {
#ifdef SKERRY_PLANTED_BUGS
  for (int i = 0; i < static_cast<int>(PlantedBug::kCount); ++i) {
    const auto bug = static_cast<PlantedBug>(i);
    if (PlantedBugName(bug) != name) continue;
    Plant(bug);
    return true;
  }
#endif
  return false;
}

struct Arguments {
  uint64_t first = 1;
  uint64_t last = 1;
  double minutes = 2;
  double hours = 0;
  std::string resume;
  std::string commit;
  bool twice = false;
  bool verbose = false;
};

std::optional<Arguments> Parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--twice") {
      arguments.twice = true;
      continue;
    }
    if (name == "--verbose") {
      arguments.verbose = true;
      continue;
    }
    if (i + 1 == argc) return std::nullopt;
    const char* value = argv[++i];
    char* end = nullptr;
    if (name == "--seed") {
      arguments.first = arguments.last = std::strtoull(value, &end, 10);
    } else if (name == "--seeds") {
      int read = 0;
      if (std::sscanf(value, "%lu..%lu%n", &arguments.first, &arguments.last, &read) != 2) {
        return std::nullopt;
      }
      if (value[read] != '\0') return std::nullopt;
    } else if (name == "--minutes") {
      arguments.minutes = std::strtod(value, &end);
      if (arguments.minutes <= 0) return std::nullopt;
    } else if (name == "--hours") {
      arguments.hours = std::strtod(value, &end);
    } else if (name == "--resume") {
      arguments.resume = value;
    } else if (name == "--plant") {
      if (!PlantByName(value)) return std::nullopt;
    } else if (name == "--commit") {
      arguments.commit = value;
    } else {
      return std::nullopt;
    }
    if (end != nullptr && (end == value || *end != '\0')) return std::nullopt;
  }
  return arguments;
}

double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void Print(const Report& report) {
  fmt::print("  {}\n", report.mix);
  for (const auto& [what, count] : report.answers) fmt::print("    {:>8}  {}\n", count, what);
  for (const auto& [what, count] : report.faults) fmt::print("    {:>8}  {}\n", count, what);
  for (const auto& [what, count] : report.checked) fmt::print("    {:>8}  {}\n", count, what);
  fmt::print("    {:>8}  steps, fingerprint {:016x}\n", report.steps, report.fingerprint);
}

// In a process of its own: a broken invariant is one seed's end, and what nodes that were killed
// have left in memory goes with it.
SeedResult RunHere(const Arguments& arguments, uint64_t seed) {
  const auto length =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(arguments.minutes * 60));
  const double begun = ProcessorSeconds();
  Report report = Simulate(seed, length);
  SeedResult result{.seed = seed,
                    .repeated = arguments.twice || seed % kRepeatOneIn == 0,
                    .commit = arguments.commit,
                    .operations = report.operations,
                    .simulated_seconds = report.simulated_seconds,
                    .seconds = ProcessorSeconds() - begun,
                    .counts = report.faults};
  for (const auto& [what, count] : report.checked) result.counts[what] += count;
  if (result.repeated && report.violations.empty()) {
    const Report again = Simulate(seed, length);
    if (again.fingerprint != report.fingerprint || again.answers != report.answers) {
      report.violations.push_back("two runs of the seed differ: something is not deterministic");
    }
  }
  result.passed = report.violations.empty();
  fmt::print("seed {}: {} ({} operations, {:.0f} simulated seconds in {:.2f} s)\n", seed,
             result.passed ? "passed" : "FAILED", result.operations, result.simulated_seconds,
             result.seconds);
  if (arguments.verbose || !result.passed) Print(report);
  for (const std::string& violation : report.violations) fmt::print("  VIOLATED: {}\n", violation);
  std::fflush(stdout);
  return result;
}

void BoundProcessorTime(const Arguments& arguments) {
  const auto seconds = static_cast<rlim_t>(kSecondsPerMinute * (1 + arguments.minutes));
  const rlimit limit{seconds, seconds};
  setrlimit(RLIMIT_CPU, &limit);
}

SeedResult RunSeed(const Arguments& arguments, uint64_t seed) {
  SeedResult failed{.seed = seed, .commit = arguments.commit};
  std::fflush(stdout);
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return failed;
  const pid_t child = fork();
  if (child == 0) {
    close(pipe_ends[0]);
    BoundProcessorTime(arguments);
    const std::string line = EncodeLine(RunHere(arguments, seed));
    const ssize_t written = write(pipe_ends[1], line.data(), line.size());
    _exit(written == static_cast<ssize_t>(line.size()) ? 0 : 1);
  }
  close(pipe_ends[1]);
  std::string line;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(pipe_ends[0], buffer, sizeof(buffer))) > 0;) {
    line.append(buffer, static_cast<size_t>(got));
  }
  close(pipe_ends[0]);
  int status = 0;
  if (child > 0) waitpid(child, &status, 0);
  auto result = DecodeLine(line);
  const bool ended = child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!ended || !result.ok()) fmt::print("seed {}: FAILED: it did not end by itself\n", seed);
  const bool passed = ended && result.ok() && result->passed;
  if (!passed) {
    fmt::print("replay: tools/simulate --seed {} --minutes {}\n", seed, arguments.minutes);
  }
  std::fflush(stdout);
  return ended && result.ok() ? *result : failed;
}

int Main(int argc, char** argv) {
  const std::optional<Arguments> arguments = Parse(argc, argv);
  if (!arguments) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  SetLogLevel(arguments->verbose ? LogLevel::kInfo : LogLevel::kOff);
  auto campaign = Campaign::Open(arguments->resume);
  if (!campaign.ok()) {
    fmt::print(stderr, "simulate: {}\n", campaign.status().ToString());
    return 2;
  }
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(arguments->hours * 3600);
  uint64_t passed = 0;
  uint64_t failed = 0;
  for (uint64_t seed = arguments->first;; ++seed) {
    const bool more_time = std::chrono::steady_clock::now() < end;
    if (arguments->hours > 0 ? !more_time : seed > arguments->last) break;
    if (campaign->Has(seed)) continue;
    const SeedResult result = RunSeed(*arguments, seed);
    result.passed ? ++passed : ++failed;
    if (Status added = campaign->Add(result); !added.ok()) {
      fmt::print(stderr, "simulate: {}\n", added.ToString());
      return 2;
    }
  }
  fmt::print("\n{}\n{} passed, {} failed\n", campaign->Summary(), passed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace skerry::simulation

int main(int argc, char** argv) { return skerry::simulation::Main(argc, argv); }
