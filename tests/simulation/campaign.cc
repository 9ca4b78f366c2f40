#include "tests/simulation/campaign.h"

#include <fmt/format.h>

#include <fstream>
#include <set>
#include <sstream>
#include <utility>

namespace skerry::simulation {
namespace {

// Names have spaces, lines are split at tabs.
constexpr char kSeparator = '\t';

std::vector<std::string> Split(const std::string& line) {
  std::vector<std::string> parts;
  std::istringstream in(line);
  for (std::string part; std::getline(in, part, kSeparator);) parts.push_back(part);
  return parts;
}

}  // namespace

std::string EncodeLine(const SeedResult& result) {
  std::string line = fmt::format(
      "{}\t{}\t{}\t{}\t{}\t{:.3f}\t{:.3f}", result.seed, result.passed ? "passed" : "FAILED",
      result.repeated ? "twice" : "once", result.commit.empty() ? "-" : result.commit,
      result.operations, result.simulated_seconds, result.seconds);
  for (const auto& [name, count] : result.counts) line += fmt::format("\t{}={}", name, count);
  return line;
}

Result<SeedResult> DecodeLine(const std::string& line) {
  const std::vector<std::string> parts = Split(line);
  if (parts.size() < 7) return InvalidArgument("not a line of a campaign: " + line);
  SeedResult result;
  try {
    result.seed = std::stoull(parts[0]);
    result.operations = std::stoull(parts[4]);
    result.simulated_seconds = std::stod(parts[5]);
    result.seconds = std::stod(parts[6]);
    for (size_t i = 7; i < parts.size(); ++i) {
      const size_t equals = parts[i].rfind('=');
      if (equals == std::string::npos) return InvalidArgument("not a count: " + parts[i]);
      result.counts[parts[i].substr(0, equals)] = std::stoull(parts[i].substr(equals + 1));
    }
  } catch (const std::exception&) {
    return InvalidArgument("not a line of a campaign: " + line);
  }
  result.passed = parts[1] == "passed";
  result.repeated = parts[2] == "twice";
  result.commit = parts[3];
  return result;
}

Result<Campaign> Campaign::Open(const std::string& path) {
  Campaign campaign;
  campaign.path_ = path;
  if (path.empty()) return campaign;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    SKERRY_ASSIGN_OR_RETURN(SeedResult result, DecodeLine(line));
    campaign.results_[result.seed] = std::move(result);
  }
  return campaign;
}

Status Campaign::Add(const SeedResult& result) {
  results_[result.seed] = result;
  if (path_.empty()) return OkStatus();
  std::ofstream out(path_, std::ios::app);
  out << EncodeLine(result) << '\n';
  out.flush();
  return out ? OkStatus() : IoError(path_ + ": cannot be written");
}

uint64_t Campaign::failed() const {
  uint64_t failed = 0;
  for (const auto& [seed, result] : results_) failed += result.passed ? 0 : 1;
  return failed;
}

std::string Campaign::Summary() const {
  uint64_t repeated = 0;
  uint64_t operations = 0;
  double simulated = 0;
  double seconds = 0;
  std::set<std::string> commits;
  std::map<std::string, uint64_t> counts;
  std::string failures;
  for (const auto& [seed, result] : results_) {
    repeated += result.repeated ? 1 : 0;
    operations += result.operations;
    simulated += result.simulated_seconds;
    seconds += result.seconds;
    commits.insert(result.commit);
    for (const auto& [name, count] : result.counts) counts[name] += count;
    if (!result.passed) failures += fmt::format(" {}", seed);
  }
  std::string text = "| what | how much |\n|---|--:|\n";
  const auto row = [&text](std::string_view what, const std::string& how_much) {
    text += fmt::format("| {} | {} |\n", what, how_much);
  };
  row("seeds", fmt::format("{}", results_.size()));
  row("of them run twice, with the same steps", fmt::format("{}", repeated));
  row("failed", failures.empty() ? "0" : fmt::format("{}:{}", failed(), failures));
  row("commits", fmt::format("{}", fmt::join(commits, " ")));
  row("simulated hours", fmt::format("{:.1f}", simulated / 3600));
  row("operations answered", fmt::format("{}", operations));
  if (seconds > 0 && simulated > 0) {
    row("simulated seconds in one of a core", fmt::format("{:.0f}", simulated / seconds));
    row("operations in a simulated second",
        fmt::format("{:.1f}", static_cast<double>(operations) / simulated));
  }
  for (const auto& [name, count] : counts) row(name, fmt::format("{}", count));
  return text;
}

}  // namespace skerry::simulation
